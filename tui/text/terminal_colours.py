"""How many colours the terminal has, as far as its environment says.

`TERM` alone is a poor witness: it comes along over ssh and into containers, `COLORTERM` does not. So the terminals that
are known to have all colours are known by name, and `xterm`, which every emulator calls itself, has 256 for twenty
years. Refuses to ask the terminal.

Source: termstandard/colors (`COLORTERM`, programs by name); xterm's control sequences (`38;5`).
"""

from __future__ import annotations

from collections.abc import Mapping

NO_COLOURS, FEW_COLOURS, MANY_COLOURS, ALL_COLOURS = 2, 16, 256, 2**24

_ALL = frozenset({"alacritty", "contour", "foot", "foot-extra", "rio", "wezterm", "xterm-ghostty", "xterm-kitty"})
_MANY = frozenset({"xterm", "rxvt-unicode", "konsole", "gnome", "vte", "st"})
_SYSTEMS = {FEW_COLOURS: "standard", MANY_COLOURS: "256", ALL_COLOURS: "truecolor"}


def count_colours(environ: Mapping[str, str]) -> int:
    """How many colours the environment promises: 2, 16, 256 or 16 million."""
    term = environ.get("TERM", "").lower()
    if environ.get("NO_COLOR") or term in ("", "dumb", "unknown"):
        return NO_COLOURS
    if environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return ALL_COLOURS
    if term in _ALL or term.endswith(("-direct", "-truecolor")):
        return ALL_COLOURS
    if term in _MANY or "256color" in term or environ.get("TMUX"):  # tmux turns colours into those that it has
        return MANY_COLOURS
    return FEW_COLOURS


def colour_system(environ: Mapping[str, str]) -> str:
    """The toolkit's name for the colours of this terminal; `auto` where there are none."""
    return _SYSTEMS.get(count_colours(environ), "auto")
