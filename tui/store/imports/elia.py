"""Elia's `elia.sqlite`: chats and their messages.

Source: Elia's schema, versions 0.4 to 1.10. A message has role, content, time and model, and may name its parent; in
practice it does not, and the order is what counts. The system prompt is the first message.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from functools import partial

from tui.store.imports.databases import Row, chat_or_why, rows
from tui.store.imports.foreign import SourceChat, SourceMessage, Unreadable, moment

KIND = "elia"


def is_database(columns: dict[str, set[str]]) -> bool:
    """Whether a database with these tables is Elia's."""
    return {"model", "started_at"} <= columns.get("chat", set()) and {"chat_id", "role", "content"} <= columns.get(
        "message", set()
    )


def count(connection: sqlite3.Connection) -> int:
    """How many chats there are."""
    return int(connection.execute("SELECT count(*) FROM chat").fetchone()[0])


def read_chats(connection: sqlite3.Connection) -> Iterator[SourceChat | Unreadable]:
    """All chats."""
    for row in rows(connection, "SELECT * FROM chat ORDER BY id"):
        yield chat_or_why(partial(_chat, connection, row))


def _chat(connection: sqlite3.Connection, row: Row) -> SourceChat:
    chat = SourceChat(
        id=f"{row['id']}/{row['started_at']}",
        title=str(row.get("title") or ""),
        at=moment(row["started_at"]),
        model=str(row["model"]),
    )
    above: str | None = None
    kept: set[str] = set()
    for message in rows(connection, "SELECT * FROM message WHERE chat_id=? ORDER BY id", row["id"]):
        role, text = message["role"], str(message["content"])
        if role == "system" and not kept:
            chat.system = text
            continue
        named = str(message.get("parent_id") or "")
        found = SourceMessage(
            id=str(message["id"]),
            parent=named if named in kept else above,
            role=role if role in ("user", "assistant", "tool") else "system",
            text=text,
            at=moment(message.get("timestamp")),
        )
        if role == "assistant":
            found.model, found.system = str(message.get("model") or chat.model), chat.system
        chat.messages.append(found)
        kept.add(found.id)
        above = found.id
    return chat
