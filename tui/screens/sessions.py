"""Sessions: a new one, a saved one, a title, and the list of what is saved.

Refuses to know the files: `tui.store.sessions` does.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui.chat.passing import PassingRecorder
from tui.domain.blind import shown_columns
from tui.domain.draft import Draft
from tui.errors import ParleyError
from tui.screens.host import host_of
from tui.screens.prompts import Prompts
from tui.widgets.desk import Desk
from tui.widgets.library_pane import LibraryPane
from tui.widgets.working import start_work

if TYPE_CHECKING:
    from tui.store.async_index import AsyncIndex

MOST_LISTED = 500


class Sessions(Prompts):
    """The acts on sessions."""

    _index: AsyncIndex | None = None
    _is_listed: bool = False
    """Whether the index was brought up to date in this run; what is said here is added to it as it is said."""

    # -- opening and closing ---------------------------------------------------------------------------------------

    async def open_desk(self, carried: Draft | None = None) -> None:
        """Show the session on the desk, and put it on record; `carried` is a draft that comes along."""
        unrecorded, self.desk.unrecorded = self.desk.unrecorded, []
        if unrecorded:
            await self.desk.conversation.recorder.append(unrecorded)
        self.current_id = shown_columns(self.session)[0].id
        await self.build_columns()
        self.remember_prompts()
        await self.show_draft(carried)
        self.show_settings()
        self.show_trouble()
        self.show_title()
        self.remember_place()
        self.show_beginnings()
        for problem in self.desks.problems:
            self.say(problem, is_problem=True)
        self.desks.problems.clear()
        self.screen.call_after_refresh(self._go_to_document)

    def _go_to_document(self) -> None:
        """A session that is one document is written in its editor, unless the user has begun with something else."""
        is_document = len(self.session.columns) == 1 and self.current_column.kind == "completion"
        if is_document and self.screen.focused is self.composer and not self.composer.text:
            self.current_view.take_focus()

    async def leave_desk(self) -> None:
        """Stop what is going on, put everything on record, let go of the file."""
        for view in self.views:
            view.stop()
        for view in self.views:
            await view.finished()
        await self.keep_settings()
        await self.leave_draft()
        if self.desk.journal is not None:
            if not self.session.is_empty:
                self.state.last_session = self.session.id
            await self.desk.journal.close()
        await self._keep_spent()

    async def _keep_spent(self) -> None:
        """Where a day has a ceiling, let what a session that is gone now took count until midnight."""
        paid = self.desk.paid_unstored
        if paid and self.desks.config.budget.day_usd is not None:
            from tui.store.spending import keep_spent

            await asyncio.to_thread(keep_spent, self.desks.library.folder, paid)

    async def change_desk(self, desk: Desk) -> None:
        """Leave this session and open another."""
        async with self._changing:
            # From one session without a word to another, as one that is never stored, what was written comes along.
            carried = self.take_draft_along() if self.session.is_empty and desk.session.is_empty else None
            await self.leave_desk()
            self.desk = desk
            await self.open_desk(carried)
            self.leave_panes()
            self.app.call_later(self._go_to_document)  # behind the focus that the composer was just given
            self.list_sessions()

    async def act_new_session(self) -> None:
        """A new session with columns like those here."""
        await self.keep_settings()
        usual = (self.desks.config.system, dict(self.desks.config.parameters))
        is_changed = any((one.system, dict(one.parameters)) != usual for one in self.session.columns.values())
        desk = self._desk_like_this()
        await self._begin_anew(desk)
        if is_changed and self.desk is desk:
            self.say("A new session; system prompts and parameters are as they were.")

    async def act_new_unsaved(self) -> None:
        """A new session that never touches the disk, with columns like those here."""
        await self.keep_settings()
        await self._begin_anew(self._desk_like_this(is_stored=False))
        self.say("Nothing of this session is stored; when it is left, it is gone.")

    def _desk_like_this(self, *, is_stored: bool = True) -> Desk:
        columns = self.session.columns.values()
        # What is folded in a blind session would have its name in the next one.
        arrangement = None if self.desk.blind.is_on else self.arrangement
        return self.desks.like(columns, is_stored=is_stored, arrangement=arrangement)

    async def act_keep_session(self) -> None:
        """Store a session that was not to be stored: what was said so far, and what comes."""
        desk = self.desk
        recorder = desk.conversation.recorder
        if not isinstance(recorder, PassingRecorder):
            self.say(desk.read_only_words or "This session is stored.", is_problem=bool(desk.read_only_words))
            return
        try:
            journal = await asyncio.to_thread(self.desks.keep, self.session.id, desk.attachments)
        except ParleyError as error:
            self.say(str(error), is_problem=True)
            return
        desk.journal = desk.conversation.recorder = journal
        self.desks.attach(desk)
        await journal.append(recorder.events, durable=True)
        self.keep_draft_soon()
        self.show_trouble()
        self.show_destination()
        self.list_sessions()
        if not desk.trouble:
            self.say("This session is stored from now on, with all that was said in it.")

    async def _begin_anew(self, desk: Desk) -> None:
        if await self.may_leave():
            await self.change_desk(desk)

    def session_picked(self, event: LibraryPane.SessionPicked) -> None:
        """A saved session is to be opened."""

        async def open_it() -> None:
            await self.open_session(event.session_id)

        start_work(self.screen, open_it, group="opening")  # beside the screen, which shows its end meanwhile

    async def open_session(self, session_id: str) -> bool:
        """Open a saved session; returns whether it is open."""
        if session_id == self.session.id:
            self.leave_panes()
            return True
        if not await self.may_leave():
            return False
        host_of(self.screen.app).hold_keys()  # they are meant for the session that is about to be there
        try:
            await self.screen.show_glimpse(await asyncio.to_thread(self.desks.glimpse, session_id))
            desk = await asyncio.to_thread(self.desks.open, session_id)
            await self.change_desk(desk)
        except ParleyError as error:
            self.say(str(error), is_problem=True)
            return False
        finally:
            await self.screen.show_glimpse(None)
            host = host_of(self.screen.app)
            host.call_later(host.take_typed_ahead)  # when the focus is where it will be
        return True

    # -- saving ----------------------------------------------------------------------------------------------------

    async def act_retry_saving(self) -> None:
        """Try again to write what could not be written."""
        if self.desk.journal is not None and self.desk.trouble:
            await self.desk.journal.retry()
            if not self.desk.trouble:
                self.say("Everything is saved again.")
        else:
            self.say("Everything is saved." if self.desk.journal is not None else "Nothing of this session is stored.")
        self.show_trouble()

    async def may_leave(self) -> bool:
        """Whether nothing is lost by leaving the session: all is on disk, or a last try has put it there."""
        if self.desk.journal is None or not self.desk.trouble or self.desk.journal.is_saved:
            return True
        await self.desk.journal.retry()
        self.show_trouble()
        if self.desk.trouble:
            self.say(f"{self.desk.trouble} Leaving now would lose it.", is_problem=True)
        return not self.desk.trouble

    # -- listing ---------------------------------------------------------------------------------------------------

    @property
    def index(self) -> AsyncIndex:
        """Where saved sessions are found."""
        if self._index is None:
            from tui.paths import data_dir
            from tui.store.async_index import AsyncIndex

            self._index = AsyncIndex(data_dir() / "index.sqlite", self.desks.library)
        return self._index

    def list_sessions(self) -> None:
        """Show the saved sessions: what the index knows at once, then what is new since."""
        start_work(self.screen, self._list_sessions, group="sessions", exclusive=True)

    async def _list_sessions(self) -> None:
        index, session_id = self.index, self.session.id
        if self._is_listed:
            await index.update(session_id)
            await self._show_summaries()
            return
        await self._show_summaries()
        changed = await index.refresh()
        self._is_listed = True
        if changed:
            await self._show_summaries()

    async def _show_summaries(self) -> None:
        summaries = await self.index.summaries(limit=MOST_LISTED)
        self.left.show_sessions(summaries, self.session.id)
        self.show_beginnings()

    async def leave_library(self) -> None:
        """Let go of the index for good: who still asks it finds nothing."""
        if self._index is not None:
            await self._index.close()
