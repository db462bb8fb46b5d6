"""The `logs.db` of the `llm` command-line tool: conversations of prompts and responses.

Source: llm's schema, migrations m010 to m022. Each row of `responses` is a prompt with its answer, in the order of its
id; the conversation's earlier rows came before it. Attachments stand beside with content, path or address.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tui.domain.events import Usage
from tui.store.imports.databases import Row, chat_or_why, parsed, rows, tables, whole
from tui.store.imports.foreign import SourceChat, SourceFile, SourceMessage, Unreadable, moment

KIND = "llm"


def is_database(columns: dict[str, set[str]]) -> bool:
    """Whether a database with these tables is llm's."""
    return "conversations" in columns and {"prompt", "response"} <= columns.get("responses", set())


def count(connection: sqlite3.Connection) -> int:
    """How many conversations there are."""
    return int(connection.execute("SELECT count(DISTINCT coalesce(conversation_id, id)) FROM responses").fetchone()[0])


def read_chats(connection: sqlite3.Connection) -> Iterator[SourceChat | Unreadable]:
    """All conversations; a response without one is a conversation of its own."""
    known = tables(connection)
    names = {row.get("id"): row for row in rows(connection, "SELECT * FROM conversations")}
    query = "SELECT DISTINCT coalesce(conversation_id, id) AS name FROM responses ORDER BY id"
    for name in [row["name"] for row in rows(connection, query)]:
        yield chat_or_why(partial(_chat, connection, known, str(name), names.get(name, {})))


def _chat(connection: sqlite3.Connection, known: dict[str, set[str]], name: str, conversation: Row) -> SourceChat:
    chat = SourceChat(name, str(conversation.get("name") or ""), model=str(conversation.get("model") or ""))
    query = "SELECT * FROM responses WHERE coalesce(conversation_id, id)=? ORDER BY id"
    parent: str | None = None
    for row in rows(connection, query, name):
        at = moment(row.get("datetime_utc"))
        chat.at = chat.at or at
        chat.model = chat.model or str(row.get("model") or "")
        chat.system = str(row.get("system") or "") or chat.system
        asked, answered = f"{row['id']}/prompt", f"{row['id']}/response"
        question = SourceMessage(asked, parent, "user", _prompt(connection, known, row), at)
        question.files = list(_files(connection, known, row))
        duration_ms = row.get("duration_ms")
        reply = SourceMessage(
            answered,
            asked,
            "assistant",
            str(row.get("response") or ""),
            at,
            _reasoning(connection, known, row),
            str(row.get("resolved_model") or row.get("model") or ""),
            str(row.get("system") or ""),
            {key: value for key, value in parsed(row.get("options_json"), {}).items() if value is not None},
            usage=Usage(whole(row.get("input_tokens")), whole(row.get("output_tokens"))),
            total_s=duration_ms / 1000 if isinstance(duration_ms, (int, float)) else None,
        )
        chat.messages += [question, reply]
        parent = answered
    return chat


def _prompt(connection: sqlite3.Connection, known: dict[str, set[str]], row: Row) -> str:
    """The prompt with the fragments that were put before it."""
    parts = []
    if "prompt_fragments" in known and "fragments" in known:
        query = (
            "SELECT content FROM prompt_fragments JOIN fragments ON fragments.id = fragment_id"
            ' WHERE response_id=? ORDER BY "order"'
        )
        parts = [str(fragment["content"]) for fragment in rows(connection, query, row["id"])]
    return "\n\n".join(part for part in [*parts, str(row.get("prompt") or "")] if part)


def _reasoning(connection: sqlite3.Connection, known: dict[str, set[str]], row: Row) -> str:
    if "parts" not in known:
        return ""
    query = (
        "SELECT content FROM parts WHERE response_id=? AND direction='output' AND part_type='reasoning'"
        ' ORDER BY "order"'
    )
    return "\n\n".join(str(part["content"]) for part in rows(connection, query, row["id"]) if part["content"])


def _files(connection: sqlite3.Connection, known: dict[str, set[str]], row: Row) -> Iterator[SourceFile]:
    if "prompt_attachments" not in known or "attachments" not in known:
        return
    query = (
        "SELECT attachments.* FROM prompt_attachments JOIN attachments ON attachments.id = attachment_id"
        ' WHERE response_id=? ORDER BY "order"'
    )
    for file in rows(connection, query, row["id"]):
        name = Path(str(file["path"] or file["url"] or file["id"])).name
        if isinstance(file["content"], bytes):  # else only where it was: on a disk or in the web, then
            yield SourceFile(name, str(file["type"] or ""), file["content"])
