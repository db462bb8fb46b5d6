"""A text to be read: JSON with its parts told apart, or plain words. One can walk, select and copy in it, not write.

Highlights line by line what is on the screen, so that a long request costs no more than a short one. Refuses to parse:
it shows what it is given, broken JSON as well.
"""

from __future__ import annotations

import re

from rich.style import Style
from rich.text import Text
from textual.color import Color

from tui.transcript.palette import Palette
from tui.widgets.editor import Editor

_PARTS = re.compile(
    r'(?P<name>"(?:[^"\\]|\\.)*")(?=\s*:)|(?P<string>"(?:[^"\\]|\\.)*"?)'
    r"|(?P<number>-?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b)|(?P<constant>\b(?:true|false|null)\b)"
    r"|(?P<punctuation>[{}\[\],:])"
)
_LOOKS = {
    "name": "syntax-attribute",
    "string": "syntax-string",
    "number": "syntax-number",
    "constant": "syntax-constant",
    "punctuation": "syntax-punctuation",
}
LONGEST_LINE = 4000
"""A longer line (a picture in base64) is shown plain."""


class JsonView(Editor):
    """A read-only editor that tells the parts of JSON apart while `is_json` is set."""

    def __init__(self, text: str = "", *, is_json: bool = True, id: str | None = None) -> None:
        self.is_json = is_json
        self._styles: dict[str, Style] = {}
        self._styled_theme = ""
        super().__init__(text, id=id)
        self.read_only = True
        self.show_cursor = True

    def show_text(self, text: str, *, is_json: bool) -> None:
        """Show another text from its beginning."""
        self.is_json = is_json
        self.load_text(text)
        self.move_cursor((0, 0))
        self.scroll_home(animate=False)

    def get_line(self, line_index: int) -> Text:
        """A line with its parts in the theme's colours."""
        line = super().get_line(line_index)
        if self.is_json and len(line.plain) <= LONGEST_LINE:
            styles = self._theme_styles()
            for found in _PARTS.finditer(line.plain):
                line.stylize(styles[found.lastgroup or "punctuation"], found.start(), found.end())
        return line

    def _theme_styles(self) -> dict[str, Style]:
        if self._styled_theme != self.app.theme:
            self._styled_theme = self.app.theme
            palette = Palette(self.app.theme_variables, Color.parse("black"), Color.parse("white"))
            self._styles = {
                part: Style(color=palette.style((look,)).color, bold=part == "name" or None)
                for part, look in _LOOKS.items()
            }
        return self._styles
