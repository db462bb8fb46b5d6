"""The dialect `openai-chat`: OpenAI's chat completions, and what everybody else made of it.

What a vendor does differently is data, the endpoint's `quirks`:

  max_tokens_field    what the cap on output is called: `max_completion_tokens` (default) or `max_tokens`
  default_max_tokens  the cap that is sent when the user set none; some servers reserve money for the largest
  stream_options      false: the server refuses to be asked for usage in a stream
  usage_include       true: usage and cost are asked for with `usage: {"include": true}` (OpenRouter, older servers)
  reasoning_object    true: effort goes into `reasoning: {"effort": …}` instead of `reasoning_effort` (OpenRouter)
  reasoning_fields    where thinking stands in a delta; default `reasoning_content`, then `reasoning`
  inline_thinking     thinking stands in the text between <think> tags: true, false (never look), or "opened" (the
                      server's template writes the opening tag, so a reply begins inside it). Unset: only a reply that
                      begins with the tag is split. With true, names of models known for an opened tag begin inside it,
                      until the server shows that it keeps thinking apart
  logprobs_style      "chat" (default: `logprobs: true, top_logprobs: N`), "integer" (`logprobs: N`, Together) or
                      "counted" (as chat, but 0 alternatives would mean no probabilities at all: llama.cpp)
  developer_role      true: the system prompt goes to reasoning models as role `developer`
  prefix_style        how a reply is continued when the last message is the assistant's: "prefix" (`prefix: true` on
                      it: Mistral, DeepSeek beta), "flags" (vLLM's `continue_final_message`); unset: sent as it is
  models_path         where models are listed; default `/models`, empty: nowhere, the configured ones are all
  extra_models_url    a second listing below base_url that adds prices (Atoma); may fail
  tokenize_url        where text is turned into token ids, below the host (llama.cpp, vLLM)
  completions         true: text completion works too, at `/completions` (see dialects.py)
  retired             a sentence that is added when no connection can be made: the service is gone

Content as a list of parts, usage in `x_groq`, flat errors and bare model arrays need no quirk: they are read wherever
they come. `base_url` may hold `{model}` (Azure's deployments). Thinking is never replayed. Refuses to run tools.

Source: wire-contracts 1.2, 2.1, 2.6, 2.7; https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from tui.domain.parameters import ParameterTable
from tui.domain.request import ChatRequest, PromptMessage, Request
from tui.providers import openai_models
from tui.providers.base import Endpoint, HttpCall, ModelPages, Rejection
from tui.providers.calls import all_turns, check_turns, head, path_part, post, require_chat, wants_stream
from tui.providers.lenient_json import list_of, mapping_of, number_of
from tui.providers.openai_reader import OpenAIChatReader
from tui.providers.openai_shapes import compatible_rejection
from tui.providers.placing import finish_body, logprobs_fields, place
from tui.providers.refused import RefusedParameters
from tui.providers.response_format import ResponseFormat

_CAPS = ("max_completion_tokens", "max_tokens")
_REASONS = re.compile(r"(?:^|/)(?:o[1-9]|gpt-5)(?!.*chat)", re.IGNORECASE)


class OpenAIChat:
    """The dialect; see the module."""

    name = "openai-chat"
    kinds: tuple[str, ...] = ("chat",)

    def __init__(self) -> None:
        self._refused = RefusedParameters()

    def call(self, request: Request, endpoint: Endpoint, table: ParameterTable) -> HttpCall:
        """The request as `POST /chat/completions`.

        Raises:
            ConfigError: a text completion, an empty conversation, or a bad value.
        """
        asked = require_chat(request, endpoint.label or endpoint.name)
        turns = all_turns(asked)
        check_turns(turns, asked)
        is_streamed = wants_stream(asked, endpoint)
        body: dict[str, Any] = {"model": asked.model.model, "messages": _messages(turns, asked, endpoint)}
        placed = place(body, asked.parameters, table, asked.model)
        for name, value in placed.special.items():
            _place_special(body, name, value, endpoint.quirks)
        _settle_cap(body, endpoint.quirks, mapping_of(asked.parameters.get("extra_body")))
        _continue_reply(body, turns, endpoint.quirks)
        body["stream"] = is_streamed
        if is_streamed and endpoint.quirks.get("stream_options", True):
            body.setdefault("stream_options", {"include_usage": True})
        if endpoint.quirks.get("usage_include"):
            body.setdefault("usage", {"include": True})
        if "{model}" in endpoint.base_url:
            endpoint = replace(endpoint, base_url=endpoint.base_url.replace("{model}", path_part(asked.model.model)))
        call = post(
            endpoint,
            "/chat/completions",
            finish_body(body, asked.parameters),
            is_streamed=is_streamed,
            notes=placed.notes,
        )
        return self._refused.without_refused(call)

    def reader(self, request: Request, endpoint: Endpoint, *, is_streamed: bool) -> OpenAIChatReader:
        """A fresh reader."""
        return OpenAIChatReader(endpoint, request.model.model)

    def rejection(self, status: int, data: Any, text: str) -> Rejection:
        """What an error body says."""
        return compatible_rejection(status, data, text)

    def second_call(self, call: HttpCall, status: int, rejection: Rejection) -> HttpCall | None:
        """The request without a parameter that the server refuses, once; remembered for the model.

        A refused `max_tokens` is sent under its new name instead, and the other way round.
        """
        renamed = _renamed_cap(call, status, rejection)
        return renamed or self._refused.second_call(call, status, rejection)

    def model_pages(self, endpoint: Endpoint) -> ModelPages:
        """The endpoint's models."""
        return (yield from openai_models.model_pages(endpoint))


