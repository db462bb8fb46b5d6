"""Folding stream events into a Reply, and the figures that stand beside it.

A reply has one or more choices; each is an answer of its own. Text is exact. Costs nothing that grows with the
text: pieces are collected and joined when asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, assert_never

from tui.domain.events import (
    NO_USAGE,
    CostReport,
    Finish,
    Finished,
    MetaReport,
    Note,
    RawFrame,
    ReasoningDelta,
    RequestSent,
    ResponseStarted,
    Retrying,
    StreamEvent,
    TextDelta,
    TokenLogprob,
    TokenLogprobs,
    ToolCallDelta,
    Usage,
    UsageReport,
)

_BROKEN = "stream-broken"
"""The kind of an error after something of the reply had come."""


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds on the monotonic clock since the request left; None while unknown."""

    first_token_s: float | None = None
    total_s: float | None = None
    tokens_per_s: float | None = None
    """Output tokens per second, by the server's own clock where it tells, else between the first token and the end."""
    is_estimated: bool = False
    """Whether the speed rests on an estimated token count."""
    first_byte_s: float | None = None
    """When the head of the response was there."""
    gaps_ms: tuple[int, ...] = ()
    """How long each piece of the reply let wait for itself, in order; of a long reply the longest in each stretch."""
    connect_s: float | None = None
    """How long finding the host and connecting took, before the request left."""
    tls_s: float | None = None
    """How long agreeing on keys took after that."""
    is_connection_reused: bool | None = None
    """Whether a connection was used that was open already."""
    reasoning_s: float | None = None
    """How long the model was seen to think: from each piece of reasoning to the text after it, added up."""


