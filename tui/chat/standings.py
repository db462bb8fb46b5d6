"""The board as programs read it: JSON and CSV, the same from the app and from the command line.

Refuses to rank and to filter; see `votes`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from tui.chat.votes import Standing
from tui.text.spreadsheet import text_cell

FIELDS = ("model", "rating", "low", "high", "wins", "losses", "ties", "has_enough")


def board_values(lines: Sequence[Standing], agreement: tuple[int, int]) -> dict[str, Any]:
    """The standings, and how often judges agreed with the user: (agreed, compared)."""
    agreed, compared = agreement
    return {"standings": list(map(_values, lines)), "agreement": {"agreed": agreed, "compared": compared}}


def board_csv(lines: Sequence[Standing]) -> str:
    """The standings as CSV with a heading line."""
    written = io.StringIO()
    writer = csv.DictWriter(written, FIELDS, lineterminator="\n")
    writer.writeheader()
    for line in lines:
        cells = {"model": text_cell(line.model), "has_enough": str(line.has_enough).lower()}
        writer.writerow({**_values(line), **cells})
    return written.getvalue()


def _values(line: Standing) -> dict[str, Any]:
    exact = {name: getattr(line, name) for name in FIELDS}
    return {name: round(value, 1) if isinstance(value, float) else value for name, value in exact.items()}
