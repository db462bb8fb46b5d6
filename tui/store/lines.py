"""A file that several processes append whole lines to, and that survives whatever happens to any of them.

Every write happens under a lock on the folder (`flock`, so that it leaves no file behind and dies with its process):
a torn last line is mended first, the lines go out in one piece and reach the disk before the lock is given back, and
what a full disk cut off is taken away again. A new file appears whole, under its own name, or not at all. Whoever has
the file open shares a second lock on it, which nobody can have alone while others are there; that is how each learns
of company, and of its death. This module refuses to know what the lines say, and to write through symbolic links.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tui.paths import TEMP_PREFIX, ensure_private_dir, refuse_symlink, sync_dir

if sys.platform != "win32":
    import fcntl

LOCK_WAIT_S = 5.0
"""Longest wait for another process's write; it holds the lock for one write and one fsync."""
_NO_LOCKS_HERE = {errno.ENOLCK, errno.EOPNOTSUPP, errno.EBADF, errno.EINVAL, errno.ENOSYS}
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_OPEN_FLAGS = os.O_RDWR | os.O_APPEND | _NO_FOLLOW | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class Vanished(OSError):
    """The file, or its folder, is not where it was."""


def try_lock(descriptor: int, *, is_shared: bool = False) -> bool:
    """Take the lock of an open file, alone or with others, if nobody is in the way; also true where are no locks."""
    if sys.platform == "win32":
        return True  # no such locks there: one instance at a time
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in _NO_LOCKS_HERE
    return True


def try_alone(descriptor: int) -> bool:
    """Whether nobody else has the file open; leaves it locked for sharing, so that others see us."""
    is_alone = try_lock(descriptor)
    # In vain only while another one asks the same; it sees us the next time, since each write asks again.
    try_lock(descriptor, is_shared=True)
    return is_alone


