"""Opening a desk: a new session or a saved one, with its journal, ready to be talked in. Draws nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui import __version__
from tui.chat.conversation import Conversation, ForgetfulRecorder
from tui.domain.record import ColumnAdded, SessionEvent
from tui.domain.session import Column, Session, add_column, start
from tui.widgets.desk import Desk

if TYPE_CHECKING:
    from tui.chat.connections import Connections
    from tui.chat.fanout import Lanes
    from tui.config import Config
    from tui.store.journal import AsyncJournal
    from tui.store.sessions import SessionStore

APP = f"parley {__version__}"


@dataclass(slots=True)
class Desks:
    """Makes desks for one run of the app."""

    config: Config
    connections: Connections
    store: SessionStore | None = None
    """None keeps nothing."""
    lanes: Lanes | None = None
    problems: list[str] = field(default_factory=list)
    """Sentences about the session that was opened last, to be shown."""

    def new(self, models: Sequence[str]) -> Desk:
        """A new session with a column for each model; nothing is on disk before something is said."""
        config = self.config
        return self._begun([add_column(model, system=config.system, parameters=config.parameters) for model in models])

    def like(self, columns: Iterable[Column]) -> Desk:
        """A new session with columns like `columns`, settings and all."""
        return self._begun(
            [add_column(one.model, system=one.system, parameters=one.parameters, kind=one.kind) for one in columns]
        )

    def _begun(self, added: Iterable[ColumnAdded]) -> Desk:
        session = Session()
        started = start(app=APP)
        journal = self.store.create(started.id) if self.store is not None else None
        events: list[SessionEvent] = [started, *added]
        for event in events:
            session.apply(event)
        conversation = Conversation(session, journal or ForgetfulRecorder())
        return self._desk(conversation, journal, events)

    def open(self, prefix: str) -> Desk:
        """A saved session; the last one when `prefix` is empty.

        Raises:
            SessionError: there is none, or it cannot be read.
        """
        from tui.store.sessions import SessionStore

        store = self.store
        if store is None:  # nothing is kept of what is said now, but the past can be read
            from tui.paths import sessions_dir

            store = SessionStore(sessions_dir())
            read = store.read(prefix or store.latest())
            self.problems.extend(read.problems)
            return self._reopened(Conversation(read.session, ForgetfulRecorder()), None)
        opened = store.open(prefix or store.latest())
        self.problems.extend(opened.problems)
        return self._reopened(Conversation(opened.session, opened.journal), opened.journal)

    def _reopened(self, conversation: Conversation, journal: AsyncJournal | None) -> Desk:
        """A session whose columns were all closed gets one again, where its newest message is."""
        session = conversation.session
        events: list[SessionEvent] = []
        if not session.columns:
            head = next(reversed(session.messages), None)
            events = [add_column(self.config.model, system=self.config.system, head=head)]
            session.apply(events[0])
        return self._desk(conversation, journal, events)

    def _desk(self, conversation: Conversation, journal: AsyncJournal | None, unrecorded: list[SessionEvent]) -> Desk:
        from tui.chat.fanout import Lanes

        if self.lanes is None:
            self.lanes = Lanes()
        return Desk(conversation, self.connections, journal, self.lanes, unrecorded=unrecorded)
