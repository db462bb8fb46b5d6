"""Runs of text and the rows they make: what is shown, how it looks, and which part of the source it stands for.

A run's source range lets a selection give back the source text. A row is immutable once laid out; its strip is made
when it is first painted. This module refuses to know colours: a look is a tuple of names that a palette resolves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.segment import Segment
from textual.strip import Strip

from tui.transcript.cells import Cluster, clusters, is_single_celled, width_cells

if TYPE_CHECKING:
    from tui.transcript.palette import Palette

Look = tuple[str, ...]
"""Names of styles, outermost first; later ones win."""

PLAIN: Look = ()


class Run(NamedTuple):
    """Text of one look. With `start` < 0 it is decoration and stands for no source."""

    text: str
    look: Look = PLAIN
    start: int = -1
    end: int = -1
    link: str = ""
    """What a click does: an address, or `action:NAME`."""

    @property
    def is_exact(self) -> bool:
        """Each character stands for one character of the source."""
        return self.start >= 0 and self.end - self.start == len(self.text)

    def part(self, first: int, last: int) -> Run:
        """The characters from `first` to `last`, with the source they stand for."""
        if first == 0 and last >= len(self.text):
            return self
        if self.is_exact:
            return Run(self.text[first:last], self.look, self.start + first, self.start + last, self.link)
        return Run(self.text[first:last], self.look, self.start, self.end, self.link)


class Row:
    """One line of the transcript, as wide as its runs."""

    __slots__ = ("_key", "_strip", "_width", "runs")

    def __init__(self, runs: tuple[Run, ...]) -> None:
        self.runs = runs
        self._strip: Strip | None = None
        self._key: tuple[Palette, Segment, int] | None = None
        self._width = -1

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Row) and self.runs == other.runs

    def __hash__(self) -> int:
        return hash(self.runs)

    def __repr__(self) -> str:
        return f"Row({self.text!r})"

    @property
    def text(self) -> str:
        """What the row shows."""
        return "".join(run.text for run in self.runs)

    @property
    def width(self) -> int:
        """Cells the runs take."""
        if self._width < 0:
            self._width = sum(width_cells(run.text) for run in self.runs)
        return self._width

    def with_prefix(self, *prefix: Run) -> Row:
        """The row with decoration before it."""
        return Row((*prefix, *self.runs))

    def looks_like(self, other: Row) -> bool:
        """Painting either gives the same cells, wherever the source lies."""
        if self is other:
            return True
        if len(self.runs) != len(other.runs):
            return False
        return all(
            mine.text == theirs.text and mine.look == theirs.look
            for mine, theirs in zip(self.runs, other.runs, strict=True)
        )

    def strip(self, palette: Palette, left: Segment, width: int) -> Strip:
        """The painted row, kept until something about it changes, so that the toolkit's own caches hold too.

        Args:
            palette: The theme's styles.
            left: What stands in the margin.
            width: Cells of the whole line.
        """
        key = (palette, left, width)
        if self._strip is None or self._key != key:
            style = palette.style
            segments = [left, *(Segment(run.text, style(run.look)) for run in self.runs if run.text)]
            length = width_cells(left.text) + self.width
            if length < width:
                segments.append(Segment(" " * (width - length), palette.base))
            strip = Strip(segments, max(length, width))
            self._strip, self._key = strip.crop(0, width) if length > width else strip, key
        return self._strip

    def drop_strip(self) -> None:
        """Give the memory of the painted row back."""
        self._strip = None

    def cells(self) -> list[tuple[int, Run, Cluster]]:
        """Each cluster: its first column, its run, and its place in the run's text."""
        placed = []
        column = 0
        for run in self.runs:
            for cluster in clusters(run.text):
                placed.append((column, run, cluster))
                column += cluster.width_cells
        return placed

    def run_at(self, column: int) -> Run | None:
        """The run painted at a column."""
        left = 0
        for run in self.runs:
            left += len(run.text) if is_single_celled(run.text) else width_cells(run.text)
            if column < left:
                return run
        return None

    def columns_of(self, start: int, end: int) -> list[tuple[int, int]]:
        """Where the source range from `start` to `end` is painted: pairs of first and past-the-last column.

        A cluster of which any part is in the range is painted whole.
        """
        found: list[tuple[int, int]] = []
        column = 0
        for run in self.runs:
            width = width_cells(run.text)
            if run.start >= 0 and run.start < end and run.end > start:
                first, last = column, column + width
                if run.is_exact:
                    first, last = self._columns_in(run, column, start - run.start, end - run.start)
                if last > first:
                    if found and found[-1][1] == first:
                        found[-1] = (found[-1][0], last)
                    else:
                        found.append((first, last))
            column += width
        return found

    @staticmethod
    def _columns_in(run: Run, column: int, first: int, last: int) -> tuple[int, int]:
        if is_single_celled(run.text):
            return column + max(0, first), column + min(len(run.text), last)
        left = right = -1
        for cluster in clusters(run.text):
            if cluster.end > first and cluster.start < last:
                left = column if left < 0 else left
                right = column + cluster.width_cells
            column += cluster.width_cells
        return left, right

    def source_span(self) -> tuple[int, int] | None:
        """The lowest and highest source position on the row."""
        starts = [run.start for run in self.runs if run.start >= 0]
        return (min(starts), max(run.end for run in self.runs if run.start >= 0)) if starts else None

    def source_at(self, column: int, *, after: bool = False) -> int | None:
        """The source position of the cluster at a column, or past it with `after`; snaps to the nearest text."""
        best: int | None = None
        for left, run, cluster in self.cells():
            if run.start < 0:
                continue
            start, end = run.start, run.end
            if run.is_exact:
                start, end = run.start + cluster.start, run.start + cluster.end
            if left + cluster.width_cells > column:
                if left > column:  # decoration or nothing lies at the column: take the text after it
                    return start if not after or best is None else best
                return end if after else start
            best = end
        return best
