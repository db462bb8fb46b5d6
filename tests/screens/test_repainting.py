"""The first change after a still moment is painted at once; what follows closely waits for the toolkit's clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from time import perf_counter
from typing import ClassVar

import pytest
from textual import constants
from textual.app import App, ComposeResult
from textual.strip import Strip
from textual.widgets import Static

from tests.app.staging import on_stage
from tests.waiting import wait_until
from tui.screens.repainting import Repainting

BEAT_S = 3600.0
"""What waits for a clock like this is never painted."""


class Painted(Repainting[None]):
    """Counts how often it is painted."""

    times = 0

    def compose(self) -> ComposeResult:
        yield Static("one", id="one")
        yield Static("two", id="two")

    def _compositor_refresh(self) -> None:
        self.times += 1
        super()._compositor_refresh()


class PaintedApp(App[None]):
    """One such screen."""

    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False

    def get_default_screen(self) -> Painted:
        return Painted()


async def until_still(screen: Painted) -> None:
    """What is under way has been painted, and that was long ago."""

    def is_still() -> bool:
        screen._painted_at = -BEAT_S
        screen.check_idle()
        return not (screen._paint_call or screen._dirty_widgets or screen._layout_required)

    await wait_until(is_still)
    screen.times = 0


@asynccontextmanager
async def painted() -> AsyncGenerator[Painted, None]:
    """A screen that is still."""
    app = PaintedApp()
    async with app.run_test():
        screen = app.screen
        assert isinstance(screen, Painted)
        await until_still(screen)
        yield screen


@pytest.fixture
def slow_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("textual.screen.UPDATE_PERIOD", BEAT_S)


@pytest.mark.usefixtures("slow_clock")
async def test_what_one_act_changes_is_painted_at_once_and_together() -> None:
    async with painted() as screen:
        screen.query_one("#one", Static).update("1")
        screen.query_one("#two", Static).update("2")
        await wait_until(lambda: screen.times)
        assert not screen._dirty_widgets
        assert screen.times == 1


@pytest.mark.usefixtures("slow_clock")
async def test_what_follows_closely_waits_for_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    async with painted() as screen:
        monkeypatch.setattr(constants, "MAX_FPS", 1 / BEAT_S)
        screen._painted_at = perf_counter()
        screen.query_one("#one", Static).refresh()
        await wait_until(lambda: screen._dirty_widgets)
        await asyncio.sleep(0)
        assert screen._paint_call is None
        assert not screen.times


@pytest.mark.usefixtures("slow_clock")
async def test_what_a_key_changes_is_painted_at_once_however_closely_it_follows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with painted() as screen:
        monkeypatch.setattr(constants, "MAX_FPS", 1 / BEAT_S)
        screen._painted_at = perf_counter()
        screen._key_painted_at = -BEAT_S
        screen.key_pressed()
        screen.query_one("#one", Static).update("1")
        await wait_until(lambda: screen.times)
        screen.key_pressed()  # held down, it would have the screen painted all the time
        screen.query_one("#one", Static).refresh()
        await wait_until(lambda: screen._dirty_widgets)
        await asyncio.sleep(0)
        assert screen._paint_call is None
        assert screen.times == 1


async def test_a_key_pressed_in_the_app_counts_as_one() -> None:
    async with on_stage() as stage:
        before = stage.screen._key_painted_at
        await stage.type("a")
        await wait_until(lambda: stage.screen._key_painted_at > before)


async def test_a_fault_while_painting_ends_the_app_as_any_other() -> None:
    with pytest.raises(ZeroDivisionError):
        await paint_what_cannot_be()


async def paint_what_cannot_be() -> None:
    """A widget fails while it is painted."""
    async with painted() as screen:
        static = screen.query_one("#one", Static)
        static.render_lines = lambda crop: [Strip.blank(1 // 0)]  # type: ignore[method-assign]
        static.refresh()
        await wait_until(lambda: screen.app._exception is not None)
