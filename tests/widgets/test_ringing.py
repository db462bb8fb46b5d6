"""How a user is called back: by which sequence, and never with anything in it that steers the terminal."""

from __future__ import annotations

import pytest

from tests.text.hostile import SEQUENCES
from tui.widgets.ringing import BELL, best_route, call_sequence


@pytest.mark.parametrize(
    ("environ", "route"),
    [
        ({}, "bell"),
        ({"TERM": "xterm-256color"}, "bell"),
        ({"TERM_PROGRAM": "iTerm.app"}, "osc9"),
        ({"TERM_PROGRAM": "WezTerm"}, "osc777"),
        ({"TERM": "xterm-kitty"}, "osc99"),
        ({"TERM": "foot-extra"}, "osc777"),
        ({"VTE_VERSION": "7600", "TERM": "xterm-256color"}, "osc777"),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/tmux"}, "bell"),
    ],
)
def test_the_route_follows_what_the_terminal_says_of_itself(environ: dict[str, str], route: str) -> None:
    assert best_route(environ) == route


def test_each_route_has_its_sequence_and_the_bell() -> None:
    assert call_sequence("off", "a", "b", {}) == ""
    assert call_sequence("bell", "a", "b", {}) == BELL
    assert call_sequence("osc9", "a", "b", {}) == BELL + "\x1b]9;a: b\x1b\\"
    assert call_sequence("osc777", "a", "b;c", {}) == BELL + "\x1b]777;notify;a;b,c\x1b\\"
    assert "p=body;b" in call_sequence("osc99", "a", "b", {})


def test_tmux_is_asked_to_pass_it_on() -> None:
    sequence = call_sequence("osc9", "a", "b", {"TMUX": "/tmp/tmux"})
    assert sequence == BELL + "\x1bPtmux;\x1b\x1b]9;a: b\x1b\x1b\\\x1b\\"


@pytest.mark.parametrize("words", SEQUENCES)
def test_hostile_words_add_no_control(words: str) -> None:
    plain = call_sequence("osc777", "Parley", "x", {})
    hostile = call_sequence("osc777", "Parley", words, {})
    controls = [character for character in hostile if ord(character) < 32 or 127 <= ord(character) < 160]
    assert controls == [character for character in plain if ord(character) < 32]