@contextlib.contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Be the only one who writes in `folder`.

    Raises:
        OSError: the folder is gone, or somebody kept the lock for longer than `LOCK_WAIT_S`.
    """
    if sys.platform == "win32":
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    try:
        give_up_at = time.monotonic() + LOCK_WAIT_S
        while not try_lock(descriptor):
            if time.monotonic() > give_up_at:
                raise TimeoutError(errno.ETIMEDOUT, "another program keeps the folder locked", str(folder))
            time.sleep(0.002)
        yield
    finally:
        os.close(descriptor)


class LineFile:
    """One open file of lines. Not for two threads at once."""

    def __init__(self, path: Path, *, is_synced: bool = True) -> None:
        """A file that need not exist yet.

        Args:
            path: Where it is.
            is_synced: Whether a write waits for the disk. Without it the system has what was written, so that it
                survives the death of this process, and whoever asked for that sees to the disk.

        Raises:
            ConfigError: `path` is a symbolic link.
        """
        refuse_symlink(path)
        self._is_synced = is_synced
        self.path = path
        self.is_shared = False
        """Whether another process had it open when we last looked."""
        self._descriptor: int | None = None
        self._known_bytes = 0
        self._foreign = b""

    @property
    def is_open(self) -> bool:
        """Whether the file exists as far as we know."""
        return self._descriptor is not None

    def open(self, known_bytes: int) -> None:
        """Open the existing file; what stands after its first `known_bytes` counts as somebody else's.

        Raises:
            OSError: it does not exist or may not be written.
        """
        self._known_bytes = known_bytes
        self._adopt(os.open(self.path, _OPEN_FLAGS))

    def append(self, lines: bytes) -> None:
        """Append `lines`, which end in LF; they are on disk when this returns, or not in the file at all.

        Raises:
            Vanished: the file was there and is gone; `recreate()` brings it back.
            OSError: the disk is full, read-only, or broken.
        """
        if self._descriptor is None:
            ensure_private_dir(self.path.parent)
            with folder_lock(self.path.parent):
                self._create(lines)
            return
        try:
            with folder_lock(self.path.parent):
                self._append_locked(self._current(self._descriptor), lines)
        except FileNotFoundError as error:
            raise Vanished(error.errno, error.strerror, str(self.path)) from error

    def recreate(self) -> None:
        """Bring a vanished file back from the descriptor that is still open; does nothing if it is there.

        Raises:
            OSError: it cannot be written.
        """
        if self._descriptor is None:
            return
        ensure_private_dir(self.path.parent)
        with folder_lock(self.path.parent):
            if os.path.lexists(self.path):
                return
            size = os.fstat(self._descriptor).st_size
            content = _read_range(self._descriptor, 0, size)
            self._create(content)
            self._known_bytes = min(self._known_bytes, size)

    def take_foreign(self) -> bytes:
        """Whole lines that others appended since the last time; empty when the file cannot be read."""
        if self._descriptor is not None:
            try:
                self._notice_foreign(self._descriptor, os.fstat(self._descriptor).st_size)
            except OSError:
                return b""  # writing will meet the same trouble and say so
        found, self._foreign = self._foreign, b""
        return found

    def is_alone(self) -> bool:
        """Whether nobody else has the file open now; also true while there is none."""
        if self._descriptor is None:
            return True
        try:
            with folder_lock(self.path.parent):  # two who ask at once would see each other's question
                self.is_shared = not try_alone(self._descriptor)
        except OSError:
            return False  # whoever keeps the folder locked is there
        return not self.is_shared

    def close(self) -> None:
        """Let go of the file and its locks."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    # -- under the folder's lock -----------------------------------------------------------------------------------

    def _create(self, lines: bytes) -> None:
        if os.path.lexists(self.path):
            self.open(self._known_bytes)
            assert self._descriptor is not None
            self._append_locked(self._descriptor, lines)
            return
        temp = self.path.parent / f"{TEMP_PREFIX}{secrets.token_hex(8)}"
        descriptor = os.open(temp, _OPEN_FLAGS | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            _make_private(descriptor)
            _write_all(descriptor, lines)
            if self._is_synced:
                os.fsync(descriptor)
            temp.rename(self.path)
        except BaseException:
            os.close(descriptor)
            temp.unlink(missing_ok=True)
            raise
        self._adopt(descriptor)
        self._known_bytes = len(lines)
        if self._is_synced:
            sync_dir(self.path.parent)

    def _append_locked(self, descriptor: int, lines: bytes) -> None:
        size = _mend_tail(descriptor)
        self._notice_foreign(descriptor, size)
        if self.is_shared:
            self.is_shared = not try_alone(descriptor)
        try:
            _write_all(descriptor, lines)
            if self._is_synced:
                os.fsync(descriptor)
        except BaseException:
            os.ftruncate(descriptor, size)
            raise
        self._known_bytes = size + len(lines)

    def _current(self, descriptor: int) -> int:
        """The descriptor of what has our name now: an editor or a sync tool may have put another file there."""
        ours, there = os.fstat(descriptor), self.path.lstat()
        if (ours.st_dev, ours.st_ino) == (there.st_dev, there.st_ino):
            return descriptor
        self._adopt(os.open(self.path, _OPEN_FLAGS))
        self._known_bytes = there.st_size
        assert self._descriptor is not None
        return self._descriptor

    def _adopt(self, descriptor: int) -> None:
        self.close()
        _make_private(descriptor)
        self._descriptor = descriptor
        self.is_shared = not try_alone(descriptor)

    def _notice_foreign(self, descriptor: int, size: int) -> None:
        if size <= self._known_bytes:
            return
        found = _read_range(descriptor, self._known_bytes, size)
        whole = found[: found.rfind(b"\n") + 1]
        self._foreign += whole
        self._known_bytes += len(whole)


def sync_file(path: Path) -> None:
    """Wait until what was written into a file is on the disk; a file that is gone needs nothing."""
    try:
        descriptor = os.open(path, os.O_RDONLY | _NO_FOLLOW | getattr(os, "O_CLOEXEC", 0))
    except OSError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make_private(descriptor: int) -> None:
    if hasattr(os, "fchmod"):
        with contextlib.suppress(PermissionError):  # somebody else's file that we may write: theirs to protect
            os.fchmod(descriptor, 0o600)


def _write_all(descriptor: int, data: bytes) -> None:
    """Write everything; a full disk takes a part first and fails on the next."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _read_range(descriptor: int, start: int, end: int) -> bytes:
    parts = []
    while start < end:
        part = os.pread(descriptor, min(end - start, 1 << 24), start)
        if not part:
            break
        parts.append(part)
        start += len(part)
    return b"".join(parts)


def _mend_tail(descriptor: int) -> int:
    """Cut a torn last line off, or end it when it is whole; returns the size."""
    size = os.fstat(descriptor).st_size
    if size == 0 or os.pread(descriptor, 1, size - 1) == b"\n":
        return size
    start, tail = size, b""
    while start > 0 and b"\n" not in tail:
        step = min(start, 1 << 16)
        start -= step
        tail = os.pread(descriptor, step, start) + tail
    tail = tail[tail.rfind(b"\n") + 1 :]
    try:
        json.loads(tail)
    except (ValueError, RecursionError):
        os.ftruncate(descriptor, size - len(tail))
        return size - len(tail)
    os.write(descriptor, b"\n")
    return size + 1
