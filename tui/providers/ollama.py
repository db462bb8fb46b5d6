"""The dialect `ollama`: Ollama's own API, chats and raw completions, streamed as NDJSON and not.

Also what only Ollama has: pulling a model with progress, which models are loaded, and what each can do. Refuses to
start or stop the server.

Source: wire-contracts 2.5; https://github.com/ollama/ollama/blob/main/docs/api.md
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
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
    Usage,
    UsageReport,
)
from tui.domain.parameters import ParameterTable
from tui.domain.request import ChatRequest, CompletionRequest, PromptMessage, Request
from tui.errors import ConfigError, ProviderError
from tui.providers.base import Endpoint, HttpCall, ModelFacts, ModelPages, Rejection, StreamError, then_fail
from tui.providers.calls import all_turns, get, post, wants_stream
from tui.providers.lenient_json import argument_text, list_of, mapping_of, number_of, text_of
from tui.providers.openai_completions import with_suffix
from tui.providers.openai_shapes import chat_logprobs, is_error
from tui.providers.placing import finish_body, logprobs_fields, place, put
from tui.providers.response_format import ResponseFormat

_OPTIONS = frozenset(
    {
        "num_ctx", "num_keep", "num_batch", "num_gpu", "main_gpu", "num_thread", "use_mmap", "use_mlock", "numa",
        "typical_p", "tfs_z", "repeat_last_n", "repeat_penalty", "mirostat", "mirostat_tau", "mirostat_eta",
        "penalize_newline", "num_predict", "low_vram", "draft_num_predict",
    }
)  # fmt: skip
"""Ollama's own options by wire name: they act inside `options` only, where the user should not have to know."""

_FINISHES: Mapping[str, Finish] = {"stop": Finish.STOP, "length": Finish.LENGTH}
_FIGURES = (
    "total_duration",
    "load_duration",
    "prompt_eval_count",
    "prompt_eval_duration",
    "eval_count",
    "eval_duration",
)
_SHOW_AT_MOST = 64
"""How many models of an old server are asked one by one what they can do."""


class Ollama:
    """The dialect; see the module."""

    name = "ollama"
    kinds: tuple[str, ...] = ("chat", "completion")

    def __init__(self) -> None:
        self._cannot_think: set[tuple[str, str]] = set()

    def call(self, request: Request, endpoint: Endpoint, table: ParameterTable) -> HttpCall:
        """The request as `POST /api/chat`, or `/api/generate` for a completion.

        Raises:
            ConfigError: an image given by address, several prompts, token ids, or a bad value.
        """
        is_streamed = wants_stream(request, endpoint)
        body: dict[str, Any] = {"model": request.model.model}
        if isinstance(request, ChatRequest):
            path = "/api/chat"
            body["messages"] = [_message(turn) for turn in all_turns(request)]
            parameters = request.parameters
        else:
            path = "/api/generate"
            body["prompt"] = _prompt(request)
            parameters = with_suffix(request, table)
            if "suffix" not in parameters:
                body["raw"] = True  # no chat template; with a suffix the template is what marks the gap
        placed = place(body, parameters, table, request.model)
        if path == "/api/chat" and body.pop("suffix", None) is not None:
            placed.notes.append("suffix was not sent: only text completion takes it (parley complete).")
        for name in placed.own.keys() & _OPTIONS:
            put(body, f"options.{name}", body.pop(name))
        for name, value in placed.special.items():
            _place_special(body, name, value)
        body["stream"] = is_streamed
        call = post(
            endpoint,
            _path(endpoint, path),
            finish_body(body, request.parameters),
            is_streamed=is_streamed,
            stream_type="application/x-ndjson",
            notes=placed.notes,
        )
        if (call.url, request.model.model) in self._cannot_think:
            return _without_thinking(call) or call
        return call

    def reader(self, request: Request, endpoint: Endpoint, *, is_streamed: bool) -> OllamaReader:
        """A fresh reader."""
        return OllamaReader()

    def rejection(self, status: int, data: Any, text: str) -> Rejection:
        """What an error body says."""
        return _rejection(data, text)

    def second_call(self, call: HttpCall, status: int, rejection: Rejection) -> HttpCall | None:
        """The request without `think` for a model that can't, or with a plain `true` for one that knows no levels."""
        words = rejection.words.lower()
        body = mapping_of(call.json)
        if status != 400 or "think" not in words or "think" not in body:
            return None
        if "invalid think" in words and isinstance(body["think"], str):
            note = f"reasoning_effort was sent as “on”: this server does not know {body['think']}."
            return replace(call, json={**body, "think": True}, notes=(*call.notes, note))
        if "not support" not in words:
            return None
        self._cannot_think.add((call.url, text_of(body.get("model"))))
        return _without_thinking(call)

    def model_pages(self, endpoint: Endpoint) -> ModelPages:
        """The models on the machine, which of them are loaded, and what each can do."""
        listing = mapping_of((yield get(endpoint, _path(endpoint, "/api/tags"))))
        entries = [entry for entry in map(mapping_of, list_of(listing.get("models"))) if _name(entry)]
        try:
            loaded = list_of(mapping_of((yield get(endpoint, _path(endpoint, "/api/ps")))).get("models"))
        except ProviderError:
            loaded = []  # old servers have no such page
        running = {_name(entry): entry for entry in map(mapping_of, loaded)}
        models: list[ModelFacts] = []
        for number, entry in enumerate(entries):
            shown: Mapping[str, Any] = {}
            if "capabilities" not in entry and number < _SHOW_AT_MOST:
                try:
                    shown = mapping_of((yield show_call(endpoint, _name(entry))))
                except ProviderError:
                    shown = {}
            models.append(_model(entry, shown, running.get(_name(entry))))
        return models


