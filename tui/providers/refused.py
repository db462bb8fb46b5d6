"""Parameters that a server refuses: dropped, asked once more without, and remembered for the model.

“temperature is not supported with this model” should cost the user one round trip, once. Refuses to drop what would
make it another request, and to take a bad value for an unknown field where the field carries meaning.

Source: wire-contracts 2.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from tui.providers.base import HttpCall, Rejection
from tui.providers.lenient_json import mapping_of, text_of

_ESSENTIAL = frozenset(
    {"model", "messages", "prompt", "input", "contents", "max_tokens", "stream", "system", "instructions", "store"}
)
"""Fields that are never dropped: without them it would be another request."""

_MEANINGFUL = frozenset({"response_format", "text", "tools", "tool_choice", "suffix", "stop", "stop_sequences"})
"""Fields that go only when the server says that it does not know them: a bad value in one is the user's to mend."""

_REFUSAL = re.compile(
    r"unsupported|not support|n.t support|not permitted|not allowed|unknown|unrecogni|unexpected"
    r"|extra (?:inputs|fields)|deprecated|cannot be used|cannot both|not available|only the default"
    r"|not accept|does not apply|forbidden|must be verified|not enabled|no longer",
    re.IGNORECASE,
)
_TOO_LONG = frozenset({"context_length_exceeded", "string_above_max_length"})


class RefusedParameters:
    """Fields that servers refused for a model, remembered for the life of the process."""

    def __init__(self) -> None:
        self._refused: dict[tuple[str, str], dict[str, None]] = {}

    def without_refused(self, call: HttpCall) -> HttpCall:
        """`call` without the fields that its model refused before, each with a note."""
        for path in self._refused.get(_key(call), ()):
            if _holds(call.json, path):
                call = _without(call, path)
        return call

    def second_call(self, call: HttpCall, status: int, rejection: Rejection) -> HttpCall | None:
        """`call` without the field that a 400 or 422 complains about, or None when it names none that can go."""
        if status not in (400, 422) or not isinstance(call.json, Mapping) or rejection.code in _TOO_LONG:
            return None
        is_unknown = bool(_REFUSAL.search(rejection.words)) or rejection.code.startswith(("unsupported_", "unknown_"))
        path = _named_field(call.json, rejection, is_unknown=is_unknown)
        if not path:
            return None
        return self.drop(call, path) if is_unknown else _without(call, path)

    def drop(self, call: HttpCall, *paths: str) -> HttpCall | None:
        """`call` without the fields at these paths, remembered; None when it holds none of them."""
        held = [path for path in paths if _holds(call.json, path)]
        for path in held:
            self._refused.setdefault(_key(call), {})[path] = None
            call = _without(call, path)
        return call if held else None

    def forget(self) -> None:
        """Start over; for tests."""
        self._refused.clear()


def _key(call: HttpCall) -> tuple[str, str]:
    """Where and for which model; a model that is not in the body is in the address."""
    return call.url.partition("?")[0].removesuffix(":streamGenerateContent").removesuffix(":generateContent"), text_of(
        mapping_of(call.json).get("model")
    )


def _named_field(body: Mapping[str, Any], rejection: Rejection, *, is_unknown: bool) -> str:
    """The field to drop: the one named by the error, else the one its words speak of."""
    named = rejection.parameter
    if named and _holds(body, named):
        first = named.partition(".")[0]
        if first in _ESSENTIAL or (first in _MEANINGFUL and not is_unknown):
            return ""
        return named
    if not is_unknown:
        return ""
    return next((path for path in _paths(body) if _speaks_of(rejection.words, path)), "")


def _paths(body: Mapping[str, Any]) -> Iterator[str]:
    """Every field that may go, the ones on top first."""
    names = [name for name in body if name not in _ESSENTIAL]
    yield from names
    for name in names:
        if isinstance(body[name], Mapping):
            yield from (f"{name}.{inner}" for inner in body[name])


def _speaks_of(words: str, path: str) -> bool:
    """Whether `words` name a field: in quotes, at the beginning, or bare when it can be no common word."""
    name = path.rpartition(".")[2]
    for form in {path, name}:
        escaped = re.escape(form)
        if re.search(rf"['\"`‘“]{escaped}['\"`’”]|^{escaped} ?:", words):
            return True
        if ("_" in form or len(form) >= 6) and re.search(rf"(?<![\w.]){escaped}(?![\w])", words):
            return True
    return False


def _holds(body: Any, path: str) -> bool:
    for part in path.split("."):
        if not isinstance(body, Mapping) or part not in body:
            return False
        body = body[part]
    return True


def _without(call: HttpCall, path: str) -> HttpCall:
    """A copy of `call` without the field at a dotted path; `logprobs` and `top_logprobs` go together."""
    paths = ("logprobs", "top_logprobs") if path in ("logprobs", "top_logprobs") else (path,)
    body = mapping_of(call.json)
    for each in paths:
        body = _cut(body, each)
    note = f"{path} was not sent: {text_of(body.get('model')) or 'the model'} refuses it."
    return replace(call, json=body, notes=(*call.notes, note))


def _cut(body: Mapping[str, Any], path: str) -> dict[str, Any]:
    """`body` without what stands at `path`; an object that becomes empty goes, too."""
    first, _, rest = path.partition(".")
    result = dict(body)
    inner = result.pop(first, None)
    if rest and isinstance(inner, Mapping):
        kept = _cut(inner, rest)
        if kept:
            result[first] = kept
    return result
