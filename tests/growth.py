"""How the cost of something grows with its size, told by ratios that a busy machine does not spoil."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

TRIES = 6
LEAST_S = 0.001
"""What a small act counts as at least: below it, a clock's own grain decides."""


def cpu_seconds(act: Callable[[], object]) -> float:
    """CPU time of this thread for one act, in seconds, without the collection of garbage that other tests left."""
    was_collecting = gc.isenabled()
    gc.disable()
    try:
        began = time.thread_time()
        act()
        return time.thread_time() - began
    finally:
        if was_collecting:
            gc.enable()


def grows_at_most(times: float, small: Callable[[], object], large: Callable[[], object]) -> bool:
    """Whether the large act costs at most so many times what the small one costs.

    Both are repeated until it is so or `TRIES` are used up, and the best of each is compared: neighbours on the machine
    only ever add to a time, and what grows faster by its nature does so in every try.
    """
    small()  # imports, lexers and caches
    best_small, best_large = float("inf"), float("inf")
    for _ in range(TRIES):
        best_small = min(best_small, cpu_seconds(small))
        best_large = min(best_large, cpu_seconds(large))
        if best_large <= times * max(best_small, LEAST_S):
            return True
    return False
