"""All messages of a column as one tall page of rows, of which only what is shown is ever laid out.

The reader's place is an anchor: a message, a slot in it, a row in that. Heights of what was never shown are estimates;
when one is corrected the anchor stays where it is and the page moves. This module refuses to know the toolkit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tui.transcript.entry import Entry
from tui.transcript.heights import HeightIndex
from tui.transcript.message import MessageView, SlotKind
from tui.transcript.rows import Row
from tui.transcript.source import Source
from tui.transcript.views import MessageViews

KEPT_MESSAGES = 300
"""So many messages keep their layout; the ones shown longest ago are laid out again when they come back."""


class Anchor(NamedTuple):
    """A row of the page, told by what it belongs to."""

    message: int = 0
    slot: int = 0
    row: int = 0


class Line(NamedTuple):
    """One row on the screen and where it comes from."""

    row: Row
    message: int
    slot: int
    at: int
    """Which of the slot's rows it is."""
    kind: SlotKind


class Conversation:
    """The messages of one column."""

    def __init__(self) -> None:
        self.views = MessageViews((), 80)
        self.width = 80
        self._index: dict[str, int] = {}
        self._measured: HeightIndex | None = None
        self._recent: dict[int, None] = {}

    # Messages.

    def set_entries(self, entries: Sequence[Entry]) -> None:
        """Show other messages."""
        self.views = MessageViews(entries, self.width)
        self._index = {entry.id: index for index, entry in enumerate(entries)}
        self._measured = None
        self._recent.clear()

    def append(self, entry: Entry) -> None:
        """Add a message at the end."""
        self._index[entry.id] = len(self.views)
        self.views.append(entry)
        self._heights.append(self.views.height(len(self.views) - 1))

    def truncate(self, count: int) -> None:
        """Keep the first `count` messages."""
        for entry in self.views.entries[count:]:
            self._index.pop(entry.id, None)
        self._heights.truncate(count)
        self.views.truncate(count)
        self._recent = {index: None for index in self._recent if index < count}

    def find(self, entry_id: str) -> int | None:
        """The number of a message."""
        return self._index.get(entry_id)

    def resize(self, width: int) -> None:
        """Take another width."""
        self.width = width
        self.views.resize(width)
        self._measured = None

    @property
    def _heights(self) -> HeightIndex:
        """The heights of all messages; summed up when they are first needed, not for a screen without a size."""
        if self._measured is None:
            self._measured = HeightIndex(self.views.heights())
        return self._measured

    def remeasure(self, index: int) -> None:
        """A message has another height."""
        height = self.views.height(index)
        if self._heights[index] != height:
            self._heights[index] = height

    # Places.

    @property
    def height(self) -> int:
        """Rows in all, as far as is known."""
        return self._heights.total

    def top(self, index: int) -> int:
        """The first row of a message."""
        return self._heights.top(index)

    def row_of(self, anchor: Anchor) -> int:
        """The row of the page at which an anchor stands."""
        if not self.views:
            return 0
        anchor = self.clamp(anchor)
        return self._heights.top(anchor.message) + self.views[anchor.message].top(anchor.slot) + anchor.row

    def clamp(self, anchor: Anchor) -> Anchor:
        """The nearest anchor that exists."""
        if not self.views:
            return Anchor()
        message = max(0, min(anchor.message, len(self.views) - 1))
        view = self._opened(message)
        slot = max(0, min(anchor.slot, len(view.slots) - 1)) if message == anchor.message else 0
        row = anchor.row if (message, slot) == anchor[:2] else 0
        return Anchor(message, slot, max(0, min(row, view.slot_height(slot) - 1)))

    def locate(self, row: int) -> Anchor:
        """The anchor at a row of the page."""
        if not self.views:
            return Anchor()
        index, within = self._heights.find(max(0, row))
        slot, row = self._opened(index).slot_at(within)
        return self.clamp(Anchor(index, slot, row))

    def move(self, anchor: Anchor, rows: int) -> Anchor:
        """The anchor so many rows further down, or up; what lies between is laid out, so no row is skipped."""
        if not self.views:
            return Anchor()
        message, slot, row = self.clamp(anchor)
        row += rows
        while row < 0:
            if slot == 0:
                if message == 0:
                    return Anchor()
                message -= 1
                slot = len(self._opened(message).slots)
            slot -= 1
            row += len(self._lay(message, slot))
        while row >= (height := len(self._lay(message, slot))):
            if slot + 1 < len(self.views[message].slots):
                slot += 1
            elif message + 1 < len(self.views):
                message, slot = message + 1, 0
            else:
                return Anchor(message, slot, max(0, height - 1))
            row -= height
        return Anchor(message, slot, row)

    def end(self, height: int) -> Anchor:
        """The anchor that shows the end of the page at the bottom of a screen."""
        if not self.views:
            return Anchor()
        last = len(self.views) - 1
        slot = len(self._opened(last).slots) - 1
        return self.move(Anchor(last, slot, len(self._lay(last, slot)) - 1), 1 - height)

    def lines(self, anchor: Anchor, height: int) -> list[Line]:
        """The rows of a screen from an anchor on, laid out if they were not."""
        found: list[Line] = []
        if not self.views:
            return found
        message, slot, first = self.clamp(anchor)
        while len(found) < height and message < len(self.views):
            view = self._opened(message)
            while slot < len(view.slots) and len(found) < height:
                kind = view.slots[slot].kind
                rows = self._lay(message, slot)
                for index in range(first, min(len(rows), first + height - len(found))):
                    found.append(Line(rows[index], message, slot, index, kind))
                slot, first = slot + 1, 0
            message, slot = message + 1, 0
        return found

    def _lay(self, message: int, slot: int) -> list[Row]:
        view = self._opened(message)
        rows = view.rows(slot)
        self.remeasure(message)
        return rows

    def _opened(self, message: int) -> MessageView:
        view = self.views[message]
        if view.document is None or (view.is_reasoning_open and view.reasoning is None):
            view.open()
            self.remeasure(message)
        self._recent.pop(message, None)
        self._recent[message] = None
        if len(self._recent) > KEPT_MESSAGES:
            self._release(next(iter(self._recent)))
        return view

    def _release(self, message: int) -> None:
        del self._recent[message]
        if message < len(self.views) and not self.views[message].entry.state.is_open:
            self.views[message].release()
            self.remeasure(message)

    def release(self) -> None:
        """Give the memory of everything laid out back."""
        for view in self.views.made():
            view.release()
        self._recent.clear()
        self._measured = None

    # Across a change of width.

    def mark(self, anchor: Anchor) -> tuple[Anchor, int]:
        """An anchor and the place in the source that it shows, to find it again at another width."""
        anchor = self.clamp(anchor)
        if not self.views:
            return anchor, -1
        for row in self._lay(anchor.message, anchor.slot)[anchor.row :]:
            span = row.source_span()
            if span is not None:
                return anchor, span[0]
        return anchor, -1

    def find_mark(self, mark: tuple[Anchor, int]) -> Anchor:
        """The anchor that shows a marked place now."""
        anchor, place = mark
        anchor = self.clamp(anchor)
        if place < 0 or not self.views:
            return anchor
        row = self.row_showing(anchor.message, anchor.slot, place)
        return Anchor(anchor.message, anchor.slot, row)

    def row_showing(self, message: int, slot: int, place: int) -> int:
        """Which row of a slot shows a place in the source."""
        best = 0
        for index, row in enumerate(self._lay(message, slot)):
            span = row.source_span()
            if span is not None and span[0] <= place:
                best = index
                if place < span[1]:
                    break
        return best

    def slot_of(self, message: int, place: int, kind: SlotKind = "text") -> int:
        """The slot of a message whose part holds a place in its source."""
        view = self._opened(message)
        document = view.reasoning if kind == "reasoning" else view.document
        if document is None:
            return 0
        line = document.source.line_at(place)
        found = 0
        for slot, (slot_kind, part) in enumerate(view.slots):
            if slot_kind == kind and part is not None:
                if part.first > line:
                    break
                found = slot
        return found

    def source_of(self, message: int, *, is_reasoning: bool = False) -> Source | None:
        """The lines of a message's text or reasoning, when they are there."""
        if not 0 <= message < len(self.views):
            return None
        view = self.views[message]
        document = view.reasoning if is_reasoning else view.document
        return document.source if document is not None else None

    def walk_slots(self, anchor: Anchor, step: int) -> Iterator[Anchor]:
        """The slots before or after an anchor's, nearest first."""
        message, slot, _ = self.clamp(anchor)
        while self.views:
            slot += step
            while not 0 <= slot < len(self._opened(message).slots):
                message += step
                if not 0 <= message < len(self.views):
                    return
                slot = 0 if step > 0 else len(self._opened(message).slots) - 1
            yield Anchor(message, slot, 0)
