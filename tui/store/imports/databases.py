"""Opening another program's SQLite database: for reading only, tolerant of columns that came and went.

This module refuses to write to it, and to guess what a table means.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tui.errors import SessionError

MAGIC = b"SQLite format 3\x00"

Row = dict[str, Any]


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
    except sqlite3.Error as error:
        raise SessionError(f"{path} cannot be read as a database: {error}.") from error
    finally:
        if connection is not None:
            connection.close()


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
