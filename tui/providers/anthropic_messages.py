"""The dialect `anthropic-messages`: Claude's Messages API, streamed and not.

System text is top-level, turns alternate, a token cap is always there, thinking comes in blocks of its own. Refuses to
run tools or to count tokens: it shows what the model wrote.

Source: wire-contracts 2.3; https://docs.anthropic.com/en/api/messages
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.domain.parameters import ParameterTable
from tui.domain.request import ChatRequest, Image, PromptMessage, Request
from tui.errors import ConfigError
from tui.providers.anthropic_reader import AnthropicReader, rejection_of
from tui.providers.anthropic_thinking import family_of, place_effort
from tui.providers.base import Endpoint, HttpCall, ModelFacts, ModelPages, Rejection
from tui.providers.calls import (
    PAGES_AT_MOST,
    check_turns,
    get,
    merged_turns,
    post,
    require_chat,
    spoken_turns,
    system_text,
    wants_stream,
)
from tui.providers.lenient_json import list_of, mapping_of, number_of, text_of
from tui.providers.placing import finish_body, place, put
from tui.providers.refused import RefusedParameters
from tui.providers.response_format import ResponseFormat

VERSION = "2023-06-01"
"""What `anthropic-version` says unless the endpoint's headers say otherwise."""

DEFAULT_MAX_TOKENS = 4096
"""The cap when the user set none: the API requires one."""

_SAMPLING = ("temperature", "top_p", "top_k")


class AnthropicMessages:
    """The dialect; see the module."""

    name = "anthropic-messages"
    kinds: tuple[str, ...] = ("chat",)

    def __init__(self) -> None:
        self._refused = RefusedParameters()

    def call(self, request: Request, endpoint: Endpoint, table: ParameterTable) -> HttpCall:
        """The request as `POST /messages`.

        Raises:
            ConfigError: a text completion, an empty prompt, a bad value, or a cap too small to think in.
        """
        chat = require_chat(request, endpoint.label or endpoint.name)
        is_streamed = wants_stream(chat, endpoint)
        messages = _messages(chat)
        body: dict[str, Any] = {"model": chat.model.model, "max_tokens": None, "messages": messages}
        system = system_text(chat)
        if system.strip():
            body["system"] = system
        placed = place(body, chat.parameters, table, chat.model)
        notes = placed.notes
        thinks = place_effort(body, placed.special.pop("reasoning_effort", None), table, chat.model, notes)
        _place_special(body, placed.special)
        takes_no_sampling = _is_second_generation(endpoint) or family_of(chat.model.model).refuses_sampling
        if thinks or takes_no_sampling:
            _drop_sampling(body, notes, is_at_all=takes_no_sampling)
        if body["max_tokens"] is None:
            body["max_tokens"] = default_cap(table)
        if is_streamed:
            body["stream"] = True
        call = post(
            endpoint,
            "/messages",
            finish_body(body, chat.parameters),
            is_streamed=is_streamed,
            headers={"anthropic-version": VERSION},
            notes=notes,
        )
        return self._refused.without_refused(call)

    def reader(self, request: Request, endpoint: Endpoint, *, is_streamed: bool) -> AnthropicReader:
        """A fresh reader."""
        return AnthropicReader()

    def rejection(self, status: int, data: Any, text: str) -> Rejection:
        """What an error body says."""
        return rejection_of(data, text)

    def second_call(self, call: HttpCall, status: int, rejection: Rejection) -> HttpCall | None:
        """The request without a parameter that the model refuses."""
        return self._refused.second_call(call, status, rejection)

    def model_pages(self, endpoint: Endpoint) -> ModelPages:
        """The models, a thousand a page."""
        models: list[ModelFacts] = []
        after = ""
        for _ in range(PAGES_AT_MOST):
            query: dict[str, str | int] = {"limit": 1000, **({"after_id": after} if after else {})}
            page = mapping_of((yield get(endpoint, "/models", headers={"anthropic-version": VERSION}, query=query)))
            models += [
                _model(entry) for entry in map(mapping_of, list_of(page.get("data"))) if text_of(entry.get("id"))
            ]
            last = text_of(page.get("last_id"))
            if page.get("has_more") is not True or not last or last == after:
                break
            after = last
        return models


