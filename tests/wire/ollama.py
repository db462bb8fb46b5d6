"""A strict Ollama: its chat, generate, show, tags, ps and pull; models that think and models that do not."""

from __future__ import annotations

import base64
import binascii
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
from tests.wire.server import Handler, Reply, SeenRequest, json_reply, lines_reply

NAME = "ollama"

_OPTIONS = object_of(
    {
        "temperature": number(0),
        "top_k": integer(0),
        "top_p": number(0, 1),
        "min_p": number(0, 1),
        "typical_p": number(0, 1),
        "repeat_penalty": number(0),
        "repeat_last_n": integer(-1),
        "presence_penalty": number(-2, 2),
        "frequency_penalty": number(-2, 2),
        "seed": integer(),
        "num_predict": integer(-2),
        "num_ctx": integer(1),
        "num_keep": integer(0),
        "stop": texts(),
    }
)
_SHARED = {
    "model": text,
    "stream": boolean,
    "format": lambda value: "" if value == "json" or isinstance(value, dict) else "must be json or a schema",
    "keep_alive": anything,
    "think": one_of(True, False, "low", "medium", "high", "max"),
    "options": _OPTIONS,
    "logprobs": boolean,
    "top_logprobs": integer(0, 20),
}
_CHAT = {**_SHARED, "messages": list_, "tools": list_}
_GENERATE = {
    **_SHARED,
    "prompt": text,
    "suffix": text,
    "system": text,
    "raw": boolean,
    "template": text,
    "images": list_,
}
_PULL = (
    {"status": "pulling manifest"},
    {"status": "pulling abc", "digest": "sha256:abc", "total": 100},
    {"status": "pulling abc", "digest": "sha256:abc", "total": 100, "completed": 60},
    {"status": "verifying sha256 digest"},
    {"status": "success"},
)


def make_handler() -> Handler:
    """A server of its own."""
    return handle


def handle(request: SeenRequest) -> Reply:
    """One request."""
    try:
        return _handled(request)
    except Refused as refused:
        return json_reply({"error": refused.words}, status=refused.status)


def _handled(request: SeenRequest) -> Reply:
    if (found := listing_reply(NAME, request, "")) is not None:
        return found
    body = request.json
    match request.method, request.path:
        case "GET", "/api/version":
            return json_reply({"version": "0.12.3"})
        case "POST", "/api/chat":
            _check_model(check(body, _CHAT, required=("model",)))
            for message in body.get("messages", []):
                _check_message(message)
            return answer(NAME, said_last(body.get("messages")), "ndjson", is_streamed=body.get("stream", True))
        case "POST", "/api/generate":
            _check_model(check(body, _GENERATE, required=("model",)))
            if "suffix" in body and body.get("raw"):
                raise Refused("raw mode does not support suffix")
            plain = "generate"
            return answer(NAME, body.get("prompt", ""), "ndjson", is_streamed=body.get("stream", True), plain=plain)
        case "POST", "/api/pull":
            if body["model"] == "missing":
                return lines_reply(
                    {"status": "pulling manifest"}, {"error": "pull model manifest: file does not exist"}
                )
            return lines_reply(*_PULL)
    raise Refused("404 page not found", status=404)


def _check_model(body: dict[str, Any]) -> None:
    if body["model"] == "missing":
        raise Refused(f"model '{body['model']}' not found", status=404)
    if body.get("think") and body["model"].startswith("plain"):
        raise Refused(f'"{body["model"]}" does not support thinking')


def _check_message(message: dict[str, Any]) -> None:
    known = {"role", "content", "images", "thinking", "tool_calls", "tool_name"}
    if set(message) - known or message.get("role") not in ("system", "user", "assistant", "tool"):
        raise Refused("invalid message")
    for image in message.get("images", []):
        try:
            base64.b64decode(image, validate=True)
        except (binascii.Error, ValueError) as error:
            raise Refused("illegal base64 data") from error
