"""Histories come along whole, once, with words about what could not be read."""

from __future__ import annotations

import base64
import json
import sqlite3
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.builders import AT, opening, question, small_session, write_session
from tests.store.strategies import json_values
from tui.domain.events import Finish
from tui.domain.record import HeadMoved, MessageAdded
from tui.domain.session import Message, Session
from tui.errors import SessionError
from tui.store.attachments import AttachmentStore
from tui.store.imports import chatgpt, import_file, open_webui
from tui.store.imports.foreign import model_address, moment
from tui.store.journal import Journal
from tui.store.sessions import SessionStore

PNG = b"\x89PNG\r\n\x1a\npicture"


@pytest.fixture
def store(tmp_path: Path) -> SessionStore:
    return SessionStore(tmp_path / "sessions")


def the_session(store: SessionStore) -> Session:
    (entry,) = store.entries()
    return store.read(entry.id).session


def talk(session: Session) -> list[tuple[str, str]]:
    """Role and text along the first column's way."""
    column = next(iter(session.columns.values()))
    return [(message.role, message.text) for message in session.path(column.head)]


def by_text(session: Session, text: str) -> Message:
    return next(message for message in session.messages.values() if message.text == text)


# -- ChatGPT -------------------------------------------------------------------------------------------------------


def node(name: str, parent: str | None, role: str, *children: str, **content: Any) -> dict[str, Any]:
    extra = content.pop("message", {})
    body = content or {"content_type": "text", "parts": [name.upper()]}
    message = {
        "id": name,
        "author": {"role": role, "name": None},
        "create_time": 1700000000.5,
        "content": body,
        "recipient": "all",
        "metadata": {"model_slug": "gpt-4o"} if role == "assistant" else {},
        **extra,
    }
    return {"id": name, "parent": parent, "children": list(children), "message": message}


def conversation() -> dict[str, Any]:
    nodes = [
        {"id": "root", "parent": None, "children": ["sys"], "message": None},
        node("sys", "root", "system", "q1", content_type="text", parts=[""]),
        node("q1", "sys", "user", "a1", "a1b"),
        node("a1", "q1", "assistant", "q2"),
        node("a1b", "q1", "assistant"),
        node(
            "q2",
            "a1",
            "user",
            "think",
            content_type="multimodal_text",
            parts=["look", {"content_type": "image_asset_pointer", "asset_pointer": "file-1"}],
        ),
        node(
            "think",
            "q2",
            "assistant",
            "code",
            content_type="thoughts",
            thoughts=[{"summary": "Plan", "content": "do it"}],
        ),
        node(
            "code", "think", "assistant", "ran", content_type="code", text="print(1)", message={"recipient": "python"}
        ),
        node("ran", "code", "tool", "a2", content_type="execution_output", text="1"),
        node("a2", "ran", "assistant"),
    ]
    return {
        "id": "conv-1",
        "title": "A title",
        "create_time": 1700000000.0,
        "current_node": "a2",
        "mapping": {item["id"]: item for item in nodes},
    }


@pytest.mark.parametrize("is_zipped", [False, True])
def test_chatgpt_comes_with_its_branches(tmp_path: Path, store: SessionStore, is_zipped: bool) -> None:
    path = tmp_path / "conversations.json"
    document = json.dumps([conversation(), {"title": "broken", "mapping": {"x": 5}}, 7])
    path.write_text(document)
    if is_zipped:
        path = tmp_path / "export.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("deep/conversations.json", document)
    seen: list[tuple[int, int]] = []
    report = import_file(path, store, on_progress=lambda done, total: seen.append((done, total)))
    assert (report.kind, len(report.added), len(report.failed)) == ("chatgpt", 1, 2)
    assert "broken" in report.failed[0]
    assert seen == [(1, 3), (2, 3), (3, 3)]
    session = the_session(store)
    assert session.shown_title == "A title"
    assert session.at == "2023-11-14T22:13:20.000Z"
    assert talk(session) == [
        ("user", "Q1"),
        ("assistant", "A1"),
        ("user", "look\n[image: file-1]"),
        ("assistant", "A2"),
    ]
    answer = by_text(session, "A2")
    assert answer.model == "openai/gpt-4o"
    assert answer.reasoning == "Plan\ndo it\n\n[to python]\nprint(1)\n\n[tool answered]\n1"
    assert [variant.text for variant in session.variants(by_text(session, "A1").id)] == ["A1", "A1B"]
    assert next(iter(session.columns.values())).model == "openai/gpt-4o"


