"""Marking text with mouse and keyboard; what is marked is a range of the sources, whatever the screen shows.

This module refuses to copy; see `clipboard`.
"""

from __future__ import annotations

from rich.style import Style
from textual import events

from tui.transcript.conversation import Line
from tui.transcript.finding import FindingView
from tui.transcript.painting import MARGIN
from tui.transcript.palette import Palette
from tui.transcript.selection import REASONING, TEXT, Point, Range, ordered, point_at, section_of, selected_source


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

    # The caret.

    def action_caret(self) -> None:
        """Show a caret; where it is shown, begin to mark text there, or cease to."""
        if self._caret is None:
            self._place_caret()
        elif self._fixed is None:
            self._fixed = self._point(*self._caret)
            self._select(self._fixed, self._fixed)
        else:
            self._selected = self._fixed = None
        self.refresh()

    def action_extend(self, columns: int, rows: int) -> None:
        """Extend the selection by the keyboard, from the caret or else from the first text on the screen."""
        if self._caret is None and not self._place_caret():
            return
        assert self._caret is not None
        if self._fixed is None:
            self._fixed = self._point(*self._caret)
            self._select(self._fixed, self._fixed)
            return
        self._move_caret(columns, rows)

    def action_move_caret(self, columns: int, rows: int) -> None:
        """Move the caret, where it is shown."""
        if self._caret is not None:
            self._move_caret(columns, rows)

    def action_step_word(self, step: int) -> None:
        """Move the caret to the next or previous word, where it is shown."""
        if self._caret is None or not self._lines:
            return
        x, y = self._caret
        while True:
            columns = self._word_columns(y)
            wanted = [column for column in columns if (column > x if step > 0 else column < x)]
            if wanted:
                self._put_caret(wanted[0] if step > 0 else wanted[-1], y)
                return
            if not 0 <= y + step < len(self._lines):
                return
            y += step
            x = -1 if step > 0 else self._lines[y].row.width + 1

    def action_caret_to_edge(self, step: int) -> None:
        """Move the caret to the beginning or the end of its row."""
        if self._caret is not None:
            y = min(self._caret[1], len(self._lines) - 1)
            self._put_caret(self._first_column(y) if step < 0 else self._lines[y].row.width, y)

    @property
    def has_caret(self) -> bool:
        """A caret is shown; arrows move it."""
        return self._caret is not None

    def _place_caret(self) -> bool:
        """Show the caret at the first text of the cursor's message, else of the screen; False when there is none."""
        cursor = self._cursor
        texts = [y for y, line in enumerate(self._lines) if line.row.source_span() is not None]
        here = [y for y in texts if self._lines[y].message == cursor]
        if not texts:
            return False
        y = (here or texts)[0]
        self._caret = (self._first_column(y), y)
        return True

    @property
    def _cursor(self) -> int | None:
        """The number of the message that the reader is at."""
        return None

    def _move_caret(self, columns: int, rows: int) -> None:
        assert self._caret is not None
        x, y = self._caret[0], self._caret[1] + rows
        if y < 0 or y >= len(self._lines):
            last = len(self._lines) - 1
            self.scroll_rows(y if y < 0 else y - last)
            y = max(0, min(y, len(self._lines) - 1))
        if columns:  # up and down keep the column, as far as the rows reach
            row = self._lines[y].row
            x = self._step_column(min(x, row.width) + columns, y, columns)
            if (x, y) == self._caret and columns > 0 and y + 1 < len(self._lines):  # the row's last: on to the next
                x, y = self._first_column(y + 1), y + 1
            elif columns < 0 and self._caret[0] <= self._first_column(y) and y > 0:
                x, y = max(0, self._lines[y - 1].row.width - 1), y - 1
        self._put_caret(x, y)

    def _put_caret(self, x: int, y: int) -> None:
        self._caret = (x, y)
        if self._fixed is not None:
            self._select(self._fixed, self._point(self._step_column(x, y, 0), y))
        self.refresh()

    def _word_columns(self, y: int) -> list[int]:
        """Where words begin on a row."""
        columns, is_inside = [], False
        for column, run, cluster in self._lines[y].row.cells():
            is_word = run.start >= 0 and not run.text[cluster.start].isspace()
            if is_word and not is_inside:
                columns.append(column)
            is_inside = is_word
        return columns

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

    # What is marked.

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

    def on_click(self, event: events.Click) -> None:
        """Twice marks the word, three times the line of the source, which may be a paragraph."""
        if event.chain < 2 or event.button != 1 or not 0 <= event.y < len(self._lines):
            return
        point = self._point(event.x - MARGIN, event.y)
        source = self.conversation.source_of(point.message, is_reasoning=point.section == REASONING)
        if source is None or point.section not in (REASONING, TEXT) or not 0 <= point.start <= len(source):
            return
        first, last = source.line_span(point.start) if event.chain > 2 else source.word_span(point.start)
        self._fixed = point._replace(start=first, end=first)
        self._select(self._fixed, point._replace(start=last, end=last))

    def _clicked(self, x: int, y: int) -> None:
        """A click at a place of the screen, without dragging."""

    def _overlays(self, line: Line, palette: Palette) -> list[tuple[int, int, Style]]:
        found = super()._overlays(line, palette)
        found += self._caret_overlay(line, palette)
        section = section_of(line)
        if self._selected is None or section not in (REASONING, TEXT):
            return found
        within = self._selected.within(line.message, section)
        if within is not None:
            style = palette.overlay("selection")
            found = [(first, last, style) for first, last in line.row.columns_of(*within)] + found
        return found

    def _caret_overlay(self, line: Line, palette: Palette) -> list[tuple[int, int, Style]]:
        if self._caret is None or self._caret[1] >= len(self._lines) or self._lines[self._caret[1]] is not line:
            return []
        x = max(0, min(self._caret[0], line.row.width))
        cells = (cluster.width_cells for column, _, cluster in line.row.cells() if column == x)
        return [(x, x + max(1, next(cells, 1)), palette.overlay("caret"))]
