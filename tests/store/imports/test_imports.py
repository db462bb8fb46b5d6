"""Parley's own files come along whole, once, with words about what could not be read; what is nobody's is refused."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.store.builders import AT, opening, question, small_session, write_session
from tests.store.imports.reading import PNG, the_session
from tui.domain.record import MessageAdded
from tui.domain.session import Session
from tui.errors import SessionError
from tui.store.attachments import AttachmentStore
from tui.store.imports import import_file
from tui.store.imports.foreign import model_address, moment
from tui.store.journal import Journal
from tui.store.sessions import SessionStore


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
