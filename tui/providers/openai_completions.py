"""The dialect `openai-completions`: text that wants to be continued, on OpenAI's legacy wire.

Spoken by Atoma, llama.cpp, vLLM and many more, also by endpoints whose chat is `openai-chat`. Prompts are text, several
texts, or token ids. Refuses to chat: there is no template that it could know.

Quirks: `default_max_tokens` (the cap sent when the user set none: some servers reserve money for the largest),
`stream_options` (false: the server refuses to be asked for usage), `infill_url` (where a gap is filled, below the host:
llama.cpp).

Source: wire-contracts 1.3, 2.1; https://platform.openai.com/docs/api-reference/completions
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from tui.domain.events import Finish, Finished, MetaReport, StreamEvent, TextDelta, TokenLogprobs, UsageReport
from tui.domain.parameters import ParameterTable
from tui.domain.request import CompletionRequest, Request
from tui.errors import ConfigError
from tui.providers.base import Endpoint, HttpCall, ModelPages, Rejection, StreamError
from tui.providers.calls import post, require_completion, wants_stream
from tui.providers.infill import can_fill, infill_call, infill_events, is_infill
from tui.providers.lenient_json import mapping_of, number_of
from tui.providers.openai_shapes import (
    compatible_rejection,
    finish_of,
    finish_rest,
    finish_words,
    is_error,
    legacy_logprobs,
    openai_rejection,
    report_added,
    status_in,
    usage_of,
)
from tui.providers.placing import finish_body, place
from tui.providers.refused import RefusedParameters

_READ_ELSEWHERE = frozenset({"choices", "usage", "object", "error"})


class OpenAICompletions:
    """The dialect; see the module."""

    name = "openai-completions"
    kinds: tuple[str, ...] = ("completion",)

    def __init__(self) -> None:
        self._refused = RefusedParameters()

    def call(self, request: Request, endpoint: Endpoint, table: ParameterTable) -> HttpCall:
        """The request as `POST /completions`.

        Raises:
            ConfigError: a chat, an empty prompt where there is no suffix, or a bad value.
        """
        asked = require_completion(request, endpoint.label or endpoint.name)
        body: dict[str, Any] = {"model": asked.model.model, "prompt": _prompt(asked)}
        parameters = with_suffix(asked, table)
        placed = place(body, parameters, table, asked.model)
        body.update(placed.special)
        is_streamed = _streams(asked, endpoint, body, placed.notes)
        if "max_completion_tokens" in body:  # the endpoint's name for it in chats; this wire knows one name only
            body.setdefault("max_tokens", body["max_completion_tokens"])
            del body["max_completion_tokens"]
        cap = endpoint.quirks.get("default_max_tokens")
        if isinstance(cap, int) and cap and "max_tokens" not in body:
            body["max_tokens"] = 16 if cap is True else cap
        if is_streamed:
            body["stream"] = True
            if endpoint.quirks.get("stream_options", True):
                body.setdefault("stream_options", {"include_usage": True})
        call = post(
            endpoint,
            "/completions",
            finish_body(body, asked.parameters),
            is_streamed=is_streamed,
            notes=placed.notes,
        )
        if "suffix" in body and can_fill(endpoint):
            call = infill_call(call, endpoint)
        return self._refused.without_refused(call)

    def reader(self, request: Request, endpoint: Endpoint, *, is_streamed: bool) -> CompletionsReader:
        """A fresh reader."""
        return CompletionsReader()

    def rejection(self, status: int, data: Any, text: str) -> Rejection:
        """What an error body says."""
        return compatible_rejection(status, data, text)

    def second_call(self, call: HttpCall, status: int, rejection: Rejection) -> HttpCall | None:
        """The request without a parameter that the server refuses."""
        return self._refused.second_call(call, status, rejection)

    def model_pages(self, endpoint: Endpoint) -> ModelPages:
        """The same listings as in chat; here the models complete text."""
        from tui.providers.openai_chat import DIALECT as CHAT

        models = yield from CHAT.model_pages(endpoint)
        return [replace(model, kinds=("completion",)) for model in models]


DIALECT = OpenAICompletions()


def _prompt(request: CompletionRequest) -> str | list[Any]:
    prompt = request.prompt
    if not prompt and not request.suffix and not request.parameters.get("suffix"):
        raise ConfigError(f"There is nothing to send to {request.model}: the prompt is empty.")
    return prompt if isinstance(prompt, str) else list(prompt)


def with_suffix(request: CompletionRequest, table: ParameterTable) -> dict[str, Any]:
    """The parameters, with the request's own suffix among them.

    Raises:
        ConfigError: there is a suffix and the model takes none; filling a gap without its end would answer
            another question.
    """
    parameters = dict(request.parameters)
    if not request.suffix:
        return parameters
    spec = table.get("suffix")
    if spec is not None and not spec.is_taken:
        raise ConfigError(f"{request.model} takes no suffix: {spec.reason}.")
    parameters["suffix"] = request.suffix
    return parameters


def _streams(asked: CompletionRequest, endpoint: Endpoint, body: dict[str, Any], notes: list[str]) -> bool:
    """Whether the reply is streamed; `best_of` picks among whole texts, so it needs one that is not.

    What the user set decides: `best_of` above `n` turns streaming off, unless streaming was asked for by name; then
    `best_of` is left out.

    Raises:
        ConfigError: `best_of` is less than `n`, or `stream` is no boolean.
    """
    is_streamed = wants_stream(asked, endpoint)
    best_of, wanted = body.get("best_of"), body.get("n", 1)
    if best_of is None:
        return is_streamed
    if best_of < wanted:
        raise ConfigError(f"best_of must be at least n ({wanted}) for {asked.model}, not {best_of}.")
    if not is_streamed or best_of == wanted:
        return is_streamed
    if asked.options.stream is None and asked.parameters.get("stream") is None:
        notes.append(f"The reply comes in one piece: the best of {best_of} is known only when all are done.")
        return False
    del body["best_of"]
    notes.append(f"best_of was not sent: it works without streaming only (stream=false), and {best_of} was asked.")
    return True


class CompletionsReader:
    """Reads one text completion. Each choice's `finish_reason` is its finish mark."""

    def __init__(self) -> None:
        self.is_done = False
        self._seen: set[int] = set()
        self._finished: set[int] = set()
        self._meta_keys: set[str] = set()

    def frame(self, data: Any, event: str = "") -> Iterable[StreamEvent]:
        """The events of one chunk.

        Raises:
            StreamError: the chunk is an error.
        """
        if not isinstance(data, dict):
            return ()
        if event == "error" or is_error(data):
            raise StreamError(openai_rejection(data), status_in(data))
        if is_infill(data):
            return list(infill_events(data))
        events: list[StreamEvent] = []
        if not self._meta_keys.issuperset(data):
            events += report_added(data, self._meta_keys, _READ_ELSEWHERE)
        choices = data.get("choices")
        if isinstance(choices, list):
            for position, choice in enumerate(choices):
                if isinstance(choice, dict):
                    self._choice(choice, position, events)
        if data.get("usage"):
            usage = usage_of(data["usage"])
            if usage is not None:
                events.append(UsageReport(usage))
        return events

    def document(self, data: Any) -> Iterable[StreamEvent]:
        """The events of a whole completion; a choice without a finish reason is over all the same."""
        events = list(self.frame(data))
        return [*events, *self._close()]

    def done_mark(self) -> Iterable[StreamEvent]:
        """`[DONE]`: finishes what has no finish reason yet."""
        self.is_done = True
        return self._close() if self._seen else [Finished(Finish.STOP)]

    def end(self) -> Iterable[StreamEvent]:
        """The body's end proves nothing: Atoma's normal end leaves finish reasons behind, a cut does not."""
        return ()

    def _close(self) -> list[StreamEvent]:
        return finish_rest(self._seen, self._finished)

    def _choice(self, choice: Mapping[str, Any], position: int, events: list[StreamEvent]) -> None:
        index = number_of(choice.get("index"))
        number = position if index is None or index < 0 else index
        self._seen.add(number)
        text = choice.get("text")
        if isinstance(text, str) and text:
            events.append(TextDelta(text, number))
        if choice.get("logprobs"):
            tokens = legacy_logprobs(choice["logprobs"])
            if tokens:
                events.append(TokenLogprobs(tokens, number))
        if choice.get("stop_reason") is not None:
            events.append(MetaReport({"stop_reason": stop_reason_of(choice["stop_reason"])}))
        reason = choice.get("finish_reason")
        finish = finish_of(reason) if reason is not None else None
        if finish is not None:
            self._finished.add(number)
            events.append(Finished(finish, number, finish_words(reason)))


def stop_reason_of(value: Any) -> Any:
    """The bare number of vLLM or text, also when Atoma wraps it as `{"Int": n}` or `{"String": "…"}`."""
    if isinstance(value, Mapping):
        inner = mapping_of(value)
        return inner.get("Int", inner.get("String", dict(inner)))
    return value
