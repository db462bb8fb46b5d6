"""Session files as another program, or a hand, may write them: what the format allows, and more that is harmless."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tui.store.exports import ExportFormat, export_session
from tui.store.imports import import_file
from tui.store.index import SessionIndex, Summary
from tui.store.indexing import Indexer
from tui.store.sessions import SessionStore

HEADER: dict[str, Any] = {"format": "parley-session", "version": 1, "id": "one", "at": "2026-03-01T09:00:00.000Z"}
COLUMN: dict[str, Any] = {
    "event": "column-added",
    "column": "c",
    "at": "2026-03-01T09:00:00.001Z",
    "model": "demo/echo",
}
QUESTION: dict[str, Any] = {
    "event": "message-added",
    "id": "q",
    "at": "2026-03-01T09:00:05.000Z",
    "parent": None,
    "role": "user",
    "text": "What is blue?",
}
REPLY: dict[str, Any] = {
    "event": "reply-started",
    "id": "r",
    "at": "2026-03-01T09:00:05.002Z",
    "parent": "q",
    "column": "c",
    "model": "demo/echo",
}
END: dict[str, Any] = {
    "event": "reply-ended",
    "id": "r",
    "at": "2026-03-01T09:00:06.100Z",
    "finish": "stop",
    "text": "Sky.",
}
EVENTS = [COLUMN, QUESTION, REPLY, END]


def lines(*events: dict[str, Any], between: str = "\n", end: str = "\n") -> bytes:
    return (between.join(map(json.dumps, events)) + end).encode()


def store_with(folder: Path, raw: bytes) -> SessionStore:
    sessions = folder / "sessions"
    sessions.mkdir()
    (sessions / "one.jsonl").write_bytes(raw)
    return SessionStore(sessions)


def indexed(store: SessionStore, search: str = "") -> tuple[list[Summary], int]:
    index = SessionIndex(store.folder.parent / "index.sqlite")
    try:
        Indexer(index, store).refresh()
        return index.summaries(), len(index.search(search))
    finally:
        index.close()


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(lines(HEADER, *EVENTS, between="\r\n", end="\r\n"), id="CR LF"),
        pytest.param(b"\xef\xbb\xbf" + lines(HEADER, *EVENTS), id="byte order mark"),
        pytest.param(b"\n \n" + lines(HEADER, *EVENTS, between="\n\n  \n"), id="blank lines"),
        pytest.param(lines(HEADER, *EVENTS, end=""), id="no line end at the end"),
        pytest.param(lines({"format": "parley-session", "version": 1}, *EVENTS), id="a header of two words"),
        pytest.param(lines({**HEADER, "version": 1.0}, *EVENTS), id="decimal version"),
        pytest.param(lines({**HEADER, "at": ""}, *EVENTS), id="no beginning"),
        pytest.param(
            lines(
                {**HEADER, "app": None},
                {**COLUMN, "system": None, "parameters": None},
                QUESTION,
                {**REPLY, "system": None, "choice": None},
                {**END, "usage": None, "timings": None, "reasoning": None, "meta": None},
            ),
            id="null for nothing",
        ),
        pytest.param(lines(HEADER, COLUMN, REPLY, END, QUESTION), id="a reply before its question"),
        pytest.param(lines(HEADER, COLUMN, QUESTION, REPLY, {**END, "finish": "bored"}), id="an unknown end"),
        pytest.param(lines({**HEADER, "mood": 1}, *({**event, "mood": [None]} for event in EVENTS)), id="unknown keys"),
    ],
)
async def test_what_another_program_writes_is_read_without_complaint(tmp_path: Path, raw: bytes) -> None:
    store = store_with(tmp_path, raw)
    (summary,), hits = indexed(store, "sky")
    assert (summary.messages, summary.problem, hits) == (2, "", 1)
    read = store.read("one")
    assert (read.problems, [message.id for message in read.session.path("r")]) == ((), ["q", "r"])
    opened = store.open("one")
    await opened.journal.close()
    assert (opened.problems, opened.session.id, opened.session.messages["r"].text) == ((), "one", "Sky.")
    assert [path.name for path in store.folder.iterdir()] == ["one.jsonl"]


@pytest.mark.parametrize(
    "raw",
    [lines(HEADER, *EVENTS), b"\xef\xbb\xbf" + lines(HEADER, *EVENTS), lines({"version": 1, **HEADER}, *EVENTS)],
)
def test_its_files_can_be_imported(tmp_path: Path, raw: bytes) -> None:
    source = tmp_path / "theirs.jsonl"
    source.write_bytes(raw)
    report = import_file(source, SessionStore(tmp_path / "sessions"))
    assert (report.added, report.failed) == (["one"], [])


def test_without_an_id_a_file_is_imported_under_its_name(tmp_path: Path) -> None:
    source = tmp_path / "theirs.jsonl"
    source.write_bytes(lines({"format": "parley-session", "version": 1}, *EVENTS))
    assert import_file(source, SessionStore(tmp_path / "sessions")).added == ["theirs"]


async def test_a_header_without_line_end_is_an_empty_session(tmp_path: Path) -> None:
    store = store_with(tmp_path, lines(HEADER, end=""))
    opened = store.open("one")
    assert (opened.problems, opened.session.is_empty) == ((), True)
    await opened.journal.close()


@pytest.mark.parametrize(
    "events",
    [
        pytest.param(
            [COLUMN, {**QUESTION, "text": "a\ud800b", "at": "\udc00"}, {**REPLY, "model": "x/\ud83d"}, END], id="halves"
        ),
        pytest.param(
            [COLUMN, {**QUESTION, "at": "9999-12-31T23:59:59-12:00"}, {**REPLY, "at": "soon"}, END], id="times"
        ),
        pytest.param(
            [{**COLUMN, "position": 10**30}, {**COLUMN, "column": "d", "position": -1}, *EVENTS[1:]], id="places"
        ),
        pytest.param([*EVENTS[:3], {**END, "cost_usd": 1e300, "usage": {"input_tokens": 10**400}}], id="large numbers"),
        pytest.param([COLUMN, {**QUESTION, "parent": "r"}, REPLY, END], id="a circle"),
        pytest.param(
            [*EVENTS, {"event": "reply-text", "id": ["r"]}, {**END, "id": {"r": 1}}, {**REPLY, "id": None}], id="ids"
        ),
    ],
)
async def test_what_cannot_be_meant_does_no_harm(tmp_path: Path, events: list[dict[str, Any]]) -> None:
    store = store_with(tmp_path, lines(HEADER, *events))
    (summary,), _ = indexed(store)
    assert summary.messages == 2
    read = store.read("one")
    formats: tuple[ExportFormat, ...] = ("md", "json", "html", "csv")
    for form in formats:
        export_session(read, form).text.encode()
    opened = store.open("one")
    await opened.journal.close()
    assert set(opened.session.messages) == {"q", "r"}


def test_counts_beyond_all_bounds_can_be_calculated_with(tmp_path: Path) -> None:
    ended = {**END, "usage": {"input_tokens": 10**400, "output_tokens": 1e300}}
    message = store_with(tmp_path, lines(HEADER, *EVENTS[:3], ended)).read("one").session.messages["r"]
    assert (message.usage.input_tokens, message.usage.output_tokens) == (2**63 - 1, 2**63 - 1)


def test_a_number_beyond_all_bounds_is_null_in_an_export(tmp_path: Path) -> None:
    raw = lines(HEADER, *EVENTS[:3]) + json.dumps({**END, "cost_usd": 1}).replace(": 1}", ": 1e999}").encode() + b"\n"
    exported = json.loads(export_session(store_with(tmp_path, raw).read("one"), "json").text)
    assert exported["events"][-1]["cost_usd"] is None
