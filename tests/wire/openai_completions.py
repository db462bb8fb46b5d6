"""A strict text completion server, as Atoma's: refuses nulls, unknown fields and requests without a cap."""

from __future__ import annotations

from typing import Any

from tests.wire.rules import (
    Refused,
    answer,
    bias,
    boolean,
    check,
    integer,
    number,
    object_of,
    text,
    texts,
)
from tests.wire.server import Handler, Reply, SeenRequest, json_reply

KEY = "atoma-test"
NAME = "openai_completions"


def _prompt(value: Any) -> str:
    kinds = {type(item) for item in value} if isinstance(value, list) else {type(value)}
    return "" if kinds in ({str}, {int}, {list}) else "must be a string, strings, or token ids"


_RULES = {
    "model": text,
    "prompt": _prompt,
    "max_tokens": integer(1),
    "best_of": integer(1),
    "echo": boolean,
    "n": integer(1),
    "temperature": number(0, 2),
    "top_p": number(0, 1),
    "frequency_penalty": number(-2, 2),
    "presence_penalty": number(-2, 2),
    "logit_bias": bias,
    "logprobs": integer(0, 20),
    "seed": integer(),
    "stop": texts(4),
    "suffix": text,
    "stream": boolean,
    "stream_options": object_of({"include_usage": boolean}),
    "user": text,
}
_CODES = {400: "REQUEST_ERROR", 401: "AUTH_ERROR", 402: "BALANCE_ERROR", 404: "NOT_FOUND"}


def make_handler() -> Handler:
    """A server of its own."""
    return handle


def handle(request: SeenRequest) -> Reply:
    """One request."""
    try:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            raise Refused("Authentication failed", status=401)
        if request.method != "POST" or request.path != "/v1/completions" or "#" in request.target:
            raise Refused("Resource not found", status=404)
        body = check(request.json, _RULES, required=("model", "prompt"))
        if "max_tokens" not in body:
            raise Refused("Insufficient balance", status=402)  # the server would reserve money for 8192 tokens
        if "stream_options" in body and not body.get("stream"):
            raise Refused("stream_options is only allowed with stream", "stream_options")
        if body.get("best_of", 1) < body.get("n", 1) or (
            body.get("stream") and body.get("best_of", 1) > body.get("n", 1)
        ):
            raise Refused("best_of must be at least n, and works without streaming only", "best_of")
        prompt = body["prompt"] if isinstance(body["prompt"], str) else str(body["prompt"][0])
        return answer(NAME, prompt, "sse", is_streamed=body.get("stream", False))
    except Refused as refused:
        error = {"code": _CODES[refused.status], "message": refused.words}
        return json_reply({"error": error}, status=refused.status)
