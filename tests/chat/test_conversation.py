"""A conversation records before it acts, and as the reply grows."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from tests.chat.stand_in import StandIn
from tests.waiting import wait_until
from tui.chat import conversation as module
from tui.chat.conversation import Conversation, ReplyRun, history
from tui.domain import acts
from tui.domain.events import Finish, Finished, RequestSent, TextDelta, Usage, UsageReport
from tui.domain.record import HeadMoved, MessageAdded, ReplyEnded, ReplyStarted, ReplyText, SessionEvent, now
from tui.domain.session import Column, Session
from tui.errors import StreamBroken

SENT = RequestSent("POST", "http://127.0.0.1/v1", {}, {})


class Tape:
    """A recorder that remembers."""

    trouble: str | None = None

    def __init__(self) -> None:
        self.events: list[SessionEvent] = []
        self.durable: list[SessionEvent] = []

    async def append(self, events: Sequence[SessionEvent], *, durable: bool = False) -> None:
        self.events.extend(events)
        if durable:
            self.durable.extend(events)


def open_chat(model: str = "test/model") -> tuple[Conversation, Column, Tape]:
    session, tape = Session(), Tape()
    session.apply(acts.start(app="test"))
    added = acts.add_column(model)
    session.apply(added)
    return Conversation(session, tape), session.columns[added.column], tape


async def read(conversation: Conversation, run: ReplyRun) -> None:
    async for _ in conversation.events(run):
        pass


async def test_the_question_and_the_start_are_durable_before_anything_is_sent() -> None:
    conversation, column, tape = open_chat()
    await conversation.ask([column], "Why?")
    assert [type(event) for event in tape.durable[:1]] == [MessageAdded]
    provider = StandIn(SENT, TextDelta("Because."), Finished(Finish.STOP))
    run = await conversation.begin(column, provider, conversation.request(column))
    assert any(isinstance(event, ReplyStarted) for event in tape.durable)
    assert provider.requests == []
    await read(conversation, run)
    ended = [event for event in tape.durable if isinstance(event, ReplyEnded)]
    assert [(event.text, event.finish) for event in ended] == [("Because.", Finish.STOP)]
    assert [message.text for message in conversation.session.path(column.head)] == ["Why?", "Because."]


async def test_a_growing_reply_is_recorded_while_it_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FLUSH_EVERY_S", 0.01)
    conversation, column, tape = open_chat()
    await conversation.ask([column], "Why?")
    provider = StandIn(SENT, TextDelta("so far"), None)
    run = await conversation.begin(column, provider, conversation.request(column))
    task = asyncio.create_task(read(conversation, run))
    await wait_until(lambda: any(isinstance(event, ReplyText) for event in tape.durable))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (ended,) = [event for event in tape.events if isinstance(event, ReplyEnded)]
    assert (ended.text, ended.finish) == ("so far", Finish.CANCELLED)


async def test_each_choice_is_a_sibling_message() -> None:
    conversation, column, _ = open_chat()
    await conversation.ask([column], "Why?")
    provider = StandIn(SENT, TextDelta("a", 0), TextDelta("b", 1), Finished(Finish.STOP, 0), Finished(Finish.LENGTH, 1))
    run = await conversation.begin(column, provider, conversation.request(column))
    await read(conversation, run)
    variants = conversation.session.variants(run.message_id)
    assert [(variant.text, variant.finish) for variant in variants] == [("a", Finish.STOP), ("b", Finish.LENGTH)]
    assert column.head == run.message_id


async def test_a_lone_choice_is_the_reply_whatever_its_number() -> None:
    conversation, column, _ = open_chat()
    await conversation.ask([column], "Why?")
    provider = StandIn(SENT, TextDelta("only", 1), UsageReport(Usage(2, 3)), Finished(Finish.STOP, 1))
    run = await conversation.begin(column, provider, conversation.request(column))
    await read(conversation, run)
    (only,) = conversation.session.variants(run.message_id)
    assert (only.text, only.finish, only.choice, only.usage.output_tokens) == ("only", Finish.STOP, 0, 3)
    assert column.head == only.id


async def test_choices_that_nobody_asked_for_keep_their_numbers_though_the_second_speaks_first() -> None:
    conversation, column, _ = open_chat()
    await conversation.ask([column], "Why?")
    provider = StandIn(
        SENT,
        TextDelta("b1 ", 1),
        TextDelta("a", 0),
        TextDelta("b2", 1),
        Finished(Finish.STOP),
        Finished(Finish.STOP, 1),
    )
    run = await conversation.begin(column, provider, conversation.request(column))
    await read(conversation, run)
    variants = conversation.session.variants(run.message_id)
    assert [(variant.choice, variant.text) for variant in variants] == [(0, "a"), (1, "b1 b2")]
    assert column.head == variants[0].id


async def test_choices_that_were_asked_for_keep_their_numbers_in_whatever_order_they_speak() -> None:
    conversation, column, _ = open_chat()
    await conversation.ask([column], "Why?")
    provider = StandIn(SENT, TextDelta("b", 1), TextDelta("a", 0), Finished(Finish.STOP, 0), Finished(Finish.STOP, 1))
    run = await conversation.begin(column, provider, conversation.request(column, parameters={"n": 2}))
    await read(conversation, run)
    variants = conversation.session.variants(run.message_id)
    assert [(variant.choice, variant.text) for variant in variants] == [(0, "a"), (1, "b")]


@pytest.mark.parametrize("flush_after_s", [0.0, 60.0])
async def test_where_choices_are_counted_from_one_none_is_left_empty(
    flush_after_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FLUSH_EVERY_S", flush_after_s)
    conversation, column, tape = open_chat()
    await conversation.ask([column], "Why?")
    ends = (Finished(Finish.STOP, 2), Finished(Finish.LENGTH, 1), UsageReport(Usage(2, 3)))
    provider = StandIn(SENT, TextDelta("b", 2), TextDelta("a", 1), *ends)
    run = await conversation.begin(column, provider, conversation.request(column, parameters={"n": 2}))
    first = run.message_id
    await read(conversation, run)
    variants = conversation.session.variants(first)
    assert [(one.text, one.finish) for one in variants] == [("a", Finish.LENGTH), ("b", Finish.STOP)]
    assert variants[0].id == first == run.message_id == column.head
    assert variants[0].usage == Usage(2, 3)
    begun = {event.id for event in tape.events if isinstance(event, ReplyStarted)}
    assert begun == {event.id for event in tape.events if isinstance(event, ReplyEnded)}


async def test_a_failed_reply_stays_in_the_tree_and_out_of_the_next_request() -> None:
    conversation, column, _ = open_chat()
    await conversation.ask([column], "Why?")
    provider = StandIn(SENT, StreamBroken("Closed."))
    run = await conversation.begin(column, provider, conversation.request(column))
    await read(conversation, run)
    message = conversation.session.messages[run.message_id]
    assert message.error is not None
    assert [turn.text for turn in history(conversation.session, column.head)] == ["Why?"]


async def test_a_continuation_is_sent_as_one_reply_with_what_it_continues() -> None:
    conversation, column, _ = open_chat()
    await conversation.ask([column], "Why?")
    first = await conversation.begin(
        column, StandIn(SENT, TextDelta("Be"), Finished(Finish.LENGTH)), conversation.request(column)
    )
    await read(conversation, first)
    second = await conversation.begin(
        column,
        StandIn(SENT, TextDelta("cause."), Finished(Finish.STOP)),
        conversation.request(column),
        continues=first.message_id,
    )
    await read(conversation, second)
    assert [turn.text for turn in history(conversation.session, column.head)] == ["Why?", "Because."]


async def test_another_continuation_and_another_wording_of_one_are_sent_as_one_reply_too() -> None:
    conversation, column, _ = open_chat()
    session = conversation.session
    await conversation.ask([column], "Why?")
    begun = MessageAdded("b", now(), column.head, "assistant", "Be", model="test/model")
    await conversation.commit([begun, HeadMoved(column.id, now(), begun.id)])
    words = StandIn(
        SENT, TextDelta("cause"), TextDelta("ware", 1), Finished(Finish.STOP), Finished(Finish.STOP, choice=1)
    )
    request = conversation.request(column, parameters={"n": 2})
    run = await conversation.begin(column, words, request, parent=begun.id)
    await read(conversation, run)
    for message in session.children(begun.id):
        assert [turn.text for turn in history(session, message.id)] == ["Why?", f"Be{message.text}"]
    await conversation.commit(acts.edit(session, column, run.message_id, "lieve"))
    await conversation.commit(acts.edit(session, column, str(column.head), "have"))
    assert [turn.text for turn in history(session, column.head)] == ["Why?", "Behave"]
    forked = Session.from_events(acts.fork_session(session, column.head, app="test"))
    head = next(iter(forked.columns.values())).head
    assert [turn.text for turn in history(forked, head)] == ["Why?", "Behave"]
