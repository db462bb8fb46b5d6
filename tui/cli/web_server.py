"""textual-serve behind a secret: every address begins with a token, and everything without it is a plain 404.

Also turned away: other host names than this computer's own (DNS rebinding), and sockets opened by other pages. The page
is our own: textual-serve's loads a font from a stranger's server. Refuses any address but loopback.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import signal
from collections.abc import Awaitable, Callable
from html import escape
from importlib.resources import files
from string import Template

from aiohttp import web
from aiohttp.typedefs import Middleware
from textual_serve.server import Server

from tui.cli.output import say
from tui.errors import ConfigError

HOST = "127.0.0.1"
TOKEN_BYTES = 32
STOP_WITHIN_S = 5.0
"""How long open windows have, once Ctrl+C was pressed, to put their sessions on disk and end."""

_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self';"
        " img-src 'self' data:; connect-src 'self' ws://127.0.0.1:* ws://localhost:*;"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_NOT_FOUND = "Not found.\n"


class GuardedServer(Server):
    """textual-serve's server with our page, and nothing printed."""

    async def on_startup(self, app: web.Application) -> None:
        """Say nothing: the address is printed by `serve`, once it is known."""

    async def handle_index(self, request: web.Request) -> web.StreamResponse:
        """The page, with addresses relative to the one that holds the token."""
        text = _page_file("web_page.html")
        prefix = str(request.app.router["index"].url_for()).rstrip("/")
        socket = f"ws://{request.host}{prefix}/ws"
        page = Template(text).substitute(prefix=escape(prefix), socket=escape(socket))
        return web.Response(text=page, content_type="text/html")

    async def handle_script(self, request: web.Request) -> web.StreamResponse:
        """The page's script."""
        return web.Response(text=_page_file("web_page.js"), content_type="text/javascript")

    async def guarded_app(self, token: str) -> web.Application:
        """The whole application below `/TOKEN/`."""
        outer = web.Application(middlewares=[_guard(token)])
        inner = await self._make_app()
        inner.router.add_get("/page.js", self.handle_script)
        outer.add_subapp(f"/{token}", inner)
        return outer


def _page_file(name: str) -> str:
    return files("tui.cli").joinpath(name).read_text("utf-8")


def _guard(token: str) -> Middleware:
    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not is_allowed(request, token):
            return web.Response(status=404, text=_NOT_FOUND)
        response = await handler(request)
        if not response.prepared:
            response.headers.update(_HEADERS)
        return response

    return guard


def is_allowed(request: web.Request, token: str) -> bool:
    """Whether a request has the token, names this computer, and comes from our own page if from any."""
    first = request.path.split("/")[1]
    has_token = secrets.compare_digest(first.encode(), token.encode())
    name = request.host.rpartition(":")[0] or request.host
    is_ours = name in (HOST, "localhost")
    origin = request.headers.get("Origin")
    return has_token and is_ours and origin in (None, f"http://{request.host}")


def serve(command: str, port: int) -> int:
    """Serve `command` to browsers on this computer until Ctrl+C; returns the exit code.

    Raises:
        ConfigError: the port cannot be had.
    """
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)  # what a browser does wrong is not worth a line
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(command, port))
    return 0


async def _serve(command: str, port: int) -> None:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    server = GuardedServer(command, host=HOST, port=port, title="Parley")
    runner = web.AppRunner(await server.guarded_app(token), access_log=None, shutdown_timeout=STOP_WITHIN_S)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, HOST, port).start()
        except OSError as error:
            raise ConfigError(f"Port {port} cannot be used: {error.strerror or error}; choose another.") from error
        at = runner.addresses[0][1]
        say(f"http://{HOST}:{at}/{token}/")
        say("Open this address in a browser on this computer; it is the key, so keep it to yourself. Ctrl+C ends.")
        await _interrupted()
    finally:
        await runner.cleanup()


async def _interrupted() -> None:
    """Wait for Ctrl+C or SIGTERM."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: KeyboardInterrupt ends us there
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
