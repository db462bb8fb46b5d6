"""The dialect `gemini`: Google's generateContent, streamed (SSE) and not.

The key travels in a header only, never in the address. Refuses to run tools; function calls are shown.

Source: wire-contracts 2.4; https://ai.google.dev/api/generate-content
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tui.domain.parameters import ParameterTable
from tui.domain.request import ChatRequest, Image, PromptMessage, Request
from tui.errors import ConfigError
from tui.providers.base import Endpoint, HttpCall, ModelFacts, ModelPages, Rejection
from tui.providers.calls import (
    PAGES_AT_MOST,
    check_turns,
    get,
    merged_turns,
    path_part,
    post,
    require_chat,
    spoken_turns,
    system_text,
    wants_stream,
)
from tui.providers.gemini_reader import GeminiReader, rejection_of
from tui.providers.lenient_json import list_of, mapping_of, number_of, text_of
from tui.providers.placing import finish_body, place, put
from tui.providers.refused import RefusedParameters
from tui.providers.response_format import ResponseFormat

_BUDGETS = {"none": 0, "minimal": 512, "low": 1024, "medium": 8192, "high": 24576, "xhigh": -1, "max": -1}
"""Thinking tokens per effort on models before Gemini 3; -1 lets the model decide."""
_LEVELS = {"none": "minimal", "xhigh": "high", "max": "high"}
"""Efforts that Gemini 3 does not know, and the nearest one it does."""

_MODEL_DEPENDENT = (
    (re.compile(r"penalt.*not (?:enabled|supported)", re.IGNORECASE), ("frequencyPenalty", "presencePenalty")),
    (re.compile(r"thinking.*not supported|not support.*thinking", re.IGNORECASE), ("thinkingConfig",)),
    (re.compile(r"logprobs.*not (?:enabled|supported)", re.IGNORECASE), ("responseLogprobs", "logprobs")),
    (re.compile(r"multiple candidates.*not (?:enabled|supported)", re.IGNORECASE), ("candidateCount",)),
)
"""Refusals of what some models do not do, and the fields that ask for it."""
_OWN_CONFIG = frozenset(
    {
        "thinkingConfig",
        "responseModalities",
        "mediaResolution",
        "speechConfig",
        "imageConfig",
        "responseJsonSchema",
        "responseSchema",
        "responseMimeType",
        "enableEnhancedCivicAnswers",
        "topP",
        "topK",
        "candidateCount",
        "maxOutputTokens",
        "stopSequences",
        "presencePenalty",
        "frequencyPenalty",
        "responseLogprobs",
    }
)
"""Gemini's own fields that act inside `generationConfig` only, where the user should not have to know."""
_OWN_THINKING = frozenset({"includeThoughts", "thinkingBudget", "thinkingLevel"})
"""Those that act inside its `thinkingConfig`."""
_BEFORE_LEVELS = re.compile(r"gemini-(?:[12]\.|(?:flash|pro|flash-lite)-latest-2)|gemini-robotics|gemma")
_NO_SCHEMA_KEYS = frozenset({"$schema", "$id", "additionalProperties", "strict"})
"""JSON Schema keys that Gemini's `responseSchema` refuses."""


class Gemini:
    """The dialect; see the module."""

    name = "gemini"
    kinds: tuple[str, ...] = ("chat",)

    def __init__(self) -> None:
        self._refused = RefusedParameters()

    def call(self, request: Request, endpoint: Endpoint, table: ParameterTable) -> HttpCall:
        """The request as `POST /models/ID:generateContent` or `:streamGenerateContent?alt=sse`.

        Raises:
            ConfigError: a text completion, an empty prompt, or a bad value.
        """
        chat = require_chat(request, endpoint.label or endpoint.name)
        is_streamed = wants_stream(chat, endpoint)
        body: dict[str, Any] = {"contents": _contents(chat)}
        system = system_text(chat)
        if system.strip():
            body["systemInstruction"] = {"parts": [{"text": system}]}
        placed = place(body, chat.parameters, table, chat.model)
        for name in placed.own.keys() & _OWN_CONFIG:
            put(body, f"generationConfig.{name}", body.pop(name))
        for name in sorted(placed.own.keys() & _OWN_THINKING):
            put(body, f"generationConfig.thinkingConfig.{name}", body.pop(name))
        for name, value in placed.special.items():
            _place_special(body, name, value, chat.model.model, placed.notes)
        model = chat.model.model
        path = "/" + path_part(model).replace("%2F", "/") if "/" in model else f"/models/{path_part(model)}"
        call = post(
            endpoint,
            f"{path}:{'streamGenerateContent' if is_streamed else 'generateContent'}",
            finish_body(body, chat.parameters),
            is_streamed=is_streamed,
            query={"alt": "sse"} if is_streamed else None,
            notes=placed.notes,
        )
        return self._refused.without_refused(call)

    def reader(self, request: Request, endpoint: Endpoint, *, is_streamed: bool) -> GeminiReader:
        """A fresh reader."""
        return GeminiReader()

    def rejection(self, status: int, data: Any, text: str) -> Rejection:
        """What an error body says."""
        return rejection_of(data, text)

    def second_call(self, call: HttpCall, status: int, rejection: Rejection) -> HttpCall | None:
        """The request without what this model does not do, by the words of the refusal: they name no field."""
        if status != 400:
            return None
        for words, names in _MODEL_DEPENDENT:
            if words.search(rejection.words):
                return self._refused.drop(call, *(f"generationConfig.{name}" for name in names))
        return None

    def model_pages(self, endpoint: Endpoint) -> ModelPages:
        """The models that can generate, page by page."""
        models: list[ModelFacts] = []
        token = ""
        for _ in range(PAGES_AT_MOST):
            query: dict[str, str | int] = {"pageSize": 1000, **({"pageToken": token} if token else {})}
            page = mapping_of((yield get(endpoint, "/models", query=query)))
            for entry in map(mapping_of, list_of(page.get("models"))):
                if text_of(entry.get("name")) and "generateContent" in list_of(entry.get("supportedGenerationMethods")):
                    models.append(_model(entry))
            following = text_of(page.get("nextPageToken"))
            if not following or following == token:
                break
            token = following
        return models


