"""Turning TOML values into the dataclasses of `sections.py`, with words for everything that does not fit.

A reader for exactly the types that settings have. It collects every problem instead of stopping at the first, never
repeats a value in its words (it might be a key in the wrong place), and refuses to guess: a number in quotes is not a
number. Validating with pydantic was measured at 100 ms of start-up, most of what the app has for it; this takes one.
"""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Any, Literal, TypeVar

S = TypeVar("S")
Path = tuple[str | int, ...]
_MOST_BITS = 1024
"""Larger whole numbers are beyond what a number with a fraction can be."""

_TYPE_WORDS: dict[Any, tuple[str, str]] = {
    str: ("a text in quotes", '"text"'),
    int: ("a whole number", "3"),
    float: ("a number", "0.5"),
    bool: ("true or false", "true"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing in the file that cannot be."""

    path: Path
    words: str
    """What is wrong, without the name of the setting and without its value."""

    @property
    def dotted(self) -> str:
        """The setting's name as one would write it: `endpoints.work.retry.attempts`."""
        dotted = ""
        for part in self.path:
            if isinstance(part, int):
                dotted += f"[{part}]"
            else:
                bare = part.replace("-", "").replace("_", "")
                shown = part if bare.isascii() and bare.isalnum() else '"' + part.replace('"', '\\"') + '"'
                dotted += f".{shown}" if dotted else shown
        return dotted


class _Misfit(Exception):
    """A value that does not fit; carries words."""


def read_section(section: type[S], values: Any, path: Path, problems: list[Problem]) -> S | None:
    """Fill the dataclass `section` from the table `values`.

    Args:
        section: A dataclass of `sections.py`.
        values: What the file holds at `path`, of any type.
        path: Where that is.
        problems: Everything that does not fit is added here; the setting concerned keeps its default.

    Returns:
        The section, or None when it cannot be made from what fits.
    """
    if not isinstance(values, Mapping):
        problems.append(Problem(path, f"must be a table, not {_kind_words(values)}"))
        return None
    hints = _hints(typing.cast("Hashable", section))
    facts = {spot.name: spot.metadata for spot in fields(section)}  # type: ignore[arg-type]  # sections are dataclasses
    given: dict[str, Any] = {}
    before = len(problems)
    for name, value in values.items():
        if name not in facts:
            problems.append(Problem((*path, name), nearest_words(name, list(facts))))
            continue
        read = _read_item(hints[name], value, (*path, name), facts[name], problems)
        if read is not None:
            given[name] = read
    try:
        return section(**given)
    except ValueError as error:  # a section's own check; its words are made for users
        if len(problems) == before:
            problems.append(Problem(path, str(error)))
        return None


def nearest_words(name: str, known: list[str]) -> str:
    """“is not a setting; did you mean …?”, with the nearest one here, or one of that name in another table."""
    import difflib  # only what is wrong needs it

    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if not near:
        elsewhere = difflib.get_close_matches(name, list(_elsewhere()), n=1, cutoff=0.8)
        near = [_elsewhere()[elsewhere[0]]] if elsewhere else []
    if near:
        return f"is not a setting; did you mean {near[0]}?"
    return f"is not a setting; there are {', '.join(known)}"


@cache
def _elsewhere() -> dict[str, str]:
    """Names of settings that are easily written into the wrong table, with the table they belong to."""
    from tui.config import sections

    tables = {
        "endpoints.NAME.retry": sections.RetrySection,
        "endpoints.NAME.timeout": sections.TimeoutSection,
        "endpoints.NAME": sections.EndpointSection,
        "ui": sections.UiSection,
        "context": sections.ContextSection,
        "budget": sections.BudgetSection,
        "local": sections.LocalSection,
    }
    known = {spot.name: f"{table}.{spot.name}" for table, section in tables.items() for spot in fields(section)}
    return known | {name: f"parameters.{name}" for name in sections.PARAMETER_NAMES}


@cache
def _hints(section: Any) -> dict[str, Any]:
    return typing.get_type_hints(section)


def _read(hint: Any, value: Any, path: Path, facts: Mapping[str, Any], problems: list[Problem]) -> Any:
    """The value in the shape that `hint` asks for; None when something deeper inside did not fit.

    Raises:
        _Misfit: it does not fit; what goes wrong deeper inside is added to `problems` instead.
    """
    origin = typing.get_origin(hint)
    if hint is Any:
        return _read_json(value)
    if origin in (typing.Union, types.UnionType):
        return _read_union(hint, value, path, facts, problems)
    if origin is Literal:
        choices = typing.get_args(hint)
        if any(value == choice and type(value) is type(choice) for choice in choices):
            return value
        raise _Misfit(f"must be one of {', '.join(map(str, choices))}{_nearest_choice(value, choices)}")
    if origin is tuple:
        if not isinstance(value, list):
            raise _wrong_type(hint, value, facts)
        item_hint = typing.get_args(hint)[0]
        items = [_read_item(item_hint, item, (*path, i), facts, problems) for i, item in enumerate(value)]
        return None if None in items else tuple(items)
    if origin is dict:
        if not isinstance(value, Mapping):
            raise _wrong_type(hint, value, facts)
        item_hint = typing.get_args(hint)[1]
        table = {key: _read_item(item_hint, item, (*path, key), facts, problems) for key, item in value.items()}
        return {key: item for key, item in table.items() if item is not None}
    if is_dataclass(hint):
        if not isinstance(value, Mapping):
            raise _wrong_type(hint, value, facts)
        return read_section(typing.cast("type[Any]", hint), value, path, problems)
    return _read_scalar(hint, value, facts)


def _nearest_choice(value: Any, choices: tuple[Any, ...]) -> str:
    import difflib  # only what is wrong needs it

    words = [choice for choice in choices if isinstance(choice, str)]
    near = difflib.get_close_matches(value, words, n=1, cutoff=0.7) if isinstance(value, str) else []
    return f"; did you mean {near[0]}?" if near else ""


def _read_item(hint: Any, value: Any, path: Path, facts: Mapping[str, Any], problems: list[Problem]) -> Any:
    try:
        return _read(hint, value, path, facts, problems)
    except _Misfit as misfit:
        problems.append(Problem(path, str(misfit)))
        return None


def _read_union(hint: Any, value: Any, path: Path, facts: Mapping[str, Any], problems: list[Problem]) -> Any:
    members = [member for member in typing.get_args(hint) if member is not types.NoneType]
    if len(members) == 1:
        return _read(members[0], value, path, facts, problems)
    for member in members:
        if is_dataclass(member) and isinstance(value, Mapping):
            return _read(member, value, path, facts, problems)
        trial: list[Problem] = []
        try:
            read = _read(member, value, path, facts, trial)
        except _Misfit:
            continue
        if not trial:
            return read
    raise _Misfit(f"must be {facts['form']}")


def _read_scalar(hint: Any, value: Any, facts: Mapping[str, Any]) -> Any:
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value) if value.bit_length() < _MOST_BITS else math.inf
    if type(value) is not hint:
        raise _wrong_type(hint, value, facts)
    if isinstance(value, int | float) and not isinstance(value, bool):
        _check_range(value, facts)
    return value


def _check_range(value: float, facts: Mapping[str, Any]) -> None:
    low, above, high = (facts.get(name) for name in ("minimum", "above", "maximum"))
    if (
        not (isinstance(value, int) or math.isfinite(value))
        or (low is not None and value < low)
        or (above is not None and value <= above)
        or (high is not None and value > high)
    ):
        parts = [f"at least {low:g}"] if low is not None else []
        parts += [f"more than {above:g}"] if above is not None else []
        parts += [f"at most {high:g}"] if high is not None else []
        unit = f" {facts['unit']}" if facts.get("unit") else ""
        raise _Misfit(f"must be {' and '.join(parts) or 'a finite number'}{unit}")


def _read_json(value: Any) -> Any:
    """What can be sent as JSON: no dates, no infinities."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        raise _Misfit("must be a finite number")
    if isinstance(value, list):
        return [_read_json(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _read_json(item) for key, item in value.items()}
    raise _Misfit(f"must be something that JSON knows, not {_kind_words(value)}")


def _wrong_type(hint: Any, value: Any, facts: Mapping[str, Any]) -> _Misfit:
    if facts.get("form"):
        return _Misfit(f"must be {facts['form']}")
    origin = typing.get_origin(hint)
    if origin is tuple:
        words, example = "a list", '["a", "b"]'
    elif origin is dict or is_dataclass(hint):
        words, example = "a table", ""
    else:
        words, example = _TYPE_WORDS[hint]
    own = facts.get("example") or ""
    if origin is tuple or not own.startswith("["):  # the example of a list says nothing about its items
        example = own or example
    such = f", such as {example}" if example else ""
    return _Misfit(f"must be {words}{such}, not {_kind_words(value)}")


def _kind_words(value: Any) -> str:
    match value:
        case bool():
            return "true or false"
        case str():
            return "a text"
        case int():
            return "a whole number"
        case float():
            return "a number"
        case list():
            return "a list"
        case Mapping():
            return "a table"
        case _:
            return "a date or time"
