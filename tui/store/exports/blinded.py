"""A session as events that tell nothing of its models, for exports while its columns are compared blind.

Not the events as they happened: their order, and the moments between them, would tell which column came first and
which one was fast. What is written instead leads to the same session, as `tui.domain.blind.masked` shows it. This
module refuses to decide when a session is blind.
"""

from __future__ import annotations

from collections.abc import Iterator

from tui.domain.blind import masked
from tui.domain.record import (
    ColumnAdded,
    ColumnChanged,
    HeadMoved,
    MessageAdded,
    MessageMarked,
    MessagesDeleted,
    ReplyEnded,
    ReplyStarted,
    ReplyText,
    SessionEvent,
    SessionMarked,
    SessionStarted,
)
from tui.domain.session import Message, Session


def blinded(session: Session) -> list[SessionEvent]:
    """The events of a masked copy: columns in the order of their letters, replies as if all had come at once."""
    copy = masked(session)
    found: list[SessionEvent] = [SessionStarted(copy.id, copy.at, copy.app, copy.forked_from)]
    for column in copy.columns.values():
        found.append(ColumnAdded(column.id, copy.at, column.model, kind=column.kind))
        if not column.is_on:
            found.append(ColumnChanged(column.id, copy.at, is_on=False))
    for message in copy.messages.values():
        found += _said(message)
    found += [HeadMoved(column.id, copy.at, column.head) for column in copy.columns.values() if column.head]
    gone = tuple(message.id for message in copy.messages.values() if message.is_deleted)
    if gone:
        found.append(MessagesDeleted(gone, copy.at))
    return [*found, SessionMarked(copy.at, copy.title, copy.is_pinned, copy.tags, copy.layout)]


def _said(message: Message) -> Iterator[SessionEvent]:
    at = message.at
    if not message.is_reply:
        yield MessageAdded(
            message.id,
            at,
            message.parent,
            message.role,
            message.text,
            message.attachments,
            sources=message.sources,
            edited_from=message.edited_from,
            left_out=message.left_out,
        )
    else:
        choice, column = message.choice, message.column
        yield ReplyStarted(
            message.id,
            at,
            message.parent,
            column,
            message.model,
            choice=choice,
            continues=message.continues,
            sources=message.sources,
        )
        if message.finish is None:
            yield ReplyText(message.id, message.text)
        else:
            yield ReplyEnded(message.id, at, message.finish, message.text)
    if message.is_starred or message.note:
        yield MessageMarked(message.id, at, message.is_starred, message.note)