DIALECT = Gemini()


def _model(entry: Mapping[str, Any]) -> ModelFacts:
    known = ("name", "displayName", "inputTokenLimit", "outputTokenLimit")
    return ModelFacts(
        id=text_of(entry.get("name")).removeprefix("models/"),
        name=text_of(entry.get("displayName")),
        context_tokens=number_of(entry.get("inputTokenLimit")),
        output_tokens=number_of(entry.get("outputTokenLimit")),
        meta={key: value for key, value in entry.items() if key not in known},
    )


# -- building ----------------------------------------------------------------------------------------------------------


def _contents(request: ChatRequest) -> list[dict[str, Any]]:
    turns = spoken_turns(request)
    check_turns(turns, request)
    contents = []
    for run in merged_turns(turns):
        role = "model" if run[0].role == "assistant" else "user"
        contents.append({"role": role, "parts": [part for turn in run for part in _parts(turn)]})
    return contents


def _parts(turn: PromptMessage) -> list[dict[str, Any]]:
    if turn.images and turn.role == "assistant":
        raise ConfigError("Gemini takes images in user messages only.")
    parts: list[dict[str, Any]] = [_image_part(image) for image in turn.images]
    return [*parts, {"text": turn.text}] if turn.text else parts


def _image_part(image: Image) -> dict[str, Any]:
    if image.base64:
        return {"inlineData": {"mimeType": image.media_type, "data": image.base64}}
    return {"fileData": {"fileUri": image.url, **({"mimeType": image.media_type} if image.media_type else {})}}


def _place_special(body: dict[str, Any], name: str, value: Any, model: str, notes: list[str]) -> None:
    match name:
        case "logprobs":
            put(body, "generationConfig.responseLogprobs", True)
            put(body, "generationConfig.logprobs", value)
        case "reasoning_effort":
            if "thinkingConfig" not in mapping_of(body.get("generationConfig")):  # the user's own words win
                put(body, "generationConfig.thinkingConfig", thinking_config(model, str(value), notes))
        case "response_format":
            _place_format(body, ResponseFormat.parse(value))
        case "stop":
            put(body, "generationConfig.stopSequences", value)
        case _:
            body[name] = value


def thinking_config(model: str, effort: str, notes: list[str]) -> dict[str, Any]:
    """`thinkingConfig` for an effort: a budget before Gemini 3, a level from there on; one of the two only."""
    if _BEFORE_LEVELS.search(model):
        budget = _BUDGETS.get(effort, -1)
        if budget == 0 and "2.5-pro" in model:
            notes.append("This model can't stop thinking; it was given the smallest budget.")
            budget = 128
        return {"thinkingBudget": budget} if budget == 0 else {"includeThoughts": True, "thinkingBudget": budget}
    level = _LEVELS.get(effort, effort)
    if level != effort:
        notes.append(f"reasoning_effort was sent as {level}: this model does not know {effort}.")
    return {"includeThoughts": True, "thinkingLevel": level}


def _place_format(body: dict[str, Any], wanted: ResponseFormat) -> None:
    if wanted.kind == "text":
        put(body, "generationConfig.responseMimeType", "text/plain")
        return
    put(body, "generationConfig.responseMimeType", "application/json")
    if wanted.kind == "json_schema":
        put(body, "generationConfig.responseSchema", _plain_schema(dict(wanted.schema or {})))


def _plain_schema(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain_schema(inner) for key, inner in value.items() if key not in _NO_SCHEMA_KEYS}
    return [_plain_schema(inner) for inner in value] if isinstance(value, list) else value
