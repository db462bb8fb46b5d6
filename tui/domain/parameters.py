"""What a parameter is, and what a model takes.

A parameter is *unset* (absent from the mapping: nothing is sent) or has a value. A spec says what values there are
and what the wire calls it, or why the model does not take it. The table itself is data (`providers/parameters.toml`);
this module refuses to know any vendor.
"""

from __future__ import annotations

import json
import math
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tui.errors import ConfigError

_DEGREES = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
"""Choices that have an order, from the least; models know different ones of them."""
_INT64: tuple[float | None, float | None] = (-(2**63), 2**63 - 1)
_MOST_BITS = 64


class Kind(StrEnum):
    """How a value is entered and checked."""

    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    TEXT = "text"
    LIST = "list"
    MAP = "map"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """One parameter as one model takes it."""

    name: str
    """The row name, the same for all vendors: `temperature`, `max_tokens` …"""
    kind: Kind
    label: str = ""
    """What the screen calls it."""
    help: str = ""
    """One sentence on what it does."""
    words: str = ""
    """What else people call it, for finding it; the name on the wire is one of these without being here."""
    wire: str = ""
    """Dotted path in the request body, `options.num_predict`; empty when the dialect places it by code."""
    minimum: float | None = None
    maximum: float | None = None
    step: float = 1.0
    """What one arrow key changes."""
    slider_minimum: float | None = None
    """Where the slider begins when the minimum is far below what people use."""
    slider_maximum: float | None = None
    """Where the slider ends when there is no maximum."""
    default: Any = None
    """The provider's default, shown dim while unset; None is unknown."""
    choices: tuple[str, ...] = ()
    max_items: int | None = None
    largest_key: int | None = None
    """Of a map whose keys are token ids: the largest; None takes any name."""
    has_whole_values: bool = False
    """Whether the values of a map must be whole numbers."""
    also: tuple[float, ...] = ()
    """Single values allowed outside the range, such as -1 for “no cap”."""
    reason: str = ""
    """Why the model does not take it; empty when it does."""

    @property
    def is_taken(self) -> bool:
        """Whether the model takes this parameter."""
        return not self.reason

    def check(self, value: Any, *, model: str = "") -> Any:
        """The value in the type the wire wants.

        Raises:
            ConfigError: wrong type or out of range; the sentence names the parameter and what is allowed.
        """
        match self.kind:
            case Kind.NUMBER | Kind.INTEGER:
                return self._check_number(value, model)
            case Kind.BOOLEAN:
                if isinstance(value, bool):
                    return value
                raise self._wrong(value, "true or false", model)
            case Kind.CHOICE:
                if isinstance(value, str) and value in self.choices:
                    return value
                raise self._wrong(value, "one of " + ", ".join(self.choices), model)
            case Kind.LIST:
                return self._check_list(value, model)
            case Kind.MAP:
                return self._check_map(value, model)
            case Kind.TEXT:
                if isinstance(value, str):
                    return value
                if isinstance(value, int | float) and not isinstance(value, bool):
                    return json.dumps(value)
                raise self._wrong(value, "text", model)
            case Kind.JSON:
                return value

    def clamp(self, value: Any) -> Any:
        """The nearest value that the model takes; for numbers only, others come back as they are."""
        if self.kind not in (Kind.NUMBER, Kind.INTEGER) or isinstance(value, bool) or value in self.also:
            return value
        if self.minimum is not None and value < self.minimum:
            value = self.minimum
        if self.maximum is not None and value > self.maximum:
            value = self.maximum
        return int(value) if self.kind is Kind.INTEGER else value

    def range_words(self) -> str:
        """What is allowed, as words: “between 0 and 2”, “a whole number of at least 1”."""
        whole = self.kind is Kind.INTEGER
        low, high = self.minimum, self.maximum
        if (low, high) == _INT64:
            words = "a whole number of 64 bits"
        elif low is not None and low == high:
            words = _plain(low)
        elif low is not None and high is not None:
            words = f"{'a whole number ' if whole else ''}between {_plain(low)} and {_plain(high)}"
        elif low is not None:
            words = f"{'a whole number of ' if whole else ''}at least {_plain(low)}"
        elif high is not None:
            words = f"{'a whole number of ' if whole else ''}at most {_plain(high)}"
        else:
            words = "a whole number" if whole else "a number"
        if self.also:
            words += " or " + " or ".join(_plain(value) for value in self.also)
        return words

    def _check_number(self, value: Any, model: str) -> float | int:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(value, self.range_words(), model)
        if not _is_sensible(value):
            raise self._wrong(value, self.range_words(), model)
        if self.kind is Kind.INTEGER:
            if value != int(value):
                raise self._wrong(value, self.range_words(), model)
            value = int(value)
        number: float | int = value
        if number in self.also:
            return number
        too_low = self.minimum is not None and number < self.minimum
        too_high = self.maximum is not None and number > self.maximum
        if too_low or too_high:
            raise self._wrong(value, self.range_words(), model)
        return number

    def _check_list(self, value: Any, model: str) -> list[str]:
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list | tuple) or not all(isinstance(item, str) and item for item in items):
            raise self._wrong(value, "a text or a list of texts, none of them empty", model)
        if self.max_items is not None and len(items) > self.max_items:
            raise self._wrong(value, f"at most {self.max_items} texts", model)
        return list(items)

    def _check_map(self, value: Any, model: str) -> dict[str, float]:
        if not isinstance(value, Mapping):
            raise self._wrong(value, "an object from names to numbers", model)
        for number in value.values():
            if isinstance(number, bool) or not isinstance(number, int | float) or not _is_sensible(number):
                raise self._wrong(value, "an object from names to numbers", model)
            low, high = self.minimum, self.maximum
            if (low is not None and number < low) or (high is not None and number > high):
                raise self._wrong(number, f"values {self.range_words()}", model)
            if self.has_whole_values and number != int(number):
                raise self._wrong(number, "an object from token ids to whole numbers", model)
        if self.largest_key is not None:
            for key in map(str, value):
                if not (key.isascii() and key.isdigit() and len(key) <= 20 and int(key) <= self.largest_key):
                    raise self._wrong(key, f"an object from token ids (0 to {self.largest_key}) to numbers", model)
        return {str(key): int(one) if self.has_whole_values else one for key, one in value.items()}

    def _wrong(self, value: Any, expected: str, model: str) -> ConfigError:
        try:
            shown = json.dumps(value, ensure_ascii=False)
        except (TypeError, ValueError, RecursionError):
            shown = reprlib.repr(value)
        if len(shown) > 60:
            shown = shown[:59] + "…"
        where = f" for {model}" if model else ""
        return ConfigError(f"{self.name} must be {expected}{where}, not {shown}.")


