"""What a line costs the parser, told from its text."""

from __future__ import annotations

import pytest

from tui.transcript.weights import CELLS_A_LINE, Weigher


@pytest.mark.parametrize(
    ("line", "weight"),
    [
        ("", 0), ("   ", 0), ("words", 1), ("- item", 1), ("    indented words", 1), ("> quote", 1), ("> - both", 2),
        ("> - > 1. x", 7), ("--- not a marker", 1), ("        - deep", 2), ("\u00a0", 1),
    ],
)  # fmt: skip
def test_a_line_weighs_what_it_nests(line: str, weight: float) -> None:
    assert Weigher().weigh(line) == weight


def test_rows_of_a_table_weigh_by_its_columns_even_when_they_are_short() -> None:
    weigher = Weigher()
    weights = [weigher.weigh(line) for line in ("|a" * 30 + "|", "|-" * 30 + "|", "|b|", "", "|b|")]
    assert weights[0] == 1
    assert weights[2] > 30 / CELLS_A_LINE
    assert weights[3:] == [0, 1]
    assert Weigher(("|a|b|", "|-|-|")).weigh("|x|") > 1
