"""Asking and answering: a prompt goes on record, then out to the columns; replies are stopped, repeated, walked.

Refuses to read what comes: the columns do.
"""

from __future__ import annotations

from collections.abc import Sequence

from tui.chat.conversation import last_reply
from tui.chat.documents import text_behind
from tui.domain.acts import edit
from tui.domain.draft import Draft
from tui.domain.record import HeadMoved, MessageMarked, MessagesDeleted, now
from tui.domain.session import Column, Message
from tui.errors import ParleyError
from tui.screens.attaching import Attaching
from tui.screens.edit_text import TextDialog
from tui.screens.host import host_of
from tui.transcript import Transcript
from tui.widgets.column_view import ColumnView
from tui.widgets.composer import Composer
from tui.widgets.entries import pager_variants

NOTHING_ASKED = "Nothing was asked in this column yet."
BLIND_MESSAGE_ACTIONS = frozenset(
    {"retry", "regenerate", "copy", "edit", "star", "note", "delete", "continue", "attachments"}
)
"""What can be done with a message while columns are compared blind; all else might tell who is who."""


class Replies(Attaching):
    """The acts that lead to a reply, or come after one."""

    # -- asking ----------------------------------------------------------------------------------------------------

    async def submitted(self, event: Composer.Submitted) -> None:
        """What was written in the composer is to be sent, unless it is a word that means an act."""
        if not self.composer.text.strip() and not self.composer.has_files:
            return  # taken already: enter was pressed twice before the composer was empty
        if self.runs_word(event.text):
            return
        columns = self.session.on_columns
        if not columns:
            self.say("No column is switched on; f7 switches the current one on.", is_problem=True)
        elif words := self.desk.read_only_words or self.refusal_of_files(columns):
            self.say(words, is_problem=True)
        elif self.is_reading_files:
            self.send_when_files_are_read()
        elif any(self.view_of(column.id).is_replying for column in columns):
            self.waiting_prompts.append(self.take_draft())
            self.show_waiting_prompts()
        else:
            await self._ask(self.take_draft(), columns)

    async def _ask(self, draft: Draft, columns: list[Column]) -> None:
        """Send a prompt, unless the user's budget is against it; then it comes back into the composer."""
        self.on_the_way.append(draft)

        def refused() -> None:
            self._not_sent(draft)

        async def send() -> None:
            await self._send(draft, columns)

        async def guarded() -> None:
            await self.guard_budget(columns, draft.text, send, on_refused=refused, files=draft.files)

        await self.guard_context(columns, draft.text, guarded, on_refused=refused, files=draft.files)

    def _not_sent(self, draft: Draft) -> None:
        """A prompt comes back into the composer."""
        self.on_the_way = [one for one in self.on_the_way if one is not draft]
        self.give_back(draft)

    async def _send(self, draft: Draft, columns: list[Column]) -> None:
        """Record the prompt, then send it; it comes back into the composer when it cannot be recorded."""
        try:
            await self.keep_settings()
            await self.desk.conversation.ask(columns, draft.text, draft.attachments)
        except ParleyError as error:
            self._not_sent(draft)
            self.say(str(error), is_problem=True)
            return
        self.on_the_way = [one for one in self.on_the_way if one is not draft]
        self.show_trouble()
        for column in columns:
            self.view_of(column.id).ask(self.desk)
        if not self.desk.blind.is_on:
            self.state.remember_model(columns[0].model)
        self.remember_place()  # a first reply that never ends must be found again, too
        await self.keep_draft()

    def reply_began(self, event: ColumnView.Began) -> None:
        """A column's reply is under way."""
        self.screen.show_hints()
        self.show_columns()

    async def reply_completed(self, event: ColumnView.Completed) -> None:
        """A column's reply has ended."""
        self.show_trouble()
        self.screen.show_hints()
        self.show_columns()
        self.list_sessions()
        if self.desk.blind.is_on and not self.is_replying:
            for view in self.views:  # all at once: who was fast stays unknown
                view.show(self.desk)
                view.transcript.follow()
        limit_s = self.desks.config.ui.notify_after_s
        if limit_s and event.elapsed_s >= limit_s and not self.app.app_focus:
            self._call_back(event)
        self.remember_place()
        await self.offer_install(event)
        await self.offer_room(event)
        if self.is_making_room:
            return
        on_columns = self.session.on_columns
        if self.waiting_prompts and on_columns and not any(self.view_of(one.id).is_replying for one in on_columns):
            draft = self.waiting_prompts.pop(0)
            self.show_waiting_prompts()
            await self._ask(draft, on_columns)

    def _call_back(self, event: ColumnView.Completed) -> None:
        """Tell a user who is elsewhere how the reply has ended."""
        message = self.session.messages.get(event.message_id)
        if message is None:
            return
        name = self.desk.blind.model_name(event.column_view.column_id, message.model)
        host_of(self.app).call_back(f"{name} {'has answered' if message.is_complete else 'has stopped'}")

    # -- stopping --------------------------------------------------------------------------------------------------

    def act_stop(self) -> None:
        """Stop the reply of the column that has the focus; from the composer, all that are under way."""
        focused = next((view for view in self.views if view.has_focus_within), None)
        targets = [focused] if focused is not None and focused.is_replying else self.views
        self.take_back_waiting()
        for view in targets:
            view.stop()

    def act_stop_all(self) -> None:
        """Stop every reply."""
        if not self.is_replying and not self.waiting_prompts:
            self.say("No reply is under way.")
        self.take_back_waiting()
        for view in self.views:
            view.stop()

    # -- again -----------------------------------------------------------------------------------------------------

    async def act_regenerate(self) -> None:
        """Another reply to the current column's last prompt."""
        reply = last_reply(self.session, self.current_column)
        if reply is not None:
            await self._regenerate(self.current_view, reply)
            return
        path = self.session.path(self.current_column.head)
        if path:  # the prompt is there and was never answered: the app was closed in between
            await self.keep_settings()
            self.current_view.reply(self.desk)
        else:
            self.say(NOTHING_ASKED)

    async def act_regenerate_all(self) -> None:
        """Another reply to the last prompt of every column that is on."""
        await self._regenerate_in(self.session.on_columns)

    async def act_retry_failed(self) -> None:
        """Ask again wherever the last reply failed or was cut short."""
        failed = [
            column
            for column in self.session.columns.values()
            if (reply := last_reply(self.session, column)) is not None and not reply.is_complete
        ]
        if not failed:
            self.say("No reply failed.")
        await self._regenerate_in(failed)

    async def _regenerate_in(self, columns: Sequence[Column]) -> None:
        """Ask again in several columns, after one look at what all of them cost."""
        await self.keep_settings()
        asked: list[tuple[ColumnView, Message]] = []
        for column in columns:
            reply = last_reply(self.session, column)
            view = self.view_of(column.id)
            if reply is not None and reply.parent is not None and not view.is_replying:
                asked.append((view, reply))

        async def ask() -> None:
            for view, reply in asked:
                await self._ask_again(view, reply)

        if asked:
            again = [self.session.columns[view.column_id] for view, _ in asked]
            parents = {reply.parent for _, reply in asked}  # reckoned at the heads where the columns went apart
            await self.guard_budget(again, "", ask, head=parents.pop() if len(parents) == 1 else None)
        elif columns and self.session.is_empty:
            self.say(NOTHING_ASKED)

    async def _ask_again(self, view: ColumnView, reply: Message) -> None:
        parent, column = reply.parent, self.session.columns[view.column_id]
        behind = text_behind(self.session, column, parent) if column.kind == "completion" else ""
        if not reply.text and not reply.reasoning and not reply.tool_calls:
            # A failure without a word is no variant worth walking past.
            moved = [] if behind else [HeadMoved(column.id, now(), parent)]
            await self.commit([MessagesDeleted((reply.id,), now()), *moved])
        view.reply(self.desk, parent=parent, suffix=behind)

    async def _regenerate(self, view: ColumnView, reply: Message) -> None:
        if view.is_replying or reply.parent is None:
            return
        await self.keep_settings()

        async def ask() -> None:
            await self._ask_again(view, reply)

        await self.guard_budget([self.session.columns[view.column_id]], "", ask, head=reply.parent)

    async def act_edit_last(self) -> None:
        """Edit the current column's last prompt."""
        path = self.session.path(self.current_column.head)
        prompt = next((message for message in reversed(path) if message.role == "user"), None)
        if prompt is not None:
            self._edit(self.current_view, prompt)
        else:
            self.say(NOTHING_ASKED)

    def _edit(self, view: ColumnView, message: Message) -> None:
        async def edited(text: str | None) -> None:
            if text is None or not text.strip() or view.is_replying:
                return
            await self.keep_settings()
            await self.commit(edit(self.session, self.session.columns[view.column_id], message.id, text), durable=True)
            view.show(self.desk)

            async def ask() -> None:
                view.reply(self.desk)

            if message.role == "user":
                column = self.session.columns[view.column_id]
                await self.guard_budget([column], "", ask, head=column.head)

        hint = "Asks again with these words; the old ones stay, as a variant." if message.role == "user" else ""
        does = "asks again" if message.role == "user" else "keeps"
        self.app.push_screen(TextDialog("Edit the message", message.text, hint=hint, does=does), edited)

    # -- variants --------------------------------------------------------------------------------------------------

    async def act_previous_variant(self) -> None:
        """Show the variant before, of the last message that has any."""
        await self._walk(self.current_view, None, -1)

    async def act_next_variant(self) -> None:
        """Show the next variant of the last message that has any."""
        await self._walk(self.current_view, None, 1)

    async def _walk(self, view: ColumnView, message_id: str | None, step: int) -> None:
        """Move the column's head to the branch of another variant."""
        if view.is_replying:
            return
        await self.keep_settings()
        column = self.session.columns[view.column_id]
        if message_id is None:
            path = reversed(self.session.path(column.head))
            message_id = next((one.id for one in path if len(pager_variants(self.session, one)) > 1), None)
        if message_id is None:
            self.say("No message has variants here: another reply, or a prompt that is edited, makes some.")
            return
        variants = [one.id for one in pager_variants(self.session, self.session.messages[message_id])]
        place = variants.index(message_id) + step
        if 0 <= place < len(variants):
            await self.commit([HeadMoved(column.id, now(), self.session.leaf_below(variants[place]))])
            view.show(self.desk)

    # -- what the transcript asks for ------------------------------------------------------------------------------

    async def message_act_requested(self, event: Transcript.ActionRequested) -> None:
        """Something is to be done with a message."""
        view = self.view_around(event.transcript)
        message = self.session.messages.get(event.entry_id)
        if message is not None:
            await self.act_on(view, message, event.action)

    async def act_on(self, view: ColumnView, message: Message, action: str) -> None:
        """Do what was asked with a message."""
        message.settle()
        if action not in BLIND_MESSAGE_ACTIONS and self.refuses_while_blind():
            return
        match action:
            case "retry" | "regenerate" if message.is_reply:
                await self._regenerate(view, message)
            case "regenerate" if not view.is_replying:
                await self.keep_settings()
                view.reply(self.desk, parent=message.id)
            case "copy":
                self.copy_text(message.text, "the message")
            case "edit":
                self._edit(view, message)
            case "variant-previous":
                await self._walk(view, message.id, -1)
            case "variant-next":
                await self._walk(view, message.id, 1)
            case "star":
                await self.commit([MessageMarked(message.id, now(), is_starred=not message.is_starred)])
                view.transcript.update_entry(message.id, starred=message.is_starred)
            case "attachments":
                self.show_attachments(message)
            case "note":
                self._annotate(view, message)
            case _:
                await self.act_further(view, message, action)

    def _annotate(self, view: ColumnView, message: Message) -> None:
        async def noted(text: str | None) -> None:
            if text is not None:
                await self.commit([MessageMarked(message.id, now(), note=text.strip())])
                view.transcript.update_entry(message.id, note=text.strip())

        self.app.push_screen(TextDialog("Note on the message", message.note), noted)

    def copy_requested(self, event: Transcript.CopyRequested) -> None:
        """A text of the transcript is to be copied."""
        self.copy_text(event.text, event.what)

    def act_copy_reply(self) -> None:
        """Copy the current column's last reply."""
        reply = last_reply(self.session, self.current_column)
        if reply is not None and reply.text:
            self.copy_text(reply.text, "the reply")
        else:
            self.say("There is no reply to copy yet.")
