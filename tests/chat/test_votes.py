"""The board: what verdicts add up to."""

from __future__ import annotations

import random

import pytest

from tui.chat.votes import ENOUGH_VOTES, Pair, agreement, board, latest_votes, pairs_of
from tui.domain import acts
from tui.domain.events import Finish
from tui.domain.record import ReplyEnded, Voted, now
from tui.domain.session import Session


def test_no_votes_make_an_empty_board() -> None:
    assert board([]) == []


def test_the_stronger_model_is_found_and_the_interval_holds_its_strength() -> None:
    dice = random.Random(7)
    truth = {"a": 1.0, "b": 0.0, "c": -1.0}
    pairs = []
    for _ in range(600):
        first, second = dice.sample(sorted(truth), 2)
        chance = 1 / (1 + 2.718281828 ** -(truth[first] - truth[second]))
        pairs.append(Pair(first, second, float(dice.random() < chance)))
    lines = board(pairs)
    assert [line.model for line in lines] == ["a", "b", "c"]
    for line in lines:
        expected = 1000 + truth[line.model] * 173.7
        assert line.low < expected < line.high


def test_ties_count_half_for_each_side() -> None:
    first, second = board([Pair("a", "b", 0.5)] * 8)
    assert first.rating == pytest.approx(second.rating)
    assert (first.ties, first.wins, first.losses) == (8, 0, 0)


def test_few_votes_are_not_ranked_and_one_win_is_not_infinite() -> None:
    first, _ = board([Pair("a", "b", 1.0)])
    assert not first.has_enough
    assert first.rating < 1500
    lines = board([Pair("a", "b", 1.0)] * ENOUGH_VOTES + [Pair("c", "a", 1.0)])
    assert lines[-1].model == "c"


def test_more_votes_narrow_the_interval() -> None:
    few = board([Pair("a", "b", 1.0), Pair("a", "b", 0.0)] * 3)[0]
    many = board([Pair("a", "b", 1.0), Pair("a", "b", 0.0)] * 60)[0]
    assert many.high - many.low < (few.high - few.low) / 2


def voted_session(models: list[str], winner: int | None) -> Session:
    session = Session()
    session.apply(acts.start(app="test"))
    for model in models:
        session.apply(acts.add_column(model))
    columns = list(session.columns.values())
    for event in acts.ask(session, columns, "Why?"):
        session.apply(event)
    replies = []
    for column in columns:
        started = acts.begin_reply(column, column.head)
        session.apply(started)
        session.apply(ReplyEnded(started.id, now(), Finish.STOP, "x"))
        replies.append(started.id)
    won = None if winner is None else replies[winner]
    session.apply(Voted(now(), tuple(replies), won, "tie" if winner is None else "winner"))
    return session


def test_a_winner_beats_each_other_candidate_and_the_losers_are_not_ordered() -> None:
    pairs = pairs_of(voted_session(["x/a", "x/b", "x/c"], 0))
    assert {(pair.first, pair.second, pair.score) for pair in pairs} == {("x/a", "x/b", 1.0), ("x/a", "x/c", 1.0)}


def test_a_model_is_never_compared_with_itself() -> None:
    assert pairs_of(voted_session(["x/a", "x/a"], 0)) == []


def test_a_later_vote_on_the_same_replies_replaces_the_earlier() -> None:
    first, second = Voted(now(), ("1", "2"), "1"), Voted(now(), ("2", "1"), "2")
    assert latest_votes([first, second]) == [second]


def test_agreement_counts_pairs_that_both_have_judged() -> None:
    ours = [Pair("a", "b", 1.0), Pair("a", "c", 0.0)]
    theirs = [Pair("b", "a", 0.0), Pair("a", "c", 0.5)]
    assert agreement(ours, theirs) == (1, 2)


def test_agreement_is_about_the_same_replies() -> None:
    ours = [Pair("a", "b", 1.0, replies=frozenset(("1", "2"))), Pair("a", "b", 0.0, replies=frozenset(("3", "4")))]
    theirs = [Pair("b", "a", 0.0, replies=frozenset(("1", "2")))]
    assert agreement(ours, theirs) == (1, 1)
