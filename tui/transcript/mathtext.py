"""LaTeX as readable Unicode; the source stays what is copied.

The library is imported when the first formula is shown. This module refuses to typeset: one line of formula is one
line of text.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from tui.text.clean import clean

LONGEST_FORMULA = 4_000
"""Characters; a longer formula is shown as its source."""

_DEEPEST_GROUP = 40


@lru_cache(maxsize=1024)
def readable(formula: str) -> str:
    """The formula as Unicode text, or its source when it cannot be read."""
    if len(formula) > LONGEST_FORMULA or _depth(formula) > _DEEPEST_GROUP:
        return formula
    try:
        shown = clean(str(_converter().latex_to_text(formula))).strip()
    except Exception:  # noqa: BLE001 - the library raises whatever its macros raise on broken LaTeX; its source is shown
        return formula
    return shown or formula


def _depth(formula: str) -> int:
    deepest = depth = 0
    for character in formula:
        depth += (character == "{") - (character == "}")
        deepest = max(deepest, depth)
    return deepest + formula.count("\\begin") + formula.count("\\left")


@lru_cache(maxsize=1)
def _converter() -> Any:
    from pylatexenc.latex2text import LatexNodes2Text

    return LatexNodes2Text(math_mode="text", strict_latex_spaces=False, keep_comments=False, fill_text=False)
