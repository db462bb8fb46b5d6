"""The gaps of a reply: true for a short one, small for a long one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.chat.rhythm import MOST_GAPS, Rhythm


def test_the_gaps_of_a_short_reply_are_all_there() -> None:
    rhythm = Rhythm()
    for at in (1.0, 1.01, 1.25, 1.25):
        rhythm.beat(at)
    assert rhythm.gaps_ms == (10, 240, 0)


def test_one_piece_has_no_gap() -> None:
    rhythm = Rhythm()
    rhythm.beat(3.0)
    assert rhythm.gaps_ms == ()


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=2000))
def test_the_longest_gap_survives_and_the_list_stays_short(gaps_ms: list[int]) -> None:
    rhythm, at = Rhythm(), 0.0
    rhythm.beat(at)
    for gap in gaps_ms:
        at += gap / 1000
        rhythm.beat(at)
    assert len(rhythm.gaps_ms) <= MOST_GAPS
    assert abs(max(rhythm.gaps_ms) - max(gaps_ms)) <= 1
