"""What a user does with a session, as events: asking, editing, forking, deleting.

Functions of the session as it stands; they change nothing, and their events are folded in by `Session.apply`. What is
deleted alone, and undoing, are in `deleting`. Nothing here draws, sends or writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tui.domain.record import (
    Attachment,
    ColumnAdded,
    ColumnChanged,
    ColumnKind,
    HeadMoved,
    MessageAdded,
    MessagesDeleted,
    ReplyStarted,
    SessionEvent,
    SessionStarted,
    new_id,
    now,
)
from tui.domain.session import Column, Session


def start(*, app: str, forked_from: str = "") -> SessionStarted:
    """A new session."""
    return SessionStarted(id=new_id(), at=now(), app=app, forked_from=forked_from)


def add_column(
    model: str,
    *,
    system: str = "",
    parameters: Mapping[str, Any] | None = None,
    head: str | None = None,
    kind: ColumnKind = "chat",
    position: int | None = None,
) -> ColumnAdded:
    """A new column; a fork when `head` is somebody else's message."""
    return ColumnAdded(new_id(6), now(), model, system, dict(parameters or {}), head, kind, position)


def answer_by(session: Session, models: Sequence[str]) -> list[SessionEvent]:
    """From now on these models answer, from the left: columns that are there take them, missing ones are added.

    An added column begins where the first one is. Columns beyond the models are switched off. Text completions keep
    theirs.
    """
    there = [column for column in session.columns.values() if column.kind == "chat"]
    first = next((column for column in there if column.is_on), there[0] if there else None)
    there.sort(key=lambda column: column is not first)
    events: list[SessionEvent] = []
    for place, model in enumerate(models):
        if place < len(there):
            events.append(ColumnChanged(there[place].id, now(), model=model, is_on=True))
        elif first is not None:
            events.append(add_column(model, system=first.system, parameters=first.parameters, head=first.head))
        else:
            events.append(add_column(model, head=next(reversed(session.messages), None)))
    return [*events, *(ColumnChanged(one.id, now(), is_on=False) for one in there[len(models) :] if one.is_on)]


def ask(
    session: Session, columns: Sequence[Column], text: str, attachments: tuple[Attachment, ...] = ()
) -> list[MessageAdded | HeadMoved]:
    """A prompt to `columns`: one message per distinct head, shared by the columns that stand there."""
    events: list[MessageAdded | HeadMoved] = []
    at = now()
    asked: dict[str | None, str] = {}
    for column in columns:
        message_id = asked.get(column.head)
        if message_id is None:
            message_id = asked[column.head] = new_id()
            events.append(MessageAdded(message_id, at, column.head, "user", text, attachments))
        events.append(HeadMoved(column.id, at, message_id))
    return events


def edit(
    session: Session, column: Column, message_id: str, text: str, attachments: tuple[Attachment, ...] | None = None
) -> list[MessageAdded | HeadMoved]:
    """Another wording of an earlier message: a sibling, which becomes the column's head."""
    old = session.messages[message_id]
    at = now()
    kept = old.attachments if attachments is None else attachments
    added = MessageAdded(new_id(), at, old.parent, old.role, text, kept, old.model, edited_from=old.id)
    return [added, HeadMoved(column.id, at, added.id)]


def begin_reply(
    column: Column, parent: str | None, *, choice: int = 0, continues: str = "", sources: tuple[str, ...] = ()
) -> ReplyStarted:
    """A reply of `column` under `parent`, with the settings in force."""
    return ReplyStarted(
        id=new_id(),
        at=now(),
        parent=parent,
        column=column.id,
        model=column.model,
        system=column.system,
        parameters=dict(column.parameters),
        choice=choice,
        continues=continues,
        sources=sources,
    )


def delete_branch(session: Session, message_id: str) -> list[MessagesDeleted | HeadMoved]:
    """Take a message and all below it away; heads inside the branch go to its parent."""
    at, branch = now(), session.branch(message_id)
    ids = tuple(name for name in branch if not session.messages[name].is_deleted)
    parent = session.messages[message_id].parent
    gone = set(branch)
    moved = [HeadMoved(column.id, at, parent) for column in session.columns.values() if column.head in gone]
    return [MessagesDeleted(ids, at), *moved]


def fork_session(session: Session, head: str | None, *, app: str) -> list[SessionEvent]:
    """A new session that holds the conversation up to `head`, with the columns that led there."""
    kept = session.path(head)
    events: list[SessionEvent] = [start(app=app, forked_from=f"{session.id}/{head or ''}")]
    parent: str | None = None
    for message in kept:
        events.append(
            MessageAdded(
                message.id,
                message.at,
                parent,
                message.role,
                message.text,
                message.attachments,
                message.model,
                message.sources,
                reasoning=message.reasoning,
                finish=message.finish,
                left_out=message.left_out,
            )
        )
        parent = message.id
    for column in session.columns.values():
        events.append(
            add_column(column.model, system=column.system, parameters=column.parameters, head=parent, kind=column.kind)
        )
    return events
