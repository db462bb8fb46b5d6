"""What a user does with a session, as events: asking, editing, forking, deleting.

Functions of the session as it stands; they change nothing, and their events are folded in by `Session.apply`. What is
deleted alone, and undoing, are in `deleting`. Nothing here draws, sends or writes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tui.domain.events import Finish
from tui.domain.record import (
    Attachment,
    ColumnAdded,
    ColumnChanged,
    ColumnKind,
    HeadMoved,
    MessageAdded,
    MessageMarked,
    MessagesDeleted,
    ReplyEnded,
    ReplyStarted,
    SessionEvent,
    SessionMarked,
    SessionStarted,
    new_id,
    now,
)
from tui.domain.session import Column, Message, Session

MOST_COLUMNS = 12
"""No act makes more: what two screens do not hold is a job for `parley compare --repeat`."""


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
    """A new session that holds the conversation up to `head`, with the columns; documents only for a document.

    Replies keep all that is known of them but their cost: it was paid once, in the session that is forked.
    """
    path = session.path(head)
    kinds = {one.kind for one in session.columns.values() if head and head in {m.id for m in session.path(one.head)}}
    kept = [one for one in session.columns.values() if one.kind in kinds or not kinds]
    parent = path[-1].id if path else None
    added = {
        one.id: add_column(one.model, system=one.system, parameters=one.parameters, head=parent, kind=one.kind)
        for one in kept
    }
    events: list[SessionEvent] = [start(app=app, forked_from=f"{session.id}/{head or ''}")]
    if session.shown_title:
        events.append(SessionMarked(now(), title=_fork_title(session.shown_title)))
    above: str | None = None
    for message in path:
        message.settle()
        source = added.get(message.column)
        events += _copied(message, above, source.column if source is not None else "")
        above = message.id
    events += added.values()
    events += [ColumnChanged(added[one.id].column, now(), is_on=False) for one in kept if not one.is_on]
    return events


def _fork_title(title: str) -> str:
    """What tells a fork from its source in a list: “title (fork)”, then “title (fork 2)”."""
    found = re.fullmatch(r"(.*) \(fork(?: (\d{1,9}))?\)", title)
    return f"{found[1]} (fork {int(found[2] or 1) + 1})" if found else f"{title} (fork)"


def _copied(message: Message, parent: str | None, column: str) -> list[SessionEvent]:
    """A message as another session is given it, with its marks; a reply that never ended was cut short."""
    marks: list[SessionEvent] = []
    if message.is_starred or message.note:
        marks = [MessageMarked(message.id, now(), message.is_starred, message.note)]
    was_added = message.finish is not None and not message.ended_at and not message.continues
    if not message.is_reply or was_added:
        return [_as_added(message, parent), *marks]
    return [*_as_reply(message, parent, column), *marks]


def _as_added(message: Message, parent: str | None) -> MessageAdded:
    return MessageAdded(
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


def _as_reply(message: Message, parent: str | None, column: str) -> tuple[ReplyStarted, ReplyEnded]:
    started = ReplyStarted(
        message.id,
        message.at,
        parent,
        column,
        message.model,
        message.system,
        message.parameters,
        continues=message.continues,
        sources=message.sources,
    )
    ended = ReplyEnded(
        message.id,
        message.ended_at or message.at,
        message.finish or Finish.CUT_SHORT,
        message.text,
        message.reasoning,
        message.finish_words,
        usage=message.usage,
        timings=message.timings,
        tool_calls=message.tool_calls,
        logprobs=message.logprobs,
        meta=message.meta,
        sent=message.sent,
        error=message.error,
    )
    return started, ended
