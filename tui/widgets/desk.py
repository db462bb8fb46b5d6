"""What lies ready while somebody talks: the conversation, its journal, the endpoints. Given down to the columns.

Plain references; nothing here starts, draws or writes.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui.chat.conversation import Conversation
from tui.chat.fanout import Lanes
from tui.chat.frames import FrameShelf
from tui.chat.passing import PassingRecorder
from tui.domain.blind import Blind, blind_of
from tui.domain.record import SessionEvent
from tui.domain.session import Session

if TYPE_CHECKING:
    from tui.chat.connections import Connections
    from tui.store.attachments import AttachmentStore
    from tui.store.journal import AsyncJournal


@dataclass(slots=True)
class Desk:
    """An open session and all that is needed to go on in it."""

    conversation: Conversation
    connections: Connections
    attachments: AttachmentStore
    """Where attached files are kept: beside the sessions, or in memory when nothing is stored."""
    journal: AsyncJournal | None = None
    """None when nothing is stored."""
    lanes: Lanes = field(default_factory=Lanes)
    in_order: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    """By endpoint, or this machine: held while a column finds out how to ask, so that they queue up in their order."""
    frames: FrameShelf = field(default_factory=FrameShelf)
    """Raw frames of the last replies, while the user wants them."""
    unrecorded: list[SessionEvent] = field(default_factory=list)
    """The first events of a new session: folded in, to be recorded once the app runs."""

    @property
    def session(self) -> Session:
        """The session that is open."""
        return self.conversation.session

    @property
    def blind(self) -> Blind:
        """What columns are called while models must not be told."""
        return blind_of(self.session)

    @property
    def paid_unstored(self) -> list[tuple[str, float]]:
        """When something was paid for what is never stored, and how much in US dollars."""
        recorder = self.conversation.recorder
        return recorder.paid if isinstance(recorder, PassingRecorder) else []

    @property
    def trouble(self) -> str | None:
        """Why events are not on disk, as lasting words."""
        return self.conversation.recorder.trouble

    @property
    def read_only_words(self) -> str | None:
        """Why nothing may be written into this session."""
        return self.journal.read_only_words if self.journal is not None else None
