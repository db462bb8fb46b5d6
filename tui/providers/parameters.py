"""The one table of parameters: what each model takes, in which range, under which name on the wire, or why not.

The data is `parameters.toml`: dialects, narrowed by endpoint, narrowed by model. Here it is put together for one model,
with what a listing or the configuration says about it. This module refuses to know any vendor by name.
"""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tui.domain.parameters import Kind, ParameterSpec, ParameterTable
from tui.errors import ConfigError
from tui.providers.base import Endpoint, ModelFacts
from tui.providers.response_format import ResponseFormat
from tui.text.clean import clean_line

NOT_LISTED = frozenset({"stream", "extra_body", "user", "service_tier", "suffix", "best_of", "echo", "n"})
"""Rows that listings do not speak of: their silence means nothing."""

_HOW_TO_SEND = frozenset({"stream", "extra_body"})
"""Rows that every model takes: they say how to send, not what to ask."""

Cell = Mapping[str, Any] | str
"""What a dialect says of a row: facts, or the reason why it is not taken."""


@dataclass(frozen=True, slots=True)
class Narrowing:
    """One `[[narrow]]` table; the file documents the fields."""

    dialect: tuple[str, ...] = ()
    family: tuple[str, ...] | None = None
    generation: tuple[int, ...] = ()
    model: str = ""
    except_model: str = ""
    unless_effort: tuple[str, ...] = ()
    is_default_unknown: bool = False
    refuse: tuple[str, ...] = ()
    reason: str = ""
    rows: Mapping[str, Cell] = field(default_factory=dict)

    def fits(self, asked: _Asked) -> bool:
        """Whether it speaks of what is asked."""
        return (
            (not self.dialect or asked.dialect in self.dialect)
            and (self.family is None or asked.family in self.family)
            and (not self.generation or asked.generation in self.generation)
            and (not self.model or re.search(self.model, asked.model) is not None)
            and not (self.except_model and re.search(self.except_model, asked.model))
            and not (self.unless_effort and asked.effort in self.unless_effort)
        )


@dataclass(frozen=True, slots=True)
class _Asked:
    """All that a table depends on, and the key of the cache."""

    dialect: str
    family: str
    generation: int
    model: str
    effort: str
    max_tokens_field: str
    default_max_tokens: int
    output_tokens: int | None
    highest_temperature: float | None
    defaults: tuple[tuple[str, float | str], ...]
    listed: frozenset[str] | None


