"""Cells and clusters, measured as the toolkit paints them, so that borders never shear.

Widths are Rich's own. Clusters are Rich's graphemes, with the two halves of a flag joined. This module refuses to
break lines; see `wrap`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from rich.cells import cell_len, split_graphemes

_NOT_SINGLE = re.compile("[^\x20-\x7e\xa0-\xac\xae-\u02ff\u0370-\u0482\u2500-\u25fc\u2800-\u28ff]")
_REGIONAL = frozenset(chr(code) for code in range(0x1F1E6, 0x1F200))


class Cluster(NamedTuple):
    """One user-perceived character: where it starts and ends in its text, and the cells it takes."""

    start: int
    end: int
    width_cells: int


def is_single_celled(text: str) -> bool:
    """Each character is one cell and one cluster, so that indices are columns."""
    return _NOT_SINGLE.search(text) is None


def width_cells(text: str) -> int:
    """Cells that `text` takes on one line."""
    return cell_len(text)


def clusters(text: str) -> list[Cluster]:
    """The clusters of `text`, without gaps."""
    if is_single_celled(text):
        return [Cluster(index, index + 1, 1) for index in range(len(text))]
    joined: list[Cluster] = []
    for start, end, width in split_graphemes(text)[0]:
        if joined and text[start] in _REGIONAL:
            before = joined[-1]
            if before.width_cells == 1 and before.end - before.start == 1 and text[before.start] in _REGIONAL:
                joined[-1] = Cluster(before.start, end, before.width_cells + width)
                continue
        joined.append(Cluster(start, end, width))
    return joined


def cut(text: str, width: int) -> str:
    """The beginning of `text` that fits in `width` cells, ending in "…" when something was left out."""
    if width <= 0:
        return ""
    if cell_len(text) <= width:
        return text
    taken = 0
    for cluster in clusters(text):
        if taken + cluster.width_cells > width - 1:
            return text[: cluster.start] + "…"
        taken += cluster.width_cells
    return text
