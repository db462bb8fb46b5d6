"""A one-line field to narrow a list by typing; up, down and Enter act on the list below it.

Refuses to narrow anything itself: whoever has the list hears what was typed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from tui.text.clean import clean_line, drop_controls
from tui.widgets.keys_in_order import KeysInOrder


class FilterInput(KeysInOrder, Input):
    """The field."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "hand_on('move', -1)", "Up", show=False),
        Binding("down", "hand_on('move', 1)", "Down", show=False),
        Binding("pageup", "hand_on('page', -1)", "Page up", show=False),
        Binding("pagedown", "hand_on('page', 1)", "Page down", show=False),
        Binding("enter", "hand_on('pick', 0)", "Choose", show=False),
        Binding("escape", "empty", "Empty", show=False),
    ]

    DEFAULT_CSS = """
    FilterInput {
        height: 1;
        border: none;
        padding: 0 1;
        margin: 0 1 1 1;
        background: $background;
        &:focus { border: none; background: $background; }
    }
    """

    @dataclass
    class HandedOn(Message):
        """A key that is for the list: `move` or `page` by `step`, or `pick`."""

        field: FilterInput
        action: str
        step: int

        @property
        def control(self) -> FilterInput:
            """The field."""
            return self.field

    def __init__(self, placeholder: str, *, id: str | None = None) -> None:
        super().__init__(placeholder=placeholder, id=id, compact=True, select_on_focus=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Escape belongs to the field only while something stands in it."""
        return bool(self.value) if action == "empty" else True

    def action_hand_on(self, action: str, step: int) -> None:
        """Let the list act."""
        self.post_message(self.HandedOn(self, action, step))

    def action_empty(self) -> None:
        """Show the whole list again."""
        self.value = ""

    def _on_paste(self, event: events.Paste) -> None:
        """A paste is one line of text here."""
        event.prevent_default()
        event.stop()
        self.insert_text_at_cursor(clean_line(" ".join(drop_controls(event.text).split())))


class ChoiceInput(FilterInput):
    """A field in a dialog for one choice: Escape is the dialog's, also while something stands in it."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing is emptied here."""
        return action != "empty"


class PathInput(ChoiceInput):
    """A field for a path."""
