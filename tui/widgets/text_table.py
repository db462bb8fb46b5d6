"""A table as text: cells in aligned columns, cut to the room there is. Pure functions; paints nothing."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tui.text.clean import clean_line
from tui.text.widths import cell_width, cut_to_cells

GAP = "  "
NARROWEST_FIRST_CELLS = 10


def table(
    heading: Sequence[str],
    rows: Sequence[Sequence[str]],
    width: int,
    *,
    left: int = 1,
    spare: Sequence[int] = (),
) -> Content:
    """Rows under a heading, `width` cells wide at most where that can be.

    Args:
        heading: What the columns are called.
        rows: Cells, as many as in the heading; foreign words are cleaned here.
        width: The room; the first column gives way when there is too little, then the spare ones.
        left: How many columns at the left are words; the others are figures and stand at the right of their column.
        spare: Columns, by place, that are left out where there is no room, in this order.
    """
    cells = [[clean_line(cell) for cell in row] for row in (heading, *rows)]
    widths = [max(cell_width(row[place]) for row in cells) for place in range(len(heading))]
    shown = list(range(len(heading)))
    for place in spare:
        if _needed(widths, shown) <= width:
            break
        shown.remove(place)
    others = _needed(widths, shown) - min(widths[0], NARROWEST_FIRST_CELLS)
    widths[0] = min(widths[0], max(NARROWEST_FIRST_CELLS, width - others))
    names = _names([row[0] for row in cells], widths[0])
    parts: list[tuple[str, str]] = []
    for number, row in enumerate(cells):
        texts = []
        for place in shown:
            cell = cut_to_cells(row[place], widths[place]) if place else names[number]
            gap = " " * (widths[place] - cell_width(cell))
            texts.append(cell + gap if place < left else gap + cell)
        parts += [(GAP.join(texts).rstrip(), "" if number else "bold"), ("\n", "")]
    return Content.assemble(*parts[:-1])


def _names(names: Sequence[str], width: int) -> list[str]:
    """The first column's cells, cut to `width`; those that would look alike then are cut in the middle."""
    cut = [cut_to_cells(name, width) for name in names]
    return [
        _cut_in_the_middle(name, width) if name != short and cut.count(short) > 1 else short
        for name, short in zip(names, cut, strict=True)
    ]


def _cut_in_the_middle(text: str, width: int) -> str:
    """The beginning and the end of `text`, in so many cells."""
    end = ""
    for character in reversed(text):
        if cell_width(character + end) > width // 2:
            break
        end = character + end
    return cut_to_cells(text, width - cell_width(end)) + end


def _needed(widths: Sequence[int], shown: Sequence[int]) -> int:
    """The least cells that the columns shown take."""
    return (
        min(widths[0], NARROWEST_FIRST_CELLS)
        + sum(widths[place] for place in shown if place)
        + len(GAP) * (len(shown) - 1)
    )


BLOCKS = " ▏▎▍▌▋▊▉█"
SPARKS = "▁▂▃▄▅▆▇█"


def bar(share: float, cells: int) -> str:
    """A bar that fills `share` (0 to 1) of `cells`, in eighths."""
    eighths = round(max(0.0, min(1.0, share)) * cells * 8)
    full, rest = divmod(eighths, 8)
    return "█" * full + (BLOCKS[rest] if rest else "")


def sparkline(values: Sequence[float], cells: int) -> str:
    """The last `cells` values as a line of small bars, from 0 to the highest of them."""
    shown = list(values)[-cells:] if cells > 0 else []
    highest = max(shown, default=0.0)
    if highest <= 0:
        return SPARKS[0] * len(shown)
    return "".join(SPARKS[min(len(SPARKS) - 1, int(value / highest * (len(SPARKS) - 1) + 0.5))] for value in shown)
