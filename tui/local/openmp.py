"""The one system library that the runtime of embedded models needs and bare Linux systems lack: OpenMP's `libgomp`.

Where the system has it, the system's is used. Where it hasn't, `install_openmp()` takes it out of a wheel of the
package index that carries a copy, checks it, and puts it beside the models; the child alone is told to look there.
This module refuses to fetch anything by itself when a model is started, and to take a library with another hash.
"""

from __future__ import annotations

import hashlib
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tui import paths
from tui.errors import LocalModelError
from tui.local.catalogue import Piece

if TYPE_CHECKING:
    from tui.local.wheels import Download

LIBRARY = "libgomp.so.1"
_FOLDER, _TEMP_FOLDER = "lib", "lib-wheel"
_CARRIER = "pykdtree==1.4.3"
"""A small wheel with the library in it (GCC's, under its Runtime Library Exception); for Python 3.9 to 3.14."""
_PIECES = {
    "x86_64": Piece(
        _CARRIER,
        "pykdtree.libs/libgomp-870cb1d0.so.1.0.0",
        253_289,
        "4dae993cb6da9101fc2cfef827306dd03b892011d2e2789c8e44828ca9f2583c",
        456_475,
    ),
    "aarch64": Piece(
        _CARRIER,
        "pykdtree.libs/libgomp-947d5fa1.so.1.0.0",
        343_345,
        "dc3231f8fd4cadc46d8659c3b8dd811ae33174749e86807f16f61ead6ee59bfd",
        500_000,
    ),
}


def openmp_folder(folder: Path | None = None) -> Path | None:
    """Where the child must look for the library beside the system's folders; None when no copy of ours is there."""
    ours = (folder or paths.models_dir()) / _FOLDER
    return ours if (ours / LIBRARY).is_file() else None


def is_openmp_missing(folder: Path | None = None) -> bool:
    """Whether a model could not be started for want of the library."""
    return sys.platform == "linux" and openmp_folder(folder) is None and not _system_has_it()


def require_openmp() -> None:
    """Make sure that the library is there.

    Raises:
        LocalModelError: it is not; the sentence says what to run.
    """
    if is_openmp_missing():
        raise LocalModelError(
            f"The runtime for embedded models needs the system library {LIBRARY}; run “parley local install”, which "
            "fetches it, or install it (Debian, Ubuntu: apt install libgomp1; Fedora: dnf install libgomp)."
        )


async def install_openmp(*, download: Download | None = None, folder: Path | None = None) -> None:
    """Put a checked copy of the library beside the models, where the system has none.

    Args:
        download: How a wheel comes from the package index; None: by pip.
        folder: The models folder; None: the usual one.

    Raises:
        LocalModelError: it could not be fetched or written; the sentence says what else helps.
    """
    where = folder or paths.models_dir()
    if not is_openmp_missing(where):
        return
    from tui.local.wheels import WheelFailed, pip_download

    piece = _PIECES.get(platform.machine())
    try:
        if piece is None:
            raise WheelFailed(f"there is none for {platform.machine()}")
        paths.atomic_write(
            paths.ensure_private_dir(where / _FOLDER) / LIBRARY, await _fetched(piece, where, download or pip_download)
        )
    except (WheelFailed, OSError) as error:
        reason = str(error) if isinstance(error, WheelFailed) else error.strerror or "the disk refused"
        raise LocalModelError(
            f"The system library {LIBRARY}, which embedded models need, could not be fetched: {reason}; install it "
            "(Debian, Ubuntu: apt install libgomp1; Fedora: dnf install libgomp)."
        ) from error


async def _fetched(piece: Piece, where: Path, download: Download) -> bytes:
    from tui.local.wheels import WheelFailed, unpack, wheel_for

    content = bytearray()
    async with wheel_for(piece, where / _TEMP_FOLDER, lambda _: None, download) as wheel:
        unpack(wheel, piece, content.extend)
    if hashlib.sha256(content).hexdigest() != piece.sha256:
        raise WheelFailed("the wheel holds other bytes than the ones expected")
    return bytes(content)


def _system_has_it() -> bool:
    import ctypes

    try:
        ctypes.CDLL(LIBRARY)
    except OSError:
        return False
    return True
