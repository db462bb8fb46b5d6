"""A dialog with a field for each of a few names: the template variables of a preset. Decides nothing about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from tui.screens.dialog import Dialog
from tui.text.clean import clean_line, drop_controls


class FillInDialog(Dialog[dict[str, str] | None]):
    """Gives a value for each name, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "accept", "Keep", priority=True, id="fill-in-accept"),
        Binding("up", "app.focus_previous", "Field above", show=False),
        Binding("down", "app.focus_next", "Field below", show=False),
    ]

    DEFAULT_CSS = """
    FillInDialog {
        & .field-name { color: $text-muted; padding: 0 1; }
        & Input { margin: 0 1 1 1; background: $background; border: none; height: 1; padding: 0 1; }
        & Input:focus { border: none; background: $boost; }
    }
    """

    def __init__(self, title: str, names: Sequence[str], offered: Mapping[str, str]) -> None:
        super().__init__()
        self._title = title
        self._names = tuple(names)
        self._offered = dict(offered)

    def compose(self) -> ComposeResult:
        """A name and a field each."""
        with self.frame(VerticalScroll(can_focus=False), self._title, "enter goes on, ctrl+s takes all, esc cancels"):
            for name in self._names:
                yield Static(Content(clean_line(name)), classes="field-name")
                yield Input(drop_controls(self._offered.get(name, "")), compact=True)

    def on_mount(self) -> None:
        """The first field is ready."""
        self.query(Input).first().focus()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input is self.query(Input).last():
            self.action_accept()
        else:
            self.focus_next(Input)

    def action_accept(self) -> None:
        """Close with what is written."""
        values = [field.value for field in self.query(Input)]
        self.dismiss(dict(zip(self._names, values, strict=True)))
