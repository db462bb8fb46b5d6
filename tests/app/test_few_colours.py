"""Sixteen colours: what can be read with all of them can be read with these, in every theme and every palette."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from tests.app.staging import on_stage
from tests.app.test_contrast import DRAWN, LEAST, SCRIPT
from tests.waiting import wait_until
from tui.app import ParleyApp
from tui.paths import themes_dir
from tui.theming import contrast
from tui.theming.few_colours import BLACK, BLUE, DARK_GREY, GREY, RED, TEXT_ON, WHITE, FewColours, nearest_ground

PALETTES = {  # black red blue grey, dark grey, bright: red green yellow magenta cyan, white
    "xterm": "000000 cd0000 0000ee e5e5e5 7f7f7f ff0000 00ff00 ffff00 ff00ff 00ffff ffffff",
    "VGA": "000000 aa0000 0000aa aaaaaa 555555 ff5555 55ff55 ffff55 ff55ff 55ffff ffffff",
    "PuTTY": "000000 bb0000 0000bb bbbbbb 555555 ff5555 55ff55 ffff55 ff55ff 55ffff ffffff",
    "Rich": "000000 800000 000080 c0c0c0 808080 ff0000 00ff00 ffff00 ff00ff 00ffff ffffff",
}
NUMBERS = (0, 1, 4, 7, 8, 9, 10, 11, 13, 14, 15)


def drawn(style: Style, background: Color) -> tuple[int, int]:
    """The numbers of text and ground that a style is drawn in."""
    (segment,) = FewColours().apply([Segment("x", style)], background)
    found = segment.style
    assert found is not None
    assert found.color is not None
    assert found.bgcolor is not None
    assert found.color.number is not None
    assert found.bgcolor.number is not None
    return found.color.number, found.bgcolor.number


@pytest.mark.parametrize("palette", PALETTES)
def test_what_may_stand_on_what_can_be_read_in_every_palette(palette: str) -> None:
    colours = dict(zip(NUMBERS, map(Color.parse, ("#" + one for one in PALETTES[palette].split())), strict=True))
    for ground, texts in TEXT_ON.items():
        for text in texts:
            assert contrast(colours[text], colours[ground]) >= LEAST, (text, ground)


PARTS = st.tuples(*[st.integers(0, 255)] * 3)


@given(PARTS, PARTS, st.booleans())
def test_what_can_be_read_with_all_colours_can_be_read_with_few(
    text: tuple[int, int, int], ground: tuple[int, int, int], is_reversed: bool
) -> None:
    style = Style(color=RichColor.from_rgb(*text), bgcolor=RichColor.from_rgb(*ground), reverse=is_reversed)
    number, on = drawn(style, Color(1, 2, 3))
    apart = contrast(Color(*text), Color(*ground))
    assert number in TEXT_ON[on] or (number == DARK_GREY and apart < 3)


def test_what_looks_like_what() -> None:
    assert [nearest_ground(Color.parse(one)) for one in ("#14171d", "#fbfaf7", "#ffffff", "#808080")] == [
        *(BLACK, WHITE, WHITE),
        GREY,
    ]
    assert nearest_ground(Color.parse("#1f5fa8")) == BLUE
    assert nearest_ground(Color.parse("#b3261e")) == RED
    dark, light = Color.parse("#14171d"), Color.parse("#fbfaf7")
    assert drawn(Style(color="#f0b080"), dark) == (11, BLACK)
    assert drawn(Style(color="#f08080"), dark) == (9, BLACK)
    assert drawn(Style(color="#8ab4f8"), dark) == (14, BLACK)
    assert drawn(Style(color="#f2f2f2"), dark) == (WHITE, BLACK)
    assert drawn(Style(color="#a0a8b0"), dark) == (GREY, BLACK)
    assert drawn(Style(color="#2a3038"), dark) == (DARK_GREY, BLACK)
    assert drawn(Style(color="#93400f"), light) == (RED, WHITE)
    assert drawn(Style(color="#1f4f8f"), light) == (BLUE, WHITE)
    assert drawn(Style(color="#33332e"), light) == (BLACK, WHITE)


def test_the_thumb_of_a_scrollbar_is_seen() -> None:
    track, bar, grab = Color.parse("#14171d"), RichColor.parse("#3a4048"), {"@mouse.down": "grab"}
    assert drawn(Style(color=track.rich_color, bgcolor=bar, meta=grab), track) == (BLACK, DARK_GREY)
    assert drawn(Style(color=bar, bgcolor=track.rich_color, meta=grab), track) == (DARK_GREY, BLACK)
    assert drawn(Style(color=bar, reverse=True, meta=grab), track) == (BLACK, DARK_GREY)


def test_the_rest_of_a_style_stays() -> None:
    style = Style(color="#dddddd", bold=True, italic=True, link="https://example.org", meta={"@click": "x"})
    (segment,) = FewColours().apply([Segment("x", style)], Color(0, 0, 0))
    assert segment.style is not None
    assert segment.style.bold
    assert segment.style.italic
    assert segment.style.link == "https://example.org"
    assert segment.style.meta == {"@click": "x"}
    (segment,) = FewColours().apply([Segment("x", Style(color="#202020", bold=True))], Color(255, 255, 255))
    assert segment.style is not None
    assert not segment.style.bold  # terminals would brighten it to grey
    plain = [Segment("x"), Segment("\n", None)]
    assert FewColours().apply(plain, Color(0, 0, 0)) == plain


async def test_every_theme_is_drawn_in_pairs_that_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ParleyApp, "has_few_colours", True)
    names = {path.stem for path in themes_dir().glob("*.toml")}
    async with on_stage(SCRIPT, size=(140, 60)) as stage:
        await wait_until(lambda: names <= set(stage.app.available_themes))
        await stage.ask("show me")
        for name in sorted(names):
            stage.app.theme = name
            await stage.pilot.pause()
            await stage.pilot.pause()
            pairs = set()
            for strip in stage.app.screen._compositor.render_strips(stage.app.size):
                for segment in strip:
                    style = segment.style
                    words = segment.text.strip()
                    if words and not set(words) <= DRAWN and style and style.color and style.bgcolor:
                        pairs.add((style.color.number, style.bgcolor.number))
            assert all(text == DARK_GREY or text in TEXT_ON[on] for text, on in pairs if on is not None), name
            assert len({text for text, _ in pairs}) > 2, name  # and it is not all one


def test_the_grounds_can_be_told_apart() -> None:
    assert all(one != other for one, other in combinations(TEXT_ON, 2))
