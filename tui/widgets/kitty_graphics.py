"""Pictures as terminals of the kitty protocol draw them: sent once, then placed by ordinary characters.

Every cell of the picture is one placeholder whose marks say which part it shows and whose colour says of which picture,
so the toolkit moves, covers and repaints it like text. Only PNG that `tui.chat.png` found sound is sent. Refuses to
guess: a terminal that is not known to draw placeholders is not sent any.

Source: https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping

PLACEHOLDER = "\U0010eeee"
CHUNK_CHARS = 4096
"""As much of the data as one sequence may carry."""
LARGEST_BYTES = 8 * 1024 * 1024
"""A larger picture would hold the terminal up for too long."""

_MARKS = (
    "0305 030d 030e 0310 0312 033d 033e 033f 0346 034a 034b 034c 0350 0351 0352 0357 035b 0363 0364 0365"
    " 0366 0367 0368 0369 036a 036b 036c 036d 036e 036f 0483 0484 0485 0486 0487 0592 0593 0594 0595 0597"
    " 0598 0599 059c 059d 059e 059f 05a0 05a1 05a8 05a9 05ab 05ac 05af 05c4 0610 0611 0612 0613 0614 0615"
    " 0616 0617 0657 0658 0659 065a 065b 065d 065e 06d6 06d7 06d8 06d9 06da 06db 06dc 06df 06e0 06e1 06e2"
    " 06e4 06e7 06e8 06eb 06ec 0730 0732 0733 0735 0736 073a 073d 073f 0740 0741 0743 0745 0747 0749 074a"
    " 07eb 07ec 07ed 07ee"
)
MARKS = tuple(chr(int(code, 16)) for code in _MARKS.split())
"""The mark for each row and column number; the protocol's own list, as far as a screen needs it."""
MOST_CELLS = len(MARKS)
_TERMINALS = frozenset({"ghostty"})


def draws_placeholders(environ: Mapping[str, str]) -> bool:
    """Whether this terminal is known to draw pictures at placeholders; multiplexers keep the pictures to themselves."""
    if environ.get("TMUX") or environ.get("STY"):
        return False
    if environ.get("TERM") == "xterm-kitty" or environ.get("KITTY_WINDOW_ID"):
        return True
    return environ.get("TERM_PROGRAM", "").lower() in _TERMINALS or environ.get("TERM") == "xterm-ghostty"


def send(png: bytes, number: int, columns: int, rows: int) -> Iterator[str]:
    """The sequences that send a picture, to be scaled into so many cells; the terminal answers nothing."""
    data = base64.standard_b64encode(png).decode("ascii")
    pieces = [data[at : at + CHUNK_CHARS] for at in range(0, len(data), CHUNK_CHARS)]
    for place, piece in enumerate(pieces):
        more = int(place + 1 < len(pieces))
        head = f"a=T,U=1,q=2,f=100,t=d,i={number},c={columns},r={rows},m={more}" if place == 0 else f"q=2,m={more}"
        yield f"\x1b_G{head};{piece}\x1b\\"


def forget(number: int) -> str:
    """The sequence that removes a picture and its data from the terminal."""
    return f"\x1b_Ga=d,d=I,q=2,i={number}\x1b\\"


def placeholders(row: int, columns: int) -> str:
    """One row of a picture's cells."""
    return "".join(f"{PLACEHOLDER}{MARKS[row]}{MARKS[column]}" for column in range(columns))
