"""What the strict fakes share: rules for request fields, and replies taken from a fixture file.

A fixture file (`tests/wire/fixtures/NAME.json`) holds, as data of recorded shape:

* `cases`: replies by name, each with `frames` (streamed) or a `document`, and what a client should `expect`, or the
  `error` it should read;
* `errors`: error bodies by name, with their status and what a client should read (`rejection`);
* `listing`: the bodies of a model listing by path and query, and the models to `expect`.

A prompt `case: NAME` makes a fake answer with that case, `error: NAME` with that error.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from tests.wire.server import Reply, SeenRequest, Step, event, json_reply

Rule = Callable[[Any], str]
"""From a value to what is wrong with it; empty when nothing is."""
Framing = Literal["sse", "sse-crlf", "named-sse", "ndjson"]

_FIXTURES = Path(__file__).parents[1] / "fixtures"


class Refused(Exception):
    """A request that the real server refuses."""

    def __init__(self, words: str, parameter: str = "", status: int = 400, code: str = "") -> None:
        super().__init__(words)
        self.words = words
        self.parameter = parameter
        self.status = status
        self.code = code


def anything(value: Any) -> str:
    """Any value but null: no adapter sends nulls."""
    return "must not be null" if value is None else ""


def text(value: Any) -> str:
    """A text."""
    return "" if isinstance(value, str) else "must be a string"


def boolean(value: Any) -> str:
    """True or false."""
    return "" if isinstance(value, bool) else "must be a boolean"


def number(low: float = -math.inf, high: float = math.inf) -> Rule:
    """A finite number in a range."""

    def rule(value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            return "must be a number"
        return "" if low <= value <= high else f"must be between {low} and {high}"

    return rule


def integer(low: float = -math.inf, high: float = math.inf, *also: int) -> Rule:
    """A whole number in a range, written without a point."""

    def rule(value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, int):
            return "must be an integer"
        return "" if low <= value <= high or value in also else f"must be between {low} and {high}"

    return rule


def one_of(*values: Any) -> Rule:
    """One of a few values."""
    return lambda value: "" if value in values else f"must be one of {values}"


def texts(most: float = math.inf, *, or_one: bool = False) -> Rule:
    """A list of texts, none of them empty; `or_one` allows a bare text."""

    def rule(value: Any) -> str:
        if or_one and isinstance(value, str):
            return ""
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            return "must be an array of non-empty strings"
        return "" if len(value) <= most else f"must hold at most {most} strings"

    return rule


def list_(value: Any) -> str:
    """An array."""
    return "" if isinstance(value, list) else "must be an array"


def bias(value: Any) -> str:
    """A map from token ids (as text) to numbers from -100 to 100."""
    if not isinstance(value, dict):
        return "must be an object"
    for key, entry in value.items():
        if not re.fullmatch(r"\d+", key) or number(-100, 100)(entry):
            return "must map token ids to numbers between -100 and 100"
    return ""


def object_of(rules: Mapping[str, Rule], *, required: Iterable[str] = ()) -> Rule:
    """An object with these fields and no others."""

    def rule(value: Any) -> str:
        if not isinstance(value, dict):
            return "must be an object"
        for name in required:
            if name not in value:
                return f".{name} is required"
        for name, entry in value.items():
            if name not in rules:
                return f".{name} is unknown"
            if wrong := rules[name](entry):
                return f".{name} {wrong}"
        return ""

    return rule


def check(body: Any, rules: Mapping[str, Rule], *, required: Iterable[str] = ()) -> dict[str, Any]:
    """The body, when every field is known and right.

    Raises:
        Refused: it is not.
    """
    if not isinstance(body, dict):
        raise Refused("the body must be an object")
    for name in required:
        if name not in body:
            raise Refused(f"{name}: field required", name)
    for name, value in body.items():
        if name not in rules:
            raise Refused(f"Unknown parameter: '{name}'.", name, code="unknown_parameter")
        if wrong := rules[name](value):
            raise Refused(f"'{name}' {wrong}", name)
    return body


def check_key(request: SeenRequest, header: str, value: str) -> None:
    """Refuse a request whose key is missing or wrong, or travels in the address."""
    if request.headers.get(header.lower()) != value:
        raise Refused("invalid key", status=401)
    if "key" in request.query:
        raise Refused("keys do not travel in addresses", status=400)


@cache
def load_fixture(name: str) -> Mapping[str, Any]:
    """A fixture file."""
    found: Mapping[str, Any] = json.loads((_FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
    return found


def wanted(prompt: str, kind: str = "case") -> str:
    """The case that a prompt asks for, or nothing."""
    found = re.search(rf"{kind}: ([\w-]+)", prompt)
    return found[1] if found else ""


def answer(fixture: str, prompt: str, framing: Framing, *, is_streamed: bool, plain: str = "plain") -> Reply:
    """What the fixture says for this prompt."""
    data = load_fixture(fixture)
    if name := wanted(prompt, "error"):
        return error_reply(data["errors"][name])
    case = data["cases"][wanted(prompt) or (plain if is_streamed else f"{plain}-whole")]
    return case_reply(case, framing)


def error_reply(error: Mapping[str, Any]) -> Reply:
    """One of a fixture's errors."""
    body = error["body"]
    if isinstance(body, str):
        return Reply([body.encode()], error["status"], (("Content-Type", "text/html"),), framing="length")
    return json_reply(body, status=error["status"], headers=tuple(error.get("headers", {}).items()))


def case_reply(case: Mapping[str, Any], framing: Framing) -> Reply:
    """One of a fixture's cases as bytes."""
    if "document" in case:
        return json_reply(case["document"])
    return Reply(
        [frame_bytes(frame, framing) for frame in case["frames"]],
        headers=(("Content-Type", "application/x-ndjson" if framing == "ndjson" else "text/event-stream"),),
        framing="close" if case.get("is_cut") else "chunked",
    )


def frame_bytes(frame: Any, framing: Framing) -> Step:
    """One frame: a JSON value; a text is a bare line or `data:` as it stands (`[DONE]`, comments, bad JSON)."""
    if isinstance(frame, str) and (frame.startswith(":") or framing == "ndjson"):
        return frame.encode() + b"\n"
    if framing == "ndjson":
        return json.dumps(frame, ensure_ascii=False).encode() + b"\n"
    name = frame.get("type", "") if framing == "named-sse" and isinstance(frame, dict) else ""
    found = event(frame, name)
    return found.replace(b"\n", b"\r\n") if framing == "sse-crlf" else found


def listing_reply(fixture: str, request: SeenRequest, base: str) -> Reply | None:
    """The page of a fixture's listing that is asked for; None when it is none of them."""
    for page in load_fixture(fixture)["listing"]["pages"]:
        if f"{base}{page['path']}" == request.path and page["query"] == request.query:
            return json_reply(page["body"], status=page.get("status", 200))
    return None


def said_last(messages: Any) -> str:
    """The text of the last message, whatever its content's shape."""
    content = messages[-1].get("content", "") if isinstance(messages, list) and messages else ""
    if isinstance(content, list):
        return " ".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content)


def data_uri(value: Any) -> str:
    """An https address, or bytes as a data URI."""
    if isinstance(value, str) and re.match(r"https://|data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+=*$", value):
        return ""
    return "must be an https address or a data URI"
