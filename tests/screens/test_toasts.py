"""What is said in passing is seen, and covers nothing that is being written."""

from __future__ import annotations

import pytest
from textual.widgets._toast import Toast

from tests.screens.driving import driving
from tests.waiting import wait_until


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (200, 60)])
async def test_a_toast_stands_above_the_composer(size: tuple[int, int]) -> None:
    async with driving(("demo/echo",), size=size) as drive:
        drive.app.notify("Said in passing, and long enough for two lines of the little window that it is said in.")
        await drive.see("Said in passing")
        toast = drive.chat.query_one(Toast)
        await wait_until(lambda: toast.region.height > 0)
        assert not toast.region.overlaps(drive.chat.composer.region)


async def test_what_can_still_be_read_is_not_said_once_more() -> None:
    async with driving(("demo/echo",)) as drive:
        for _ in range(20):
            await drive.press("f8")  # held down
        await drive.see("This is the only column.")
        assert len(drive.app._notifications) == 1
        drive.app.clear_notifications()
        await drive.press("f8")
        await drive.see("This is the only column.")
