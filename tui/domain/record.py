"""What can happen to a session: the SessionEvent union, one event for one line of a session file.

A session is nothing but the fold of these (see `session.py`); the store writes them, in order, and never changes a
line. Times are ISO 8601 in UTC. This module refuses to know how events are written.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from tui.domain.events import NO_USAGE, Finish, TokenLogprob, Usage
from tui.domain.reply import NO_TIMINGS, Failure, Timings, ToolCall

_ID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
ColumnKind = Literal["chat", "completion"]
MessageRole = Literal["user", "assistant", "system", "tool"]


def new_id(length: int = 12) -> str:
    """A random id of `length` characters, 5 bits each, without look-alikes."""
    return "".join(_ID_ALPHABET[byte & 31] for byte in secrets.token_bytes(length))


def now() -> str:
    """This moment as ISO 8601 in UTC with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message, kept beside the session by the hash of its content."""

    name: str
    media_type: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """The first event of every session."""

    id: str
    at: str
    app: str = ""
    """Which Parley wrote it: `parley 0.1.0`."""
    forked_from: str = ""
    """`session-id/message-id` when the session began as a fork."""


@dataclass(frozen=True, slots=True)
class ColumnAdded:
    """A column opened: a head on the tree with settings of its own."""

    column: str
    at: str
    model: str
    system: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    head: str | None = None
    kind: ColumnKind = "chat"
    position: int | None = None
    """Where it stands from the left, from 0; None is last."""


@dataclass(frozen=True, slots=True)
class ColumnChanged:
    """Some settings of a column changed; None means unchanged."""

    column: str
    at: str
    model: str | None = None
    system: str | None = None
    parameters: Mapping[str, Any] | None = None
    is_on: bool | None = None
    position: int | None = None
    kind: ColumnKind | None = None


@dataclass(frozen=True, slots=True)
class ColumnRemoved:
    """A column closed; its messages stay in the tree."""

    column: str
    at: str


@dataclass(frozen=True, slots=True)
class MessageAdded:
    """A message that is whole from the start: the user's, a system note, an imported or merged one."""

    id: str
    at: str
    parent: str | None
    role: MessageRole
    text: str
    attachments: tuple[Attachment, ...] = ()
    model: str = ""
    sources: tuple[str, ...] = ()
    """Messages that this one was merged or judged from."""
    edited_from: str = ""
    """The message that this one is an edit of."""
    reasoning: str = ""
    finish: Finish | None = None
    left_out: tuple[str, ...] = ()
    """Of a system note: the messages above that are not sent any more from here on. Its `sources` are the replies whose
    text, a summary, is sent in their place."""


@dataclass(frozen=True, slots=True)
class ReplyStarted:
    """A reply began: the request is about to leave, or another choice of it appeared."""

    id: str
    at: str
    parent: str | None
    column: str
    model: str
    system: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    choice: int = 0
    continues: str = ""
    """The cut-short reply whose text this one goes on from."""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplyText:
    """The next piece of a growing reply, written at least each second."""

    id: str
    text: str = ""
    reasoning: str = ""


@dataclass(frozen=True, slots=True)
class ReplyEnded:
    """A reply ended, well or not; holds its whole text again, so that the file can be searched line by line."""

    id: str
    at: str
    finish: Finish
    text: str
    reasoning: str = ""
    finish_words: str = ""
    usage: Usage = NO_USAGE
    timings: Timings = NO_TIMINGS
    cost_usd: float | None = None
    cost_is_estimated: bool = False
    tool_calls: tuple[ToolCall, ...] = ()
    logprobs: tuple[TokenLogprob, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)
    sent: Mapping[str, Any] | None = None
    error: Failure | None = None


@dataclass(frozen=True, slots=True)
class HeadMoved:
    """A column now ends at another message (None: at the root)."""

    column: str
    at: str
    head: str | None


@dataclass(frozen=True, slots=True)
class MessagesDeleted:
    """Messages were taken out of sight; their lines stay in the file until the session is deleted."""

    ids: tuple[str, ...]
    at: str


@dataclass(frozen=True, slots=True)
class MessagesRestored:
    """A deletion was undone."""

    ids: tuple[str, ...]
    at: str


@dataclass(frozen=True, slots=True)
class MessageMarked:
    """A star or a note was set or cleared; None means unchanged."""

    id: str
    at: str
    is_starred: bool | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class SessionMarked:
    """Title, pin, tags or layout were set; None means unchanged."""

    at: str
    title: str | None = None
    is_pinned: bool | None = None
    tags: tuple[str, ...] | None = None
    layout: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Voted:
    """Replies to the same prompt were compared."""

    at: str
    candidates: tuple[str, ...]
    """The reply messages that were compared."""
    winner: str | None
    """The one that won; None is a tie, or all bad when `verdict` says so."""
    verdict: Literal["winner", "tie", "all_bad"] = "winner"
    note: str = ""
    is_blind: bool = False
    judge: str = ""
    """The judging model; empty when the user voted."""
    scores: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AskedAside:
    """A model was asked beside the conversation, such as to judge: no message came of it, but it was paid for."""

    at: str
    model: str
    purpose: str
    """What for: `judge` or `title`; one request each."""
    usage: Usage = NO_USAGE
    cost_usd: float | None = None
    cost_is_estimated: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """An event of a kind this version does not know; kept verbatim, so that nothing is lost on export."""

    values: Mapping[str, Any]


SessionEvent = (
    SessionStarted
    | ColumnAdded
    | ColumnChanged
    | ColumnRemoved
    | MessageAdded
    | ReplyStarted
    | ReplyText
    | ReplyEnded
    | HeadMoved
    | MessagesDeleted
    | MessagesRestored
    | MessageMarked
    | SessionMarked
    | Voted
    | AskedAside
    | Unknown
)
