"""The session of one row of a comparison: begun, or taken up where a run was interrupted. Asks nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tui.chat.conversation import Conversation, ForgetfulRecorder, reply_ended
from tui.cli.opening import APP
from tui.domain import acts
from tui.domain.record import HeadMoved, SessionEvent, now
from tui.domain.reply import Reply
from tui.domain.session import Column, Session
from tui.errors import SessionError
from tui.paths import sync_dir
from tui.store.lines import sync_file

if TYPE_CHECKING:
    from pathlib import Path

    from tui.store.journal import AsyncJournal
    from tui.store.sessions import SessionStore


@dataclass(frozen=True, slots=True)
class RowSession:
    """An open session with a column for each model."""

    conversation: Conversation
    columns: tuple[Column, ...]
    journal: AsyncJournal | None
    """None when nothing is stored."""
    prompt_id: str | None = None
    """The prompt's message, where an earlier run had recorded it."""

    @property
    def id(self) -> str | None:
        """What the session is called on disk."""
        return self.conversation.session.id if self.journal is not None else None

    async def restore(self, column: Column, reply: Reply) -> None:
        """Put a reply on record that an earlier run got, unless it is there."""
        session = self.conversation.session
        for message in session.messages.values():
            if message.is_reply and message.column == column.id and message.text == reply.text:
                if column.head != message.id:
                    await self.conversation.commit([HeadMoved(column.id, now(), message.id)])
                if message.finish == reply.finish:
                    return
        events: list[SessionEvent] = []
        for place, choice in enumerate(reply.choices):
            started = acts.begin_reply(column, self.prompt_id, choice=place)
            events += [started, reply_ended(started, reply, choice)]
            if place == 0:
                events.append(HeadMoved(column.id, now(), started.id))
        await self.conversation.commit(events, durable=True)

    async def close(self) -> str:
        """Write what waits, and let go of the file; gives lasting words about what could not be written."""
        if self.journal is None:
            return ""
        await self.journal.close()
        return self.journal.trouble or ""


class Writer:
    """Makes the journals of a run, and sees to the disk.

    Of a run over many prompts each write is with the system before its request leaves, so that not even SIGKILL loses
    it, and on the disk soon after its row has ended: to wait for the disk three times a row would make the disk the
    bottleneck.
    """

    def __init__(self, *, is_batch: bool) -> None:
        """A writer for a run over many prompts, or for a single one."""
        self._is_batch = is_batch
        self._syncing = ThreadPoolExecutor(1, thread_name_prefix="parley-sync")
        self._folder: Path | None = None

    def journal(self, store: SessionStore, session_id: str) -> AsyncJournal:
        """The journal of a new session."""
        self._folder = store.folder
        return store.create(session_id, is_synced=not self._is_batch)

    def wrote(self, table: RowSession) -> None:
        """A row's session is closed: see to it that it reaches the disk."""
        if self._is_batch and table.journal is not None:
            self._syncing.submit(sync_file, table.journal.journal.path)

    def close(self) -> None:
        """Return when everything is on the disk."""
        self._syncing.shutdown()
        if self._is_batch and self._folder is not None and self._folder.is_dir():
            sync_dir(self._folder)


async def begin(
    models: Sequence[str],
    system: str,
    parameters: Mapping[str, Any],
    store: SessionStore | None,
    writer: Writer | None = None,
) -> RowSession:
    """A new session with a column for each of `models`; without a store it is kept nowhere."""
    started = acts.start(app=APP)
    added = [acts.add_column(model, system=system, parameters=parameters) for model in models]
    session = Session()
    journal = writer.journal(store, started.id) if store is not None and writer is not None else None
    conversation = Conversation(session, journal or ForgetfulRecorder())
    await conversation.commit([started, *added])
    return RowSession(conversation, tuple(session.columns[event.column] for event in added), journal)


async def take_up(found_id: str, models: Sequence[str], prompt: str, store: SessionStore) -> RowSession | None:
    """The session that an interrupted run had begun for this row; None when it is not there as it was."""
    try:
        opened = store.open(found_id)
    except SessionError:
        return None
    session = opened.session
    columns = tuple(session.columns.values())
    asked = next((one for one in session.messages.values() if not one.is_reply and not one.is_deleted), None)
    is_as_it_was = asked is not None and asked.text == prompt and [one.model for one in columns] == list(models)
    if not is_as_it_was or opened.journal.read_only_words or opened.journal.has_company:
        await opened.journal.close()
        return None
    table = RowSession(Conversation(session, opened.journal), columns, opened.journal)
    return replace(table, prompt_id=asked.id if asked is not None else None)
