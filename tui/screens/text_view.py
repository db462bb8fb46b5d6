"""A text to be looked at and not changed: an attachment, a long paste. Shown as text, whatever it holds."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical

from tui.screens.dialog import Dialog
from tui.text.clean import clean_line
from tui.widgets.editor import Editor


class TextView(Dialog[None]):
    """Shows it."""

    DEFAULT_CSS = """
    TextView {
        & > .dialog-box { width: 110; max-width: 96%; height: 90%; max-height: 90%; padding: 0; }
        & Editor { height: 1fr; background: $surface; }
    }
    """

    def __init__(self, name: str, words: str, text: str) -> None:
        """A view of a text.

        Args:
            name: What it is called.
            words: What there is to say about it, in a few words.
            text: All of it.
        """
        super().__init__()
        self._title = " · ".join(part for part in (clean_line(name, 48), clean_line(words)) if part)
        self._text = text

    def compose(self) -> ComposeResult:
        """The text."""
        with self.frame(Vertical(), self._title, "esc closes"):
            yield Editor()

    def on_mount(self) -> None:
        """From its beginning."""
        editor = self.query_one(Editor)
        editor.load_text(self._text)
        editor.read_only = True
        editor.move_cursor((0, 0))
        editor.focus()
