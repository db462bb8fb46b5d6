"""Parley's own files on their way back in: its exports, and session files of another machine.

JSON and session files give an equal session. Markdown, and HTML by the Markdown in it, give what they show: the
messages on the columns' ways, with their ids, times, models and reasoning. This module refuses Markdown that Parley did
not write: a guess at who said what would put words into somebody's mouth.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tui import __version__
from tui.domain.events import Finish
from tui.domain.record import (
    ColumnAdded,
    HeadMoved,
    MessageAdded,
    MessageRole,
    ReplyEnded,
    ReplyStarted,
    SessionEvent,
    SessionMarked,
    SessionStarted,
)
from tui.errors import SessionError
from tui.store.attachments import AttachmentStore
from tui.store.codec import LineError, decode_values, event_from_values, header_version
from tui.store.exports.json_ import FORMAT, VERSION
from tui.store.exports.markdown import MARK
from tui.store.imports.foreign import UNKNOWN_TIME, ImportedSession, stable_id
from tui.store.reading import parse_contents
from tui.store.sessions import is_safe_id
from tui.store.sharing import SentRequests

LONGEST_HEADER_BYTES = 64 * 1024
"""Of a session file; other programs' exports are one line of a hundred megabytes, not to be read twice."""
LARGEST_PAGE_BYTES = 256 * 1024 * 1024
"""Of the Markdown in a page, unpacked."""
_MARK_LINE = re.compile(r"<!-- parley:(\w+)((?: \S+)*) -->")
_ESCAPED_MARK = re.compile(r"^\\(\\*<!-- parley:)", re.MULTILINE)
_ROLES: Mapping[str, MessageRole] = {"user": "user", "assistant": "assistant", "system": "system", "tool": "tool"}


def is_json_export(document: Any) -> bool:
    """Whether parsed JSON is a session that Parley exported."""
    return isinstance(document, Mapping) and document.get("format") == FORMAT


def read_json_export(document: Mapping[str, Any], attachments: AttachmentStore) -> tuple[ImportedSession, list[str]]:
    """The session in a JSON export, and a sentence for each part that cannot be read.

    Raises:
        SessionError: it was exported by a newer Parley, or holds no session.
    """
    version, values = document.get("version"), document.get("events")
    if not isinstance(version, int) or version > VERSION:
        raise SessionError("It was exported by a newer Parley; update this one to import it.")
    if not isinstance(values, list):
        raise SessionError("It holds no events.")
    problems, events = [], []
    for number, item in enumerate(values, 1):
        try:
            events.append(event_from_values(item if isinstance(item, dict) else {}))
        except LineError as error:
            problems.append(f"Event {number} {error}; it was skipped.")
    contents = document.get("attachments")
    for sha256, encoded in (contents if isinstance(contents, Mapping) else {}).items():
        problems += _take_attachment(str(sha256), encoded, attachments)
    return _session(_expanded(events), str(document.get("session") or "")), problems


def _expanded(events: list[SessionEvent]) -> list[SessionEvent]:
    from dataclasses import replace

    sent = SentRequests()
    found: list[SessionEvent] = []
    for event in events:
        if isinstance(event, ReplyEnded) and event.sent is not None:
            sent.note(event.id, event.sent)
            event = replace(event, sent=sent.expanded(event.sent))
        found.append(event)
    return found


def _take_attachment(sha256: str, encoded: Any, attachments: AttachmentStore) -> list[str]:
    try:
        kept = attachments.add("attachment", "", base64.b64decode(encoded, validate=True))
    except (binascii.Error, ValueError, TypeError, SessionError):
        return [f"Attachment {sha256[:12]} cannot be read."]
    return [] if kept.sha256 == sha256 else [f"Attachment {sha256[:12]} is damaged."]


def _session(events: list[SessionEvent], named: str) -> ImportedSession:
    started = next((event for event in events if isinstance(event, SessionStarted)), None)
    session_id = (started.id if started is not None else "") or named
    if not is_safe_id(session_id):
        session_id = stable_id("parley", session_id)
    rest = [event for event in events if not isinstance(event, SessionStarted)]
    begun = getattr(rest[0], "at", UNKNOWN_TIME) if rest else UNKNOWN_TIME
    return ImportedSession(session_id, [started or SessionStarted(session_id, begun), *rest])


def is_session_file(raw: bytes) -> bool:
    """Whether a file begins with the header of a session, by whatever program it was written."""
    first = raw[:LONGEST_HEADER_BYTES].lstrip(b"\xef\xbb\xbf \r\n\t").partition(b"\n")[0]
    try:
        return header_version(decode_values(first)) > 0
    except LineError:
        return False


