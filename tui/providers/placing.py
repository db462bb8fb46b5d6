"""Putting set parameters where the wire wants them, checked against what the model takes.

Shared by all dialects. Rows with a `wire` path are placed here; rows without one need the dialect's code and are handed
back. A name that is no row is the vendor's own field and goes into the body as it is.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tui.domain.parameters import Kind, ParameterTable, within_limits
from tui.domain.request import ModelRef, Request
from tui.errors import ConfigError

OPTION_ROWS = frozenset({"extra_body", "stream"})
"""Rows that say how to send; the exchange and `finish_body` read them, no body holds them."""


@dataclass(slots=True)
class Placed:
    """What became of the parameters of one request."""

    special: dict[str, Any] = field(default_factory=dict)
    """Checked values of rows that the dialect places itself."""
    own: dict[str, Any] = field(default_factory=dict)
    """The vendor's own fields, as given."""
    notes: list[str] = field(default_factory=list)
    """What was left out, and why; one sentence each."""


def place(body: dict[str, Any], parameters: Mapping[str, Any], table: ParameterTable, model: ModelRef) -> Placed:
    """Check `parameters` and put those with a wire path into `body`.

    A parameter that the model does not take is left out with a note: it never reaches the wire.

    Raises:
        ConfigError: a value is of the wrong type or out of range.
    """
    placed = Placed()
    for given, value in parameters.items():
        name = _row_name(given, parameters, table)
        if value is None or name in OPTION_ROWS:
            continue
        spec = table.get(name)
        if spec is None:
            placed.own[name] = value
            near = difflib.get_close_matches(name, list(table), n=1, cutoff=0.85)
            if near:
                placed.notes.append(f"“{name}” was sent as a field of {model.endpoint}'s own; did you mean {near[0]}?")
        elif not spec.is_taken:
            placed.notes.append(f"{name} was not sent: {spec.reason}.")
        else:
            checked = spec.check(value, model=str(model))
            if spec.kind in (Kind.LIST, Kind.MAP) and not checked:
                continue  # servers refuse empty ones
            if spec.wire:
                put(body, spec.wire, checked)
            else:
                placed.special[name] = checked
    for name, value in placed.own.items():
        old = body.get(name)  # `options` may hold rows already: what the user says of the rest does not undo them
        body[name] = _merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return placed


def _row_name(name: str, parameters: Mapping[str, Any], table: ParameterTable) -> str:
    """The row of a parameter: `top_logprobs` alone is the number that `logprobs` takes, and refused without it."""
    row = table.get("logprobs")
    is_alone = name == "top_logprobs" and name not in table and parameters.get("logprobs") is None
    return "logprobs" if is_alone and row is not None and row.is_taken else name


def clamped(request: Request, table: ParameterTable) -> tuple[Request, list[str]]:
    """The request with its numbers within the model's limits, where it asks for that, and a note for each change."""
    if not request.options.clamps or request.options.body is not None:
        return request, []
    parameters, notes = within_limits(request.parameters, table, str(request.model))
    return (replace(request, parameters=parameters), notes) if notes else (request, [])


def put(body: dict[str, Any], path: str, value: Any) -> None:
    """Set `a.b.c` in nested objects, making those that are missing.

    Raises:
        ConfigError: the user gave something else in the place of one of them.
    """
    *parents, last = path.split(".")
    for parent in parents:
        body = body.setdefault(parent, {})
        if not isinstance(body, dict):
            raise ConfigError(f"{parent} must be a JSON object.")
    body[last] = value


def finish_body(body: dict[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """`body` with the user's `extra_body` laid over it, key by key; objects in both are merged.

    Raises:
        ConfigError: `extra_body` is not an object.
    """
    extra = parameters.get("extra_body")
    if extra is None:
        return body
    if not isinstance(extra, Mapping):
        raise ConfigError("extra_body must be a JSON object.")
    merged = _merged(body, extra)
    if merged.get("stream") is False and "stream_options" not in extra:
        merged.pop("stream_options", None)  # servers refuse them without a stream
    return merged


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        result[key] = _merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return result


def logprobs_fields(count: int) -> dict[str, Any]:
    """Chat-style fields for `count` alternatives per token; 0 asks for the chosen token's probability alone."""
    return {"logprobs": True, "top_logprobs": count}
