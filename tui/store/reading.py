"""A session file as events: everything readable is read, everything else is reported, nothing is changed.

A torn last line is no problem but the mark of a killed process; a damaged line in the middle is stepped over and
reported; a later format is read as far as it is understood and marked so that nobody writes to it. Older formats are
brought up to date line by line in memory (`MIGRATIONS`). This module refuses to write.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tui.domain.events import Finish
from tui.domain.record import ReplyEnded, SessionEvent, SessionStarted
from tui.domain.session import Session
from tui.errors import SessionError
from tui.store.codec import VERSION, LineError, decode_values, event_from_values, header_version
from tui.store.sharing import SentRequests

CUT_SHORT_WORDS = "Parley stopped before the reply ended"

Migration = Callable[[dict[str, Any]], dict[str, Any]]
MIGRATIONS: Mapping[int, Migration] = {}
"""From version -> what makes one line's values those of the next version. Version 1 is the first."""

COLLECTED_BELOW_BYTES = 1_000_000
"""Larger files are read without the garbage collector: it would look through half a million new objects again and
again, for a third of the time, and find nothing, since everything read is kept."""

_TEXT_LINE = b'{"event":"reply-text","id":"'


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that could not be read."""

    line: int
    """Counted from 1."""
    words: str

    def __str__(self) -> str:
        return f"Line {self.line} {self.words}; it was skipped."


class HeaderDamaged(SessionError):
    """The file does not begin like a session; what stands in it beyond is in `contents`."""

    def __init__(self, path: Path, contents: Contents) -> None:
        super().__init__(f"{path.name} does not begin with a session header.")
        self.contents = contents


@dataclass(slots=True)
class Contents:
    """What a session file holds."""

    events: list[SessionEvent] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    version: int = VERSION
    size_bytes: int = 0
    """Up to the end of the last whole line."""
    sent: SentRequests = field(default_factory=SentRequests)
    """What was sent, as the file has it: a journal that goes on needs it to refer to."""

    @property
    def is_newer(self) -> bool:
        """Whether a later Parley wrote it, so that it must stay as it is."""
        return self.version > VERSION


def read_contents(path: Path) -> Contents:
    """All events of a file.

    Raises:
        HeaderDamaged: its first line is not a session header.
        SessionError: it cannot be read at all.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SessionError(f"{path} cannot be read: {error.strerror}.") from error
    contents, has_header = parse_contents(raw)
    if not has_header:
        raise HeaderDamaged(path, contents)
    return contents


def parse_contents(raw: bytes) -> tuple[Contents, bool]:
    """All events in the bytes of a file, and whether it begins with a header."""
    with _collector_paused(len(raw)):
        reading = _Reading(raw)
    return reading.contents, reading.has_header


@contextmanager
def _collector_paused(size_bytes: int) -> Iterator[None]:
    if size_bytes < COLLECTED_BELOW_BYTES or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # else the next collection looks through all of it at once, for longer than the pause has saved
        gc.enable()


class _Reading:
    """One pass over the lines of a file."""

    def __init__(self, raw: bytes) -> None:
        self.contents = Contents()
        self._events: list[SessionEvent | None] = []
        self._growth: dict[bytes, list[tuple[int, int, bytes]]] = {}
        """Pieces of replies whose end was not met yet: where they go, line number, line."""
        lines = raw.split(b"\n")
        tail = lines.pop()
        self.contents.size_bytes = len(raw) - len(tail)
        first = next((place for place, line in enumerate(lines) if line.strip()), None)
        self.has_header = first is not None and self._read_header(lines[first])
        for number, line in enumerate(lines, 1):
            if number - 1 != first or not self.has_header:
                self._take(number, line)
        if first is None and self._read_header(tail):  # a header, and nothing else, by a hand that set no line end
            self.has_header = True
            self.contents.size_bytes += len(tail)
        else:
            self._take_tail(len(lines) + 1, tail)
        self._take_growth()
        self.contents.events = [event for event in self._events if event is not None]

    def _read_header(self, line: bytes) -> bool:
        try:
            values = decode_values(line)
            self.contents.version = header_version(values)
            self._events.append(event_from_values(self._migrated(values)))
        except LineError:
            self.contents.version = VERSION
            return False
        return True

    def _migrated(self, values: dict[str, Any]) -> dict[str, Any]:
        for version in range(self.contents.version, VERSION):
            values = MIGRATIONS[version](values)
        return values

    def _take(self, number: int, line: bytes) -> None:
        if line.startswith(_TEXT_LINE) and self.contents.version == VERSION:
            # Pieces of a reply that ends are not worth decoding: its end holds the whole text again.
            reply_id = line[len(_TEXT_LINE) : line.find(b'"', len(_TEXT_LINE))]
            self._growth.setdefault(reply_id, []).append((len(self._events), number, line))
            self._events.append(None)
            return
        event = self._decoded(number, line)
        if isinstance(event, ReplyEnded):
            self._growth.pop(event.id.encode("utf-8", "replace"), None)
            if event.sent is not None:
                self.contents.sent.note(event.id, event.sent)
                event = replace(event, sent=self.contents.sent.expanded(event.sent))
        self._events.append(event)

    def _decoded(self, number: int, line: bytes) -> SessionEvent | None:
        if not line.strip():
            return None
        try:
            event = event_from_values(self._migrated(decode_values(line)))
            if isinstance(event, SessionStarted):
                raise LineError("is a second header")
        except LineError as error:
            self.contents.problems.append(Problem(number, str(error)))
            return None
        return event

    def _take_tail(self, number: int, tail: bytes) -> None:
        """What follows the last line end: a torn line, or a whole one by a hand that set no line end."""
        try:
            decode_values(tail)
        except LineError:
            return
        self._take(number, tail)
        self.contents.size_bytes += len(tail)

    def _take_growth(self) -> None:
        for pieces in self._growth.values():
            for place, number, line in pieces:
                self._events[place] = self._decoded(number, line)


def to_session(contents: Contents, *, is_growing_elsewhere: bool = False) -> Session:
    """The session that the events amount to.

    Args:
        contents: What was read.
        is_growing_elsewhere: Another instance may be writing replies to their end; else a reply without an end is
            marked as cut short, in memory only.
    """
    with _collector_paused(contents.size_bytes):
        session = Session.from_events(contents.events)
    if not is_growing_elsewhere:
        for message in session.incomplete_replies:
            message.finish, message.finish_words = Finish.CUT_SHORT, CUT_SHORT_WORDS
    return session
