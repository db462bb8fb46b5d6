"""A strict generateContent: refuses what Google refuses, in its words; on /v1beta and /v1."""

from __future__ import annotations

import re
from typing import Any

from tests.wire.rules import (
    Refused,
    Rule,
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
    text,
    texts,
)
from tests.wire.server import Handler, Reply, SeenRequest, json_reply

KEY = "AIza-test"
NAME = "gemini"

_INT32 = integer(-(2**31), 2**31 - 1)
_GENERATION: dict[str, Rule] = {
    "temperature": number(0, 2),
    "topP": number(0, 1),
    "topK": number(1),  # a number on the wire: the official client sends 5.0
    "candidateCount": integer(1, 8),
    "maxOutputTokens": integer(1),
    "stopSequences": texts(5),
    "seed": _INT32,
    "presencePenalty": number(-2, 2),
    "frequencyPenalty": number(-2, 2),
    "responseLogprobs": boolean,
    "logprobs": integer(0, 20),
    "responseMimeType": one_of("text/plain", "application/json"),
    "responseSchema": anything,
    "thinkingConfig": object_of(
        {
            "includeThoughts": boolean,
            "thinkingBudget": integer(-1, 32768),
            "thinkingLevel": one_of("minimal", "low", "medium", "high"),
        }
    ),
}
_RULES = {
    "contents": list_,
    "systemInstruction": object_of({"parts": list_, "role": text}, required=("parts",)),
    "generationConfig": object_of(_GENERATION),
    "safetySettings": list_,
    "tools": list_,
    "toolConfig": anything,
}
_PARTS = {
    "text": text,
    "inlineData": object_of({"mimeType": text, "data": text}, required=("mimeType", "data")),
    "fileData": object_of({"mimeType": text, "fileUri": text}, required=("fileUri",)),
}
_STATUSES = {400: "INVALID_ARGUMENT", 404: "NOT_FOUND"}
_PATH = re.compile(r"/(v1|v1beta)/models/([\w.\-]+):(generateContent|streamGenerateContent)")


def make_handler() -> Handler:
    """A server of its own."""
    return handle


def handle(request: SeenRequest) -> Reply:
    """One request."""
    try:
        _check_key(request)
        if request.method == "GET":
            base = "/v1beta" if request.path.startswith("/v1beta") else "/v1"
            return listing_reply(NAME, request, base) or _refusal(Refused("Not Found", status=404))
        found = _PATH.fullmatch(request.path)
        if found is None:
            raise Refused(f"{request.path} is not found", status=404)
        body = _check_body(_in_camel_case(request.json), found[2])
        is_streamed = found[3] == "streamGenerateContent"
        if is_streamed and request.query != {"alt": "sse"}:
            return answer(NAME, "case: growing-array", "sse-crlf", is_streamed=False)
        prompt = " ".join(part.get("text", "") for part in body["contents"][-1]["parts"])
        return answer(NAME, prompt, "sse-crlf", is_streamed=is_streamed)
    except Refused as refused:
        return _refusal(refused)


def _refusal(refused: Refused) -> Reply:
    error: dict[str, Any] = {"code": refused.status, "message": refused.words, "status": _STATUSES[refused.status]}
    if refused.code:
        error["details"] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": refused.code}]
    return json_reply({"error": error}, status=refused.status)


def _check_key(request: SeenRequest) -> None:
    if "key" in request.query:
        raise Refused("keys do not travel in addresses")
    if request.headers.get("x-goog-api-key") != KEY:
        raise Refused("API key not valid. Please pass a valid API key.", code="API_KEY_INVALID")


def _in_camel_case(value: Any) -> Any:
    """Field names as documented; the real server takes `include_thoughts`, too, which its own client sends."""
    if isinstance(value, list):
        return [_in_camel_case(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    return {
        re.sub(r"(?<=[a-z])_([a-z])", lambda found: found[1].upper(), name): inner
        if name == "responseSchema"
        else _in_camel_case(inner)
        for name, inner in value.items()
    }


def _check_body(given: Any, model: str) -> dict[str, Any]:
    body = check(given, _RULES, required=("contents",))
    if not body["contents"]:
        raise Refused("contents is not specified")
    for content in body["contents"]:
        if set(content) != {"role", "parts"} or content["role"] not in ("user", "model"):
            raise Refused("Please use a valid role: user, model.")
        if not content["parts"]:
            raise Refused("Unable to submit request because it must have a text parameter.")
        for part in content["parts"]:
            if len(part) != 1 or (rule := _PARTS.get(next(iter(part)))) is None or rule(next(iter(part.values()))):
                raise Refused("Invalid JSON payload received. Unknown name in parts.")
    config = body.get("generationConfig", {})
    thinking = config.get("thinkingConfig", {})
    if "thinkingBudget" in thinking and "thinkingLevel" in thinking:
        raise Refused("Only one of thinking budget and thinking level may be set")
    if "thinkingLevel" in thinking and not re.search(r"gemini-[3-9]", model):
        raise Refused("Thinking level is not supported for this model.")
    if "logprobs" in config and not config.get("responseLogprobs"):
        raise Refused("logprobs needs responseLogprobs")
    if "responseSchema" in config:
        _check_schema(config["responseSchema"])
    return body


def _check_schema(schema: Any) -> None:
    if isinstance(schema, dict):
        for key, inner in schema.items():
            if key in ("additionalProperties", "$schema", "strict"):
                raise Refused(f'Invalid JSON payload received. Unknown name "{key}"')
            _check_schema(inner)
