"""ChatGPT's export: with its branches, once, whatever is in it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.builders import AT, question, small_session, write_session
from tests.store.imports.reading import by_text, talk, the_session
from tests.store.strategies import json_values
from tui.domain.record import HeadMoved
from tui.store.imports import chatgpt, import_file
from tui.store.journal import Journal
from tui.store.sessions import SessionStore


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