def test_chatgpt_comes_in_numbered_parts_too(tmp_path: Path, store: SessionStore) -> None:
    chats = [conversation() | {"id": f"conv-{number}"} for number in range(3)]
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.writestr("conversations-001.json", json.dumps(chats[2:]))
        archive.writestr("conversations-000.json", json.dumps(chats[:2]))
        archive.writestr("__MACOSX/._conversations-000.json", b"\0\5\26\7")
        archive.writestr("conversations.json.index", b"no JSON")
    report = import_file(tmp_path / "export.zip", store)
    assert (report.kind, len(report.added), report.failed) == ("chatgpt", 3, [])


def test_what_chatgpt_left_empty_costs_nothing_beside_it(tmp_path: Path, store: SessionStore) -> None:
    chat = conversation()
    chat["mapping"]["q1"]["message"]["content"]["parts"] = ["Q1", None]
    chat["mapping"]["think"]["message"]["author"] = None
    (tmp_path / "conversations.json").write_text(json.dumps([chat]))
    assert import_file(tmp_path / "conversations.json", store).failed == []
    assert [text for _, text in talk(the_session(store))] == ["Q1", "A1", "look\n[image: file-1]", "A2"]


def test_a_chat_goes_on_with_the_model_that_answered_last_on_its_branch(tmp_path: Path, store: SessionStore) -> None:
    chat = conversation() | {"default_model_slug": "gpt-5"}
    chat["mapping"]["a1"]["message"]["metadata"]["model_slug"] = "o1"
    chat["current_node"] = "q2"
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps([chat]))
    import_file(path, store)
    assert [column.model for column in the_session(store).columns.values()] == ["openai/o1"]


def test_a_second_import_brings_only_what_is_new(tmp_path: Path, store: SessionStore) -> None:
    path = tmp_path / "conversations.json"
    grown = conversation()
    path.write_text(json.dumps([grown]))
    first = import_file(path, store)
    content = store.path(first.added[0]).read_bytes()
    again = import_file(path, store)
    assert (again.added, again.extended, again.unchanged) == ([], [], 1)
    assert store.path(first.added[0]).read_bytes() == content
    grown["mapping"]["a2"]["children"] = ["q3"]
    grown["mapping"]["q3"] = node("q3", "a2", "user")
    grown["current_node"] = "q3"
    path.write_text(json.dumps([grown]))
    assert import_file(path, store).extended == first.added
    assert talk(the_session(store))[-1] == ("user", "Q3")
    assert store.path(first.added[0]).read_bytes().startswith(content)
    assert import_file(path, store).unchanged == 1


def test_an_import_does_not_yank_a_column_that_went_on(tmp_path: Path, store: SessionStore) -> None:
    path = tmp_path / "conversations.json"
    grown = conversation()
    path.write_text(json.dumps([grown]))
    (session_id,) = import_file(path, store).added
    session = the_session(store)
    (column,) = session.columns
    file = store.path(session_id)
    journal = Journal(file, session_id, known_bytes=file.stat().st_size)
    journal.append([*question("mine", "I went on", session.columns[column].head)[:1], HeadMoved(column, AT, "mine")])
    journal.close()
    grown["mapping"]["q3"] = node("q3", "a2", "user")
    grown["current_node"] = "q3"
    path.write_text(json.dumps([grown]))
    assert import_file(path, store).extended == [session_id]
    assert the_session(store).columns[column].head == "mine"
    assert by_text(the_session(store), "Q3")


def test_what_is_in_the_trash_stays_there(tmp_path: Path, store: SessionStore) -> None:
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps([conversation()]))
    store.delete(import_file(path, store).added[0])
    assert import_file(path, store).trashed == 1
    assert list(store.entries()) == []


def test_an_imported_session_is_as_old_as_its_messages(tmp_path: Path, store: SessionStore) -> None:
    write_session(store.folder, "mine", small_session("mine"))
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps([conversation()]))
    import_file(path, store)
    assert store.latest() == "mine"


@given(
    st.recursive(
        json_values,
        lambda inner: st.fixed_dictionaries({"mapping": st.dictionaries(st.text(max_size=3), inner)}),
        max_leaves=5,
    )
)
def test_no_json_breaks_the_chatgpt_reader(document: Any) -> None:
    if chatgpt.is_export(document):
        list(chatgpt.read_chats(document))


def test_loops_and_orphans_in_a_mapping_end(tmp_path: Path, store: SessionStore) -> None:
    looped = {"a": node("a", "b", "user", "b"), "b": node("b", "a", "assistant", "a"), "c": node("c", "a", "user")}
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps([{"id": "x", "mapping": looped, "current_node": "nowhere"}]))
    import_file(path, store)
    assert {message.text for message in the_session(store).messages.values()} == {"A", "B", "C"}


