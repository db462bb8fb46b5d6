"""Reading replies of the AI Stats gateway in all generations.

In the first two, choices are no alternatives: each output item of the upstream is one. Reasoning items are marked, the
rest is one answer. The last frame repeats everything: its figures are taken, its text is not. Frames that the gateway
passed on in an upstream's own shape are handed to that upstream's reader. Refuses to show text twice.

Source: wire-contracts 1.5
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tui.domain.events import (
    CostReport,
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
from tui.providers.base import Rejection, ReplyReader, StreamError
from tui.providers.lenient_json import list_of, mapping_of, number_of, text_of
from tui.providers.openai_shapes import (
    chat_logprobs,
    finish_of,
    finish_words,
    is_error,
    openai_rejection,
    real_of,
    report_added,
    status_in,
    usage_of,
)

_READ_ELSEWHERE = frozenset({"choices", "usage", "object", "meta", "error"})
_ANTHROPIC = frozenset(
    {
        "message_start",
        "message_delta",
        "message_stop",
        "message",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "ping",
    }
)
_WORST_FIRST = (Finish.ERROR, Finish.FILTER, Finish.LENGTH, Finish.TOOL_CALLS, Finish.STOP)


def rejection_of(data: Any, text: str = "") -> Rejection:
    """What an error says, in any of the gateway's shapes: the words first, then the code."""
    if not isinstance(data, Mapping):
        return openai_rejection(data, text)
    error = data.get("error")
    inner = mapping_of(error)
    reason, plain = text_of(data.get("reason")), text_of(error)
    said = (data.get("description"), data.get("message"), reason, plain, inner.get("message"), inner.get("description"))
    words = next((text_of(value) for value in said if text_of(value)), "")
    if words == reason and " " not in reason and " " in plain:  # one of its documents has the two the other way round
        words = f"{plain} ({reason})"
    details = "; ".join(_detail(item) for item in map(mapping_of, list_of(data.get("details"))) if _detail(item))
    upstream = mapping_of(data.get("upstream_error"))
    upstream_words = text_of(upstream.get("message"))
    hint = text_of(mapping_of(data.get("provider_failure_diagnostics")).get("hint"))
    for more in (details, upstream_words, hint):
        if more and more not in words:
            words = f"{words} ({more})" if words else more
    codes = [reason, plain, text_of(inner.get("code")), text_of(inner.get("type")), text_of(upstream.get("code"))]
    code = next((found for found in codes if found and " " not in found), "")
    attributed = text_of(data.get("error_type")) or text_of(data.get("error_origin"))
    identity = next(
        (text_of(data.get(name)) for name in ("request_id", "requestId", "generation_id") if data.get(name)), ""
    )
    return Rejection(
        words=words or text,
        code=code,
        parameter=text_of(inner.get("param")) or _parameter(list_of(data.get("details"))),
        request_id=identity,
        is_final=attributed == "user" or code in ("insufficient_funds", "key_limit_exceeded"),
    )


def _detail(item: Mapping[str, Any]) -> str:
    path = ".".join(str(part) for part in list_of(item.get("path")) if isinstance(part, str | int))
    words = text_of(item.get("message")) or text_of(item.get("msg"))
    return f"{path}: {words}" if path and words else words or path


def _parameter(details: list[Any]) -> str:
    for item in map(mapping_of, details):
        path = [str(part) for part in list_of(item.get("path")) if isinstance(part, str | int)]
        if path:
            return ".".join(path)
    return ""


