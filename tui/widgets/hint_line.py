"""The last line: the keys that matter now. Clickable; shows what it is given.

Refuses to choose the keys.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tui.text.widths import cell_width

GAP = "   "


@dataclass(frozen=True, slots=True)
class Hint:
    """A key and what it does; `action` is run when it is clicked."""

    key: str
    words: str
    action: str = ""


class HintLine(Widget):
    """One line of hints, the first ones when there is no room for all."""

    DEFAULT_CSS = """
    HintLine {
        height: 1;
        dock: bottom;
        padding: 0 1;
        background: $surface;
        color: $text-muted;
    }
    """

    hints: reactive[tuple[Hint, ...]] = reactive(())
    status: reactive[str] = reactive("")
    """Words at the right: the session's title, what takes time."""

    @dataclass
    class Clicked(Message):
        """A hint was clicked."""

        hint: Hint

    def render(self) -> Content:
        """The hints that fit, then the status at the right edge."""
        width = self.content_size.width
        parts: list[tuple[str, str]] = []
        used = 0
        for place, hint in enumerate(self.hints):
            cells = cell_width(hint.key) + 1 + cell_width(hint.words) + (len(GAP) if place else 0)
            if used + cells > width:
                break
            if place:
                parts.append((GAP, ""))
            parts += [(hint.key, "bold $text-accent"), (f" {hint.words}", "")]
            used += cells
        room = width - used - len(GAP)
        if self.status and room >= cell_width(self.status):
            parts.append((" " * (width - used - cell_width(self.status)) + self.status, ""))
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        """Do what the hint under the mouse says."""
        x = event.get_content_offset_capture(self).x
        start = 0
        for hint in self.hints:
            end = start + cell_width(hint.key) + 1 + cell_width(hint.words)
            if start <= x < end:
                self.post_message(self.Clicked(hint))
                return
            start = end + len(GAP)
