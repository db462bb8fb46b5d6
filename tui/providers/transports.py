"""Who carries a request: a lane for each one to a server on this machine, the HTTP library's client for all others.

A lane is one of the library's transports, so with one connection, and is used for one request at a time. The library's
own pool looks through all its connections twice a request, asking the system about each idle one, and its client reads
cookies, redirects and proxies that a server on this machine has nothing to do with: with two dozen requests at once
that is a fifth of what a request costs. Refuses to know requests beyond their parts, and to follow, keep or add
anything.

Source: httpx “Transports” (a transport's `handle_async_request`), “Proxies” (what the environment says).
"""

from __future__ import annotations

import importlib.util
import ssl
import sys
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import urlsplit

from tui.providers.outgoing import is_loopback

if TYPE_CHECKING:
    from types import ModuleType

    import httpx

REDIRECT = "parley.redirect"
"""Where a response keeps the address of a redirect, out of the library's sight."""
_KEPT = 64
"""Connections that are kept for later, in the world and for each server here."""
_KEPT_S = 30.0
_ALWAYS = {"Accept": "*/*", "Connection": "keep-alive"}
"""Headers that the library's client adds by itself."""


class Carrier(Protocol):
    """Carries one request at a time."""

    def request(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, extensions: dict[str, Any]
    ) -> httpx.Request:
        """A request in the library's form.

        Raises:
            httpx.InvalidURL, httpx.UnsupportedProtocol, ValueError: it has none.
        """
        ...

    async def send(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the response whatever its status, its body unread.

        Raises:
            httpx.TransportError: there is no response.
        """
        ...

    def release(self) -> None:
        """The response is closed, or did not come: the next request may have this place."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class Transports:
    """All connections of the process; made when first used, closed by `close()`."""

    def __init__(self) -> None:
        self._world: _World | None = None
        self._here: dict[str, _Lanes] = {}

    def carrier(self, url: str) -> Carrier:
        """Who is to carry a request to `url`.

        Raises:
            ImportError, OSError, ValueError, httpx.InvalidURL: the proxies or certificates that the environment names
                cannot be used.
        """
        parts = urlsplit(url)
        if parts.scheme == "http" and is_loopback(parts.hostname or ""):
            return self._here.setdefault(parts.netloc, _Lanes()).free()
        if self._world is None:
            self._world = _World()
        return self._world

    async def close(self) -> None:
        """Close all connections."""
        found: list[Carrier] = [lane for lanes in self._here.values() for lane in lanes.all]
        if self._world is not None:
            found.append(self._world)
        self._here, self._world = {}, None
        for carrier in found:
            await carrier.close()


class _Lanes:
    """The lanes to one server on this machine: as many as it ever had requests at once."""

    def __init__(self) -> None:
        self.all: list[_Lane] = []
        self.idle: list[_Lane] = []

    def free(self) -> _Lane:
        if self.idle:
            return self.idle.pop()
        lane = _Lane(self.idle, keeps=len(self.all) < _KEPT)
        self.all.append(lane)
        return lane


class _Lane:
    """One connection to a server on this machine: no proxy, no certificates, no cookies, no redirects."""

    def __init__(self, idle: list[_Lane], *, keeps: bool) -> None:
        import httpx

        _remember_missing("sniffio")
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=int(keeps), keepalive_expiry=_KEPT_S)
        self._transport = httpx.AsyncHTTPTransport(verify=_no_certificates(), trust_env=False, limits=limits)
        self._idle = idle

    def request(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, extensions: dict[str, Any]
    ) -> httpx.Request:
        import httpx

        named = {name.lower() for name in headers}
        added = {name: value for name, value in _ALWAYS.items() if name.lower() not in named}
        return httpx.Request(method, url, headers={**added, **headers}, content=content, extensions=extensions)

    async def send(self, request: httpx.Request) -> httpx.Response:
        return await self._transport.handle_async_request(request)

    def release(self) -> None:
        if self not in self._idle:
            self._idle.append(self)

    async def close(self) -> None:
        await self._transport.aclose()


class _World:
    """The library's client, by the proxies and certificates that the environment names."""

    def __init__(self) -> None:
        import http.cookiejar  # late, like the client: it brings a mail library along

        import httpx

        _remember_missing("sniffio")
        no_cookies = http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        hooks: dict[str, list[Callable[..., Awaitable[None]]]] = {"response": [_hide_redirect]}
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=_KEPT, keepalive_expiry=_KEPT_S)
        direct = {f"all://{host}": None for host in ("localhost", "*.localhost", "127.0.0.1", "[::1]")}
        self._client = httpx.AsyncClient(
            trust_env=True, cookies=no_cookies, limits=limits, mounts=direct, event_hooks=hooks
        )

    def request(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, extensions: dict[str, Any]
    ) -> httpx.Request:
        return self._client.build_request(method, url, headers=dict(headers), content=content, extensions=extensions)

    async def send(self, request: httpx.Request) -> httpx.Response:
        return await self._client.send(request, stream=True)

    def release(self) -> None:
        pass  # its pool knows by itself

    async def close(self) -> None:
        await self._client.aclose()


@cache
def _no_certificates() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # never used, and cheap: the library's own reads all authorities


async def _hide_redirect(response: httpx.Response) -> None:
    """Put a redirect's address aside: the library reads it though it is not to follow it, and fails on what is none."""
    found = [("location", value) for value in response.headers.get_list("location")]
    if found:
        response.extensions[REDIRECT] = found
        del response.headers["location"]


def _remember_missing(module: str) -> None:
    """Spare the HTTP library's connection pool, which looks for this module twenty times a request, the search."""
    if module not in sys.modules and importlib.util.find_spec(module) is None:
        sys.modules[module] = cast("ModuleType", None)  # documented: importing it fails at once
