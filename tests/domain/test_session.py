"""The tree: acts become events, events fold into a session."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tui.domain import acts
from tui.domain.events import Finish, Usage
from tui.domain.record import (
    ColumnChanged,
    ColumnRemoved,
    HeadMoved,
    MessageMarked,
    MessagesRestored,
    ReplyEnded,
    ReplyText,
    SessionEvent,
    now,
)
from tui.domain.reply import ToolCall
from tui.domain.session import Column, Session


def begin(*models: str) -> Session:
    session = Session()
    session.apply(acts.start(app="test"))
    for model in models:
        session.apply(acts.add_column(model))
    return session


def ask(session: Session, columns: list[Column], text: str) -> None:
    for event in acts.ask(session, columns, text):
        session.apply(event)


def reply(session: Session, column: Column, text: str, finish: Finish = Finish.STOP) -> str:
    started = acts.begin_reply(column, column.head)
    session.apply(started)
    session.apply(HeadMoved(column.id, now(), started.id))
    for piece in (text[:2], text[2:]):
        session.apply(ReplyText(started.id, piece))
    session.apply(ReplyEnded(started.id, now(), finish, text))
    return started.id


def columns_of(session: Session) -> list[Column]:
    return list(session.columns.values())


def test_columns_at_one_head_share_the_prompt_and_get_sibling_replies() -> None:
    session = begin("demo/a", "demo/a")
    first, second = columns_of(session)
    ask(session, [first, second], "Hello")
    assert first.head == second.head
    left, right = reply(session, first, "left"), reply(session, second, "right")
    assert [message.text for message in session.path(first.head)] == ["Hello", "left"]
    assert [message.text for message in session.path(second.head)] == ["Hello", "right"]
    assert {variant.id for variant in session.variants(left)} == {left, right}


def test_columns_that_diverged_each_get_their_own_copy_of_the_prompt() -> None:
    session = begin("demo/a", "demo/b")
    first, second = columns_of(session)
    ask(session, [first, second], "Hello")
    reply(session, first, "left")
    reply(session, second, "right")
    ask(session, [first, second], "More")
    assert first.head != second.head
    assert [m.text for m in session.path(first.head)] == ["Hello", "left", "More"]
    assert [m.text for m in session.path(second.head)] == ["Hello", "right", "More"]


def test_an_edit_is_a_sibling_and_moves_only_this_column() -> None:
    session = begin("demo/a", "demo/b")
    first, second = columns_of(session)
    ask(session, [first, second], "Helo")
    question = first.head
    assert question is not None
    reply(session, first, "eh?")
    for event in acts.edit(session, first, question, "Hello"):
        session.apply(event)
    assert [m.text for m in session.path(first.head)] == ["Hello"]
    assert [m.text for m in session.path(second.head)] == ["Helo"]
    assert [m.text for m in session.variants(question)] == ["Helo", "Hello"]


def test_deleting_a_branch_moves_heads_up_and_can_be_undone() -> None:
    session = begin("demo/a")
    (column,) = columns_of(session)
    ask(session, [column], "one")
    reply(session, column, "first")
    keep = column.head
    ask(session, [column], "two")
    doomed = column.head
    assert doomed is not None
    reply(session, column, "second")
    events = acts.delete_branch(session, doomed)
    for event in events:
        session.apply(event)
    assert column.head == keep
    assert [m.text for m in session.path(column.head)] == ["one", "first"]
    session.apply(MessagesRestored(tuple(session.branch(doomed)), now()))
    assert [m.text for m in session.path(session.leaf_below(doomed))][-1] == "second"


def test_a_fork_into_a_new_session_holds_the_conversation_and_the_columns() -> None:
    session = begin("demo/a")
    (column,) = columns_of(session)
    ask(session, [column], "one")
    reply(session, column, "first")
    forked = Session.from_events(acts.fork_session(session, column.head, app="test"))
    (other,) = columns_of(forked)
    assert [m.text for m in forked.path(other.head)] == ["one", "first"]
    assert forked.forked_from == f"{session.id}/{column.head}"
    assert forked.id != session.id


def test_a_fork_keeps_all_that_is_known_of_a_reply_but_its_cost() -> None:
    session = begin("demo/a", "demo/b")
    first, second = columns_of(session)
    session.apply(ColumnChanged(first.id, now(), system="Be brief.", parameters={"temperature": 0.5}))
    session.apply(ColumnChanged(second.id, now(), is_on=False))
    ask(session, [first], "one")
    begun = acts.begin_reply(first, first.head)
    ended = ReplyEnded(
        begun.id,
        now(),
        Finish.LENGTH,
        "half",
        usage=Usage(3, 4),
        cost_usd=0.5,
        tool_calls=(ToolCall("0", "look", "{}"),),
        sent={"json": {"model": "a"}},
    )
    rest = acts.begin_reply(first, begun.id, continues=begun.id)
    session.apply(MessageMarked(str(first.head), now(), note="why"))
    for event in (begun, ended, MessageMarked(begun.id, now(), is_starred=True), rest, ReplyText(rest.id, " of it")):
        session.apply(event)
    forked = Session.from_events(acts.fork_session(session, rest.id, app="test"))
    prompt, half, end = forked.path(columns_of(forked)[0].head)
    assert (prompt.note, half.is_starred) == ("why", True)
    assert (half.system, half.parameters, half.sent) == ("Be brief.", {"temperature": 0.5}, {"json": {"model": "a"}})
    assert (half.finish, half.usage, half.tool_calls) == (Finish.LENGTH, ended.usage, ended.tool_calls)
    assert half.cost_usd is None, "it was paid for once"
    assert half.column in forked.columns
    assert (end.text, end.continues, end.finish) == (" of it", half.id, Finish.CUT_SHORT)
    assert [column.is_on for column in columns_of(forked)] == [True, False]


def test_a_title_is_masked_before_it_is_cut() -> None:
    session = begin("demo/a")
    ask(session, columns_of(session), f"{'word ' * 10}SECRET-SECRET-SECRET and more")
    assert "SECRET-" in session.shown_title
    assert "SECRET" not in session.titled(lambda text: text.replace("SECRET-SECRET-SECRET", "***"))


def test_a_fork_of_a_chat_makes_no_document_of_it() -> None:
    session = begin("demo/a")
    session.apply(acts.add_column("demo/b", kind="completion"))
    (chat, _) = columns_of(session)
    ask(session, [chat], "one")
    forked = Session.from_events(acts.fork_session(session, chat.head, app="test"))
    assert [column.kind for column in columns_of(forked)] == ["chat"]


def test_a_reply_without_an_end_keeps_its_text_and_is_incomplete() -> None:
    session = begin("demo/a")
    (column,) = columns_of(session)
    ask(session, [column], "one")
    started = acts.begin_reply(column, column.head)
    session.apply(started)
    session.apply(ReplyText(started.id, "half a "))
    session.apply(ReplyText(started.id, "sentence"))
    session.settle()
    (left_open,) = session.incomplete_replies
    assert left_open.text == "half a sentence"
    assert not left_open.is_complete


def test_a_loop_of_parents_ends_the_path() -> None:
    session = begin("demo/a")
    (column,) = columns_of(session)
    ask(session, [column], "one")
    head = column.head
    assert head is not None
    session.messages[head].parent = head
    assert [m.text for m in session.path(head)] == ["one"]


def test_removing_a_column_keeps_its_messages() -> None:
    session = begin("demo/a", "demo/b")
    first, _ = columns_of(session)
    ask(session, [first], "kept")
    head = first.head
    session.apply(ColumnRemoved(first.id, now()))
    assert list(session.columns) != []
    assert session.path(head)[0].text == "kept"


ACTS = st.lists(st.tuples(st.sampled_from(["ask", "reply", "edit", "delete", "fork"]), st.integers(0, 3)), max_size=30)


@settings(max_examples=60, deadline=None)
@given(ACTS)
def test_folding_the_recorded_events_again_gives_the_same_session(script: list[tuple[str, int]]) -> None:
    session = Session()
    recorded: list[SessionEvent] = []

    def commit(*events: SessionEvent) -> None:
        for event in events:
            session.apply(event)
            recorded.append(event)

    commit(acts.start(app="test"), acts.add_column("demo/a"), acts.add_column("demo/b"))
    for act, number in script:
        columns = columns_of(session)
        column = columns[number % len(columns)]
        if act == "ask":
            commit(*acts.ask(session, columns[: number + 1], f"q{number}"))
        elif act == "reply":
            started = acts.begin_reply(column, column.head)
            commit(started, HeadMoved(column.id, now(), started.id), ReplyEnded(started.id, now(), Finish.STOP, "r"))
        elif act == "edit" and column.head:
            commit(*acts.edit(session, column, column.head, "e"))
        elif act == "delete" and column.head:
            commit(*acts.delete_branch(session, column.head))
        elif act == "fork" and len(columns) < 6:
            commit(acts.add_column(column.model, head=column.head))
    again = Session.from_events(recorded)
    assert again.messages == session.messages
    assert again.columns == session.columns
    for column in columns_of(session):
        assert all(not message.is_deleted for message in session.path(column.head))
