"""How columns look when they are arranged, and while they are compared blind, at 80, 120 and 200 cells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.app.test_snapshots import at_rest, seeded
from tests.waiting import wait_until
from tui.app import ParleyApp, make_app
from tui.config import parse_config
from tui.screens.chat import ChatScreen

__all__ = ["seeded"]
MODELS = ("demo/tour", "demo/reasoning", "demo/code", "demo/echo")
sizes = pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")


@sizes
def test_one_wider_one_folded(snap_compare: Any, seeded: Callable[..., ParleyApp], size: tuple[int, int]) -> None:
    """The first column is wider than its neighbours; the strip names all, and marks the folded one."""
    keys = ("alt+equals_sign", "alt+equals_sign", "f6", "alt+h", "shift+f6")
    assert snap_compare(seeded(*MODELS), terminal_size=size, run_before=at_rest(*keys))


@sizes
def test_one_alone_gets_the_prompts(snap_compare: Any, seeded: Callable[..., ParleyApp], size: tuple[int, int]) -> None:
    """The composer names the one column that prompts go to; the heads of the others say that they are off."""
    assert snap_compare(seeded(*MODELS[:3]), terminal_size=size, run_before=at_rest("alt+u"))


@sizes
def test_blind(snap_compare: Any, size: tuple[int, int]) -> None:
    """Letters for names; no figures, no prices, no panes; nothing tells the columns apart but what they said."""
    app = make_app(parse_config("[parameters]\ntokens_per_s = 0\n"), models=["demo/echo"] * 3, is_stored=False)

    async def compared(pilot: Pilot[Any]) -> None:
        screen = pilot.app.screen_stack[0]
        assert isinstance(screen, ChatScreen)
        await wait_until(lambda: screen.is_ready)
        await wait_until(lambda: screen.composer.has_focus)
        screen.composer.cursor_blink = False
        await pilot.press("alt+b")
        await wait_until(lambda: screen.bench.desk.blind.is_on)
        await pilot.press(*"Hello", "enter")
        await wait_until(lambda: len(screen.bench.session.messages) == 4 and not screen.is_replying)
        pilot.app.clear_notifications()
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=compared)
