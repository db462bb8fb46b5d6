"""What a reply is made of while it arrives: the StreamEvent union.

A provider is one async generator of these. They carry plain values of the standard library; text is exact (not yet
cleaned for display). This module refuses to know any wire format.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

IMPOSSIBLE = -3.4028234663852886e38
"""The log-probability of a token that cannot come. It is minus infinity, for which JSON has no number: this is the one
that llama.cpp sends instead."""


class Finish(StrEnum):
    """Why a reply ended, in the words that scripts see."""

    STOP = "stop"
    LENGTH = "length"
    FILTER = "filter"
    TOOL_CALLS = "tool_calls"
    CUT_SHORT = "cut_short"
    CANCELLED = "cancelled"
    ERROR = "error"

    @property
    def is_complete(self) -> bool:
        """Whether the provider said that the reply is over."""
        return self not in (Finish.CUT_SHORT, Finish.CANCELLED, Finish.ERROR)


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the answer of one choice."""

    text: str
    choice: int = 0


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """The next piece of the model's thinking of one choice."""

    text: str
    choice: int = 0


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A piece of a tool call; Parley shows tool calls and never runs them."""

    key: str
    """What identifies the call within its choice: its index or id on the wire."""
    name: str = ""
    arguments: str = ""
    """JSON text: the next piece, or all of it so far when `replaces` is true."""
    replaces: bool = False
    call_id: str = ""
    choice: int = 0


@dataclass(frozen=True, slots=True)
class Alternative:
    """A token that could have stood here, with its natural-log probability."""

    token: str
    logprob: float


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """One token of the reply with its natural-log probability (None: not reported) and the alternatives."""

    token: str
    logprob: float | None
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True)
class TokenLogprobs:
    """Probabilities of the next tokens of one choice."""

    tokens: tuple[TokenLogprob, ...]
    choice: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts as the server reported them; None is unknown, never 0."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    """All output, reasoning included, when the server counts it so."""
    reasoning_tokens: int | None = None
    cached_tokens: int | None = None
    is_estimated: bool = False

    @property
    def plausible(self) -> Usage:
        """This usage; a count below zero, which no server can mean, is unknown."""
        counts = (self.input_tokens, self.output_tokens, self.reasoning_tokens, self.cached_tokens)
        if all(count is None or count >= 0 for count in counts):
            return self
        known = [None if count is None or count < 0 else count for count in counts]
        return Usage(known[0], known[1], known[2], known[3], self.is_estimated)

    def merged(self, newer: Usage) -> Usage:
        """This usage with every figure that `newer` knows replaced by it."""
        return Usage(
            input_tokens=newer.input_tokens if newer.input_tokens is not None else self.input_tokens,
            output_tokens=newer.output_tokens if newer.output_tokens is not None else self.output_tokens,
            reasoning_tokens=newer.reasoning_tokens if newer.reasoning_tokens is not None else self.reasoning_tokens,
            cached_tokens=newer.cached_tokens if newer.cached_tokens is not None else self.cached_tokens,
            is_estimated=newer.is_estimated,
        )


NO_USAGE = Usage()
"""Nothing is known; one for all, since a long session has a hundred thousand messages that know nothing."""


@dataclass(frozen=True, slots=True)
class UsageReport:
    """Token counts; a later report overrides the figures it knows."""

    usage: Usage
    generation_s: float | None = None
    """How long making the output took by the server's own clock, where it says (Ollama)."""


@dataclass(frozen=True, slots=True)
class CostReport:
    """What the provider says the reply cost, in US dollars."""

    cost_usd: float


@dataclass(frozen=True, slots=True)
class MetaReport:
    """What the provider added, verbatim; merged key by key into `meta`."""

    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Finished:
    """The finish mark of one choice."""

    finish: Finish
    choice: int = 0
    words: str = ""
    """The provider's own word for it, when it says more than `finish`."""


@dataclass(frozen=True, slots=True)
class RequestSent:
    """The request as it left, secrets masked; comes again for each try."""

    method: str
    url: str
    headers: Mapping[str, str]
    json: Any


@dataclass(frozen=True, slots=True)
class Connected:
    """What it took to reach the server, before the request left."""

    connect_s: float | None = None
    """Finding the host's address and connecting; None: a connection that was open already was used again."""
    tls_s: float | None = None
    """Agreeing on keys; None without encryption, or on a connection used again."""


@dataclass(frozen=True, slots=True)
class ResponseStarted:
    """The response head, secrets masked."""

    status: int
    headers: Mapping[str, str]
    since_sent_s: float | None = None
    """Seconds since the last byte of the request had left, where that is known."""
    connected: Connected | None = None
    """How the connection came about, where that is known."""


@dataclass(frozen=True, slots=True)
class Retrying:
    """A try failed before anything was shown; the next one starts after `wait_s` seconds."""

    attempt: int
    """The number of the try that failed, from 1."""
    attempts: int
    """How many tries there are in all."""
    wait_s: float
    cause: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something the user may want to know: a line that was skipped, a parameter that was dropped."""

    words: str


@dataclass(frozen=True, slots=True)
class RawFrame:
    """One decoded frame of the wire as text, for the inspector; sent only when asked for."""

    text: str
    event: str = field(default="")


StreamEvent = (
    TextDelta
    | ReasoningDelta
    | ToolCallDelta
    | TokenLogprobs
    | UsageReport
    | CostReport
    | MetaReport
    | Finished
    | RequestSent
    | ResponseStarted
    | Retrying
    | Note
    | RawFrame
)