class AiStatsReader:
    """Reads one reply of a given generation."""

    def __init__(self, generation: int = 1) -> None:
        self._is_collapsed = generation < 3
        self._is_done = False
        self._upstream: ReplyReader | None = None
        self._had: set[tuple[str, int]] = set()
        """What came so far: kinds of text per choice."""
        self._open: set[int] = set()
        self._finished: set[int] = set()
        self._ends: list[tuple[Finish, str, bool]] = []
        """Finish reasons of output items so far, forgotten when more is said: an item's end is not the reply's."""
        self._meta_keys: set[str] = set()

    @property
    def is_done(self) -> bool:
        """Whether nothing more is read."""
        return self._is_done or (self._upstream is not None and self._upstream.is_done)

    def frame(self, data: Any, event: str = "") -> Iterable[StreamEvent]:
        """The events of one streamed frame.

        Raises:
            StreamError: the frame is an error.
        """
        if not isinstance(data, dict):
            return ()
        if is_error(data):
            raise StreamError(rejection_of(data), status_in(data))
        kind = data.get("type")
        if isinstance(kind, str) and "choices" not in data:
            return self._foreign(kind, data, event)
        events: list[StreamEvent] = []
        if not self._meta_keys.issuperset(data):
            events += report_added(data, self._meta_keys, _READ_ELSEWHERE)
        if data.get("object") == "chat.completion":
            self._snapshot(data, events)
            return events
        choices = data.get("choices")
        if isinstance(choices, list):
            for position, choice in enumerate(choices):
                if isinstance(choice, dict):
                    self._choice(choice, position, events)
        if data.get("usage") or data.get("meta"):
            self._figures(data, events)
        return events

    def document(self, data: Any) -> Iterable[StreamEvent]:
        """The events of a whole reply.

        Raises:
            StreamError: the document is an error.
        """
        if not isinstance(data, dict):
            return ()
        if is_error(data):
            raise StreamError(rejection_of(data), status_in(data))
        kind = data.get("type")
        if "choices" not in data:
            if kind == "message" or data.get("object") == "response":
                return self._upstream_for(text_of(kind) or "response.").document(data)
            return ()
        events: list[StreamEvent] = []
        events += report_added(data, self._meta_keys, _READ_ELSEWHERE)
        self._snapshot(data, events)
        return events

    def done_mark(self) -> Iterable[StreamEvent]:
        """`[DONE]`, which not every upstream's adapter sends."""
        self._is_done = True
        if self._upstream is not None:
            return self._upstream.done_mark()
        if self._ends:
            return self.end()
        left = sorted(self._open - self._finished) or ([] if self._finished else [0])
        return [self._finish(Finish.STOP, choice) for choice in left]

    def end(self) -> Iterable[StreamEvent]:
        """The body's end proves nothing: the snapshot does, or the finish reason of the last output item."""
        if self._upstream is not None:
            return self._upstream.end()
        return [self._overall(0, self._ends)] if self._ends and not self._finished else ()

    # -- frames in an upstream's own shape -------------------------------------------------------------------------

    def _foreign(self, kind: str, data: dict[str, Any], event: str) -> Iterable[StreamEvent]:
        if kind not in _ANTHROPIC and not kind.startswith("response."):
            return ()
        events: list[StreamEvent] = []
        gateway = {name: data[name] for name in ("provider", "gateway") if data.get(name)}
        if gateway and not self._meta_keys.issuperset(gateway):
            self._meta_keys.update(gateway)
            events.append(MetaReport(gateway))
        return [*events, *self._upstream_for(kind).frame(data, event)]

    def _upstream_for(self, kind: str) -> ReplyReader:
        if self._upstream is None:
            if kind.startswith("response."):
                from tui.providers.openai_responses import ResponsesReader

                self._upstream = ResponsesReader()
            else:
                from tui.providers.anthropic_reader import AnthropicReader

                self._upstream = AnthropicReader()
        return self._upstream

    # -- the gateway's own shape -----------------------------------------------------------------------------------

    def _number(self, choice: Mapping[str, Any], position: int) -> int:
        if self._is_collapsed:
            return 0
        index = number_of(choice.get("index"))
        return position if index is None else index

    def _choice(self, choice: Mapping[str, Any], position: int, events: list[StreamEvent]) -> None:
        number = self._number(choice, position)
        self._open.add(number)
        thinks = choice.get("reasoning") is True
        said = choice.get("delta") or choice.get("message")
        if isinstance(said, dict):
            self._said(said, number, thinks, events)
        if choice.get("logprobs"):
            self._probabilities(choice["logprobs"], number, thinks, events)
        reason = choice.get("finish_reason")
        finish = finish_of(reason) if reason is not None else None
        if finish is None:
            return
        if not self._is_collapsed:
            events.append(self._finish(finish, number, finish_words(reason)))
        elif not thinks:
            self._ends.append((finish, finish_words(reason), thinks))

    def _said(self, said: Mapping[str, Any], number: int, thinks: bool, events: list[StreamEvent]) -> None:
        known = len(events)
        text = said.get("content")
        if isinstance(text, list):
            text = "".join(text_of(part.get("text")) for part in map(mapping_of, text))
        if isinstance(text, str) and text:
            self._had.add(("reasoning" if thinks else "text", number))
            events.append(ReasoningDelta(text, number) if thinks else TextDelta(text, number))
        reasoning = said.get("reasoning_content") or said.get("reasoning")
        if isinstance(reasoning, str) and reasoning:
            self._had.add(("reasoning", number))
            events.append(ReasoningDelta(reasoning, number))
        refusal = said.get("refusal")
        if isinstance(refusal, str) and refusal:
            self._had.add(("text", number))
            events.append(TextDelta(refusal, number))
        calls = said.get("tool_calls")
        for position, call in enumerate(list_of(calls)) if calls else ():
            self._tool(mapping_of(call), position, number, events)
        if self._ends and len(events) > known:
            self._ends.clear()

    def _tool(self, call: Mapping[str, Any], position: int, number: int, events: list[StreamEvent]) -> None:
        self._had.add(("tools", number))
        function = mapping_of(call.get("function"))
        name, arguments = text_of(function.get("name")), text_of(function.get("arguments"))
        identity = text_of(call.get("id"))
        index = number_of(call.get("index"))
        slot = str(position if index is None else index)
        key = identity or slot if self._is_collapsed else slot
        events.append(ToolCallDelta(key, name, arguments, replaces=self._is_collapsed, call_id=identity, choice=number))

    def _probabilities(self, found: Any, number: int, thinks: bool, events: list[StreamEvent]) -> None:
        tokens = () if thinks else chat_logprobs(found)
        if tokens:
            self._had.add(("logprobs", number))
            events.append(TokenLogprobs(tokens, number))

    def _finish(self, finish: Finish, number: int, words: str = "") -> Finished:
        self._finished.add(number)
        return Finished(finish, number, words)

    def _snapshot(self, data: Mapping[str, Any], events: list[StreamEvent]) -> None:
        """The whole reply: its figures and finish, and only as much text as no delta had brought."""
        had = frozenset(self._had)
        finishes: dict[int, list[tuple[Finish, str, bool]]] = {}
        for position, choice in enumerate(list_of(data.get("choices"))):
            if not isinstance(choice, dict):
                continue
            number = self._number(choice, position)
            thinks = choice.get("reasoning") is True
            self._unheard(mapping_of(choice.get("message")), number, thinks, had, events)
            if choice.get("logprobs") and ("logprobs", number) not in had:
                self._probabilities(choice["logprobs"], number, thinks, events)
            finish = finish_of(choice.get("finish_reason"))
            if finish is not None:
                finishes.setdefault(number, []).append((finish, finish_words(choice["finish_reason"]), thinks))
            else:
                finishes.setdefault(number, [])
        self._figures(data, events)
        for number, found in sorted(finishes.items()):
            events.append(self._overall(number, found))

    def _unheard(
        self,
        said: Mapping[str, Any],
        number: int,
        thinks: bool,
        had: frozenset[tuple[str, int]],
        events: list[StreamEvent],
    ) -> None:
        kept: dict[str, Any] = {}
        if ("reasoning" if thinks else "text", number) not in had:
            kept = {name: said.get(name) for name in ("content", "refusal")}
        if ("reasoning", number) not in had:
            kept |= {name: said.get(name) for name in ("reasoning_content", "reasoning")}
        if ("tools", number) not in had:
            kept["tool_calls"] = said.get("tool_calls")
        self._said(kept, number, thinks, events)

    def _overall(self, number: int, found: list[tuple[Finish, str, bool]]) -> Finished:
        """One finish for a choice made of several items: the worst of the answer's, else of the thinking's."""
        answer = [(finish, words) for finish, words, thinks in found if not thinks]
        candidates = answer or [(finish, words) for finish, words, _ in found] or [(Finish.STOP, "")]
        finish, words = min(candidates, key=lambda item: _rank(item[0]))
        return self._finish(finish, number, words)

    def _figures(self, data: Mapping[str, Any], events: list[StreamEvent]) -> None:
        raw = data.get("usage")
        if raw:
            usage = usage_of(raw)
            if usage is not None:
                events.append(UsageReport(usage))
            cost = _cost(mapping_of(raw))
            if cost is not None:
                events.append(CostReport(cost))
            pricing = mapping_of(raw).get("pricing")
            if pricing:
                events.append(MetaReport({"pricing": pricing}))
        if data.get("meta"):
            events.append(MetaReport({"meta": data["meta"]}))


def _rank(finish: Finish) -> int:
    return _WORST_FIRST.index(finish) if finish in _WORST_FIRST else 0


def _cost(usage: Mapping[str, Any]) -> float | None:
    """What the reply cost in US dollars: exact text first, then billionths, then cents."""
    pricing = mapping_of(usage.get("pricing"))
    if text_of(pricing.get("currency")) not in ("", "USD"):
        return None
    try:
        exact = real_of(float(text_of(pricing.get("total_usd_str"))))
    except ValueError:
        exact = None
    if exact is not None and exact >= 0:
        return exact
    nanos = real_of(pricing.get("total_nanos"))
    if nanos is not None and nanos >= 0:
        return nanos / 1e9
    cost = real_of(usage.get("cost"))
    return cost if cost is not None and cost >= 0 else None
