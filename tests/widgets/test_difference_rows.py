"""A difference as rows: nothing is lost, changes carry a sign."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.text.diff import diff_words
from tui.text.widths import cell_width
from tui.widgets.difference_rows import SIGN_CELLS, beside_rows, blocks, unified_rows

TEXTS = st.text(st.sampled_from("ab c\n漢"), max_size=40)


def lines(text: str) -> list[str]:
    found = text.split("\n")
    return found[:-1] if found[-1] == "" else found


@given(TEXTS, TEXTS)
def test_the_lines_of_both_texts_come_back(old: str, new: str) -> None:
    found = blocks(diff_words(old, new))
    assert ["".join(part for _, part in line) for block in found for line in block.old] == lines(old)
    assert ["".join(part for _, part in line) for block in found for line in block.new] == lines(new)


@given(TEXTS, TEXTS, st.integers(6, 20))
def test_rows_fit_and_changes_carry_a_sign(old: str, new: str, width: int) -> None:
    found = blocks(diff_words(old, new))
    for rows in (unified_rows(found, width), beside_rows(found, width)):
        for row in rows:
            for half in row.halves:
                assert SIGN_CELLS + cell_width("".join(text for _, text in half.words)) <= max(width, 4 + SIGN_CELLS)
                if any(kind == "removed" for kind, _ in half.words):
                    assert half.sign == "−"
                if any(kind == "added" for kind, _ in half.words):
                    assert half.sign == "+"


def test_changes_that_touch_are_one_difference() -> None:
    found = blocks(diff_words("one\ntwo\nsame\nthree\n", "1\n2\nsame\nthree and more\n"))
    numbers = [row.difference for row in unified_rows(found, 40)]
    assert sorted({number for number in numbers if number is not None}) == [0, 1]


def test_side_by_side_keeps_lines_level() -> None:
    found = blocks(diff_words("a\nsame\n", "a b\nnew\nsame\n"))
    rows = beside_rows(found, 20)
    last = rows[-1]
    assert [half.words for half in last.halves] == [(("same", "same"),), (("same", "same"),)]
    assert last.difference is None


def test_equal_texts_have_no_difference() -> None:
    assert all(row.difference is None for row in unified_rows(blocks(diff_words("a\nb", "a\nb")), 20))
