"""The session of one row of a comparison: begun, or taken up where a run was interrupted. Asks nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tui.chat.conversation import Conversation, ForgetfulRecorder, reply_ended
from tui.cli.opening import APP
from tui.domain import acts
from tui.domain.record import HeadMoved, SessionEvent, now
from tui.domain.reply import Reply
from tui.domain.session import Column, Session
from tui.errors import SessionError

if TYPE_CHECKING:
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
        for choice in reply.choices:
            started = acts.begin_reply(column, self.prompt_id, choice=choice.index)
            events += [started, reply_ended(started, reply, choice)]
            if choice.index == 0:
                events.append(HeadMoved(column.id, now(), started.id))
        await self.conversation.commit(events, durable=True)

    async def close(self) -> None:
        """Write what waits, and let go of the file."""
        if self.journal is not None:
            await self.journal.close()


async def begin(
    models: Sequence[str], system: str, parameters: Mapping[str, Any], store: SessionStore | None
) -> RowSession:
    """A new session with a column for each of `models`; without a store it is kept nowhere."""
    started = acts.start(app=APP)
    added = [acts.add_column(model, system=system, parameters=parameters) for model in models]
    session = Session()
    journal = store.create(started.id) if store is not None else None
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
