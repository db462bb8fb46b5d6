"""When a request left, what it took to get there, and whether it is HTTP at all that answers.

Listens to the HTTP library's report of its steps: finding the host and connecting, agreeing on keys, sending. Refuses
to know requests and responses.

Source: httpx “Extensions”, `trace`; httpcore “Request Extensions” (names of the steps).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from tui.domain.events import Connected
from tui.providers.overhearing import Overhearing

_CONNECT = ("connect_tcp", "connect_unix_socket")


class Departure:
    """The steps of one request; `note` is given to the library."""

    def __init__(self) -> None:
        self._at: float | None = None
        self._began: dict[str, float] = {}
        self._took: dict[str, float] = {}
        self._stream: Any = None
        self._overhearing = Overhearing()

    async def note(self, step: str, info: Mapping[str, Any]) -> None:
        """Take the HTTP library's report of a step, such as `connection.connect_tcp.started`."""
        _, _, rest = step.partition(".")
        name, _, state = rest.partition(".")
        if name == "send_request_body":
            if state == "complete":
                self._at = asyncio.get_running_loop().time()
        elif name in _CONNECT or name == "start_tls":
            kind = "tls" if name == "start_tls" else "connect"
            now = asyncio.get_running_loop().time()
            if state == "started":
                self._began[kind] = now
            elif state == "complete" and kind in self._began:  # a proxy may want keys of its own: both count
                self._took[kind] = self._took.get(kind, 0.0) + now - self._began.pop(kind)
                self._stream = info.get("return_value")
        elif name == "send_request_headers" and self._stream is not None:
            self._overhearing.begin(self._stream)
            self._stream = None

    @property
    def banner(self) -> bytes:
        """How the server answered when that was not HTTP; empty when it was, or nothing came."""
        return self._overhearing.banner

    @property
    def is_complete(self) -> bool:
        """Whether the whole request is known to have left."""
        return self._at is not None

    @property
    def elapsed_s(self) -> float | None:
        """Seconds since the request had left; None when the library did not say."""
        return None if self._at is None else asyncio.get_running_loop().time() - self._at

    @property
    def connected(self) -> Connected | None:
        """How the connection came about; None when the library did not say."""
        if self._at is None:
            return None
        return Connected(self._took.get("connect"), self._took.get("tls"))
