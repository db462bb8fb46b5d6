"""Cutting bytes into chunks anywhere, and how often fuzz tests do it."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from itertools import pairwise

FUZZ = int(os.environ.get("PARLEY_FUZZ", "0"))
"""How many rounds a fuzz test runs; 0 is the short form."""


def rounds(full: int, short: int) -> int:
    """Rounds to run: the asked number, at least `full`, or the short form."""
    return max(FUZZ, full) if FUZZ else short


def chopped(data: bytes, dice: random.Random) -> Iterator[bytes]:
    """`data` in pieces cut at random places, empty pieces among them."""
    count = dice.choice((0, 1, 2, 3, 8, len(data)))
    cuts = sorted(dice.randint(0, len(data)) for _ in range(count))
    for start, end in pairwise([0, *cuts, len(data)]):
        yield data[start:end]
