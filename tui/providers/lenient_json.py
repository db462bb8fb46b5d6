r"""JSON from servers that may send anything: one way to fail, and readers for values of any type.

`loads` raises `BadJson` and nothing else, whatever it is given. The readers answer with a neutral value when the type
is not the hoped-for one, so that a dialect needs no checks of its own. Refuses to repair: text that is not JSON is
not JSON. Lone surrogates from `\ud83d` escapes stay in the text; halves are joined further up.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

MAX_DEPTH = 40
"""How deep provider metadata may nest before the rest is left out; real metadata has five levels."""

_LARGEST = 2**63


class BadJson(ValueError):
    """The text is not JSON, or JSON that cannot be held: nested too deep, a number of thousands of digits."""


def _constant(name: str) -> float | None:
    """NaN and the infinities are no JSON and no figures: unknown. Only a log-probability may be minus infinity."""
    return -math.inf if name == "-Infinity" else None


_DECODER = json.JSONDecoder(parse_constant=_constant)


def loads(text: str | bytes) -> Any:
    """The value of a JSON text; NaN and Infinity become None, -Infinity stays, bytes are UTF-8 with replacement.

    Raises:
        BadJson: it cannot be read.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    try:
        if text[:1] == "{":  # nearly all texts begin and end with an object
            value, end = _DECODER.raw_decode(text)
            if end == len(text):
                return value
        return _DECODER.decode(text.removeprefix("\ufeff"))
    except RecursionError as error:
        raise BadJson("nested too deep") from error
    except ValueError as error:
        raise BadJson("not JSON") from error


def text_of(value: Any) -> str:
    """`value` when it is text, else an empty text."""
    return value if isinstance(value, str) else ""


def number_of(value: Any) -> int | None:
    """`value` as a whole number when it is a finite number of sensible size; true and false are no numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return int(value) if -_LARGEST < value < _LARGEST else None


def mapping_of(value: Any) -> Mapping[str, Any]:
    """`value` when it is an object, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def list_of(value: Any) -> list[Any]:
    """`value` when it is an array, else an empty one."""
    return value if isinstance(value, list) else []


def argument_text(value: Any) -> str:
    """A tool call's arguments as text, however a server sends them: text stays, a value becomes JSON."""
    return value if isinstance(value, str) else json.dumps(keepable(value), ensure_ascii=False)


def keepable(value: Any, depth: int = MAX_DEPTH) -> Any:
    """`value` fit for a session file: infinite numbers become None, and what nests too deep is left out."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, int) and not isinstance(value, bool):
        return value if -(2**256) < value < 2**256 else None
    if isinstance(value, Mapping):
        return {str(key): keepable(inner, depth - 1) for key, inner in value.items()} if depth > 0 else None
    if isinstance(value, list):
        return [keepable(inner, depth - 1) for inner in value] if depth > 0 else None
    return value
