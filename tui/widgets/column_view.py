"""One column: its head line and its transcript, and the worker that reads a reply into them.

Reading and painting are two loops: events go into the transcript's buffer, the screen's frame clock paints. The column
replies, fails and stops alone. Refuses to know the other columns, and to choose what is asked.
"""

from __future__ import annotations

from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from time import monotonic
from typing import assert_never

from textual import events, work
from textual.app import ComposeResult
from textual.message import Message
from textual.timer import Timer
from textual.worker import Worker, WorkerError, WorkerState

from tui.chat.context import asking_instead
from tui.chat.conversation import ReplyRun, last_reply
from tui.domain.events import (
    CostReport,
    Finished,
    MetaReport,
    Note,
    RawFrame,
    ReasoningDelta,
    RequestSent,
    ResponseStarted,
    Retrying,
    StreamEvent,
    TextDelta,
    TokenLogprobs,
    ToolCallDelta,
    UsageReport,
)
from tui.domain.request import ChatRequest, PromptMessage, RequestOptions
from tui.domain.session import Column
from tui.transcript import MessageState, Transcript
from tui.widgets.apart import said_beside
from tui.widgets.asking import price_of, provider_and_request
from tui.widgets.beginning import Beginning
from tui.widgets.column_head import ColumnHead
from tui.widgets.column_ids import widget_id
from tui.widgets.desk import Desk
from tui.widgets.edge import Edged
from tui.widgets.entries import entries_of, entry_of, figures_of, live_figures, state_of
from tui.widgets.figures import seconds

HEAD_TICK_S = 0.25
"""How often the head's figures follow a growing reply; more often is unreadable."""


