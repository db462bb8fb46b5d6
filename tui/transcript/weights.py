"""How much work a line of Markdown is for the parser, counted in plain lines, before it is parsed.

A line of prose is one. Each quote and list that a line begins costs more than the one before it, and the cells of a
table cost by themselves, also those that the parser makes up for short rows. This module refuses to measure time:
where a window ends must depend on the text alone.
"""

from __future__ import annotations

import re

CELLS_A_LINE = 3
"""Cells of a table that are as much work as a line of prose."""

_MARKER = re.compile(r" *(?:>|(?:[-+*]|\d{1,9}[.)])(?= |$))")
_DEEP_INDENT = 8


class Weigher:
    """Weighs one line after another."""

    def __init__(self, header: tuple[str, str] = ("", "")) -> None:
        """Begin.

        Args:
            header: Head and second line of the table that the first line goes on with.
        """
        self._columns = header[1].count("|") + 1 if header[1] else 0

    def weigh(self, line: str) -> float:
        """The weight of the next line; 0 when it is blank."""
        inner = line.lstrip(" ")
        if not inner:
            self._columns = 0
            return 0.0
        indent = len(line) - len(inner)
        weight = 1.0 + (indent // _DEEP_INDENT if inner[0] in ">-+*0123456789" else 0)
        markers = 0
        position = 0
        while match := _MARKER.match(line, position):
            markers += 1
            position = match.end()
        if markers > 1:
            weight += markers * (markers - 1) / 2
        if "|" in inner and not inner.strip(" >|:-"):
            self._columns = max(self._columns, inner.count("|") + 1)
        return weight + self._columns / CELLS_A_LINE
