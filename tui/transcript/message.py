"""One message laid out: head, reasoning, text and what stands under it, as slots of rows.

A slot is a fixed group of rows or a part of a document. A slot that was never shown is not laid out; its height is
estimated from the number of its characters and lines. This module refuses to know its neighbours and the screen.
"""

from __future__ import annotations

from time import perf_counter
from typing import Literal, NamedTuple

from tui.transcript.document import Document
from tui.transcript.entry import Entry
from tui.transcript.estimates import FOLDED_CHARS, FOLDED_LINES, is_long, width_of_text
from tui.transcript.heads import above_rows, below_rows, fold_row, head_row, long_row
from tui.transcript.heights import HeightIndex
from tui.transcript.layout import colour, lay
from tui.transcript.parts import Part
from tui.transcript.rows import Look, Row, Run

SlotKind = Literal["head", "reasoning", "gap", "text", "rest", "foot"]

_SLOW_S = 0.008
_OPENING_S = 0.01
_OPENING_SHORT_S = 0.05
_SHORT_CHARS = 16_384
_BLANK = [Row(())]


class Slot(NamedTuple):
    """A group of rows that is laid out together."""

    kind: SlotKind
    part: Part | None = None


class MessageView:
    """One entry, as wide as the screen."""

    def __init__(self, entry: Entry, width: int) -> None:
        self.entry = entry
        self.width = width
        self.is_reasoning_open = False
        self._lines = entry.text.count("\n")
        self.is_folded = self.is_long and not entry.state.is_open
        self.document: Document | None = None
        self.reasoning: Document | None = None
        self._reasoning_lines = entry.reasoning.count("\n") + 1 if entry.reasoning else 0
        self._slots: list[Slot] | None = None
        self._head: list[Row] | None = None
        self._foot: list[Row] | None = None
        self._rest_until = 0.0
        self._is_growing = False  # what is not parsed yet came while it was shown
        self._measured: HeightIndex | None = None  # of the slots, when they are known
        self._text: list[str] = []
        self._thoughts: list[str] = []

    # What it holds.

    @property
    def is_long(self) -> bool:
        """Long enough to be worth folding."""
        return is_long(self.entry)

    @property
    def text_width(self) -> int:
        """Cells that text may take."""
        return width_of_text(self.width)

    def buffer(self, text: str, reasoning: str) -> None:
        """Keep what came until the next `apply`."""
        if text:
            self._text.append(text)
        if reasoning:
            self._thoughts.append(reasoning)

    def awaited(self, field: str) -> str:
        """The text or reasoning, with what is buffered."""
        known, buffered = (self.entry.text, self._text) if field == "text" else (self.entry.reasoning, self._thoughts)
        return known + "".join(buffered)

    @property
    def has_buffered(self) -> bool:
        """Something waits for `apply`, or for the parser."""
        return self.has_arrivals or self.is_behind

    @property
    def has_arrivals(self) -> bool:
        """Text that came waits for `apply`."""
        return bool(self._text or self._thoughts)

    @property
    def is_behind(self) -> bool:
        """Text that was asked for is not in parts yet."""
        return any(
            document is not None and (not document.is_read or document.uncoloured)
            for document in (self.document, self.reasoning)
        )

    def apply(self, deadline: float | None = None) -> None:
        """Take what was buffered, and parse until `deadline`."""
        if self._thoughts:
            new = "".join(self._thoughts)
            self._thoughts.clear()
            self._reasoning_lines += new.count("\n") + (0 if self.entry.reasoning else 1)
            self.entry.reasoning += new
            if self.reasoning is not None:
                self.reasoning.append(new)
            self.redo_head()
        if self._text:
            new = "".join(self._text)
            self._text.clear()
            if not self.entry.text and self.entry.reasoning:
                self.redo_head()
            self.entry.text += new
            self._lines += new.count("\n")
            if self.document is not None and not self.is_folded:
                self.document.append(new)
                self._is_growing = True
        self.advance(deadline)

    def advance(self, deadline: float | None = None) -> None:
        """Parse what is not parsed yet, until `deadline`."""
        if self.reasoning is not None and not self.reasoning.is_read:
            self._read(self.reasoning, deadline)
            self._slots = self._measured = None
        if self.document is not None and not self.document.is_read:
            self._advance_text(self.document, deadline)
        for document in (self.reasoning, self.document):
            if document is not None and document.uncoloured:
                colour(document, deadline)

    def _read(self, document: Document, deadline: float | None) -> None:
        """Parse on. Where parsing is slow, as in one huge paragraph, wait so that it takes a quarter of the time."""
        began = perf_counter()
        if deadline is not None and self.entry.state.is_open and began < self._rest_until:
            return
        document.advance(deadline)
        if document is self.document and document.is_read:
            self._is_growing = False
        now = perf_counter()
        is_slow = document.is_read and now - began > _SLOW_S  # a backlog is no reason to rest
        self._rest_until = now + 3 * (now - began) if is_slow else 0.0

    def _advance_text(self, document: Document, deadline: float | None) -> None:
        settled = document.settled_parts
        self._read(document, deadline)
        if self._slots is None:
            return
        thoughts = len(self.reasoning.parts) + 1 if self.is_reasoning_open and self.reasoning is not None else 0
        first = 1 + thoughts + settled
        self._slots[first:] = [Slot("text", part) for part in document.parts[settled:]]
        if not document.is_read:
            self._slots.append(Slot("rest"))
        self._slots.append(Slot("foot"))
        if self._measured is not None:
            self._measured.truncate(first)
            for slot in range(first, len(self._slots)):
                self._measured.append(self._height_of(slot))

    # What it is made of.

    def _open_documents(self) -> None:
        if self.document is None:
            self.document = Document(self._shown_text())
        if self.is_reasoning_open and self.reasoning is None:
            self.reasoning = Document(self.entry.reasoning)

    def _shown_text(self) -> str:
        text = self.entry.text
        if not self.is_folded:
            return text
        end = -1
        for _ in range(FOLDED_LINES):
            end = text.find("\n", end + 1)
            if end < 0:
                break
        return text[: min(end if end >= 0 else len(text), FOLDED_CHARS)]

    def open(self, deadline: float | None = None) -> None:
        """Make its slots known, parsing until `deadline`; always parses enough to show something."""
        if self.document is None or (self.is_reasoning_open and self.reasoning is None):
            self._open_documents()
            is_short = len(self.entry.text) + len(self.entry.reasoning) <= _SHORT_CHARS
            at_most_s = _OPENING_SHORT_S if is_short else _OPENING_S  # a few hostile characters can be slow, too
            self.advance(perf_counter() + at_most_s if deadline is None else deadline)

    @property
    def slots(self) -> list[Slot]:
        """Head, parts of the reasoning and the text, foot."""
        if self._slots is None:
            slots = [Slot("head")]
            if self.is_reasoning_open and self.reasoning is not None:
                slots += [*(Slot("reasoning", part) for part in self.reasoning.parts), Slot("gap")]
            if self.document is not None:
                slots += [Slot("text", part) for part in self.document.parts]
            if self.document is None or not self.document.is_read:
                slots.append(Slot("rest"))
            slots.append(Slot("foot"))
            self._slots = slots
            self._measured = None
        return self._slots

    def rows(self, slot: int) -> list[Row]:
        """The rows of a slot, laid out if they were not."""
        rows = self._rows(slot)
        if self._measured is not None and self._measured[slot] != len(rows):
            self._measured[slot] = len(rows)
        return rows

    def _rows(self, slot: int) -> list[Row]:
        kind, part = self.slots[slot]
        match kind:
            case "head":
                return self._head_rows()
            case "foot":
                return self._foot_rows()
            case "gap":
                return _BLANK
            case "rest":
                return [Row((Run("…", ("dim",)),))] * self._rest_height()
            case "reasoning":
                assert part is not None
                assert self.reasoning is not None
                return self._laid(part, self.reasoning, ("thinking",))
            case _:
                assert part is not None
                assert self.document is not None
                return self._laid(part, self.document, ())

    def _laid(self, part: Part, document: Document, look: Look) -> list[Row]:
        return lay(part, document, self.text_width, breaks=self.entry.role != "assistant", look=look)

    def _head_rows(self) -> list[Row]:
        if self._head is None:
            entry, width = self.entry, self.text_width
            rows = [head_row(entry, width), *above_rows(entry, width)]
            if entry.reasoning:
                is_thinking = entry.state.is_open and not entry.text
                rows.append(
                    fold_row(
                        entry, self._reasoning_lines, width, is_open=self.is_reasoning_open, is_thinking=is_thinking
                    )
                )
            self._head = rows
        return self._head

    def _foot_rows(self) -> list[Row]:
        if self._foot is None:
            rows = []
            if self.is_folded:
                rows.append(long_row(self._lines + 1, self.text_width, is_folded=True))
            rows += below_rows(self.entry, self.text_width)
            rows.append(Row(()))
            self._foot = rows
        return self._foot

    # How high it is.

    def slot_height(self, slot: int) -> int:
        """Rows of a slot: counted when it is laid out, estimated otherwise."""
        return self._heights[slot]

    def _height_of(self, slot: int) -> int:
        kind, part = self.slots[slot]
        match kind:
            case "head":
                return len(self._head_rows())
            case "foot":
                return len(self._foot_rows())
            case "rest":
                return self._rest_height()
            case "gap":
                return 1
        assert part is not None
        if part.rows is not None and (part.kind == "fence" or part.width == self.text_width):
            return len(part.rows)
        document = self.reasoning if kind == "reasoning" else self.document
        assert document is not None
        starts = document.source.starts
        first, last = min(part.first, len(starts) - 1), min(part.last, len(starts) - 1)
        return part.gap + max(1, part.last - part.first, (starts[last] - starts[first]) // self.text_width)

    def _rest_height(self) -> int:
        if self.document is None:
            text, lines = len(self.entry.text), self._lines + 1 if self.entry.text else 0
            if self.is_folded:
                text, lines = min(text, FOLDED_CHARS), min(lines, FOLDED_LINES)
        elif self._is_growing:
            return 1  # who follows the end sees the newest of what is parsed
        else:
            source = self.document.source
            line = self.document.parts[-1].last if self.document.parts else 0
            lines = max(1, len(source.lines) - line)
            text = len(source) - source.starts[min(line, len(source.starts) - 1)]
        return max(lines, text // self.text_width)

    @property
    def _heights(self) -> HeightIndex:
        slots = self.slots
        if self._measured is None:
            self._measured = HeightIndex(self._height_of(slot) for slot in range(len(slots)))
        elif self._head is None or self._foot is None:
            for slot in (0, len(slots) - 1):
                self._measured[slot] = self._height_of(slot)
        return self._measured

    def top(self, slot: int) -> int:
        """The first row of a slot."""
        return self._heights.top(slot)

    def slot_at(self, row: int) -> tuple[int, int]:
        """The slot that holds a row of the message, and which of its rows it is."""
        return self._heights.find(row)

    @property
    def height(self) -> int:
        """Rows in all, estimated where nothing was shown yet."""
        return self._heights.total if self.document is not None else self._rough_height()

    def _rough_height(self) -> int:
        """The height without laying out even the head; for thousands of messages that are never shown."""
        entry = self.entry
        extra = len(entry.attachments) + bool(entry.reasoning) + bool(entry.notice) + bool(entry.note)
        return 2 + extra + self.is_folded + self._rest_height()

    # What changes it.

    def redo_head(self) -> None:
        """The head and foot have to be made again."""
        self._head = self._foot = None

    def resize(self, width: int) -> None:
        """Take another width; everything is laid out again when it is shown."""
        if width != self.width:
            self.width = width
            self._measured = None
            self.redo_head()
            for document in (self.reasoning, self.document):
                for part in document.parts if document is not None else ():
                    part.forget()

    def replace_text(self) -> None:
        """The entry's text is another one."""
        self._text.clear()
        self._thoughts.clear()
        self._lines = self.entry.text.count("\n")
        self._reasoning_lines = self.entry.reasoning.count("\n") + 1 if self.entry.reasoning else 0
        self.release()

    def release(self) -> None:
        """Give the memory of everything laid out back."""
        self.document = self.reasoning = None
        self._slots = self._measured = None
        self.redo_head()

    def toggle_fold(self) -> None:
        """Fold or unfold the text."""
        self.is_folded = not self.is_folded
        self.document = None
        self._slots = self._measured = None
        self.redo_head()

    def toggle_reasoning(self) -> None:
        """Show or hide the reasoning."""
        self.is_reasoning_open = not self.is_reasoning_open and bool(self.entry.reasoning)
        self.reasoning = None
        self._slots = self._measured = None
        self.redo_head()
        self.open()
