"""The dialect `hatz`: Hatz AI's chat completions.

A stream is NDJSON of `{"message", "type"}` and carries neither usage nor a finish mark: its clean end is the end of the
reply. Messages are plain text; files go by `file_uuids`. Refuses sampling parameters: the API has none
(`extra_body` still reaches it).

Source: wire-contracts 1.1; https://api-docs.hatz.ai
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from tui.domain.events import (
    Finish,
    Finished,
    MetaReport,
    Note,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
    UsageReport,
)
from tui.domain.parameters import ParameterTable
from tui.domain.request import ChatRequest, Request
from tui.errors import ProviderError
from tui.providers.base import Endpoint, HttpCall, ModelFacts, ModelPages, Rejection, StreamError
from tui.providers.calls import check_turns, get, post, refuse_images, require_chat, system_text, wants_stream
from tui.providers.lenient_json import list_of, mapping_of, number_of, text_of
from tui.providers.openai_shapes import detail_words, finish_of, openai_rejection, usage_of
from tui.providers.placing import finish_body, place
from tui.providers.thinking_tags import ThinkingSplitter

_TOOL_TYPES = frozenset({"tool_call", "tool", "tool_use"})
_READ_ELSEWHERE = frozenset({"choices", "usage", "object"})


class Hatz:
    """The dialect; see the module."""

    name = "hatz"
    kinds: tuple[str, ...] = ("chat",)

    def call(self, request: Request, endpoint: Endpoint, table: ParameterTable) -> HttpCall:
        """The request as `POST /chat/completions`.

        Raises:
            ConfigError: a text completion, an empty prompt, an image, or a bad value.
        """
        chat = require_chat(request, endpoint.label or endpoint.name)
        refuse_images(chat, "Hatz takes text only in messages; upload the image there and pass its id in file_uuids.")
        is_streamed = wants_stream(chat, endpoint)
        body: dict[str, Any] = {"messages": _messages(chat), "model": chat.model.model, "stream": is_streamed}
        placed = place(body, chat.parameters, table, chat.model)
        body.update(placed.special)
        return post(
            endpoint,
            "/chat/completions",
            finish_body(body, chat.parameters),
            is_streamed=is_streamed,
            stream_type="application/json",  # what the official client asks for in both cases
            notes=placed.notes,
        )

    def reader(self, request: Request, endpoint: Endpoint, *, is_streamed: bool) -> HatzReader:
        """A fresh reader."""
        return HatzReader()

    def rejection(self, status: int, data: Any, text: str) -> Rejection:
        """What an error body says; waiting does not bring credit back."""
        found = openai_rejection(data, text)
        has_no_credit = status == 429 and "credit" in found.words.lower()
        return replace(found, is_final=True) if has_no_credit else found

    def second_call(self, call: HttpCall, status: int, rejection: Rejection) -> HttpCall | None:
        """None: there is nothing in the request that could be left out."""
        return None

    def model_pages(self, endpoint: Endpoint) -> ModelPages:
        """The server's choice, its models, and the agents of the account."""
        listing = mapping_of((yield get(endpoint, "/chat/models")))
        models = [_AUTO]
        models += [
            _model(entry) for entry in map(mapping_of, list_of(listing.get("data"))) if text_of(entry.get("name"))
        ]
        try:
            agents = mapping_of((yield get(endpoint, "/chat/agents")))
        except ProviderError:
            return models  # accounts without agents
        return models + [
            _agent(entry) for entry in map(mapping_of, list_of(agents.get("data"))) if text_of(entry.get("id"))
        ]


DIALECT = Hatz()

_AUTO = ModelFacts("auto", "Chosen by Hatz for each prompt", parameters=(), takes_images=False)


def _messages(chat: ChatRequest) -> list[dict[str, str]]:
    turns = [message for message in chat.messages if message.role != "system" and message.text]
    check_turns(turns, chat)
    system = system_text(chat)
    messages = [{"role": "system", "content": system}] if system.strip() else []
    roles = {"assistant": "assistant"}
    return messages + [{"role": roles.get(turn.role, "user"), "content": turn.text} for turn in turns]


def _model(entry: Mapping[str, Any]) -> ModelFacts:
    known = ("name", "display_name", "max_tokens")
    return ModelFacts(
        id=text_of(entry.get("name")),
        name=text_of(entry.get("display_name")),
        context_tokens=number_of(entry.get("max_tokens")),
        parameters=(),
        takes_images=False,  # whatever `vision` says: pictures go by upload, not in messages
        meta={key: value for key, value in entry.items() if key not in known},
    )


