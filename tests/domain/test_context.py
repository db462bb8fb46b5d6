"""What is sent of a path after notes left something out of it."""

from __future__ import annotations

from tui.domain.acts import add_column, ask, fork_session, start
from tui.domain.context import SUMMARY_HEADING, leave_out, sent_part, turns
from tui.domain.record import HeadMoved, MessageAdded, new_id, now
from tui.domain.session import Column, Message, Session


def talk(*said: str) -> tuple[Session, Column]:
    """A session in which the user and a model take turns."""
    session = Session()
    session.apply(start(app="test"))
    added = add_column("a/b")
    session.apply(added)
    column = session.columns[added.column]
    for place, text in enumerate(said):
        if place % 2 == 0:
            events = ask(session, [column], text)
        else:
            reply = MessageAdded(new_id(), now(), column.head, "assistant", text)
            events = [reply, HeadMoved(column.id, now(), reply.id)]
        for event in events:
            session.apply(event)
    return session, column


def texts(messages: tuple[Message, ...] | list[Message]) -> list[str]:
    return [message.text for message in messages]


def test_without_a_note_all_is_sent() -> None:
    session, column = talk("one", "two", "three")
    assert texts(sent_part(session.path(column.head)).messages) == ["one", "two", "three"]


def test_what_a_note_leaves_out_is_not_sent_below_it_and_is_sent_above_it() -> None:
    session, column = talk("one", "two", "three", "four")
    above = column.head
    for event in leave_out(session, column, session.path(above)[:2], under=above):
        session.apply(event)
    part = sent_part(session.path(column.head))
    assert texts(part.messages) == ["three", "four"]
    assert part.system("Be brief.") == "Be brief."
    assert texts(sent_part(session.path(above)).messages) == ["one", "two", "three", "four"]
    assert "2 oldest messages are no longer sent" in session.messages[column.head or ""].text


def test_a_summary_stands_for_what_it_sums_up_and_gives_way_to_the_next() -> None:
    session, column = talk("one", "two", "three", "summary one")
    path = session.path(column.head)
    for event in leave_out(session, column, path[:2], under=path[-1].id, summary=path[-1]):
        session.apply(event)
    part = sent_part(session.path(column.head))
    assert texts(part.messages) == ["three"]
    assert part.system("Be brief.") == f"Be brief.\n\n{SUMMARY_HEADING}\n\nsummary one"
    second = MessageAdded(new_id(), now(), column.head, "assistant", "summary two")
    session.apply(second)
    column.head = second.id
    for event in leave_out(session, column, path[2:3], under=second.id, summary=session.messages[second.id]):
        session.apply(event)
    part = sent_part(session.path(column.head))
    assert texts(part.messages) == []
    assert texts(part.summaries) == ["summary two"]


def test_turns_begin_with_what_the_user_said() -> None:
    session, column = talk("one", "two", "three")
    assert [texts(turn) for turn in turns(session.path(column.head))] == [["one", "two"], ["three"]]


def test_a_fork_keeps_what_was_left_out() -> None:
    session, column = talk("one", "two", "three")
    for event in leave_out(session, column, session.path(column.head)[:2], under=column.head):
        session.apply(event)
    fork = Session.from_events(fork_session(session, column.head, app="test"))
    head = next(iter(fork.columns.values())).head
    assert texts(sent_part(fork.path(head)).messages) == ["three"]
