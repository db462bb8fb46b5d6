"""A strict Humanloop v4: the four operations, feedback, and the listings; refuses templates with holes."""

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
    listing_reply,
    number,
    object_of,
    one_of,
    text,
    texts,
)
from tests.wire.server import Handler, Reply, SeenRequest, json_reply

KEY = "hl-test"
NAME = "humanloop"

_CONFIG = object_of(
    {
        "model": text,
        "provider": one_of(
            "openai", "openai_azure", "mock", "anthropic", "bedrock", "cohere", "replicate", "google", "groq"
        ),
        "endpoint": one_of("complete", "chat", "edit"),
        "prompt_template": text,
        "max_tokens": integer(1, 10**6, -1),
        "temperature": number(0),
        "top_p": number(0, 1),
        "stop": texts(or_one=True),
        "presence_penalty": number(-2, 2),
        "frequency_penalty": number(-2, 2),
        "seed": integer(),
        "response_format": object_of({"type": one_of("json_object", "json_schema"), "json_schema": anything}),
        "other": anything,
        "name": text,
        "description": text,
    },
    required=("model",),
)
_KEYS = ("openai", "openai_azure", "openai_azure_endpoint", "anthropic", "cohere", "ai21", "bedrock", "mock")
_SHARED: dict[str, Rule] = {
    "project": text,
    "project_id": text,
    "session_id": text,
    "session_reference_id": text,
    "parent_id": text,
    "parent_reference_id": text,
    "inputs": anything,
    "source": text,
    "metadata": anything,
    "save": boolean,
    "source_datapoint_id": text,
    "provider_api_keys": object_of(dict.fromkeys(_KEYS, text)),
    "num_samples": integer(1),
    "stream": boolean,
    "user": text,
    "seed": integer(),
    "return_inputs": boolean,
    "logprobs": integer(0, 20),
    "suffix": text,
}
_OPERATIONS: dict[str, tuple[dict[str, Rule], tuple[str, ...]]] = {
    "/v4/completion": ({"model_config": _CONFIG}, ("model_config",)),
    "/v4/completion-deployed": ({"environment": text}, ()),
    "/v4/completion-experiment": ({"experiment_id": text}, ("experiment_id",)),
    "/v4/completion-model-config": ({"model_config_id": text}, ("model_config_id",)),
}
_FEEDBACK: dict[str, Rule] = {"type": text, "value": text, "data_id": text, "user": text}


def make_handler() -> Handler:
    """A server of its own."""
    return handle


def handle(request: SeenRequest) -> Reply:
    """One request."""
    try:
        if request.headers.get("x-api-key") != KEY:
            raise Refused("Unauthorized", status=401)
        if request.method == "GET":
            return listing_reply(NAME, request, "/v4") or json_reply({"detail": "Not Found"}, status=404)
        if request.path == "/v4/feedback":
            check(request.json, _FEEDBACK, required=("type", "value", "data_id"))
            return json_reply({"id": "ann_1"})
        body = _check_body(request)
        prompt = " ".join(str(value) for value in body.get("inputs", {}).values())
        return answer(NAME, prompt, "sse", is_streamed=body.get("stream", False))
    except Refused as refused:
        return _refusal(refused)


def _refusal(refused: Refused) -> Reply:
    if refused.status != 400:
        return json_reply({"detail": refused.words}, status=refused.status)
    detail = [{"loc": ["body", *refused.parameter.split(".")], "msg": refused.words, "type": "value_error"}]
    return json_reply({"detail": detail}, status=422)


def _check_body(request: SeenRequest) -> dict[str, Any]:
    found = _OPERATIONS.get(request.path)
    if found is None:
        raise Refused("Not Found", status=404)
    own, required = found
    body = check(request.json, {**_SHARED, **own}, required=required)
    if request.path == "/v4/completion-deployed" and not ({"project", "project_id"} & set(body)):
        raise Refused("project or project_id is needed", "project")
    for pair in (
        ("session_id", "session_reference_id"),
        ("parent_id", "parent_reference_id"),
        ("project", "project_id"),
    ):
        if set(pair) <= set(body):
            raise Refused(f"at most one of {pair}", pair[0])
    config = body.get("model_config", {})
    for name in re.findall(r"\{\{ ?(\w+) ?\}\}", config.get("prompt_template", "")):
        if name not in body.get("inputs", {}):
            raise Refused(f"missing input: {name}", "inputs")
    if "response_format" in config and config.get("endpoint") != "chat":
        raise Refused("response_format needs the chat endpoint", "model_config.response_format")
    return body
