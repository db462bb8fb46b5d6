"""Breaks runs of text into rows that fit a width, at spaces where it can, never inside a cluster.

Spaces at a break are left out of the rows; the source ranges around them keep them for copying. This module refuses
to know what the runs mean.
"""

from __future__ import annotations

from collections.abc import Sequence

from tui.transcript.cells import clusters, is_single_celled
from tui.transcript.rows import Run


def wrap(runs: Sequence[Run], width: int) -> list[tuple[Run, ...]]:
    """Break `runs` into rows of at most `width` cells; LF in a run's text ends a row.

    Args:
        runs: Styled text; empty runs are dropped.
        width: Cells, at least 1. A wide character in a width of 1 stands alone and is cropped when painted.

    Returns:
        At least one row, which may be empty.
    """
    text = "".join([run.text for run in runs])
    cuts: list[tuple[int, int]] = []
    offset = 0
    for line in text.split("\n"):
        cuts.extend((first + offset, last + offset) for first, last in line_cuts(line, width))
        offset += len(line) + 1
    if len(cuts) == 1 and cuts[0] == (0, len(text)):
        return [tuple(run for run in runs if run.text)]
    return _slice(runs, cuts)


def line_cuts(line: str, width: int) -> list[tuple[int, int]]:
    """Where to break one line: pairs of first and past-the-last index of each row."""
    width = max(1, width)
    if len(line) * 2 <= width or (len(line) <= width and is_single_celled(line)):
        return [(0, len(line))]
    if is_single_celled(line):
        return _narrow_cuts(line, width)
    return _wide_cuts(line, width)


def chop(line: str, width: int) -> list[tuple[int, int]]:
    """Break one line wherever a row is full, as code is broken: no character is left out."""
    width = max(1, width)
    if len(line) * 2 <= width:
        return [(0, len(line))]
    if is_single_celled(line):
        return [(first, min(first + width, len(line))) for first in range(0, max(1, len(line)), width)]
    cuts: list[tuple[int, int]] = []
    first = taken = 0
    for cluster in clusters(line):
        if taken + cluster.width_cells > width and cluster.start > first:
            cuts.append((first, cluster.start))
            first, taken = cluster.start, 0
        taken += cluster.width_cells
    cuts.append((first, len(line)))
    return cuts


def _narrow_cuts(line: str, width: int) -> list[tuple[int, int]]:
    cuts: list[tuple[int, int]] = []
    first, length = 0, len(line)
    while length - first > width:
        space = line.rfind(" ", first, first + width + 1)
        last = space
        while last > first and line[last - 1] == " ":
            last -= 1
        if space < 0 or last == first:  # one word fills the row, or it starts with the space
            last = following = first + width
        else:
            following = space + 1
        cuts.append((first, last))
        while following < length and line[following] == " ":
            following += 1
        first = following
    if first < length or not cuts:
        cuts.append((first, length))
    return cuts


def _wide_cuts(line: str, width: int) -> list[tuple[int, int]]:
    cuts: list[tuple[int, int]] = []
    first = taken = 0
    break_end = break_next = -1  # where the row would end, and where the next would begin
    taken_at_break = 0
    is_after_wide = False
    for start, end, cells in clusters(line):
        is_space = line[start] == " " and end == start + 1
        if is_space and start == first and cuts:
            first = end  # spaces after a break are left out
            continue
        if is_space:
            if break_next != start or break_end < 0:
                break_end = start
            break_next, taken_at_break = end, taken + cells
        elif (cells == 2 or is_after_wide) and break_next != start and start > first:
            break_end = break_next = start
            taken_at_break = taken
        if taken + cells > width and start > first and not is_space:
            if break_end > first:
                cuts.append((first, break_end))
                first, taken = break_next, taken - taken_at_break
            else:
                hanging = len(line[first:start].rstrip(" ")) if taken > width else start - first
                cuts.append((first, first + hanging))
                first, taken = start, 0
            break_end = break_next = -1
        taken += cells
        is_after_wide = cells == 2
    last = len(line)
    if taken > width:  # only spaces hang over
        last = len(line.rstrip(" "))
    if first < last or not cuts:
        cuts.append((first, max(first, last)))
    return cuts


def _slice(runs: Sequence[Run], cuts: list[tuple[int, int]]) -> list[tuple[Run, ...]]:
    rows: list[tuple[Run, ...]] = []
    index = offset = 0  # the run that holds the cut, and where it begins
    for first, last in cuts:
        row: list[Run] = []
        while index < len(runs) and offset + len(runs[index].text) <= first:
            offset += len(runs[index].text)
            index += 1
        at, where = index, offset
        while at < len(runs) and where < last:
            run = runs[at]
            left, right = max(0, first - where), min(len(run.text), last - where)
            if right > left:
                row.append(run.part(left, right))
            where += len(run.text)
            at += 1
        rows.append(tuple(row))
    return rows
