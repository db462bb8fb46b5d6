"""Titles, pins and tags of sessions that nobody has open here. Refuses to change anything else in a file."""

from __future__ import annotations

from tui.domain.record import SessionMarked
from tui.errors import SessionError
from tui.store.sessions import SessionStore


def mark_session(store: SessionStore, session_id: str, mark: SessionMarked) -> None:
    """Append `mark` to a session's file. Blocks; for a thread.

    Raises:
        SessionError: there is no such session, it is read-only, or the disk does not take it.
    """
    opened = store.open(session_id)
    journal = opened.journal.journal
    try:
        if journal.read_only_words is not None:
            raise SessionError(journal.read_only_words)
        journal.append([mark])
        if journal.trouble is not None:
            raise SessionError(journal.trouble)
    finally:
        journal.close()


def parse_tags(text: str) -> tuple[str, ...]:
    """Tags as a user writes them: divided by commas or spaces, with or without `#`, each once, in order."""
    words = (word.strip().lstrip("#") for word in text.replace(",", " ").split())
    return tuple(dict.fromkeys(word for word in words if word))
