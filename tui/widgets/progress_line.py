"""How far something is: a bar, a percentage and megabytes, and below it in words what is going on.

Refuses to measure.
"""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from tui.text.widths import cut_to_cells
from tui.widgets.looks import FAINT, MUTED


class ProgressLine(Widget):
    """Two lines, empty until there is something to show."""

    DEFAULT_CSS = """
    ProgressLine { height: 2; }
    """

    done: reactive[int] = reactive(0)
    total: reactive[int] = reactive(0)
    words: reactive[str] = reactive("")

    def show(self, done: int, total: int, words: str) -> None:
        """Bytes that are there, bytes in all, and what is going on."""
        self.done, self.total, self.words = done, total, words

    def render(self) -> Content:
        """Bar and words."""
        width = self.content_size.width
        words = cut_to_cells(self.words, width)
        if not self.total:
            return Content.assemble("\n", (words, MUTED))
        share = min(1.0, self.done / self.total)
        figures = f" {share:4.0%}  {self.done / 1e6:,.0f} of {self.total / 1e6:,.0f} MB"
        cells = max(4, width - len(figures))
        filled = round(share * cells)
        return Content.assemble(
            ("━" * filled, "$accent"), ("─" * (cells - filled), FAINT), figures, "\n", (words, MUTED)
        )
