"""One download: offsets, breaks, refusals and silence in words."""

from __future__ import annotations

import asyncio
import threading
from contextlib import aclosing

import pytest

from tests.local.making import FileServer, serve
from tests.waiting import wait_until
from tui.local.fetching import FetchFailed, fetch_https, fetch_url

CONTENT = bytes(range(256)) * 8000


async def fetch(url: str, offset: int = 0, silence_s: float = 5) -> bytes:
    return b"".join([chunk async for chunk in fetch_url(url, offset, silence_s=silence_s)])


@pytest.mark.parametrize("offset", [0, 1, 1_000_000])
@pytest.mark.parametrize("takes_ranges", [True, False])
async def test_the_bytes_from_an_offset_on(offset: int, takes_ranges: bool) -> None:
    with serve(FileServer(CONTENT, takes_ranges=takes_ranges)) as files:
        assert await fetch(files.url, offset) == CONTENT[offset:]
        assert files.ranges == [f"bytes={offset}-" if offset else ""]


async def test_a_connection_that_breaks_off_is_told_from_an_end() -> None:
    with serve(FileServer(CONTENT, cut_after=5000)) as files, pytest.raises(FetchFailed, match="broke off"):
        await fetch(files.url)


async def test_a_refusal_is_put_in_words() -> None:
    with serve(FileServer(CONTENT, status=404)) as files, pytest.raises(FetchFailed, match="status 404"):
        await fetch(files.url)


async def test_silence_ends() -> None:
    with serve(FileServer(CONTENT, hold_after=10)) as files:
        with pytest.raises(FetchFailed, match="no answer"):
            await fetch(files.url, silence_s=0.2)
        files.released.set()


async def test_nobody_there() -> None:
    with serve(FileServer(CONTENT)) as files:
        pass
    with pytest.raises(FetchFailed, match="refused"):
        await fetch(files.url)


async def test_an_unknown_host() -> None:
    with pytest.raises(FetchFailed, match="cannot be reached"):
        await fetch("https://model-host.invalid/x.gguf")


async def test_only_https_is_public() -> None:
    with serve(FileServer(CONTENT)) as files:
        with pytest.raises(FetchFailed, match="not https"):
            async for _ in fetch_https(files.url, 0):
                pass
        assert files.ranges == []


async def test_a_redirect_to_another_scheme_is_refused() -> None:
    server = serve(FileServer(CONTENT, redirect="ftp://127.0.0.1/x"))
    with server as files, pytest.raises(FetchFailed, match="redirects"):
        await fetch(files.url)


async def test_a_redirect_is_followed() -> None:
    with serve(FileServer(CONTENT)) as second, serve(FileServer(b"", redirect=second.url)) as first:
        assert await fetch(first.url, 100) == CONTENT[100:]
        assert second.ranges == ["bytes=100-"]


async def test_leaving_early_ends_the_thread() -> None:
    def threads() -> list[str]:
        return [thread.name for thread in threading.enumerate() if thread.name == "parley-download"]

    with serve(FileServer(CONTENT * 4)) as files:
        async with aclosing(fetch_url(files.url, 0)) as chunks:
            async for _ in chunks:
                break
        await wait_until(lambda: not threads())


async def test_cancelling_is_quick_while_nothing_comes() -> None:
    with serve(FileServer(CONTENT, hold_after=10)) as files:
        task = asyncio.create_task(fetch(files.url, silence_s=20))
        await wait_until(lambda: files.ranges)
        task.cancel()
        async with asyncio.timeout(5):
            with pytest.raises(asyncio.CancelledError):
                await task
        files.released.set()
