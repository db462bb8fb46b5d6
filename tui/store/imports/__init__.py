"""Bringing histories along: which program a file is from, and its chats into the store without doubles.

What is there already is left as it is; what the source has gained since the last import is appended. Sessions in the
trash stay there. This module refuses to change a source, and to guess at files of no known form.
"""

from __future__ import annotations

import codecs
import json
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from tui.domain.record import HeadMoved, MessageAdded, ReplyEnded, ReplyStarted, SessionEvent, SessionStarted
from tui.errors import SessionError
from tui.store.attachments import AttachmentStore
from tui.store.codec import encode_event
from tui.store.imports.foreign import ImportedSession, SourceChat, Unreadable, to_session
from tui.store.journal import Journal
from tui.store.reading import HeaderDamaged, read_contents
from tui.store.scrub import Redacts
from tui.store.sessions import TRASH, SessionStore
from tui.text.clean import clean_line

LARGEST_BYTES = 2 * 1024**3
"""Of JSON and text, which are read whole; databases may be of any size."""

_CONVERSATIONS = re.compile(r"conversations(-\d+)?\.json")
"""What ChatGPT calls its chats: one file, since 2026 numbered ones."""

Progress = Callable[[int, int], None]
"""Called with how many chats are done, and how many there are (0: not known)."""


@dataclass(slots=True)
class ImportReport:
    """What an import did."""

    kind: str = ""
    """The program that the file is from."""
    added: list[str] = field(default_factory=list)
    """Ids of new sessions."""
    extended: list[str] = field(default_factory=list)
    """Ids of sessions that were there and gained messages."""
    unchanged: int = 0
    trashed: int = 0
    """Sessions that are in the trash, and stay there."""
    failed: list[str] = field(default_factory=list)
    """A sentence for each chat or part that could not be read."""


@dataclass(slots=True)
class _Source:
    kind: str
    total: int
    sessions: Iterable[ImportedSession | Unreadable]
    problems: list[str] = field(default_factory=list)


def import_file(
    path: Path, store: SessionStore, *, on_progress: Progress | None = None, redactor: Redacts | None = None
) -> ImportReport:
    """Import all chats in a file.

    Args:
        path: JSON, JSON Lines, Markdown, HTML, ZIP or an SQLite database; its content says of which program.
        store: Where the sessions go.
        on_progress: Told after each chat.
        redactor: Knows the keys in use, which must not be written.

    Raises:
        SessionError: the file cannot be read, is of no known form, or the store cannot be written.
    """
    report = ImportReport()
    with _opened(path, AttachmentStore(store.folder)) as source:
        report.kind = source.kind
        report.failed += source.problems
        for number, item in enumerate(source.sessions, 1):
            if isinstance(item, Unreadable):
                report.failed.append(clean_line(str(item)))
            elif any(isinstance(event, (MessageAdded, ReplyStarted)) for event in item.events):
                _take(item, store, report, redactor)
            if on_progress is not None:
                on_progress(number, source.total)
    return report


@contextmanager
def _opened(path: Path, attachments: AttachmentStore) -> Iterator[_Source]:
    """The source in a file; a database stays open while its chats are read."""
    from tui.store.imports.databases import MAGIC, open_database

    try:
        with path.open("rb") as file:
            head = file.read(len(MAGIC))
        size = path.stat().st_size
    except OSError as error:
        raise SessionError(f"{path} cannot be read: {error.strerror}.") from error
    if head == MAGIC:
        with open_database(path) as connection:
            yield _database_source(connection, attachments, path)
    elif size > LARGEST_BYTES:
        raise SessionError(f"{path} is too large to import.")
    elif head.startswith(b"PK\x03\x04"):
        yield _json_source(_from_zip(path), attachments, path)
    else:
        yield _text_source(path.read_bytes(), attachments, path)


def _from_zip(path: Path) -> Any:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if _CONVERSATIONS.fullmatch(Path(name).name)]
            whole = [name for name in names if Path(name).name == "conversations.json"][:1]
            if not names:
                raise SessionError(f"{path} holds no conversations.json; Parley imports the ZIP that ChatGPT mails.")
            if sum(archive.getinfo(name).file_size for name in whole or names) > LARGEST_BYTES:
                raise SessionError(f"{path} is too large to import.")
            parts = [json.loads(archive.read(name)) for name in whole or sorted(names)]
            return [chat for part in parts for chat in (part if isinstance(part, list) else [part])]
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise SessionError(f"{path} is a damaged ZIP file.") from error


