"""A picture to be looked at, drawn by the terminal where it can, else in half blocks, else described."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from tui.chat.attaching import size_words
from tui.chat.pictures import picture_facts
from tui.screens.dialog import Dialog
from tui.text.clean import clean_line


class PictureDialog(Dialog[None]):
    """Shows it."""

    def __init__(self, name: str, content: bytes) -> None:
        super().__init__()
        self._title = clean_line(name, 48)
        self._content = content

    def compose(self) -> ComposeResult:
        """What there is to see."""
        facts = picture_facts(self._content)
        kind = facts.media_type.removeprefix("image/").upper() if facts is not None else "damaged"
        size = f"{facts.width} × {facts.height}" if facts is not None else "–"
        with self.frame(Vertical(), self._title, "esc closes"):
            yield Static(f"{kind} · {size} · {size_words(len(self._content))}", markup=False, classes="dialog-words")
