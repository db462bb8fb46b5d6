"""Which rows of a column's messages are on the screen, and following the end.

The reader's place is an anchor, or the end when the reader follows it. Positions that the toolkit knows (scroll offset,
virtual size) are derived from it without a layout pass. This module refuses to know keys, cursor and actions.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from textual import events
from textual.geometry import Size
from textual.widget import Widget

from tui.transcript.conversation import Anchor, Conversation
from tui.transcript.frames import FrameClock
from tui.transcript.painting import MARGIN, PaintedView
from tui.transcript.scrollbar import PageScrollBar

WHEEL_ROWS = 3


class TranscriptView(PaintedView, can_focus=True):
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
        self._seen_height = 0
        self._counted_height = 0
        self._open: dict[str, None] = {}  # messages with buffered or unparsed text
        self._clock: FrameClock | None = None
        self._scroll_range = (-1, -1)
        self._is_sized_anew = False

    # Frames.

    @property
    def wants_frame(self) -> bool:
        """Text waits to be painted."""
        return bool(self._open)

    def want_frame(self) -> None:
        """Have the screen's clock paint soon."""
        clock = self._clock
        if clock is not None and clock.is_waiting(self):
            return  # asked for by nearly every piece of a reply
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
        deadline = perf_counter() + self._frame_clock().budget_s
        self._count_height(is_new=False)
        for entry_id in list(self._open):
            index = self.conversation.find(entry_id)
            if index is None:
                del self._open[entry_id]
                continue
            view = self.conversation.views[index]
            is_new = view.has_arrivals or view.entry.state.is_open
            view.apply(deadline)
            self.conversation.remeasure(index)
            self._count_height(is_new=is_new)
            self._text_grew(index)
            if not view.has_buffered:
                del self._open[entry_id]
        return self.settle()

    def _text_grew(self, message: int) -> None:
        """A message has more text."""

    # Where the reader is.

    @property
    def new_lines(self) -> int:
        """Rows that came since the reader left the end, as far as they are below the screen; 0 while following."""
        if self.is_following:
            return 0
        below = self.conversation.height - self.conversation.row_of(self._anchor) - self._height
        return max(0, min(self.conversation.height - self._seen_height, below))

    def _count_height(self, *, is_new: bool) -> None:
        """The height may be another: because text came, or because rows are known now that were estimated."""
        if self.is_following:
            return
        height = self.conversation.height
        if not is_new:
            self._seen_height += height - self._counted_height
        self._counted_height = height

    def follow(self) -> None:
        """Go to the end and stay there."""
        self._set_following(True)
        self.settle()

    def _set_following(self, is_following: bool) -> None:
        if is_following != self.is_following:
            self.is_following = is_following
            self._seen_height = self._counted_height = self.conversation.height

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
        anchor = conversation.end(height) if self.is_following else conversation.clamp(self._anchor)
        lines = conversation.lines(anchor, height)
        if len(lines) < height and anchor > Anchor():
            anchor = conversation.end(height)
            lines = conversation.lines(anchor, height)
        self._anchor = anchor
        self._count_height(is_new=False)
        for line in lines:
            view = conversation.views[line.message]
            if view.is_behind and view.entry.id not in self._open:
                self._open[view.entry.id] = None
                self.want_frame()
        changed = self._refresh_changed(lines)
        self._sync_scroll()
        return changed

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
        if target == current or self._is_sized_anew or not self.conversation.views:
            return  # a position that the toolkit moves into a page of another size is not where the reader went
        if abs(target - current) <= 3 * self._height:
            self.scroll_rows(target - current)
        elif target >= self.max_scroll_y:
            self.follow()
        else:
            self.go_to(self.conversation.locate(target))

    def _pill_text(self) -> str:
        count = self.new_lines
        return f" ↓ {count:,} new {'line' if count == 1 else 'lines'} " if count else ""

    # What the toolkit tells.

    def on_mount(self) -> None:
        """Listen for another theme."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self.repaint())

    def on_unmount(self) -> None:
        """Leave the clock, and give the memory of the layout back: the collector may never come for it."""
        if self._clock is not None:
            self._clock.forget(self)
        self.conversation.release()

    def _size_updated(self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True) -> bool:
        """Fit the new size. The toolkit sends no Resize when somebody asked for a position just before the layout."""
        is_another = size != self._size
        self._is_sized_anew = True
        try:
            should_tell = super()._size_updated(size, virtual_size, container_size, layout)
        finally:
            self._is_sized_anew = False
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
            self._count_height(is_new=False)
            self.conversation.resize(width)
            if mark is not None:
                self._anchor = self.conversation.find_mark(mark)
            self._count_height(is_new=False)
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
