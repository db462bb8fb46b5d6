"""The difference of two texts as a scrolling widget. Paints rows; colour is never the only sign of a change."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.text.widths import cell_width
from tui.widgets.difference_rows import SIGN_CELLS, Block, DifferenceRow, Half, beside_rows, unified_rows

BETWEEN = " │ "
BAR_CELLS = 1
"""The bar at the left of the current difference."""
NARROWEST_BESIDE_CELLS = 50
"""Two texts side by side in less are two columns of single words."""


class DifferenceView(ScrollView, can_focus=True):
    """Rows of a difference, one of them current."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n,j", "step(1)", "Next difference", id="difference-next"),
        Binding("p,k", "step(-1)", "Previous difference", id="difference-previous"),
        Binding("u", "turn_over", "Unified, or side by side", id="difference-unified"),
        Binding("up", "scroll_rows(-1)", "Up", show=False),
        Binding("down", "scroll_rows(1)", "Down", show=False),
    ]

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "difference--same",
        "difference--removed",
        "difference--added",
        "difference--removed-words",
        "difference--added-words",
        "difference--guide",
        "difference--bar",
    }

    DEFAULT_CSS = """
    DifferenceView {
        height: 1fr;
        background: $background;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        & > .difference--same { color: $foreground; }
        & > .difference--removed { color: $text-error; }
        & > .difference--added { color: $text-success; }
        & > .difference--removed-words { color: $text-error; background: $error-muted; text-style: strike; }
        & > .difference--added-words { color: $text-success; background: $success-muted; text-style: underline; }
        & > .difference--guide { color: $text-muted; }
        & > .difference--bar { color: $accent; text-style: bold; }
    }
    """

    is_unified: reactive[bool] = reactive(False)
    current: reactive[int] = reactive(-1)
    """The difference that the reader is at, from 0; -1: none yet."""

    class Moved(Message):
        """The reader went to another difference, or the texts are others."""

    def __init__(self) -> None:
        super().__init__()
        self._blocks: list[Block] = []
        self._rows: list[DifferenceRow] = []
        self._starts: list[int] = []
        """The first row of each difference."""

    @property
    def count(self) -> int:
        """How many differences there are."""
        return len(self._starts)

    @property
    def is_beside(self) -> bool:
        """Whether the texts stand side by side: there must be room."""
        return not self.is_unified and self._page_cells >= NARROWEST_BESIDE_CELLS

    def show(self, blocks: list[Block]) -> None:
        """Show another difference, from its first change."""
        self._blocks = blocks
        self.current = -1
        self._lay_out()
        self.scroll_to(y=0, animate=False)
        self.post_message(self.Moved())

    @property
    def _page_cells(self) -> int:
        """The room for a row: a view's size counts the scrollbar, which stands on the last column."""
        return self.scrollable_content_region.width

    def _half_cells(self) -> int:
        return (self._page_cells - BAR_CELLS - len(BETWEEN)) // 2

    def _lay_out(self) -> None:
        width = self._page_cells
        if width <= 0:
            return
        self._rows = (
            beside_rows(self._blocks, self._half_cells())
            if self.is_beside
            else unified_rows(self._blocks, width - BAR_CELLS)
        )
        self._starts = []
        for place, row in enumerate(self._rows):
            if row.difference == len(self._starts):
                self._starts.append(place)
        self.virtual_size = Size(width, len(self._rows))
        if self.current < 0 and self._starts:
            self.current = 0  # here, not where texts are set: that may be before there is a size to lay them out for
        self.refresh()

    def on_resize(self, event: events.Resize) -> None:
        """Wrap anew."""
        self._lay_out()

    def watch_is_unified(self) -> None:
        """Lay out anew; stay at the same difference."""
        self._lay_out()
        self._reveal()

    def watch_current(self) -> None:
        """Bring the current difference into sight."""
        self._reveal()
        self.post_message(self.Moved())

    def _reveal(self) -> None:
        if 0 <= self.current < len(self._starts):
            self.scroll_to(y=max(0, self._starts[self.current] - 2), animate=False)

    # -- keys ------------------------------------------------------------------------------------------------------

    def action_step(self, step: int) -> None:
        """Go to the next or the previous difference."""
        if self._starts:
            self.current = max(0, min(len(self._starts) - 1, self.current + step))

    def action_turn_over(self) -> None:
        """Unified or side by side."""
        self.is_unified = not self.is_unified

    def action_scroll_rows(self, rows: int) -> None:
        """Scroll by rows."""
        self.scroll_relative(y=rows, animate=False)

    # -- painting --------------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """One row."""
        width = self._page_cells
        place = y + self.scroll_offset.y
        if not 0 <= place < len(self._rows):
            return Strip.blank(width, self.rich_style)
        row = self._rows[place]
        is_current = row.difference is not None and row.difference == self.current
        bar = Segment("▌" if is_current else " ", self.get_component_rich_style("difference--bar"))
        if len(row.halves) == 1:
            parts = [bar, *self._half(row.halves[0], width - BAR_CELLS)]
        else:
            cells = self._half_cells()
            guide = Segment(BETWEEN, self.get_component_rich_style("difference--guide"))
            parts = [bar, *self._half(row.halves[0], cells), guide, *self._half(row.halves[1], cells)]
        return Strip(Segment.adjust_line_length(parts, width, self.rich_style), width)

    def _half(self, half: Half, cells: int) -> list[Segment]:
        base = self.get_component_rich_style(_BASE[half.sign])
        parts = [Segment(half.sign.ljust(SIGN_CELLS), base + _BOLD)]
        used = SIGN_CELLS
        for kind, text in half.words:
            parts.append(Segment(text, base if kind == "same" else self.get_component_rich_style(_WORDS[half.sign])))
            used += cell_width(text)
        return [*parts, Segment(" " * max(0, cells - used), base)]


_BOLD = Style(bold=True)
_BASE = {" ": "difference--same", "−": "difference--removed", "+": "difference--added"}
_WORDS = {" ": "difference--same", "−": "difference--removed-words", "+": "difference--added-words"}
