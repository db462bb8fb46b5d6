"""The dialect `openai-responses`: OpenAI's Responses API, streamed (named events) and not.

Leans on nothing that servers leave out: not on `output_index`, `content_index`, `sequence_number`, nor on `[DONE]`.
Nothing is stored at the provider unless the user chains replies. Refuses to run tools; calls are shown.

Source: wire-contracts 2.2; https://platform.openai.com/docs/api-reference/responses
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tui.domain.events import (
    Finish,
    Finished,
    MetaReport,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
    TokenLogprobs,
    ToolCallDelta,
    UsageReport,
)
from tui.domain.parameters import ParameterTable
from tui.domain.request import ChatRequest, PromptMessage, Request
from tui.errors import ConfigError
from tui.providers.base import Endpoint, HttpCall, ModelFacts, ModelPages, Rejection, StreamError
from tui.providers.calls import check_turns, get, post, require_chat, spoken_turns, system_text, wants_stream
from tui.providers.lenient_json import argument_text, list_of, mapping_of, number_of, text_of
from tui.providers.openai_shapes import (
    chat_logprobs,
    is_error,
    openai_rejection,
    status_in,
    usage_of,
)
from tui.providers.placing import finish_body, place, put
from tui.providers.refused import RefusedParameters
from tui.providers.response_format import ResponseFormat

_LOGPROBS = "message.output_text.logprobs"
_ECHOES = frozenset(
    {
        "object", "output", "usage", "error", "input", "instructions", "tools", "tool_choice", "text", "reasoning",
        "temperature", "top_p", "top_logprobs", "max_output_tokens", "max_tool_calls", "parallel_tool_calls", "store",
        "truncation", "previous_response_id", "user", "background", "include", "output_text", "prompt", "stream",
        "frequency_penalty", "presence_penalty",
    }
)  # fmt: skip
"""Fields of a response that repeat the request, or are read elsewhere; the rest is kept as meta."""

_NO_CALLS = frozenset({"message", "reasoning", "compaction"})
_HAS_OWN_ARGUMENTS = ("arguments", "input", "action", "code", "queries", "operation")


class OpenAIResponses:
    """The dialect; see the module."""

    name = "openai-responses"
    kinds: tuple[str, ...] = ("chat",)

    def __init__(self) -> None:
        self._refused = RefusedParameters()

    def call(self, request: Request, endpoint: Endpoint, table: ParameterTable) -> HttpCall:
        """The request as `POST /responses`.

        Raises:
            ConfigError: a text completion, an empty prompt, or a bad value.
        """
        chat = require_chat(request, endpoint.label or endpoint.name)
        is_streamed = wants_stream(chat, endpoint)
        body: dict[str, Any] = {"model": chat.model.model, "input": _items(chat)}
        instructions = system_text(chat)
        if instructions.strip():
            body["instructions"] = instructions
        placed = place(body, chat.parameters, table, chat.model)
        for name, value in placed.special.items():
            _place_special(body, name, value)
        if "previous_response_id" not in body:
            body.setdefault("store", False)
        body["stream"] = is_streamed
        call = post(
            endpoint,
            "/responses",
            finish_body(body, chat.parameters),
            is_streamed=is_streamed,
            notes=placed.notes,
        )
        return self._refused.without_refused(call)

    def reader(self, request: Request, endpoint: Endpoint, *, is_streamed: bool) -> ResponsesReader:
        """A fresh reader."""
        return ResponsesReader()

    def rejection(self, status: int, data: Any, text: str) -> Rejection:
        """What an error body says."""
        return openai_rejection(data, text)

    def second_call(self, call: HttpCall, status: int, rejection: Rejection) -> HttpCall | None:
        """The request without a parameter that the model refuses."""
        return self._refused.second_call(call, status, rejection)

    def model_pages(self, endpoint: Endpoint) -> ModelPages:
        """The models; OpenAI's listing has no pages and says nothing of abilities."""
        listing = yield get(endpoint, "/models")
        entries = listing if isinstance(listing, list) else list_of(mapping_of(listing).get("data"))
        return [
            ModelFacts(
                id=text_of(entry.get("id")),
                meta={key: value for key, value in entry.items() if key != "id"},
            )
            for entry in map(mapping_of, entries)
            if text_of(entry.get("id"))
        ]


DIALECT = OpenAIResponses()


# -- building ----------------------------------------------------------------------------------------------------------


def _items(request: ChatRequest) -> list[dict[str, Any]]:
    turns = spoken_turns(request)
    check_turns(turns, request)
    return [_item(turn) for turn in turns]


def _item(turn: PromptMessage) -> dict[str, Any]:
    if turn.role == "assistant":
        if turn.images:
            raise ConfigError("OpenAI takes images in user messages only.")
        return {"role": "assistant", "content": [{"type": "output_text", "text": turn.text}]}
    content: list[dict[str, Any]] = [{"type": "input_text", "text": turn.text}] if turn.text else []
    content += [{"type": "input_image", "image_url": image.data_uri} for image in turn.images]
    return {"role": "user", "content": content}


