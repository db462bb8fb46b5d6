"""Opening another program's SQLite database: for reading only, tolerant of columns that came and went.

This module refuses to write to it, and to guess what a table means.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tui.errors import SessionError
from tui.store.imports.foreign import SourceChat, Unreadable
from tui.text.clean import clean_line

MAGIC = b"SQLite format 3\x00"

Row = dict[str, Any]
_DAMAGE = (sqlite3.Error, UnicodeDecodeError)
"""What reading a damaged file raises; the latter comes of names and messages that SQLite finds in it."""


@contextmanager
def open_database(path: Path) -> Iterator[sqlite3.Connection]:
    """The database in a file.

    Raises:
        SessionError: it is damaged or cannot be opened.
    """
    connection: sqlite3.Connection | None = None
    try:
        connection = sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        connection.row_factory = sqlite3.Row
        yield connection
    except _DAMAGE as error:
        raise SessionError(f"{path} cannot be read as a database: {_why(error)}.") from error
    finally:
        if connection is not None:
            connection.close()


def readable(chats: Iterator[SourceChat | Unreadable]) -> Iterator[SourceChat | Unreadable]:
    """The chats as far as the file can be read; the last word is why not further."""
    try:
        yield from chats
    except _DAMAGE as error:
        yield Unreadable(f"The database is damaged; what follows there cannot be read: {_why(error)}.")


def chat_or_why(read: Callable[[], SourceChat]) -> SourceChat | Unreadable:
    """A chat, or why it cannot be read; the others can all the same."""
    try:
        return read()
    except KeyError as error:
        return Unreadable(f"A chat cannot be read: the column {error} is missing.")


def _why(error: Exception) -> str:
    return clean_line(str(error), 200).rstrip(".") if isinstance(error, sqlite3.Error) else "it is not UTF-8"


def tables(connection: sqlite3.Connection) -> dict[str, set[str]]:
    """Table -> its columns."""
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")]
    return {name: {row[1] for row in connection.execute(f'PRAGMA table_info("{name}")')} for name in names}


def rows(connection: sqlite3.Connection, query: str, *values: object) -> Iterator[Row]:
    """The rows of a query, by column name."""
    for row in connection.execute(query, values):
        yield dict(row)


def parsed(text: Any, otherwise: Any) -> Any:
    """JSON in a column, or `otherwise` when there is none, or it is not of the same type."""
    if not isinstance(text, str):
        return otherwise
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return otherwise
    return value if isinstance(value, type(otherwise)) else otherwise


def whole(value: Any) -> int | None:
    """A count, or None for anything else: a column's type binds nobody in SQLite."""
    return value if isinstance(value, int) and value >= 0 else None
