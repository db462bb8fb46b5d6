"""The session that linear mode works on: opening, going on with and leaving one, and putting what is done on record.

Refuses to know the words that begin with /, and to ask anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.chat.connections import Connections
from tui.chat.unavailable import Unavailable
from tui.cli.budget import BudgetGuard
from tui.cli.linear_context import LinearContext
from tui.cli.output import announce
from tui.domain.acts import MOST_COLUMNS, add_column
from tui.domain.record import ColumnChanged, SessionEvent, now
from tui.domain.session import Column, Session
from tui.errors import ConfigError, LocalModelError, ParleyError, SessionError
from tui.screens.desks import Desks
from tui.text.clean import clean_line

if TYPE_CHECKING:
    from tui.config import Config
    from tui.providers.base import Price, Provider
    from tui.widgets.desk import Desk


class LinearSession(LinearContext):
    """An open session."""

    def __init__(self, config: Config, *, is_stored: bool) -> None:
        from tui.paths import sessions_dir
        from tui.store.sessions import SessionStore

        self._config = config
        self._connections = Connections(config, on_status=_announce_status)
        store = SessionStore(sessions_dir()) if is_stored else None
        self._desks = Desks(config, self._connections, store)
        self._desk: Desk = self._desks.new([config.model])
        self._guard = BudgetGuard(config)

    # -- opening and closing -------------------------------------------------------------------------------------------

    async def open(self, models: Sequence[str], resume: str | None) -> None:
        """Open a session as the options say.

        Raises:
            ParleyError: a model or session that cannot be.
        """
        names = [self._connections.canonical(model) for model in models]
        if resume is not None:
            await self._resume(resume)
            if names:
                await self._answer_by(names)
        else:
            self._desk = self._desks.new(names or [self._connections.canonical(self._config.model)])
            announce(f"New session with {self._who()}.")
            if not names:
                await self._say_what_is_missing()

    async def _say_what_is_missing(self) -> None:
        """Where the embedded model is not here: how to get it, and what was found instead."""
        from tui.cli.alternatives import found_words
        from tui.widgets.model_rows import EMBEDDED

        endpoint, _, name = self._config.model.partition("/")
        if endpoint != EMBEDDED or EMBEDDED in self._config.endpoints:
            return
        try:
            self._connections.embedded.model(name)
        except LocalModelError as error:
            announce(str(error))
            if words := await found_words(self._config):
                announce(words)
        except ParleyError:
            pass  # the request fails with the reason

    async def close(self) -> None:
        """Put everything on disk, stop the embedded model, close connections."""
        await self._leave()
        await self._connections.close()

    async def _leave(self) -> None:
        if self._desk.journal is not None:
            await self._desk.journal.close()
        self._guard.remember(self._desk.paid_unstored)

    async def _resume(self, prefix: str) -> None:
        from tui.paths import sessions_dir
        from tui.store.sessions import SessionStore

        store = SessionStore(sessions_dir())
        found = store.find(prefix or store.latest())
        if found == self._session.id:
            announce("This session is open already.")
            return
        desk = self._desks.open(found)
        if desk.blind.is_on:
            if desk.journal is not None:
                await desk.journal.close()
            raise SessionError(
                "This session is being compared blind, which lines cannot do; end that in the app first."
            )
        await self._leave()
        self._desk = desk
        for problem in self._desks.problems:
            announce(problem)
        self._desks.problems.clear()
        path = self._session.path(self._columns[0].head)
        title = clean_line(self._session.shown_title, 80) or "without a title"
        announce(
            f"Session {self._session.id}, {title}: {len(path)} messages, with {self._who()}. /show reads the last."
        )

    async def _answer_by(self, models: list[str]) -> None:
        """The columns, from the first, take these models; missing ones begin where the first is, others fall silent."""
        if len(models) > MOST_COLUMNS:
            raise ConfigError(f"There are at most {MOST_COLUMNS} columns.")
        first = self._columns[0]
        events: list[SessionEvent] = []
        there = [first, *(one for one in self._session.columns.values() if one is not first and one.kind == "chat")]
        for place, model in enumerate(models):
            if place < len(there):
                events.append(ColumnChanged(there[place].id, now(), model=model, is_on=True))
            else:
                events.append(add_column(model, system=first.system, parameters=first.parameters, head=first.head))
        events += [ColumnChanged(one.id, now(), is_on=False) for one in there[len(models) :] if one.is_on]
        await self._commit(events)

    @property
    def _session(self) -> Session:
        return self._desk.session

    @property
    def _columns(self) -> list[Column]:
        return self._session.on_columns or list(self._session.columns.values())[:1]

    def _name(self, column: Column) -> str:
        return clean_line(column.model)

    def _who(self) -> str:
        return ", ".join(self._name(column) for column in self._columns)

    async def _commit(self, events: Sequence[SessionEvent]) -> None:
        """Record what was done; a session that nothing was said in stays off the disk."""
        self._must_be_writable()
        if self._desk.unrecorded:
            self._desk.unrecorded.extend(events)
            for event in events:
                self._session.apply(event)
        else:
            await self._desk.conversation.commit(events, durable=True)
            self._say_trouble()

    async def _record_start(self) -> None:
        unrecorded, self._desk.unrecorded = self._desk.unrecorded, []
        if unrecorded:
            await self._desk.conversation.recorder.append(unrecorded)

    def _must_be_writable(self) -> None:
        if self._desk.read_only_words:
            raise SessionError(self._desk.read_only_words)

    def _say_trouble(self) -> None:
        if self._desk.trouble:
            announce(self._desk.trouble)

    def _provider(self, column: Column) -> Provider:
        try:
            return self._connections.provider(column.model)
        except ParleyError as error:
            return Unavailable(error, column.model.partition("/")[0])

    def _price(self, column: Column) -> Price | None:
        try:
            return self._connections.price(column.model)
        except ParleyError:
            return None  # the request fails with the reason


def _announce_status(words: str) -> None:
    if words:
        announce(words)
