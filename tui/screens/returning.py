"""Where one was: what is remembered while the app runs, so that the next start, or one after a crash, goes on there.

Refuses to go back by itself: `opening` does, at the start.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from functools import partial
from typing import Any

from tui.errors import SessionError
from tui.paths import data_dir
from tui.screens.bench import Bench
from tui.screens.host import host_of
from tui.store.standing import Standing
from tui.text.clean import clean_line
from tui.widgets.beginning import Beginning
from tui.widgets.working import start_work

STANDING_FOLDER = "open"


class Returning(Bench):
    """The acts of coming back."""

    _standing: Standing | None = None
    _saved_state: dict[str, Any] | None = None

    def remember_place(self) -> None:
        """Note which session is open and how the screen is; on disk soon."""
        if self.desks.store is None:
            return
        self.screen.note(self.state)
        is_kept = self.desk.journal is not None and not self.session.is_empty and self.desk.read_only_words is None
        if is_kept:
            self.state.last_session = self.session.id
            self.state.last_models = [column.model for column in self.session.columns.values()]
            if not self.state.was_welcomed:
                self.state.was_welcomed = True
        start_work(self.screen, partial(self._keep_place, self.session.id if is_kept else ""), group="place")

    async def _keep_place(self, session_id: str) -> None:
        if self._standing is None:
            self._standing = Standing(data_dir() / STANDING_FOLDER)
        await asyncio.to_thread(self._standing.note, session_id)
        values = asdict(self.state)
        if values != self._saved_state:
            self._saved_state = values
            await asyncio.to_thread(host_of(self.app).opening.save_state)

    def forget_place(self) -> None:
        """The app ends as it should: nothing has to be gone back to."""
        if self._standing is not None:
            self._standing.clear()

    @property
    def last_session_title(self) -> str:
        """The title of the session that was open last; empty when there is none, or it is the one that is open."""
        last = self.state.last_session
        if not last or last == self.session.id or self.desk.blind.is_on:
            return ""
        return self.left.title_of(last)

    def act_last_session(self) -> None:
        """Go on in the session that was open last."""
        start_work(self.screen, self._go_on_in_last, group="opening")

    async def _go_on_in_last(self) -> None:
        last = self.state.last_session or await asyncio.to_thread(self._newest)
        if not last or last == self.session.id:
            self.say("This is the session that was open last." if last else "There is no other session yet.")
        elif await self.open_session(last):
            self.say(f"“{clean_line(self.session.shown_title, 40)}” is open again.")

    def _newest(self) -> str:
        """The session that changed last, such as one from the command line; empty when there is none."""
        try:
            return self.desks.library.latest()
        except SessionError:
            return ""

    async def beginning_chosen(self, event: Beginning.Chosen) -> None:
        """A line of an empty column was clicked."""
        if event.act in ("commands", "help"):
            await self.app.run_action(event.act)
        elif event.act != "new-line":
            await self.screen.action_act(event.act)
