"""Stopping: at once, in every state, and the other side hears of it."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from tests.providers.exchanging import ask, endpoint_at, request, rows_of
from tests.waiting import wait_until
from tests.wire import (
    Hold,
    Pause,
    Reply,
    Reset,
    Script,
    Step,
    Until,
    WireServer,
    chunk,
    event,
    events_reply,
    json_reply,
    two_servers,
)
from tests.wire.faults import OK
from tui.domain.events import TextDelta
from tui.providers.base import Timeouts
from tui.providers.dialects import provider_for
from tui.providers.http import HttpClient

FLOOD: list[Step] = [b": ping\n\n", Pause(0.001)]

STATES: dict[str, Script] = {
    "waiting for the head": Reply([Hold()], framing="raw"),
    "waiting for content": Reply([Hold()]),
    "between two pieces": Reply([event(chunk("so far")), Hold()]),
    "under a flood of pings": Reply(FLOOD * 20_000),
    "in an error's body": Reply([b"{", Hold()], status=400),
    "in a document": Reply([b'{"choices":', Hold()]),
    "after done": events_reply(chunk("x", finish="stop"), "[DONE]", Hold()),
}


@pytest.mark.parametrize("state", STATES)
async def test_cancelling_ends_at_once_and_hangs_up(state: str) -> None:
    async with WireServer(STATES[state]) as server:
        slow = Timeouts(30, 30, 30)
        task = asyncio.create_task(ask(endpoint_at(server.url, timeouts=slow)))
        await server.asked()
        await asyncio.sleep(0.05)
        before = asyncio.get_running_loop().time()
        task.cancel()
        await asyncio.wait({task}, timeout=20)
        took = asyncio.get_running_loop().time() - before
        assert task.done()
        assert took < 5.0  # the promise is 0.2 s; this is a bound on hangs
        await server.hung_up()


async def test_a_wait_before_the_next_try_can_be_cancelled() -> None:
    async with WireServer(json_reply({}, status=429, headers=(("Retry-After", "50"),))) as server:
        task = asyncio.create_task(ask(endpoint_at(server.url)))
        await wait_until(lambda: server.replies_finished)
        await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.wait({task}, timeout=10)
        assert task.cancelled()


async def test_closing_the_generator_closes_the_connection() -> None:
    async with WireServer(Reply([event(chunk("so far")), Hold()])) as server:
        http = HttpClient()
        stream = provider_for(endpoint_at(server.url), http, table_for=rows_of).stream(request())
        async for found in stream:
            if isinstance(found, TextDelta):
                break
        await stream.aclose()
        await server.hung_up()
        await http.close()


async def test_an_event_is_out_before_the_next_chunk_is_sent() -> None:
    more = asyncio.Event()
    async with WireServer(events_reply(chunk("one"), Until(more), chunk(" two", finish="stop"), done=True)) as server:
        http, seen = HttpClient(), []
        async with aclosing(provider_for(endpoint_at(server.url), http, table_for=rows_of).stream(request())) as stream:
            async with asyncio.timeout(5):
                async for found in stream:
                    if isinstance(found, TextDelta):
                        seen.append(found.text)
                        more.set()
        await http.close()
    assert seen == ["one", " two"]


async def test_one_failing_provider_leaves_the_others_alone() -> None:
    async with two_servers(Reply([event(chunk("a")), Pause(0.05), Reset()]), OK) as (bad, good):
        broken, fine = await asyncio.gather(ask(endpoint_at(bad.url)), ask(endpoint_at(good.url)))
    assert broken.error is not None
    assert (fine.error, fine.text) == (None, "Hello")
