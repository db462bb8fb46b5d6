"""Reading replies of the Messages API: blocks of text, thinking and tool calls.

The finish mark is `message_stop`; `message_delta` only says why, and its counts are totals, not additions. Refuses to
build requests: `anthropic_messages.py` does. Gateways that pass these frames on read them with the same class.

Source: wire-contracts 2.3; https://docs.anthropic.com/en/api/messages-streaming
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    Usage,
    UsageReport,
)
from tui.providers.base import Rejection, StreamError
from tui.providers.lenient_json import argument_text, list_of, mapping_of, number_of, text_of
from tui.providers.openai_shapes import is_error

_FINISHES: Mapping[str, Finish] = {
    "end_turn": Finish.STOP,
    "stop_sequence": Finish.STOP,
    "pause_turn": Finish.STOP,
    "max_tokens": Finish.LENGTH,
    "model_context_window_exceeded": Finish.LENGTH,
    "tool_use": Finish.TOOL_CALLS,
    "refusal": Finish.FILTER,
}
_PLAIN = frozenset({"end_turn", "max_tokens", "tool_use"})
"""Stop reasons that say no more than the finish they map to."""

_STATUSES: Mapping[str, int] = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}


def rejection_of(data: Any, text: str = "") -> Rejection:
    """What an error body or an `error` event says."""
    top = mapping_of(data)
    error = top.get("error")
    inner = mapping_of(error)
    words = text_of(inner.get("message")) or text_of(error) or text_of(top.get("message"))
    code = text_of(inner.get("type"))
    return Rejection(
        words=words or (text if not top else ""),
        code=code,
        request_id=text_of(top.get("request_id")),
        is_final=code == "billing_error" or "credit balance" in words.lower(),
    )


def usage_of(value: Any) -> Usage | None:
    """Token counts; cached and newly cached input count as input, which the API reports apart."""
    if not isinstance(value, Mapping):
        return None
    fresh = number_of(value.get("input_tokens"))
    read = number_of(value.get("cache_read_input_tokens"))
    written = number_of(value.get("cache_creation_input_tokens"))
    details = mapping_of(value.get("output_tokens_details"))
    thinking = number_of(details.get("thinking_tokens"))
    return Usage(
        input_tokens=None if fresh is None else fresh + (read or 0) + (written or 0),
        output_tokens=number_of(value.get("output_tokens")),
        reasoning_tokens=thinking if thinking is not None else number_of(details.get("reasoning_tokens")),
        cached_tokens=read,
    )


class AnthropicReader:
    """Reads one Messages reply. Its finish mark is `message_stop`; `message_delta` only says why."""

    def __init__(self) -> None:
        self.is_done = False
        self._stop_reason: Any = None
        self._usage: dict[str, Any] = {}
        self._withheld_was_noted = False
        self._citations: list[Any] = []
        self._signatures: list[str] = []

    def frame(self, data: Any, event: str = "") -> Iterable[StreamEvent]:
        """The events of one streamed frame.

        Raises:
            StreamError: the frame is an error.
        """
        if not isinstance(data, dict):
            return ()
        kind = data.get("type") or event
        if kind == "content_block_delta":
            return self._delta(data)
        if kind == "error" or is_error(data):
            rejection = rejection_of(data)
            raise StreamError(rejection, _STATUSES.get(rejection.code))
        match kind:
            case "content_block_start":
                return self._block(data.get("content_block"), _key(data.get("index")))
            case "message_start":
                return self._start(mapping_of(data.get("message")))
            case "message_delta":
                return self._message_delta(data)
            case "message_stop":
                return self._stop()
            case "message":
                return self.document(data)
        return ()

    def document(self, data: Any) -> Iterable[StreamEvent]:
        """The events of a reply that was not streamed.

        Raises:
            StreamError: the document is an error.
        """
        whole = mapping_of(data)
        if is_error(whole):
            rejection = rejection_of(whole)
            raise StreamError(rejection, _STATUSES.get(rejection.code))
        if not isinstance(whole.get("content"), list):
            return []
        events = self._start(whole)
        for position, block in enumerate(whole["content"]):
            events += self._block(block, str(position))
        events += self._reason(whole)
        return [*events, *self._stop()]

    def done_mark(self) -> Iterable[StreamEvent]:
        """A gateway's `[DONE]`: as good as `message_stop`."""
        return () if self.is_done else self._stop()

    def end(self) -> Iterable[StreamEvent]:
        """The body's end proves nothing here."""
        return ()

    def _start(self, message: Mapping[str, Any]) -> list[StreamEvent]:
        skipped = ("content", "usage", "stop_reason", "stop_sequence", "type", "role")
        meta = {key: value for key, value in message.items() if key not in skipped and value is not None}
        events: list[StreamEvent] = [MetaReport(meta)] if meta else []
        return events + self._count(message.get("usage"))

    def _count(self, usage: Any) -> list[StreamEvent]:
        """Overwrite what is known: the counts of `message_delta` are cumulative, and may leave input out."""
        if not isinstance(usage, dict):
            return []
        self._usage.update({key: value for key, value in usage.items() if value is not None})
        events: list[StreamEvent] = []
        known = usage_of(self._usage)
        if known is not None and known != Usage():
            events.append(UsageReport(known))
        tier = text_of(self._usage.get("service_tier"))
        if tier:
            events.append(MetaReport({"service_tier": tier}))
        return events

    def _block(self, block: Any, key: str) -> list[StreamEvent]:
        """The start of a content block in a stream, or a whole one of a document."""
        block = mapping_of(block)
        kind = text_of(block.get("type"))
        match kind:
            case "text":
                self._cite(list_of(block.get("citations")))
                text = text_of(block.get("text"))
                return [TextDelta(text), *self._citation_events()] if text else []
            case "thinking":
                self._sign(block.get("signature"))
                thinking = text_of(block.get("thinking"))
                return [ReasoningDelta(thinking)] if thinking else []
            case "redacted_thinking":
                return self._withheld()
        if kind.endswith("tool_use"):
            given = block.get("input")
            arguments = argument_text(given) if given else ""
            return [ToolCallDelta(key, text_of(block.get("name")), arguments, call_id=text_of(block.get("id")))]
        return []

    def _delta(self, data: Mapping[str, Any]) -> Iterable[StreamEvent]:
        delta = data.get("delta")
        if not isinstance(delta, dict):
            return ()
        match delta.get("type"):
            case "text_delta":
                text = delta.get("text")
                return (TextDelta(text),) if isinstance(text, str) and text else ()
            case "thinking_delta":
                thinking = delta.get("thinking")
                return (ReasoningDelta(thinking),) if isinstance(thinking, str) and thinking else ()
            case "input_json_delta":
                piece = text_of(delta.get("partial_json"))
                return (ToolCallDelta(_key(data.get("index")), arguments=piece),) if piece else ()
            case "signature_delta":
                self._sign(delta.get("signature"))
            case "citations_delta":
                self._cite([delta.get("citation")])
                return self._citation_events()
        return ()

    def _message_delta(self, data: Mapping[str, Any]) -> list[StreamEvent]:
        return [*self._reason(mapping_of(data.get("delta"))), *self._count(data.get("usage"))]

    def _reason(self, place: Mapping[str, Any]) -> list[StreamEvent]:
        self._stop_reason = place.get("stop_reason") or self._stop_reason
        named = ("stop_sequence", "stop_details", "container")
        meta = {name: place[name] for name in named if place.get(name) is not None}
        return [MetaReport(meta)] if meta else []

    def _stop(self) -> list[StreamEvent]:
        self.is_done = True
        reason = text_of(self._stop_reason)
        events: list[StreamEvent] = []
        if self._signatures:
            events.append(MetaReport({"thinking_signatures": list(self._signatures)}))
        words = "" if reason in _PLAIN else reason
        return [*events, Finished(_FINISHES.get(reason, Finish.STOP), words=words)]

    def _withheld(self) -> list[StreamEvent]:
        if self._withheld_was_noted:
            return []
        self._withheld_was_noted = True
        return [Note("Part of the thinking was withheld by the provider.")]

    def _sign(self, signature: Any) -> None:
        if isinstance(signature, str) and signature:
            self._signatures.append(signature)

    def _cite(self, citations: list[Any]) -> None:
        self._citations += [citation for citation in citations if citation]

    def _citation_events(self) -> list[StreamEvent]:
        return [MetaReport({"citations": list(self._citations)})] if self._citations else []


def _key(index: Any) -> str:
    number = number_of(index)
    return str(number) if number is not None else "0"