NO_TIMINGS = Timings()
"""Nothing was measured."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An error as it is shown and saved: `kind` is the error class's name in kebab-case."""

    kind: str
    message: str
    status: int | None = None
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool call as the model wrote it; Parley never runs it."""

    key: str
    name: str
    arguments: str
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer."""

    index: int = 0
    text: str = ""
    reasoning: str = ""
    finish: Finish | None = None
    finish_words: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    logprobs: tuple[TokenLogprob, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, complete or not."""

    model: str
    """The model that was asked, `endpoint/model`."""
    choices: tuple[Choice, ...] = (Choice(),)
    usage: Usage = NO_USAGE
    timings: Timings = NO_TIMINGS
    cost_usd: float | None = None
    cost_is_estimated: bool = False
    meta: Mapping[str, Any] = field(default_factory=dict)
    sent: Mapping[str, Any] | None = None
    """`{"method","url","headers","json"}` as sent, secrets masked."""
    error: Failure | None = None
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The first choice's text."""
        return self.choices[0].text

    @property
    def reasoning(self) -> str:
        """The first choice's reasoning."""
        return self.choices[0].reasoning

    @property
    def finish(self) -> Finish:
        """The first choice's finish; what never ended was cut short."""
        return self.choices[0].finish or Finish.CUT_SHORT

    @property
    def is_cut_short(self) -> bool:
        """Whether any of the choices broke off after something had come, or an error came after it."""
        if self.finish is Finish.CUT_SHORT or any(choice.finish is Finish.CUT_SHORT for choice in self.choices):
            return True
        was_broken = self.error is not None and self.error.kind == _BROKEN
        return was_broken and any(choice.text or choice.reasoning for choice in self.choices)

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all was said."""
        return not any(choice.text or choice.reasoning or choice.tool_calls for choice in self.choices)


class _ChoiceParts:
    __slots__ = ("calls", "finish", "finish_words", "logprobs", "reasoning", "text")

    def __init__(self) -> None:
        self.text: list[str] = []
        self.reasoning: list[str] = []
        self.calls: dict[str, ToolCall] = {}
        self.logprobs: list[TokenLogprob] = []
        self.finish: Finish | None = None
        self.finish_words = ""

    def add_call(self, delta: ToolCallDelta) -> None:
        call = self.calls.get(delta.key, ToolCall(delta.key, "", ""))
        self.calls[delta.key] = ToolCall(
            key=delta.key,
            name=delta.name or call.name,
            arguments=delta.arguments if delta.replaces else call.arguments + delta.arguments,
            call_id=delta.call_id or call.call_id,
        )

    def choice(self, index: int) -> Choice:
        return Choice(
            index=index,
            text="".join(self.text),
            reasoning="".join(self.reasoning),
            finish=self.finish,
            finish_words=self.finish_words,
            tool_calls=tuple(self.calls.values()),
            logprobs=tuple(self.logprobs),
        )


class ReplyFold:
    """Folds events, one by one, into a Reply that can be asked for at any moment."""

    def __init__(self, model: str) -> None:
        self.model = model
        self.usage = Usage()
        self.generation_s: float | None = None
        """How long making the output took by the server's own clock; None where it does not say."""
        self.meta: dict[str, Any] = {}
        self.sent: dict[str, Any] | None = None
        self.cost_usd: float | None = None
        self.notes: list[str] = []
        self._failed_tries: list[str] = []
        self.received_chars = 0
        """Characters of text and reasoning so far."""
        self.text_pieces = 0
        """How many text and reasoning events came; the best token estimate of an unfinished stream."""
        self._choices: dict[int, _ChoiceParts] = {}

    def _choice(self, index: int) -> _ChoiceParts:
        parts = self._choices.get(index)
        if parts is None:
            parts = self._choices[index] = _ChoiceParts()
        return parts

    def add(self, event: StreamEvent) -> None:
        """Take one event in."""
        match event:
            case TextDelta(text, choice):
                self._choice(choice).text.append(text)
                self.received_chars += len(text)
                self.text_pieces += 1
            case ReasoningDelta(text, choice):
                self._choice(choice).reasoning.append(text)
                self.received_chars += len(text)
                self.text_pieces += 1
            case ToolCallDelta():
                self._choice(event.choice).add_call(event)
            case TokenLogprobs(tokens, choice):
                self._choice(choice).logprobs.extend(tokens)
            case UsageReport(usage, generation_s):
                self.usage = self.usage.merged(usage)
                self.generation_s = generation_s or self.generation_s
            case CostReport(cost_usd):
                self.cost_usd = cost_usd
            case MetaReport(values):
                self.meta.update(values)
            case Finished(finish, choice, words):
                parts = self._choice(choice)
                if finish is not Finish.STOP or parts.finish is None:  # a second mark that says less changes nothing
                    parts.finish, parts.finish_words = finish, words
            case RequestSent(method, url, headers, body):
                self.sent = {"method": method, "url": url, "headers": dict(headers), "json": body}
            case ResponseStarted(status, headers):
                self.meta["http"] = {"status": status, "headers": dict(headers)}
                if self._failed_tries:
                    self.meta["http"]["failed_tries"] = list(self._failed_tries)
            case Note(words):
                self.notes.append(words)
            case Retrying():
                self._failed_tries.append(event.cause)
                self.notes.append(f"try {event.attempt} failed: {event.cause}")
            case RawFrame():
                pass
            case _:
                assert_never(event)

    @property
    def unfinished(self) -> tuple[int, ...]:
        """Choices that have begun and have no finish mark."""
        return tuple(index for index, parts in sorted(self._choices.items()) if parts.finish is None)

    def finish_open_choices(self, finish: Finish) -> None:
        """Mark every choice without a finish mark; makes choice 0 when there is none at all."""
        if not self._choices:
            self._choice(0)
        for index in self.unfinished:
            self._choices[index].finish = finish

    def reply(
        self,
        *,
        timings: Timings | None = None,
        error: Failure | None = None,
        cost_usd: float | None = None,
        cost_is_estimated: bool = False,
        usage: Usage | None = None,
    ) -> Reply:
        """The reply so far. `cost_usd` is used when the provider reported no cost of its own."""
        reported = self.cost_usd is not None
        return Reply(
            model=self.model,
            choices=tuple(parts.choice(index) for index, parts in sorted(self._choices.items())) or (Choice(),),
            usage=usage or self.usage,
            timings=timings or Timings(),
            cost_usd=self.cost_usd if reported else cost_usd,
            cost_is_estimated=not reported and cost_is_estimated,
            meta=dict(self.meta),
            sent=self.sent,
            error=error,
            notes=tuple(self.notes),
        )