DIALECT = Ollama()


# -- building ----------------------------------------------------------------------------------------------------------


def _path(endpoint: Endpoint, path: str) -> str:
    """`path` below the base, whether or not the base ends in `/api` already."""
    return path.removeprefix("/api") if endpoint.base_url.rstrip("/").endswith("/api") else path


def _message(turn: PromptMessage) -> dict[str, Any]:
    message: dict[str, Any] = {"role": turn.role, "content": turn.text}
    if turn.images:
        if any(not image.base64 for image in turn.images):
            raise ConfigError("Ollama takes image files, not addresses of images; save the image and attach the file.")
        message["images"] = [image.base64 for image in turn.images]
    return message


def _prompt(request: CompletionRequest) -> str:
    if isinstance(request.prompt, str):
        return request.prompt
    raise ConfigError("Ollama completes one text at a time: give the prompt as a text, not as a list.")


def _place_special(body: dict[str, Any], name: str, value: Any) -> None:
    match name:
        case "logprobs":
            body.update(logprobs_fields(value))
        case "reasoning_effort":
            body["think"] = _think(value)
        case "response_format":
            wanted = ResponseFormat.parse(value)
            if wanted.kind != "text":
                body["format"] = "json" if wanted.kind == "json_object" else dict(wanted.schema or {})
        case "stop":
            put(body, "options.stop", value)
        case _:
            body[name] = value


def _think(value: Any) -> Any:
    """`think`: false, true, or a level."""
    words = {"none": False, "off": False, "false": False, "on": True, "true": True, "minimal": "low", "xhigh": "max"}
    return words.get(value, value) if isinstance(value, str) else value


def _without_thinking(call: HttpCall) -> HttpCall | None:
    body = dict(mapping_of(call.json))
    if "think" not in body:
        return None
    del body["think"]
    return replace(call, json=body, notes=(*call.notes, f"reasoning_effort was not sent: {body['model']} can't think."))


# -- reading -----------------------------------------------------------------------------------------------------------


def _rejection(data: Any, text: str = "") -> Rejection:
    error = data.get("error") if isinstance(data, Mapping) else data
    inner = mapping_of(error)
    words = text_of(error) or text_of(inner.get("message")) or text_of(mapping_of(data).get("message"))
    return Rejection(words=words or text, code=text_of(inner.get("code")) or text_of(inner.get("type")))