def _place_special(body: dict[str, Any], name: str, value: Any) -> None:
    match name:
        case "logprobs":
            body["top_logprobs"] = value
            included = list_of(body.get("include"))
            body["include"] = included if _LOGPROBS in included else [*included, _LOGPROBS]
        case "reasoning_effort":
            reasoning = dict(mapping_of(body.get("reasoning")))
            reasoning.setdefault("effort", value)
            if value != "none":
                reasoning.setdefault("summary", "auto")  # without it the thinking stays hidden
            body["reasoning"] = reasoning
        case "response_format":
            put(body, "text.format", _format(ResponseFormat.parse(value)))
        case "verbosity":
            put(body, "text.verbosity", value)
        case _:
            body[name] = value


def _format(wanted: ResponseFormat) -> dict[str, Any]:
    if wanted.kind == "json_schema":
        return {"type": "json_schema", **wanted.named_schema()}
    return {"type": wanted.kind}


# -- reading -----------------------------------------------------------------------------------------------------------


class ResponsesReader:
    """Reads one reply. Its finish mark is a terminal event: completed, incomplete, failed or cancelled."""

    def __init__(self) -> None:
        self.is_done = False
        self._has_text = False
        self._has_reasoning = False
        self._has_deltas: set[str] = set()
        self._has_refused = False
        self._part: Any = None
        self._needs_break = False
        self._calls: dict[str, str] = {}
        self._last_call = ""
        self._annotations: list[Any] = []

    def frame(self, data: Any, event: str = "") -> Iterable[StreamEvent]:
        """The events of one streamed frame.

        Raises:
            StreamError: the event is an error.
        """
        if not isinstance(data, dict):
            return ()
        kind = data.get("type") or event
        if kind == "response.output_text.delta":
            self._has_deltas.add("text")
            return self._text(data)
        if kind == "error" or (is_error(data) and not isinstance(data.get("response"), dict)):
            raise StreamError(openai_rejection(data), status_in(data))
        if not isinstance(kind, str):
            return ()
        if kind.startswith("response.reasoning"):
            return self._reasoning(kind, data)
        return self._other(kind, data)

    def document(self, data: Any) -> Iterable[StreamEvent]:
        """The events of a whole response.

        Raises:
            StreamError: the document is an error.
        """
        whole = mapping_of(data)
        if is_error(whole):
            raise StreamError(openai_rejection(whole), status_in(whole))
        if not isinstance(whole.get("output"), list):
            return []
        return self._terminal(whole)

    def done_mark(self) -> Iterable[StreamEvent]:
        """A `[DONE]` that some gateways add."""
        if self.is_done:
            return ()
        self.is_done = True
        return (Finished(self._complete_finish()),)

    def end(self) -> Iterable[StreamEvent]:
        """The body's end proves nothing here."""
        return ()

    def _text(self, data: Mapping[str, Any]) -> list[StreamEvent]:
        events: list[StreamEvent] = []
        delta = data.get("delta")
        if isinstance(delta, str) and delta:
            self._has_text = True
            events.append(TextDelta(delta))
        if data.get("logprobs"):
            tokens = chat_logprobs(data["logprobs"])
            if tokens:
                events.append(TokenLogprobs(tokens))
        return events

    def _reasoning(self, kind: str, data: Mapping[str, Any]) -> Iterable[StreamEvent]:
        if kind == "response.reasoning_summary_part.added":
            self._needs_break = self._has_reasoning
        is_whole = kind.endswith("_text.done")
        if not kind.endswith(".delta") and (not is_whole or "reasoning" in self._has_deltas):
            return ()
        if not is_whole:
            self._has_deltas.add("reasoning")
        delta = data.get("text" if is_whole else "delta")
        text = delta if isinstance(delta, str) else text_of(mapping_of(delta).get("text"))
        if not text:
            return ()
        part = (data.get("item_id"), data.get("summary_index"))
        if self._has_reasoning and part != self._part:
            self._needs_break = True
        self._part = part
        if self._needs_break:
            text = "\n\n" + text
            self._needs_break = False
        self._has_reasoning = True
        return (ReasoningDelta(text),)

    def _other(self, kind: str, data: Mapping[str, Any]) -> Iterable[StreamEvent]:
        match kind:
            case "response.refusal.delta":
                self._has_refused = True
                self._has_deltas.add("text")
                return self._text(data)
            case "response.output_text.done" | "response.refusal.done" if "text" not in self._has_deltas:
                self._has_refused = self._has_refused or "refusal" in kind
                found = {"delta": data.get("text") or data.get("refusal"), "logprobs": data.get("logprobs")}
                return self._text(found)
            case "response.output_item.added" | "response.output_item.done":
                return self._item(mapping_of(data.get("item")), data, is_whole=kind.endswith("done"))
            case "response.function_call_arguments.delta" | "response.custom_tool_call_input.delta":
                piece = text_of(data.get("delta"))
                return (ToolCallDelta(self._key(data), arguments=piece),) if piece else ()
            case "response.function_call_arguments.done":
                whole = text_of(data.get("arguments"))
                return (ToolCallDelta(self._key(data), arguments=whole, replaces=True),) if whole else ()
            case "response.output_text.annotation.added":
                self._annotations.append(data.get("annotation"))
                return (MetaReport({"annotations": list(self._annotations)}),)
            case "response.created":
                return self._meta(mapping_of(data.get("response")))
            case "response.completed" | "response.incomplete" | "response.failed" | "response.cancelled":
                return self._terminal(mapping_of(data.get("response")), kind.removeprefix("response."))
            case "response":
                return self.document(data)
        if data.get("object") == "response" and isinstance(data.get("output"), list):
            return self.document(data)
        return ()

    def _item(self, item: Mapping[str, Any], data: Mapping[str, Any], *, is_whole: bool) -> Iterable[StreamEvent]:
        """A call of a tool, the user's or the provider's own; it comes twice, begun and whole."""
        kind = text_of(item.get("type"))
        if not kind or kind in _NO_CALLS:
            return ()
        key = text_of(item.get("id")) or text_of(data.get("item_id")) or text_of(item.get("call_id"))
        key = key or str(number_of(data.get("output_index")) or len(self._calls))
        index = number_of(data.get("output_index"))
        self._calls[key] = kind
        if index is not None:
            self._calls[f"#{index}"] = key
        self._last_call = key
        arguments = _arguments(item) if is_whole else ""
        name = text_of(item.get("name")) or kind.removesuffix("_call")
        return (ToolCallDelta(key, name, arguments, replaces=bool(arguments), call_id=text_of(item.get("call_id"))),)

    def _key(self, data: Mapping[str, Any]) -> str:
        """Which call a piece belongs to: by item, else by output index, else the call that began last."""
        item_id = text_of(data.get("item_id"))
        if item_id in self._calls:
            return item_id
        index = number_of(data.get("output_index"))
        return self._calls.get(f"#{index}") or self._last_call or item_id or "0"

    def _meta(self, response: Mapping[str, Any]) -> list[StreamEvent]:
        values = {key: value for key, value in response.items() if key not in _ECHOES and value not in (None, {}, [])}
        return [MetaReport(values)] if values else []

    def _terminal(self, response: Mapping[str, Any], kind: str = "") -> list[StreamEvent]:
        self.is_done = True
        status = text_of(response.get("status")) or kind
        if status in ("failed", "cancelled") or response.get("error"):
            rejection = openai_rejection({"error": response.get("error")})
            if not rejection.words:
                rejection = Rejection(words=f"the response was {status}", code=status)
            raise StreamError(rejection, status_in(response))
        events = self._missed(list_of(response.get("output")))
        events += self._meta(response)
        usage = usage_of(response.get("usage"))
        if usage is not None:
            events.append(UsageReport(usage))
        if status != "incomplete":
            return [*events, Finished(self._complete_finish())]
        reason = text_of(mapping_of(response.get("incomplete_details")).get("reason"))
        finish = Finish.FILTER if reason == "content_filter" else Finish.LENGTH
        return [*events, Finished(finish, words="" if reason == "max_output_tokens" else reason)]

    def _complete_finish(self) -> Finish:
        if "function_call" in self._calls.values() or "custom_tool_call" in self._calls.values():
            return Finish.TOOL_CALLS
        return Finish.FILTER if self._has_refused else Finish.STOP

    def _missed(self, output: list[Any]) -> list[StreamEvent]:
        """What the whole response holds and no delta brought."""
        had_text, had_reasoning, had_calls = self._has_text, self._has_reasoning, bool(self._calls)
        events: list[StreamEvent] = []
        for position, item in enumerate(map(mapping_of, output)):
            kind = item.get("type")
            if kind == "message" and not had_text:
                for part in map(mapping_of, list_of(item.get("content"))):
                    self._has_refused = self._has_refused or part.get("type") == "refusal"
                    found = {"delta": part.get("text") or part.get("refusal"), "logprobs": part.get("logprobs")}
                    events += self._text(found)
            elif kind == "reasoning" and not had_reasoning:
                parts = list_of(item.get("summary")) or list_of(item.get("content"))
                for number, part in enumerate(map(mapping_of, parts)):
                    piece = {"delta": part.get("text"), "item_id": position, "summary_index": number}
                    events += self._reasoning("response.reasoning_summary_text.delta", piece)
            elif not had_calls:
                events += self._item(item, {"output_index": position}, is_whole=True)
        return events


def _arguments(item: Mapping[str, Any]) -> str:
    for name in _HAS_OWN_ARGUMENTS:
        value = item.get(name)
        if value:
            return argument_text(value)
    return ""