def _text_source(raw: bytes, attachments: AttachmentStore, path: Path) -> _Source:
    from tui.store.imports.parley_files import (
        is_markdown_export,
        is_session_file,
        markdown_in_page,
        read_markdown_export,
        read_session_file,
    )

    if is_session_file(raw):
        return _single("parley session file", path, lambda: read_session_file(raw, path, attachments))
    is_wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))  # a shell of Windows redirected it
    text = raw.decode("utf-16" if is_wide else "utf-8-sig", "replace")
    if is_markdown_export(text):
        return _single("parley Markdown", path, lambda: (read_markdown_export(text), []))
    try:
        shown = markdown_in_page(text)
    except SessionError as error:
        raise SessionError(f"{path} cannot be imported: {error}") from error
    if shown is not None:
        return _single("parley HTML", path, lambda: (read_markdown_export(shown), []))
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SessionError(f"{path} {_UNKNOWN}") from error
    return _json_source(document, attachments, path)


_UNKNOWN = (
    "is of no form that Parley can import; it knows its own exports, ChatGPT's conversations.json or ZIP, Open WebUI's"
    " export, and the databases of llm, oterm and Elia."
)


def _json_source(document: Any, attachments: AttachmentStore, path: Path) -> _Source:
    from tui.store.imports import chatgpt, open_webui
    from tui.store.imports.parley_files import is_json_export, read_json_export

    if is_json_export(document):
        return _single("parley JSON", path, lambda: read_json_export(document, attachments))
    for program in (chatgpt, open_webui):
        if program.is_export(document):
            total = len(document) if isinstance(document, list) else 1
            return _Source(program.KIND, total, _converted(program.KIND, program.read_chats(document), attachments))
    raise SessionError(f"{path} {_UNKNOWN}")


def _database_source(connection: Connection, attachments: AttachmentStore, path: Path) -> _Source:
    from tui.store.imports import elia, llm_logs, oterm
    from tui.store.imports.databases import readable, tables

    columns = tables(connection)
    for program in (llm_logs, oterm, elia):
        if program.is_database(columns):
            chats = readable(program.read_chats(connection))
            return _Source(program.KIND, program.count(connection), _converted(program.KIND, chats, attachments))
    raise SessionError(f"{path} {_UNKNOWN}")


def _single(kind: str, path: Path, read: Callable[[], tuple[ImportedSession, list[str]]]) -> _Source:
    try:
        session, problems = read()
    except SessionError as error:
        raise SessionError(f"{path} cannot be imported: {error}") from error
    return _Source(kind, 1, [session], problems)


def _converted(
    kind: str, chats: Iterable[SourceChat | Unreadable], attachments: AttachmentStore
) -> Iterator[ImportedSession | Unreadable]:
    for chat in chats:
        yield chat if isinstance(chat, Unreadable) else to_session(kind, chat, attachments)


# -- into the store ------------------------------------------------------------------------------------------------


def _take(item: ImportedSession, store: SessionStore, report: ImportReport, redactor: Redacts | None) -> None:
    path = store.path(item.id)
    if path.exists():
        _extend(item, path, report, redactor)
    elif (store.folder / TRASH / path.name).exists():
        report.trashed += 1
    else:
        _write(item.id, Journal(path, item.id, redactor=redactor), item.events)
        _set_age(path, max(getattr(event, "at", "") for event in item.events))
        report.added.append(item.id)


def _extend(item: ImportedSession, path: Path, report: ImportReport, redactor: Redacts | None) -> None:
    try:
        contents = read_contents(path)
    except HeaderDamaged:
        report.failed.append(f"{path.name} is damaged; open it once, then import again.")
        return
    there = set(map(_identity, contents.events))
    fresh = [event for event in item.events if _identity(event) not in there]
    if not any(isinstance(event, (MessageAdded, ReplyStarted)) for event in fresh):
        report.unchanged += 1
        return
    if contents.is_newer:
        report.failed.append(f"{path.name} was written by a newer Parley and is left as it is.")
        return
    ours = {event.id for event in item.events if isinstance(event, (MessageAdded, ReplyStarted))}
    heads = {event.column: event.head for event in contents.events if isinstance(event, HeadMoved)}
    fresh = [event for event in fresh if not isinstance(event, HeadMoved) or heads.get(event.column, "") in {*ours, ""}]
    journal = Journal(path, item.id, known_bytes=contents.size_bytes, sent=contents.sent, redactor=redactor)
    _write(item.id, journal, fresh)
    report.extended.append(item.id)


def _identity(event: SessionEvent) -> object:
    """What makes two events the same: the message that they begin or end, else all that they say."""
    if isinstance(event, SessionStarted):
        return SessionStarted
    if isinstance(event, (MessageAdded, ReplyStarted, ReplyEnded)):
        return type(event), event.id
    return encode_event(event)


def _write(session_id: str, journal: Journal, events: list[SessionEvent]) -> None:
    journal.append(replace(event, id=session_id) if isinstance(event, SessionStarted) else event for event in events)
    journal.close()
    if journal.trouble is not None:
        raise SessionError(journal.trouble)


def _set_age(path: Path, at: str) -> None:
    """An imported session is as old as its last message, so that “the last session” stays the user's own."""
    from datetime import datetime

    try:
        moment_s = datetime.fromisoformat(at).timestamp()
        os.utime(path, (moment_s, moment_s))
    except (ValueError, OverflowError, OSError):
        return
