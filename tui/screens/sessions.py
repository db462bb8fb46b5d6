"""Sessions: a new one, a saved one, a title, and the list of what is saved."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui.domain.blind import shown_columns
from tui.domain.record import SessionMarked, now
from tui.errors import ParleyError
from tui.screens.bench import Bench
from tui.screens.edit_text import TextDialog
from tui.widgets.desk import Desk
from tui.widgets.library_pane import LibraryPane
from tui.widgets.working import start_work

if TYPE_CHECKING:
    from tui.store.index import Summary

MOST_LISTED = 500


class Sessions(Bench):
    """The acts on sessions."""

    is_closing: bool = False

    # -- opening and closing ---------------------------------------------------------------------------------------

    async def open_desk(self) -> None:
        """Show the session on the desk, and put it on record."""
        unrecorded, self.desk.unrecorded = self.desk.unrecorded, []
        if unrecorded:
            await self.desk.conversation.recorder.append(unrecorded)
        self.current_id = shown_columns(self.session)[0].id
        await self.build_columns()
        prompts = [message.text for message in self.session.messages.values() if message.role == "user"]
        self.composer.remember(prompts)
        draft = self.state.drafts.get(self.session.id, "")
        if draft and not self.composer.text:
            self.composer.load_text(draft)
        self.show_settings()
        self.show_trouble()
        self.show_title()
        for problem in self.desks.problems:
            self.say(problem, is_problem=True)
        self.desks.problems.clear()

    async def leave_desk(self) -> None:
        """Stop what is going on, put everything on record, let go of the file."""
        for view in self.views:
            view.stop()
        for view in self.views:
            await view.finished()
        await self.keep_settings()
        if self.desk.journal is not None:
            self.state.remember_draft(self.session.id, "" if self.session.is_empty else self.composer.text)
            if not self.session.is_empty:
                self.state.last_session = self.session.id
            await self.desk.journal.close()

    async def change_desk(self, desk: Desk) -> None:
        """Leave this session and open another."""
        await self.leave_desk()
        draft = self.composer.text if self.session.is_empty else ""
        self.desk = desk
        self.composer.load_text(draft)
        await self.open_desk()
        self.leave_panes()
        self.list_sessions()

    async def act_new_session(self) -> None:
        """A new session with the columns' models as they are now."""
        models = [column.model for column in self.session.columns.values()]
        await self.change_desk(self.desks.new(models))

    async def session_picked(self, event: LibraryPane.SessionPicked) -> None:
        """A saved session is to be opened."""
        if event.session_id == self.session.id:
            self.leave_panes()
            return
        try:
            desk = await asyncio.to_thread(self.desks.open, event.session_id)
        except ParleyError as error:
            self.say(str(error), is_problem=True)
            return
        await self.change_desk(desk)

    def act_rename_session(self) -> None:
        """Give the session a title."""

        async def named(title: str | None) -> None:
            if title is not None:
                await self.commit([SessionMarked(now(), title=" ".join(title.split()))])
                self.show_title()
                self.list_sessions()

        self.app.push_screen(TextDialog("Title of the session", self.session.shown_title, is_line=True), named)

    # -- saving ----------------------------------------------------------------------------------------------------

    async def act_retry_saving(self) -> None:
        """Try again to write what could not be written."""
        if self.desk.journal is not None and self.desk.trouble:
            await self.desk.journal.retry()
            if not self.desk.trouble:
                self.say("Everything is saved again.")
        self.show_trouble()

    # -- listing ---------------------------------------------------------------------------------------------------

    def list_sessions(self) -> None:
        """Show the saved sessions: what the index knows at once, then what is new since."""
        start_work(self.screen, self._list_sessions, group="sessions", exclusive=True)

    async def _list_sessions(self) -> None:
        store = self.desks.store
        if store is None:
            self.left.show_sessions([], "")
            return
        from tui.paths import data_dir
        from tui.store.index import SessionIndex
        from tui.store.indexing import Indexer

        index = SessionIndex(data_dir() / "index.sqlite")
        indexer = Indexer(index, store)
        try:
            self._show_summaries(await asyncio.to_thread(index.summaries, limit=MOST_LISTED))
            if await asyncio.to_thread(indexer.refresh, pause=lambda: self.is_closing):
                self._show_summaries(await asyncio.to_thread(index.summaries, limit=MOST_LISTED))
        finally:
            await asyncio.to_thread(index.close)

    def _show_summaries(self, summaries: list[Summary]) -> None:
        self.left.show_sessions(summaries, self.session.id)
