"""Small sessions to write and read in tests."""

from __future__ import annotations

from pathlib import Path

from tui.domain.events import Finish, Usage
from tui.domain.record import (
    ColumnAdded,
    HeadMoved,
    MessageAdded,
    ReplyEnded,
    ReplyStarted,
    ReplyText,
    SessionEvent,
    SessionStarted,
)
from tui.domain.session import Session
from tui.store.journal import Journal
from tui.store.reading import read_contents, to_session

AT = "2026-01-02T03:04:05.678Z"


def opening(session_id: str = "s1") -> list[SessionEvent]:
    """A new session with one column."""
    return [SessionStarted(session_id, AT, "parley test"), ColumnAdded("c1", AT, "demo/echo")]


def question(message_id: str, text: str, parent: str | None = None) -> list[SessionEvent]:
    """The user's prompt, with the column's head on it."""
    return [MessageAdded(message_id, AT, parent, "user", text), HeadMoved("c1", AT, message_id)]


def answer(reply_id: str, text: str, parent: str | None, *, cost_usd: float | None = None) -> list[SessionEvent]:
    """A whole reply, in one piece of text and an end."""
    return [
        ReplyStarted(reply_id, AT, parent, "c1", "demo/echo"),
        ReplyText(reply_id, text),
        ReplyEnded(reply_id, AT, Finish.STOP, text, usage=Usage(3, 5), cost_usd=cost_usd),
        HeadMoved("c1", AT, reply_id),
    ]


def small_session(session_id: str = "s1") -> list[SessionEvent]:
    """One question, one answer."""
    return [*opening(session_id), *question("m1", "What is 6 × 7?"), *answer("m2", "It is 42.", "m1")]


def write_session(folder: Path, session_id: str, events: list[SessionEvent]) -> Path:
    """A session file with `events`, written by a journal."""
    path = folder / f"{session_id}.jsonl"
    journal = Journal(path, session_id)
    journal.append(events)
    journal.close()
    assert journal.trouble is None
    return path


def load(path: Path) -> Session:
    """The session in a file."""
    return to_session(read_contents(path))


def texts(session: Session) -> dict[str, str]:
    """Message id -> text."""
    return {message.id: message.text for message in session.messages.values()}
