"""Halves of surrogate pairs, wherever a stream is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.text.surrogates import SurrogateJoiner, scrub_surrogates

HALVES = st.text(st.sampled_from("ab😀\ud83d\ude00\udfff\ud800"), max_size=12)


@pytest.mark.parametrize(
    ("deltas", "joined"),
    [
        (["\ud83d", "\ude00"], ["", "😀", ""]),
        (["a\ud83d", "\ude00b"], ["a", "😀b", ""]),
        (["\ud83d", "b"], ["", "\ufffdb", ""]),
        (["\ud83d", "", "\ude00"], ["", "", "😀", ""]),
        (["\ud83d"], ["", "\ufffd"]),
        (["\ude00\ud83d\ude00"], ["\ufffd😀", ""]),
        (["\ud83d\ud83d", "\ude00"], ["\ufffd", "😀", ""]),
        (["plain", "text"], ["plain", "text", ""]),
    ],
)
def test_halves_join_across_deltas(deltas: list[str], joined: list[str]) -> None:
    joiner = SurrogateJoiner()
    assert [*map(joiner.feed, deltas), joiner.flush()] == joined


def test_text_without_halves_comes_back_as_the_same_object() -> None:
    text = "a long enough text 😀"
    assert SurrogateJoiner().feed(text) is text
    assert scrub_surrogates(text) is text


def test_a_flushed_joiner_is_as_new() -> None:
    joiner = SurrogateJoiner()
    joiner.feed("\ud83d")
    assert joiner.flush() == "\ufffd"
    assert joiner.flush() == ""
    assert joiner.feed("\ude00") == "\ufffd"


@given(st.lists(HALVES, max_size=6))
def test_cutting_into_deltas_makes_no_difference(deltas: list[str]) -> None:
    joiner = SurrogateJoiner()
    found = "".join(map(joiner.feed, deltas)) + joiner.flush()
    assert found == scrub_surrogates("".join(deltas))
    found.encode("utf-8")
