"""The tree of a session on the screen: the map, deleting and undoing, forks into new sessions, other models.

Stands before the other parts of the workbench and takes the acts on messages that change the tree's shape; the rest
goes on to them. Refuses to write into sessions that are open for reading only.
"""

from __future__ import annotations

from functools import partial

from tui.domain.acts import delete_branch
from tui.domain.deleting import delete_message, undo_of
from tui.domain.events import Finish
from tui.domain.record import HeadMoved, MessageMarked, MessagesDeleted, now
from tui.domain.session import Message
from tui.screens.pick import PickDialog
from tui.screens.replies import Replies
from tui.screens.tree_map import TreeMap, TreeWish
from tui.screens.undoing import Undo, Undoing
from tui.widgets.column_view import ColumnView
from tui.widgets.model_rows import MODEL, Shelf, model_rows
from tui.widgets.pick_list import Row
from tui.widgets.working import start_work

WRITING = frozenset({"retry", "regenerate", "regenerate-with", "edit", "continue", "delete", "star", "note", "merge"})
"""What cannot be done to messages of a session that is open for reading only."""


class Tree(Replies, Undoing):
    """The acts on the tree."""

    shelf: Shelf

    def refuses_to_write(self) -> bool:
        """Whether the session is open for reading only, so that nothing can be added; says so."""
        words = self.desk.read_only_words
        if words is None:
            return False
        self.say(words, is_problem=True)
        return True

    async def act_on(self, view: ColumnView, message: Message, action: str) -> None:
        """Do what was asked with a message, if it may be written to."""
        if action in WRITING and self.refuses_to_write():
            return
        match action:
            case "delete":
                self._ask_what_to_delete(message)
            case "fork-session":
                await self.fork_session(message.id)
            case "regenerate-with":
                self._regenerate_with(view, message)
            case "continue" if can_continue(message) and not view.is_replying:
                await self._continue(view, message)
            case _:
                await super().act_on(view, message, action)

    async def act_regenerate(self) -> None:
        """Another reply to the current column's last prompt."""
        if not self.refuses_to_write():
            await super().act_regenerate()

    async def act_edit_last(self) -> None:
        """Edit the current column's last prompt."""
        if not self.refuses_to_write():
            await super().act_edit_last()

    # -- more of a reply -------------------------------------------------------------------------------------------

    async def _continue(self, view: ColumnView, message: Message) -> None:
        """Go on from where a reply ended too early, as a message below it."""
        await self.keep_settings()
        column = self.session.columns[view.column_id]
        if column.head != message.id:
            await self.commit([HeadMoved(column.id, now(), message.id)])
            view.show(self.desk)
        view.reply(self.desk, parent=message.id, continues=message.id)

    def _regenerate_with(self, view: ColumnView, message: Message) -> None:
        """Another reply to the same prompt by another model, which the column keeps."""
        if view.is_replying or self.refuses_while_blind():
            return
        column = self.session.columns[view.column_id]
        rows = [row for row in model_rows(self.shelf, "/", column.model) if row.id.startswith(MODEL)]
        known = {row.id for row in rows}
        recent = [
            Row(MODEL + name, name, "used lately") for name in self.state.recent_models if MODEL + name not in known
        ]

        async def picked(row_id: str | None) -> None:
            if row_id is None or view.is_replying:
                return
            await self.turn_to(view.column_id)
            await self.choose_model(row_id.removeprefix(MODEL))
            await Replies.act_on(self, view, message, "regenerate")

        self.app.push_screen(PickDialog("Regenerate with", [*recent, *rows], placeholder="a model"), picked)

    # -- deleting --------------------------------------------------------------------------------------------------

    def _ask_what_to_delete(self, message: Message) -> None:
        """A message with nothing below goes at once, since it can be undone; else the user says how much goes."""
        if self.is_replying:
            self.say("Wait for the reply, or stop it, before something is deleted.", is_problem=True)
            return
        below = sum(not self.session.messages[name].is_deleted for name in self.session.branch(message.id)) - 1

        async def picked(choice: str | None) -> None:
            if choice is not None:
                await self._delete_now(message, with_branch=choice == "branch")

        if not below:
            start_work(self.app, partial(self._delete_now, message, with_branch=True), group="delete")
            return
        what = f"This message and the {below} below it" if below > 1 else "This message and the one below it"
        rows = [Row("branch", what), Row("message", "This message only; what follows stays")]
        self.app.push_screen(PickDialog("Delete", rows), picked)

    async def _delete_now(self, message: Message, *, with_branch: bool) -> None:
        session = self.session
        deletion = delete_branch(session, message.id) if with_branch else delete_message(session, message.id)
        undo = undo_of(session, deletion)

        async def bring_back() -> bool:
            await self.commit(undo)
            self._show_tree_again()
            return True

        await self.commit(deletion)
        self._show_tree_again()
        count = sum(len(event.ids) for event in deletion if isinstance(event, MessagesDeleted))
        words = "The message is" if count == 1 else f"{count} messages are"
        self.keep_undo(f"{words} deleted", Undo(f"{words} back.", session.id, bring_back))

    def _show_tree_again(self) -> None:
        for view in self.views:
            view.show(self.desk)
        if isinstance(self.app.screen, TreeMap):
            self.app.screen.show_again()

    # -- the map ---------------------------------------------------------------------------------------------------

    def act_show_map(self) -> None:
        """Show the tree, to walk it."""
        view = self.current_view
        chart = TreeMap(self.session, self.desk.blind, view.column_id, do_here=self._do_on_map)

        async def chosen(wish: TreeWish | None) -> None:
            message = self.session.messages.get(wish.message_id) if wish is not None else None
            if wish is None or message is None:
                return
            match wish.act:
                case "go":
                    await self.go_to(view, message.id)
                case _:
                    await self.act_on(view, message, wish.act)

        self.app.push_screen(chart, chosen)

    def _do_on_map(self, wish: TreeWish, chart: TreeMap) -> None:
        async def do() -> None:
            message = self.session.messages.get(wish.message_id)
            if wish.act == "undo":
                await self.act_undo_delete()
            elif message is not None and wish.act == "star" and not self.refuses_to_write():
                await self.commit([MessageMarked(message.id, now(), is_starred=not message.is_starred)])
                self._show_tree_again()
            elif message is not None and wish.act == "delete":
                await self.act_on(self.current_view, message, "delete")

        start_work(chart, do, group="map")

    async def go_to(self, view: ColumnView, message_id: str) -> None:
        """Let a column stand at a message."""
        column = self.session.columns[view.column_id]
        if view.is_replying:
            self.say("Wait for the reply, or stop it, before the column moves.", is_problem=True)
        elif column.head != message_id:
            await self.keep_settings()
            await self.commit([HeadMoved(column.id, now(), message_id)])
            view.show(self.desk)
            self.show_columns()

    async def show_message(self, message_id: str, query: str = "") -> None:
        """Show a message with the cursor on it, in whatever column has it; else the current column moves there.

        Args:
            message_id: The message.
            query: Words that were looked for, to be marked.
        """
        session = self.session
        if message_id not in session.messages:
            return
        holding = [
            column.id
            for column in session.columns.values()
            if any(message.id == message_id for message in session.path(column.head))
        ]
        current = self.current_column.id
        column_id = current if current in holding or not holding else holding[0]
        await self.turn_to(column_id)
        view = self.view_of(column_id)
        if not holding:
            await self.go_to(view, session.leaf_below(message_id))
        view.take_focus()
        if query:
            view.transcript.find(query)
        view.transcript.move_cursor(message_id)

    # -- forks -----------------------------------------------------------------------------------------------------

    async def fork_session(self, message_id: str | None) -> None:
        """A new session that begins with the conversation up to a message."""
        if not self.refuses_while_blind() and await self.may_leave():
            await self.keep_settings()
            for view in self.views:
                view.stop()
            for view in self.views:
                await view.finished()  # what came is in the fork, too
            await self.change_desk(self.desks.fork(self.desk, message_id))
            if self.desk.journal is not None:
                await self.desk.journal.flush()  # for the list of sessions
            self.list_sessions()
            self.show_trouble()
            self.say("This is a new session; the one it was forked from is as it was.")

    async def act_fork_session(self) -> None:
        """A new session that begins with the current column's conversation."""
        await self.keep_settings()
        await self.fork_session(self.current_column.head)


def can_continue(message: Message) -> bool:
    """Whether a reply ended before it was over: cut short, stopped, or at the length limit."""
    return message.is_reply and bool(message.text) and (not message.is_complete or message.finish is Finish.LENGTH)
