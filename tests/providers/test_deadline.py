"""Many waits, one timer: each ends at its own deadline, and a cancellation stays a cancellation."""

from __future__ import annotations

import asyncio

import pytest

from tui.providers.deadline import Deadline


def soon(seconds: float) -> float:
    return asyncio.get_running_loop().time() + seconds


async def test_a_wait_that_ends_in_time() -> None:
    deadline = Deadline()
    for _ in range(3):
        with deadline.until(soon(30)):
            await asyncio.sleep(0)
    deadline.close()


async def test_a_wait_that_does_not() -> None:
    deadline = Deadline()
    with pytest.raises(TimeoutError), deadline.until(soon(0.02)):
        await asyncio.Event().wait()
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    with deadline.until(soon(30)):  # usable again
        await asyncio.sleep(0)
    deadline.close()


async def test_an_earlier_deadline_moves_the_timer_and_a_later_one_lets_it_look_again() -> None:
    deadline = Deadline()
    with deadline.until(soon(30)):
        await asyncio.sleep(0)
    with pytest.raises(TimeoutError), deadline.until(soon(0.02)):
        await asyncio.Event().wait()
    with deadline.until(soon(0.5)):  # ends at once, even on a machine that stalls
        await asyncio.sleep(0)
    began = soon(0)
    with pytest.raises(TimeoutError), deadline.until(soon(0.6)):
        await asyncio.Event().wait()
    assert soon(0) - began >= 0.599
    deadline.close()


async def test_a_deadline_that_has_passed() -> None:
    deadline = Deadline()
    with pytest.raises(TimeoutError), deadline.until(soon(-1)):
        await asyncio.Event().wait()
    deadline.close()


async def test_between_waits_it_interrupts_nobody() -> None:
    deadline = Deadline()
    with deadline.until(soon(0.5)):
        await asyncio.sleep(0)
    await asyncio.sleep(0.55)
    with deadline.until(soon(30)):
        await asyncio.sleep(0)
    deadline.close()


async def test_a_cancellation_is_no_timeout() -> None:
    entered = asyncio.Event()

    async def wait() -> None:
        deadline = Deadline()
        try:
            with deadline.until(soon(30)):
                entered.set()
                await asyncio.Event().wait()
        finally:
            deadline.close()

    task = asyncio.create_task(wait())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancellation_at_the_deadline_wins() -> None:
    entered = asyncio.Event()

    async def wait() -> None:
        deadline = Deadline()
        with deadline.until(soon(0)):
            entered.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(wait())
    await entered.wait()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises((asyncio.CancelledError, TimeoutError)):
        await task
    assert task.done()
