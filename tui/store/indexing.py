"""Keeping the index up with the session files: only what changed, only what was appended.

Each file's row says how far it was read; a file that grew is read on from there, one that is not the same any more is
read anew. Work comes in small transactions that begin by looking at the row again, so that two instances do not
index a line twice. Everything here blocks, and is for a thread. This module refuses to change session files.
"""

from __future__ import annotations

import json
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

from tui.domain.blind import blind_in
from tui.domain.record import (
    AskedAside,
    ColumnAdded,
    ColumnChanged,
    MessageAdded,
    MessageMarked,
    MessagesDeleted,
    MessagesRestored,
    ReplyEnded,
    ReplyStarted,
    ReplyText,
    SessionEvent,
    SessionMarked,
    SessionStarted,
)
from tui.domain.session import headline
from tui.store.candidates import index_grams
from tui.store.codec import VERSION, LineError, decode_values, event_from_values, header_version
from tui.store.index import IndexDamaged, SessionIndex
from tui.store.sessions import FileEntry, SessionStore

SESSIONS_AT_ONCE = 200
TAIL_BYTES = 48
NO_TIME = "?"
"""When a session was begun whose header does not say, or is lost."""
LATEST_MS = 1 << 42
"""Messages said to be of later, in the year 2109, count as of then: row numbers begin with the time."""
PAUSE_S = 0.005
"""Between two transactions, so that the screen's thread and other instances get their turn."""

_TEXT_LINE = b'{"event":"reply-text"'
_COLUMNS = (
    "id, size_bytes, changed_ns, indexed_bytes, tail, title, question, models, created, last_at, messages, cost_usd,"
    " is_pinned, tags, problem, letters"
)


@dataclass(slots=True)
class _Row:
    """The index's row about one session, as it is being brought up to date."""

    id: str
    size_bytes: int = 0
    changed_ns: int = 0
    indexed_bytes: int = 0
    tail: bytes = b""
    title: str = ""
    question: str = ""
    models: list[str] = field(default_factory=list)
    created: str = ""
    last_at: str = ""
    messages: int = 0
    cost_usd: float | None = None
    is_pinned: bool = False
    tags: list[str] = field(default_factory=list)
    problem: str = ""
    letters: list[str] = field(default_factory=list)
    """What the columns are called while the session is blind; empty when it is not."""

    def pay(self, cost_usd: float | None) -> None:
        if cost_usd is not None:
            self.cost_usd = (self.cost_usd or 0.0) + cost_usd

    def values(self) -> tuple[object, ...]:
        return (
            self.id,
            self.size_bytes,
            self.changed_ns,
            self.indexed_bytes,
            self.tail,
            self.title,
            self.question,
            json.dumps(self.models),
            self.created,
            self.last_at,
            self.messages,
            self.cost_usd,
            int(self.is_pinned),
            json.dumps(self.tags),
            self.problem,
            json.dumps(self.letters),
        )

    @classmethod
    def from_values(cls, values: tuple[object, ...]) -> _Row:
        row = cls(*values)  # type: ignore[arg-type]  # the table's types are this class's
        row.models, row.tags, row.letters = (json.loads(str(one)) for one in (row.models, row.tags, row.letters))
        row.is_pinned = bool(row.is_pinned)
        return row


class Indexer:
    """Brings an index up to date with a store."""

    def __init__(self, index: SessionIndex, store: SessionStore) -> None:
        self.index = index
        self.store = store

    def refresh(self, *, pause: Callable[[], bool] = lambda: False) -> int:
        """Sweep leftovers and index what changed since the last time, newest first.

        Returns:
            How many sessions changed.

        Args:
            pause: Called between transactions, when the screen may have its turn; true ends the refresh early.
        """
        self.store.sweep()
        for _ in range(2):  # a damaged index is thrown away at the first touch, and made anew
            try:
                return self._refresh(pause)
            except IndexDamaged:
                continue
            except sqlite3.OperationalError:
                return 0  # locked for long, or the disk is full: the list stays as old as it is
        return 0

    def _refresh(self, pause: Callable[[], bool]) -> int:
        with self.index.connected() as connection:
            known = {
                name: (size, changed)
                for name, size, changed in connection.execute("SELECT id, size_bytes, changed_ns FROM sessions")
            }
        there = {entry.id: entry for entry in self.store.entries()}
        gone = [name for name in known if name not in there]
        changed = [entry for entry in there.values() if known.get(entry.id) != (entry.size_bytes, entry.changed_ns)]
        changed.sort(key=lambda entry: entry.changed_ns, reverse=True)
        self._forget(gone)
        for batch in _batches(changed, SESSIONS_AT_ONCE):
            with self.index.connected() as connection, _transaction(connection):
                _Batch(connection, self.store).index(batch)
            if pause():
                break
            time.sleep(PAUSE_S)
        return len(changed) + len(gone)

    def update(self, session_id: str) -> None:
        """Index what was appended to one session, now."""
        path = self.store.path(session_id)
        try:
            stat = path.stat()
        except OSError:
            return
        try:
            with self.index.connected() as connection, _transaction(connection):
                _Batch(connection, self.store).index([FileEntry(session_id, stat.st_size, stat.st_mtime_ns)])
        except (IndexDamaged, sqlite3.OperationalError):
            return  # the next refresh brings it

    def _forget(self, ids: list[str]) -> None:
        if not ids:
            return
        with self.index.connected() as connection, _transaction(connection):
            for name in ids:
                _Batch(connection, self.store).forget(name)


