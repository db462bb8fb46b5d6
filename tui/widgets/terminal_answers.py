"""What the terminal is asked about itself, and how its answers are told from keys.

Two questions at the start: does it report every key (kitty keyboard protocol), and what is its background. Terminals
that know neither stay silent. Answers are taken out of the input before the toolkit could mistake them for typing.

Source: kitty keyboard protocol (`CSI ? u`); xterm control sequences (OSC 11); color-palette-update-notifications
(mode 2031, `CSI ? 997 ; 1 n` dark, `2` light).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from textual.message import Message

ASK_KEYS = "\x1b[?u"
ASK_BACKGROUND = "\x1b]11;?\x1b\\"
FOLLOW_BACKGROUND, LEAVE_BACKGROUND = "\x1b[?2031h", "\x1b[?2031l"
"""From now on say when light turns to dark; and no more."""

_ANSWER = re.compile(
    r"\x1b\[\?(?P<flags>\d{1,3})u"
    r"|\x1b\[\?997;(?P<scheme>[12])n"
    r"|\x1b\]11;(?P<background>[^\x07\x1b]{0,64})(?:\x07|\x1b\\)"
)
_BEGINNING = re.compile(r"\x1b(?:\[\?[\d;]{0,8}|\]|\]1|\]11|\]11;[^\x07\x1b]{0,64}\x1b?)?\Z")


@dataclass
class TerminalSaid(Message):
    """The terminal answered; what it said nothing about is None or empty."""

    reports_all_keys: bool = False
    is_dark: bool | None = None
    background: str = ""
    """A colour such as `rgb:1515/1818/1e1e`."""


def split_answers(data: str) -> list[str | TerminalSaid]:
    """Input in pieces: what was typed, and what the terminal answered."""
    found: list[str | TerminalSaid] = []
    at = 0
    for match in _ANSWER.finditer(data):
        if match.start() > at:
            found.append(data[at : match.start()])
        found.append(_said(match))
        at = match.end()
    return [*found, data[at:]] if at < len(data) else found


def _said(match: re.Match[str]) -> TerminalSaid:
    if match["flags"] is not None:
        return TerminalSaid(reports_all_keys=True)
    if match["scheme"] is not None:
        return TerminalSaid(is_dark=match["scheme"] == "1")
    return TerminalSaid(background=match["background"])


def begun_answer_chars(data: str) -> int:
    """How many characters at the end of `data` may be the beginning of an answer."""
    match = _BEGINNING.search(data)
    return len(data) - match.start() if match else 0
