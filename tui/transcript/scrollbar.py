"""The transcript's scrollbar: the toolkit's, painted from cached strips and only where the thumb moved.

While text streams the thumb moves with nearly every line; the toolkit would render the whole bar through its console
each time. Mouse handling stays the toolkit's. This module refuses to be horizontal.
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.geometry import Region
from textual.scrollbar import ScrollBar
from textual.strip import Strip

_EIGHTHS = "▁▂▃▄▅▆▇ "


class PageScrollBar(ScrollBar):
    """A vertical scrollbar, one cell wide."""

    def move(self, total: int, window: int, position: int) -> None:
        """Show another place; lines that look the same are not painted again."""
        height = self.size.height
        before = self._thumb(height)
        self.set_reactive(ScrollBar.window_virtual_size, total)
        self.set_reactive(ScrollBar.window_size, window)
        self.set_reactive(ScrollBar.position, float(position))
        after = self._thumb(height)
        if after == before or not height:
            return
        changed = {edge // 8 for edge in (*before, *after)}
        first, last = max(0, min(changed)), min(height - 1, max(changed))
        if last >= first:
            self.refresh(Region(0, first, 1, last - first + 1))

    def _thumb(self, height: int) -> tuple[int, int]:
        """Where the thumb begins and ends, in eighths of a cell; (0, 0) when all of the page is shown."""
        total, window = self.window_virtual_size, self.window_size
        if not height or not window or total <= window:
            return (0, 0)
        thumb = max(1.0, window * height / total)
        start = int((height - thumb) * self.position / (total - window) * 8)
        return (max(0, start), start + ceil(thumb * 8))

    def render_lines(self, crop: Region) -> list[Strip]:
        """The painted cells of the bar."""
        if self.parent is None:  # its transcript was taken away between layout and painting
            return [Strip.blank(crop.width) for _ in crop.line_range]
        back, bar = self._colours()
        start, end = self._thumb(self.size.height)
        strips = [_cell(_state(y, start, end), back, bar) for y in crop.line_range]
        for line_filter in self.get_line_filters():
            strips = [strip.apply_filter(line_filter, back) for strip in strips]
        return strips

    def _colours(self) -> tuple[Color, Color]:
        if self.parent is None:  # painted once more while the column is being taken off the screen
            return self.styles.background, self.styles.background
        styles = self.parent.styles
        if self.grabbed:
            back, bar = styles.scrollbar_background_active, styles.scrollbar_color_active
        elif self.mouse_over:
            back, bar = styles.scrollbar_background_hover, styles.scrollbar_color_hover
        else:
            back, bar = styles.scrollbar_background, styles.scrollbar_color
        if back.a < 1:
            back = self.parent.background_colors[0] + back
        return back, back + bar


def _state(y: int, start: int, end: int) -> int:
    """What a cell shows: -1 above the thumb, 0 inside, -2 below, 1 to 7 its first, 9 to 15 its last eighths."""
    first, past = y * 8, y * 8 + 8
    if past <= start:
        return -1
    if first >= end:
        return -2
    if first < start:
        return past - start
    if past > end:
        return 8 + end - first
    return 0


@lru_cache(maxsize=256)
def _cell(state: int, back: Color, bar: Color) -> Strip:
    if state in (-1, -2):
        meta = {"@mouse.down": "scroll_up" if state == -1 else "scroll_down"}
        return Strip([Segment(" ", Style(bgcolor=back.rich_color, meta=meta))], 1)
    grab = {"@mouse.down": "grab"}
    if state == 0:
        style = Style(color=back.rich_color, bgcolor=bar.rich_color, meta=grab)
        return Strip([Segment(" ", style)], 1)
    if state < 8:  # the thumb's beginning fills the cell's lower eighths
        return Strip([Segment(_EIGHTHS[state - 1], Style(color=bar.rich_color, bgcolor=back.rich_color, meta=grab))], 1)
    # Its end fills the upper eighths: the rest of the cell is drawn in the background's colour.
    return Strip([Segment(_EIGHTHS[15 - state], Style(color=back.rich_color, bgcolor=bar.rich_color, meta=grab))], 1)