def _batches(entries: Iterable[FileEntry], size: int) -> Iterator[list[FileEntry]]:
    rest = iter(entries)
    while batch := list(islice(rest, size)):
        yield batch


class _transaction:
    """All or nothing, seeing what other instances wrote before."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, *rest: object) -> None:
        if self._connection.in_transaction:
            self._connection.execute("COMMIT" if kind is None else "ROLLBACK")


class _Batch:
    """One transaction's worth of sessions; texts go in sorted, which the full-text index is fastest with."""

    def __init__(self, connection: sqlite3.Connection, store: SessionStore) -> None:
        self._connection = connection
        self._store = store
        self._bodies: dict[int, str] = {}
        self._new: set[int] = set()

    def index(self, entries: list[FileEntry]) -> None:
        for entry in entries:
            self._index_one(entry)
        for rowid in sorted(self._bodies):
            if rowid not in self._new:
                self._connection.execute("DELETE FROM texts WHERE rowid=?", (rowid,))
            if body := self._bodies[rowid]:
                values = (rowid, body, index_grams(body))
                self._connection.execute("INSERT INTO texts(rowid, body, pairs) VALUES(?, ?, ?)", values)

    def forget(self, session_id: str) -> None:
        connection = self._connection
        connection.execute("DELETE FROM texts WHERE rowid IN (SELECT rowid FROM parts WHERE session=?)", (session_id,))
        connection.execute("DELETE FROM parts WHERE session=?", (session_id,))
        connection.execute("DELETE FROM sessions WHERE id=?", (session_id,))

    def _index_one(self, entry: FileEntry) -> None:
        found = self._connection.execute(f"SELECT {_COLUMNS} FROM sessions WHERE id=?", (entry.id,)).fetchone()
        row = _Row.from_values(found) if found else _Row(entry.id)
        try:
            appended = _read_appended(self._store.path(entry.id), row)
            if appended is None:
                self.forget(entry.id)
                row = _Row(entry.id)
                appended = _read_appended(self._store.path(entry.id), row) or b""
        except OSError as error:
            row.problem = f"It cannot be read: {error.strerror}."
            appended = b""
        whole = _whole_lines(appended)
        self._apply(row, whole)
        row.indexed_bytes += len(whole)
        row.tail = (row.tail + whole)[-TAIL_BYTES:]
        row.size_bytes, row.changed_ns = entry.size_bytes, entry.changed_ns
        marks = ", ".join("?" * 16)
        self._connection.execute(f"INSERT OR REPLACE INTO sessions({_COLUMNS}) VALUES({marks})", row.values())

    def _apply(self, row: _Row, lines: bytes) -> None:
        growth: dict[str, list[ReplyText]] = {}
        for line in lines.split(b"\n"):
            if not line.strip():
                continue
            event = _event(row, line)
            if isinstance(event, ReplyText):
                growth.setdefault(event.id, []).append(event)
            elif event is not None:
                if isinstance(event, ReplyEnded):
                    growth.pop(event.id, None)
                self._fold(row, event)
        for reply_id, pieces in growth.items():
            self._grow(row, reply_id, "text", "".join(piece.text for piece in pieces))
            self._grow(row, reply_id, "reasoning", "".join(piece.reasoning for piece in pieces))

    def _fold(self, row: _Row, event: SessionEvent) -> None:
        match event:
            case SessionStarted():
                row.created = event.at or NO_TIME
            case ColumnAdded() | ColumnChanged():
                return  # opening a column says nothing yet
            case MessageAdded():
                self._fold_message(row, event)
            case ReplyStarted():
                row.messages += self._put(row, event.id, "text", "assistant", event.at, "")
                if event.model not in row.models:
                    row.models.append(event.model)
            case ReplyEnded():
                self._put(row, event.id, "text", "assistant", event.at, event.text)
                self._put(row, event.id, "reasoning", "assistant", event.at, event.reasoning)
                row.pay(event.cost_usd)
            case AskedAside():
                row.pay(event.cost_usd)
            case MessagesDeleted() | MessagesRestored():
                self._mark_deleted(row, event.ids, is_deleted=isinstance(event, MessagesDeleted))
            case MessageMarked():
                if event.note is not None:
                    self._put(row, event.id, "note", "user", event.at, event.note)
            case SessionMarked():
                self._fold_marks(row, event)
        row.last_at = max(row.last_at, getattr(event, "at", ""))

    def _fold_message(self, row: _Row, event: MessageAdded) -> None:
        row.messages += self._put(row, event.id, "text", event.role, event.at, event.text)
        if event.reasoning:
            self._put(row, event.id, "reasoning", event.role, event.at, event.reasoning)
        if event.role == "user" and not row.question:
            row.question = headline(event.text, event.attachments)
        if event.model and event.model not in row.models:
            row.models.append(event.model)

    def _fold_marks(self, row: _Row, event: SessionMarked) -> None:
        row.title = row.title if event.title is None else event.title
        row.is_pinned = row.is_pinned if event.is_pinned is None else event.is_pinned
        row.tags = row.tags if event.tags is None else list(event.tags)
        if event.layout is not None:
            row.letters = sorted(set(blind_in(event.layout).names.values()), key=lambda name: (len(name), name))
        if event.title is not None or event.tags is not None:
            self._put(row, "", "title", "", event.at, "\n".join(filter(None, [row.title, *row.tags])))

    def _mark_deleted(self, row: _Row, ids: tuple[str, ...], *, is_deleted: bool) -> None:
        for name in ids:
            changed = self._connection.execute(
                "UPDATE parts SET is_deleted=? WHERE session=? AND message=? AND is_deleted!=? RETURNING part='text'",
                (is_deleted, row.id, name, is_deleted),
            ).fetchall()
            row.messages += (-1 if is_deleted else 1) * sum(is_text for (is_text,) in changed)

    def _put(self, row: _Row, message: str, part: str, role: str, at: str, body: str) -> bool:
        """Set a part's text; returns whether the part is new."""
        rowid = self._rowid(row, message, part)
        if rowid is None:
            if part != "text" and not body:
                return False
            rowid = self._new_rowid(row, message, part, at)
            self._connection.execute(
                "INSERT INTO parts(rowid, session, message, part, role, at) VALUES(?, ?, ?, ?, ?, ?)",
                (rowid, row.id, message, part, role, at),
            )
            self._bodies[rowid] = body
            self._new.add(rowid)
            return True
        self._bodies[rowid] = body
        return False

    def _grow(self, row: _Row, message: str, part: str, text: str) -> None:
        if not text:
            return
        rowid = self._rowid(row, message, part)
        before = ""
        if rowid is not None:
            before = self._bodies.get(rowid, "")
            if rowid not in self._bodies:
                stored = self._connection.execute("SELECT body FROM texts WHERE rowid=?", (rowid,)).fetchone()
                before = stored[0] if stored else ""
        self._put(row, message, part, "assistant", row.last_at, before + text)

    def _rowid(self, row: _Row, message: str, part: str) -> int | None:
        found = self._connection.execute(
            "SELECT rowid FROM parts WHERE session=? AND message=? AND part=?", (row.id, message, part)
        ).fetchone()
        return None if found is None else int(found[0])

    def _new_rowid(self, row: _Row, message: str, part: str, at: str) -> int:
        """A free number that grows with time, so that the newest hits come first by themselves."""
        try:
            moment_ms = min(max(0, int(datetime.fromisoformat(at).timestamp() * 1000)), LATEST_MS)
        except (ValueError, OverflowError):
            moment_ms = 0
        rowid = (moment_ms << 20) | (zlib.crc32(f"{row.id}/{message}/{part}".encode("utf-8", "replace")) & 0xFFFFF)
        while self._connection.execute("SELECT 1 FROM parts WHERE rowid=?", (rowid,)).fetchone():
            rowid += 1
        return rowid


def _whole_lines(appended: bytes) -> bytes:
    """All but a torn last line; one that is whole and only lacks its end counts."""
    end = appended.rfind(b"\n") + 1
    try:
        decode_values(appended[end:])
    except LineError:
        return appended[:end]
    return appended


def _event(row: _Row, line: bytes) -> SessionEvent | None:
    try:
        values = decode_values(line)
        if not row.created and header_version(values) > VERSION:
            row.problem = "It was written by a newer Parley."
        return event_from_values(values)
    except LineError as error:
        row.problem = row.problem or f"A line {error}."
        if not row.created:
            row.problem, row.created = "It does not begin with a session header.", NO_TIME
        return None


def _read_appended(path: Path, row: _Row) -> bytes | None:
    """What follows the part already indexed; None when that part is not the same any more."""
    start = row.indexed_bytes - len(row.tail)
    with path.open("rb") as file:
        file.seek(start)
        appended = file.read()
    if not appended.startswith(row.tail):
        return None
    return appended[len(row.tail) :]
