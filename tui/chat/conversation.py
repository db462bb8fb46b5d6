"""A session that is being talked in: every act is recorded before it is acted on, every reply as it grows.

Shared by the app and the command line. The recorder (a journal, or nothing at all) is handed in; this module refuses
to know files and screens.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from tui.chat.attached import AttachedFiles
from tui.chat.feedback import meta_of_choice, renumbered
from tui.chat.sending import split_options
from tui.chat.turn import Turn
from tui.domain.acts import ask, begin_reply
from tui.domain.context import sent_part
from tui.domain.events import ReasoningDelta, StreamEvent, TextDelta
from tui.domain.record import (
    Attachment,
    HeadMoved,
    MessageAdded,
    MessagesDeleted,
    ReplyEnded,
    ReplyStarted,
    ReplyText,
    SessionEvent,
    new_id,
    now,
)
from tui.domain.reply import Choice, Reply
from tui.domain.request import ChatRequest, CompletionRequest, Image, ModelRef, PromptMessage, Request, RequestOptions
from tui.domain.session import Column, Message, Session
from tui.providers.base import Price, Provider

FLUSH_EVERY_S = 0.8
"""How often a growing reply is recorded; below the promised second, so that the write itself fits in."""


class Recorder(Protocol):
    """Where events go. Never raises for disk trouble: it keeps what it could not write and says so in `trouble`."""

    @property
    def trouble(self) -> str | None:
        """Lasting words about why events are not on disk, or None."""
        ...

    async def append(self, events: Sequence[SessionEvent], *, durable: bool = False) -> None:
        """Write `events` in order; when `durable`, return only after they reached the disk."""
        ...


class ForgetfulRecorder:
    """Keeps nothing: chats that are never stored."""

    trouble: str | None = None

    async def append(self, events: Sequence[SessionEvent], *, durable: bool = False) -> None:
        """Do nothing."""


ReadPart = Callable[[Attachment], Image | str]
"""What a model is sent of an attachment."""


def history(session: Session, head: str | None, *, part: ReadPart | None = None) -> tuple[PromptMessage, ...]:
    """The conversation up to `head` as it is sent: without notes, what they leave out, and replies without any text."""
    messages: list[PromptMessage] = []
    for message in sent_part(session.path(head)).messages:  # a column's system prompt travels apart
        message.settle()
        text, pictures = with_attachments(message.text, message.attachments, part)
        if not text and not pictures:
            continue
        if message.continues and messages and messages[-1].role == "assistant":
            messages[-1] = PromptMessage("assistant", messages[-1].text + message.text)
            continue
        messages.append(PromptMessage(message.role, text, pictures))
    return tuple(messages)


def with_attachments(
    text: str, attachments: Sequence[Attachment], part: ReadPart | None
) -> tuple[str, tuple[Image, ...]]:
    """A prompt's text with the files that are text after it, and its pictures."""
    if part is None or not attachments:
        return text, ()
    parts = list(map(part, attachments))
    texts = [text, *(one for one in parts if isinstance(one, str))]
    return "\n\n".join(filter(None, texts)), tuple(one for one in parts if isinstance(one, Image))


def document(session: Session, head: str | None) -> str:
    """A completion column's text up to `head`: pieces by the user and by the model, simply joined."""
    return "".join(message.text for message in session.path(head) if message.role != "system")


@dataclass(slots=True)
class ReplyRun:
    """One reply under way: the turn, and the messages (one per choice) that it writes."""

    column: Column
    parent: str | None
    turn: Turn
    started: dict[int, ReplyStarted] = field(default_factory=dict)
    unwritten: dict[int, list[TextDelta | ReasoningDelta]] = field(default_factory=dict)
    reply: Reply | None = None
    """Set when the run has ended, however it ended."""
    is_durable: bool = True
    """Whether beginning and end wait for the disk; else they are written within a second."""
    on_end: Callable[[Reply], None] | None = None
    """Is told of the reply the moment it has ended, before that is recorded."""
    first: int = 0
    """The choice that is the reply that was begun; all others are variants beside it."""
    has_spoken: bool = False
    """Whether anything of a choice is on record."""
    continues: str = ""
    """The reply whose text all choices go on from."""
    behind: str = ""
    """What stands behind the gap that all choices fill."""
    is_mixed: bool = False
    """Whether text of another choice was taken for the first one's before that one spoke."""

    @property
    def message_id(self) -> str:
        """The message of the first choice."""
        return self.started[self.first].id

    def take_for_first(self, choice: int) -> None:
        """Where one reply was asked for, the choice that speaks first is it, whatever number it has."""
        if choice != self.first and self.turn.request.parameters.get("n") in (None, 1):
            self.started[choice] = self.started.pop(self.first)
            self.first = choice
        self.has_spoken = True

    def fill_first(self, spoken: Collection[int]) -> ReplyStarted | None:
        """Where nothing came for the choice that was begun, the lowest that came is it; the message that one had."""
        if not spoken or self.first in spoken:
            return None
        lowest = min(spoken)
        spare = self.started.pop(lowest, None)
        self.started[lowest] = self.started.pop(self.first)
        self.first, self.is_mixed = lowest, True
        return spare


