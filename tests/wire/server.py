"""A real HTTP server on loopback that does to a client what networks and vendors do.

    async with WireServer(events_reply(chunk("Hel"), chunk("lo"), done=True)) as server:
        endpoint = dataclasses.replace(some_endpoint, base_url=server.url)
        ...
        assert server.requests[0].json["model"] == "m"

A script is one Reply, several (one per request, the last repeats), or a function from the request to a Reply. A body
is a sequence of steps: bytes are written and drained one by one, so chunk boundaries fall wherever the test puts them;
`Pause`, `Hold`, `Reset` and `Close` do the rest. `server.requests` holds what came, `await server.hung_up(n)` waits
until clients have gone away n times in the middle of a reply. Tests without a loop use `served_in_thread(script)`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal, Self
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True)
class Pause:
    """Write nothing for so long."""

    seconds: float


@dataclass(frozen=True)
class Hold:
    """Write nothing until the client hangs up."""


@dataclass(frozen=True)
class Reset:
    """Break the connection with RST."""


@dataclass(frozen=True)
class Close:
    """Close the connection in an orderly way, whatever the framing promised."""


@dataclass(frozen=True)
class Until:
    """Write nothing until the event is set."""

    event: asyncio.Event


Step = bytes | Pause | Hold | Reset | Close | Until
Framing = Literal["chunked", "length", "close", "raw"]


@dataclass(frozen=True)
class Reply:
    """What the server does with one request."""

    steps: Sequence[Step] = ()
    status: int = 200
    headers: Sequence[tuple[str, str]] = ()
    framing: Framing = "chunked"
    """How the body's end is told; `raw` writes the steps as they are, without status line and headers."""
    length: int | None = None
    """The Content-Length to claim, when it is to be wrong."""
    before_head: Sequence[Step] = ()


