"""A text completion's document as messages: which events an edit amounts to, where a gap was filled.

A document is the text of a column's path, pieces by the user and by the model simply joined. An edit keeps as much of
the path as still stands and puts the rest under it as a new piece; what was there before stays in the tree. An editor
shows neither carriage returns nor other control characters; pieces that a model wrote with them keep them. Refuses to
record and to send.
"""

from __future__ import annotations

from collections.abc import Iterator

from tui.chat.conversation import document
from tui.domain.record import HeadMoved, MessageAdded, SessionEvent, new_id, now
from tui.domain.session import Column, Message, Session
from tui.text.clean import drop_controls


def text_of(session: Session, column: Column) -> str:
    """The document as it stands."""
    for message in session.path(column.head):
        message.settle()
    return document(session, column.head)


def write(session: Session, column: Column, text: str, *, taken_from: str = "") -> list[SessionEvent]:
    """The events that make `text` the column's document; none when it is.

    Args:
        session: The session.
        column: A completion column.
        text: The whole document, as an editor has it.
        taken_from: The message that a new piece is a piece of, when a document is cut for a gap to be filled.
    """
    text = drop_controls(text)
    kept, parent = "", None
    for message, shown in _shown(session, column):
        if not text.startswith(shown):
            break
        kept, parent = shown, message.id
    if len(kept) < len(text):
        added = MessageAdded(new_id(), now(), parent, "user", text[len(kept) :], edited_from=taken_from)
        return [added, HeadMoved(column.id, added.at, added.id)]
    return [] if parent == column.head else [HeadMoved(column.id, now(), parent)]


def as_sent(session: Session, column: Column, before: str) -> str:
    """The document's beginning, as an editor has it, as the model is sent it: with what an editor does not show."""
    kept, sent = "", ""
    for message, shown in _shown(session, column):
        if not before.startswith(shown):
            break
        kept, sent = shown, sent + message.text
    return sent + before[len(kept) :]


def _shown(session: Session, column: Column) -> Iterator[tuple[Message, str]]:
    """The messages of the document, each with the text up to its end as an editor has it."""
    text = shown = ""
    for message in session.path(column.head):
        message.settle()
        is_half = text.endswith("\r")  # of a line end whose other half begins this piece
        text += message.text
        shown = drop_controls(text) if is_half else shown + drop_controls(message.text)
        yield message, shown


def cut(session: Session, column: Column, before: str, after: str) -> tuple[list[SessionEvent], str | None]:
    """The events that put the whole text on record and, beside it, what stands before a gap.

    The column stays at the whole: nothing is lost whatever becomes of the reply, also when none begins.

    Returns:
        The events, and the message that the reply goes under; None: the column's head, there is no gap.
    """
    events = write(session, column, before + after)
    if not after:
        return events, None
    scratch = _copy_with(session, column, events)
    whole = scratch.head or ""
    cutting = write(session, scratch, before, taken_from=whole)
    added = [one for one in cutting if isinstance(one, MessageAdded)]
    at = _copy_with(session, scratch, cutting).head
    if at is None:  # the gap is at the very beginning; a reply without anything above it could not be had again
        added = [MessageAdded(new_id(), now(), None, "user", "", edited_from=whole)]
        at = added[0].id
    return [*events, *added], at


def _copy_with(session: Session, column: Column, events: list[SessionEvent]) -> Column:
    """The column as it will stand after `events`; their messages are in the session then, which is harmless twice."""
    scratch = Column(column.id, column.model, head=column.head)
    for event in events:
        if isinstance(event, HeadMoved):
            scratch.head = event.head
        elif isinstance(event, MessageAdded):
            session.apply(event)
    return scratch


def text_behind(session: Session, column: Column, parent: str | None) -> str:
    """What stands behind the reply under `parent` that filled a gap; empty when it went on at the end."""
    path = session.path(column.head)
    place = next((index for index, message in enumerate(path) if message.is_reply and message.parent == parent), None)
    if place is None:
        return ""
    behind = path[place + 1 :]
    if not behind or behind[0].role != "user" or not behind[0].edited_from:
        return ""
    return "".join(message.text for message in behind)


def last_piece(session: Session, column: Column) -> tuple[int, int]:
    """Where the text that the model wrote last begins and ends, in characters of an editor.

    `(0, 0)` when there is none, or the user has written on since.
    """
    end, found = 0, (0, 0)
    for message, shown in _shown(session, column):
        start, end = end, len(shown)
        if message.is_reply:
            found = (start, end)
        elif not message.edited_from:
            found = (0, 0)
    return found
