"""How many colours a terminal has, by its environment."""

from __future__ import annotations

import pytest

from tui.text.terminal_colours import colour_system, count_colours


@pytest.mark.parametrize(
    ("environ", "colours", "system"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, 2**24, "truecolor"),
        ({"TERM": "screen", "COLORTERM": "24bit"}, 2**24, "truecolor"),
        ({"TERM": "xterm-256color"}, 256, "256"),
        ({"TERM": "tmux-256color", "TMUX": "/s"}, 256, "256"),
        ({"TERM": "screen", "TMUX": "/s"}, 256, "256"),  # tmux, as many systems set it up
        ({"TERM": "xterm"}, 256, "256"),  # containers
        *(({"TERM": term}, 2**24, "truecolor") for term in ("alacritty", "xterm-kitty", "foot", "xterm-direct")),  # ssh
        *(({"TERM": term}, 16, "standard") for term in ("linux", "screen", "vt220", "ansi")),
        *((environ, 2, "auto") for environ in ({}, {"TERM": "dumb"}, {"TERM": "xterm", "NO_COLOR": "1"})),
    ],
)
def test_colours(environ: dict[str, str], colours: int, system: str) -> None:
    assert (count_colours(environ), colour_system(environ)) == (colours, system)
