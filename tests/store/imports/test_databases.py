"""The databases of llm, oterm and Elia, read and never written to."""

from __future__ import annotations

import base64
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.store.imports.reading import PNG, by_text, talk, the_session
from tui.store.imports import import_file
from tui.store.sessions import SessionStore


def database(path: Path, script: str) -> Path:
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.commit()
    connection.close()
    return path


LLM = """
CREATE TABLE conversations (id TEXT PRIMARY KEY, name TEXT, model TEXT);
CREATE TABLE responses (id TEXT PRIMARY KEY, model TEXT, prompt TEXT, system TEXT, prompt_json TEXT, options_json TEXT,
  response TEXT, response_json TEXT, conversation_id TEXT, duration_ms INTEGER, datetime_utc TEXT {more});
INSERT INTO conversations VALUES ('c1', 'First', 'gpt-4o');
INSERT INTO responses(id, model, prompt, system, options_json, response, conversation_id, duration_ms, datetime_utc)
  VALUES ('01', 'gpt-4o', 'Hi', 'Be brief', '{{"temperature": 0.1, "x": null}}', 'Hello', 'c1', 1500,
          '2024-05-01T10:00:00.123456'),
         ('02', 'claude-3-opus', 'More', NULL, 'bad json', 'Sure', 'c1', NULL, '2024-05-01T10:01:00+00:00'),
         ('03', 'llama3:8b', 'Alone', NULL, NULL, NULL, NULL, NULL, NULL);
"""
LLM_MORE = """
UPDATE responses SET input_tokens=7, output_tokens=9 WHERE id='01';
CREATE TABLE attachments (id TEXT PRIMARY KEY, type TEXT, path TEXT, url TEXT, content BLOB);
CREATE TABLE prompt_attachments (response_id TEXT, attachment_id TEXT, "order" INTEGER);
INSERT INTO attachments VALUES ('a', 'image/png', '/x/pic.png', NULL, X'89504E47'),
  ('b', 'image/png', NULL, 'https://x/y.png', NULL);
INSERT INTO prompt_attachments VALUES ('01', 'a', 0), ('01', 'b', 1);
CREATE TABLE fragments (id INTEGER PRIMARY KEY, hash TEXT, content TEXT, datetime_utc TEXT, source TEXT);
CREATE TABLE prompt_fragments (response_id TEXT, fragment_id INTEGER, "order" INTEGER);
INSERT INTO fragments VALUES (1, 'h', 'A long document', NULL, NULL);
INSERT INTO prompt_fragments VALUES ('02', 1, 0);
CREATE TABLE parts (id INTEGER PRIMARY KEY, response_id TEXT, direction TEXT, part_type TEXT, "order" INTEGER,
  content TEXT);
INSERT INTO parts VALUES (1, '02', 'output', 'reasoning', 0, 'Hm.'), (2, '02', 'output', 'text', 1, 'Sure');
"""


@pytest.mark.parametrize("is_new", [False, True])
def test_llm_logs_come_with_all_that_they_hold(tmp_path: Path, store: SessionStore, is_new: bool) -> None:
    script = LLM.format(more=", input_tokens INTEGER, output_tokens INTEGER" if is_new else "")
    path = database(tmp_path / "logs.db", script + (LLM_MORE if is_new else ""))
    report = import_file(path, store)
    assert (report.kind, len(report.added), report.failed) == ("llm", 2, [])
    sessions = {session.title or talk(session)[0][1]: session for session in map(store_read(store), report.added)}
    first = sessions["First"]
    assert talk(first)[:2] == [("user", "Hi"), ("assistant", "Hello")]
    hello = by_text(first, "Hello")
    assert (hello.model, hello.system, hello.parameters) == ("openai/gpt-4o", "Be brief", {"temperature": 0.1})
    assert hello.timings.total_s == 1.5
    assert hello.at == "2024-05-01T10:00:00.123Z"
    assert by_text(first, "Sure").model == "anthropic/claude-3-opus"
    assert talk(sessions["Alone"]) == [("user", "Alone"), ("assistant", "")]
    if is_new:
        assert (hello.usage.input_tokens, hello.usage.output_tokens) == (7, 9)
        assert [file.name for file in by_text(first, "Hi").attachments] == ["pic.png"]
        assert by_text(first, "A long document\n\nMore")
        assert by_text(first, "Sure").reasoning == "Hm."
    assert import_file(path, store).unchanged == 2


