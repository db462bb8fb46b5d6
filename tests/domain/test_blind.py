"""Blind mode: letters for columns, and a copy of the session that tells nothing."""

from __future__ import annotations

import re

from tui.domain import blind
from tui.domain.acts import add_column, ask, begin_reply, start
from tui.domain.events import Finish, Usage
from tui.domain.record import ReplyEnded, ReplyStarted, Voted
from tui.domain.reply import Failure, Timings
from tui.domain.session import Session

MODELS = ("one/alpha-7b", "two/beta-large", "three/gamma")


def answered() -> Session:
    session = Session()
    session.apply(start(app="test"))
    for model in MODELS:
        session.apply(add_column(model, system=f"You are {model}.", parameters={"temperature": 0.5}))
    for event in ask(session, session.on_columns, "Why?"):
        session.apply(event)
    for place, column in enumerate(session.columns.values()):
        started: ReplyStarted = begin_reply(column, column.head)
        session.apply(started)
        column.head = started.id
        session.apply(
            ReplyEnded(
                started.id,
                "2026-01-01T00:00:00Z",
                Finish.STOP,
                f"Because {place}.",
                reasoning=f"thinking like {column.model}",
                usage=Usage(10, 20),
                timings=Timings(0.1, 1.0, 20.0),
                cost_usd=0.5,
                error=Failure("x", f"{column.model} failed"),
                sent={"json": {"model": column.model}},
            )
        )
    return session


def test_letters_go_on_after_z() -> None:
    assert [blind.letter(place) for place in (0, 25, 26, 27, 701, 702)] == ["A", "Z", "AA", "AB", "ZZ", "AAA"]


def test_columns_are_dealt_letters_and_shown_in_their_order() -> None:
    session = answered()
    ids = list(session.columns)
    session.apply(blind.begin(session, shuffle=list.reverse))
    assert [column.id for column in blind.shown_columns(session)] == ids[::-1]
    assert blind.blind_of(session).name(ids[-1]) == "A"
    session.apply(blind.end(session))
    assert not blind.blind_of(session).is_on
    assert [column.id for column in blind.shown_columns(session)] == ids


def test_a_layout_of_others_is_kept() -> None:
    session = answered()
    session.layout = {"mine": 1}
    session.apply(blind.begin(session))
    assert session.layout["mine"] == 1
    session.apply(blind.end(session))
    assert session.layout == {"mine": 1}


def test_a_damaged_layout_is_no_blind_mode() -> None:
    session = answered()
    damaged: tuple[object, ...] = ([], "A", {"x": 1}, None)
    for value in damaged:
        session.layout = {"blind": value}
        assert not blind.blind_of(session).is_on


def test_it_begins_only_where_columns_cannot_be_told_apart() -> None:
    session = answered()
    assert not blind.can_begin(session)
    for column in session.columns.values():
        column.head = None
    assert blind.can_begin(session)


def test_the_masked_copy_tells_nothing() -> None:
    session = answered()
    session.apply(Voted("t", tuple(session.messages), None, "tie", judge=MODELS[0]))
    session.apply(blind.begin(session))
    copy = blind.masked(session)
    told = repr(
        [(c.id, c.model, c.system, c.parameters) for c in copy.columns.values()]
        + list(copy.messages.values())
        + copy.votes
    )
    for model in MODELS:
        assert model not in told
    assert "0.5" not in re.sub(r"T[\d:.]+Z", "", told), "times of day hold any figure"
    assert {one.id: one.text for one in copy.messages.values()} == {
        one.id: one.text for one in session.messages.values()
    }
    session.apply(blind.end(session))
    assert blind.masked(session) is session


def test_closed_columns_have_an_alias_too() -> None:
    session = answered()
    gone = next(iter(session.columns))
    session.apply(blind.begin(session))
    del session.columns[gone]
    assert gone in blind.aliases(session)


def test_neither_order_nor_moments_of_a_masked_copy_tell_which_column_came_first() -> None:
    session = answered()
    for message in session.messages.values():
        message.at = f"2026-01-01T00:00:0{len(message.id) % 10}.{list(session.messages).index(message.id)}Z"
    session.apply(blind.begin(session, shuffle=list.reverse))
    copy = blind.masked(session)
    replies = [message for message in copy.messages.values() if message.is_reply]
    assert [reply.model for reply in replies] == ["A", "B", "C"]
    assert {reply.at for reply in replies} == {copy.messages[replies[0].parent or ""].at}
    assert set(copy.messages) == set(session.messages)