class OllamaReader:
    """Reads one reply; `done: true` is its finish mark."""

    def __init__(self) -> None:
        self.is_done = False
        self._calls = 0
        self._has_meta = False

    def frame(self, data: Any, event: str = "") -> Iterable[StreamEvent]:
        """The events of one line.

        Raises:
            StreamError: the line is an error; what text it holds is handed out before.
        """
        if not isinstance(data, dict):
            return ()
        events: list[StreamEvent] = []
        message = data.get("message")
        if isinstance(message, dict):
            thinking, text = message.get("thinking"), message.get("content")
            if message.get("tool_calls"):
                self._tool_calls(message["tool_calls"], events)
        else:
            thinking, text = data.get("thinking"), data.get("response")
        if isinstance(thinking, str) and thinking:
            events.append(ReasoningDelta(thinking))
        if isinstance(text, str) and text:
            events.append(TextDelta(text))
        if is_error(data):
            return then_fail(events, StreamError(_rejection(data), number_of(data.get("status_code"))))
        if data.get("logprobs"):
            tokens = chat_logprobs(data["logprobs"])
            if tokens:
                events.append(TokenLogprobs(tokens))
        if not self._has_meta:
            self._report(data, events)
        if data.get("done") is True:
            self._finish(data, events)
        return events

    def document(self, data: Any) -> Iterable[StreamEvent]:
        """The events of a reply in one object: a line like any other."""
        return self.frame(data)

    def done_mark(self) -> Iterable[StreamEvent]:
        """A gateway's `[DONE]`."""
        if self.is_done:
            return ()
        self.is_done = True
        return (Finished(Finish.STOP),)

    def end(self) -> Iterable[StreamEvent]:
        """The body's end proves nothing here."""
        return ()

    def _report(self, data: Mapping[str, Any], events: list[StreamEvent]) -> None:
        values = {
            key: data[key]
            for key in ("model", "created_at", "remote_model", "remote_host")
            if data.get(key) is not None
        }
        if values:
            self._has_meta = True
            events.append(MetaReport(values))

    def _tool_calls(self, calls: Any, events: list[StreamEvent]) -> None:
        for call in map(mapping_of, list_of(calls)):
            function = mapping_of(call.get("function"))
            given = function.get("arguments")
            arguments = given if isinstance(given, str) else argument_text(given or {})
            name, call_id = text_of(function.get("name")), text_of(call.get("id"))
            events.append(ToolCallDelta(str(self._calls), name, arguments, call_id=call_id))
            self._calls += 1

    def _finish(self, data: Mapping[str, Any], events: list[StreamEvent]) -> None:
        self.is_done = True
        figures = {name: data[name] for name in _FIGURES if number_of(data.get(name)) is not None}
        if figures:
            events.append(MetaReport(figures))
        usage = Usage(number_of(data.get("prompt_eval_count")), number_of(data.get("eval_count")))
        spent_ns = number_of(data.get("eval_duration"))
        if usage != Usage():
            events.append(UsageReport(usage, generation_s=spent_ns / 1e9 if spent_ns and spent_ns > 0 else None))
        reason = text_of(data.get("done_reason"))
        finish = _FINISHES.get(reason, Finish.STOP)
        if finish is Finish.STOP and self._calls:
            finish = Finish.TOOL_CALLS
        events.append(Finished(finish, words="" if reason in _FINISHES else reason))


# -- models ------------------------------------------------------------------------------------------------------------


def _name(entry: Mapping[str, Any]) -> str:
    return text_of(entry.get("model")) or text_of(entry.get("name"))


def show_call(endpoint: Endpoint, model: str) -> HttpCall:
    """What asks an Ollama server what `model` can do."""
    return post(endpoint, _path(endpoint, "/api/show"), {"model": model})


def _model(entry: Mapping[str, Any], shown: Mapping[str, Any], running: Mapping[str, Any] | None) -> ModelFacts:
    details = mapping_of(entry.get("details"))
    known = entry.get("capabilities", shown.get("capabilities"))
    abilities = [ability for ability in list_of(known) if isinstance(ability, str)] if known is not None else None
    meta: dict[str, Any] = {key: value for key, value in entry.items() if key not in ("name", "model", "details")}
    meta.update(details)
    if abilities is not None:
        meta["capabilities"] = abilities
    if running is not None:
        meta["loaded"] = {key: running[key] for key in ("expires_at", "size_vram", "context_length") if key in running}
    size = text_of(details.get("parameter_size"))
    return ModelFacts(
        id=_name(entry),
        name=f"{_name(entry)} ({size})" if size else _name(entry),
        kinds=_kinds(abilities),
        context_tokens=_context(details, shown, running),
        takes_images=None if abilities is None else "vision" in abilities,
        meta=meta,
    )


def _kinds(abilities: list[str] | None) -> tuple[str, ...]:
    """What a model does; one that only embeds does neither, and stays listed as nothing."""
    if abilities is None or "completion" in abilities:
        return ("chat", "completion")
    return ()


def _context(details: Mapping[str, Any], shown: Mapping[str, Any], running: Mapping[str, Any] | None) -> int | None:
    """The context of the model as loaded, else as trained."""
    places = [(running or {}).get("context_length"), details.get("context_length")]
    places += [value for key, value in mapping_of(shown.get("model_info")).items() if key.endswith(".context_length")]
    return next((count for count in map(number_of, places) if count), None)


@dataclass(frozen=True, slots=True)
class PullProgress:
    """How far the download of a model is."""

    status: str
    """What the server is doing, in its words (not yet cleaned)."""
    done_bytes: int | None = None
    total_bytes: int | None = None
    is_done: bool = False


def pull_call(endpoint: Endpoint, model: str) -> HttpCall:
    """What makes an Ollama server download `model`; the reply is NDJSON, one `pull_progress` a line."""
    body = {"model": model, "stream": True}
    return post(endpoint, _path(endpoint, "/api/pull"), body, is_streamed=True, stream_type="application/x-ndjson")


def pull_progress(line: Any) -> PullProgress:
    """One decoded line of a download.

    Raises:
        StreamError: the server says that it failed.
    """
    data = mapping_of(line)
    if data.get("error"):
        raise StreamError(_rejection(data))
    status = text_of(data.get("status"))
    return PullProgress(
        status, number_of(data.get("completed")), number_of(data.get("total")), is_done=status == "success"
    )
