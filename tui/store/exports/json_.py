"""A session as one JSON object that loses nothing: its lines as they stand, and its attachments.

Importing it gives an equal session. What is left out is only what says nothing: pieces of replies whose end holds
the whole text; and, while the session is compared blind, whatever tells the models (see `blinded`).
This module refuses to interpret lines, so that keys and events of other versions go along.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from tui import __version__
from tui.domain.blind import blind_of
from tui.domain.record import Attachment
from tui.errors import SessionError
from tui.store.codec import LineError, decode_values, event_values
from tui.store.exports import ExportOptions
from tui.store.exports.blinded import blinded
from tui.store.scrub import Scrubber
from tui.store.sessions import ReadSession
from tui.store.shapes import plain
from tui.text.json_escapes import without_risks

FORMAT = "parley-session-export"
VERSION = 1


def export_json(read: ReadSession, scrubber: Scrubber, options: ExportOptions) -> str:
    """The session's export.

    Raises:
        SessionError: the file cannot be read any more.
    """
    is_blind = blind_of(read.session).is_on
    lines = list(map(event_values, blinded(read.session))) if is_blind else _line_values(read)
    events = [scrubber.values(values) for values in lines]
    document = {
        "format": FORMAT,
        "version": VERSION,
        "app": f"parley {__version__}",
        "session": read.session.id,
        "title": read.session.titled(scrubber.text),
        "masked": scrubber.count,
        "events": events,
        "attachments": _attachments(read, options),
    }
    try:
        text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)
    except ValueError:  # a number beyond all bounds, by another program's hand
        text = json.dumps(plain(document), ensure_ascii=False, allow_nan=False, indent=1)
    text = without_risks(text)
    return text.encode("utf-8", "replace").decode() + "\n"


def _line_values(read: ReadSession) -> list[dict[str, Any]]:
    try:
        lines = read.path.read_bytes().split(b"\n")
    except OSError as error:
        raise SessionError(f"{read.path} cannot be read: {error.strerror}.") from error
    found = []
    for line in lines:
        try:
            found.append(decode_values(line))
        except LineError:
            continue  # blank, torn or damaged: reported when the session was read
    ended = {str(values.get("id")) for values in found if values.get("event") == "reply-ended"}
    return [values for values in found if values.get("event") != "reply-text" or str(values.get("id")) not in ended]


def _attachments(read: ReadSession, options: ExportOptions) -> dict[str, str]:
    """Hash -> content in base64, of those that are there."""
    if options.attachments is None:
        return {}
    wanted: dict[str, Attachment] = {
        attachment.sha256: attachment
        for message in read.session.messages.values()
        for attachment in message.attachments
    }
    found = {}
    for sha256, attachment in wanted.items():
        try:
            found[sha256] = base64.b64encode(options.attachments.read(attachment)).decode("ascii")
        except SessionError:
            continue  # gone: the message still names it
    return found
