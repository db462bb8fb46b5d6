"""Cells and clusters without a terminal toolkit, agreeing with what Rich 15 measures and Textual paints.

Rich measures single characters by Unicode 17 and knows two joins: ZERO WIDTH JOINER swallows the character after it,
and VARIATION SELECTOR-16 widens a narrow emoji. A test holds this module to Rich, because a width that differs from
the painted one shears every border to its right. It refuses to correct Rich, to break lines, and to look at controls:
text comes here cleaned.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# What the screen itself is made of is in here, so that a first picture needs no tables.
_NOT_SINGLE = re.compile(
    "[^\x20-\x7e\xa0-\xac\xae-\u02ff\u0370-\u0482\u2010-\u2027\u2190-\u2193\u2500-\u25fc\u276e\u276f\u2800-\u28ff]"
)
_JOINER = "\u200d"
_WIDENER = "\ufe0f"
_REGIONAL = frozenset(chr(code) for code in range(0x1F1E6, 0x1F200))

# Where Rich measures otherwise than wcwidth. Regional indicators are one cell each (a flag is two of them), skin tones
# none (they follow the emoji they colour), and what Unicode 18 added is still unknown, so one cell.
_RICH_WIDTHS = (
    (0x1F1E6, 0x1F1FF, 1),
    (0x1F3FB, 0x1F3FF, 0),
    (0x5C8, 0x5C9, 1),
    (0xB53, 0xB54, 1),
    (0x1ADE, 0x1ADF, 1),
    (0x1AEC, 0x1AF0, 1),
    (0x10ECB, 0x10ECF, 1),
    (0x10EF0, 0x10EF9, 1),
    (0x11DF0, 0x11DF0, 1),
    (0x18CD6, 0x18CDA, 1),
    (0x18D1F, 0x18D20, 1),
    (0x18E00, 0x191D2, 1),
    (0x1B123, 0x1B128, 1),
    (0x1B168, 0x1B168, 1),
    (0x1D127, 0x1D128, 1),
    (0x1D250, 0x1D252, 1),
    (0x1D25B, 0x1D25C, 1),
    (0x1D25F, 0x1D25F, 1),
    (0x1D280, 0x1D281, 1),
    (0x1F1AE, 0x1F1AE, 1),
    (0x1F6D9, 0x1F6D9, 1),
    (0x1F7DA, 0x1F7DA, 1),
    (0x1FA8B, 0x1FA8D, 1),
    (0x1FACC, 0x1FACC, 1),
    (0x1FADD, 0x1FADD, 1),
    (0x1FAEB, 0x1FAEB, 1),
    (0x1FAF9, 0x1FAFA, 1),
)


class _CharWidths(dict[str, int]):
    """Character -> cells, filled on first sight."""

    def __missing__(self, char: str) -> int:
        code = ord(char)
        width = next((width for first, last, width in _RICH_WIDTHS if first <= code <= last), None)
        if width is None and _NOT_SINGLE.search(char) is None:
            width = 1
        if width is None:
            from wcwidth import wcwidth  # late: its tables cost 35 ms, and most text never asks

            width = max(0, wcwidth(char))  # it says -1 for controls
        self[char] = width
        return width


class _Widenable(dict[str, int]):
    """Character -> cells that VARIATION SELECTOR-16 adds to it, filled on first sight."""

    def __missing__(self, char: str) -> int:
        from wcwidth import wcswidth, wcwidth

        added = self[char] = int(wcwidth(char) == 1 and wcswidth(char + _WIDENER) == 2)
        return added


_WIDTHS = _CharWidths()
_WIDENABLE = _Widenable()


def cell_width(text: str) -> int:
    """Cells that `text` takes on one line, as Rich counts them."""
    if _NOT_SINGLE.search(text) is None:
        return len(text)
    if _JOINER not in text and _WIDENER not in text:
        return sum(map(_WIDTHS.__getitem__, text))
    total = 0
    measured = ""
    chars = iter(text)
    for char in chars:
        if char == _JOINER:
            next(chars, None)
        elif char == _WIDENER:
            if measured:
                total += _WIDENABLE[measured]
                measured = ""
        elif width := _WIDTHS[char]:
            measured = char
            total += width
    return total


def clusters(text: str) -> Iterator[str]:
    """What a reader calls characters: a base with its marks, an emoji sequence, a flag. Joined they give `text`."""
    return (text[start:end] for start, end, _ in spans(text))


def spans(text: str) -> Iterator[tuple[int, int, int]]:
    """Each cluster of `text` as (start, end, width in cells); without gaps."""
    start = end = width = 0
    measured = ""
    for stop, added, char in _steps(text):
        if char in (_JOINER, _WIDENER) or not added:
            if char == _WIDENER and measured:
                width += _WIDENABLE[measured]
                measured = ""
            end = stop
            continue
        if end - start == 1 and char in _REGIONAL and text[start] in _REGIONAL:
            width += added
        else:
            if end:
                yield start, end, width
            start, width = end, added
        end, measured = stop, char
    if end:
        yield start, end, width


def _steps(text: str) -> Iterator[tuple[int, int, str]]:
    """Each character as (end, width in cells, character); a joiner's step takes in the character after it."""
    index, length = 0, len(text)
    while index < length:
        char = text[index]
        index += 1
        if char == _JOINER:
            index = min(index + 1, length)
            yield index, 0, char
        else:
            yield index, 0 if char == _WIDENER else _WIDTHS[char], char


def cut_to_cells(text: str, width: int, *, mark: str = "…") -> str:
    """The beginning of `text` that fits, with `mark` at its end when something was left out.

    Args:
        text: One cleaned line.
        width: Most cells of the result; below one the result is empty.
        mark: What stands for the rest; itself cut when it does not fit.

    Returns:
        `text` itself when it fits, else whole clusters of it and the mark.
    """
    if width <= 0:
        return ""
    if len(text) <= width and _NOT_SINGLE.search(text) is None:
        return text
    room = width - cell_width(mark)
    taken = kept = 0
    for _, end, cells in spans(text):
        taken += cells
        if taken > width:
            return cut_to_cells(mark, width, mark="") if room < 0 else text[:kept] + mark
        if taken <= room:
            kept = end
    return text
