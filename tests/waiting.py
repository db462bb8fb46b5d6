"""Waiting on a predicate instead of sleeping and hoping."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


async def wait_until(is_true: Callable[[], object], *, at_most_s: float = 60.0) -> None:
    """Return as soon as `is_true()`; fail after `at_most_s` seconds, which is a bound on hangs and no measurement."""
    async with asyncio.timeout(at_most_s):
        while not is_true():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.005)
