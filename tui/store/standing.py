"""Which session stands open in which process, so that one that was killed can be gone back to.

A small file for each process, locked while it lives: the kernel lets go of the lock however the process dies. A file
that nobody holds is what a crash left behind. Refuses to guess from process ids or dates.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from pathlib import Path

from tui.paths import ensure_private_dir

SUFFIX = ".open"
_SESSION_ID = re.compile(r"[0-9a-zA-Z_-]{1,64}")
_LONGEST_BYTES = 128


class Standing:
    """This process's file. Trouble with the disk is no trouble here: only the way back after a crash is lost."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path: Path | None = None
        self._descriptor = -1
        self._session_id = ""

    def note(self, session_id: str) -> None:
        """The session that is open now; empty: none that is on disk."""
        if session_id == self._session_id:
            return
        self._session_id = session_id
        with contextlib.suppress(OSError):
            if self._descriptor < 0:
                self._open()
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, session_id.encode("ascii", "replace"), 0)

    def _open(self) -> None:
        ensure_private_dir(self._folder)
        path = self._folder / f"{os.getpid()}-{secrets.token_hex(4)}{SUFFIX}"
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
        self._descriptor = os.open(path, flags, 0o600)
        self._path = path
        _try_lock(self._descriptor)

    def clear(self) -> None:
        """The process ends as it should."""
        with contextlib.suppress(OSError):
            if self._path is not None:
                self._path.unlink(missing_ok=True)
            if self._descriptor >= 0:
                os.close(self._descriptor)
        self._path, self._descriptor, self._session_id = None, -1, ""


def take_abandoned(folder: Path) -> list[str]:
    """Sessions that stood open in processes that were killed, the newest first; their files are taken away."""
    found: list[tuple[int, str]] = []
    try:
        paths = [path for path in folder.iterdir() if path.suffix == SUFFIX]
    except OSError:
        return []
    for path in paths:
        with contextlib.suppress(OSError):
            descriptor = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
            try:
                if not _try_lock(descriptor):
                    continue  # that process lives
                text = os.read(descriptor, _LONGEST_BYTES).decode("ascii", "replace")
                found.append((os.fstat(descriptor).st_mtime_ns, text))
                path.unlink(missing_ok=True)
            finally:
                os.close(descriptor)
    return [text for _, text in sorted(found, reverse=True) if _SESSION_ID.fullmatch(text)]


def _try_lock(descriptor: int) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows: without locks, a file left behind cannot be told from one in use
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
