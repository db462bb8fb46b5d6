"""What is said in passing is seen, and covers nothing that is being written."""

from __future__ import annotations

import pytest
from textual.widgets._toast import Toast

from tests.app.staging import on_stage
from tests.waiting import wait_until


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (200, 60)])
async def test_a_toast_stands_above_the_composer(size: tuple[int, int]) -> None:
    async with on_stage(size=size) as stage:
        stage.app.notify("Said in passing, and long enough for two lines of the little window that it is said in.")
        await wait_until(lambda: "Said in passing" in stage.shown_text())
        toast = stage.screen.query_one(Toast)
        await wait_until(lambda: toast.region.height > 0)
        assert not toast.region.overlaps(stage.screen.composer.region)
