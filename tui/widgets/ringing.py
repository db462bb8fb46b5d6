"""Calling somebody back to the terminal: the bell, and the desktop notifications that terminals pass on.

Which sequence a terminal understands is guessed from what it says of itself in the environment. Words are cleaned here:
they may be a model's. Refuses to decide when to call.

Source: iTerm2 (OSC 9), urxvt and VTE (OSC 777), kitty (OSC 99), tmux (DCS tmux; passes a sequence on).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from tui.text.clean import clean_line

Route = Literal["auto", "bell", "osc9", "osc777", "osc99", "off"]
BELL = "\x07"
LONGEST_WORDS = 120

_BY_PROGRAM: Mapping[str, Route] = {
    "iterm.app": "osc9",
    "wezterm": "osc777",
    "ghostty": "osc777",
    "rio": "osc777",
    "warpterminal": "osc9",
    "contour": "osc777",
}
_BY_TERM: tuple[tuple[str, Route], ...] = (
    ("xterm-kitty", "osc99"),
    ("foot", "osc777"),
    ("rxvt-unicode", "osc777"),
    ("xterm-ghostty", "osc777"),
)


def best_route(environ: Mapping[str, str]) -> Route:
    """How this terminal is asked for a notification; the bell where it does not say what it is."""
    if environ.get("TMUX") or environ.get("STY"):
        return "bell"  # what is outside cannot be known, and tmux shows bells of its windows
    found = _BY_PROGRAM.get(environ.get("TERM_PROGRAM", "").lower())
    if found is not None:
        return found
    if environ.get("WT_SESSION") or environ.get("ConEmuANSI"):
        return "osc9"
    if environ.get("VTE_VERSION"):
        return "osc777"
    term = environ.get("TERM", "")
    return next((route for name, route in _BY_TERM if term.startswith(name)), "bell")


def call_sequence(route: Route, title: str, words: str, environ: Mapping[str, str]) -> str:
    """What is written to the terminal; always the bell, too, unless it is switched off."""
    chosen = best_route(environ) if route == "auto" else route
    title = clean_line(title, LONGEST_WORDS).replace(";", ",")
    words = clean_line(words, LONGEST_WORDS).replace(";", ",")
    match chosen:
        case "off":
            return ""
        case "osc9":
            sequence = f"\x1b]9;{title}: {words}\x1b\\"
        case "osc777":
            sequence = f"\x1b]777;notify;{title};{words}\x1b\\"
        case "osc99":
            sequence = f"\x1b]99;i=parley:d=0;{title}\x1b\\\x1b]99;i=parley:p=body;{words}\x1b\\"
        case _:
            return BELL
    return BELL + (_through_tmux(sequence) if environ.get("TMUX") else sequence)


def _through_tmux(sequence: str) -> str:
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
