"""Opening a desk: a new session or a saved one, with its journal, ready to be talked in. Draws nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui import __version__
from tui.chat.conversation import Conversation, ForgetfulRecorder
from tui.chat.passing import PassingRecorder
from tui.domain.acts import MOST_COLUMNS, add_column, answer_by, fork_session, start
from tui.domain.arrangement import Arrangement, arranged
from tui.domain.record import ColumnAdded, SessionEvent
from tui.domain.session import Column, Session
from tui.errors import ConfigError, SessionError
from tui.widgets.desk import Desk

if TYPE_CHECKING:
    from tui.chat.connections import Connections
    from tui.chat.fanout import Lanes
    from tui.config import Config
    from tui.store.attachments import AttachmentStore
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
    is_free_choice: bool = False
    """Whether nobody chose the model of the first session: not the user, and not an earlier run."""

    @property
    def library(self) -> SessionStore:
        """The saved sessions; they can be read and kept in order also while nothing new is stored."""
        if self.store is not None:
            return self.store
        from tui.paths import sessions_dir
        from tui.store.sessions import SessionStore

        return SessionStore(sessions_dir(), redactor=self.connections)

    def new(self, models: Sequence[str], *, has_documents: bool = False) -> Desk:
        """A new session with a column for each model; nothing is on disk before something is said.

        Where there can be documents, a model that cannot chat gets one.
        """
        added = [
            self._column(model, is_document=has_documents and self.connections.only_completes(model))
            for model in models
        ]
        return self._desk_of([start(app=APP), *added], is_stored=True)

    def _column(self, model: str, *, is_document: bool) -> ColumnAdded:
        parameters = self.config.parameters
        if is_document:
            return add_column(model, parameters=parameters, kind="completion")
        return add_column(model, system=self.config.system, parameters=parameters)

    def like(
        self, columns: Iterable[Column], *, is_stored: bool = True, arrangement: Arrangement | None = None
    ) -> Desk:
        """A new session with columns like `columns`, settings and all; never on disk unless `is_stored`.

        An `arrangement` of `columns` becomes that of the new ones.
        """
        columns = list(columns)
        added = [add_column(one.model, system=one.system, parameters=one.parameters, kind=one.kind) for one in columns]
        events: list[SessionEvent] = [start(app=APP), *added]
        if arrangement is not None:
            ids = {one.id: new.column for one, new in zip(columns, added, strict=True)}
            events.append(arranged(Session.from_events(events), arrangement.renamed(ids)))
        return self._desk_of(events, is_stored=is_stored)

    def fork(self, desk: Desk, head: str | None) -> Desk:
        """A new session with the conversation up to `head`; what was never stored stays so."""
        events = fork_session(desk.session, head, app=APP)
        return self._desk_of(events, is_stored=desk.journal is not None)

    def _desk_of(self, events: list[SessionEvent], *, is_stored: bool) -> Desk:
        session = Session.from_events(events)
        journal = self.store.create(session.id) if self.store is not None and is_stored else None
        conversation = Conversation(session, journal or PassingRecorder())
        return self._desk(conversation, journal, events)

    def open(self, prefix: str) -> Desk:
        """A saved session; the last one when `prefix` is empty.

        Raises:
            SessionError: there is none, or it cannot be read.
        """
        library = self.library
        if self.store is None:  # nothing is kept of what is said now, but the past can be read
            read = library.read(prefix or library.latest())
            self.problems.extend(read.problems)
            return self._reopened(Conversation(read.session, PassingRecorder()), None)
        opened = library.open(prefix or library.latest())
        self.problems.extend(opened.problems)
        # What one does in a session that must stay as it is, such as walking it, is not to be written.
        recorder = ForgetfulRecorder() if opened.journal.read_only_words else opened.journal
        return self._reopened(Conversation(opened.session, recorder), opened.journal)

    def glimpse(self, prefix: str) -> Session | None:
        """The end of a saved session that takes a while to open; None where it does not, or cannot be shown so."""
        from tui.store.glimpse import read_glimpse

        try:
            return read_glimpse(self.library.path(self.library.find(prefix or self.library.latest())))
        except SessionError:
            return None  # opening it says why

    def keep(self, session_id: str, attachments: AttachmentStore) -> AsyncJournal:
        """The journal of a session that is to be stored after all; its attachments are on disk when this returns.

        Raises:
            SessionError: its file is open for reading only, or an attachment cannot be written.
        """
        from tui.store.attachments import PassingAttachments

        library = self.library
        if library.path(session_id).is_file():  # it was read from there, and went on in memory
            journal = library.open(session_id).journal
            if journal.read_only_words is not None:
                raise SessionError(journal.read_only_words)
        else:
            journal = library.create(session_id)
        if isinstance(attachments, PassingAttachments):
            attachments.keep_on_disk()
        return journal

    def answer_by(self, desk: Desk, models: Sequence[str]) -> None:
        """Let these models answer in a saved session from now on; on record once it is shown.

        Raises:
            ConfigError: there are too many of them, or the session's columns must stay as they are.
        """
        if len(models) > MOST_COLUMNS:
            raise ConfigError(f"There are at most {MOST_COLUMNS} columns.")
        if desk.blind.is_on:
            raise ConfigError("This session is being compared blind, so its models stay; open it without -m.")
        if desk.read_only_words:
            raise ConfigError(f"{desk.read_only_words} Its models stay; open it without -m.")
        events = answer_by(desk.session, models)
        for event in events:
            desk.session.apply(event)
        desk.unrecorded.extend(events)

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
        from tui.store.attachments import PassingAttachments

        if self.lanes is None:
            self.lanes = Lanes()
        passing = PassingAttachments(self.library.folder)
        desk = Desk(conversation, self.connections, passing, journal, self.lanes, unrecorded=unrecorded)
        self.attach(desk)
        return desk

    def attach(self, desk: Desk) -> None:
        """Have a desk's attachments read from, and put, where its session is: on disk, or in memory."""
        from tui.chat.attached import AttachedFiles
        from tui.store.attachments import AttachmentStore

        if desk.journal is not None:
            desk.attachments = AttachmentStore(self.library.folder)
        desk.conversation.attached = AttachedFiles(desk.attachments, self.connections.takes_images)
