"""One prompt to several columns: each replies, fails and stops alone; local machines answer one at a time.

Hosted endpoints run in parallel. Endpoints on this machine share its cores, so their requests queue, and the timings of
one model are not spoilt by another. Refuses to know who is watching.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

HOSTED_LANES = 8
"""Requests at once to one hosted endpoint."""
LOCAL_LANES = 1
"""Requests at once to one endpoint on this machine."""


def is_on_this_machine(base_url: str) -> bool:
    """Whether a base URL points at loopback; an empty one is the embedded model."""
    host = urlsplit(base_url).hostname if base_url else "localhost"
    if host is None:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Lanes:
    """How many requests each endpoint works on at once, and who waits."""

    def __init__(self, *, hosted: int = HOSTED_LANES, local: int = LOCAL_LANES) -> None:
        self._hosted = hosted
        self._local = local
        self._limits: dict[str, asyncio.Semaphore] = {}
        self._waiting: dict[str, int] = {}

    def waiting(self, base_url: str) -> int:
        """How many requests wait for a lane to `base_url`."""
        return self._waiting.get(base_url, 0)

    @asynccontextmanager
    async def slot(self, base_url: str, *, on_wait: Callable[[int], None] | None = None) -> AsyncGenerator[None, None]:
        """Hold a lane to the endpoint at `base_url`.

        `on_wait` is told the place in the queue (from 1) when there is none free.
        """
        limit = self._limits.get(base_url)
        if limit is None:
            width = self._local if is_on_this_machine(base_url) else self._hosted
            limit = self._limits[base_url] = asyncio.Semaphore(width)
        if limit.locked():
            place = self._waiting[base_url] = self.waiting(base_url) + 1
            if on_wait is not None:
                on_wait(place)
            try:
                await limit.acquire()
            finally:
                self._waiting[base_url] -= 1
        else:
            await limit.acquire()
        try:
            yield
        finally:
            limit.release()