def table_for(
    endpoint: Endpoint,
    model: str,
    info: ModelFacts | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> ParameterTable:
    """What `model` at `endpoint` takes: every row, those that it does not take with the reason.

    Args:
        endpoint: Where it is; its dialect, family, generation and quirks count.
        model: The model's id on the wire.
        info: What a listing said of it, when known; its `meta` may hold `default_parameters`, values by row name.
        parameters: The values that are set: some models take one parameter only without another.
    """
    effort = (parameters or {}).get("reasoning_effort")
    temperature = info.meta.get("maxTemperature") if info else None
    cap = endpoint.quirks.get("default_max_tokens", 0)
    asked = _Asked(
        dialect=endpoint.dialect,
        family=endpoint.family,
        generation=_generation(endpoint),
        model=model.lower(),
        effort=effort if isinstance(effort, str) else "",
        max_tokens_field=str(endpoint.quirks.get("max_tokens_field", "")),
        default_max_tokens=cap if isinstance(cap, int) and not isinstance(cap, bool) else 0,
        output_tokens=info.output_tokens if info else None,
        highest_temperature=float(temperature) if isinstance(temperature, int | float) and temperature else None,
        defaults=_default_values(info.meta.get("default_parameters")) if info else (),
        listed=frozenset(info.parameters) if info and info.parameters is not None else None,
    )
    return _table(asked)


def row_names() -> tuple[str, ...]:
    """The names of all rows, in the order of the screen."""
    return tuple(table_data()["rows"])


def check_types(parameters: Mapping[str, Any]) -> list[tuple[tuple[str, ...], str]]:
    """What is wrong with values whoever the model is: where they stand in the configuration, and a sentence."""
    import difflib  # only a check needs it

    found: list[tuple[tuple[str, ...], str]] = []
    for name, value in parameters.items():
        row = table_data()["rows"].get(name)
        if row is None:
            near = difflib.get_close_matches(name, row_names(), n=1, cutoff=0.85)
            if near:
                found.append((("parameters", name), f"parameters.{name} is no parameter; did you mean {near[0]}?"))
        else:
            try:
                _check_type(name, Kind(row["kind"]), value)
            except ConfigError as error:
                found.append((("parameters", name), f"parameters.{error}"))
    return found


def _check_type(name: str, kind: Kind, value: Any) -> None:
    if name == "response_format":
        ResponseFormat.parse(value)
    elif name == "extra_body" and not isinstance(value, Mapping):
        raise ConfigError("extra_body must be a JSON object.")
    elif kind is Kind.CHOICE and not isinstance(value, str):
        raise ConfigError(f"{name} must be a text, not {clean_line(str(value), 60)}.")
    elif kind is not Kind.CHOICE:
        ParameterSpec(name, kind).check(value)


def parse_parameter(text: str) -> tuple[str, Any]:
    """Read `NAME=VALUE` of the command line; the value is JSON, else text. What can be a text only is what is written.

    Raises:
        ConfigError: there is no name.
    """
    name, equals, value = text.partition("=")
    name = name.strip()
    if not equals or not name:
        raise ConfigError(
            f"“{clean_line(text, 60)}” is not a parameter; write it as name=value, such as temperature=0.7."
        )
    try:
        found = JSON_OR_WORD.decode(value)
    except (ValueError, RecursionError):
        return name, value
    return name, found if is_read_as_json(name, found) else value


def written(value: Any) -> str:
    """A value as one writes it behind `NAME=`: texts as they are, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def is_read_as_json(name: str, value: Any) -> bool:
    """Whether what reads as the JSON `value` is meant so: an id of digits is a text, and 42 a text to stop at."""
    match table_data()["rows"].get(name, {}).get("kind"):
        case Kind.TEXT:
            return value is None or isinstance(value, str)
        case Kind.LIST:
            return value is None or isinstance(value, str | list)
    return True


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(digits)
    return number


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


JSON_OR_WORD = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)
"""Reads what people write as values: what JSON has no number for (NaN, Infinity, 1e999) is a word."""


def _default_values(values: Any) -> tuple[tuple[str, float | str], ...]:
    """Plain values by name, in a form that can be a key."""
    if not isinstance(values, Mapping):
        return ()
    return tuple((str(name), value) for name, value in values.items() if isinstance(value, int | float | str))


def _generation(endpoint: Endpoint) -> int:
    """The generation of the API that the endpoint speaks; Anthropic's is chosen by its version header."""
    if endpoint.dialect == "anthropic-messages":
        version = next((value for name, value in endpoint.headers.items() if name.lower() == "anthropic-version"), "")
        return 2 if version >= "2026" else 1
    return endpoint.generation


# -- the data ----------------------------------------------------------------------------------------------------------


@cache
def table_data() -> Mapping[str, Any]:
    """`parameters.toml` as it is; for the documentation."""
    return tomllib.loads(Path(__file__).with_name("parameters.toml").read_text("utf-8"))


@cache
def narrowings() -> tuple[Narrowing, ...]:
    """What endpoints and models do differently, in the order in which it applies."""
    tables: Iterable[Mapping[str, Any]] = table_data()["narrow"]
    return tuple(Narrowing(**_frozen(table)) for table in tables)


def _frozen(table: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in table.items()}


@lru_cache(maxsize=512)
def _table(asked: _Asked) -> ParameterTable:
    dialect = table_data()["dialects"].get(asked.dialect, {"name": asked.dialect, "rows": {}})
    missing = dialect.get("reason") or f"{dialect['name']} has no such parameter"
    cells: dict[str, Cell] = {name: dialect["rows"].get(name, missing) for name in row_names()}
    cells.update({name: {} for name in _HOW_TO_SEND})
    if asked.max_tokens_field and asked.dialect == "openai-chat":
        cells["max_tokens"] = _laid_over(cells["max_tokens"], {"wire": asked.max_tokens_field})
    for narrowing in narrowings():
        if narrowing.fits(asked):
            _apply(narrowing, cells)
    _apply_listing(asked, cells)
    return MappingProxyType({name: _spec(name, cell) for name, cell in cells.items()})


def _apply(narrowing: Narrowing, cells: dict[str, Cell]) -> None:
    if narrowing.is_default_unknown:
        for name, cell in cells.items():
            if not isinstance(cell, str):
                cells[name] = {fact: value for fact, value in cell.items() if fact != "default"}
    for name in narrowing.refuse:
        if not isinstance(cells[name], str):
            cells[name] = narrowing.reason
    for name, cell in narrowing.rows.items():
        cells[name] = _laid_over(cells[name], cell)


def _apply_listing(asked: _Asked, cells: dict[str, Cell]) -> None:
    """What the listing and the endpoint's quirks know of this model."""
    cap = cells["max_tokens"]
    if not isinstance(cap, str):
        facts = dict(cap)
        if asked.default_max_tokens:
            facts["default"] = asked.default_max_tokens
        if asked.output_tokens:
            facts["slider_maximum"] = asked.output_tokens
            if asked.dialect in ("anthropic-messages", "gemini"):  # there the listing is the limit, not a hint
                facts["maximum"] = asked.output_tokens
                if facts.get("default", 0) > asked.output_tokens:
                    facts["default"] = asked.output_tokens
        cells["max_tokens"] = facts
    if asked.highest_temperature is not None:
        cells["temperature"] = _laid_over(cells["temperature"], {"maximum": asked.highest_temperature}, only_taken=True)
    for name, value in asked.defaults:
        if name in cells:
            cells[name] = _laid_over(cells[name], {"default": value}, only_taken=True)
    if asked.listed is not None:
        for name, cell in cells.items():
            if name not in asked.listed and name not in NOT_LISTED and not isinstance(cell, str):
                cells[name] = "its listing says that the model does not take it"


def _laid_over(below: Cell, above: Cell, *, only_taken: bool = False) -> Cell:
    if isinstance(above, str):
        return above
    if isinstance(below, str):
        return below if only_taken else above
    return {**below, **above}


def _spec(name: str, cell: Cell) -> ParameterSpec:
    row = table_data()["rows"][name]
    common: dict[str, Any] = {
        "name": name,
        "kind": Kind(row["kind"]),
        "label": row["label"],
        "help": row["help"],
        "words": row.get("words", ""),
        "step": row.get("step", 1.0),
        "slider_minimum": row.get("slider_minimum"),
        "slider_maximum": row.get("slider_maximum"),
    }
    if isinstance(cell, str):
        return ParameterSpec(**common, reason=cell)
    facts = _frozen(cell)
    facts["max_items"] = facts.get("max_items") or None
    facts["largest_key"] = facts.get("largest_key") or None
    return ParameterSpec(**{**common, **facts})