# -- Open WebUI ----------------------------------------------------------------------------------------------------


REASONED = """<details type="reasoning" done="true" duration="3">
<summary>Thought for 3 seconds</summary>
&gt; one
> two
</details>
Hi there"""


def webui_chat() -> dict[str, Any]:
    picture = "data:image/png;base64," + base64.b64encode(PNG).decode()
    messages: list[dict[str, Any]] = [
        {
            "id": "u1",
            "parentId": None,
            "role": "user",
            "content": "Hello",
            "timestamp": 1700000000,
            "files": [{"type": "image", "url": picture}, {"id": "x"}],
        },
        {
            "id": "r1",
            "parentId": "u1",
            "role": "assistant",
            "model": "qwen3:8b",
            "content": REASONED,
            "timestamp": 1700000005,
            "done": True,
            "usage": {"prompt_tokens": 3, "completion_tokens": 4},
        },
        {"id": "r2", "parentId": "u1", "role": "assistant", "model": "gpt-4o", "content": "Good day", "done": False},
        {
            "id": "r3",
            "parentId": "u1",
            "role": "assistant",
            "model": "gpt-4o",
            "content": "",
            "error": {"content": "quota"},
        },
    ]
    return {
        "id": "chat-1",
        "title": "Greeting",
        "created_at": 1700000000,
        "pinned": True,
        "meta": {"tags": ["fun"]},
        "chat": {
            "models": ["qwen3:8b", "gpt-4o"],
            "params": {"system": "Be kind", "temperature": 0.3, "seed": None},
            "history": {"currentId": "r1", "messages": {message["id"]: message for message in messages}},
        },
    }


def test_open_webui_comes_with_branches_reasoning_and_columns(tmp_path: Path, store: SessionStore) -> None:
    path = tmp_path / "chats.json"
    path.write_text(json.dumps([webui_chat(), {"chat": {"history": {"messages": []}}}]))
    report = import_file(path, store)
    assert (report.kind, len(report.added), len(report.failed)) == ("open-webui", 1, 1)
    session = the_session(store)
    assert (session.title, session.is_pinned, session.tags) == ("Greeting", True, ("fun",))
    columns = list(session.columns.values())
    assert [column.model for column in columns] == ["ollama/qwen3:8b", "openai/gpt-4o"]
    assert columns[0].system == "Be kind"
    assert columns[0].parameters == {"temperature": 0.3}
    hello, answer = session.path(columns[0].head)
    assert answer.text == "Hi there"
    assert answer.reasoning == "one\ntwo"
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (3, 4)
    assert session.path(columns[1].head)[-1].finish is Finish.CUT_SHORT
    assert by_text(session, "quota").finish is Finish.ERROR
    assert AttachmentStore(store.folder).read(hello.attachments[0]) == PNG
    assert import_file(path, store).unchanged == 1


@given(
    st.recursive(
        json_values,
        lambda inner: st.fixed_dictionaries(
            {
                "chat": st.fixed_dictionaries(
                    {"history": st.fixed_dictionaries({"messages": st.dictionaries(st.text(max_size=3), inner)})}
                )
            }
        ),
        max_leaves=5,
    )
)
def test_no_json_breaks_the_open_webui_reader(document: Any) -> None:
    if open_webui.is_export(document):
        list(open_webui.read_chats(document))


# -- databases -----------------------------------------------------------------------------------------------------


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


# -- Parley's own, and what is nobody's ----------------------------------------------------------------------------


def test_a_session_file_of_another_machine_comes_along(tmp_path: Path, store: SessionStore) -> None:
    path = write_session(tmp_path, "elsewhere", small_session("elsewhere"))
    path.write_bytes(path.read_bytes() + b"rubbish\n")
    report = import_file(path, store)
    assert (report.kind, report.added, len(report.failed)) == ("parley session file", ["elsewhere"], 1)
    assert the_session(store).messages["m2"].text == "It is 42."
    assert import_file(path, store).unchanged == 1


