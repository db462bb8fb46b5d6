"""Bytes from a public https address, from an offset on, without blocking the event loop.

The standard library does it, in a thread, because proxies from the environment and redirects to a content network are
wanted here and keys are not involved. This module refuses plain http, also after a redirect, and to interpret what
it fetches.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import AsyncGenerator, Callable
from http.client import HTTPException, HTTPMessage
from typing import IO, Any

Fetch = Callable[[str, int], AsyncGenerator[bytes, None]]
"""(address, offset) -> the bytes from the offset to the end; raises FetchFailed."""

SILENCE_S = 10.0
"""Longest wait for a connection or for the next bytes; an unreachable host must not hold up the next source."""

_CHUNK_BYTES = 1 << 18
_QUEUED_CHUNKS = 8
_RANGE = re.compile(r"bytes (\d+)-")


class FetchFailed(Exception):
    """The bytes did not come, or not all of them; `str()` says why in a few words."""


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but never to another scheme than the one asked for."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        if newurl.partition(":")[0].lower() != req.type:
            fp.close()
            raise FetchFailed("it redirects to an address that is not https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


async def fetch_https(url: str, offset: int) -> AsyncGenerator[bytes, None]:
    """Yield the bytes of `url` from `offset` on.

    Raises:
        FetchFailed: the address is not https, the host is unreachable or silent, or it refuses.
    """
    if not url.startswith("https://"):
        raise FetchFailed("the address is not https")
    async for chunk in fetch_url(url, offset):
        yield chunk


async def fetch_url(url: str, offset: int, *, silence_s: float = SILENCE_S) -> AsyncGenerator[bytes, None]:
    """Like `fetch_https`, for any address that urllib understands.

    Raises:
        FetchFailed: the host is unreachable or silent, or it refuses.
    """
    loop = asyncio.get_running_loop()
    chunks: asyncio.Queue[bytes | FetchFailed | None] = asyncio.Queue(_QUEUED_CHUNKS)
    stopped = threading.Event()

    def put(item: bytes | FetchFailed | None) -> None:
        if not stopped.is_set():
            asyncio.run_coroutine_threadsafe(chunks.put(item), loop).result()

    def read() -> None:
        try:
            _read_into(put, stopped, url, offset, silence_s)
        except FetchFailed as error:
            _quietly(put, error)
        except (OSError, HTTPException, ValueError) as error:
            _quietly(put, FetchFailed(_words(error)))

    thread = threading.Thread(target=read, name="parley-download", daemon=True)  # never keeps the process alive
    thread.start()
    try:
        while True:
            try:
                async with asyncio.timeout(silence_s * 3):
                    item = await chunks.get()
            except TimeoutError:
                raise FetchFailed("no answer") from None  # a resolver that hangs has no timeout of its own
            if item is None:
                return
            if isinstance(item, FetchFailed):
                raise item
            yield item
    finally:
        stopped.set()
        while not chunks.empty():
            chunks.get_nowait()  # a reader that waits for room gets it, sees the flag and ends


def _quietly(put: Callable[[Any], None], item: FetchFailed) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
        put(item)


def _read_into(
    put: Callable[[bytes | FetchFailed | None], None],
    stopped: threading.Event,
    url: str,
    offset: int,
    silence_s: float,
) -> None:
    headers = {"User-Agent": "parley", "Accept-Encoding": "identity"}
    if offset:
        headers["Range"] = f"bytes={offset}-"
    opener = urllib.request.build_opener(_SafeRedirects)
    with opener.open(urllib.request.Request(url, headers=headers), timeout=silence_s) as response:
        surplus = _bytes_to_drop(response.status, response.headers.get("Content-Range", ""), offset)
        promised = response.headers.get("Content-Length", "")
        got = 0
        while not stopped.is_set():
            chunk = response.read1(_CHUNK_BYTES)
            if not chunk:
                break
            got += len(chunk)
            if surplus:
                dropped = min(surplus, len(chunk))
                surplus, chunk = surplus - dropped, chunk[dropped:]
            if chunk:
                put(chunk)
        if promised.isdecimal() and got < int(promised) and not stopped.is_set():
            raise FetchFailed("the connection broke off")
    put(None)


def _bytes_to_drop(status: int, content_range: str, offset: int) -> int:
    """How many bytes at the front are already there: all of them when the server ignores ranges."""
    if status == 206:
        start = _RANGE.match(content_range)
        if start is None or int(start[1]) != offset:
            raise FetchFailed("the server sent another part than the one asked for")
        return 0
    return offset


def _words(error: Exception) -> str:
    """A cause in a few words that hold nothing of what the other side wrote."""
    if isinstance(error, urllib.error.HTTPError):
        error.close()
        return f"it answered with status {error.code}"
    reason = getattr(error, "reason", error)
    if isinstance(reason, ssl.SSLError):
        return "its certificate could not be checked"
    if isinstance(reason, TimeoutError):
        return "no answer"
    if isinstance(reason, HTTPException):
        return "the connection broke off"
    if isinstance(reason, ConnectionError):
        return "the connection was refused or broke off"
    return "the host cannot be reached"
