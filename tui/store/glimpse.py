"""The end of a large session file, read before the whole of it: what is to be seen first stands there.

A glimpse is for looking at only. It holds what the first lines and the last ones amount to, so a conversation begins
in it somewhere in the middle. This module refuses to show what the lines between might forbid: while a comparison is
blind there is no glimpse.
"""

from __future__ import annotations

from pathlib import Path

from tui.domain.record import ColumnAdded, HeadMoved
from tui.domain.session import Session
from tui.store.reading import parse_contents, to_session

LARGE_BYTES = 4_000_000
"""Smaller files are read whole before anybody notices."""
HEAD_BYTES = 16_000
TAIL_BYTES = 512_000
_BLIND_MARK = b'"blind":'
_CHUNK_BYTES = 4_000_000


def read_glimpse(path: Path) -> Session | None:
    """What the file at `path` ends with; None where it is small, blind or not to be understood from its ends.

    Columns are those whose newest message is among what was read.
    """
    try:
        if path.stat().st_size < LARGE_BYTES:
            return None
        head, tail = _ends(path)
        if _mentions_blind(path):
            return None
    except OSError:
        return None  # opening it says why
    contents, has_header = parse_contents(head + tail)
    if not has_header:
        return None
    session = to_session(contents, is_growing_elsewhere=True)
    newest = contents.events[len(parse_contents(head)[0].events) :]
    placed = {event.column for event in newest if isinstance(event, HeadMoved | ColumnAdded)}
    session.columns = {
        name: column for name, column in session.columns.items() if name in placed and session.path(column.head)
    }
    return session if session.columns else None


def _ends(path: Path) -> tuple[bytes, bytes]:
    """The whole lines among the first bytes of a file, and among the last ones."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        file.seek(-TAIL_BYTES, 2)
        tail = file.read(TAIL_BYTES)
    return head[: head.rfind(b"\n") + 1], tail[tail.find(b"\n") + 1 :]


def _mentions_blind(path: Path) -> bool:
    """Whether blind mode was ever on; a key written with a quote inside a text has a backslash before it."""
    rest = b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            if _BLIND_MARK in chunk or _BLIND_MARK in rest + chunk[: len(_BLIND_MARK)]:
                return True
            rest = chunk[-len(_BLIND_MARK) :]
    return False
