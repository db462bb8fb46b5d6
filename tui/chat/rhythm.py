"""The gaps between the pieces of a reply, kept small however long the reply gets. Refuses to know clocks and text."""

from __future__ import annotations

MOST_GAPS = 160
"""Twice as many as a plot is wide; then neighbours are merged, the longer of two staying."""


class Rhythm:
    """Collects when pieces came; costs the same for the millionth as for the second."""

    __slots__ = ("_gaps_s", "_last_at", "_left", "_longest_s", "_stretch")

    def __init__(self) -> None:
        self._gaps_s: list[float] = []
        self._last_at: float | None = None
        self._stretch = 1
        """How many gaps are one number."""
        self._left = 1
        self._longest_s = 0.0

    def beat(self, at_s: float) -> None:
        """A piece came at `at_s`, in seconds of any clock that does not go back."""
        last, self._last_at = self._last_at, at_s
        if last is None:
            return
        self._longest_s = max(self._longest_s, at_s - last)
        self._left -= 1
        if self._left:
            return
        self._gaps_s.append(self._longest_s)
        if len(self._gaps_s) >= MOST_GAPS:
            self._gaps_s = list(map(max, self._gaps_s[::2], self._gaps_s[1::2]))
            self._stretch *= 2
        self._left, self._longest_s = self._stretch, 0.0

    @property
    def gaps_ms(self) -> tuple[int, ...]:
        """The gaps so far in whole milliseconds, in order."""
        rest = [self._longest_s] if self._left < self._stretch else []
        return tuple(round(gap * 1000) for gap in (*self._gaps_s, *rest))
