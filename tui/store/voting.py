"""Sessions in which somebody voted: what a board over all sessions is made of. Most files are not even parsed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tui.domain.session import Session
from tui.errors import SessionError
from tui.store.sessions import SessionStore

_MARK = b'"event":"voted"'


def sessions_with_votes(store: SessionStore, on_problem: Callable[[str], object] | None = None) -> Iterator[Session]:
    """Every session that holds a vote; `on_problem` is told about files that cannot be read, which are left out."""
    for entry in store.entries():
        try:
            if _MARK in store.path(entry.id).read_bytes():
                yield store.read(entry.id).session
        except OSError:
            continue  # gone since the folder was listed
        except SessionError as error:
            if on_problem is not None:
                on_problem(str(error))
