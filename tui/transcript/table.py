"""Tables: columns as wide as they need, narrower when the screen is, rows below each other when nothing else fits.

Column widths come from the header and the first rows, so that a long table does not move while it grows. This module
refuses to hold more than one part of a table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it.token import Token

from tui.transcript.cells import width_cells
from tui.transcript.inline import Inline
from tui.transcript.parts import Part, closing
from tui.transcript.rows import Look, Row, Run
from tui.transcript.source import Source
from tui.transcript.wrap import wrap

NARROWEST_COLUMN = 4
_BORDER: Look = ("border",)
_RAW_CELL = re.compile(r"[\s|]*((?:\\.|[^\\|])+)")
_Cell = list[Run]


def lay_table(
    part: Part, source: Source, inline: Inline, width: int, look: Look, tokens: Sequence[Token] | None = None
) -> list[Row]:
    """The rows of a table, or of the piece of it that `part` is.

    Args:
        part: The part; with an owner it goes on with a table above and keeps its column widths.
        source: The lines.
        inline: Makes the runs of a cell.
        width: Cells a row may take.
        look: What the table is part of.
        tokens: The table's tokens, when it is not the part's own but nested in it.
    """
    is_own = tokens is None
    rows, aligns = _read(tokens if tokens is not None else part.tokens, part, source, inline, look)
    if not rows:
        return []
    owner = part.owner if is_own else None
    if owner is not None:
        widths = _owner_widths(owner, source, inline, width, look)
        head, body = [] if widths else _owner_head(owner, source, inline, look), rows
    else:
        head, body, widths = rows[0], rows[1:], _fit(rows, width, is_long=is_own and part.is_full)
    if is_own and owner is None:
        part.column_widths = (width, widths)
    if not widths:
        return _stacked(head, body if body or owner is not None else [head], width, is_first=owner is None)
    laid: list[Row] = []
    for cells in body if owner is not None else rows:
        laid.extend(_row(cells, widths, aligns))
        if cells is head:
            laid.append(Row((Run("─┼─".join("─" * cells_wide for cells_wide in widths), _BORDER),)))
    return laid


def _owner_head(owner: Part, source: Source, inline: Inline, look: Look) -> list[_Cell]:
    """The header cells of the table that a part goes on with."""
    return _read(owner.tokens[: closing(owner.tokens, 0) + 1], owner, source, inline, look)[0][0]


def _owner_widths(owner: Part, source: Source, inline: Inline, width: int, look: Look) -> tuple[int, ...]:
    """The column widths of the table that a part goes on with."""
    if owner.column_widths is None or owner.column_widths[0] != width:
        rows, _ = _read(owner.tokens, owner, source, inline, look)
        owner.column_widths = (width, _fit(rows, width, is_long=owner.is_full))
    return owner.column_widths[1]


def _read(
    tokens: Sequence[Token], part: Part, source: Source, inline: Inline, look: Look
) -> tuple[list[list[_Cell]], list[str]]:
    rows: list[list[_Cell]] = []
    aligns: list[str] = []
    column, line, number = 0, "", 0
    for index, token in enumerate(tokens):
        if token.type == "tr_open":
            rows.append([])
            number = (token.map or [0, 0])[0] + part.shift
            line = source.line(number)
            column = len(line) - len(line.lstrip(" >"))
        elif token.type in ("th_open", "td_open"):
            is_head = token.type == "th_open"
            if len(rows[-1]) == len(aligns):
                aligns.append(str(token.attrs.get("style", "")).removeprefix("text-align:"))
            cell = tokens[index + 1]
            style: Look = (*look, "table-head") if is_head else look
            found = line.find(cell.content, column) if cell.content else -1
            if found >= 0 or not cell.content:
                column = max(column, found)
                rows[-1].append(inline.runs(cell, style, column))
                column += len(cell.content)
                continue
            raw = _RAW_CELL.match(line, column)  # an escaped bar: what is shown stands for the whole cell
            first, last = raw.span(1) if raw is not None else (column, len(line))
            start, end = source.starts[number] + first, source.starts[number] + last
            rows[-1].append([run._replace(start=start, end=end) for run in inline.runs(cell, style, column)])
            column = last
    return rows, aligns


def _natural(cell: _Cell) -> int:
    text = "".join(run.text for run in cell)
    return max(width_cells(line) for line in text.split("\n"))


def _longest_word(cell: _Cell) -> int:
    text = "".join(run.text for run in cell)
    return max((width_cells(word) for word in text.split()), default=0)


def _fit(rows: list[list[_Cell]], width: int, *, is_long: bool = False) -> tuple[int, ...]:
    """Column widths that fit; () when the columns cannot stand side by side.

    A long table gets wider columns where there is room, for what its later rows may hold.
    """
    columns = len(rows[0])
    natural = [max(1, *(_natural(row[at]) for row in rows if at < len(row))) for at in range(columns)]
    room = width - 3 * (columns - 1)
    roomy = [wide + max(3, wide // 4) for wide in natural]
    if is_long and sum(roomy) <= room:
        return tuple(roomy)
    if sum(natural) <= room:
        return tuple(natural)
    if room < NARROWEST_COLUMN * columns:
        return ()
    words = [max(1, *(min(24, _longest_word(row[at])) for row in rows if at < len(row))) for at in range(columns)]
    least = words if sum(words) <= room else [min(NARROWEST_COLUMN, wide) for wide in natural]
    widths = list(least)
    wanting = [at for at in range(columns) if widths[at] < natural[at]]
    left = room - sum(widths)
    while left > 0 and wanting:
        share = max(1, left // len(wanting))
        for at in wanting:
            given = min(share, natural[at] - widths[at], left)
            widths[at] += given
            left -= given
        wanting = [at for at in wanting if widths[at] < natural[at]]
    return tuple(widths)


def _row(cells: list[_Cell], widths: tuple[int, ...], aligns: list[str]) -> list[Row]:
    columns = [wrap(cells[at] if at < len(cells) else (), wide) for at, wide in enumerate(widths)]
    laid = []
    for line in range(max(len(column) for column in columns)):
        runs: list[Run] = []
        for at, column in enumerate(columns):
            if at:
                runs.append(Run(" │ ", _BORDER))
            content = column[line] if line < len(column) else ()
            space = max(0, widths[at] - sum(width_cells(run.text) for run in content))
            before = {"right": space, "center": space // 2}.get(aligns[at] if at < len(aligns) else "", 0)
            if before:
                runs.append(Run(" " * before))
            runs.extend(content)
            if space > before and at + 1 < len(columns):
                runs.append(Run(" " * (space - before)))
        laid.append(Row(tuple(runs)))
    return laid


def _stacked(head: list[_Cell], body: list[list[_Cell]], width: int, *, is_first: bool) -> list[Row]:
    """Each row as lines of "header: value", for screens too narrow for columns."""
    laid: list[Row] = []
    for number, cells in enumerate(body):
        if number or not is_first:
            laid.append(Row((Run("─" * min(width, 8), _BORDER),)))
        for at, cell in enumerate(cells):
            title = [*head[at], Run(": ", _BORDER)] if cells is not head and at < len(head) else []
            laid.extend(Row(row) for row in wrap([*title, *cell], max(1, width)))
    return laid