def read_session_file(raw: bytes, path: Path, attachments: AttachmentStore) -> tuple[ImportedSession, list[str]]:
    """The session in another machine's session file, with the attachments that came along in the folder beside it.

    Raises:
        SessionError: it is not one, or a newer Parley wrote it.
    """
    contents, has_header = parse_contents(raw)
    if not has_header or not contents.events:
        raise SessionError("It does not begin with a session header.")
    if contents.is_newer:
        raise SessionError("It was written by a newer Parley; update this one to import it.")
    problems = list(map(str, contents.problems))
    beside = AttachmentStore(path.parent)
    named = {
        one.sha256: one for event in contents.events if isinstance(event, MessageAdded) for one in event.attachments
    }
    for one in named.values():
        try:
            if not attachments.added_ns(one):
                attachments.add(one.name, one.media_type, beside.read(one))
        except SessionError as error:
            problems.append(str(error))
    return _session(contents.events, path.stem), problems


def markdown_in_page(text: str) -> str | None:
    """The Markdown at the end of an HTML page that Parley exported; None when it is no such page.

    Raises:
        SessionError: it is one, and damaged.
    """
    from tui.store.exports.html import WAY_BACK

    page, mark, packed = text.rstrip().rpartition(WAY_BACK)
    if not mark or not packed.endswith(" -->") or not page.lstrip("\ufeff").startswith("<!DOCTYPE html>"):
        return None
    try:
        unpacker = zlib.decompressobj()
        raw = unpacker.decompress(base64.b64decode(packed.removesuffix(" -->"), validate=True), LARGEST_PAGE_BYTES)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise SessionError("What it holds for coming back is damaged.") from error
    if not unpacker.eof:
        raise SessionError("What it holds for coming back is cut off, or too large.")
    return raw.decode("utf-8", "replace")


def is_markdown_export(text: str) -> bool:
    """Whether a text is Markdown that Parley exported."""
    return text.lstrip("\ufeff").startswith(f"{MARK}session ")


def read_markdown_export(text: str) -> ImportedSession:
    """The session in a Markdown export.

    Raises:
        SessionError: it holds no message that can be read.
    """
    reading = _MarkdownReading()
    for line in text.lstrip("\ufeff").replace("\r\n", "\n").split("\n"):
        reading.take(line)
    return reading.session()


class _MarkdownReading:
    """One pass over the lines; only comments of ours and what they enclose count."""

    def __init__(self) -> None:
        self._id, self._at, self._title = "", "", ""
        self._columns: list[tuple[str, str, str]] = []
        self._messages: list[dict[str, Any]] = []
        self._open: list[str] | None = None
        self._part = ""

    def take(self, line: str) -> None:
        mark = _MARK_LINE.fullmatch(line)
        if self._open is not None:
            if mark and mark[1] == "end":
                self._messages[-1][self._part] = _ESCAPED_MARK.sub(r"\1", "\n".join(self._open))
                self._open = None
            else:
                self._open.append(line)
        elif mark:
            self._take_mark(mark[1], mark[2].split())
        elif line.startswith("# ") and not self._title:
            self._title = line[2:].strip()

    def _take_mark(self, kind: str, words: list[str]) -> None:
        match kind, words:
            case "session", [name, at]:
                self._id, self._at = name, at
            case "column", [name, head, model]:
                self._columns.append((name, head, model))
            case "message", [name, parent, role, at, *rest] if role in _ROLES:
                self._messages.append(
                    {"id": name, "parent": parent, "role": role, "at": at, "rest": rest, "text": "", "reasoning": ""}
                )
            case (("text" | "reasoning"), []) if self._messages:
                self._part, self._open = kind, []
            case _:
                pass  # a comment of a newer Parley

    def session(self) -> ImportedSession:
        if not self._messages:
            raise SessionError("It holds no message that Parley can read.")
        session_id = self._id if is_safe_id(self._id) else stable_id("parley-markdown", self._id)
        begun = UNKNOWN_TIME if self._at in ("", "-") else self._at
        events: list[SessionEvent] = [SessionStarted(session_id, begun, f"parley {__version__}, from Markdown")]
        columns = self._columns or [("c1", self._messages[-1]["id"], "imported/unknown")]
        events += [ColumnAdded(name, begun, model) for name, _, model in columns]
        known: set[str] = set()
        for message in self._messages:
            if message["id"] not in known:
                known.add(message["id"])
                events += self._message_events(message, columns[0][0], begun)
        events += [HeadMoved(name, self._messages[-1]["at"], head) for name, head, _ in columns if head in known]
        if self._title:
            events.append(SessionMarked(self._messages[-1]["at"], title=self._title))
        return ImportedSession(session_id, events, self._title)

    def _message_events(self, values: Mapping[str, Any], column: str, begun: str) -> list[SessionEvent]:
        parent = None if values["parent"] == "-" else values["parent"]
        at = begun if values["at"] == "-" else values["at"]
        if values["role"] != "assistant":
            return [MessageAdded(values["id"], at, parent, _ROLES[values["role"]], values["text"])]
        finish, model = (*values["rest"], "", "")[:2]
        return [
            ReplyStarted(values["id"], at, parent, column, model or "imported/unknown"),
            ReplyEnded(
                values["id"],
                at,
                Finish(finish) if finish in set(Finish) else Finish.STOP,
                values["text"],
                values["reasoning"],
            ),
        ]
