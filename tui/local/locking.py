"""One installer per model at a time, across processes: an advisory lock on a file that is never deleted.

Deleting a lock file would let a waiter lock a file that nobody else can see any more, so it stays. The kernel lets go
of the lock when its holder dies, whatever the way. This module refuses to guess from process ids or dates.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from tui import paths

_POLL_S = 0.1


@asynccontextmanager
async def install_lock(folder: Path, name: str, *, on_wait: Callable[[], None]) -> AsyncIterator[None]:
    """Hold the lock of one model; waits for whoever else holds it, and can be cancelled meanwhile.

    Args:
        folder: The models folder; made when missing.
        name: The model's name.
        on_wait: Called once if somebody else holds the lock.

    Raises:
        OSError: the folder cannot be written.
    """
    paths.ensure_private_dir(folder)
    path = folder / f".{name}.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        has_waited = False
        while not _try_lock(descriptor):
            if not has_waited:
                has_waited = True
                on_wait()
            await asyncio.sleep(_POLL_S)
        yield
    finally:
        os.close(descriptor)  # lets go of the lock, too


def _try_lock(descriptor: int) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows: no lock; the hash check still decides what is put into place
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
