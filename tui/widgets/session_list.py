"""A list of saved sessions, with keys for what can be done to the one under the cursor. Does none of it itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, cast

from textual.binding import Binding, BindingType
from textual.message import Message

from tui.widgets.pick_list import PickList
from tui.widgets.session_rows import target_of

SessionAct = Literal["pin", "rename", "tag", "trash", "undo", "find", "export"]


class SessionList(PickList):
    """The list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "ask('pin')", "Pin the session, or not", id="sessions-pin", show=False),
        Binding("r", "ask('rename')", "Rename the session", id="sessions-rename", show=False),
        Binding("t", "ask('tag')", "Tags of the session", id="sessions-tag", show=False),
        Binding("d,delete", "ask('trash')", "Move the session to the trash", id="sessions-trash", show=False),
        Binding("u", "ask('undo')", "Undo the last deletion", id="sessions-undo", show=False),
        Binding("x", "ask('export')", "Export the session", id="sessions-export", show=False),
        Binding("slash", "ask('find')", "Search all sessions", id="sessions-find", show=False),
    ]

    @dataclass
    class ActRequested(Message):
        """Something is to be done to a session; `undo` and `find` are about none in particular."""

        act: SessionAct
        session_id: str

    def action_ask(self, act: str) -> None:
        """Ask for an act on the session under the cursor."""
        session_id = target_of(self.current.id)[0] if self.current is not None else ""
        if session_id or act in ("undo", "find"):
            self.post_message(self.ActRequested(cast("SessionAct", act), session_id))
