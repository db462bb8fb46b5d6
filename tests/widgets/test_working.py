"""Workers of a screen end before its widgets do."""

from __future__ import annotations

import asyncio

import pytest
from textual.app import App, ComposeResult
from textual.widgets import Label

from tests.waiting import wait_until
from tui.screens.dialog import Dialog
from tui.widgets.working import start_work


class Going(Label):
    """Says when it is taken down."""

    gone = asyncio.Event()

    def on_unmount(self) -> None:
        self.gone.set()


class Listing(Dialog[None]):
    """A dialog whose worker waits for something outside, then shows it."""

    def __init__(self) -> None:
        super().__init__()
        self.gone = asyncio.Event()
        self.shown = 0

    def compose(self) -> ComposeResult:
        going = Going("…")
        going.gone = self.gone
        yield going

    def on_mount(self) -> None:
        start_work(self, self._show, group="listing")

    async def _show(self) -> None:
        await self.gone.wait()  # the worst moment: the widgets are going, the dialog itself is still there
        await asyncio.sleep(0)
        self.query_one(Going).update("listed")
        self.shown += 1


@pytest.mark.parametrize("is_quit", [False, True])
async def test_a_worker_does_not_look_for_widgets_of_a_dialog_that_is_going(is_quit: bool) -> None:
    app = App[None]()
    async with app.run_test() as pilot:
        dialog = Listing()
        await app.push_screen(dialog)
        await pilot.pause()
        assert dialog.get_component_styles("screen--selection")  # it is still a screen of the toolkit's
        if not is_quit:
            dialog.dismiss()
            await wait_until(lambda: not dialog.is_attached)
    assert dialog.gone.is_set()
    assert not dialog.shown
