"""Keeps Python's collector of reference cycles from stopping the screen.

What a long text is parsed into is hundreds of thousands of small objects, none of them in a cycle. The collector would
look at all of them again and again, each time for long enough to be felt by whoever types. Here the old generation is
looked at once, while it is small, and what is alive then is not looked at again. Such objects still go when nothing
refers to them; a cycle among them stays until the app ends, so whoever leaves the screen drops what is large.

This module refuses to free anything by itself.
"""

from __future__ import annotations

import asyncio
import gc

_YOUNG = 2_000
_MIDDLE = 15
"""New objects until the youngest are looked at, and how often that is done until the ones that stayed are: together
they bound how many a pause has to look at."""

_NEVER = 1 << 30


class GentleCollector:
    """Short pauses while an app runs; `stop` puts everything back."""

    def __init__(self) -> None:
        self._former: tuple[int, int, int] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_due = False

    def start(self) -> None:
        """Begin; called in the app's event loop when all that lives as long as the app is there."""
        if self._former is not None:
            return
        self._loop = asyncio.get_running_loop()
        self._former = gc.get_threshold()
        gc.freeze()
        gc.set_threshold(_YOUNG, _MIDDLE, _NEVER)
        gc.callbacks.append(self._collected)

    def stop(self) -> None:
        """Have Python collect as it did before."""
        if self._former is None:
            return
        gc.callbacks.remove(self._collected)
        gc.set_threshold(*self._former)
        gc.unfreeze()
        self._former = self._loop = None

    def _collected(self, phase: str, info: dict[str, int]) -> None:
        """Python looked at a generation, in whatever thread."""
        if phase != "stop" or info["generation"] != 1 or self._is_due or self._loop is None:
            return
        self._is_due = True
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._look_at_old)

    def _look_at_old(self) -> None:
        self._is_due = False
        if self._former is not None:
            gc.collect()
            gc.freeze()
