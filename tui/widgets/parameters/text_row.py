"""Values with an inside (lists, maps, JSON, longer text): a summary here, an editor of their own on Enter.

Refuses to edit: the screen opens an editor.
"""

from __future__ import annotations

import contextlib
import json
import math
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from tui.domain.parameters import Kind, ParameterSpec
from tui.errors import ConfigError
from tui.text.clean import clean_line
from tui.text.widths import cut_to_cells
from tui.widgets.parameters.json_rules import FORMAT_WORDS, check_json
from tui.widgets.parameters.row import ParameterRow, Piece, value_words
from tui.widgets.parameters.scale import number_text

_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_MEANINGS = {"n": "\n", "r": "\r", "t": "\t", "s": " ", "\\": "\\"}
_ESCAPED = re.compile(r"\\([nrts\\]|u(?![dD][89a-fA-F])[0-9a-fA-F]{4})")
_UNSEEN = re.compile(r"[^\S ]|[\x00-\x1f\x7f-\x9f]")
"""White space of other kinds, which an editor may take for the end of a line, and controls, which it drops."""
HINTS = {
    Kind.LIST: "One a line; \\n is a line break, \\t a tab, \\s a space, \\\\ a backslash, \\u00a0 any character.",
    Kind.MAP: "One a line, name = number; \\s is a blank of the name.",
    Kind.JSON: "JSON.",
    Kind.TEXT: "Text.",
    Kind.NUMBER: "A number.",
    Kind.INTEGER: "A whole number.",
    Kind.BOOLEAN: "on or off.",
    Kind.CHOICE: "One word.",
}


class TextRow(ParameterRow):
    """A summary of the value."""

    ACTIONS: ClassVar[frozenset[str]] = frozenset({"edit"})

    def edit(self) -> None:
        """Open the editor."""
        self.post(self.EditRequested(self))

    def click(self, x: int, line: int, width: int) -> None:
        """A click opens the editor, too."""
        if self.spec.is_taken:
            self.edit()

    def value_content(self) -> Piece:
        """The second line has the value; the first says how much it is."""
        match self.value:
            case None:
                return super().value_content()
            case list() | tuple() | Mapping():
                return f"{len(self.value)} set", "value"
            case _:
                return "set", "value"

    def control_line(self, width: int) -> list[Piece]:
        """The value in one line, or how to get to the editor."""
        if self.value is None:
            return [(cut_to_cells("enter edits", width), "faint")]
        return [(cut_to_cells(value_words(self.value), width), "accent")]


def text_of(spec: ParameterSpec, value: Any) -> str:
    """A value as it is edited; unset is empty."""
    if value is None:
        return ""
    match spec.kind:
        case Kind.LIST if isinstance(value, str | list | tuple):
            items = [value] if isinstance(value, str) else value
            return "\n".join(_escaped(str(item)) for item in items)
        case Kind.MAP if isinstance(value, Mapping):
            return "\n".join(f"{_escaped_name(name)} = {_exact(number)}" for name, number in value.items())
        case Kind.TEXT if isinstance(value, str):
            return value
        case _:
            return json.dumps(value, ensure_ascii=False, indent=2)


def value_of(spec: ParameterSpec, text: str) -> Any:
    """What an edited text means; blank is unset.

    Raises:
        ConfigError: it means nothing, or nothing that the model takes; one sentence.
    """
    if not text.strip():
        return None
    match spec.kind:
        case Kind.LIST:
            value: Any = [unescaped(line) for line in text.split("\n") if line.strip()]
        case Kind.MAP:
            value = dict(_pair(spec, line) for line in text.split("\n") if line.strip())
        case Kind.TEXT:
            value = text
        case _:
            value = check_json(spec.name, _json(spec, text))
    return spec.check(value)


def _escaped(item: str) -> str:
    if not item.strip(" "):
        return "\\s" * len(item)  # a line of nothing but blanks is none
    return "".join(_ESCAPES.get(one) or (f"\\u{ord(one):04x}" if _UNSEEN.match(one) else one) for one in item)


def _exact(number: float) -> str:
    """Short where that is the same number: an editor must give back what it was given."""
    short = number_text(number)
    return short if float(short) == number else repr(number)


def _escaped_name(name: str) -> str:
    """As in a list, and with blanks at the edges to be seen: there they belong to the line."""
    return re.sub(r"^ +| +$", lambda found: "\\s" * len(found[0]), _escaped(name))


def unescaped(line: str) -> str:
    r"""The text that is written with escapes, as `HINTS` says: `\n` is a line break."""
    return _ESCAPED.sub(lambda found: _MEANINGS.get(found[1]) or chr(int(found[1][1:], 16)), line)


def _pair(spec: ParameterSpec, line: str) -> tuple[str, float]:
    name, sign, number = line.rpartition("=")
    if not sign or not name.strip():
        raise ConfigError(f"{spec.name}: “{line.strip()}” is not name = number.")
    value = _number(number)
    if value is None:
        raise ConfigError(f"{spec.name}: “{clean_line(number.strip(), 40)}” is not a number.")
    return unescaped(name.strip()), value


def _number(text: str) -> float | None:
    """A finite number; a whole one exactly, however large."""
    with contextlib.suppress(ValueError):
        return int(text)
    with contextlib.suppress(ValueError):
        value = float(text)
        return int(value) if value.is_integer() else value if math.isfinite(value) else None
    return None


def _json(spec: ParameterSpec, text: str) -> Any:
    if spec.name == "response_format" and text.strip() in FORMAT_WORDS:
        return text.strip()
    try:
        value = json.loads(text)
        json.dumps(value, allow_nan=False)
    except json.JSONDecodeError as error:
        raise ConfigError(f"{spec.name}: line {error.lineno}, column {error.colno}: {error.msg}.") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{spec.name}: this JSON cannot be read, or no server could read it.") from error
    return value
