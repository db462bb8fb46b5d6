"""Painting only what changed, where the toolkit renders everything that is visible to paint a part of it.

For every update, the toolkit has each visible widget render its lines and cuts them to pieces, those that lie under
others and those that are not to be painted, too. With four columns and two panes that is most of what a key costs.
Here the pieces to be painted are known first; a widget that none of them needs is left alone. What is painted is the
same. Refuses to lay out anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import cast

from textual._compositor import ChopsUpdate, Compositor, ReflowResult
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

Span = tuple[int, int, int]
"""Row, first cell, cell after the last one."""


class NarrowCompositor(Compositor):
    """The toolkit's, but for how little it renders."""

    def reflow(self, parent: Widget, size: Size) -> ReflowResult:
        """Lay everything out; the map that this leaves is whole, and need not be made once more after a scroll."""
        found = super().reflow(parent, size)
        self._full_map_invalidated = False
        return found

    def render_partial_update(self) -> ChopsUpdate | None:
        """What changed since the last update; None: nothing."""
        regions = self._dirty_regions.copy()
        self._dirty_regions.clear()
        if not regions:
            return None
        spans = list(self._regions_to_spans(regions))
        return ChopsUpdate(self._chops(spans), spans, [row_cuts[1:] for row_cuts in self.cuts])

    def _render_chops(self, crop: Region, is_rendered_line: Callable[[int], bool]) -> Sequence[Mapping[int, Strip]]:
        spans = [(y, crop.x, crop.right) for y in range(len(self.cuts)) if is_rendered_line(y)]
        return cast("Sequence[Mapping[int, Strip]]", self._chops(spans))

    def _chops(self, spans: Iterable[Span]) -> list[dict[int, Strip | None]]:
        """For each row of the screen, the pieces from one cut to the next, as far as they lie in `spans`."""
        cuts = self.cuts
        chops: list[dict[int, Strip | None]] = [dict.fromkeys(row_cuts[:-1]) for row_cuts in cuts]
        wanted: dict[int, set[int]] = {}
        for y, left, right in spans:
            row_cuts = cuts[y]
            pieces = {x for x, end in pairwise(row_cuts) if x < right and end > left}
            wanted.setdefault(y, set()).update(pieces)
        for widget, (region, clip) in self.visible_widgets.items():  # those in front first
            shown = region.intersection(clip)
            left, right = shown.column_span
            rows = [y for y in shown.line_range if y in wanted and _reaches(wanted[y], left, right)]
            if not rows:
                continue
            first = rows[0]
            needed = Region(shown.x, first, shown.width, rows[-1] + 1 - first)
            strips = widget.render_lines(needed.translate(-region.offset))
            former: list[int] = []
            for y in rows:
                if cuts[y] is not former and cuts[y] != former:  # most rows are cut like the one above
                    former = cuts[y]
                    row_cuts = [x for x in former if left <= x <= right]
                    ends = [x - left for x in row_cuts[1:]]
                row, missing, strip = chops[y], wanted[y], strips[y - first]
                is_whole = len(ends) == 1 and ends[0] == strip.cell_length
                for x, piece in zip(row_cuts, (strip,) if is_whole else strip.divide(ends), strict=False):
                    if x in missing:
                        row[x] = piece
                        missing.remove(x)
                if not missing:
                    del wanted[y]
            if not wanted:
                break
        return chops


def _reaches(pieces: set[int], left: int, right: int) -> bool:
    return any(left <= x < right for x in pieces)
