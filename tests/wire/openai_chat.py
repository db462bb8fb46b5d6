"""A strict chat server, as OpenAI's: knows the documented fields and no others, and what reasoning models refuse.

Model `gpt-test` takes everything; `o9-test` is a reasoning model: no sampling parameters, no `max_tokens`.
"""

from __future__ import annotations

from typing import Any

from tests.wire.rules import (
    Refused,
    answer,
    bias,
    boolean,
    check,
    data_uri,
    integer,
    list_,
    listing_reply,
    number,
    object_of,
    one_of,
    said_last,
    text,
    texts,
)
from tests.wire.server import Handler, Reply, SeenRequest, json_reply

KEY = "sk-test"
NAME = "openai_chat"
_SAMPLING = (
    "temperature", "top_p", "frequency_penalty", "presence_penalty", "logit_bias", "logprobs", "top_logprobs", "stop"
)  # fmt: skip
_TYPES = {400: "invalid_request_error", 401: "invalid_request_error", 404: "invalid_request_error"}


def _response_format(value: Any) -> str:
    if not isinstance(value, dict) or value.get("type") not in ("text", "json_object", "json_schema"):
        return "must be {type: text | json_object | json_schema}"
    if value["type"] != "json_schema":
        return "" if set(value) == {"type"} else "has unknown fields"
    rule = object_of({"name": text, "schema": _object, "strict": boolean, "description": text}, required=("name",))
    return rule(value.get("json_schema"))


def _object(value: Any) -> str:
    return "" if isinstance(value, dict) else "must be an object"


def _messages(value: Any) -> str:
    if not isinstance(value, list) or not value:
        return "must be a non-empty array"
    for number_, message in enumerate(value):
        if wrong := _message(message):
            return f"[{number_}] {wrong}"
    return ""


def _message(message: Any) -> str:
    if not isinstance(message, dict) or message.get("role") not in ("developer", "system", "user", "assistant", "tool"):
        return "has a bad role"
    if set(message) - {"role", "content", "name", "tool_calls", "tool_call_id"}:
        return "has unknown fields"
    content = message.get("content")
    if isinstance(content, str):
        return ""
    if not isinstance(content, list) or not content:
        return "content must be a string or a non-empty array"
    for part in content:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind == "text" and isinstance(part.get("text"), str):
            continue
        if kind == "image_url" and message["role"] == "user" and not data_uri(part["image_url"].get("url")):
            continue
        return f"has a part of type {kind} that is not allowed"
    return ""


_RULES = {
    "model": text,
    "messages": _messages,
    "stream": boolean,
    "stream_options": object_of({"include_usage": boolean, "include_obfuscation": boolean}),
    "temperature": number(0, 2),
    "top_p": number(0, 1),
    "n": integer(1, 128),
    "stop": texts(4, or_one=True),
    "max_completion_tokens": integer(1),
    "max_tokens": integer(1),
    "frequency_penalty": number(-2, 2),
    "presence_penalty": number(-2, 2),
    "logit_bias": bias,
    "logprobs": boolean,
    "top_logprobs": integer(0, 20),
    "seed": integer(),
    "user": text,
    "safety_identifier": text,
    "prompt_cache_key": text,
    "reasoning_effort": one_of("none", "minimal", "low", "medium", "high", "xhigh", "max"),
    "verbosity": one_of("low", "medium", "high"),
    "service_tier": one_of("auto", "default", "flex", "priority"),
    "store": boolean,
    "metadata": _object,
    "response_format": _response_format,
    "tools": list_,
    "parallel_tool_calls": boolean,
}


def make_handler() -> Handler:
    """A server of its own."""
    return handle


def handle(request: SeenRequest) -> Reply:
    """One request."""
    try:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            raise Refused(
                f"Incorrect API key provided: {request.headers.get('authorization')}", "", 401, "invalid_api_key"
            )
        if request.method == "GET" and (page := listing_reply(NAME, request, "/v1")):
            return page
        if request.method != "POST" or request.path != "/v1/chat/completions":
            raise Refused(f"Invalid URL ({request.method} {request.path})", status=404)
        body = check(request.json, _RULES, required=("model", "messages"))
        _check_together(body)
        return answer(NAME, said_last(body["messages"]), "sse", is_streamed=body.get("stream", False))
    except Refused as refused:
        error = {
            "message": refused.words,
            "type": _TYPES[refused.status],
            "param": refused.parameter or None,
            "code": refused.code or None,
        }
        headers = (("x-request-id", "req_test"),)
        return json_reply({"error": error}, status=refused.status, headers=headers)


def _check_together(body: dict[str, Any]) -> None:
    """What is wrong only in company."""
    if body["model"] not in ("gpt-test", "o9-test"):
        raise Refused(f"The model `{body['model']}` does not exist", "model", 404, "model_not_found")
    if "stream_options" in body and not body.get("stream"):
        raise Refused("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options")
    if "top_logprobs" in body and not body.get("logprobs"):
        raise Refused("'top_logprobs' requires 'logprobs' to be true.", "top_logprobs")
    if "max_tokens" in body and "max_completion_tokens" in body:
        raise Refused("Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.")
    if body["model"] != "o9-test":
        return
    if "max_tokens" in body:
        words = (
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
        )
        raise Refused(words, "max_tokens", code="unsupported_parameter")
    for name in _SAMPLING:
        if name in body:
            words = f"Unsupported parameter: '{name}' is not supported with this model."
            raise Refused(words, name, code="unsupported_parameter")
