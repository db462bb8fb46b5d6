"""Keys that the lower border of a widget names, for whoever clicks on them. Presses nothing itself."""

from __future__ import annotations

import re

from textual.widget import Widget

from tui.text.widths import cell_width

FROM_CORNER_CELLS = 3
"""Between the last letter in the border and the widget's edge: a blank, a line, the corner."""
_PIECES = re.compile(r".+?(?:[,;] | · |$)")
_KEY = re.compile(r"(←/→|↑ ↓|esc|enter|space|tab|(?:ctrl|alt|shift)\+[a-z]|f\d+|[b-z]) ")
"""No hint names the key “a”: where it stands, it is an article."""
_NAMES = {"←/→": "right", "↑ ↓": "down", "esc": "escape"}


def hint_cell(widget: Widget, screen_x: int, screen_y: int) -> int | None:
    """The cell of the words in the lower border that stands at this place of the screen; None: there is none."""
    region, words = widget.region, cell_width(str(widget.border_subtitle or ""))
    cell = screen_x - max(region.x + FROM_CORNER_CELLS, region.right - FROM_CORNER_CELLS - words)
    return cell if screen_y == region.bottom - 1 and 0 <= cell < words else None


def key_at(hint: str, cell: int) -> str:
    """The key that a hint such as “enter votes, esc closes” names at a cell; empty where it names none."""
    start = 0
    for piece in _PIECES.findall(hint):
        if start <= cell < start + cell_width(piece):
            named = _KEY.match(piece)
            return _NAMES.get(named[1], named[1]) if named else ""
        start += cell_width(piece)
    return ""


def fitting_keys(hint: str, room_cells: int) -> str:
    """As much of a hint as there is room for: how to close stays, else help comes last, which names every key.

    Without any room, as before the first layout, the hint stays whole.
    """
    if room_cells <= 0 or cell_width(hint) <= room_cells:
        return hint
    gap = " · " if " · " in hint else ", "
    pieces = hint.split(gap)
    last = pieces.pop() if pieces[-1].startswith("esc ") else "f1 help"
    while pieces and cell_width(gap.join([*pieces, last])) > room_cells:
        pieces.pop()
    return gap.join([*pieces, last])
