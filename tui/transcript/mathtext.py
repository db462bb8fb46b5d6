"""LaTeX as readable Unicode; the source stays what is copied.

The library is imported when the first formula is shown. This module refuses to typeset: one line of formula is one
line of text.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from tui.text.clean import clean

LONGEST_FORMULA = 1_200
"""Characters; a longer formula is shown as its source."""

_DEEPEST_GROUP = 40

_RAISED = str.maketrans("0123456789+-=()nix", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱˣ")
_LOWERED = str.maketrans("0123456789+-=()aeijkmnoprstux", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑᵢⱼₖₘₙₒₚᵣₛₜᵤₓ")
_SCRIPT_GROUP = re.compile(r"([_^])\{([^{}]*)\}")
_SCRIPT = re.compile(r"([_^])(?:\(([^()]*)\)|(\S))")
_OTHER_FRACTIONS = re.compile(r"\\[tdc]frac(?![a-zA-Z])")
_SPACES = re.compile(r" {2,}")
_PLAIN_FORMULA = re.compile(r"[A-Za-z0-9+=(),.^_]+")  # the library would give it back as it is
_PLAIN_PART = re.compile(r"√?(?:\w+|\([^()]*\))", re.ASCII)


@lru_cache(maxsize=1024)
def readable(formula: str) -> str:
    """The formula as Unicode text, or its source when it cannot be read."""
    if len(formula) > LONGEST_FORMULA or _depth(formula) > _DEEPEST_GROUP:
        return formula
    try:
        text = formula if _PLAIN_FORMULA.fullmatch(formula) else _unicode(formula)
        shown = _SCRIPT.sub(_script, text)
    except Exception:  # noqa: BLE001 - the library raises whatever its macros raise on broken LaTeX; its source is shown
        return formula
    return shown or formula


def _unicode(formula: str) -> str:
    source = _SCRIPT_GROUP.sub(r"\1{(\2)}", _OTHER_FRACTIONS.sub(r"\\frac", formula))
    return _SPACES.sub(" ", clean(str(_converter().latex_to_text(source))).strip())


def _depth(formula: str) -> int:
    deepest = depth = 0
    for character in formula:
        depth += (character == "{") - (character == "}")
        deepest = max(deepest, depth)
    return deepest + formula.count("\\begin") + formula.count("\\left")


def _script(match: re.Match[str]) -> str:
    """An exponent or index in small letters where all of it has them, else as it was, in brackets if it is long."""
    sign, group, single = match.groups()
    text = single if group is None else group
    table = _RAISED if sign == "^" else _LOWERED
    if text and all(ord(character) in table for character in text):
        return text.translate(table)
    return f"{sign}{text}" if len(text) == 1 else f"{sign}({text})"


def _fraction(node: Any, l2tobj: Any) -> str:
    """A fraction on one line; parts of more than one term keep together."""
    above, below = (l2tobj.nodelist_to_text([part]).strip() for part in node.nodeargs[:2])
    return f"{_bracketed(above)}/{_bracketed(below)}"


def _root(node: Any, l2tobj: Any) -> str:
    """A root; of one term without brackets."""
    degree, inner = (
        l2tobj.nodelist_to_text([part]).strip() if part is not None else ""
        for part in (node.nodeoptarg, node.nodeargs[-1])
    )
    degree = degree.strip("[]")
    sign = {"": "√", "2": "√", "3": "∛", "4": "∜"}.get(degree) or degree.translate(_RAISED) + "√"
    return sign + (inner if _PLAIN_PART.fullmatch(inner) and not inner.startswith("√") else f"({inner})")


def _bracketed(text: str) -> str:
    return text if len(text) == 1 or _PLAIN_PART.fullmatch(text) else f"({text})"


@lru_cache(maxsize=1)
def _converter() -> Any:
    from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec, get_default_latex_context_db

    context = get_default_latex_context_db()
    macros = [MacroTextSpec("frac", simplify_repl=_fraction), MacroTextSpec("sqrt", simplify_repl=_root)]
    context.add_context_category("parley", prepend=True, macros=macros)
    return LatexNodes2Text(context, math_mode="text", strict_latex_spaces=False, keep_comments=False, fill_text=False)
