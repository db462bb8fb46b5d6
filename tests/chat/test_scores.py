"""Figures of replies: what is known adds up, what is not is never 0."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.test_blind import answered
from tui.chat.scores import agreement_of, ranks, session_scores, spread_of, turn_scores
from tui.domain.comparing import last_bout
from tui.domain.events import Usage


def test_a_turn_has_one_reply_for_each_column() -> None:
    session = answered()
    bout = last_bout(session, session.columns.values())
    assert bout is not None
    scores = turn_scores(bout.candidates)
    assert [score.column.id for score in scores] == list(session.columns)
    first = scores[0]
    assert (first.replies, first.first_token_s.middle, first.tokens_per_s.middle) == (1, 0.1, 20.0)
    assert (first.input_tokens, first.output_tokens, first.cost_usd, first.finishes) == (10, 20, 0.5, (("stop", 1),))


def test_a_session_adds_up_what_is_known_and_counts_what_is_not() -> None:
    session = answered()
    first, second, third = session.messages.values() and [m for m in session.messages.values() if m.is_reply]
    second.column = first.column
    second.cost_usd = None
    second.usage = Usage(None, 7, is_estimated=True)
    third.column = "gone"
    [score] = session_scores(session, session.columns.values())
    assert (score.replies, score.input_tokens, score.output_tokens) == (2, 10, 27)
    assert score.tokens_are_estimated
    assert (score.cost_usd, score.costs_unknown) == (0.5, 1)


def test_unknown_is_unknown_and_never_zero() -> None:
    assert spread_of([None, None]).middle is None
    assert spread_of([3, None, 1, 2]).middle == 2


@pytest.mark.parametrize(
    ("values", "is_high_best", "places"),
    [
        ([0.3, 0.1, 0.2], False, [3, 1, 2]),
        ([0.3, 0.1, 0.2], True, [1, 3, 2]),
        ([1, 1, 2], False, [1, 1, 3]),
        ([1, None, 2], False, [1, None, 2]),
        ([1, 1], False, [None, None]),
        ([1, None], False, [None, None]),
    ],
)
def test_ranks(values: list[float | None], is_high_best: bool, places: list[int | None]) -> None:
    assert ranks(values, is_high_best=is_high_best) == places


def test_agreement_tells_equal_from_nearly_equal() -> None:
    long = "the quick brown fox jumps over the lazy dog and then it sleeps for a very long while indeed"
    found = agreement_of([long, long, long.capitalize() + "!", long.replace("lazy", "tired"), "no"])
    assert (found.count, found.exact, found.near) == (5, 2, 4)
    assert agreement_of([]).count == 0


@given(st.lists(st.text("ab ", max_size=6), min_size=1, max_size=6))
def test_nearly_equal_is_at_least_equal(texts: list[str]) -> None:
    found = agreement_of(texts)
    assert 1 <= found.exact <= found.near <= found.count
