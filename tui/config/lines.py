"""Finding the line of a setting in a TOML file, for messages.

`tomllib` does not say where a value stood. This scans for table headers and keys, good enough to point at a line; it
refuses to be a parser, and says nothing rather than something wrong about files it cannot follow.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*\[\[?\s*({_DOTTED})\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(rf"\s*({_DOTTED})\s*=")
_PARTS = re.compile(_PART)


def find_line(text: str, path: Sequence[str | int]) -> int | None:
    """The line, from 1, on which the setting at `path` stands, or what holds it; None when not found."""
    wanted = [part for part in path if isinstance(part, str)]
    best: tuple[int, int] | None = None  # (how many parts match, line)
    table: list[str] = []
    closing = ""  # what ends the multi-line text we are in
    for number, line in enumerate(text.split("\n"), start=1):
        if closing:
            if closing in line:
                closing = ""
            continue
        header, key = _HEADER.match(line), _KEY.match(line)
        if header:
            table = found = _parts(header[1])
        elif key:
            found = table + _parts(key[1])
            for quotes in ('"""', "'''"):
                if line.count(quotes) % 2:
                    closing = quotes
        else:
            continue
        depth = len(found)
        if depth <= len(wanted) and found == wanted[:depth] and (best is None or depth > best[0]):
            best = (depth, number)
    return best[1] if best else None


def _parts(dotted: str) -> list[str]:
    return [part[1:-1] if part[0] in "\"'" else part for part in _PARTS.findall(dotted)]
