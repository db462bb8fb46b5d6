"""Themes on terminals of sixteen colours: every text stays readable, whatever the palette.

The nearest of sixteen colours to an orange on white is yellow on white. Here the ground is chosen first, from those
that all palettes agree on, then the nearest text colour that stands apart from it in each of them. What a theme draws
faintly (rules, what is greyed) is drawn in the one grey. Refuses to touch colours where there are more.

Source: the sixteen colours as xterm, VGA text mode, PuTTY and Rich define them; WCAG 2.2 (contrast ratio).
"""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from tui.theming.colours import contrast

BLACK, RED, BLUE, GREY, DARK_GREY, WHITE = 0, 1, 4, 7, 8, 15
BRIGHT_RED, BRIGHT_GREEN, BRIGHT_YELLOW, BRIGHT_MAGENTA, BRIGHT_CYAN = 9, 10, 11, 13, 14

TEXT_ON = {
    BLACK: (GREY, WHITE, BRIGHT_RED, BRIGHT_GREEN, BRIGHT_YELLOW, BRIGHT_MAGENTA, BRIGHT_CYAN),
    WHITE: (BLACK, BLUE, RED),
    GREY: (BLACK,),
    BLUE: (WHITE,),
    RED: (WHITE,),
}
"""The grounds, and the text colours that can be read on each in all palettes."""

_SEEN = {
    **{BLACK: (0, 0, 0), RED: (187, 0, 0), BLUE: (0, 0, 187), GREY: (200, 200, 200), WHITE: (255, 255, 255)},
    **{BRIGHT_RED: (255, 64, 96), BRIGHT_GREEN: (85, 255, 85), BRIGHT_YELLOW: (255, 255, 85)},
    **{BRIGHT_MAGENTA: (255, 85, 255), BRIGHT_CYAN: (85, 255, 255)},
}
"""About what they look like; red a little off, so that orange is yellow and not what errors are."""
_FAINT = 3.0
"""What stands less apart in the theme itself is faint on purpose."""
_PALE = 48
"""A colour whose parts differ by less is a grey."""


class FewColours(LineFilter):
    """Paints with sixteen colours."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same text in colours that such a terminal has."""
        return [
            segment
            if segment.control or segment.style is None
            else Segment(segment.text, _reduced(segment.style, background))
            for segment in segments
        ]


@lru_cache(4096)
def _reduced(style: Style, background: Color) -> Style:
    ground = background if style.bgcolor is None or style.bgcolor.is_default else Color.from_rich_color(style.bgcolor)
    text = None if style.color is None or style.color.is_default else Color.from_rich_color(style.color)
    if style.reverse:
        ground, text = text or (Color(255, 255, 255) if ground.brightness < 0.5 else Color(0, 0, 0)), ground
    if style.meta.get("@mouse.down") == "grab":  # a scrollbar's thumb: it has no text to be read, only its shape
        thumb = {BLACK: DARK_GREY, WHITE: GREY}.get(nearest_ground(background), BLACK)
        cells = [nearest_ground(background) if colour in (None, background) else thumb for colour in (text, ground)]
        return style + Style(color=_of(cells[0]), bgcolor=_of(cells[1]), reverse=False)
    on = nearest_ground(ground)
    over = Style(color=None if text is None else _of(nearest_text(text, ground, on)), bgcolor=_of(on), reverse=False)
    if style.bold and on in (WHITE, GREY):  # many terminals brighten what is bold: black becomes grey
        over += Style(bold=False)
    return style + over


def _of(number: int) -> RichColor:
    return RichColor.parse(f"color({number})")


def nearest_ground(colour: Color) -> int:
    """The number of the ground that looks most like `colour`."""
    brightness = contrast(colour, Color(0, 0, 0)) / 21
    if max(colour.rgb) - min(colour.rgb) >= _PALE and 0.1 < brightness < 0.4:
        red, green, blue = colour.rgb
        return RED if red > max(green, blue) * 1.5 else BLUE if blue > red else BLACK
    if brightness < 0.2:
        return BLACK
    return GREY if brightness < 0.75 else WHITE


def nearest_text(colour: Color, ground: Color, on: int) -> int:
    """The number of the text colour most like `colour`, which the theme puts on `ground`; that is drawn as `on`."""
    if on in (BLACK, WHITE) and contrast(colour, ground) < _FAINT:
        return DARK_GREY
    return min(TEXT_ON[on], key=lambda number: _difference(colour, Color(*_SEEN[number])))


def _difference(one: Color, other: Color) -> float:
    """How unlike two colours look; their hues count, and greys are like greys only."""
    hue = abs(one.hsl.h - other.hsl.h)
    hue = min(hue, 1 - hue) * 2
    saturation, others = (0.0 if max(it.rgb) - min(it.rgb) < _PALE else 1.0 for it in (one, other))
    return abs(saturation - others) + saturation * others * hue * 3 + abs(one.brightness - other.brightness)
