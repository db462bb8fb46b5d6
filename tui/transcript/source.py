"""A message's text on its way to the parser: cleaned at the gate as it grows, kept as lines with their places.

What is cleaned does not depend on how the text was cut into pieces: a piece is passed on only up to a character that
no rule of `clean()` looks across. A line too long for any parser is kept as several, marked as joined. This module
refuses to know Markdown.
"""

from __future__ import annotations

import bisect
import re
from collections import deque

from tui.text.clean import clean
from tui.transcript.cells import Cluster, clusters

LONG_LINE = 8192
"""Characters; a longer line is never parsed."""

LONG_PIECE = 2048
"""Characters of the pieces that such a line is cut into."""

SLICE = 32_768
"""Characters that are cleaned at a time."""

_CUT_SLACK = 64
_SAFE = re.compile(r"[\x20-\x7e][^\x20-\x7e\n]*\Z")


class Source:
    """Cleaned text as lines. `lines[n]` are complete; `tail` is the line being written."""

    def __init__(self, text: str = "") -> None:
        self.lines: list[str] = []
        self.starts: list[int] = [0]
        """Where each line begins in the cleaned text; one more than `lines`, for the tail."""
        self.joined: set[int] = set()
        """Numbers of lines that go on in the next one: pieces of one long line."""
        self.tail = ""
        self._settled = ""  # the part of the tail that cleaning is done with
        self._held = ""  # exact text that the next piece may still change
        self._unread: deque[str] = deque()
        if text:
            self.append(text)
            while self.read():
                pass

    def append(self, exact: str) -> None:
        """Take more of the exact text; of much, only the beginning is cleaned before `read` is called."""
        was_waiting = bool(self._unread)
        self._unread.extend(exact[first : first + SLICE] for first in range(0, len(exact), SLICE))
        if not was_waiting:
            self.read()

    def read(self) -> bool:
        """Clean the next slice of what was taken; False when there was none."""
        if not self._unread:
            return False
        self._take(self._unread.popleft())
        return True

    def _take(self, exact: str) -> None:
        held = self._held + exact
        cut = held.rfind("\n") + 1
        safe = _SAFE.search(held, max(cut, len(held) - 4096))
        if safe is not None:
            cut = safe.start()
        elif len(held) - cut > 4096:  # a long stretch without ASCII: real writing, which cleaning leaves alone
            cut = len(held) - 64
        self._held = held[cut:]
        if cut:
            self._settle(clean(held[:cut]))
        self.tail = self._settled + clean(self._held) if self._held else self._settled

    def _settle(self, text: str) -> None:
        first, *others = text.split("\n")
        self._settled += first
        for line in others:
            self._cut_long()
            self._end_line(self._settled, newline=1)
            self._settled = line
        self._cut_long()

    def _cut_long(self) -> None:
        first = 0
        while len(self._settled) - first >= self._longest():
            last = first + LONG_PIECE
            space = self._settled.rfind(" ", last - _CUT_SLACK, last)
            last = space + 1 if space >= 0 else last
            self.joined.add(len(self.lines))
            self._end_line(self._settled[first:last], newline=0)
            first = last
        if first:
            self._settled = self._settled[first:]

    def _longest(self) -> int:
        """Characters at which the line being written is cut: sooner when it is the rest of a long one."""
        return (LONG_PIECE if len(self.lines) - 1 in self.joined else LONG_LINE) + _CUT_SLACK

    def _end_line(self, line: str, newline: int) -> None:
        self.lines.append(line)
        self.starts.append(self.starts[-1] + len(line) + newline)

    def __len__(self) -> int:
        return self.starts[-1] + len(self.tail)

    def line(self, number: int) -> str:
        """A line, the tail included; "" past the end."""
        if number < len(self.lines):
            return self.lines[number]
        return self.tail if number == len(self.lines) else ""

    def is_blank(self, number: int) -> bool:
        """A line holds nothing but spaces; as in Markdown, a no-break or ideographic space is a character."""
        return not self.line(number).strip(" ")

    def is_long_piece(self, number: int) -> bool:
        """A line is a piece of one too long to parse."""
        return bool(self.joined) and (number in self.joined or number - 1 in self.joined)

    def line_at(self, offset: int) -> int:
        """The number of the line that holds a place in the text."""
        return bisect.bisect_right(self.starts, offset) - 1

    def slice(self, start: int, end: int) -> str:
        """The cleaned text from `start` to `end`."""
        if end <= start:
            return ""
        first, last = self.line_at(start), self.line_at(end)
        pieces = []
        for number in range(first, last + 1):
            line = self.line(number)
            left = start - self.starts[number] if number == first else 0
            right = end - self.starts[number] if number == last else len(line)
            pieces.append(line[left:right])
            if number < last and number not in self.joined:
                pieces.append("\n")
        return "".join(pieces)

    def line_span(self, offset: int) -> tuple[int, int]:
        """Where the line that holds a place begins and ends."""
        number = self.line_at(offset)
        return self.starts[number], self.starts[number] + len(self.line(number))

    def word_span(self, offset: int) -> tuple[int, int]:
        """Where the word that holds a place begins and ends; a character that is in no word stands alone."""
        number = self.line_at(offset)
        line, start = self.line(number), self.starts[number]
        found = clusters(line)
        at = next((index for index, cluster in enumerate(found) if start + cluster.end > offset), None)
        if at is None:
            return offset, offset
        first = last = at
        while first > 0 and _is_word(line, found[first]) and _is_word(line, found[first - 1]):
            first -= 1
        while last + 1 < len(found) and _is_word(line, found[last]) and _is_word(line, found[last + 1]):
            last += 1
        return start + found[first].start, start + found[last].end

    @property
    def text(self) -> str:
        """The whole cleaned text."""
        return self.slice(0, len(self))


def _is_word(line: str, cluster: Cluster) -> bool:
    return line[cluster.start].isalnum() or line[cluster.start] == "_"


def exact_range(exact: str, start: int, end: int, source: Source) -> str:
    """The exact text that a range of the cleaned text stands for."""
    if len(exact) == len(source) and source.slice(start, end) == exact[start:end]:
        return exact[start:end]
    return exact[_exact_offset(exact, start, source) : _exact_offset(exact, end, source)]


def _exact_offset(exact: str, offset: int, source: Source) -> int:
    number = source.line_at(offset)
    first = number
    while first - 1 in source.joined:
        first -= 1
    column = offset - source.starts[first]
    newlines = sum(1 for line in range(first) if line not in source.joined) if source.joined else first
    position = 0
    for _ in range(newlines):
        position = exact.find("\n", position) + 1
    last = exact.find("\n", position)
    line = exact[position : last if last >= 0 else len(exact)]
    return position + exact_column(line, column)


def exact_column(line: str, column: int) -> int:
    """How many characters of an exact line make `column` characters of the cleaned one."""
    return bisect.bisect_left(range(len(line) + 1), column, key=lambda length: len(clean(line[:length])))
