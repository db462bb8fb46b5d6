"""What tests of imports look at: the one session that came, and its words."""

from __future__ import annotations

from tui.domain.session import Message, Session
from tui.store.sessions import SessionStore

PNG = b"\x89PNG\r\n\x1a\npicture"


def the_session(store: SessionStore) -> Session:
    (entry,) = store.entries()
    return store.read(entry.id).session


def talk(session: Session) -> list[tuple[str, str]]:
    """Role and text along the first column's way."""
    column = next(iter(session.columns.values()))
    return [(message.role, message.text) for message in session.path(column.head)]


def by_text(session: Session, text: str) -> Message:
    return next(message for message in session.messages.values() if message.text == text)
