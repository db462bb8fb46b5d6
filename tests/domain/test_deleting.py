"""Deletions and their undoing, as events."""

from __future__ import annotations

from collections.abc import Iterable

from tui.domain import acts
from tui.domain.deleting import delete_message, undo_of
from tui.domain.record import HeadMoved, MessageAdded, SessionEvent, now
from tui.domain.session import Session


def a_chat() -> Session:
    """A question with two answers; under the first a second question."""
    session = Session()
    said = [("q1", None, "user"), ("r1", "q1", "assistant"), ("r2", "q1", "assistant"), ("q2", "r1", "user")]
    fold(session, [acts.start(app="test"), acts.add_column("demo/echo")])
    fold(session, [MessageAdded(name, now(), parent, role, name) for name, parent, role in said])  # type: ignore[arg-type]
    fold(session, [HeadMoved(next(iter(session.columns)), now(), "q2")])
    return session


def fold(session: Session, events: Iterable[SessionEvent]) -> None:
    for event in list(events):
        session.apply(event)


def words(session: Session) -> list[str]:
    column = next(iter(session.columns.values()))
    return [message.text for message in session.path(column.head)]


def test_one_message_goes_and_what_follows_it_takes_its_place() -> None:
    session = a_chat()
    deletion = delete_message(session, "r1")
    undo = undo_of(session, deletion)
    fold(session, deletion)
    assert words(session) == ["q1", "q2"]
    assert [message.id for message in session.children("q1")] == ["q2", "r2"]
    fold(session, undo)
    assert words(session) == ["q1", "r1", "q2"]


def test_undoing_a_branch_brings_heads_back_and_leaves_what_was_deleted_before() -> None:
    session = a_chat()
    fold(session, acts.delete_branch(session, "r2"))
    deletion = acts.delete_branch(session, "q1")
    undo = undo_of(session, deletion)
    fold(session, deletion)
    assert words(session) == []
    assert session.children(None) == []
    fold(session, undo)
    assert words(session) == ["q1", "r1", "q2"]
    assert [message.id for message in session.children("q1")] == ["r1"]


def test_a_fork_keeps_the_kind_of_its_columns() -> None:
    session = Session()
    fold(session, [acts.start(app="test"), acts.add_column("demo/echo", kind="completion")])
    fork = Session.from_events(acts.fork_session(session, None, app="test"))
    assert [column.kind for column in fork.columns.values()] == ["completion"]
