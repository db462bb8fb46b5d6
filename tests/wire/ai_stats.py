"""A strict AI Stats gateway, first and third generation on different hosts in life, on different paths here.

`/v1` is the first generation, `/g3/v1` the third. The real server drops unknown keys silently; this one refuses them,
so that a field in the wrong generation is seen.
"""

from __future__ import annotations

from typing import Any

from tests.wire.rules import (
    Refused,
    Rule,
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
    said_last,
    text,
    texts,
)
from tests.wire.server import Handler, Reply, SeenRequest, json_reply

KEY = "aistats_v1_k_kid_secret"
NAME = "ai_stats"

_BIAS: Rule = lambda value: "" if isinstance(value, dict) else "must be an object"  # noqa: E731
_BOTH: dict[str, Rule] = {
    "model": text,
    "messages": list_,
    "temperature": number(0, 2),
    "top_p": number(0, 1),
    "frequency_penalty": number(-2, 2),
    "presence_penalty": number(-2, 2),
    "seed": integer(-(2**63), 2**63 - 1),
    "logit_bias": _BIAS,
    "logprobs": boolean,
    "top_logprobs": integer(0, 20),
    "stream": boolean,
    "tools": list_,
    "tool_choice": anything,
    "parallel_tool_calls": boolean,
    "max_tool_calls": integer(1),
    "response_format": anything,
    "service_tier": text,
}
_FIRST = {
    **_BOTH,
    "system": text,
    "top_k": integer(1),
    "max_output_tokens": integer(1),
    "reasoning": object_of(
        {"effort": one_of("none", "minimal", "low", "medium", "high"), "summary": one_of("auto", "concise", "detailed")}
    ),
    "usage": boolean,
    "meta": boolean,
    "user_id": text,
}
_THIRD = {
    **_BOTH,
    "max_completion_tokens": integer(1),
    "max_tokens": integer(1),
    "stop": texts(or_one=True),
    "stream_options": object_of({"include_usage": boolean}),
    "user": text,
    "user_id": text,
    "reasoning_effort": one_of("none", "minimal", "low", "medium", "high", "xhigh", "max"),
    "reasoning": anything,
    "metadata": anything,
    "session_id": text,
    "provider": anything,
    "debug": anything,
}
_CODES = {400: "validation_error", 401: "unauthorised", 404: "unsupported_model_or_endpoint"}


def make_handler() -> Handler:
    """A server of its own."""
    return handle


def handle(request: SeenRequest) -> Reply:
    """One request."""
    is_third = request.path.startswith("/g3/")
    try:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            raise Refused("Missing or invalid authorization header", status=401)
        if request.method == "GET":
            return listing_reply(NAME, request, "/v1") or _refusal(Refused("no such page", status=404))
        if request.path.removeprefix("/g3") != "/v1/chat/completions":
            raise Refused("no such page", status=404)
        body = check(request.json, _THIRD if is_third else _FIRST, required=("model", "messages"))
        _check_messages(body["messages"])
        return _answered(body, is_third)
    except Refused as refused:
        return _refusal(refused)


def _answered(body: dict[str, Any], is_third: bool) -> Reply:
    is_streamed = body.get("stream", False)
    if is_third and is_streamed and body.get("tools"):
        raise Refused("streaming with tools is not supported")
    prompt = said_last(body["messages"])
    if "empty stream" in prompt and is_streamed:
        return Reply()  # an upstream that answered with plain JSON
    return answer(
        NAME, prompt, "sse", is_streamed=is_streamed, plain="g3-plain" if is_third and is_streamed else "plain"
    )


def _refusal(refused: Refused) -> Reply:
    body: dict[str, Any] = {"generation_id": "gen_1", "status_code": refused.status, "error": _CODES[refused.status]}
    body["description"] = refused.words
    if refused.parameter:
        body["details"] = [{"path": [refused.parameter], "message": refused.words}]
    return json_reply(body, status=refused.status, headers=(("X-Gateway-Error-Attribution", "user"),))


def _check_messages(messages: list[Any]) -> None:
    if not messages:
        raise Refused("messages must not be empty", "messages")
    for message in messages:
        if message.get("role") not in ("system", "user", "assistant"):
            raise Refused("unexpected role", "messages")
        content = message.get("content")
        for part in content if isinstance(content, list) else []:
            is_text = part.get("type") == "text" and isinstance(part.get("text"), str)
            if not is_text and not (part.get("type") == "image_url" and not data_uri(part["image_url"].get("url"))):
                raise Refused("unexpected part", "messages")
