"""What all importers of other programs' histories read into: chats with messages in a tree.

A chat becomes a session whose ids are hashes of the source's ids, so that importing the same history again finds
what is there already. This module refuses to know any program's format, and to write files.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tui import __version__
from tui.domain.events import Finish, Usage
from tui.domain.record import (
    Attachment,
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
from tui.domain.reply import Timings
from tui.errors import SessionError
from tui.store.attachments import AttachmentStore

_ID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
UNKNOWN_TIME = "1970-01-01T00:00:00.000Z"

# Families of models by the names their makers give them -> the built-in endpoint that serves them.
_FAMILIES: Mapping[str, re.Pattern[str]] = {
    "openai": re.compile(r"(?i)(?:ft:)?(?:gpt-|chatgpt|o[134](?:-|$)|text-davinci|codex|davinci)"),
    "anthropic": re.compile(r"(?i)claude"),
    "gemini": re.compile(r"(?i)(?:models/)?(?:gemini|gemma-?\d?n?-it|learnlm)"),
    "deepseek": re.compile(r"(?i)deepseek-(?:chat|reasoner)$"),
    "xai": re.compile(r"(?i)grok"),
    "mistral": re.compile(r"(?i)(?:mistral|ministral|codestral|magistral|pixtral|open-mi[sx]tral)[\w.-]*$"),
}
_ENDPOINTS = frozenset(
    {"openai", "anthropic", "gemini", "ollama", "openrouter", "groq", "mistral", "deepseek", "xai", "together"}
    | {"lmstudio", "llamacpp", "vllm", "imported"}
)
_SAME_ENDPOINT = {"google": "gemini", "openai-chat": "openai", "openai-responses": "openai", "together_ai": "together"}


@dataclass(slots=True)
class SourceFile:
    """A file that went with a message."""

    name: str
    media_type: str
    content: bytes


@dataclass(slots=True)
class SourceMessage:
    """One message as the source has it."""

    id: str
    parent: str | None
    role: MessageRole
    text: str
    at: str = ""
    reasoning: str = ""
    model: str = ""
    system: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    finish: Finish = Finish.STOP
    usage: Usage = field(default_factory=Usage)
    total_s: float | None = None
    files: list[SourceFile] = field(default_factory=list)
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class SourceChat:
    """One chat as the source has it."""

    id: str
    title: str = ""
    at: str = ""
    model: str = ""
    system: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    messages: list[SourceMessage] = field(default_factory=list)
    """Each after its parent."""
    heads: list[tuple[str, str]] = field(default_factory=list)
    """A column's model and where it stands; empty: one column at the last message."""
    tags: tuple[str, ...] = ()
    is_pinned: bool = False


@dataclass(slots=True)
class ImportedSession:
    """A session on its way in."""

    id: str
    events: list[SessionEvent]
    title: str = ""


class Unreadable(SessionError):
    """One chat, or one part, of a source cannot be read; the others can."""


def stable_id(*parts: object, length: int = 12) -> str:
    """An id that is the same for the same parts, today and at the next import."""
    digest = hashlib.sha256("\x00".join(map(str, parts)).encode("utf-8", "replace")).digest()
    return "".join(_ID_ALPHABET[byte & 31] for byte in digest[:length])


def moment(value: Any) -> str:
    """A time as sources write it (seconds, milliseconds, ISO text) in a session's form; empty when there is none."""
    try:
        if isinstance(value, str) and value.strip():
            parsed = datetime.fromisoformat(value.strip().replace(" ", "T", 1))
            at = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
        elif isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0:
            at = datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
        else:
            return ""
    except (ValueError, OverflowError, OSError):
        return ""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def model_address(name: str, provider: str = "") -> str:
    """`endpoint/model` for a model as another program calls it."""
    name, provider = name.strip(), _SAME_ENDPOINT.get(provider, provider)
    if not name:
        return "imported/unknown"
    if provider in _ENDPOINTS:
        return f"{provider}/{name}"
    first, slash, rest = name.partition("/")
    first = _SAME_ENDPOINT.get(first, first)
    if slash and first in _ENDPOINTS and rest:
        return f"{first}/{rest}"
    for endpoint, family in _FAMILIES.items():
        if family.match(name):
            return f"{endpoint}/{name}"
    if ":" in name and not slash:
        return f"ollama/{name}"
    return f"imported/{name}"


def to_session(kind: str, chat: SourceChat, attachments: AttachmentStore) -> ImportedSession:
    """The chat as the events of a session.

    Args:
        kind: The source program's name, part of all ids.
        chat: What was read.
        attachments: Where files that went with messages are kept.
    """
    session_id = stable_id(kind, chat.id)
    begun = chat.at or next((message.at for message in chat.messages if message.at), UNKNOWN_TIME)
    events: list[SessionEvent] = [SessionStarted(session_id, begun, f"parley {__version__}, from {kind}")]
    heads = chat.heads or [(chat.model, chat.messages[-1].id if chat.messages else "")]
    columns = [stable_id(session_id, "column", number, length=6) for number in range(len(heads))]
    for column, (model, _) in zip(columns, heads, strict=True):
        events.append(ColumnAdded(column, begun, model_address(model), chat.system, dict(chat.parameters)))
    last_at = begun
    kept = {message.id for message in chat.messages}
    for message in chat.messages:
        last_at = message.at or last_at
        events += _message_events(session_id, columns[0], message, kept, last_at, attachments)
    for column, (_, head) in zip(columns, heads, strict=True):
        if head in kept:
            events.append(HeadMoved(column, last_at, stable_id(session_id, head)))
    if chat.title or chat.tags or chat.is_pinned:
        events.append(SessionMarked(last_at, chat.title or None, chat.is_pinned or None, chat.tags or None))
    return ImportedSession(session_id, events, chat.title)


def _message_events(
    session_id: str, column: str, message: SourceMessage, kept: set[str], at: str, attachments: AttachmentStore
) -> Iterator[SessionEvent]:
    message_id = stable_id(session_id, message.id)
    parent = stable_id(session_id, message.parent) if message.parent in kept else None
    if message.role != "assistant":
        files = tuple(_kept_files(message, attachments))
        yield MessageAdded(message_id, at, parent, message.role, message.text, files)
        return
    model = model_address(message.model)
    yield ReplyStarted(message_id, at, parent, column, model, message.system, dict(message.parameters))
    yield ReplyEnded(
        message_id,
        at,
        message.finish,
        message.text,
        message.reasoning,
        usage=message.usage,
        timings=Timings(total_s=message.total_s),
        meta=dict(message.meta),
    )


def _kept_files(message: SourceMessage, attachments: AttachmentStore) -> Iterator[Attachment]:
    for file in message.files:
        try:
            yield attachments.add(file.name, file.media_type, file.content)
        except SessionError:
            continue  # too large to be sent anywhere: the text is what counts