class ColumnView(Edged):
    """A column on the screen."""

    DEFAULT_CSS = """
    ColumnView {
        width: 1fr;
        height: 1fr;
        background: $background;
        & > Transcript { height: 1fr; margin-top: 1; }
        &.-empty > Beginning { display: block; }
    }
    """

    @dataclass
    class Began(Message):
        """A reply is under way."""

        column_view: ColumnView

    @dataclass
    class Completed(Message):
        """A reply has ended, well or not."""

        column_view: ColumnView
        message_id: str
        elapsed_s: float

    @dataclass
    class Chosen(Message):
        """The user turned to this column."""

        column_view: ColumnView

    @property
    def is_whole(self) -> bool:
        """Whether its parts are there: not while it is put up or taken down."""
        return bool(self.query(ColumnHead))

    def __init__(self, column_id: str) -> None:
        super().__init__(id=widget_id(column_id))
        self.column_id = column_id
        self.head = ColumnHead()
        self.transcript = Transcript()
        self._worker: Worker[None] | None = None
        self._run: ReplyRun | None = None
        self._asked: Column | None = None
        """The column as it was when what is under way was asked: it may be set otherwise meanwhile."""
        self._retry_at: float | None = None
        self._retry_words = ""
        self._ticker: Timer | None = None
        self._context_tokens: int | None = None
        self._is_thinking = False
        self._is_held = False
        """Whether the reply is kept back until all columns have theirs, so that their speed tells nothing (blind)."""

    def compose(self) -> ComposeResult:
        """Head and transcript."""
        yield self.head
        yield Beginning()
        yield self.transcript

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The side panes follow the column that the user works in."""
        self.post_message(self.Chosen(self))

    def take_focus(self) -> None:
        """Let the keys be about what is said here."""
        self.transcript.focus()

    # -- showing a session -----------------------------------------------------------------------------------------

    @property
    def is_replying(self) -> bool:
        """Whether a reply is under way here."""
        return self._worker is not None and not self._worker.is_finished

    def show(self, desk: Desk) -> None:
        """Show the column's conversation from the beginning."""
        self._is_held = False
        column = desk.session.columns[self.column_id]
        entries = entries_of(desk.session, column)
        self.transcript.set_entries(entries)
        self.set_class(not entries, "-empty")
        self.show_settings(desk)

    def show_settings(self, desk: Desk) -> None:
        """Show the column's model and the figures of its newest reply."""
        column = desk.session.columns[self.column_id]
        if not self.is_replying:
            self._context_tokens = desk.connections.context_tokens(column.model)
            self._settle_head(desk)
        self._name_head(desk, column)

    def _name_head(self, desk: Desk, column: Column) -> None:
        """Say whose reply this is; who was chosen while it is written comes next."""
        model = self._asked.model if self._asked is not None and self.is_replying else column.model
        self.head.model = desk.blind.model_name(column.id, model)
        for beginning in self.query(Beginning):  # a document begins with an editor instead
            beginning.model = self.head.model
        beside = said_beside(desk.session, column) if model == column.model else (f"next: {column.model}", "")
        self.head.label, self.head.apart = ("", "") if desk.blind.is_on else beside

    # -- replying --------------------------------------------------------------------------------------------------

    def ask(self, desk: Desk) -> None:
        """Show the prompt that was just put under the column's head, and ask for a reply to it."""
        head = desk.session.columns[self.column_id].head
        if head is not None:
            self.set_class(False, "-empty")
            self.transcript.append_entry(entry_of(desk.session, desk.session.messages[head]))
            self.transcript.follow()
        self.reply(desk)

    def reply(
        self,
        desk: Desk,
        *,
        parent: str | None = None,
        continues: str = "",
        options: RequestOptions | None = None,
        suffix: str = "",
        instead: tuple[PromptMessage, ...] = (),
        sources: tuple[str, ...] = (),
    ) -> None:
        """Ask the column's model for a reply under `parent` (default: the column's head).

        Args:
            desk: The open session.
            parent: The message that is replied to.
            continues: The reply, cut short, whose text this one goes on from.
            options: How to send, where that is not as usual.
            suffix: In a text completion, what comes after the gap.
            instead: What is asked in place of the conversation so far, for a reply that is made out of others.
            sources: The messages that it is made from.
        """
        self._is_held = desk.blind.is_on
        self._worker = self._reply(desk, parent, continues, options or RequestOptions(), suffix, instead, sources)
        self.head.state, self.head.state_words = "waiting", ""
        self.head.figures = None
        if self._ticker is None:
            self._ticker = self.set_interval(HEAD_TICK_S, self._tick)
        self.post_message(self.Began(self))

    def stop(self) -> None:
        """Stop the reply; what came is kept and marked as stopped."""
        if self._worker is None or self._worker.is_finished:
            return
        if self._run is not None and not self._is_held:
            self.transcript.update_entry(self._run.message_id, state=MessageState.STOPPED, notice="")
        if not self._is_held:
            self.head.state, self.head.state_words = "stopped", ""
        self._worker.cancel()

    async def finished(self) -> None:
        """Return when no reply is under way any more."""
        if self._worker is not None and not self._worker.is_finished:
            with suppress(WorkerError):  # how it ended has been shown
                await self._worker.wait()

    @work(exclusive=True, group="reply", exit_on_error=False)
    async def _reply(
        self,
        desk: Desk,
        parent: str | None,
        continues: str,
        options: RequestOptions,
        suffix: str,
        instead: tuple[PromptMessage, ...],
        sources: tuple[str, ...],
    ) -> None:
        self._asked = column = replace(desk.session.columns[self.column_id])
        self._context_tokens = desk.connections.context_tokens(column.model)
        options = replace(options, wants_frames=options.wants_frames or desk.frames.is_wanted)
        provider, request = await provider_and_request(desk, column, parent, options, suffix)
        if instead and isinstance(request, ChatRequest):
            request = asking_instead(request, instead)
        try:
            async with desk.lanes.slot(provider.endpoint, on_wait=self._show_queue):
                price = price_of(desk, column)
                run = await desk.conversation.begin(
                    column,
                    provider,
                    request,
                    parent=parent,
                    price=price,
                    continues=continues,
                    sources=sources,
                    behind=suffix,
                )
                if options.wants_frames:
                    desk.frames.begin(run.message_id)
                try:
                    self._begin(desk, run)
                    async with aclosing(desk.conversation.events(run)) as stream:
                        async for event in stream:
                            if isinstance(event, RawFrame):
                                desk.frames.add(run.message_id, event)
                            else:
                                self._take(event, run)
                finally:
                    self._end(desk, run)
        finally:
            self._run = self._asked = None
            self._rest(desk)

    def _rest(self, desk: Desk) -> None:
        """Nothing is under way any more."""
        self._stop_ticking()
        if self.is_attached and self.column_id in desk.session.columns:
            self._settle_head(desk)
            self._name_head(desk, desk.session.columns[self.column_id])

    def _begin(self, desk: Desk, run: ReplyRun) -> None:
        self._run = run
        self._is_thinking = False
        if run.parent is not None:
            self.transcript.truncate_after(run.parent)
        message = desk.session.messages[run.message_id]
        entry = entry_of(desk.session, message)
        entry.state, entry.notice = MessageState.WAITING, ""
        self.transcript.append_entry(entry)
        self.transcript.follow()

    def _take(self, event: StreamEvent, run: ReplyRun) -> None:
        if self._worker is not None and self._worker.is_cancelled:
            return  # it came between the key and the cancellation; the turn keeps it
        if self._is_held:
            return  # shown by `show`, when every column has its reply
        match event:
            case TextDelta(text, choice):
                if choice == run.first:
                    self._start_writing(run, is_text=True)
                    self.transcript.extend(run.message_id, text=text)
            case ReasoningDelta(text, choice):
                if choice == run.first:
                    self._start_writing(run, is_text=False)
                    self.transcript.extend(run.message_id, reasoning=text)
            case Retrying():
                self._retry_at = monotonic() + event.wait_s
                self._retry_words = f"({event.attempt + 1} of {event.attempts})"
                self._tick()
                self.transcript.update_entry(run.message_id, notice=event.cause)
            case RequestSent():
                if self._retry_at is not None:
                    self._retry_at = None
                    self._tick()
            case Note(words):
                self.transcript.update_entry(run.message_id, notice=words)
            case ResponseStarted() | UsageReport() | CostReport() | MetaReport() | Finished():
                pass  # folded into the figures and the end by the turn
            case ToolCallDelta() | TokenLogprobs() | RawFrame():
                pass  # shown when the reply is whole
            case _:
                assert_never(event)

    def _start_writing(self, run: ReplyRun, *, is_text: bool) -> None:
        """The first piece of text or of thinking changes what the column says about itself."""
        if self.head.state != "writing":
            self._retry_at = None
            self.head.state = "writing"
            self.transcript.update_entry(run.message_id, state=MessageState.STREAMING, notice="")
            self._tick()
        if is_text and self._is_thinking:
            self.transcript.update_entry(run.message_id, reasoning_s=run.turn.reasoning_s)
        self._is_thinking = not is_text

    def _end(self, desk: Desk, run: ReplyRun) -> None:
        if not self.is_attached:
            return
        if self._is_held:
            self.post_message(self.Completed(self, run.message_id, run.turn.elapsed_s))
            return
        message = desk.session.messages[run.message_id]
        entry = entry_of(desk.session, message)
        if run.turn.error is None and run.reply is not None and run.reply.notes and not entry.notice:
            entry.notice = "; ".join(run.reply.notes)
        is_half = message.text.endswith("\ufffd")  # a half character waited for the other half until it was stopped
        if message.tool_calls or run.is_mixed or is_half:
            self.transcript.update_entry(entry.id, text=entry.text)
        self.transcript.update_entry(entry.id, notice="", variant=entry.variant, reasoning_s=entry.reasoning_s)
        self.transcript.close_entry(entry.id, entry.state, notice=entry.notice, detail=entry.detail)
        self.post_message(self.Completed(self, entry.id, run.turn.elapsed_s))

    def _settle_head(self, desk: Desk) -> None:
        """Show how the column's newest reply ended; another model's end, or another prompt's, is not this one's."""
        column = desk.session.columns.get(self.column_id)
        if column is None or self._is_held:
            return
        reply = last_reply(desk.session, column)
        head = desk.session.messages.get(column.head or "")
        is_unanswered = column.kind == "chat" and head is not None and not head.is_reply
        if is_unanswered or (reply is not None and reply.model != column.model):
            reply = None
        state = MessageState.DONE if reply is None else state_of(reply)
        self.head.state_words = ""
        if not column.is_on:
            self.head.state = "off"
        elif reply is None:
            was_stopped = is_unanswered and self.head.state == "stopped"  # before its turn came
            self.head.state = "stopped" if was_stopped else "ready"
        else:
            self.head.state = "done" if state is MessageState.DONE else state.value
        if reply is None or desk.blind.is_on:
            self.head.figures = None
        else:
            self.head.figures = figures_of(reply, context_tokens=self._context_tokens)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A bug in a worker must not pass in silence: it ends the app with its sentence."""
        event.stop()
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            raise event.worker.error

    # -- the head while a reply grows ------------------------------------------------------------------------------

    def _show_queue(self, place: int) -> None:
        if self._is_held:
            return
        others = place - 1
        self.head.state_words = "for the machine" if not others else f"for the machine, {others} before it"

    def _tick(self) -> None:
        """Let the head follow the reply."""
        run = self._run
        if run is None or self._is_held:
            return
        if self._retry_at is not None:
            self.head.state = "retrying"
            self.head.state_words = f"in {max(0.0, self._retry_at - monotonic()):.0f} s {self._retry_words}"
            return
        if self.head.state == "retrying":
            self.head.state = "waiting"
        if self.head.state in ("waiting", "writing"):
            self.head.state_words = seconds(run.turn.elapsed_s)
        self.head.figures = live_figures(run.turn)

    def _stop_ticking(self) -> None:
        if self._ticker is not None:
            self._ticker.stop()
            self._ticker = None
