"""The full-text index over all sessions: search as you type, and the list of sessions.

`index.sqlite` is derived: it is made anew when it is missing, damaged or of another version, kept up by
`tui.store.indexing` in the background, and never the only place of anything. Texts are indexed by trigrams, so that
any part of a word is found in any script (`candidates` says how). Newest hits come first. Where the file cannot be
written, the index lives in memory. This module refuses to fail a search because of a broken index, and to read
session files.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tui.store.candidates import candidates, search_terms
from tui.text.clean import clean_line

SCHEMA_VERSION = 3
BUSY_WAIT_S = 5.0
"""How long to wait for another instance that is writing."""
SNIPPET_CHARS = 160

_SCHEMA = """
CREATE TABLE sessions(
    id TEXT PRIMARY KEY, size_bytes INTEGER NOT NULL, changed_ns INTEGER NOT NULL, indexed_bytes INTEGER NOT NULL,
    tail BLOB NOT NULL, title TEXT NOT NULL, question TEXT NOT NULL, models TEXT NOT NULL, created TEXT NOT NULL,
    last_at TEXT NOT NULL, messages INTEGER NOT NULL, cost_usd REAL, is_pinned INTEGER NOT NULL, tags TEXT NOT NULL,
    problem TEXT NOT NULL, letters TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX by_age ON sessions(is_pinned DESC, last_at DESC);
CREATE TABLE parts(
    rowid INTEGER PRIMARY KEY, session TEXT NOT NULL, message TEXT NOT NULL, part TEXT NOT NULL, role TEXT NOT NULL,
    at TEXT NOT NULL, is_deleted INTEGER NOT NULL DEFAULT 0, UNIQUE(session, message, part)
);
CREATE VIRTUAL TABLE texts USING fts5(body, pairs, tokenize='trigram', detail=none, columnsize=0);
"""


@dataclass(frozen=True, slots=True)
class Summary:
    """One session in the list."""

    id: str
    title: str
    """Given by the user, or the beginning of the first question."""
    models: tuple[str, ...]
    """In the order in which they first answered; while the session is blind, the letters of its columns."""
    created: str
    last_at: str
    size_bytes: int
    messages: int
    cost_usd: float | None
    """Of all replies whose price is known; None when none is, and while the session is blind."""
    is_pinned: bool
    tags: tuple[str, ...]
    problem: str = ""
    """Why the file, or a part of it, cannot be read."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where a search text was found."""

    session_id: str
    message_id: str
    """Empty when the session's title or a tag was found."""
    part: str
    """`text`, `reasoning`, `note` or `title`."""
    role: str
    title: str
    snippet: str
    """Cleaned text around the first place, on one line."""
    ranges: tuple[tuple[int, int], ...]
    """Where the terms stand in `snippet`: from, to."""
    at: str


class SessionIndex:
    """One connection to the index. For one thread at a time; several instances and processes may have it open."""

    def __init__(self, path: Path) -> None:
        """The index in the file `path`, which is opened with the first use."""
        self.path = path
        self.is_in_memory = False
        """Whether the file could not be used: what is indexed here is known to nobody else."""
        self._connection: sqlite3.Connection | None = None
        self._is_ended = False
        self._lock = threading.RLock()

    def close(self) -> None:
        """Let go of the file; the next use opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def end(self) -> None:
        """Let go of the file for good: a thread that comes too late finds nothing, and opens nothing."""
        with self._lock:
            self._is_ended = True
            self.close()

    def interrupt(self) -> None:
        """End a search that runs in another thread: it returns what it has."""
        connection = self._connection
        if connection is not None:
            with contextlib.suppress(sqlite3.ProgrammingError):  # closed meanwhile
                connection.interrupt()

    @contextlib.contextmanager
    def connected(self) -> Iterator[sqlite3.Connection]:
        """The connection, with a damaged file thrown away so that the next use makes it anew.

        Raises:
            IndexDamaged: the file was damaged, and is gone now.
            sqlite3.OperationalError: a query was interrupted, or this has ended.
        """
        with self._lock:
            if self._is_ended:
                raise sqlite3.OperationalError("interrupted: nobody waits for an answer any more")
            if self._connection is None:
                self._connection = self._open()
            try:
                yield self._connection
            except sqlite3.DatabaseError as error:
                if isinstance(error, (sqlite3.OperationalError, sqlite3.IntegrityError)) and not _is_damage(error):
                    raise
                self.discard()
                raise IndexDamaged(str(error)) from error

    def discard(self) -> None:
        """Remove the file; it will be made anew."""
        self.close()
        for suffix in ("", "-wal", "-shm", "-journal"):
            with contextlib.suppress(OSError):
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)

    def _open(self) -> sqlite3.Connection:
        try:
            return self._open_file()
        except sqlite3.OperationalError as error:
            if not _is_damage(error):
                return self._open_memory()
        except sqlite3.DatabaseError:
            pass
        except OSError:
            return self._open_memory()
        self.discard()
        try:
            return self._open_file()
        except (sqlite3.DatabaseError, OSError):
            return self._open_memory()

    def _open_memory(self) -> sqlite3.Connection:
        self.is_in_memory = True
        return _prepared(":memory:")

    def _open_file(self) -> sqlite3.Connection:
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(self.path, flags, 0o600)  # SQLite gives its side files the same mode
        if hasattr(os, "fchmod"):
            os.fchmod(descriptor, 0o600)
        os.close(descriptor)
        return _prepared(str(self.path))

    # -- asking ----------------------------------------------------------------------------------------------------

    def summaries(self, *, limit: int = -1, offset: int = 0) -> list[Summary]:
        """The sessions, pinned ones first, then by age; empty when the index is broken or not made yet."""
        found = self._rows(
            f"SELECT {_SUMMARY} FROM sessions ORDER BY is_pinned DESC, last_at DESC, id LIMIT ? OFFSET ?",
            (limit, offset),
        )
        return [_summary(row) for row in found]

    def summary(self, session_id: str) -> Summary | None:
        """One session; None when the index does not know it."""
        found = self._rows(f"SELECT {_SUMMARY} FROM sessions WHERE id = ?", (session_id,))
        return _summary(found[0]) if found else None

    def count(self) -> int:
        """How many sessions the index knows."""
        rows = self._rows("SELECT count(*) FROM sessions", ())
        return int(str(rows[0][0])) if rows else 0

    def search(self, text: str, *, limit: int = 50) -> list[Hit]:
        """The newest places that hold every term of `text`, in any case; a "quoted phrase" is one term.

        Empty when there is no term, when nothing is found, and when the index is broken.
        """
        terms = search_terms(text)
        if not terms:
            return []
        hits: list[Hit] = []
        try:
            with self.connected() as connection:
                for row in candidates(connection, terms):
                    lowered = row[5].lower()
                    if all(term in lowered for term in terms):
                        hits.append(_hit(row, terms))
                        if len(hits) >= limit:
                            break
        except (IndexDamaged, sqlite3.OperationalError):
            return hits  # interrupted by the next key, or broken: the refresher mends it
        return hits

    def _rows(self, query: str, values: tuple[object, ...]) -> list[tuple[object, ...]]:
        try:
            with self.connected() as connection:
                rows: list[tuple[object, ...]] = connection.execute(query, values).fetchall()
                return rows
        except (IndexDamaged, sqlite3.OperationalError):
            return []


class IndexDamaged(Exception):
    """The index file was damaged and has been removed; internal, never shown."""


def _is_damage(error: sqlite3.Error) -> bool:
    words = str(error)
    return any(sign in words for sign in ("malformed", "not a database", "no such table", "corrupt", "no such column"))


def _prepared(name: str) -> sqlite3.Connection:
    connection = sqlite3.connect(name, timeout=BUSY_WAIT_S, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=OFF" if name == ":memory:" else "PRAGMA synchronous=NORMAL")
        if _version(connection) == 0:
            connection.execute("BEGIN IMMEDIATE")
            if _version(connection) == 0:  # no other instance was faster
                for statement in _SCHEMA.split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
            connection.execute("COMMIT")
        if _version(connection) != SCHEMA_VERSION:
            raise sqlite3.DatabaseError("made by another version")
    except BaseException:
        connection.close()
        raise
    return connection


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


_SUMMARY = (
    "id, title, question, CASE letters WHEN '[]' THEN models ELSE letters END, created, last_at, size_bytes, messages,"
    " CASE letters WHEN '[]' THEN cost_usd END, is_pinned, tags, problem"
)


def _hit(row: tuple[str, ...], terms: list[str]) -> Hit:
    session_id, message_id, part, role, at, body, title = row
    snippet, ranges = make_snippet(body, terms)
    return Hit(session_id, message_id, part, role, clean_line(title), snippet, ranges, at)


def make_snippet(body: str, terms: list[str]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Cleaned text around the first term in `body`, and where terms stand in it."""
    pattern = re.compile("|".join(map(re.escape, terms)), re.IGNORECASE)
    first = pattern.search(body)
    start = max(0, first.start() - SNIPPET_CHARS // 3) if first else 0
    end = min(len(body), start + SNIPPET_CHARS)
    if start and (space := body.find(" ", start, first.start() if first else start)) > 0:
        start = space + 1
    window = body[start:end]
    pieces, ranges, at, length = ["…"] if start else [], [], 0, int(start > 0)
    for found in pattern.finditer(window):
        before, match = (clean_line(part.replace("\n", " ")) for part in (window[at : found.start()], found[0]))
        ranges.append((length + len(before), length + len(before) + len(match)))
        pieces += [before, match]
        length += len(before) + len(match)
        at = found.end()
    pieces.append(clean_line(window[at:].replace("\n", " ")) + ("…" if end < len(body) else ""))
    return "".join(pieces), tuple(ranges)


def _summary(row: tuple[object, ...]) -> Summary:
    name, title, question, models, created, last_at, size, messages, cost, is_pinned, tags, problem = row
    return Summary(
        id=str(name),
        title=clean_line(str(title or question)),
        models=tuple(json.loads(str(models))),
        created=str(created),
        last_at=str(last_at),
        size_bytes=int(str(size)),
        messages=int(str(messages)),
        cost_usd=None if cost is None else float(str(cost)),
        is_pinned=bool(is_pinned),
        tags=tuple(json.loads(str(tags))),
        problem=str(problem),
    )
