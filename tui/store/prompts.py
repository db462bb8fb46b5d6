"""The prompts of all sessions, from the index: what the composer's history walks and its search looks through.

Nothing is kept for it: a prompt stands in its session's file, and in the index made from that. Chats that are never
stored are not in it. Refuses to fail because of a broken index.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from tui.store.index import IndexDamaged, SessionIndex

LONGEST_CHARS = 20_000
"""A longer prompt is no line of a list; it is found in its session."""

_QUERY = """
SELECT texts.body, parts.at, parts.session FROM parts JOIN texts ON texts.rowid = parts.rowid
WHERE parts.role = 'user' AND parts.part = 'text' AND NOT parts.is_deleted
ORDER BY parts.rowid DESC LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class PastPrompt:
    """Something that was asked."""

    text: str
    at: str
    session_id: str


def newest_prompts(index: SessionIndex, *, limit: int) -> list[PastPrompt]:
    """The newest prompts, newest first, each text once."""
    found: dict[str, PastPrompt] = {}
    try:
        with index.connected() as connection:
            for text, at, session_id in connection.execute(_QUERY, (limit,)):
                if text.strip() and len(text) <= LONGEST_CHARS:
                    found.setdefault(text, PastPrompt(text, at, session_id))
    except (IndexDamaged, sqlite3.OperationalError):
        return list(found.values())  # the refresher mends it
    return list(found.values())
