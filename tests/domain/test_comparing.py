"""Which replies can be compared, and what a vote on them says."""

from __future__ import annotations

from tests.domain.test_blind import answered
from tui.domain.acts import ask, begin_reply
from tui.domain.comparing import ballot, continue_from, last_bout, winner_of
from tui.domain.events import Finish
from tui.domain.record import ReplyEnded


def test_newest_replies_to_one_prompt_are_compared() -> None:
    session = answered()
    bout = last_bout(session, session.columns.values())
    assert bout is not None
    assert bout.prompt == "Why?"
    assert [candidate.reply.text for candidate in bout.candidates] == ["Because 0.", "Because 1.", "Because 2."]


def test_columns_with_another_prompt_or_no_words_are_left_out() -> None:
    session = answered()
    first, second, third = session.columns.values()
    for event in ask(session, [first], "And then?"):
        session.apply(event)
    started = begin_reply(first, first.head)
    session.apply(started)
    first.head = started.id
    session.apply(ReplyEnded(started.id, "t", Finish.STOP, "Later."))
    bout = last_bout(session, session.columns.values())
    assert bout is not None
    assert [candidate.column for candidate in bout.candidates] == [second, third]
    session.messages[third.head or ""].text = " "
    assert last_bout(session, session.columns.values()) is None


def test_a_continued_reply_answers_the_first_prompt() -> None:
    session = answered()
    first = next(iter(session.columns.values()))
    started = begin_reply(first, first.head, continues=first.head or "")
    session.apply(started)
    first.head = started.id
    session.apply(ReplyEnded(started.id, "t", Finish.STOP, "More."))
    bout = last_bout(session, session.columns.values())
    assert bout is not None
    assert len(bout.candidates) == 3


def test_the_newest_vote_names_the_winner() -> None:
    session = answered()
    bout = last_bout(session, session.columns.values())
    assert bout is not None
    assert winner_of(session, bout) is None
    session.apply(ballot(bout, bout.ids[1], note=" clear "))
    assert session.votes[-1].note == "clear"
    assert winner_of(session, bout) == bout.ids[1]
    moved = continue_from(session.columns.values(), bout.ids[1])
    for event in moved:
        session.apply(event)
    assert {column.head for column in session.columns.values()} == {bout.ids[1]}
    assert len(moved) == 2
    session.apply(ballot(bout, None, is_all_bad=True))
    assert session.votes[-1].verdict == "all_bad"
    assert winner_of(session, bout) is None
