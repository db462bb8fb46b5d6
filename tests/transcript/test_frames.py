"""The frame clock: nobody waits for ever, many take turns, and keys go first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import perf_counter
from typing import Any, cast

import pytest
from textual.message_pump import MessagePump

from tui.transcript.frames import LATEST_S, PAINTED_AT_ONCE, FrameClock


class Pump:
    """Calls at once what a message pump would call next."""

    def call_next(self, callback: Callable[[], None]) -> None:
        callback()


class Canvas:
    """A painter that is painted, and may be behind for some frames."""

    def __init__(self, name: str, log: list[tuple[float, str]], *, behind: int = 0) -> None:
        self.name, self._log, self._behind = name, log, behind

    @property
    def wants_frame(self) -> bool:
        return self._behind > 0

    def paint_frame(self) -> bool:
        self._behind -= 1
        self._log.append((perf_counter(), self.name))
        return True


def clock_with(count: int, **kind: Any) -> tuple[FrameClock, list[Canvas], list[tuple[float, str]]]:
    log: list[tuple[float, str]] = []
    return FrameClock(cast(MessagePump, Pump())), [Canvas(str(number), log, **kind) for number in range(count)], log


@pytest.mark.parametrize("count", [1, 3, 4, 6])
async def test_many_take_turns_and_none_is_left_out(count: int) -> None:
    clock, canvases, log = clock_with(count)
    for _ in range(40):
        for canvas in canvases:
            clock.want(canvas)
        await asyncio.sleep(0.01)
    clock.stop()
    painted = [name for _, name in log]
    each = [painted.count(canvas.name) for canvas in canvases]
    assert min(each) >= 2
    assert max(each) - min(each) <= 1
    frames = [sum(1 for at, _ in log if abs(at - when) < 0.002) for when, _ in log]
    assert max(frames) <= PAINTED_AT_ONCE


async def test_nothing_ticks_when_all_is_painted() -> None:
    clock, (canvas,), log = clock_with(1)
    clock.want(canvas)
    assert clock.is_waiting(canvas)
    await asyncio.sleep(0.1)
    assert len(log) == 1
    assert not clock.is_ticking
    assert not clock.is_waiting(canvas)


async def test_who_is_behind_is_painted_until_it_is_not() -> None:
    clock, canvases, log = clock_with(2, behind=3)
    for canvas in canvases:
        clock.want(canvas)
    for _ in range(100):
        await asyncio.sleep(0.01)
        if not clock.is_ticking:
            break
    assert [name for _, name in log] == ["0", "1"] * 3


async def test_a_key_puts_a_frame_off_but_not_for_ever() -> None:
    clock, (canvas,), log = clock_with(1)
    clock.want(canvas)
    await asyncio.sleep(0.01)  # the first is painted at once
    began = perf_counter()
    clock.want(canvas)
    while len(log) < 2:
        assert perf_counter() - began < 20
        clock.give_way()
        await asyncio.sleep(0.002)
    assert log[1][0] - log[0][0] >= 0.9 * LATEST_S


async def test_keys_between_the_timer_and_its_frame_make_no_second_frame() -> None:
    """A pump that is busy calls later than the timer ran out."""
    waiting: list[Callable[[], None]] = []

    class Busy:
        def call_next(self, callback: Callable[[], None]) -> None:
            waiting.append(callback)

    log: list[tuple[float, str]] = []
    clock, canvas = FrameClock(cast(MessagePump, Busy())), Canvas("a", log)
    clock.want(canvas)
    await asyncio.sleep(0.01)
    clock.give_way()
    await asyncio.sleep(0.2)
    assert len(waiting) == 1
    waiting.pop()()
    assert len(log) == 1
    assert not clock.is_ticking