@dataclass(frozen=True)
class SeenRequest:
    """One request as it came."""

    method: str
    target: str
    headers: Mapping[str, str]
    """By lower-case name; repeated ones joined with a comma."""
    body: bytes

    @property
    def path(self) -> str:
        """The decoded path without the query."""
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> dict[str, str]:
        """The query parameters."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def json(self) -> Any:
        """The decoded body; None when there is none."""
        return json.loads(self.body) if self.body else None


Handler = Callable[[SeenRequest], Reply]
Script = Reply | Sequence[Reply] | Handler


class WireServer:
    """The server; see the module's docstring."""

    def __init__(self, script: Script = Reply(), *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.script = script
        self.requests: list[SeenRequest] = []
        self.connections = 0
        self.replies_finished = 0
        self._host = host
        self._port = port
        self._hangups = 0
        self._changed = asyncio.Condition()
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The base URL, without a slash at the end."""
        return f"http://{self._host}:{self._port}"

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._port

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, self._host, self._port, limit=2**20)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in tuple(self._clients):
            task.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    @property
    def hangups(self) -> int:
        """How often a client went away in the middle of a reply."""
        return self._hangups

    async def hung_up(self, times: int = 1, *, within_s: float = 5.0) -> None:
        """Wait until clients have hung up so often."""
        async with asyncio.timeout(within_s), self._changed:
            await self._changed.wait_for(lambda: self._hangups >= times)

    async def asked(self, times: int = 1, *, within_s: float = 5.0) -> None:
        """Wait until so many requests have come."""
        async with asyncio.timeout(within_s), self._changed:
            await self._changed.wait_for(lambda: len(self.requests) >= times)

    # -- one connection ------------------------------------------------------------------------------------------------

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        self.connections += 1
        try:
            while (request := await _read_request(reader)) is not None:
                self.requests.append(request)
                await self._tell()
                if not await self._answer(self._reply_to(request), reader, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client has gone, or the test is over
        finally:
            self._clients.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    def _reply_to(self, request: SeenRequest) -> Reply:
        if isinstance(self.script, Reply):
            return self.script
        if callable(self.script):
            return self.script(request)
        return self.script[min(len(self.requests), len(self.script)) - 1]

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _answer(self, reply: Reply, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Write the reply; whether the connection can take another request."""
        gone = asyncio.create_task(_gone(reader))
        work = asyncio.create_task(self._write(reply, writer))
        try:
            await asyncio.wait({gone, work}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done() or (not work.cancelled() and isinstance(work.exception(), ConnectionError)):
                self._hangups += 1
                await self._tell()
                return False
            self.replies_finished += 1
            return work.result() and not gone.done()
        finally:
            for task in (gone, work):
                task.cancel()
            await asyncio.gather(gone, work, return_exceptions=True)

    async def _write(self, reply: Reply, writer: asyncio.StreamWriter) -> bool:
        for step in reply.before_head:
            if not await _do(step, writer):
                return False
        if reply.framing != "raw":
            writer.write(_head(reply))
            await writer.drain()
        for step in reply.steps:
            if isinstance(step, bytes) and reply.framing == "chunked" and step:
                step = b"%x\r\n%s\r\n" % (len(step), step)
            if not await _do(step, writer):
                return False
        if reply.framing == "chunked" and not _has_no_body(reply.status):
            writer.write(b"0\r\n\r\n")
            await writer.drain()
        return reply.framing == "chunked" or (reply.framing == "length" and reply.length is None)


async def _do(step: Step, writer: asyncio.StreamWriter) -> bool:
    """Take one step; whether the connection is still open."""
    match step:
        case bytes():
            writer.write(step)
            await writer.drain()
            await asyncio.sleep(0)
        case Pause(seconds):
            await asyncio.sleep(seconds)
        case Until(event):
            await event.wait()
        case Hold():
            await asyncio.Event().wait()
        case Reset():
            sock: socket.socket = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            return False
        case Close():
            return False
    return True


async def _gone(reader: asyncio.StreamReader) -> None:
    """Return when the client has closed its side; looks without reading, so that no next request is swallowed."""
    while not reader.at_eof() and reader.exception() is None:  # noqa: ASYNC110 - tells only readers
        await asyncio.sleep(0.005)


def _has_no_body(status: int) -> bool:
    return status in (204, 304)


def _head(reply: Reply) -> bytes:
    try:
        phrase = HTTPStatus(reply.status).phrase
    except ValueError:
        phrase = "Unknown"
    lines = [f"HTTP/1.1 {reply.status} {phrase}", *(f"{name}: {value}" for name, value in reply.headers)]
    if not any(name.lower() == "content-type" for name, _ in reply.headers):
        lines.append("Content-Type: text/event-stream; charset=utf-8")
    if reply.framing == "chunked" and not _has_no_body(reply.status):
        lines.append("Transfer-Encoding: chunked")
    elif reply.framing == "length":
        size = sum(len(step) for step in reply.steps if isinstance(step, bytes))
        lines.append(f"Content-Length: {size if reply.length is None else reply.length}")
    elif reply.framing == "close":
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")


async def _read_request(reader: asyncio.StreamReader) -> SeenRequest | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            key = name.strip().lower()
            headers[key] = f"{headers[key]}, {value.strip()}" if key in headers else value.strip()
    if headers.get("transfer-encoding", "") == "chunked":
        body = await _read_chunks(reader)
    else:
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    return SeenRequest(method, target, headers, body)


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while size := int(await reader.readuntil(b"\r\n"), 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readuntil(b"\r\n")
    return bytes(body)


# -- replies that many tests want --------------------------------------------------------------------------------------


def json_reply(value: Any, *, status: int = 200, headers: Sequence[tuple[str, str]] = ()) -> Reply:
    """One JSON document."""
    body = json.dumps(value, ensure_ascii=False).encode("utf-8")
    return Reply([body], status, (("Content-Type", "application/json"), *headers), framing="length")


def text_reply(text: str, *, status: int = 200, content_type: str = "text/plain") -> Reply:
    """Any text."""
    return Reply([text.encode("utf-8")], status, (("Content-Type", content_type),), framing="length")


def event(value: Any, name: str = "") -> bytes:
    """One server-sent event holding `value` as JSON, or as it is when it is text."""
    data = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return (f"event: {name}\n" if name else "").encode() + f"data: {data}\n\n".encode()


def events_reply(
    *values: Any, done: bool = False, headers: Sequence[tuple[str, str]] = (), end: Sequence[Step] = ()
) -> Reply:
    """Server-sent events, one network write each; Steps among `values` are taken as they are."""
    steps: list[Step] = []
    for value in values:
        steps.append(value if isinstance(value, Step) else event(value))
    if done:
        steps.append(b"data: [DONE]\n\n")
    return Reply([*steps, *end], headers=headers)


def lines_reply(*values: Any, content_type: str = "application/x-ndjson") -> Reply:
    """One JSON value a line, one network write each."""
    steps: list[Step] = []
    for value in values:
        steps.append(value if isinstance(value, Step) else json.dumps(value, ensure_ascii=False).encode() + b"\n")
    return Reply(steps, headers=(("Content-Type", content_type),))


def cut(data: bytes, *sizes: int) -> list[bytes]:
    """`data` in pieces of these sizes, the last size repeated; `cut(body, 1)` is byte by byte."""
    pieces, position, number = [], 0, 0
    while position < len(data):
        size = sizes[min(number, len(sizes) - 1)]
        pieces.append(data[position : position + size])
        position, number = position + size, number + 1
    return pieces


@contextlib.contextmanager
def served_in_thread(script: Script) -> Iterator[WireServer]:
    """A server with a loop and a thread of its own, for tests that run Parley in another process."""
    started = threading.Event()
    found: list[WireServer] = []
    stop: list[Callable[[], object]] = []

    async def serve() -> None:
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        async with WireServer(script) as server:
            found.append(server)
            stop.append(lambda: loop.call_soon_threadsafe(stopped.set))
            started.set()
            await stopped.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert started.wait(10), "the server did not start"
    try:
        yield found[0]
    finally:
        stop[0]()
        thread.join(10)


@contextlib.asynccontextmanager
async def two_servers(first: Script, second: Script) -> AsyncIterator[tuple[WireServer, WireServer]]:
    """Two servers at once: one that redirects, and one that must see nothing."""
    async with WireServer(first) as one, WireServer(second) as other:
        yield one, other


def chunk(
    text: str | None = None,
    *,
    index: int = 0,
    finish: str | None = None,
    usage: Mapping[str, int] | None = None,
    **delta: Any,
) -> dict[str, Any]:
    """One chunk of OpenAI's chat stream."""
    content = {"content": text, **delta} if text is not None else dict(delta)
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1748880000,
        "model": "test-model",
        "choices": [{"index": index, "delta": content, "finish_reason": finish}],
        "usage": usage,
    }