def _nearest_degree(value: Any, choices: tuple[str, ...]) -> str:
    """The choice nearest to a degree that is none of them; empty when it is one, or when they are no degrees."""
    if value not in _DEGREES or value in choices or not set(choices) <= set(_DEGREES):
        return ""
    some = [choice for choice in choices if choice != _DEGREES[0]]  # less is not none
    return min(some or choices, key=lambda choice: abs(_DEGREES.index(choice) - _DEGREES.index(value)), default="")


def within_limits(parameters: Mapping[str, Any], table: ParameterTable, model: str) -> tuple[dict[str, Any], list[str]]:
    """The parameters with numbers beyond what `model` takes made the nearest that it takes, and a sentence for each.

    They were set for another model, or for any; so were degrees, such as efforts, that it does not know. All else is
    left to `ParameterSpec.check`.
    """
    found, words = dict(parameters), []
    for name, value in parameters.items():
        spec = table.get(name)
        if spec is None or not spec.is_taken:
            continue
        if spec.kind is Kind.CHOICE and (near := _nearest_degree(value, spec.choices)):
            found[name] = near
            words.append(f"{name} was sent as {near}, not {value}: {model} takes {', '.join(spec.choices)}.")
        if spec.kind not in (Kind.NUMBER, Kind.INTEGER):
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or not _is_sensible(value):
            continue
        if spec.kind is Kind.INTEGER and value != int(value):
            continue
        nearest = spec.clamp(value)
        if nearest != value:
            found[name] = nearest
            words.append(
                f"{name} was sent as {_plain(nearest)}, not {_plain(value)}: {model} takes {spec.range_words()}."
            )
    return found, words


def _is_sensible(value: float) -> bool:
    """Whether a number is finite, and a whole one no larger than any server could read."""
    return value.bit_length() <= _MOST_BITS if isinstance(value, int) else math.isfinite(value)


def _plain(value: float) -> str:
    """A number as people write it: 2147483647, not 2.14748e+09."""
    return str(int(value)) if value == int(value) else f"{value:g}"


ParameterTable = Mapping[str, ParameterSpec]
"""What one model takes, by row name; rows that it does not take are there with their reason."""
