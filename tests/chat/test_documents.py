"""A document as messages: edits keep what still stands, a filled gap keeps what was behind it."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from tui.chat.documents import close_gap, cut, last_piece, text_behind, text_of, write
from tui.domain.acts import add_column, begin_reply, start
from tui.domain.events import Finish
from tui.domain.record import ReplyEnded, SessionEvent
from tui.domain.session import Column, Session


def opened() -> tuple[Session, Column]:
    session = Session()
    added = add_column("local/default", kind="completion")
    apply(session, [start(app="test"), added])
    return session, session.columns[added.column]


def apply(session: Session, events: Sequence[SessionEvent]) -> None:
    for event in events:
        session.apply(event)


def reply(session: Session, column: Column, text: str, choice: int = 0) -> str:
    parent = column.head
    started = begin_reply(column, parent, choice=choice)
    apply(session, [started, ReplyEnded(started.id, started.at, Finish.STOP, text)])
    return started.id


@given(st.lists(st.text(alphabet="ab\n", max_size=6), max_size=8))
def test_whatever_is_written_is_the_document_then(texts: list[str]) -> None:
    session, column = opened()
    for text in texts:
        apply(session, write(session, column, text))
        assert text_of(session, column) == text
        assert write(session, column, text) == []


def test_an_addition_goes_under_what_stands() -> None:
    session, column = opened()
    apply(session, write(session, column, "One"))
    first = column.head
    apply(session, write(session, column, "One two"))
    assert [message.text for message in session.path(column.head)] == ["One", " two"]
    assert session.path(column.head)[0].id == first


def test_a_gap_is_filled_and_every_choice_keeps_what_is_behind() -> None:
    session, column = opened()
    apply(session, cut(session, column, "def f(", "): pass"))
    assert text_of(session, column) == "def f("
    assert any(message.text == "def f(): pass" for message in session.messages.values()), "all is on record first"
    parent = column.head
    ids = (reply(session, column, "x"), reply(session, column, "y", choice=1))
    apply(session, close_gap(session, column, ids, "): pass"))
    assert text_of(session, column) == "def f(x): pass"
    assert text_behind(session, column, parent) == "): pass"
    assert last_piece(session, column) == (6, 7)
    column.head = session.leaf_below(ids[1])
    assert text_of(session, column) == "def f(y): pass"


def test_what_the_user_wrote_since_is_not_fresh_and_not_behind_a_gap() -> None:
    session, column = opened()
    apply(session, write(session, column, "Once"))
    parent = column.head
    column.head = reply(session, column, " upon")
    assert last_piece(session, column) == (4, 9)
    apply(session, write(session, column, "Once upon a"))
    assert last_piece(session, column) == (0, 0)
    assert text_behind(session, column, parent) == ""


def test_line_ends_and_controls_that_an_editor_does_not_show_stay_the_models() -> None:
    session, column = opened()
    apply(session, write(session, column, "Once"))
    column.head = reply(session, column, "\x07 one\r")
    column.head = replied = reply(session, column, "\n two\r\n")
    shown = "Once one\n two\n"
    assert write(session, column, shown) == []
    assert last_piece(session, column) == (9, len(shown))
    apply(session, write(session, column, f"{shown}!"))
    assert text_of(session, column) == "Once\x07 one\r\n two\r\n!"
    assert session.messages[str(column.head)].parent == replied
    apply(session, cut(session, column, "Once one\n", " two\n!"))
    assert text_of(session, column) == "Once\x07 one\r"