def store_read(store: SessionStore) -> Any:
    return lambda name: store.read(name).session


OTERM = """
CREATE TABLE chat (id INTEGER PRIMARY KEY, name TEXT, model TEXT NOT NULL, system TEXT, {columns});
CREATE TABLE message (id INTEGER PRIMARY KEY, chat_id INTEGER NOT NULL, author TEXT NOT NULL,
  text TEXT NOT NULL {images});
INSERT INTO chat(id, name, model, system, parameters) VALUES (1, 'Chat', 'qwen3:8b', 'Sys', '{{"num_predict": 5}}');
INSERT INTO message(id, chat_id, author, text) VALUES (1, 1, 'user', 'Hi'), (2, 1, 'ollama', 'Yo'), (3, 2, 'user', 'x');
"""


@pytest.mark.parametrize(
    ("columns", "images", "more", "model"),
    [
        ("format TEXT, parameters TEXT, keep_alive INTEGER", "", "", "ollama/qwen3:8b"),
        (
            "provider TEXT, parameters TEXT, tools TEXT, thinking BOOLEAN",
            ", images TEXT DEFAULT '[]'",
            "UPDATE chat SET provider='openai-chat', model='gpt-4o';"
            f"""UPDATE message SET images='["{base64.b64encode(PNG).decode()}", "/no/base64.png", 5]' WHERE id=1;""",
            "openai/gpt-4o",
        ),
    ],
)
def test_oterm_comes_along(
    tmp_path: Path, store: SessionStore, columns: str, images: str, more: str, model: str
) -> None:
    path = database(tmp_path / "store.db", OTERM.format(columns=columns, images=images) + more)
    report = import_file(path, store)
    assert (report.kind, len(report.added)) == ("oterm", 1)
    session = the_session(store)
    assert talk(session) == [("user", "Hi"), ("assistant", "Yo")]
    assert by_text(session, "Yo").model == model
    (column,) = session.columns.values()
    assert (column.model, column.system, column.parameters) == (model, "Sys", {"max_tokens": 5})
    assert len(by_text(session, "Hi").attachments) == (1 if images else 0)
    assert import_file(path, store).unchanged == 1


ELIA = """
CREATE TABLE chat (id INTEGER PRIMARY KEY, model VARCHAR NOT NULL, title VARCHAR, started_at DATETIME,
  archived BOOLEAN);
CREATE TABLE message (id INTEGER PRIMARY KEY, chat_id INTEGER, role VARCHAR NOT NULL, content VARCHAR NOT NULL,
  timestamp DATETIME, meta JSON, parent_id INTEGER, model VARCHAR);
INSERT INTO chat VALUES (1, 'gemini/gemini-1.5-pro', 'T', '2024-03-01 09:00:00.000000', 0);
INSERT INTO message VALUES (1, 1, 'system', 'Be kind', '2024-03-01 09:00:00', '{}', NULL, NULL),
  (2, 1, 'user', 'Hi', '2024-03-01 09:00:01', '{}', NULL, NULL),
  (3, 1, 'assistant', 'Yo', '2024-03-01 09:00:02', '{}', NULL, 'gemini/gemini-1.5-pro'),
  (4, 1, 'assistant', 'Hey', '2024-03-01 09:00:03', '{}', 2, 'gpt-4o');
"""


def test_elia_comes_along(tmp_path: Path, store: SessionStore) -> None:
    report = import_file(database(tmp_path / "elia.sqlite", ELIA), store)
    assert (report.kind, len(report.added)) == ("elia", 1)
    session = the_session(store)
    assert talk(session) == [("user", "Hi"), ("assistant", "Hey")]
    assert [variant.model for variant in session.variants(by_text(session, "Yo").id)] == [
        "gemini/gemini-1.5-pro",
        "openai/gpt-4o",
    ]
    (column,) = session.columns.values()
    assert (column.model, column.system) == ("gemini/gemini-1.5-pro", "Be kind")
    assert by_text(session, "Hi").at == "2024-03-01T09:00:01.000Z"


def test_a_database_is_not_written_to(tmp_path: Path, store: SessionStore) -> None:
    path = database(tmp_path / "logs.db", LLM.format(more=""))
    before = path.read_bytes()
    import_file(path, store)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith("logs.db-")] == []
