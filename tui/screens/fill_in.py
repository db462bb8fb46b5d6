"""A dialog with a field for each of a few names: the template variables of a preset. Decides nothing about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.screens.dialog import Dialog
from tui.text.clean import clean_line, drop_controls
from tui.widgets.editor import Editor


class FillInDialog(Dialog[dict[str, str] | None]):
    """Gives a value for each name, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "accept", "Keep", priority=True, id="fill-in-accept"),
    ]

    DEFAULT_CSS = """
    FillInDialog {
        & .field-name { color: $text-muted; padding: 0 1; }
        & Editor { margin: 0 1 1 1; padding: 0; background: $background; height: auto; max-height: 8; }
        & Editor:focus { background: $boost; }
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
                yield _Field(self._offered.get(name, ""))

    def on_mount(self) -> None:
        """The first field is ready."""
        for field in self.query(_Field):
            field.move_cursor(field.document.end)
        self.query(_Field).first().focus()

    @property
    def has_unsaved_text(self) -> bool:
        """See `Dialog.has_unsaved_text`."""
        fields = zip(self._names, self.query(_Field), strict=True)
        return any(field.text != drop_controls(self._offered.get(name, "")) for name, field in fields)

    def go_on(self) -> None:
        """To the next field; behind the last one all of them are taken."""
        if self.focused is self.query(_Field).last():
            self.action_accept()
        else:
            self.focus_next(_Field)

    def action_accept(self) -> None:
        """Close with what is written."""
        values = [field.text for field in self.query(_Field)]
        self.dismiss(dict(zip(self._names, values, strict=True)))


class _Field(Editor):
    """A value: mostly a word, sometimes a whole pasted text."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go_on", "Next field", show=False, priority=True),
        Binding("ctrl+j,shift+enter,alt+enter", "new_line", "New line", show=False, priority=True),
    ]

    def action_go_on(self) -> None:
        """The value is written."""
        if isinstance(self.screen, FillInDialog):
            self.screen.go_on()

    def action_new_line(self) -> None:
        """Break the line."""
        self.insert("\n")

    def action_cursor_up(self, select: bool = False) -> None:
        """Up within the text, else to the field above."""
        if self.cursor_at_first_line and not select:
            self.screen.focus_previous(_Field)
        else:
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        """Down within the text, else to the field below."""
        if self.cursor_at_last_line and not select:
            self.screen.focus_next(_Field)
        else:
            super().action_cursor_down(select)
