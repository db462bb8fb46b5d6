"""Heights of many messages and where each begins, cheap to change one at a time.

Sums are kept per block of messages, so that a change, a lookup and an append all cost about the root of their number.
Refuses to know what is that high.
"""

from __future__ import annotations

from collections.abc import Iterable

_BLOCK = 128


class HeightIndex:
    """A list of heights that knows its running sums."""

    def __init__(self, heights: Iterable[int] = ()) -> None:
        self._heights = list(heights)
        self._sums: list[int] = []
        self._sum_again(0)

    def _sum_again(self, block: int) -> None:
        del self._sums[block:]
        self._sums.extend(
            sum(self._heights[first : first + _BLOCK]) for first in range(block * _BLOCK, len(self._heights), _BLOCK)
        )

    def __len__(self) -> int:
        return len(self._heights)

    def __getitem__(self, index: int) -> int:
        return self._heights[index]

    def __setitem__(self, index: int, height: int) -> None:
        self._sums[index // _BLOCK] += height - self._heights[index]
        self._heights[index] = height

    def append(self, height: int) -> None:
        """Add one at the end."""
        self._heights.append(height)
        if len(self._heights) > len(self._sums) * _BLOCK:
            self._sums.append(0)
        self._sums[-1] += height

    def truncate(self, count: int) -> None:
        """Keep the first `count`."""
        del self._heights[count:]
        self._sum_again(max(0, count - 1) // _BLOCK)

    @property
    def total(self) -> int:
        """The sum of all."""
        return sum(self._sums)

    def top(self, index: int) -> int:
        """The sum of all before `index`."""
        block = index // _BLOCK
        return sum(self._sums[:block]) + sum(self._heights[block * _BLOCK : index])

    def find(self, row: int) -> tuple[int, int]:
        """The index that holds a row, and the row within it; clamped to what there is."""
        if not self._heights:
            return 0, 0
        block = 0
        while block < len(self._sums) - 1 and row >= self._sums[block]:
            row -= self._sums[block]
            block += 1
        index = block * _BLOCK
        while index < len(self._heights) - 1 and row >= self._heights[index]:
            row -= self._heights[index]
            index += 1
        return index, max(0, min(row, self._heights[index] - 1))
