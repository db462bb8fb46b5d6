"""Only what changed is rendered, and what is painted is what the toolkit itself would paint."""

from __future__ import annotations

import random

import pytest
from textual._compositor import Compositor
from textual.geometry import Region

from tests.screens.driving import Drive, driving
from tui.screens.compositing import NarrowCompositor


def compare(drive: Drive, regions: list[Region]) -> int:
    """Render the same regions both ways; how many pieces were the same."""
    narrow = drive.chat._compositor
    assert isinstance(narrow, NarrowCompositor)
    spans = list(narrow._regions_to_spans(regions))
    rows = {y for y, _, _ in spans}
    theirs = Compositor._render_chops(narrow, Region.from_union(regions), rows.__contains__)
    narrow._dirty_regions.update(regions)
    update = narrow.render_partial_update()
    assert update is not None
    same = 0
    for y, left, right in spans:
        for end, x in zip(update.chop_ends[y], update.chops[y], strict=True):
            if x < right and end > left:
                assert update.chops[y][x] == theirs[y][x], (y, x)
                same += 1
    return same


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_what_is_painted_is_what_the_toolkit_would_paint(size: tuple[int, int]) -> None:
    chance = random.Random(4)
    async with driving(["demo/tour", "demo/code"], size=size) as drive:
        await drive.say("hello")
        for key in ("f4", "f2", "ctrl+f", "escape", "f6"):
            await drive.press(key)
            drive.app.notify("Something in passing")
            await drive.pilot.pause()
            screen = drive.chat._compositor.size.region
            for _ in range(20):
                regions = [
                    Region(
                        chance.randrange(size[0]),
                        chance.randrange(size[1]),
                        chance.randint(1, 40),
                        chance.randint(1, 9),
                    ).intersection(screen)
                    for _ in range(chance.randint(1, 4))
                ]
                assert compare(drive, regions)
            assert compare(drive, [screen]) > size[1]


async def test_a_change_in_one_place_leaves_the_other_widgets_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving(["demo/echo", "demo/echo"]) as drive:
        rendered: list[str] = []
        for widget in drive.chat.query("*"):
            lines = widget.render_lines

            def noting(crop: Region, name: str = type(widget).__name__, lines: object = lines) -> object:
                rendered.append(name)
                assert callable(lines)
                return lines(crop)

            monkeypatch.setattr(widget, "render_lines", noting)
        drive.chat._compositor._dirty_regions.clear()
        drive.chat._compositor._dirty_regions.add(drive.chat.composer.content_region)
        drive.chat._compositor.render_partial_update()
        assert rendered == ["Composer"]
        drive.chat._compositor._dirty_regions.clear()
        assert drive.chat._compositor.render_partial_update() is None
