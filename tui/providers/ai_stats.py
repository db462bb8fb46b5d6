"""The dialect `ai-stats`: the AI Stats gateway (later Phaseo), in its three generations.

The endpoint's `generation` says which: 1 and 2 cap with `max_output_tokens`, make a choice of every upstream output
item and end a stream with a snapshot; 3 is close to OpenAI's chat. Refuses to guess a generation from the host.

Source: wire-contracts 1.5
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from tui.domain.parameters import ParameterTable
from tui.domain.request import ChatRequest, PromptMessage, Request
from tui.errors import ConfigError
from tui.providers.ai_stats_reader import AiStatsReader, rejection_of
from tui.providers.base import Endpoint, HttpCall, ModelFacts, ModelPages, Price, Rejection
from tui.providers.calls import PAGES_AT_MOST, all_turns, check_turns, get, post, require_chat, wants_stream
from tui.providers.lenient_json import list_of, mapping_of, number_of, text_of
from tui.providers.openai_shapes import real_of
from tui.providers.placing import finish_body, logprobs_fields, place, put
from tui.providers.refused import RefusedParameters
from tui.providers.response_format import ResponseFormat

_PAGE_SIZE = 250
_LAST_OFFSET = 5000
"""The third generation refuses larger offsets."""
_NOT_YET = frozenset({"rumoured", "announced", "retired"})
_WIRE_ROWS: Mapping[str, str] = {
    "max_output_tokens": "max_tokens",
    "max_completion_tokens": "max_tokens",
    "top_logprobs": "logprobs",
    "reasoning": "reasoning_effort",
    "reasoning_effort": "reasoning_effort",
    "user_id": "user",
}
"""What a model's `params` call the rows whose names differ."""


class AiStats:
    """The dialect; see the module."""

    name = "ai-stats"
    kinds: tuple[str, ...] = ("chat",)

    def __init__(self) -> None:
        self._refused = RefusedParameters()

    def call(self, request: Request, endpoint: Endpoint, table: ParameterTable) -> HttpCall:
        """The request as `POST /chat/completions`.

        Raises:
            ConfigError: a text completion, an empty prompt, or a bad value.
        """
        chat = require_chat(request, endpoint.label or endpoint.name)
        is_streamed = wants_stream(chat, endpoint)
        body: dict[str, Any] = {"model": chat.model.model, "messages": _messages(chat), "stream": is_streamed}
        if endpoint.generation < 3:
            body["usage"] = True  # the server's default is false, whatever its document says
            body["meta"] = True
        elif is_streamed:
            body["stream_options"] = {"include_usage": True}
        placed = place(body, chat.parameters, table, chat.model)
        for name, value in placed.special.items():
            _place_special(body, name, value, endpoint.generation)
        call = post(
            endpoint,
            "/chat/completions",
            finish_body(body, chat.parameters),
            is_streamed=is_streamed,
            headers={"Accept": "application/json, text/event-stream"},  # the gateway wants both, streamed or not
            notes=placed.notes,
        )
        return self._refused.without_refused(call)

    def reader(self, request: Request, endpoint: Endpoint, *, is_streamed: bool) -> AiStatsReader:
        """A fresh reader."""
        return AiStatsReader(endpoint.generation)

    def rejection(self, status: int, data: Any, text: str) -> Rejection:
        """What an error body says."""
        return rejection_of(data, text)

    def second_call(self, call: HttpCall, status: int, rejection: Rejection) -> HttpCall | None:
        """The request without streaming, where that is what fails; else without a refused parameter.

        A stream with status 200 and no frame at all is an upstream that answered with plain JSON, and a 400 to a
        stream with tools is the third generation's doubt about the two together.
        """
        body = mapping_of(call.json)
        if call.is_streamed and (status == 200 or (status == 400 and body.get("tools"))):
            plain = {key: value for key, value in body.items() if key != "stream_options"}
            note = "The reply was asked for again without streaming."
            again = replace(call, json={**plain, "stream": False}, is_streamed=False)
            return replace(again, notes=(*call.notes, note))
        return self._refused.second_call(call, status, rejection)

    def model_pages(self, endpoint: Endpoint) -> ModelPages:
        """The models that chat and are in service, page by page."""
        models: list[ModelFacts] = []
        offset = 0
        for _ in range(PAGES_AT_MOST):
            page = mapping_of((yield get(endpoint, "/models", query=_query(endpoint.generation, offset))))
            entries = [mapping_of(entry) for entry in list_of(page.get("models")) or list_of(page.get("data"))]
            models += [_model(entry) for entry in entries if _is_usable(entry)]
            offset += len(entries)
            total = number_of(page.get("total"))
            is_last = len(entries) < _PAGE_SIZE if total is None else offset >= total
            if not entries or is_last or (endpoint.generation >= 3 and offset > _LAST_OFFSET):
                break
        return models


DIALECT = AiStats()


# -- building ----------------------------------------------------------------------------------------------------------


