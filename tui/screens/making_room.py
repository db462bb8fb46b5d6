"""When a conversation is too long for a model: the user chooses what is left out, before anything is sent.

Looked at before each prompt where the model's length is known, and again when a server refuses. What is chosen stands
in the session as a note; a summary is a reply of the column's own model, streamed and recorded like any other. While
columns are compared blind, all of them are cut alike, so that the shortest memory is not told.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from tui.chat.context import (
    Cut,
    WhenFull,
    asking_instead,
    measure,
    plan_cut,
    refused_fit,
    summary_prompts,
    summary_request,
)
from tui.domain.context import leave_out, sent_part
from tui.domain.draft import DraftFile
from tui.domain.record import HeadMoved, MessagesDeleted, SessionEvent, now
from tui.domain.request import ChatRequest, Request
from tui.domain.session import Column, Message
from tui.providers.base import Price
from tui.screens.bench import Bench
from tui.widgets.asking import price_of
from tui.widgets.column_view import ColumnView
from tui.widgets.working import start_work

TOO_LONG = "context-too-long"
"""The kind of failure with which a server refuses."""
MOST_SUMMARY_PARTS = 12
"""More requests for one summary are not worth it; the choice to drop remains."""


class MakingRoom(Bench):
    """The guard of what a model can read at once."""

    async def guard_context(
        self,
        columns: Sequence[Column],
        text: str,
        proceed: Callable[[], Awaitable[None]],
        *,
        on_refused: Callable[[], None],
        files: Sequence[DraftFile] = (),
    ) -> None:
        """Do `proceed` once the prompt fits every column, or the user wants it sent all the same."""
        cuts = self._cuts(columns, text, files)
        if not cuts:
            await proceed()
            return

        async def chosen(choice: WhenFull | None) -> None:
            if choice == "send":
                await proceed()
            elif choice in ("drop", "summarise"):
                await self._begin_room(cuts, choice, proceed, on_refused)
            else:
                on_refused()

        await self._choose(cuts, chosen, was_refused=False)

    def _cuts(self, columns: Sequence[Column], text: str, files: Sequence[DraftFile]) -> list[Cut]:
        """What could be left out of each column that is too long for the prompt."""
        conversation, blind = self.desk.conversation, self.desk.blind
        limits = {one.id: self.desk.connections.context_tokens(one.model) for one in columns}
        if blind.is_on:
            shortest = min((limit for limit in limits.values() if limit), default=None)
            limits = dict.fromkeys(limits, shortest)
        found: list[Cut] = []
        for column in columns:
            limit, more = limits[column.id], self.tokens_of_files(column, files)
            fit = measure(conversation, column, limit, text=text, more_tokens=more) if limit else None
            if fit is not None and (fit.is_too_long or (blind.is_on and found)):
                found.append(plan_cut(conversation, column, fit))
        return found

    async def _choose(
        self, cuts: Sequence[Cut], chosen: Callable[[WhenFull | None], Awaitable[None]], *, was_refused: bool
    ) -> None:
        """Ask what is to be done, unless the configuration says it."""
        configured: WhenFull = self.desks.config.context.when_full
        can_cut = all(cut.messages for cut in cuts)
        if configured != "ask" and (can_cut or configured not in ("drop", "summarise")):
            if configured == "stop":
                self.say("The conversation is too long for the model, so nothing was sent.", is_problem=True)
            await chosen(configured)
            return
        from tui.screens.context_full import ContextDialog

        blind = self.desk.blind
        names = [blind.model_name(cut.column.id, cut.column.model) for cut in cuts]
        self.app.push_screen(ContextDialog(cuts, names, was_refused=was_refused), chosen)

    # -- after a server refused ------------------------------------------------------------------------------------

    async def offer_room(self, event: ColumnView.Completed) -> None:
        """When a reply failed because the conversation is too long: ask what is to be left out, and ask again."""
        refused = self.session.messages.get(event.message_id)
        column = self.session.columns.get(event.column_view.column_id)
        if refused is None or refused.error is None or refused.error.kind != TOO_LONG:
            return
        if column is None or column.head != refused.id or column.kind == "completion" or refused.parent is None:
            return
        if self.desk.blind.is_on or self.is_making_room or len(self.app.screen_stack) > 1:
            return  # the failed reply says what was wrong, and can be tried again by key
        limit = self.desk.connections.context_tokens(column.model)
        conversation = self.desk.conversation
        cut = plan_cut(conversation, column, refused_fit(conversation, column, limit), was_refused=True)
        if not cut.messages:
            return  # the prompt alone is too long
        view = event.column_view

        async def again() -> None:
            view.show(self.desk)
            view.reply(self.desk)

        async def chosen(choice: WhenFull | None) -> None:
            if choice in ("drop", "summarise"):
                await self._take_back(column, refused)
                await self._begin_room([cut], choice, again, lambda: None)

        await self._choose([cut], chosen, was_refused=True)

    async def _take_back(self, column: Column, refused: Message) -> None:
        """A refusal without a word is no variant worth walking past; the column stands at its prompt again."""
        events: list[SessionEvent] = [HeadMoved(column.id, now(), refused.parent)]
        if not refused.text:
            events.insert(0, MessagesDeleted((refused.id,), now()))
        await self.commit(events)

    # -- doing it --------------------------------------------------------------------------------------------------

    async def _begin_room(
        self,
        cuts: Sequence[Cut],
        choice: WhenFull,
        proceed: Callable[[], Awaitable[None]],
        on_refused: Callable[[], None],
    ) -> None:
        """Start leaving out what was chosen, unless its summaries may cross a ceiling and the user does not want to."""

        async def begin() -> None:
            work = partial(self._make_room, cuts, choice, proceed, on_refused)
            start_work(self.screen, work, group="making-room")

        if choice == "summarise":
            await self.guard_requests(self._planned_summaries(cuts), begin, on_refused=on_refused)
        else:
            await begin()

    def _planned_summaries(self, cuts: Sequence[Cut]) -> list[tuple[Request, Price | None]]:
        """What asking for summaries will send, with prices."""
        planned: list[tuple[Request, Price | None]] = []
        for cut in cuts:
            request = self.desk.conversation.request(cut.column)
            if isinstance(request, ChatRequest):
                price = price_of(self.desk, cut.column)
                asked = (asking_instead(request, summary_request(one)) for one in self._summary_prompts(cut))
                planned += [(one, price) for one in asked]
        return planned

    def _summary_prompts(self, cut: Cut) -> list[str]:
        return summary_prompts(cut, sent_part(self.session.path(cut.column.head)).summaries)

    async def _make_room(
        self,
        cuts: Sequence[Cut],
        choice: WhenFull,
        proceed: Callable[[], Awaitable[None]],
        on_refused: Callable[[], None],
    ) -> None:
        """Leave out what was chosen, then go on; without a summary that was asked for nothing is left out."""
        session = self.session
        self.is_making_room = True
        try:
            for cut in cuts:
                summary = await self._write_summary(cut) if choice == "summarise" else None
                if session is not self.session or (choice == "summarise" and summary is None):
                    on_refused()
                    return
                under = self.session.columns[cut.column.id].head
                events = leave_out(self.session, cut.column, cut.messages, under=under, summary=summary)
                await self.commit(events, durable=True)
                self.view_of(cut.column.id).show(self.desk)
        finally:
            self.is_making_room = False
        await proceed()

    async def _write_summary(self, cut: Cut) -> Message | None:
        """Let the column's model write a summary; None when it did not, which it has said itself."""
        column, session = cut.column, self.session
        before = column.head
        prompts = self._summary_prompts(cut)
        if len(prompts) > MOST_SUMMARY_PARTS:
            self.say(f"{len(prompts)} requests would be needed for a summary; drop messages instead.", is_problem=True)
            return None
        view, reply = self.view_of(column.id), None
        sources = tuple(message.id for message in cut.messages)
        for prompt in prompts:
            asked = summary_request(prompt, reply.text if reply is not None else "")
            view.reply(self.desk, parent=before, instead=asked, sources=sources)
            await view.finished()
            reply = session.messages.get(column.head or "")
            if session is not self.session or reply is None or not reply.is_complete or not reply.text.strip():
                await self._forget_summary(column, before, reply)
                return None
        return reply

    async def _forget_summary(self, column: Column, before: str | None, reply: Message | None) -> None:
        """A summary that broke off stands for nothing; what came of it stays, beside the path."""
        if column.id not in self.session.columns:
            return
        events: list[SessionEvent] = [HeadMoved(column.id, now(), before)]
        if reply is not None and not reply.text:
            events.insert(0, MessagesDeleted((reply.id,), now()))
        await self.commit(events)
        self.view_of(column.id).show(self.desk)
        why = reply.error.message if reply is not None and reply.error is not None else ""
        self.say(f"There is no summary, so nothing was sent. {why}".strip(), is_problem=True)