def test_attachments_beside_a_session_file_come_along_and_missing_ones_are_named(
    tmp_path: Path, store: SessionStore
) -> None:
    theirs = AttachmentStore(tmp_path / "theirs")
    here, gone = theirs.add("here.png", "image/png", PNG), theirs.add("gone.txt", "text/plain", b"words")
    theirs.remove([gone.sha256])
    strange = replace(here, sha256="../../strange", name="strange")
    asked = MessageAdded("m1", AT, None, "user", "What is it?", (here, gone, strange))
    report = import_file(write_session(tmp_path / "theirs", "s1", [*opening("s1"), asked]), store)
    assert report.added == ["s1"]
    assert AttachmentStore(store.folder).read(here) == PNG
    assert ["gone.txt" in report.failed[0], "strange" in report.failed[1], len(report.failed)] == [True, True, 2]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no form that Parley can import"),
        (b"hello", "no form that Parley can import"),
        (b"[]", "no form that Parley can import"),
        (b'{"a": 1}', "no form that Parley can import"),
        (b"[" * 200_000, "no form that Parley can import"),
        (b"\xff\xfe\x00", "no form that Parley can import"),
        (b"PK\x03\x04 not a zip", "damaged ZIP"),
        (b"SQLite format 3\x00 not a database", "cannot be read as a database"),
        (b'{"format":"parley-session-export","version":99}', "newer Parley"),
        (b'{"format":"parley-session-export","version":1}', "holds no events"),
        (b'{"format":"parley-session","version":99,"id":"a","at":"x"}\n', "newer Parley"),
        (b"<!-- parley:session a b -->\n# Nothing\n", "holds no message"),
    ],
)
def test_what_cannot_be_imported_is_a_sentence(tmp_path: Path, store: SessionStore, content: bytes, words: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(SessionError, match=words):
        import_file(path, store)
    assert not store.folder.exists()


def test_a_missing_file_is_a_sentence(tmp_path: Path, store: SessionStore) -> None:
    with pytest.raises(SessionError, match="cannot be read: No such file"):
        import_file(tmp_path / "nowhere.json", store)


def test_a_zip_without_conversations_is_a_sentence(tmp_path: Path, store: SessionStore) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("other.json", "{}")
    with pytest.raises(SessionError, match=r"no conversations\.json"):
        import_file(tmp_path / "x.zip", store)


def test_ids_that_could_lead_elsewhere_are_replaced(tmp_path: Path, store: SessionStore) -> None:
    events = [
        {"format": "parley-session", "version": 1, "id": "../../x", "at": AT},
        {"event": "message-added", "id": "m", "at": AT, "parent": None, "role": "user", "text": "hi"},
    ]
    path = tmp_path / "x.json"
    path.write_text(
        json.dumps({"format": "parley-session-export", "version": 1, "session": "../../x", "events": events})
    )
    (added,) = import_file(path, store).added
    assert store.path(added).is_file()
    assert talk_free(the_session(store)) == ["hi"]


def talk_free(session: Session) -> list[str]:
    return [message.text for message in session.messages.values()]


def test_a_session_that_went_on_here_takes_an_older_export_without_harm(tmp_path: Path, store: SessionStore) -> None:
    from tui.store.exports import export_session

    path = write_session(store.folder, "s1", [*opening(), *question("m1", "one")])
    (tmp_path / "x.json").write_text(export_session(store.read("s1"), "json").text)
    journal = Journal(path, "s1", known_bytes=path.stat().st_size)
    journal.append(question("m2", "two", "m1"))
    journal.close()
    before = path.read_bytes()
    assert import_file(tmp_path / "x.json", store).unchanged == 1
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "provider", "address"),
    [
        ("gpt-4o", "", "openai/gpt-4o"),
        ("o3-mini", "", "openai/o3-mini"),
        ("claude-3-5-sonnet", "", "anthropic/claude-3-5-sonnet"),
        ("gemini/gemini-pro", "", "gemini/gemini-pro"),
        ("google/gemini-pro", "", "gemini/gemini-pro"),
        ("groq/llama3", "", "groq/llama3"),
        ("qwen3:8b", "", "ollama/qwen3:8b"),
        ("llama3", "ollama", "ollama/llama3"),
        ("weird", "", "imported/weird"),
        ("imported/weird", "", "imported/weird"),
        ("", "", "imported/unknown"),
    ],
)
def test_models_get_an_address(name: str, provider: str, address: str) -> None:
    assert model_address(name, provider) == address


@pytest.mark.parametrize(
    ("value", "at"),
    [
        (1700000000, "2023-11-14T22:13:20.000Z"),
        (1700000000000, "2023-11-14T22:13:20.000Z"),
        ("2024-01-02 03:04:05", "2024-01-02T03:04:05.000Z"),
        ("2024-01-02T03:04:05+02:00", "2024-01-02T01:04:05.000Z"),
        (None, ""),
        ("soon", ""),
        (1e300, ""),
        (-5, ""),
        (True, ""),
    ],
)
def test_moments_are_understood(value: Any, at: str) -> None:
    assert moment(value) == at
