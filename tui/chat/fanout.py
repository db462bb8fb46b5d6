"""One prompt to several columns: each replies, fails and stops alone; one machine's models answer one at a time.

Hosted endpoints run in parallel. Models on this machine share its cores, so their requests queue, and neither starves
the other or spoils its timings. How many requests an endpoint works on at once can be stated for it. Refuses to know
who is watching.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from tui.providers.addresses import is_loopback
from tui.providers.base import Endpoint

HOSTED_LANES = 8
"""Requests at once to one hosted endpoint."""
LOCAL_LANES = 1
"""Requests at once to models on this machine."""
THIS_MACHINE = "this machine"
"""The lane of all that run models here: they share the processor, whatever their addresses."""
MODEL_RUNNERS = frozenset({"local", "ollama", "lmstudio", "llamacpp", "vllm"})
"""Built-in endpoints that are known to run models on the machine they are on."""

OnWait = Callable[[int], None]


def is_on_this_machine(base_url: str) -> bool:
    """Whether a base URL points at loopback; an empty one is the embedded model."""
    return not base_url or is_loopback(base_url)


class _Lane:
    """The requests to one place: some run, the others wait in the order in which they came."""

    def __init__(self, width: int) -> None:
        self.free = width
        self._waiting: deque[tuple[asyncio.Future[None], OnWait | None]] = deque()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    async def enter(self, on_wait: OnWait | None) -> None:
        if self.free:
            self.free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (turn, on_wait)
        self._waiting.append(entry)
        if on_wait is not None:
            on_wait(len(self._waiting))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave()  # its turn came in the very moment in which it gave up
            elif entry in self._waiting:
                self._waiting.remove(entry)
                self._tell_places()
            raise

    def leave(self) -> None:
        """Let the next one go; the others move up."""
        while self._waiting:
            turn, _ = self._waiting.popleft()
            if not turn.done():  # else it has given up, and did not have the time to leave the queue
                turn.set_result(None)
                self._tell_places()
                return
        self.free += 1

    def _tell_places(self) -> None:
        for place, (_, on_wait) in enumerate(self._waiting, 1):
            if on_wait is not None:
                on_wait(place)


class Lanes:
    """How many requests each endpoint works on at once, and who waits."""

    def __init__(self, *, hosted: int = HOSTED_LANES, others: int | None = None) -> None:
        """Empty lanes.

        Args:
            hosted: Requests at once to one hosted endpoint.
            others: Requests at once to any endpoint that states nothing itself and is no known runner of models on
                this machine, when somebody has set a limit of their own.
        """
        self._hosted = hosted
        self._others = others
        self._lanes: dict[str, _Lane] = {}

    def waiting(self, endpoint: Endpoint) -> int:
        """How many requests wait for `endpoint`, or for the machine that it shares."""
        return self._lane(endpoint).waiting

    def _lane(self, endpoint: Endpoint) -> _Lane:
        key, width = self._place(endpoint)
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = _Lane(width)
        return lane

    def _place(self, endpoint: Endpoint) -> tuple[str, int]:
        """The lane that a request to `endpoint` takes, and how wide it is."""
        if endpoint.parallel is not None:
            return f"{endpoint.name} {endpoint.base_url}", endpoint.parallel
        if endpoint.dialect == "scripted" or (not endpoint.base_url and endpoint.family not in MODEL_RUNNERS):
            return endpoint.name, self._others or self._hosted  # a script, or nobody at all: shares no machine
        is_here = is_on_this_machine(endpoint.base_url)
        if is_here and endpoint.family in MODEL_RUNNERS:
            return THIS_MACHINE, LOCAL_LANES
        if self._others is not None:
            return endpoint.base_url, self._others
        return endpoint.base_url, LOCAL_LANES if is_here else self._hosted

    @asynccontextmanager
    async def slot(self, endpoint: Endpoint, *, on_wait: OnWait | None = None) -> AsyncGenerator[None, None]:
        """Hold a lane to `endpoint`.

        `on_wait` is told the place in the queue, from 1, when there is no lane free, and again whenever it changes.
        """
        lane = self._lane(endpoint)
        await lane.enter(on_wait)
        try:
            yield
        finally:
            lane.leave()
