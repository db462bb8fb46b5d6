"""No connection: hosts, ports, TLS and proxies, told apart and named."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import pytest

from tests.providers.exchanging import KEY, LIMITS, QUICK, ask, endpoint_at, listening
from tests.wire import Reply, WireServer, two_servers
from tests.wire.faults import OK
from tui.domain.events import RequestSent
from tui.errors import ConfigError, ConnectFailed
from tui.providers.base import RetryPolicy, Timeouts


async def test_nobody_listens() -> None:
    async with WireServer() as server:
        endpoint = endpoint_at(server.url)
    found = await ask(endpoint)
    assert isinstance(found.error, ConnectFailed)
    assert "refused" in str(found.error)
    assert "Is the server running" in str(found.error)


@contextmanager
def deaf_port() -> Iterator[int]:
    """A port whose connections are never established: its queue is full."""
    with socket.socket() as listener, ExitStack() as clients:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            client = clients.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


async def test_a_connection_that_does_not_come_about() -> None:
    with deaf_port() as port:
        hasty = replace(LIMITS, connect_s=0.2, first_byte_s=9)
        found = await ask(endpoint_at(f"http://127.0.0.1:{port}", timeouts=hasty, retry=replace(QUICK, attempts=2)))
    assert isinstance(found.error, ConnectFailed)
    assert "no connection within 0.2 s" in str(found.error)
    assert len(found.of(RequestSent)) == 2


async def test_connecting_can_be_cancelled() -> None:
    with deaf_port() as port:
        task = asyncio.create_task(ask(endpoint_at(f"http://127.0.0.1:{port}", timeouts=Timeouts(30, 30, 30))))
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.wait({task}, timeout=10)
    assert task.cancelled()


async def test_an_unknown_host_is_named() -> None:
    found = await ask(endpoint_at("http://nowhere.invalid", retry=RetryPolicy(attempts=2, first_wait_s=0.01)))
    assert isinstance(found.error, ConnectFailed)
    assert "nowhere.invalid" in str(found.error)
    assert "DNS" in str(found.error)
    assert len(found.of(RequestSent)) == 2


async def test_a_retired_service_says_so() -> None:
    found = await ask(
        endpoint_at("http://nowhere.invalid", retry=RetryPolicy(attempts=1), quirks={"retired": "It is gone."})
    )
    assert str(found.error).endswith("It is gone.")


async def test_https_to_a_plain_server_is_a_tls_error() -> None:
    async def answer_at_once(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer_at_once, "127.0.0.1", 0) as server:
        found = await ask(endpoint_at(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"))
    assert isinstance(found.error, ConnectFailed)
    assert "TLS" in str(found.error)
    assert "http://" in str(found.error)
    assert len(found.of(RequestSent)) == 1


@contextlib.asynccontextmanager
async def speaking(*pieces: bytes, is_closed: bool = True) -> AsyncIterator[tuple[str, list[None]]]:
    """A server that says something to whoever speaks to it; gives its address, and an item for each connection."""
    connections: list[None] = []
    is_over = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(None)
        await reader.readuntil(b"\r\n\r\n")
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        if not is_closed:
            await is_over.wait()

    async with listening(answer) as url:
        yield url, connections
        is_over.set()


@pytest.mark.parametrize("is_closed", [True, False])
@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        ((b"SSH-2.0-OpenSSH_9.6\r\n", b"Invalid SSH identification string.\r\n"), "it says “SSH-2.0-OpenSSH_9.6”"),
        ((b"220 mail.example ESMTP\r\n",), "it says “220 mail.example ESMTP”"),
        ((b"HT", b"+ONS\r\n"), "is not an HTTP server; it says “HT"),
        ((b"\x15\x03\x01\x00\x02\x02\x46",), "speaks https, not http. base_url is meant to begin with https://."),
        ((b"J\x00\x00\x00\n8.0.32\x00",), "is not an HTTP server. Check"),
        ((b"\r\n\x1b[31m",), "is not an HTTP server. Check"),
        ((f"-ERR {KEY}\r\n".encode(),), "it says “-ERR "),
    ],
)
async def test_what_is_no_http_server_is_asked_once(pieces: tuple[bytes, ...], words: str, is_closed: bool) -> None:
    async with speaking(*pieces, is_closed=is_closed) as (url, connections):
        found = await ask(endpoint_at(url))
    assert isinstance(found.error, ConnectFailed)
    assert words in str(found.error)
    assert KEY not in str(found.error)
    assert len(connections) == 1


@pytest.mark.parametrize("pieces", [(), (b"HTT",), (b"HTTP/1.1 200 OK\r\nContent-",)])
async def test_a_connection_that_closes_without_an_answer_is_tried_again(pieces: tuple[bytes, ...]) -> None:
    async with speaking(*pieces) as (url, connections):
        found = await ask(endpoint_at(url))
    assert "closed without an answer" in str(found.error)
    assert len(connections) == 3


async def test_an_answer_that_begins_letter_by_letter_is_one() -> None:
    answer = b'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: {"choices":[{"delta":{"content":"Hi"},'
    answer += b'"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
    async with speaking(*(answer[i : i + 1] for i in range(len(answer)))) as (url, connections):
        found = await ask(endpoint_at(url))
    assert (found.error, found.text, len(connections)) == (None, "Hi", 1)


async def test_a_proxy_is_used_for_others_and_named_but_never_for_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    async with two_servers(Reply(status=407, framing="length"), OK) as (proxy, here):
        monkeypatch.setenv("HTTP_PROXY", f"http://user:secret@127.0.0.1:{proxy.port}")
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:secret@127.0.0.1:{proxy.port}")
        found = await ask(endpoint_at("https://api.example", retry=RetryPolicy(attempts=1)))
        assert isinstance(found.error, ConnectFailed)
        assert f"proxy 127.0.0.1:{proxy.port}" in str(found.error)
        assert "secret" not in str(found.error)
        assert [seen.method for seen in proxy.requests] == ["CONNECT"]
        assert (await ask(endpoint_at(here.url))).text == "Hello"
        assert (await ask(endpoint_at(here.url.replace("127.0.0.1", "localhost")))).text == "Hello"
        assert len(proxy.requests) == 1


async def test_a_proxy_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    async with WireServer() as server:
        pass
    monkeypatch.setenv("ALL_PROXY", server.url)
    found = await ask(endpoint_at("http://api.example", retry=RetryPolicy(attempts=1)))
    assert f"by the proxy 127.0.0.1:{server.port}" in str(found.error)


@pytest.mark.parametrize("url", ["ftp://x.example", "http://", "http://[::1", "nonsense", "http://x.example:99999"])
async def test_a_bad_base_url_is_a_config_error(url: str) -> None:
    found = await ask(endpoint_at(url))
    assert isinstance(found.error, ConfigError | ConnectFailed)
    assert KEY not in str(found.error)
