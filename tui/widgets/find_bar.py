"""A field to find words in the conversation: matches are counted while one types. Refuses to search; it only asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from tui.widgets.filter_input import PathInput

Step = Literal[-1, 0, 1]


class FindBar(Horizontal):
    """One line above the composer, there only while something is looked for."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,down", "step(1)", "Next match", id="find-next"),
        Binding("up,shift+enter", "step(-1)", "Match before", id="find-previous"),
        Binding("escape", "close", "Close; the matches stay marked", id="find-close", priority=True),
    ]

    DEFAULT_CSS = """
    FindBar {
        height: 1;
        background: $surface;
        padding: 0 1;
        display: none;
        &.-shown { display: block; }
        & > .find-label { width: auto; color: $text-muted; }
        & > PathInput { width: 1fr; margin: 0 1; background: $surface; &:focus { background: $surface; } }
        & > #find-count { width: auto; color: $text-muted; }
    }
    """

    @dataclass
    class Wanted(Message):
        """Words are to be found; `step` goes to the next match or the one before."""

        query: str
        step: Step

    @dataclass
    class Closed(Message):
        """Nothing is looked for any more."""

    def compose(self) -> ComposeResult:
        """Label, field, count."""
        yield Static("Find", classes="find-label")
        yield _FindInput("words in this conversation", id="find-field")
        yield Static(id="find-count", markup=False)

    @property
    def field(self) -> Input:
        """Where the words are typed."""
        return self.query_one(Input)

    def show(self) -> None:
        """Appear, ready to be typed into."""
        self.add_class("-shown")
        self.field.focus()
        self.field.action_select_all()

    def show_count(self, position: int, total: int) -> None:
        """Say which match is shown, and how many there are."""
        words = "" if not self.field.value else "no match" if not total else f"{position} of {total}"
        if total and not position:
            words = f"{total} match{'' if total == 1 else 'es'}"
        self.query_one("#find-count", Static).update(Content(words))

    @on(Input.Changed)
    def _look(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Wanted(event.value, 0))

    def action_step(self, step: Step) -> None:
        """Go to another match."""
        self.post_message(self.Wanted(self.field.value, step))

    def action_close(self) -> None:
        """Go back to the conversation."""
        self.remove_class("-shown")
        self.post_message(self.Closed())


class _FindInput(PathInput):
    """Its keys are the bar's: it drives no list."""

    BINDINGS: ClassVar[list[BindingType]] = []

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave up, down and Enter to the bar."""
        return action not in ("hand_on", "empty", "submit")
