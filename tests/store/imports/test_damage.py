"""Damaged and hostile histories: whatever is in a file, an import ends with a report or a sentence, and harms nothing.

Sources of each kind are changed by chance: bytes flipped, cut, doubled; parts of JSON exchanged for anything; cells of
databases filled with values of other types. `PARLEY_FUZZ` sets how often.
"""

from __future__ import annotations

import io
import json
import os
import random
import sqlite3
import zipfile
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.store.builders import write_session
from tests.store.imports import test_chatgpt, test_databases, test_open_webui
from tests.store.rich_session import rich_session
from tui.errors import SessionError
from tui.store.exports import ExportFormat, export_session
from tui.store.imports import import_file
from tui.store.sessions import SessionStore

ROUNDS = int(os.environ.get("PARLEY_FUZZ", "0")) // 10 or 60
Change = Callable[[random.Random, bytes], bytes]

STRANGE: tuple[Any, ...] = (
    *(None, True, -1, 0, 2**70, 1e308, 1e-300, "", "x", "\ud800", "\x00\x1b[2J", "../../etc/passwd", "\u202e" * 3),
    *([], {}, [[]], {"a": {"b": []}}, ["x", 1, None], [{"id": "x"}], {"text": 5}, "2024-13-99T99:99", "9" * 400),
    *({"parts": [5, None, {"text": "t"}]}, {"role": []}, {"mapping": {}}, [[[[[[[[]]]]]]]]),
)
CELLS: tuple[Any, ...] = (
    None,
    -1,
    2**62,
    1.5,
    float("inf"),
    "",
    "x",
    b"",
    b"\xff\xfe",
    "[]",
    "{}",
    "[[1]]",
    '{"a":[]}',
)


def flipped(chance: random.Random, raw: bytes) -> bytes:
    """Some bytes exchanged, a piece cut out, doubled or moved."""
    found = bytearray(raw)
    for _ in range(chance.randint(1, 4)):
        at, to = sorted((chance.randrange(len(found) + 1), chance.randrange(len(found) + 1)))
        match chance.randrange(4):
            case 0 if at < len(found):
                found[at] = chance.randrange(256)
            case 1:
                found[at : min(to, at + 200)] = b""
            case 2:
                found[at:at] = found[at : min(to, at + 200)]
            case _:
                del found[max(at, 20) :]
    return bytes(found)


def exchanged(chance: random.Random, raw: bytes) -> bytes:
    """JSON with parts of it exchanged for anything."""
    document = json.loads(raw)
    for _ in range(chance.randint(1, 5)):
        places = list(_places(document))
        if places:
            holder, key = chance.choice(places)
            other, name = chance.choice(places)
            holder[key] = deepcopy(chance.choice(STRANGE) if chance.random() < 0.8 else other[name])
    return json.dumps(document).encode()


def _places(value: Any) -> Any:
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        yield value, key
        if isinstance(item, (dict, list)):
            yield from _places(item)


def exchanged_lines(chance: random.Random, raw: bytes) -> bytes:
    """JSON Lines with parts of some lines exchanged."""
    lines = raw.split(b"\n")[:-1]
    at = chance.randrange(1, len(lines))
    lines[at] = exchanged(chance, lines[at])
    chance.shuffle(lines) if chance.random() < 0.2 else None
    return b"\n".join(lines) + b"\n"


def refilled(chance: random.Random, raw: bytes) -> bytes:
    """A database with cells of other types, rows gone, columns renamed."""
    connection = sqlite3.connect(":memory:")
    connection.deserialize(raw)
    try:
        for _ in range(chance.randint(1, 4)):
            tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")]
            table = chance.choice(tables)
            columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
            column = chance.choice(columns)
            try:
                if chance.random() < 0.9:
                    connection.execute(f'UPDATE "{table}" SET "{column}"=?', (chance.choice(CELLS),))
                else:
                    connection.execute(f'ALTER TABLE "{table}" RENAME COLUMN "{column}" TO "gone_{column}"')
            except sqlite3.Error:
                continue  # a constraint stands in the way
        connection.commit()
        return bytes(connection.serialize())
    finally:
        connection.close()


def database(tmp_path: Path, script: str) -> bytes:
    return test_databases.database(tmp_path / "source.db", script).read_bytes()


def exported(tmp_path: Path, form: ExportFormat) -> bytes:
    store = SessionStore(tmp_path / "exporting")
    write_session(store.folder, "s1", rich_session())
    return export_session(store.read("s1"), form).text.encode()


def zipped(raw: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", raw)
    return buffer.getvalue()


def source(kind: str, tmp_path: Path) -> tuple[bytes, tuple[Change, ...]]:
    """A whole file of a kind, and what can be done to it."""
    match kind:
        case "chatgpt":
            return json.dumps([test_chatgpt.conversation()]).encode(), (flipped, exchanged)
        case "chatgpt-zip":
            return zipped(json.dumps([test_chatgpt.conversation()]).encode()), (flipped,)
        case "open-webui":
            return json.dumps([test_open_webui.webui_chat()]).encode(), (flipped, exchanged)
        case "llm":
            more = ", input_tokens INTEGER, output_tokens INTEGER"
            return database(tmp_path, test_databases.LLM.format(more=more) + test_databases.LLM_MORE), (
                flipped,
                refilled,
            )
        case "oterm":
            script = test_databases.OTERM.format(columns="parameters TEXT", images=", images TEXT DEFAULT '[]'")
            return database(tmp_path, script), (flipped, refilled)
        case "elia":
            return database(tmp_path, test_databases.ELIA), (flipped, refilled)
        case "parley-json":
            return exported(tmp_path, "json"), (flipped, exchanged)
        case "parley-markdown":
            return exported(tmp_path, "md"), (flipped,)
        case "parley-html":
            return exported(tmp_path, "html"), (flipped,)
        case _:
            exported(tmp_path, "json")
            return (tmp_path / "exporting" / "s1.jsonl").read_bytes(), (flipped, exchanged_lines)


KINDS = ("chatgpt", "chatgpt-zip", "open-webui", "llm", "oterm", "elia")
OWN_KINDS = ("parley-json", "parley-markdown", "parley-html", "parley-file")


@pytest.mark.parametrize("kind", [*KINDS, *OWN_KINDS])
def test_no_damage_breaks_an_import(tmp_path: Path, kind: str) -> None:
    whole, changes = source(kind, tmp_path)
    path = tmp_path / "source"
    came = 0
    for number in range(ROUNDS):
        chance = random.Random(f"{kind} {number}")
        path.write_bytes(chance.choice(changes)(chance, whole))
        store = SessionStore(tmp_path / f"into-{number % 4}")  # sometimes over what an earlier round brought
        try:
            report = import_file(path, store)
        except SessionError:
            continue
        for session_id in [*report.added, *report.extended]:
            read = store.read(session_id)
            assert not read.problems
            for column in read.session.columns.values():
                read.session.path(column.head)
        came += bool(report.added or report.extended)
    assert came or kind == "chatgpt-zip", "every round was refused: the changes are too rough to test anything"
