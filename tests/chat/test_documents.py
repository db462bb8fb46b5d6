"""A document as messages: edits keep what still stands, a filled gap keeps what was behind it."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from tests.chat.stand_in import StandIn
from tui.chat.conversation import Conversation, ForgetfulRecorder
from tui.chat.documents import cut, last_piece, text_behind, text_of, write
from tui.domain.acts import add_column, begin_reply, start
from tui.domain.events import Finish, Finished, TextDelta
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


async def test_a_gap_is_filled_and_every_choice_keeps_what_is_behind() -> None:
    session, column = opened()
    events, parent = cut(session, column, "def f(", "): pass")
    apply(session, events)
    assert text_of(session, column) == "def f(): pass", "all is on record, and stays in sight until a reply begins"
    conversation = Conversation(session, ForgetfulRecorder())
    provider = StandIn(TextDelta("x"), TextDelta("y", 1), Finished(Finish.STOP), Finished(Finish.STOP, 1))
    request = conversation.request(column, parameters={"n": 2}, head=parent)
    run = await conversation.begin(column, provider, request, parent=parent, behind="): pass")
    assert text_of(session, column) == "def f(): pass", "whole from the reply's beginning"
    async for _ in conversation.events(run):
        pass
    assert text_of(session, column) == "def f(x): pass"
    assert text_behind(session, column, parent) == "): pass"
    assert last_piece(session, column) == (6, 7)
    column.head = session.leaf_below(run.started[1].id)
    assert text_of(session, column) == "def f(y): pass"


def test_a_gap_at_the_very_beginning_has_a_place_to_fill_it_from() -> None:
    session, column = opened()
    events, parent = cut(session, column, "", "the end")
    apply(session, events)
    assert parent is not None
    assert (session.messages[parent].text, text_of(session, column)) == ("", "the end")


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
    _, parent = cut(session, column, "Once one\n", " two\n!")
    column.head = parent
    assert text_of(session, column) == "Once\x07 one\r"