class Conversation:
    """A session, where it is recorded, and what is going on in it."""

    def __init__(self, session: Session, recorder: Recorder) -> None:
        self.session = session
        self.recorder = recorder
        self.attached: AttachedFiles | None = None
        """Reads attachments; None: they stay names."""

    async def commit(self, events: Iterable[SessionEvent], *, durable: bool = False) -> None:
        """Fold events in and record them."""
        batch = list(events)
        for event in batch:
            self.session.apply(event)
        await self.recorder.append(batch, durable=durable)

    def path_attachments(self, head: str | None) -> list[Attachment]:
        """The files that go with the messages up to `head`."""
        return [one for message in self.session.path(head) for one in message.attachments]

    async def ask(self, columns: Sequence[Column], text: str, attachments: tuple[Attachment, ...] = ()) -> None:
        """Add the user's prompt under the heads of `columns`; on disk when this returns."""
        await self.commit(ask(self.session, columns, text, attachments), durable=True)

    def request(
        self,
        column: Column,
        *,
        parameters: Mapping[str, Any] | None = None,
        options: RequestOptions | None = None,
        head: str | None = None,
    ) -> Request:
        """What `column` would send if it were asked to reply at its head (or at `head`).

        Raises:
            ConfigError: a parameter that says how to send cannot be used.
        """
        at = head if head is not None else column.head
        settings, options = split_options(column.parameters if parameters is None else parameters, options)
        options = replace(options, clamps=True)  # columns change their models, settings stay
        model = ModelRef.parse(column.model)
        if column.kind == "completion":
            suffix = settings.pop("suffix", "")
            return CompletionRequest(model, document(self.session, at), str(suffix or ""), settings, options)
        files = self.attached
        part = None if files is None else (lambda attachment: files.part(attachment, column.model))
        messages = history(self.session, at, part=part)
        system = sent_part(self.session.path(at)).system(column.system)
        return ChatRequest(model, messages, system, settings, options)

    async def begin(
        self,
        column: Column,
        provider: Provider,
        request: Request,
        *,
        parent: str | None = None,
        price: Price | None = None,
        continues: str = "",
        sources: tuple[str, ...] = (),
        behind: str = "",
        durable: bool = True,
    ) -> ReplyRun:
        """Record that a reply begins under `parent` (default: the column's head), before anything is sent.

        One that stands right under another reply goes on from it, also when it is asked for again. In a document, the
        text `behind` a gap follows the reply from its beginning, so that the document is whole however it ends. Unless
        `durable`, the disk is not waited for: for many replies at once whose prompts are on disk already.
        """
        above = parent if parent is not None else column.head
        before = self.session.messages.get(above or "")
        if column.kind == "chat" and before is not None and before.is_reply and not before.is_deleted:
            continues = continues or before.id
        turn = Turn(provider, request, price=price)
        run = ReplyRun(column, above, turn, is_durable=durable, continues=continues, behind=behind)
        await self._start_choice(run, 0, sources=sources, durable=durable)
        return run

    async def _let_speak(self, run: ReplyRun, choice: int) -> None:
        """Have a message on record for a choice of which something has come."""
        if not run.has_spoken:
            run.take_for_first(choice)
        if run.first and choice == 0:
            await self._give_back_first(run)
        if choice not in run.started:
            await self._start_choice(run, choice)

    async def _give_back_first(self, run: ReplyRun) -> None:
        """Choice 0 speaks after all: what was taken for it is a variant; the ends hold what belongs to whom."""
        taken, run.first, run.is_mixed = run.first, 0, True
        run.started[0] = run.started.pop(taken)
        await self._start_choice(run, taken)

    async def _start_choice(
        self, run: ReplyRun, choice: int, *, sources: tuple[str, ...] = (), durable: bool = False
    ) -> None:
        started = begin_reply(run.column, run.parent, choice=choice, continues=run.continues, sources=sources)
        run.started[choice] = started
        events: list[SessionEvent] = [started]
        head = started.id
        if run.behind:
            head = new_id()
            events.append(
                MessageAdded(head, now(), started.id, "user", run.behind, edited_from=run.parent or started.id)
            )
        if choice == run.first:
            events.append(HeadMoved(run.column.id, now(), head))
        await self.commit(events, durable=durable)

    async def events(self, run: ReplyRun) -> AsyncGenerator[StreamEvent, None]:
        """The events of a run, recorded as they come; the end is recorded too, also when cancelled."""
        flusher = asyncio.create_task(self._flush_regularly(run))
        try:
            async with aclosing(run.turn.events()) as events:
                async for event in events:
                    if isinstance(event, TextDelta | ReasoningDelta):
                        await self._let_speak(run, event.choice)
                        run.unwritten.setdefault(event.choice, []).append(event)
                    yield event
        finally:
            flusher.cancel()
            run.reply = run.turn.reply()
            if run.on_end is not None:
                run.on_end(run.reply)
            # The end is worth a moment even while the app is closing: a cancellation must not lose it.
            await asyncio.shield(self._record_end(run, run.reply))

    async def _flush_regularly(self, run: ReplyRun) -> None:
        while True:
            await asyncio.sleep(FLUSH_EVERY_S)
            await self.flush(run)

    async def flush(self, run: ReplyRun) -> None:
        """Record the text that came since the last time."""
        batch = [
            ReplyText(
                run.started[choice].id,
                "".join(delta.text for delta in deltas if isinstance(delta, TextDelta)),
                "".join(delta.text for delta in deltas if isinstance(delta, ReasoningDelta)),
            )
            for choice, deltas in run.unwritten.items()
            if deltas
        ]
        run.unwritten = {}
        if batch:
            await self.commit(batch, durable=True)

    async def _record_end(self, run: ReplyRun, reply: Reply) -> None:
        run.unwritten = {}
        spare = run.fill_first([choice.index for choice in reply.choices])
        ends: list[ReplyEnded] = []
        for choice in reply.choices:
            await self._let_speak(run, choice.index)
            ends.append(reply_ended(run.started[choice.index], reply, choice))
            if spare is not None and choice.index == run.first:
                ends.append(reply_ended(spare, reply, choice))
        if (files := self.attached) is not None:
            ends = [one if one.sent is None else replace(one, sent=files.without_bytes(one.sent)) for one in ends]
        gone = [] if spare is None else [MessagesDeleted(tuple(self.session.branch(spare.id)), now())]
        await self.commit([*ends, *gone], durable=run.is_durable)


def reply_ended(started: ReplyStarted, reply: Reply, choice: Choice) -> ReplyEnded:
    """The end of one choice; figures of the whole request stand on the first one only."""
    from tui.domain.events import Finish, Usage
    from tui.text.surrogates import scrub_surrogates

    is_first = started.choice == 0
    meta = renumbered(reply.meta, choice.index, started.choice)
    return ReplyEnded(
        id=started.id,
        at=now(),
        finish=choice.finish or Finish.CUT_SHORT,
        text=scrub_surrogates(choice.text),
        reasoning=scrub_surrogates(choice.reasoning),
        finish_words=choice.finish_words,
        usage=reply.usage if is_first else Usage(),
        timings=reply.timings,
        cost_usd=reply.cost_usd if is_first else None,
        cost_is_estimated=reply.cost_is_estimated,
        tool_calls=choice.tool_calls,
        logprobs=choice.logprobs,
        meta=meta if is_first else meta_of_choice(meta, started.choice),
        sent=reply.sent if is_first else None,
        error=reply.error,
    )


def last_reply(session: Session, column: Column) -> Message | None:
    """The newest reply on the column's path, or None."""
    return next((message for message in reversed(session.path(column.head)) if message.is_reply), None)
