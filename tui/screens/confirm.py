"""A dialog with one question and two answers.

Refuses to know what is asked about.
"""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from tui.screens.dialog import Dialog
from tui.text.clean import clean, clean_line


class ConfirmDialog(Dialog[bool | None]):
    """True when the user agrees."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes", show=False),
        Binding("n", "answer(False)", "No", show=False),
        Binding("left,right,up,down", "app.focus_next", "Other answer", show=False),
    ]

    DEFAULT_CSS = """
    ConfirmDialog {
        & > .dialog-box { width: 60; }
        & Horizontal { height: auto; align-horizontal: right; margin-top: 1; }
        & Button { margin-left: 2; min-width: 10; }
    }
    """

    def __init__(self, title: str, question: str, *, yes: str = "Yes", no: str = "No") -> None:
        super().__init__()
        self._title = title
        self._question = question
        self._yes = yes
        self._no = no

    def compose(self) -> ComposeResult:
        """Question and answers."""
        with self.frame(Vertical(), self._title, "y yes, n no"):
            yield Static(Content(clean(self._question)), classes="dialog-words")
            with Horizontal():
                yield Button(Content(clean_line(self._no)), id="no", compact=True)
                yield Button(Content(clean_line(self._yes)), id="yes", variant="primary", compact=True)

    def on_mount(self) -> None:
        """The harmless answer has the focus."""
        self.query_one("#no", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """An answer was pressed."""
        event.stop()
        self.dismiss(event.button.id == "yes")

    def action_answer(self, is_yes: bool) -> None:
        """An answer was typed."""
        self.dismiss(is_yes)
