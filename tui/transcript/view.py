"""The one widget that paints a column's messages: which rows are on the screen, and painting only those that changed.

The reader's place is an anchor, or the end when the reader follows it. Positions that the toolkit knows (scroll offset,
virtual size) are derived from it without a layout pass. This module refuses to know keys, cursor and actions.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Self

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.filter import LineFilter
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from tui.transcript.conversation import Anchor, Conversation, Line
from tui.transcript.frames import FrameClock
from tui.transcript.palette import Palette
from tui.transcript.rows import Row
from tui.transcript.scrollbar import PageScrollBar

FRAME_BUDGET_S = 0.025
"""Time for parsing in one frame; the rest of a long text waits for the next one."""

MARGIN = 2
WHEEL_ROWS = 3
_KEPT_STRIPS = 1_000


class TranscriptView(ScrollView, can_focus=True):
    """Paints a `Conversation`."""

    ALLOW_SELECT = False  # the toolkit would select what is painted; we select the source
    DEFAULT_CSS = """
    TranscriptView {
        background: $background;
        color: $foreground;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
    }
    """

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None, disabled: bool = False
    ) -> None:
        super().__init__(name=name, id=id, classes=classes, disabled=disabled)
        self.conversation = Conversation()
        self.is_following = True
        self._anchor = Anchor()
        self._lines: list[Line] = []
        self._seen_height = 0
        self._open: dict[str, None] = {}  # messages with buffered or unparsed text
        self._palette: Palette | None = None
        self._painted_pill = ""
        self._painted: dict[int, Strip] = {}  # lines as they are on the screen
        self._painted_key: tuple[Palette | None, tuple[LineFilter, ...]] = (None, ())
        self._clock: FrameClock | None = None
        self._scroll_range = (-1, -1)
        self._page = Size(0, 0)  # the widget less its scrollbar
        self._left: list[Row] = []  # rows with strips that are no longer on the screen
        self._is_plain = False  # no border, padding or effect that the toolkit would have to paint

    # Frames.

    @property
    def wants_frame(self) -> bool:
        """Text waits to be painted."""
        return bool(self._open)

    def want_frame(self) -> None:
        """Have the screen's clock paint soon."""
        if self.is_attached:
            self._frame_clock().want(self)

    def use_clock(self, clock: FrameClock) -> None:
        """Be painted by this clock, which other transcripts of the screen share."""
        self._clock = clock

    def _frame_clock(self) -> FrameClock:
        if self._clock is None:
            clock = getattr(self.screen, "frame_clock", None)
            self._clock = clock if isinstance(clock, FrameClock) else FrameClock(self)
        return self._clock

    def paint_frame(self) -> bool:
        """Apply what was buffered, lay out what is visible, refresh the lines that changed.

        Returns:
            Something on the screen changed.
        """
        deadline = perf_counter() + FRAME_BUDGET_S
        for entry_id in list(self._open):
            index = self.conversation.find(entry_id)
            if index is None:
                del self._open[entry_id]
                continue
            view = self.conversation.views[index]
            view.apply(deadline)
            self.conversation.remeasure(index)
            self._text_grew(index)
            if not view.has_buffered:
                del self._open[entry_id]
        return self.settle()

    def _text_grew(self, message: int) -> None:
        """A message has more text."""

    # Where the reader is.

    @property
    def new_lines(self) -> int:
        """Rows that came below since the reader left the end; 0 while following."""
        return 0 if self.is_following else max(0, self.conversation.height - self._seen_height)

    def follow(self) -> None:
        """Go to the end and stay there."""
        self._set_following(True)
        self.settle()

    def _set_following(self, is_following: bool) -> None:
        if is_following != self.is_following:
            self.is_following = is_following
            self._seen_height = self.conversation.height
            self._follow_changed(is_following)

    def _follow_changed(self, is_following: bool) -> None:
        """The reader began or ceased to follow the end."""

    def go_to(self, anchor: Anchor) -> None:
        """Show an anchor at the top, or as near to it as the page's end allows."""
        self._anchor = self.conversation.clamp(anchor)
        height = self._height
        shown = self.conversation.lines(self._anchor, height + 1)
        self._set_following(len(shown) <= height)
        self.settle()

    def scroll_rows(self, rows: int) -> None:
        """Scroll by rows; reaching the end by scrolling down means following it."""
        if not self._height or not self.conversation.views:
            return
        if self.is_following:
            if rows >= 0:
                return
            self._anchor = self.conversation.end(self._height)
        if rows > 0:
            end = self.conversation.end(self._height)
            anchor = self.conversation.move(self._anchor, rows)
            self._anchor = min(anchor, end)
            self._set_following(anchor >= end)
        else:
            before = self._anchor
            self._anchor = self.conversation.move(self._anchor, rows)
            if before != self._anchor:
                self._set_following(False)
        self.settle()

    @property
    def _height(self) -> int:
        return self._page.height

    def settle(self) -> bool:
        """Lay out what is visible and refresh the lines that changed.

        Returns:
            Some line changed.
        """
        height, conversation = self._height, self.conversation
        if not height or not self._page.width:
            return False
        known_top = conversation.row_of(self._anchor) if not self.is_following and conversation.views else 0
        anchor = conversation.end(height) if self.is_following else conversation.clamp(self._anchor)
        lines = conversation.lines(anchor, height)
        if len(lines) < height and anchor > Anchor():
            anchor = conversation.end(height)
            lines = conversation.lines(anchor, height)
        self._anchor = anchor
        if not self.is_following:  # what was estimated above is known now: that is nothing new below
            self._seen_height += conversation.row_of(anchor) - known_top if conversation.views else 0
        for line in lines:
            view = conversation.views[line.message]
            if view.is_behind and view.entry.id not in self._open:
                self._open[view.entry.id] = None
                self.want_frame()
        changed = self._refresh_changed(lines)
        self._sync_scroll()
        return changed

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

    def _sync_scroll(self) -> None:
        """Tell the toolkit where we are, without a layout pass and without painting the page again."""
        total = max(self.conversation.height, len(self._lines))
        top = self.conversation.row_of(self._anchor) if self.conversation.views else 0
        if self.is_following:
            top = max(0, total - self._height)
        if (top, total) == self._scroll_range:
            return
        self._scroll_range = (top, total)
        self.set_reactive(Widget.virtual_size, Size(self._page.width, total))
        self.set_reactive(Widget.scroll_y, float(top))
        self.set_reactive(Widget.scroll_target_y, float(top))
        self.vertical_scrollbar.move(total, self._height, top)

    @property
    def vertical_scrollbar(self) -> PageScrollBar:
        """Our own scrollbar, made when it is first asked for."""
        bar = self._vertical_scrollbar
        if not isinstance(bar, PageScrollBar):
            bar = self._vertical_scrollbar = PageScrollBar(vertical=True, name="vertical", thickness=1)
            bar.display = False
            self.app._start_widget(self, bar)
        return bar

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """The scrollbar or somebody else moved the page."""
        target = round(new_value)
        current = self._scroll_range[0]
        if target == current or not self.conversation.views:
            return
        if abs(target - current) <= 3 * self._height:
            self.scroll_rows(target - current)
        elif target >= self.max_scroll_y:
            self.follow()
        else:
            self.go_to(self.conversation.locate(target))

    # Painting.

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
        if self._painted_pill and y == self._height - 1:
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
        count = self.new_lines
        return f" ↓ {count:,} new {'line' if count == 1 else 'lines'} " if count else ""

    def _with_pill(self, strip: Strip, palette: Palette) -> Strip:
        width = self._page.width
        text = self._painted_pill[:width]
        first = max(0, (width - len(text)) // 2)
        pill = Strip([Segment(text, palette.style(("pill",)))], len(text))
        return Strip.join([strip.crop(0, first), pill, strip.crop(first + len(text), width)])

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

    # What the toolkit tells.

    def on_mount(self) -> None:
        """Listen for another theme."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self.repaint())

    def on_unmount(self) -> None:
        """Leave the clock."""
        if self._clock is not None:
            self._clock.forget(self)

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

    def _size_updated(self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True) -> bool:
        """Fit the new size. The toolkit sends no Resize when somebody asked for a position just before the layout."""
        is_another = size != self._size
        should_tell = super()._size_updated(size, virtual_size, container_size, layout)
        if is_another:
            self.call_later(self._fit)
        return should_tell

    def _fit(self) -> None:
        """Re-wrap: what is visible now, the rest when it is shown; the place is kept."""
        self._page = self.scrollable_content_region.size
        self._look_at_styles()
        width = self._page.width - MARGIN
        if width != self.conversation.width and width > 0:
            mark = None if self.is_following or not self.conversation.views else self.conversation.mark(self._anchor)
            unseen = self.new_lines
            self.conversation.resize(width)
            if mark is not None:
                self._anchor = self.conversation.find_mark(mark)
            self._seen_height = self.conversation.height - unseen
        self._lines = []
        self._scroll_range = (-1, -1)
        self.settle()
        self.refresh()

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        if not (event.ctrl or event.shift):
            self.scroll_rows(WHEEL_ROWS)
            event.stop()

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        if not (event.ctrl or event.shift):
            self.scroll_rows(-WHEEL_ROWS)
            event.stop()

    def scroll_end(  # type: ignore[override]
        self, *, on_complete: Callable[[], None] | None = None, **_options: object
    ) -> None:
        """Go to the end and follow it."""
        self.follow()
        if on_complete is not None:
            self.call_after_refresh(on_complete)


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
