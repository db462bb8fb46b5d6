"""Who waits for whom: hosted models for nobody, models of this machine for each other, and none for one that left."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from tests.waiting import wait_until
from tui.chat.fanout import HOSTED_LANES, Lanes, is_on_this_machine
from tui.providers.base import Endpoint

HERE = Endpoint("ollama", "ollama", "http://127.0.0.1:11434", family="ollama")
HOSTED = Endpoint("openai", "openai-chat", "https://api.openai.com/v1", family="openai")


@pytest.mark.parametrize(
    ("url", "is_here"),
    [
        ("", True),
        ("http://localhost:8000/v1", True),
        ("http://gpu.localhost/v1", True),
        ("http://127.8.8.8/v1", True),
        ("http://[::1]:8080", True),
        ("http://192.168.0.7/v1", False),
        ("https://api.openai.com/v1", False),
        ("localhost:8000", False),
    ],
)
def test_this_machine_is_loopback_or_nowhere(url: str, *, is_here: bool) -> None:
    assert is_on_this_machine(url) is is_here


async def waiting_in(lanes: Lanes, endpoint: Endpoint, places: list[int]) -> asyncio.Task[None]:
    """Somebody who waits for a lane, and leaves it at once."""

    async def come_and_go() -> None:
        async with lanes.slot(endpoint, on_wait=places.append):
            places.append(0)

    before = lanes.waiting(endpoint)
    task = asyncio.create_task(come_and_go())
    await wait_until(lambda: lanes.waiting(endpoint) == before + 1)
    return task


async def test_models_of_this_machine_share_one_lane_in_the_order_in_which_they_came() -> None:
    lanes = Lanes()
    first: list[int] = []
    second: list[int] = []
    other = replace(HERE, name="lmstudio", base_url="http://localhost:1234/v1", family="lmstudio")
    async with lanes.slot(HERE):
        tasks = [await waiting_in(lanes, other, first), await waiting_in(lanes, HERE, second)]
        assert (first, second) == ([1], [2])
    await asyncio.gather(*tasks)
    assert (first, second) == ([1, 0], [2, 1, 0])
    assert lanes.waiting(HERE) == 0


async def test_a_hosted_endpoint_has_lanes_of_its_own_and_a_stated_number_wins() -> None:
    lanes = Lanes()
    places: list[int] = []
    async with AsyncExitStack() as held:
        for _ in range(HOSTED_LANES):
            await held.enter_async_context(lanes.slot(HOSTED))
        await held.enter_async_context(lanes.slot(replace(HOSTED, base_url="https://elsewhere.example/v1")))
        waiting = await waiting_in(lanes, HOSTED, places)
    await waiting
    async with lanes.slot(replace(HERE, parallel=2)), lanes.slot(replace(HERE, parallel=2)):
        pass
    assert places == [1, 0]


async def test_who_gives_up_leaves_the_queue_and_the_others_move_up() -> None:
    lanes = Lanes()
    first: list[int] = []
    second: list[int] = []
    async with lanes.slot(HERE):
        gone, there = await waiting_in(lanes, HERE, first), await waiting_in(lanes, HERE, second)
        gone.cancel()
        await asyncio.wait([gone])
        assert second == [2, 1]
    await there
    assert (first, second) == ([1], [2, 1, 0])


async def test_a_lane_that_is_left_while_the_next_one_gives_up_goes_to_the_one_after_it() -> None:
    lanes = Lanes()
    first: list[int] = []
    second: list[int] = []
    async with lanes.slot(HERE):
        gone, there = await waiting_in(lanes, HERE, first), await waiting_in(lanes, HERE, second)
        gone.cancel()  # and has not had the time to leave the queue when the lane is free
    await asyncio.wait([gone, there])
    assert gone.cancelled()
    assert there.exception() is None
    assert (first, second) == ([1], [2, 0])
    async with asyncio.timeout(5), lanes.slot(HERE):
        pass


async def test_a_turn_that_comes_to_one_who_gives_up_is_passed_on() -> None:
    lanes = Lanes()
    first: list[int] = []
    second: list[int] = []
    async with lanes.slot(HERE):
        gone, there = await waiting_in(lanes, HERE, first), await waiting_in(lanes, HERE, second)
    gone.cancel()
    await asyncio.wait([gone, there])
    assert (first, second) == ([1], [2, 1, 0])
