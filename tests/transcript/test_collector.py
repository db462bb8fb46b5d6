"""Pauses of the collector stay short, and everything is put back."""

from __future__ import annotations

import asyncio
import gc
import weakref

from tui.transcript import GentleCollector


class Node:
    """Something that can be in a cycle."""

    def __init__(self) -> None:
        self.itself = self


async def test_what_lives_long_is_looked_at_once_and_cycles_still_go() -> None:
    before = gc.get_threshold(), gc.get_freeze_count()
    collector = GentleCollector()
    collector.start()
    try:
        frozen = gc.get_freeze_count()
        dead = weakref.ref(Node())
        kept = [[number] for number in range(100_000)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert gc.get_freeze_count() > frozen + 30_000
        assert dead() is None
        assert len(gc.get_objects(generation=2)) < 60_000
        assert len(kept) == 100_000
    finally:
        collector.stop()
    assert (gc.get_threshold(), gc.get_freeze_count()) == (before[0], 0)


async def test_starting_and_stopping_twice_is_harmless() -> None:
    before = gc.get_threshold()
    collector = GentleCollector()
    collector.stop()
    collector.start()
    collector.start()
    collector.stop()
    collector.stop()
    assert gc.get_threshold() == before
    assert not [callback for callback in gc.callbacks if getattr(callback, "__self__", None) is collector]
