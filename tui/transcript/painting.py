"""Painting the rows of a screen: only those that changed, from strips that rows keep themselves.

This module refuses to know which rows are on the screen; see `view`.
"""

from __future__ import annotations

from typing import Self

from rich.segment import Segment
from rich.style import Style
from textual.filter import LineFilter
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.transcript.conversation import Line
from tui.transcript.palette import Palette
from tui.transcript.rows import Row

MARGIN = 2
_KEPT_STRIPS = 1_000


class PaintedView(ScrollView):
    """Paints `_lines`."""

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None, disabled: bool = False
    ) -> None:
        super().__init__(name=name, id=id, classes=classes, disabled=disabled)
        self._lines: list[Line] = []
        self._palette: Palette | None = None
        self._painted_pill = ""
        self._painted: dict[int, Strip] = {}  # lines as they are on the screen
        self._painted_key: tuple[Palette | None, tuple[LineFilter, ...]] = (None, ())
        self._page = Size(0, 0)  # the widget less its scrollbar
        self._left: list[Row] = []  # rows with strips that are no longer on the screen
        self._is_plain = False  # no border, padding or effect that the toolkit would have to paint

    def _refresh_changed(self, lines: list[Line]) -> bool:
        before, self._lines = self._lines, lines
        self._forget_strips(before, lines)
        width, height = self._page
        changed: list[int] = []
        for y in range(height):
            if not _is_same(before[y] if y < len(before) else None, lines[y] if y < len(lines) else None):
                changed.append(y)
                if len(changed) > height // 2:
                    break
        pill = self._pill_text()
        if pill != self._painted_pill:
            self._painted_pill = pill
            if height - 1 not in changed:
                changed.append(height - 1)
        if not changed:
            return False
        if len(changed) > height // 2:
            self.refresh(Region(0, 0, width, height))
        else:
            self.refresh(*[Region(0, y, width, 1) for y in changed])
        return True

    def _forget_strips(self, before: list[Line], lines: list[Line]) -> None:
        """Give back the memory of rows painted long ago; the ones around the screen may well come back."""
        shown = {id(line.row) for line in lines}
        self._left.extend(line.row for line in before if id(line.row) not in shown)
        if len(self._left) > _KEPT_STRIPS:
            half = len(self._left) // 2
            for row in self._left[:half]:
                if id(row) not in shown:
                    row.drop_strip()
            del self._left[:half]

    def render_lines(self, crop: Region) -> list[Strip]:
        """The painted lines of a region, without the toolkit's line cache: rows keep their strips themselves."""
        if not self._is_plain:
            return super().render_lines(crop)
        key = (self.palette, tuple(self.get_line_filters()))
        if key != self._painted_key:
            self._painted_key = key
            self._painted.clear()
        painted = self._painted
        strips = [painted.get(y) or self._paint_line(y) for y in crop.line_range]
        if crop.column_span != (0, self._page.width):
            strips = [strip.crop(crop.x, crop.right) for strip in strips]
        return strips

    def _paint_line(self, y: int) -> Strip:
        """Paint a line and keep it until it is refreshed."""
        strip = self.render_line(y)
        for line_filter in self._painted_key[1]:
            strip = strip.apply_filter(line_filter, self.palette.background)
        self._painted[y] = strip
        return strip

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Paint again; lines outside the regions stay as they are."""
        if not regions:
            self._painted.clear()
        for region in regions:
            for y in region.line_range:
                self._painted.pop(y, None)
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def render_line(self, y: int) -> Strip:
        """The painted row at a line of the screen."""
        width, palette = self._page.width, self.palette
        if y >= len(self._lines):
            return Strip.blank(width, palette.base)
        line = self._lines[y]
        strip = line.row.strip(palette, self._gutter(line, palette), width)
        for first, last, style in self._overlays(line, palette):
            strip = _overlay(strip, first + MARGIN, min(last + MARGIN, width), style)
        if self._painted_pill and y == self._page.height - 1:
            strip = self._with_pill(strip, palette)
        return strip

    def _gutter(self, line: Line, palette: Palette) -> Segment:
        del line
        return Segment(" " * MARGIN, palette.base)

    def _overlays(self, line: Line, palette: Palette) -> list[tuple[int, int, Style]]:
        """Column ranges of a row to paint over, each with its style."""
        del line, palette
        return []

    def _pill_text(self) -> str:
        """Words that lie over the last line; "" for none."""
        return ""

    def _with_pill(self, strip: Strip, palette: Palette) -> Strip:
        first, last = self._pill_span
        pill = Strip([Segment(self._painted_pill[: last - first], palette.style(("pill",)))], last - first)
        return Strip.join([strip.crop(0, first), pill, strip.crop(last, self._page.width)])

    @property
    def _pill_span(self) -> tuple[int, int]:
        """The columns of the pill: at the right, where lines are ragged and it covers least."""
        width = self._page.width
        first = max(0, width - len(self._painted_pill) - 1)
        return first, min(first + len(self._painted_pill), width)

    @property
    def palette(self) -> Palette:
        """The styles of the theme on this widget's background."""
        if self._palette is None:
            background = self.background_colors[1]
            foreground = self.styles.color
            if foreground.auto:
                foreground = background.get_contrast_text(1.0)
            foreground = background + foreground
            self._palette = Palette(self.app.theme_variables, background, foreground)
        return self._palette

    def repaint(self) -> None:
        """Paint everything again, with the theme's colours as they are now."""
        self._palette = None
        self.refresh()

    def notify_style_update(self) -> None:
        """Styles changed, and colours may have with them."""
        super().notify_style_update()
        self._palette = None
        self._painted.clear()
        self._look_at_styles()

    def _look_at_styles(self) -> None:
        styles = self.styles
        self._is_plain = (
            not any(styles.gutter)
            and not any(edge for edge, _ in styles.outline)
            and styles.tint.a == 0
            and not styles.has_rule("hatch")
            and styles.text_opacity == 1.0
            and self.opacity == 1.0
        )


def _is_same(before: Line | None, after: Line | None) -> bool:
    """Painting either line gives the same cells."""
    if before is None or after is None:
        return before is after
    return before.message == after.message and before.row.looks_like(after.row)


def _overlay(strip: Strip, first: int, last: int, style: Style) -> Strip:
    if last <= first:
        return strip
    before, middle, after = strip.crop(0, first), strip.crop(first, last), strip.crop(last, strip.cell_length)
    painted = Strip([Segment(text, (own or Style()) + style) for text, own, _ in middle], last - first)
    return Strip.join([before, painted, after])
