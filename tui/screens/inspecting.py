"""Looking into requests: before one is sent, after its reply has come, and sending it again as one edited it.

Refuses to lay a request out: the inspector does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tui.chat.conversation import last_reply, with_attachments
from tui.chat.documents import as_sent, cut
from tui.domain.draft import Draft
from tui.domain.record import Attachment, ColumnChanged, now
from tui.domain.request import ChatRequest, CompletionRequest, Image, PromptMessage, Request, RequestOptions
from tui.domain.session import Column, Message, Session
from tui.errors import ParleyError
from tui.providers.base import HttpCall
from tui.screens.drafting import Drafting
from tui.screens.inspector import Inspector, Subject, Wish
from tui.widgets.column_view import ColumnView
from tui.widgets.document_view import DocumentView

BLIND_WORDS = "While the models are hidden, what was sent to them cannot be looked at."


class Inspecting(Drafting):
    """The acts that show requests."""

    # -- before ----------------------------------------------------------------------------------------------------

    async def act_inspect_request(self) -> None:
        """Show exactly what would be sent to the current column's model; nothing is sent.

        What the composer's text would send; without one, what the model would be sent to reply, or to go on, again.
        """
        if self.desk.blind.is_on:
            self.say(BLIND_WORDS, is_problem=True)
            return
        await self.keep_settings()
        column, draft = self.current_column, Draft(self.composer.text, self.files)
        view, conversation = self.current_view, self.desk.conversation
        halves = view.editor.halves if isinstance(view, DocumentView) and draft.is_blank else None
        try:
            call = await asyncio.to_thread(self._dry_run, column, draft, halves)
        except ParleyError as error:
            self.say(str(error), is_problem=True)
            return
        subject = Subject(
            f"What would be sent to {column.model}",
            self._without_bytes(self.desk.connections.masked(call)),
            key_variable=self._key_variable(column.model),
            now=settings_of(column),
            frames=self.desk.frames,
            notes=call.notes,
            not_sent=self._not_taken(column.model, column.parameters, column),
            whole=self._with_bytes(
                [*conversation.path_attachments(self._asked_head(column, draft)), *draft.attachments]
            ),
        )

        async def answered(wish: Wish | None) -> None:
            if wish is not None and wish.kind == "send":
                await self._send_written(view, column, draft, wish.body, halves)

        self.app.push_screen(Inspector(subject), answered)

    def _dry_run(self, column: Column, draft: Draft, halves: tuple[str, str] | None) -> HttpCall:
        conversation, files = self.desk.conversation, self.desk.conversation.attached
        head = self._asked_head(column, draft)
        part = None if files is None else (lambda attachment: files.part(attachment, column.model))
        text, images = with_attachments(draft.text, draft.attachments, part)
        request = with_prompt(conversation.request(column, head=head), text, images)
        if halves is not None and isinstance(request, CompletionRequest):
            request = replace(
                request, prompt=as_sent(self.session, column, halves[0]), suffix=halves[1] or request.suffix
            )
        return self.desk.connections.provider(request.model).prepare(request)

    def _asked_head(self, column: Column, draft: Draft) -> str | None:
        """Where the conversation ends that goes along with what is in the composer."""
        return self._asked_message(column) if draft.is_blank else column.head

    def _asked_message(self, column: Column) -> str | None:
        """The message that asking again replies to."""
        reply = last_reply(self.session, column)
        return column.head if reply is None or column.kind == "completion" else reply.parent

    async def _send_written(
        self, view: ColumnView, column: Column, draft: Draft, body: Any, halves: tuple[str, str] | None
    ) -> None:
        """Send the request as it was edited; a prompt in the composer goes on record with it."""
        if view.is_replying:
            self.say("Wait for the reply, or stop it, before another request is sent.", is_problem=True)
            return
        if draft.is_blank:
            parent, behind = self._asked_message(column), ""
            if halves is not None and halves[1]:
                events, parent = cut(self.session, column, *halves)
                await self.commit(events, durable=True)
                behind = halves[1]
            view.reply(self.desk, parent=parent, options=await self._options(body, parent), suffix=behind)
            return
        taken = self.take_draft()
        try:
            await self.desk.conversation.ask([column], taken.text, taken.attachments)
        except ParleyError as error:
            self.give_back(taken)
            self.say(str(error), is_problem=True)
            return
        view.show(self.desk)
        view.reply(self.desk, options=await self._options(body, column.head))
        await self.keep_draft()

    async def _options(self, body: Any, head: str | None) -> RequestOptions:
        """To send `body`: what stands in it for pictures is replaced by them."""
        whole = self._with_bytes(self.desk.conversation.path_attachments(head))
        return RequestOptions(body=await asyncio.to_thread(whole, body))

    def _with_bytes(self, attachments: Sequence[Attachment]) -> Callable[[Any], Any]:
        """What puts the pictures among `attachments` back into a request's JSON; to be called in a thread."""
        files = self.desk.conversation.attached
        if files is None or not attachments:
            return lambda body: body
        return lambda body: files.with_bytes(body, attachments)

    def _without_bytes(self, shown: Mapping[str, Any]) -> Mapping[str, Any]:
        """A request to be looked at: pictures are named, not printed."""
        files = self.desk.conversation.attached
        return shown if files is None else files.without_bytes(shown) or shown

    # -- after -----------------------------------------------------------------------------------------------------

    async def act_inspect_reply(self) -> None:
        """Show what was sent for the current column's last reply, and what came back."""
        reply = last_reply(self.session, self.current_column)
        if reply is None:
            await self.act_inspect_request()
        else:
            self.inspect(self.current_view, reply)

    def inspect(self, view: ColumnView, message: Message) -> None:
        """Open the inspector on a reply."""
        if self.desk.blind.is_on:
            self.say(BLIND_WORDS, is_problem=True)
            return
        column = self.session.columns[view.column_id]
        first = first_choice(self.session, message)
        subject = Subject(
            f"What was sent to {message.model or 'nobody'}",
            None if first.sent is None else dict(first.sent),
            message,
            self._key_variable(message.model),
            settings_of(column),
            self.desk.frames,
            first.id,
            not_sent=self._not_taken(message.model, message.parameters, column),
            whole=self._with_bytes(self.desk.conversation.path_attachments(message.parent)),
        )

        async def answered(wish: Wish | None) -> None:
            if wish is None:
                return
            if wish.kind == "take-over":
                await self.take_over(column, message)
            elif message.parent is not None and not view.is_replying:
                options = await self._options(wish.body, message.parent)
                view.reply(self.desk, parent=message.parent, options=options)

        self.app.push_screen(Inspector(subject), answered)

    async def take_over(self, column: Column, message: Message) -> None:
        """Set a column to what a reply was asked with."""
        await self.keep_settings()
        changed = ColumnChanged(
            column.id, now(), model=message.model, system=message.system, parameters=dict(message.parameters)
        )
        await self.commit([changed])
        self.show_columns()
        self.show_settings()
        self.say("The column is set as this reply was asked.")

    def act_keep_frames(self) -> None:
        """Keep the raw frames of replies for the inspector from now on, or no more."""
        frames = self.desk.frames
        frames.is_wanted = not frames.is_wanted
        self.say(
            "Raw frames of the next replies are kept for the inspector."
            if frames.is_wanted
            else "Raw frames are not kept any more."
        )

    def _not_taken(self, model: str, values: Mapping[str, Any], column: Column) -> Mapping[str, str]:
        """The settings among `values` that a model does not take, with the reason."""
        try:
            table = self.desk.connections.parameters(model, values, kind=column.kind)
        except ParleyError:
            return {}  # an endpoint that is configured no more; the request says what was sent
        return {name: table[name].reason for name in values if name in table and not table[name].is_taken}

    def _key_variable(self, model: str) -> str:
        endpoint = model.partition("/")[0]
        status = next((one for one in self.desk.connections.endpoints() if one.name == endpoint), None)
        return status.key_variable if status is not None else ""


def first_choice(session: Session, message: Message) -> Message:
    """The first of the choices that came of the same request: what was sent stands there."""
    found = message
    for one in session.variants(message.id):
        if one.choice == 0 and one.column == message.column:
            found = one
        if one.id == message.id:
            break
    return found


def settings_of(column: Column) -> Mapping[str, Any]:
    """Parameters, model and system prompt of a column, by name."""
    return {**column.parameters, "model": column.model, "system": column.system}


def with_prompt(request: Request, text: str, images: tuple[Image, ...] = ()) -> Request:
    """`request` with what the user is about to say."""
    if not text.strip() and not images:
        return request
    if isinstance(request, ChatRequest):
        return replace(request, messages=(*request.messages, PromptMessage("user", text, images)))
    assert isinstance(request, CompletionRequest)
    return replace(request, prompt=f"{request.prompt}{text}" if isinstance(request.prompt, str) else text)
