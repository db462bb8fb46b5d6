"""A terminal recording as one SVG file that moves by itself, without script, font or anything else from elsewhere.

Lines that are the same in several frames are in the file once. Refuses to run programs; `make_recording.py` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple
from xml.sax.saxutils import escape, quoteattr

import pyte

CELL_WIDTH, CELL_HEIGHT, FONT_SIZE, MARGIN = 8.4, 18, 14, 12
LAST_FRAME_S = 3.0
"""How long the end stays before it begins again."""
FOREGROUND, BACKGROUND = "#d7dbe3", "#15181e"
_NAMED = {
    "black": "#000000",
    "red": "#cd5c5c",
    "green": "#7fb77e",
    "brown": "#d0b36a",
    "blue": "#6c95d6",
    "magenta": "#b58ad6",
    "cyan": "#6fb5b5",
    "white": "#c8ccd4",
}
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
_NOT_FOR_PYTE = re.compile(r"\x1bP.*?\x1b\\|\x1b\[[<=>][\d;]*[a-zA-Z]|\x1b\[\?[\d;]*[$u][a-z]?", re.DOTALL)


class Look(NamedTuple):
    """What a run of cells looks like."""

    foreground: str
    background: str
    is_bold: bool
    is_italic: bool
    is_underlined: bool


Row = tuple[tuple[str, Look], ...]


@dataclass(frozen=True)
class Frame:
    """What stood on the screen from `at_s` on."""

    at_s: float
    rows: tuple[Row, ...]


class Film:
    """What a program's output makes of a screen, frame by frame; none is half painted."""

    def __init__(self, columns: int, lines: int, per_s: float = 8.0) -> None:
        self.frames: list[Frame] = []
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.Stream(self._screen)
        self._least_s = 1 / per_s
        self._rest = ""

    @property
    def text(self) -> str:
        """What can be read on the screen now."""
        return "\n".join(self._screen.display)

    def feed(self, at_s: float, output: str) -> None:
        """The program wrote `output` at this time."""
        whole, self._rest = _painted(self._rest + output)
        self._stream.feed(_NOT_FOR_PYTE.sub("", whole))
        if not self.frames or at_s - self.frames[-1].at_s >= self._least_s:
            self.keep(at_s)

    def keep(self, at_s: float) -> None:
        """What stands there now is a frame, unless it is what stood there before."""
        frame = Frame(at_s, tuple(_row(self._screen, y) for y in range(self._screen.lines)))
        if not self.frames or self.frames[-1].rows != frame.rows:
            self.frames.append(frame)


def _painted(text: str) -> tuple[str, str]:
    """`text` up to where the last painting ended, and what is of one that has not."""
    begins, ends = text.rfind(_BEGIN), text.rfind(_END)
    return (text[:begins], text[begins:]) if begins > ends else (text, "")


def _row(screen: Any, y: int) -> Row:
    cells = [screen.buffer[y][x] for x in range(screen.columns)]
    looks = [_look(cell) for cell in cells]
    runs = groupby(range(screen.columns), lambda x: looks[x])
    return tuple(("".join(cells[x].data for x in places), look) for look, places in runs)


def _look(cell: Any) -> Look:
    ink, paper = _colour(cell.fg, FOREGROUND), _colour(cell.bg, BACKGROUND)
    if cell.reverse:
        ink, paper = paper, ink
    return Look(ink, paper, cell.bold, cell.italics, cell.underscore)


def _colour(name: str, default: str) -> str:
    if name == "default":
        return default
    return _NAMED.get(name.removeprefix("bright"), f"#{name}")


def moving_picture(shown: Sequence[Frame], columns: int, lines: int) -> str:
    """The SVG file of `shown`."""
    width, height = round(columns * CELL_WIDTH + 2 * MARGIN), lines * CELL_HEIGHT + 2 * MARGIN
    numbers: dict[Row, int] = {}
    for frame in shown:
        for row in frame.rows:
            numbers.setdefault(row, len(numbers))
    start, total_s = shown[0].at_s, shown[-1].at_s - shown[0].at_s + LAST_FRAME_S
    steps = "".join(
        f"{(frame.at_s - start) / total_s * 100:.3f}%{{transform:translateX(-{place * width}px)}}"
        for place, frame in enumerate(shown)
    )
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"',
            f'width="{width}" height="{height}">',
            f"<style>@keyframes play{{{steps}}}",
            f".film{{animation:play {total_s:.2f}s steps(1,end) infinite}}",
            f"text{{font:{FONT_SIZE}px 'DejaVu Sans Mono',Menlo,Consolas,monospace;white-space:pre}}",
            ".b{font-weight:bold}.i{font-style:italic}.u{text-decoration:underline}</style>",
            f'<rect width="{width}" height="{height}" rx="8" fill="{BACKGROUND}"/>',
            "<defs>",
            *(f'<g id="r{number}">{"".join(_drawn(row))}</g>' for row, number in numbers.items()),
            "</defs>",
            f'<svg x="{MARGIN}" y="{MARGIN}" width="{width - 2 * MARGIN}" height="{height - 2 * MARGIN}">',
            '<g class="film">',
            *(_frame(frame, numbers, place * width) for place, frame in enumerate(shown)),
            "</g></svg></svg>\n",
        )
    )


def _frame(frame: Frame, numbers: dict[Row, int], x: int) -> str:
    rows = (f'<use href="#r{numbers[row]}" y="{y * CELL_HEIGHT}"/>' for y, row in enumerate(frame.rows))
    return f'<g transform="translate({x})">{"".join(rows)}</g>'


def _drawn(row: Row) -> Iterator[str]:
    x = 0.0
    for text, look in row:
        cells = len(text)
        if look.background != BACKGROUND:
            width = cells * CELL_WIDTH + 0.3  # no seam between neighbours
            yield f'<rect x="{x:.1f}" width="{width:.1f}" height="{CELL_HEIGHT}" fill="{look.background}"/>'
        ink = text.strip()
        if ink:
            at = x + (len(text) - len(text.lstrip())) * CELL_WIDTH
            classes = "".join((look.is_bold * "b ", look.is_italic * "i ", look.is_underlined * "u")).strip()
            style = f" class={quoteattr(classes)}" if classes else ""
            yield (
                f'<text x="{at:.1f}" y="{CELL_HEIGHT - 5}" fill="{look.foreground}"{style}'
                f' textLength="{len(ink) * CELL_WIDTH:.1f}">{escape(ink)}</text>'
            )
        x += cells * CELL_WIDTH