DIALECT = AnthropicMessages()


def default_cap(table: ParameterTable) -> int:
    """The token cap of a request whose user set none."""
    spec = table.get("max_tokens")
    if spec is None:
        return DEFAULT_MAX_TOKENS
    if isinstance(spec.default, int) and not isinstance(spec.default, bool) and spec.default > 0:
        return spec.default
    return int(min(DEFAULT_MAX_TOKENS, spec.maximum)) if spec.maximum else DEFAULT_MAX_TOKENS


def _model(entry: Mapping[str, Any]) -> ModelFacts:
    known = ("id", "display_name", "max_input_tokens", "max_tokens", "type")
    capabilities = mapping_of(entry.get("capabilities"))
    vision = capabilities.get("image_input", capabilities.get("vision"))
    if isinstance(vision, Mapping):
        vision = vision.get("supported")
    return ModelFacts(
        id=text_of(entry.get("id")),
        name=text_of(entry.get("display_name")),
        context_tokens=number_of(entry.get("max_input_tokens")),
        output_tokens=number_of(entry.get("max_tokens")),
        takes_images=vision if isinstance(vision, bool) else None,
        meta={key: value for key, value in entry.items() if key not in known},
    )


# -- building ----------------------------------------------------------------------------------------------------------


def _messages(request: ChatRequest) -> list[dict[str, Any]]:
    turns = [turn for turn in spoken_turns(request) if turn.text.strip() or turn.images]
    check_turns(turns, request)
    messages = []
    for run in merged_turns(turns):
        role = "assistant" if run[0].role == "assistant" else "user"
        messages.append({"role": role, "content": _content(run)})
    if messages[-1]["role"] == "assistant":
        _trim_prefill(messages[-1])
    return messages


def _content(run: list[PromptMessage]) -> str | list[dict[str, Any]]:
    if len(run) == 1 and not run[0].images:
        return run[0].text
    blocks: list[dict[str, Any]] = []
    for turn in run:
        if turn.images and turn.role == "assistant":
            raise ConfigError("Anthropic takes images in user messages only.")
        blocks += [{"type": "image", "source": _image_source(image)} for image in turn.images]
        if turn.text.strip():
            blocks.append({"type": "text", "text": turn.text})
    return blocks


def _image_source(image: Image) -> dict[str, str]:
    if image.base64:
        return {"type": "base64", "media_type": image.media_type, "data": image.base64}
    return {"type": "url", "url": image.url}


def _trim_prefill(message: dict[str, Any]) -> None:
    """Cut trailing white space of a final assistant turn: the API refuses it."""
    content = message["content"]
    if isinstance(content, str):
        message["content"] = content.rstrip()
    else:
        content[-1]["text"] = content[-1]["text"].rstrip()


def _place_special(body: dict[str, Any], special: Mapping[str, Any]) -> None:
    for name, value in special.items():
        match name:
            case "response_format":
                wanted = ResponseFormat.parse(value)
                if wanted.kind == "json_object":
                    raise ConfigError("Anthropic can't promise JSON of any shape; give response_format a JSON schema.")
                if wanted.kind == "json_schema":
                    output = {"type": "json_schema", "schema": dict(wanted.schema or {})}
                    put(body, "output_config.format", output)
            case "user":
                put(body, "metadata.user_id", value)
            case "stop":
                body["stop_sequences"] = value
            case _:
                body[name] = value


def _is_second_generation(endpoint: Endpoint) -> bool:
    """Whether the endpoint's headers ask for the API of 2026, which has no sampling parameters any more."""
    version = next((value for name, value in endpoint.headers.items() if name.lower() == "anthropic-version"), VERSION)
    return version >= "2026"


def _drop_sampling(body: dict[str, Any], notes: list[str], *, is_at_all: bool) -> None:
    """Leave out what can't be sent beside thinking (or at all), with a note each."""
    why = "this model takes no sampling parameters" if is_at_all else "it can't be combined with thinking"
    for name in _SAMPLING:
        if name not in body:
            continue
        is_allowed = (name == "temperature" and body[name] == 1) or (name == "top_p" and body[name] >= 0.95)
        if is_at_all or not is_allowed:
            del body[name]
            notes.append(f"{name} was not sent: {why}.")
