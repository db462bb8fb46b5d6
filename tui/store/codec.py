"""One session event, one JSON line: the session format, version 1.

The first line is the header `{"format":"parley-session","version":1,…}`; every other line is an object whose `event`
says what happened, with the fields of that event class and defaults left out. Lines are UTF-8 with C0 controls, DEL,
C1 and line separators escaped, without NaN and without lone surrogates, so that any tool can read a file and no
terminal is steered by one. Reading is lenient about what is new (kept verbatim as `Unknown`) and strict about what is
wrong (`LineError`, which the reader reports and steps over). This module refuses to open files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from tui.domain.events import Finish
from tui.domain.record import (
    AskedAside,
    ColumnAdded,
    ColumnChanged,
    ColumnRemoved,
    HeadMoved,
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
    Unknown,
    Voted,
)
from tui.store.shapes import ShapeError, from_values, plain, to_values
from tui.text.surrogates import scrub_surrogates

FORMAT = "parley-session"
VERSION = 1
UNKNOWN_VERSION = 1_000_000
"""Stands for every version that is no number of ours."""

EVENT_CLASSES: Mapping[str, type] = {
    "column-added": ColumnAdded,
    "column-changed": ColumnChanged,
    "column-removed": ColumnRemoved,
    "message-added": MessageAdded,
    "reply-started": ReplyStarted,
    "reply-text": ReplyText,
    "reply-ended": ReplyEnded,
    "head-moved": HeadMoved,
    "messages-deleted": MessagesDeleted,
    "messages-restored": MessagesRestored,
    "message-marked": MessageMarked,
    "session-marked": SessionMarked,
    "voted": Voted,
    "asked-aside": AskedAside,
}
"""Names on disk, spelled out here so that renaming a class cannot change the format."""

_FINISHES = frozenset(Finish)
_EVENT_NAMES = {kind: name for name, kind in EVENT_CLASSES.items()}
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029]")
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


class LineError(ValueError):
    """A line is not a session event; the text says why, without a line number."""


# -- writing -------------------------------------------------------------------------------------------------------


def event_values(event: SessionEvent) -> dict[str, Any]:
    """The JSON object that stands for `event` in a file."""
    if isinstance(event, Unknown):
        found: dict[str, Any] = plain(event.values)
        return found
    if isinstance(event, SessionStarted):
        return {"format": FORMAT, "version": VERSION, **to_values(event)}
    return {"event": _EVENT_NAMES[type(event)], **to_values(event)}


def encode_values(values: Any) -> bytes:
    """One JSON value as a line with its LF."""
    text = _ENCODER.encode(values)
    if not text.isascii():
        text = _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", scrub_surrogates(text))
    else:
        text = text.replace("\x7f", "\\u007f")
    return text.encode() + b"\n"


def encode_event(event: SessionEvent) -> bytes:
    """`event` as a line with its LF."""
    return encode_values(event_values(event))


# -- reading -------------------------------------------------------------------------------------------------------


def _refuse_constant(name: str) -> None:
    """NaN and infinities, which other tools may have written, are null."""


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def decode_values(line: bytes) -> dict[str, Any]:
    """The JSON object in a line; a byte order mark before it is dropped, lone surrogates in it become U+FFFD.

    Raises:
        LineError: it is not UTF-8, not JSON, or not an object.
    """
    try:
        text = line.decode()
        values = _DECODER.decode(text.removeprefix("\ufeff"))
        if "\\u" in text and _ESCAPED_SURROGATE.search(text):
            values = _without_surrogates(values)
    except UnicodeDecodeError as error:
        raise LineError("is not UTF-8") from error
    except RecursionError as error:
        raise LineError("is nested too deeply") from error
    except ValueError as error:
        raise LineError("is not JSON") from error
    if not isinstance(values, dict):
        raise LineError("is not an object")
    return values


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return scrub_surrogates(value)
    if isinstance(value, dict):
        return {scrub_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    return value


def header_version(values: Mapping[str, Any]) -> int:
    """The format version that a header states, of whatever Parley; `UNKNOWN_VERSION` when it states none of ours.

    Raises:
        LineError: `values` is no header.
    """
    if values.get("format") != FORMAT or "version" not in values:
        raise LineError("is not a session header")
    version = values["version"]
    if isinstance(version, float) and version.is_integer():
        version = int(version)  # other programs' JSON knows only one kind of number
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        return UNKNOWN_VERSION  # a later Parley may count otherwise: what it wrote is not damaged for that
    return min(version, UNKNOWN_VERSION)


def event_from_values(values: Mapping[str, Any]) -> SessionEvent:
    """The event that `values` stands for; one of an unknown kind becomes `Unknown`, the header `SessionStarted`.

    A header needs no more than its format: the file's name says the id, and nothing depends on when it was begun.

    Raises:
        LineError: a field is missing or has the wrong type.
    """
    if values.get("format") == FORMAT:
        try:
            return _shaped(SessionStarted, {"id": "", "at": "", **values})
        except LineError:
            if header_version(values) <= VERSION:
                raise
            return SessionStarted("", "")  # a later header may say the same otherwise
    name = values.get("event")
    if not isinstance(name, str):
        raise LineError("has no event name")
    kind = EVENT_CLASSES.get(name)
    if kind is None:
        return Unknown(values)
    return _shaped(kind, _with_known_finish(values))


def _with_known_finish(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """An end that a later version has a word for is an end: its text must not be lost for the word."""
    finish = values.get("finish")
    if not isinstance(finish, str) or finish in _FINISHES:
        return values
    return {**values, "finish": Finish.STOP.value, "finish_words": values.get("finish_words") or finish}


def decode_line(line: bytes) -> SessionEvent:
    """The event in a line.

    Raises:
        LineError: the line is damaged.
    """
    return event_from_values(decode_values(line))


def _shaped(kind: type, values: Mapping[str, Any]) -> SessionEvent:
    try:
        event: SessionEvent = from_values(kind, values)
    except ShapeError as error:
        raise LineError(f"is not readable: {error}") from error
    return event
