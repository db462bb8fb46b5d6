"""Connections: kept, used again, one request at a time each, and closed in the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any
from unittest.mock import patch

import pytest

from tests.providers.exchanging import PATIENT, endpoint_at
from tests.wire import Close, Hold, Reply, SeenRequest, Until, WireServer, json_reply
from tui.providers.base import HttpCall
from tui.providers.http import HttpClient
from tui.providers.outgoing import finished_call
from tui.providers.transports import Transports


@pytest.fixture
async def client() -> AsyncIterator[HttpClient]:
    http = HttpClient()
    yield http
    await http.close()


@pytest.fixture(params=["here", "world"])
def either(request: pytest.FixtureRequest) -> Iterator[str]:
    """A server as on this machine, and the same one as if it were elsewhere."""
    if request.param == "here":
        yield request.param
        return
    with patch("tui.providers.transports.is_loopback", return_value=False):
        yield request.param


async def ask(client: HttpClient, server: WireServer) -> Any:
    call = finished_call(HttpCall("POST", f"{server.url}/v1/x", {"X-Own": "1"}, {"a": 1}))
    return await client.get_json(call, endpoint_at(server.url, timeouts=PATIENT))


async def test_a_connection_is_used_again(client: HttpClient, either: str) -> None:
    async with WireServer(json_reply([either])) as server:
        for _ in range(5):
            assert await ask(client, server) == [either]
        assert server.connections == 1


async def test_as_many_connections_as_requests_at_once(client: HttpClient, either: str) -> None:
    go = asyncio.Event()
    reply = Reply([Until(go), b"[]"], headers=(("Content-Type", "application/json"),))
    async with WireServer(reply) as server:
        for _ in range(2):
            go.clear()
            asking = [asyncio.create_task(ask(client, server)) for _ in range(7)]
            await server.asked(len(server.requests) + 7)
            go.set()
            assert await asyncio.gather(*asking) == [[]] * 7, either
        assert server.connections == 7


async def test_a_cancelled_request_frees_its_place(client: HttpClient, either: str) -> None:
    replies = [Reply([Hold()]), Reply(before_head=[Hold()]), json_reply([either])]
    async with WireServer(replies) as server:
        for count in (1, 2):
            asking = asyncio.create_task(ask(client, server))
            await server.asked(count)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            await server.hung_up(count)
        assert await ask(client, server) == [either]
        assert server.connections == 3


async def test_a_connection_that_the_server_closed_is_made_anew(client: HttpClient, either: str) -> None:
    async with WireServer(Reply([b"[]", Close()], framing="close")) as server:
        for _ in range(3):
            assert await ask(client, server) == [], either
        assert server.connections == 3


async def test_the_same_headers_go_out_here_and_elsewhere() -> None:
    seen: list[SeenRequest] = []
    async with WireServer(json_reply([])) as server:
        for is_here in (True, False):
            http = HttpClient()
            with patch("tui.providers.transports.is_loopback", return_value=is_here):
                await ask(http, server)
            await http.close()
        seen += server.requests
    assert seen[0].headers == seen[1].headers
    assert seen[0].headers["accept"] == "*/*"
    assert seen[0].headers["x-own"] == "1"
    assert seen[0].body == seen[1].body == b'{"a":1}'


async def test_closing_closes_what_is_in_use_too() -> None:
    client = HttpClient()
    async with WireServer(Reply([b"[", Hold()])) as server:
        call = finished_call(HttpCall("GET", server.url, {}, is_streamed=True))
        response = await client.send(call, endpoint_at(server.url), PATIENT)
        assert await response.read(asyncio.get_running_loop().time() + 5) == b"["
        await client.close()
        await server.hung_up()
        await response.close()


def test_a_lane_carries_one_request_at_a_time() -> None:
    transports = Transports()
    first, second = (transports.carrier("http://127.0.0.1:1/v1") for _ in range(2))
    assert first is not second
    first.release()
    first.release()
    assert transports.carrier("http://127.0.0.1:1/v2") is first
    assert transports.carrier("http://127.0.0.1:1/v2") not in (first, second)
    assert transports.carrier("http://127.0.0.1:2/v1") not in (first, second)
