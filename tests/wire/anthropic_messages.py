"""A strict Messages API: refuses what Anthropic refuses, in its words; both header generations."""

from __future__ import annotations

import itertools
import re
from typing import Any

from tests.wire.rules import (
    Refused,
    answer,
    anything,
    boolean,
    check,
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

KEY = "sk-ant-test"
NAME = "anthropic_messages"

_EFFORTS = one_of("low", "medium", "high", "xhigh", "max")
_RULES = {
    "model": text,
    "max_tokens": integer(1),
    "messages": list_,
    "system": anything,
    "stream": boolean,
    "temperature": number(0, 1),
    "top_p": number(0, 1),
    "top_k": integer(0),
    "stop_sequences": texts(),
    "metadata": object_of({"user_id": text}),
    "service_tier": one_of("auto", "standard_only"),
    "thinking": object_of(
        {
            "type": one_of("enabled", "adaptive", "disabled"),
            "budget_tokens": integer(1024),
            "display": one_of("summarized", "omitted"),
        },
        required=("type",),
    ),
    "output_config": object_of(
        {"effort": _EFFORTS, "format": object_of({"type": one_of("json_schema"), "schema": anything})}
    ),
    "tools": list_,
    "tool_choice": anything,
}
_NEWEST = re.compile(r"claude-(opus-4-[78]|(opus|sonnet|fable|mythos)-5)")
_TYPES = {400: "invalid_request_error", 401: "authentication_error", 404: "not_found_error"}
_BLOCKS = {
    "text": object_of({"type": text, "text": text, "cache_control": anything}, required=("text",)),
    "image": object_of({"type": text, "source": anything, "cache_control": anything}, required=("source",)),
}


def make_handler() -> Handler:
    """A server of its own."""
    return handle


def handle(request: SeenRequest) -> Reply:
    """One request."""
    try:
        _check_headers(request)
        if request.method == "GET":
            return listing_reply(NAME, request, "/v1") or _refusal(Refused("Not Found", status=404))
        if request.path != "/v1/messages":
            raise Refused("Not Found", status=404)
        body = _check_body(request)
        return answer(NAME, said_last(body["messages"]), "named-sse", is_streamed=body.get("stream", False))
    except Refused as refused:
        return _refusal(refused)


def _refusal(refused: Refused) -> Reply:
    error = {"type": _TYPES[refused.status], "message": refused.words}
    return json_reply({"type": "error", "error": error, "request_id": "req_fake"}, status=refused.status)


def _check_headers(request: SeenRequest) -> None:
    version = request.headers.get("anthropic-version", "")
    if version == "2023-06-01":
        given = request.headers.get("x-api-key")
    elif version == "2026-10-21":
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
    else:
        raise Refused("anthropic-version: header is required")
    if given != KEY:
        raise Refused("invalid x-api-key", status=401)


def _check_body(request: SeenRequest) -> dict[str, Any]:
    body = check(request.json, _RULES, required=("model", "max_tokens", "messages"))
    is_second = request.headers["anthropic-version"] >= "2026"
    for name in ("temperature", "top_p", "top_k"):
        if name in body and (is_second or _NEWEST.search(body["model"])):
            raise Refused(f"{name}: Extra inputs are not permitted", name)
    _check_thinking(body)
    if body.get("system") == "":
        raise Refused("system: text content blocks must be non-empty")
    roles = [_check_message(position, message) for position, message in enumerate(body["messages"])]
    if not roles or roles[0] != "user":
        raise Refused('messages: first message must use the "user" role')
    if any(one == other for one, other in itertools.pairwise(roles)):
        raise Refused("messages: roles must alternate")
    if roles[-1] == "assistant" and said_last(body["messages"]) != said_last(body["messages"]).rstrip():
        raise Refused("messages: final assistant content cannot end with trailing whitespace")
    return body


def _check_thinking(body: dict[str, Any]) -> None:
    thinking = body.get("thinking", {})
    if thinking.get("type") != "enabled":
        return
    if _NEWEST.search(body["model"]):
        raise Refused("thinking.type: enabled is not supported for this model", "thinking")
    if thinking.get("budget_tokens", 0) >= body["max_tokens"]:
        raise Refused("max_tokens must be greater than thinking.budget_tokens", "max_tokens")
    if body.get("temperature", 1) != 1 or "top_k" in body:
        raise Refused("temperature may only be set to 1 when thinking is enabled", "temperature")


def _check_message(position: int, message: Any) -> str:
    where = f"messages.{position}"
    if not isinstance(message, dict) or set(message) != {"role", "content"}:
        raise Refused(f"{where}: role and content are required")
    if message["role"] not in ("user", "assistant"):
        raise Refused(f'{where}.role: unexpected role "{message["role"]}"')
    content = message["content"]
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    if not isinstance(blocks, list) or not blocks:
        raise Refused(f"{where}.content: at least one block is required")
    for block in blocks:
        rule = _BLOCKS.get(block.get("type"))
        if rule is None or (wrong := rule(block)):
            raise Refused(f"{where}.content: {wrong if rule else 'unknown block'}")
        if block["type"] == "text" and not block["text"].strip():
            raise Refused(f"{where}.content: text content blocks must contain non-whitespace text")
        if block["type"] == "image":
            _check_image(where, message["role"], block["source"])
    return str(message["role"])


def _check_image(where: str, role: str, source: Any) -> None:
    if role != "user":
        raise Refused(f"{where}.content: images are allowed in user messages only")
    kinds = {"base64": {"type", "media_type", "data"}, "url": {"type", "url"}}
    if kinds.get(source.get("type")) != set(source):
        raise Refused(f"{where}.content.source: unexpected fields")
