"""A time limit for many short waits, each with a deadline of its own, on one timer.

`asyncio.timeout_at` sets and cancels a timer for each wait; on a fast stream that costs a sixth of reading it. Here the
timer stays where it is when a later deadline is set, looks again when it fires, and is set anew only for an earlier
one. Refuses to time anything but the wait of the task that entered it.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self


class Deadline:
    """An async-safe context: `with deadline.until(when): await …` raises TimeoutError once `when` has passed.

    One wait at a time; `close()` when there are no more.
    """

    __slots__ = ("_cancelling", "_has_fired", "_loop", "_task", "_timer", "_when")

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[object] | None = None
        self._when = 0.0
        self._has_fired = False
        self._cancelling = 0

    def until(self, when: float) -> Self:
        """Set the deadline, on the event loop's clock, in seconds."""
        self._when = when
        return self

    def __enter__(self) -> None:
        task = asyncio.current_task(self._loop)
        assert task is not None, "a deadline needs a task to interrupt"
        if self._timer is None or self._timer.when() > self._when:
            self._set_timer()
        self._cancelling = task.cancelling()
        self._task = task

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        task, self._task = self._task, None
        if self._has_fired:
            self._has_fired = False
            assert task is not None
            if task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
                raise TimeoutError from error

    def close(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set_timer(self) -> None:
        self.close()
        self._timer = self._loop.call_at(self._when, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._task is None:
            return  # nobody waits; the next wait sets the timer
        if self._loop.time() < self._when:
            self._set_timer()
            return
        self._has_fired = True
        self._task.cancel()
