"""Every run knows the source it stands for, and rows fit their width."""

from __future__ import annotations

import os

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.transcript.test_streaming import rows_of, texts
from tui.transcript.cells import clusters, width_cells
from tui.transcript.document import Document
from tui.transcript.rows import Row, Run
from tui.transcript.wrap import chop, line_cuts, wrap

EXAMPLES = int(os.environ.get("PARLEY_FUZZ", "0")) or 150
PIECES = ["a", "b", " ", "  ", "日", "本", "é", "e\u0301", "👩\u200d👧", "🇩🇪", "❤\ufe0f", ".", " \ufe0f"]
mixed = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)


@settings(max_examples=EXAMPLES, deadline=None)
@example("\xa0\nlazy line")
@example("Text with **bold\n\xa0\n1")
@given(texts)
def test_exact_runs_are_slices_of_the_source(text: str) -> None:
    document = Document(text)
    document.advance()
    for row in rows_of(document, 50):
        for run in row.runs:
            if run.is_exact and "math" not in run.look and run.text != "\n":
                assert document.source.slice(run.start, run.end).replace("\n", " ") == run.text


@settings(max_examples=EXAMPLES, deadline=None)
@given(texts, st.integers(20, 60))
def test_rows_fit_their_width(text: str, width: int) -> None:
    document = Document(text)
    document.advance()
    deepest = 24  # below this, nested text keeps its least width and is cropped when painted
    for row in rows_of(document, width + deepest):
        assert width_cells(row.text) <= width + deepest


@settings(max_examples=EXAMPLES, deadline=None)
@given(mixed, st.integers(2, 20))
def test_wrapping_loses_nothing_but_spaces_and_splits_no_cluster(line: str, width: int) -> None:
    starts = {cluster.start for cluster in clusters(line)} | {len(line)}
    for cuts in (line_cuts(line, width), chop(line, width)):
        assert all(first in starts and last in starts for first, last in cuts)
        assert all(width_cells(line[first:last]) <= width for first, last in cuts)
        kept = "".join(line[first:last] for first, last in cuts)
        assert kept.replace(" ", "") == line.replace(" ", "")
    assert "".join(line[first:last] for first, last in chop(line, width)) == line


def test_wrap_slices_runs_with_their_places() -> None:
    runs = [Run("one two ", ("strong",), 10, 18), Run("three", (), 18, 23)]
    assert wrap(runs, 7) == [
        (Run("one two", ("strong",), 10, 17),),
        (Run("three", (), 18, 23),),
    ]


def test_a_line_feed_ends_a_row() -> None:
    assert [[run.text for run in row] for row in wrap([Run("a\n\nb", (), 0, 4)], 9)] == [["a"], [], ["b"]]


def test_a_row_maps_columns_to_source_by_cluster() -> None:
    row = Row((Run("• "), Run("日e\u0301x", (), 5, 9)))
    assert [row.source_at(column) for column in range(7)] == [5, 5, 5, 5, 6, 8, 9]
    assert [row.source_at(column, after=True) for column in range(6)] == [5, 5, 6, 6, 8, 9]
    assert row.columns_of(6, 7) == [(4, 5)]  # half a cluster is painted whole
    assert row.columns_of(0, 99) == [(2, 6)]
