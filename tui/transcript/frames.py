"""One frame clock for a screen: what changed is painted at most 25 times a second, and nothing ticks when nothing does.

The first change after a rest is painted at once; later ones wait for the next frame. This module refuses to know what
is painted.
"""

from __future__ import annotations

import asyncio
from itertools import islice
from time import perf_counter
from typing import Protocol

from textual.message_pump import MessagePump

FRAMES_PER_S = 25
"""A frame costs the toolkit more than it costs us; at 25 a token waits 20 ms on average."""
CROWDED_FRAMES_PER_S = {3: 20, 5: 15}
"""How often each is painted where so many or more want it: a key waits for the toolkit's own work for their frames."""
PAINTED_AT_ONCE = 3
"""Where more want it, they take turns, so that a key never waits for all of them."""
BUDGET_S, LEAST_BUDGET_S = 0.025, 0.004
"""Time that all painters of one frame have for parsing, and that each has at least. What is left of a long text waits
for the next frame."""
REST_S = 0.004
"""At least, between frames that only work off what is left of a long text."""
TYPING_S, TYPING_BUDGET_S, TYPING_REST_S = 1.0, 0.012, 0.02
"""For so long after a key, budget and rest are others: a key takes several turns of the event loop, and may meet a
frame in each."""
KEY_S, LATEST_S = 0.02, 0.1
"""How long a frame gives way to a key that has just been pressed, and how long after the last frame it comes at the
latest, however fast somebody types."""


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
        self._due = 0.0
        self._key_at = -TYPING_S
        self._is_called = False
        """The timer has run out, and the frame comes as soon as the pump gets to it."""

    @property
    def is_ticking(self) -> bool:
        """A frame is due."""
        return self._timer is not None

    def is_waiting(self, painter: Painter) -> bool:
        """Whether a painter is to be painted in the next frame."""
        return painter in self._wanting

    def want(self, painter: Painter) -> None:
        """Have a painter painted in the next frame."""
        self._wanting[painter] = None
        if self._timer is None:
            self._schedule(self._last_frame + self._interval_s)

    def forget(self, painter: Painter) -> None:
        """Leave a painter out from now on."""
        self._wanting.pop(painter, None)

    def give_way(self) -> None:
        """Let what a key that has just been pressed changes be painted before the next frame."""
        self._key_at = perf_counter()
        if self._timer is not None and not self._is_called:
            due = min(perf_counter() + KEY_S, self._last_frame + LATEST_S)
            if due > self._due:
                self._timer.cancel()
                self._schedule(due)

    def stop(self) -> None:
        """Paint no more until somebody wants a frame."""
        self._wanting.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _schedule(self, due: float) -> None:
        self._due, self._is_called = due, False
        self._timer = asyncio.get_running_loop().call_later(max(0.0, due - perf_counter()), self._call)

    def _call(self) -> None:
        self._is_called = True
        self._pump.call_next(self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._last_frame = perf_counter()
        painters = self._next_painters()
        is_typing = self._last_frame - self._key_at < TYPING_S
        self.budget_s = max(LEAST_BUDGET_S, (TYPING_BUDGET_S if is_typing else BUDGET_S) / max(1, len(painters)))
        is_behind = False
        for painter in painters:
            painter.paint_frame()
            if painter.wants_frame:
                is_behind = True
                self._wanting[painter] = None
        if is_behind:
            now = perf_counter()
            due = now + TYPING_REST_S if is_typing else max(now + REST_S, self._last_frame + self._interval_s)
            self._schedule(due)
        elif self._wanting:
            self._schedule(self._last_frame + self._interval_s)

    def _next_painters(self) -> list[Painter]:
        """Those whose turn it is, and how soon the next ones' is."""
        count = len(self._wanting)
        turns = max(1, -(-count // PAINTED_AT_ONCE))
        rate = min([FRAMES_PER_S, *(rate for least, rate in CROWDED_FRAMES_PER_S.items() if count >= least)])
        self._interval_s = 1 / (rate * turns)
        found = list(islice(self._wanting, -(-count // turns)))
        for painter in found:
            del self._wanting[painter]
        return found
