"""One frame clock for a screen: what changed is painted at most 25 times a second, and nothing ticks when nothing does.

The first change after a rest is painted at once; later ones wait for the next frame. This module refuses to know what
is painted.
"""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import Protocol

from textual.message_pump import MessagePump

FRAMES_PER_S = 25
"""A frame costs the toolkit more than it costs us; at 25 a token waits 20 ms on average."""
CROWDED_FRAMES_PER_S = 20
"""For three or more painters at a time: the toolkit's own work for each of their frames is what a key waits for."""

BUDGET_S, LEAST_BUDGET_S = 0.012, 0.004
"""Time that all painters of one frame have for parsing, and that each has at least. What is left of a long text waits
for the next frame: a key takes several turns of the event loop, and may meet a frame in each."""
REST_S = 0.02
"""Between frames that only work off what is left of a long text."""


class Painter(Protocol):
    """Something that paints what was buffered."""

    @property
    def wants_frame(self) -> bool:
        """There is something to paint."""
        ...

    def paint_frame(self) -> bool:
        """Paint it; True if anything was painted."""
        ...


class Breather:
    """Lets others have a turn while a loop takes in text faster than anybody can read.

    What comes off a fast wire is there without waiting, so a loop over it may hold the event loop for long; painting
    a frame takes several turns of it.
    """

    def __init__(self, longest_s: float = 0.004) -> None:
        self._longest_s = longest_s
        self._since = perf_counter()

    async def breathe(self) -> None:
        """Give way if the loop has held the event loop for long enough; to be called after each piece."""
        if perf_counter() - self._since >= self._longest_s:
            await asyncio.sleep(0)
            self._since = perf_counter()


class FrameClock:
    """Calls `paint_frame` of every painter that asked for it.

    A screen makes one and names it `frame_clock`; transcripts on it find it there.
    """

    def __init__(self, pump: MessagePump) -> None:
        self._pump = pump
        self._interval_s = 1 / FRAMES_PER_S
        self._wanting: dict[Painter, None] = {}
        self._last_frame = -1.0
        self.budget_s = BUDGET_S
        """Time that each painter has in this frame for parsing."""
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_ticking(self) -> bool:
        """A frame is due."""
        return self._timer is not None

    def want(self, painter: Painter) -> None:
        """Have a painter painted in the next frame."""
        self._wanting[painter] = None
        if self._timer is None:
            self._schedule(self._last_frame + self._interval_s)

    def forget(self, painter: Painter) -> None:
        """Leave a painter out from now on."""
        self._wanting.pop(painter, None)

    def stop(self) -> None:
        """Paint no more until somebody wants a frame."""
        self._wanting.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _schedule(self, due: float) -> None:
        wait_s = max(0.0, due - perf_counter())
        self._timer = asyncio.get_running_loop().call_later(wait_s, self._pump.call_next, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._last_frame = perf_counter()
        painters, self._wanting = list(self._wanting), {}
        self._interval_s = 1 / (FRAMES_PER_S if len(painters) < 3 else CROWDED_FRAMES_PER_S)
        self.budget_s = max(LEAST_BUDGET_S, BUDGET_S / max(1, len(painters)))
        for painter in painters:
            painter.paint_frame()
            if painter.wants_frame:
                self._wanting[painter] = None
        if self._wanting:
            self._schedule(perf_counter() + REST_S)
