"""Marking text with mouse and keyboard; what is marked is a range of the sources, whatever the screen shows.

This module refuses to copy; see `clipboard`.
"""

from __future__ import annotations

from rich.style import Style
from textual import events

from tui.transcript.conversation import Line
from tui.transcript.finding import FindingView
from tui.transcript.palette import Palette
from tui.transcript.selection import REASONING, TEXT, Point, Range, ordered, point_at, section_of, selected_source
from tui.transcript.view import MARGIN


class SelectingView(FindingView):
    """A view whose text can be marked."""

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None, disabled: bool = False
    ) -> None:
        super().__init__(name=name, id=id, classes=classes, disabled=disabled)
        self._selected: Range | None = None
        self._fixed: Point | None = None  # where the selection began
        self._caret: tuple[int, int] | None = None  # where on the screen the keyboard's selection ends
        self._is_dragging = False

    def selected_source(self) -> str:
        """The source text of the selection, without wraps, borders or padding; "" without one."""
        return selected_source(self.conversation, self._selected) if self._selected is not None else ""

    def action_extend(self, columns: int, rows: int) -> None:
        """Extend the selection by the keyboard, beginning at the first text on the screen."""
        if not self._lines:
            return
        if self._caret is None or self._fixed is None:
            at = next((y for y, line in enumerate(self._lines) if line.row.source_span() is not None), None)
            if at is None:
                return
            self._caret = (self._first_column(at), at)
            self._fixed = self._point(*self._caret)
            self._select(self._fixed, self._fixed)
            return
        x, y = self._caret[0], self._caret[1] + rows
        if y < 0 or y >= len(self._lines):
            self.scroll_rows(rows)
            y = max(0, min(y, len(self._lines) - 1))
        if columns:  # up and down keep the column, as far as the rows reach
            x = self._step_column(min(x, self._lines[y].row.width) + columns, y, columns)
        self._caret = (x, y)
        self._select(self._fixed, self._point(self._step_column(x, y, 0), y))

    def _first_column(self, y: int) -> int:
        return next((column for column, run, _ in self._lines[y].row.cells() if run.start >= 0), 0)

    def _step_column(self, x: int, y: int, step: int) -> int:
        """A column that begins a cluster, in the direction of the step."""
        row = self._lines[y].row
        x = max(0, min(x, max(0, row.width - 1)))
        if step:
            for column, _, cluster in row.cells():
                if column <= x < column + cluster.width_cells:
                    return column if step < 0 or column == x else column + cluster.width_cells
        return x

    def action_unselect(self) -> None:
        """Clear the selection."""
        self._selected = self._fixed = self._caret = None
        self.refresh()

    def _point(self, x: int, y: int) -> Point:
        line = self._lines[max(0, min(y, len(self._lines) - 1))]
        point = point_at(line, max(0, x))
        if point.start >= 0:
            return point
        for later in self._lines[y + 1 :]:  # an empty row: the text that follows it
            if later.message != line.message or later.kind != line.kind:
                break
            span = later.row.source_span()
            if span is not None:
                return point._replace(start=span[0], end=span[0])
        return point._replace(start=1 << 61, end=1 << 61)

    def _select(self, one: Point, other: Point) -> None:
        selected = ordered(one, other)
        if selected != self._selected:
            self._selected = selected
            self.refresh()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin to select, or click."""
        if event.button != 1 or not self._lines:
            return
        self._caret = None
        self._is_dragging = False
        if self._selected is not None:
            self._selected = None
            self.refresh()
        if event.y < len(self._lines):
            self._fixed = self._point(event.x - MARGIN, event.y)
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Extend the selection; beyond the edges the page scrolls."""
        if self._fixed is None or self.app.mouse_captured is not self:
            return
        self._is_dragging = True
        if event.y < 0 or event.y >= self._page.height:
            self.scroll_rows(-1 if event.y < 0 else 1)
        y = max(0, min(event.y, len(self._lines) - 1))
        self._select(self._fixed, self._point(event.x - MARGIN, y))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """End of a selection, or a click."""
        if self.app.mouse_captured is self:
            self.release_mouse()
        if self._is_dragging:
            self._is_dragging = False
            return
        self._fixed = None
        if event.button == 1:
            self._clicked(event.x, event.y)

    def _clicked(self, x: int, y: int) -> None:
        """A click at a place of the screen, without dragging."""

    def _overlays(self, line: Line, palette: Palette) -> list[tuple[int, int, Style]]:
        found = super()._overlays(line, palette)
        section = section_of(line)
        if self._selected is None or section not in (REASONING, TEXT):
            return found
        within = self._selected.within(line.message, section)
        if within is not None:
            style = palette.overlay("selection")
            found += [(first, last, style) for first, last in line.row.columns_of(*within)]
        return found