def _messages(chat: ChatRequest) -> list[dict[str, Any]]:
    turns = [turn for turn in all_turns(chat) if turn.text or turn.images]
    check_turns([turn for turn in turns if turn.role != "system"], chat)
    return [_message(turn) for turn in turns]


def _message(turn: PromptMessage) -> dict[str, Any]:
    role = "user" if turn.role == "tool" else turn.role  # a tool's message needs a call's id, and no call was run
    if not turn.images:
        return {"role": role, "content": turn.text}
    if role != "user":
        raise ConfigError("AI Stats takes images in user messages only.")
    parts: list[dict[str, Any]] = [{"type": "text", "text": turn.text}] if turn.text else []
    parts += [{"type": "image_url", "image_url": {"url": image.data_uri}} for image in turn.images]
    return {"role": role, "content": parts}


def _place_special(body: dict[str, Any], name: str, value: Any, generation: int) -> None:
    match name:
        case "logprobs":
            body.update(logprobs_fields(value))
        case "reasoning_effort":
            put(body, "reasoning_effort" if generation >= 3 else "reasoning.effort", value)
        case "response_format":
            body["response_format"] = _format(ResponseFormat.parse(value), generation)
        case "user":
            body["user" if generation >= 3 else "user_id"] = value
        case "max_tokens":
            body["max_completion_tokens" if generation >= 3 else "max_output_tokens"] = value
        case _:
            body[name] = value


def _format(wanted: ResponseFormat, generation: int) -> dict[str, Any]:
    if wanted.kind == "json_schema" and generation < 3:
        return {"type": "json_schema", "schema": dict(wanted.schema or {})}
    return wanted.chat_field()


# -- models ------------------------------------------------------------------------------------------------------------


def _query(generation: int, offset: int) -> dict[str, str | int]:
    query: dict[str, str | int] = {"limit": _PAGE_SIZE, "offset": offset}
    match generation:
        case 1:
            query |= {"include_endpoints": "chat.completions", "include_rumoured": "false", "include_retired": "false"}
        case 2:
            query |= {"endpoints": "chat.completions"}
    return query


def _is_usable(entry: Mapping[str, Any]) -> bool:
    if not _id_of(entry) or text_of(entry.get("status")).lower() in _NOT_YET:
        return False
    endpoints = entry.get("endpoints")
    if not isinstance(endpoints, list) or not endpoints:
        return True
    return any(
        "chat.completions" in text_of(endpoint) or "chat/completions" in text_of(endpoint) for endpoint in endpoints
    )


def _id_of(entry: Mapping[str, Any]) -> str:
    return text_of(entry.get("model_id")) or text_of(entry.get("id"))


def _model(entry: Mapping[str, Any]) -> ModelFacts:
    limits = mapping_of(entry.get("limits"))
    inputs = entry.get("input_types", mapping_of(entry.get("capabilities")).get("input_types"))
    known = ("model_id", "id", "name")
    return ModelFacts(
        id=_id_of(entry),
        name=text_of(entry.get("name")),
        context_tokens=_first(
            limits, ("context_tokens", "context_length", "context", "max_input_tokens", "input_tokens")
        )
        or number_of(entry.get("context_length")),
        output_tokens=_first(limits, ("output_tokens", "max_output_tokens", "max_completion_tokens", "output")),
        price=_price(entry),
        parameters=_rows(entry),
        takes_images="image" in inputs if isinstance(inputs, list) else None,
        meta={key: value for key, value in entry.items() if key not in known},
    )


def _first(limits: Mapping[str, Any], names: Iterable[str]) -> int | None:
    return next((count for count in (number_of(limits.get(name)) for name in names) if count is not None), None)


def _rows(entry: Mapping[str, Any]) -> tuple[str, ...] | None:
    """What any of the model's providers takes, by row name; None when none of them says."""
    names: dict[str, None] = {}
    is_known = False
    places = [*list_of(entry.get("providers")), *list_of(entry.get("offers")), entry.get("capabilities"), entry]
    for source in map(mapping_of, places):
        for key in ("params", "parameters", "supported_parameters"):
            if isinstance(source.get(key), list):
                is_known = True
                found = (text_of(name) for name in source[key])
                names.update(dict.fromkeys(_WIRE_ROWS.get(name, name) for name in found if name))
    return tuple(names) if is_known else None


def _price(entry: Mapping[str, Any]) -> Price:
    """US dollars per million tokens; the listing gives them per token, as text or number."""
    pricing = mapping_of(entry.get("pricing"))
    return Price(_per_million(pricing, ("prompt", "input")), _per_million(pricing, ("completion", "output")))


def _per_million(pricing: Mapping[str, Any], names: Iterable[str]) -> float | None:
    for name in names:
        value = pricing.get(name)
        try:
            number = real_of(float(value)) if isinstance(value, str) else real_of(value)
        except ValueError:
            continue
        if number is not None and number >= 0:
            return number * 1e6
    return None
