"""Taking messages out of sight and bringing them back, as events. Nothing is removed from a session file."""

from __future__ import annotations

from collections.abc import Sequence

from tui.domain.record import HeadMoved, MessagesDeleted, MessagesRestored, now
from tui.domain.session import Session


def delete_message(session: Session, message_id: str) -> list[MessagesDeleted | HeadMoved]:
    """Take one message away and keep what follows it; heads on it go to its parent."""
    at, parent = now(), session.messages[message_id].parent
    moved = [HeadMoved(column.id, at, parent) for column in session.columns.values() if column.head == message_id]
    return [MessagesDeleted((message_id,), at), *moved]


def undo_of(session: Session, deletion: Sequence[MessagesDeleted | HeadMoved]) -> list[MessagesRestored | HeadMoved]:
    """What brings a deletion back, heads included; to be asked before the deletion is folded in."""
    at = now()
    found: list[MessagesRestored | HeadMoved] = []
    for event in deletion:
        if isinstance(event, MessagesDeleted):
            found.append(MessagesRestored(event.ids, at))
        else:
            found.append(HeadMoved(event.column, at, session.columns[event.column].head))
    return found
