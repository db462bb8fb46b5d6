"""A strict Responses API: refuses what OpenAI refuses, in its words."""

from __future__ import annotations

import re
from typing import Any

from tests.wire.rules import (
    Refused,
    answer,
    anything,
    boolean,
    check,
    data_uri,
    integer,
    list_,
    listing_reply,
    number,
    object_of,
    one_of,
    text,
)
from tests.wire.server import Handler, Reply, SeenRequest, json_reply

KEY = "sk-test"
NAME = "openai_responses"

_EFFORTS = one_of("none", "minimal", "low", "medium", "high", "xhigh", "max")
_RULES = {
    "model": text,
    "input": anything,
    "instructions": text,
    "stream": boolean,
    "max_output_tokens": integer(16),
    "temperature": number(0, 2),
    "top_p": number(0, 1),
    "top_logprobs": integer(0, 20),
    "reasoning": object_of({"effort": _EFFORTS, "summary": one_of("auto", "concise", "detailed")}),
    "text": object_of({"format": anything, "verbosity": one_of("low", "medium", "high")}),
    "tools": list_,
    "tool_choice": anything,
    "store": boolean,
    "previous_response_id": text,
    "truncation": one_of("auto", "disabled"),
    "include": list_,
    "metadata": anything,
    "user": text,
    "service_tier": text,
}
_PARTS = {
    "input_text": object_of({"type": text, "text": text}, required=("text",)),
    "output_text": object_of({"type": text, "text": text}, required=("text",)),
    "input_image": object_of({"type": text, "image_url": data_uri, "detail": text}, required=("image_url",)),
}
_FORMATS = {
    "text": object_of({"type": text}),
    "json_object": object_of({"type": text}),
    "json_schema": object_of(
        {"type": text, "name": text, "schema": anything, "strict": boolean, "description": text},
        required=("name", "schema"),
    ),
}


def make_handler() -> Handler:
    """A server of its own."""
    return handle


def handle(request: SeenRequest) -> Reply:
    """One request."""
    try:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            raise Refused("Incorrect API key provided.", status=401, code="invalid_api_key")
        if request.method == "GET":
            return listing_reply(NAME, request, "/v1") or _refusal(Refused("Not Found", status=404))
        if request.path != "/v1/responses":
            raise Refused("Not Found", status=404)
        body = _check_body(request.json)
        return answer(NAME, _prompt(body["input"]), "named-sse", is_streamed=body.get("stream", False))
    except Refused as refused:
        return _refusal(refused)


def _refusal(refused: Refused) -> Reply:
    error = {
        "message": refused.words,
        "type": "invalid_request_error",
        "param": refused.parameter or None,
        "code": refused.code or None,
    }
    return json_reply({"error": error}, status=refused.status)


def _prompt(given: Any) -> str:
    return given if isinstance(given, str) else str(given[-1]["content"][0].get("text", ""))


def _check_body(given: Any) -> dict[str, Any]:
    body = check(given, _RULES, required=("model", "input"))
    if re.match(r"o\d|gpt-5(?!\.[1-4])", body["model"]):
        for name in ("temperature", "top_p", "top_logprobs"):
            if name in body:
                words = f"Unsupported parameter: '{name}' is not supported with this model."
                raise Refused(words, name)
    elif "reasoning" in body and body["model"].startswith("gpt-4"):
        raise Refused("Unsupported parameter: 'reasoning.effort' is not supported with this model.", "reasoning.effort")
    if "summary" in body.get("reasoning", {}) and body["model"].endswith("unverified"):
        raise Refused("Your organization must be verified to generate reasoning summaries.", "reasoning.summary")
    if "top_logprobs" in body and "message.output_text.logprobs" not in body.get("include", []):
        raise Refused("top_logprobs needs include", "include")
    if "format" in body.get("text", {}):
        layout = body["text"]["format"]
        if layout.get("type") not in _FORMATS or (wrong := _FORMATS[layout["type"]](layout)):
            raise Refused(f"Invalid text.format: {wrong}", "text.format")
    if not isinstance(body["input"], str):
        _check_items(body["input"])
    return body


def _check_items(items: Any) -> None:
    if not isinstance(items, list) or not items:
        raise Refused("'input' must hold at least one item", "input")
    for position, item in enumerate(items):
        if set(item) - {"type", "role", "content"} or item.get("role") not in (
            "user",
            "assistant",
            "system",
            "developer",
        ):
            raise Refused(f"Invalid input[{position}]", f"input[{position}]")
        parts = [] if isinstance(item["content"], str) else item["content"]
        for part in parts:
            rule = _PARTS.get(part.get("type"))
            if rule is None or rule(part):
                raise Refused(f"Invalid value in input[{position}].content", f"input[{position}].content")
            if (part["type"] == "output_text") != (item["role"] == "assistant"):
                raise Refused(f"Invalid value: '{part['type']}' in input[{position}]", f"input[{position}]")
