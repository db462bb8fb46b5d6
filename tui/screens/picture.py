"""A picture to be looked at: drawn where that can be done, and described.

Refuses to read files.
"""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Center, Vertical
from textual.widgets import Static

from tui.chat.pictures import PNG, picture_facts
from tui.chat.png import NotDrawable, read_png
from tui.screens.dialog import Dialog
from tui.text.clean import clean_line
from tui.text.sizes import size_words
from tui.widgets.picture_view import PictureView

FRAME_COLUMNS, FRAME_ROWS = 8, 10
"""What the dialog itself takes of the screen."""


class PictureDialog(Dialog[None]):
    """Shows it."""

    DEFAULT_CSS = """
    PictureDialog {
        & > .dialog-box { width: auto; min-width: 40; max-width: 96%; max-height: 94%; }
        & Center { width: auto; height: auto; }
        & .dialog-words { width: auto; margin-top: 1; }
    }
    """

    def __init__(self, name: str, content: bytes) -> None:
        super().__init__()
        self._title = clean_line(name, 48)
        self._content = content

    def compose(self) -> ComposeResult:
        """The picture, and what there is to say about it."""
        facts = picture_facts(self._content)
        kind = facts.media_type.removeprefix("image/").upper() if facts is not None else "a damaged picture"
        words = f"{kind} · {size_words(len(self._content))}"
        if facts is not None:
            words = f"{kind} {facts.width} × {facts.height} · {size_words(len(self._content))}"
        with self.frame(Vertical(), self._title, "esc closes"):
            if facts is not None and facts.media_type == PNG:
                try:
                    png = read_png(self._content)
                except NotDrawable as error:
                    words = f"{words} · {error}"
                else:
                    columns, rows = self.app.size.width - FRAME_COLUMNS, self.app.size.height - FRAME_ROWS
                    yield Center(PictureView(self._content, png, columns, rows))
            elif facts is not None:
                words = f"{words} · only PNG can be drawn here"
            yield Static(words, markup=False, classes="dialog-words")