def _agent(entry: Mapping[str, Any]) -> ModelFacts:
    identity = text_of(entry.get("id"))
    meta = {key: value for key, value in entry.items() if key not in ("id", "name", "instructions")}
    name = text_of(entry.get("name")) or identity
    return ModelFacts(f"agent-{identity.removeprefix('agent-')}", name, parameters=(), takes_images=False, meta=meta)


class HatzReader:
    """Reads one reply, as lines or whole."""

    def __init__(self) -> None:
        self.is_done = False
        self._splitter = ThinkingSplitter()
        self._tools = 0
        self._is_finished = False
        self._has_lines = False

    def frame(self, data: Any, event: str = "") -> Iterable[StreamEvent]:
        """The events of one line.

        Raises:
            StreamError: the line is an error.
        """
        if not isinstance(data, dict):
            return ()
        kind, message = data.get("type"), data.get("message")
        if kind == "content" and isinstance(message, str) and not data.get("error"):
            self._has_lines = True
            if "<" not in message and self._splitter.is_plain:
                return (TextDelta(message),) if message else ()
            return self._text(message)
        if data.get("error") or kind == "error" or data.get("object") == "error":
            raise StreamError(_error_of(data))
        if isinstance(data.get("choices"), list):
            return self._choices(data)
        if "detail" in data and kind is None:
            raise StreamError(openai_rejection(data))
        if not isinstance(kind, str):
            return ()
        return self._status(kind, text_of(message), data)

    def document(self, data: Any) -> Iterable[StreamEvent]:
        """The events of a whole reply; the server gives no finish reason, so being whole is the mark."""
        if isinstance(data, list):
            events = [event for item in data for event in self.frame(item)]
        else:
            events = list(self.frame(data))
        if self._has_lines or (isinstance(data, dict) and isinstance(data.get("choices"), list)):
            events += self.end()
        return events

    def done_mark(self) -> Iterable[StreamEvent]:
        """A `[DONE]` line, as good as the end."""
        events = self.end()
        self.is_done = True
        return events

    def end(self) -> list[StreamEvent]:
        """A clean end completes the reply: there is no other mark."""
        events = self._pieces(self._splitter.flush())
        if not self._is_finished:
            self._is_finished = True
            events.append(Finished(Finish.STOP))
        return events

    def _text(self, text: str, choice: int = 0) -> list[StreamEvent]:
        if choice == 0:
            return self._pieces(self._splitter.feed(text))
        splitter = ThinkingSplitter()
        return self._pieces([*splitter.feed(text), *splitter.flush()], choice)

    @staticmethod
    def _pieces(pieces: list[tuple[bool, str]], choice: int = 0) -> list[StreamEvent]:
        return [ReasoningDelta(text, choice) if thinks else TextDelta(text, choice) for thinks, text in pieces]

    def _status(self, kind: str, message: str, data: Mapping[str, Any]) -> list[StreamEvent]:
        if kind == "thinking":
            return [ReasoningDelta(message)] if message else []
        if kind == "summary":
            return [Note(message)] if message else []
        if kind not in _TOOL_TYPES:
            return []
        name = text_of(data.get("name")) or text_of(data.get("tool"))
        if not name:
            return [Note(f"Tool: {message}")] if message else []
        self._tools += 1
        return [ToolCallDelta(str(self._tools - 1), name, message)]

    def _choices(self, data: Mapping[str, Any]) -> list[StreamEvent]:
        """OpenAI's shape: the whole reply, or a chunk of one with `delta`."""
        events: list[StreamEvent] = []
        meta = {key: value for key, value in data.items() if key not in _READ_ELSEWHERE and value is not None}
        if meta:
            events.append(MetaReport(meta))
        for position, entry in enumerate(map(mapping_of, list_of(data.get("choices")))):
            index = number_of(entry.get("index"))
            choice = position if index is None else index
            said = mapping_of(entry.get("message")) or mapping_of(entry.get("delta"))
            content = said.get("content")  # a text; of models behind it perhaps in parts
            parts = [text_of(mapping_of(part).get("text")) for part in list_of(content)]
            events += self._text(text_of(content) or "".join(parts), choice)
            finish = finish_of(entry.get("finish_reason"))
            if finish is not None or (choice and "message" in entry):
                self._is_finished = self._is_finished or choice == 0
                events.append(Finished(finish or Finish.STOP, choice))
        usage = usage_of(data.get("usage"))
        return [*events, UsageReport(usage)] if usage is not None else events


def _error_of(data: Mapping[str, Any]) -> Rejection:
    found = openai_rejection(data)
    words = found.words or text_of(data.get("message")) or detail_words(data.get("detail"))
    return replace(found, words=words)