DIALECT = OpenAIChat()


# -- the request -------------------------------------------------------------------------------------------------------


def _messages(turns: list[PromptMessage], request: ChatRequest, endpoint: Endpoint) -> list[dict[str, Any]]:
    """The turns; every one has a content, since servers reject a missing or null one."""
    is_developer = endpoint.quirks.get("developer_role") is True and bool(_REASONS.search(request.model.model))
    return [_message(turn, "developer" if is_developer and turn.role == "system" else turn.role) for turn in turns]


def _message(turn: PromptMessage, role: str) -> dict[str, Any]:
    if not turn.images:
        return {"role": role, "content": turn.text}
    parts: list[dict[str, Any]] = [{"type": "text", "text": turn.text}] if turn.text else []
    parts += [{"type": "image_url", "image_url": {"url": image.data_uri}} for image in turn.images]
    return {"role": role, "content": parts}


def _place_special(body: dict[str, Any], name: str, value: Any, quirks: Mapping[str, Any]) -> None:
    match name:
        case "max_tokens":
            body[quirks.get("max_tokens_field", "max_completion_tokens")] = value
        case "logprobs" if quirks.get("logprobs_style") == "integer":
            body["logprobs"] = value
        case "logprobs" if not value and quirks.get("logprobs_style") == "counted":
            body["logprobs"] = True
        case "logprobs":
            body.update(logprobs_fields(value))
        case "reasoning_effort" if quirks.get("reasoning_object"):
            body["reasoning"] = {**mapping_of(body.get("reasoning")), "effort": value}
        case "response_format":
            body["response_format"] = ResponseFormat.parse(value).chat_field()
        case _:
            body[name] = value


def _settle_cap(body: dict[str, Any], quirks: Mapping[str, Any], extra: Mapping[str, Any]) -> None:
    """The default cap, where there is one and the user set none under any name."""
    cap = quirks.get("default_max_tokens")
    if type(cap) is int and not any(name in body or name in extra for name in _CAPS):
        body[quirks.get("max_tokens_field", "max_completion_tokens")] = cap


def _continue_reply(body: dict[str, Any], turns: list[PromptMessage], quirks: Mapping[str, Any]) -> None:
    if turns[-1].role != "assistant":
        return
    match quirks.get("prefix_style"):
        case "prefix":
            body["messages"][-1]["prefix"] = True
        case "flags":
            body.update(add_generation_prompt=False, continue_final_message=True)


def _renamed_cap(call: HttpCall, status: int, rejection: Rejection) -> HttpCall | None:
    """The call with the cap under its other name, when the server refuses the one it has.

    Source: OpenAI's reasoning models reject `max_tokens`; old servers do not know `max_completion_tokens`.
    """
    body = mapping_of(call.json)
    if status not in (400, 422):
        return None
    for old, new in (_CAPS, _CAPS[::-1]):
        if old not in body or new in body:
            continue
        is_refused = rejection.parameter == old and rejection.code in ("unsupported_parameter", "")
        if is_refused or re.search(rf"\b{old}\b.*\b{new}\b", rejection.words, re.DOTALL):
            renamed = {new if name == old else name: value for name, value in body.items()}
            note = f"{old} was sent as {new}: {body.get('model')} wants it so."
            return replace(call, json=renamed, notes=(*call.notes, note))
    return None


# -- token ids ---------------------------------------------------------------------------------------------------------


def tokenize_call(endpoint: Endpoint, model: str, text: str) -> HttpCall | None:
    """The call that turns `text` into token ids, where the server can; None where it can't.

    Source: llama.cpp server `POST /tokenize` (`content`), vLLM `POST /tokenize` (`model`, `prompt`).
    """
    path = endpoint.quirks.get("tokenize_url")
    if not isinstance(path, str) or not path:
        return None
    parts = urlsplit(endpoint.base_url)
    own = {"Content-Type": "application/json", "Accept": "application/json"}
    body = {"model": model, "content": text, "prompt": text, "add_special_tokens": False}
    return HttpCall("POST", f"{parts.scheme}://{parts.netloc}{path}", head(endpoint, own), body)


def token_ids(data: Any) -> list[int]:
    """The token ids in the answer to a `tokenize_call`."""
    found = []
    for token in list_of(mapping_of(data).get("tokens")):
        number = number_of(mapping_of(token).get("id") if isinstance(token, dict) else token)
        if number is not None:
            found.append(number)
    return found
