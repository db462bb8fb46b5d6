"""oterm's `store.db`: chats and their messages, in order.

Source: oterm's schema, versions 0.1 to 0.22. Messages have an author (`user`, or `ollama` and later `assistant`), a
text, and images as a JSON list of base64; there are no times. Since 0.15 a chat names its provider.
"""

from __future__ import annotations

import base64
import binascii
import sqlite3
from collections.abc import Iterator
from functools import partial
from typing import Any

from tui.store.imports.databases import Row, chat_or_why, parsed, rows
from tui.store.imports.foreign import SourceChat, SourceFile, SourceMessage, Unreadable, model_address

KIND = "oterm"
_PICTURES = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif", b"RIFF": "webp"}


def is_database(columns: dict[str, set[str]]) -> bool:
    """Whether a database with these tables is oterm's."""
    return "model" in columns.get("chat", set()) and {"chat_id", "author", "text"} <= columns.get("message", set())


def count(connection: sqlite3.Connection) -> int:
    """How many chats there are."""
    return int(connection.execute("SELECT count(*) FROM chat").fetchone()[0])


def read_chats(connection: sqlite3.Connection) -> Iterator[SourceChat | Unreadable]:
    """All chats."""
    for row in rows(connection, "SELECT * FROM chat ORDER BY id"):
        yield chat_or_why(partial(_chat, connection, row))


def _chat(connection: sqlite3.Connection, row: Row) -> SourceChat:
    model = model_address(str(row["model"]), str(row.get("provider") or "ollama"))
    parameters = parsed(row.get("parameters"), {})
    if "num_predict" in parameters:
        parameters.setdefault("max_tokens", parameters.pop("num_predict"))
    chat = SourceChat(
        id=f"{row['id']}/{row.get('name')}/{row['model']}",
        title=str(row.get("name") or ""),
        model=model,
        system=str(row.get("system") or ""),
        parameters={key: value for key, value in parameters.items() if value is not None},
    )
    parent: str | None = None
    for message in rows(connection, "SELECT * FROM message WHERE chat_id=? ORDER BY id", row["id"]):
        is_user = message["author"] == "user"
        found = SourceMessage(str(message["id"]), parent, "user" if is_user else "assistant", str(message["text"]))
        if not is_user:
            found.model, found.system = model, chat.system
        found.files = list(_pictures(parsed(message.get("images"), [])))
        chat.messages.append(found)
        parent = found.id
    return chat


def _pictures(images: list[Any]) -> Iterator[SourceFile]:
    for number, encoded in enumerate(images, 1):
        try:
            content = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError, TypeError):
            continue  # a path of an old version, or damaged
        kind = next((kind for magic, kind in _PICTURES.items() if content.startswith(magic)), "png")
        yield SourceFile(f"picture-{number}.{kind}", f"image/{kind}", content)
