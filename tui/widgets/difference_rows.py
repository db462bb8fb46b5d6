"""How two texts differ, laid out as rows: unified or side by side. Pure functions; paints nothing.

Texts come cleaned. Each changed line has a sign, − or +, in front, and inside it the words that differ are told apart
from those that do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from tui.text.diff import DiffPiece, Kind
from tui.transcript.wrap import line_cuts

SIGN_CELLS = 2
"""The sign in front of a line, and a space."""
Words = tuple[tuple[Kind, str], ...]
Sign = Literal[" ", "−", "+"]


@dataclass(frozen=True, slots=True)
class Half:
    """One line's words on one side, wrapped: a row of the view."""

    sign: Sign = " "
    words: Words = ()


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """One row of the view: one half, or two side by side."""

    halves: tuple[Half, ...]
    difference: int | None = None
    """Which difference it belongs to, from 0; None: both texts have it."""


@dataclass(slots=True)
class Block:
    """Lines that stand for each other on both sides."""

    old: list[Words] = field(default_factory=list)
    new: list[Words] = field(default_factory=list)

    @property
    def is_same(self) -> bool:
        """Whether both sides are equal."""
        return all(kind == "same" for line in (*self.old, *self.new) for kind, _ in line) and len(self.old) == len(
            self.new
        )


class _Builder:
    """Puts pieces together to lines, on both sides at once."""

    def __init__(self) -> None:
        self.block = Block()
        self.old: list[tuple[Kind, str]] = []
        self.new: list[tuple[Kind, str]] = []
        self.has_old = self.has_new = False
        """Whether a line is open, even if it is empty so far."""

    def add(self, piece: DiffPiece) -> Iterator[Block]:
        if not self.old and not self.new and not self.has_old and not self.has_new:
            yield from self.flush()
        parts = piece.text.split("\n")
        for place, part in enumerate(parts):
            if piece.kind != "added":
                self.has_old = self._take(self.old, piece.kind, part)
            if piece.kind != "removed":
                self.has_new = self._take(self.new, piece.kind, part)
            if place < len(parts) - 1:
                yield from self._end_line(piece.kind)

    def _take(self, line: list[tuple[Kind, str]], kind: Kind, part: str) -> bool:
        if part:
            line.append((kind, part))
        return bool(line)

    def _end_line(self, kind: Kind) -> Iterator[Block]:
        if kind != "added":
            self.block.old.append(tuple(self.old))
            self.old = []
            self.has_old = False
        if kind != "removed":
            self.block.new.append(tuple(self.new))
            self.new = []
            self.has_new = False
        if kind == "same":
            yield from self.flush()

    def flush(self) -> Iterator[Block]:
        if self.block.old or self.block.new:
            yield self.block
            self.block = Block()

    def end(self) -> Iterator[Block]:
        if self.old:
            self.block.old.append(tuple(self.old))
        if self.new:
            self.block.new.append(tuple(self.new))
        yield from self.flush()


def blocks(pieces: Iterable[DiffPiece]) -> list[Block]:
    """The pieces of a difference as lines that stand for each other."""
    builder = _Builder()
    found: list[Block] = []
    for piece in pieces:
        found.extend(builder.add(piece))
    found.extend(builder.end())
    return found


def unified_rows(found: Sequence[Block], width: int) -> list[DifferenceRow]:
    """All lines below each other: what was removed, then what was added."""
    rows: list[DifferenceRow] = []
    for number, block in _numbered(found):
        if number is None:
            rows += [DifferenceRow((half,)) for line in block.old for half in _wrapped(" ", line, width)]
            continue
        rows += [DifferenceRow((half,), number) for line in block.old for half in _wrapped("−", line, width)]
        rows += [DifferenceRow((half,), number) for line in block.new for half in _wrapped("+", line, width)]
    return rows


def beside_rows(found: Sequence[Block], width: int) -> list[DifferenceRow]:
    """The old text at the left, the new one at the right; `width` is that of one side."""
    rows: list[DifferenceRow] = []
    for number, block in _numbered(found):
        for place in range(max(len(block.old), len(block.new))):
            left = _side("−" if number is not None else " ", block.old, place, width)
            right = _side("+" if number is not None else " ", block.new, place, width)
            for row in range(max(len(left), len(right))):
                halves = (left[row] if row < len(left) else Half(), right[row] if row < len(right) else Half())
                rows.append(DifferenceRow(halves, number))
    return rows


def _side(sign: Sign, lines: Sequence[Words], place: int, width: int) -> list[Half]:
    return _wrapped(sign, lines[place], width) if place < len(lines) else []


def _numbered(found: Sequence[Block]) -> Iterator[tuple[int | None, Block]]:
    """Each block with the number of its difference; changed blocks that follow each other are one."""
    number, was_same = -1, True
    for block in found:
        if block.is_same:
            yield None, block
        else:
            number += was_same
            yield number, block
        was_same = block.is_same


def _wrapped(sign: Sign, line: Words, width: int) -> list[Half]:
    """One line as rows of at most `width` cells, the sign included."""
    text = "".join(part for _, part in line)
    return [Half(sign, _cut(line, first, last)) for first, last in line_cuts(text, max(4, width - SIGN_CELLS))]


def _cut(line: Words, first: int, last: int) -> Words:
    found: list[tuple[Kind, str]] = []
    offset = 0
    for kind, text in line:
        part = text[max(0, first - offset) : max(0, last - offset)]
        if part:
            found.append((kind, part))
        offset += len(text)
    return tuple(found)
