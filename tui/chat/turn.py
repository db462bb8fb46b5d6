"""One request: its events with times, folded into a Reply; failure is an outcome, not an exception.

Metrics are taken here and nowhere else. This module refuses to know screens, files and columns.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace

from tui.chat.rhythm import Rhythm
from tui.domain.events import (
    Connected,
    CostReport,
    Finish,
    Finished,
    ReasoningDelta,
    RequestSent,
    ResponseStarted,
    StreamEvent,
    TextDelta,
    Usage,
    UsageReport,
)
from tui.domain.reply import Failure, Reply, ReplyFold, Timings
from tui.domain.request import Request
from tui.errors import ConfigError, LocalModelError, ParleyError, ProviderError, StreamBroken
from tui.providers.base import Price, Provider
from tui.text.surrogates import SurrogateJoiner

Clock = Callable[[], float]

_BURST_S = 0.05
_BURST_SHARE = 0.01
"""A reply whose text all came within both was not generated in that time, only delivered."""


def failure_of(error: ParleyError) -> Failure:
    """An error as it is shown and saved."""
    return Failure(
        kind=error.kind,
        message=str(error),
        status=getattr(error, "status", None),
        retry_after_s=getattr(error, "retry_after_s", None),
    )


class Turn:
    """One request to one model.

    Iterate `events()` once; ask for `reply()` at any moment, also after a cancellation.
    """

    def __init__(
        self, provider: Provider, request: Request, *, price: Price | None = None, clock: Clock = time.monotonic
    ) -> None:
        self.provider = provider
        self.request = request
        self.error: ParleyError | None = None
        self._price = price
        self._clock = clock
        self._fold = ReplyFold(str(request.model))
        self._joiners: dict[tuple[int, bool], SurrogateJoiner] = {}
        self._began_at = clock()
        self._sent_at = self._began_at
        """When the last try began; waiting for it says nothing about the model's speed."""
        self._tries = 0
        self._last_at: float | None = None
        """When the last event came: what the connection does after the end is no part of the reply."""
        self._first_at: float | None = None
        self._first_choice = 0
        self._head_at: float | None = None
        self._connected: Connected | None = None
        self._rhythm = Rhythm()
        self._thinking_from: float | None = None
        self._thought_s: float | None = None
        self._ended_at: float | None = None

    async def events(self) -> AsyncGenerator[StreamEvent, None]:
        """Every event of the reply, text with joined surrogates; ends without an exception on failure.

        Afterwards `error` holds what went wrong, if anything did. Cancellation passes through; call `reply()` then,
        too.
        """
        self._began_at = self._clock()
        try:
            async with aclosing(self.provider.stream(self.request)) as stream:
                async for event in stream:
                    if isinstance(event, Finished):
                        for leftover in self._flush_joiners(event.choice):
                            yield leftover
                    kept = self._take(event)
                    if kept is not None:
                        yield kept
            for leftover in self._flush_joiners():
                yield leftover
            self._ended_at = self._last_at or self._clock()
        except (ProviderError, ConfigError, LocalModelError) as error:
            self._ended_at = self._clock()
            self.error = error
            for leftover in self._flush_joiners():
                yield leftover
            self._fold.finish_open_choices(self._finish_after(error))
        except BaseException:  # cancellation and bugs: mark what came, then let them through
            self._ended_at = self._clock()
            self._flush_joiners()
            self._fold.finish_open_choices(Finish.CANCELLED)
            raise

    def _finish_after(self, error: ParleyError) -> Finish:
        """A broken stream with text is a reply cut short; everything else is an error."""
        if isinstance(error, ProviderError) and self._fold.received_chars:
            return Finish.CUT_SHORT
        if isinstance(error, StreamBroken) and error.received_chars:
            return Finish.CUT_SHORT
        return Finish.ERROR

    def _take(self, event: StreamEvent) -> StreamEvent | None:
        at = self._last_at = self._clock()
        if isinstance(event, TextDelta | ReasoningDelta):
            event = self._joined(event)
            if not event.text:
                return None
            self._rhythm.beat(at)
            if self._first_at is None:
                self._first_at, self._first_choice = at, event.choice
            if event.choice == self._first_choice:
                self._time_thinking(at, is_text=isinstance(event, TextDelta))
        elif isinstance(event, UsageReport):
            event = replace(event, usage=event.usage.plausible)
        elif isinstance(event, CostReport) and event.cost_usd < 0:
            return None  # nobody is paid for asking
        elif isinstance(event, RequestSent):
            self._tries += 1
            self._sent_at = at
            if self._tries == 1:  # a second try belongs to the wait that the user saw
                self._began_at = at
        elif isinstance(event, ResponseStarted):
            self._head_at = at
            self._connected = event.connected
            if self._tries == 1 and event.since_sent_s is not None:
                self._began_at = max(self._began_at, at - event.since_sent_s)
        self._fold.add(event)
        return event

    def _time_thinking(self, at: float, *, is_text: bool) -> None:
        if not is_text:
            self._thinking_from = at if self._thinking_from is None else self._thinking_from
        elif self._thinking_from is not None:
            self._thought_s = (self._thought_s or 0.0) + at - self._thinking_from
            self._thinking_from = None

    def _joined(self, event: TextDelta | ReasoningDelta) -> TextDelta | ReasoningDelta:
        if event.text.isascii() and not self._joiners:
            return event
        key = (event.choice, isinstance(event, TextDelta))
        joiner = self._joiners.get(key)
        if joiner is None:
            joiner = self._joiners[key] = SurrogateJoiner()
        text = joiner.feed(event.text)
        return event if text is event.text else type(event)(text, event.choice)

    def _flush_joiners(self, choice: int | None = None) -> list[TextDelta | ReasoningDelta]:
        found: list[TextDelta | ReasoningDelta] = []
        for (index, is_text), joiner in self._joiners.items():
            if choice is not None and index != choice:
                continue
            rest = joiner.flush()
            if rest:
                event = TextDelta(rest, index) if is_text else ReasoningDelta(rest, index)
                found.append(event)
                self._fold.add(event)
        return found

    # -- figures ---------------------------------------------------------------------------------------------------

    @property
    def elapsed_s(self) -> float:
        """Seconds since the request left."""
        return (self._ended_at or self._clock()) - self._began_at

    @property
    def reasoning_s(self) -> float | None:
        """Seconds that the choice which came first thought, once text came or the reply ended; None without."""
        if self._thinking_from is None or self._ended_at is None:
            return self._thought_s
        return (self._thought_s or 0.0) + max(0.0, self._ended_at - self._thinking_from)

    @property
    def received_tokens(self) -> tuple[int, bool]:
        """Output tokens so far, and whether that is an estimate."""
        known = self._fold.usage.output_tokens
        return (known, self._fold.usage.is_estimated) if known is not None else (self._fold.text_pieces, True)

    def timings(self) -> Timings:
        """The figures so far."""
        first = None if self._first_at is None else self._first_at - self._began_at
        tokens, is_estimated = self.received_tokens
        speed = None
        if self._first_at is not None and tokens:
            end = self._ended_at or self._clock()
            span = end - self._first_at
            whole = end - max(self._began_at, self._sent_at)
            # A reply that came in one piece, or in one burst, was generated before its first byte was seen.
            if self._fold.text_pieces <= 1 or span <= min(_BURST_S, whole * _BURST_SHARE):
                span = whole
            speed = tokens / span if span > 0 else None
            if self._fold.text_pieces <= 1 and is_estimated:
                speed = None
            if self._fold.generation_s and not is_estimated:
                speed = tokens / self._fold.generation_s
        connected = self._connected
        return Timings(
            first_token_s=first,
            total_s=None if self._ended_at is None else self._ended_at - self._began_at,
            tokens_per_s=speed,
            is_estimated=is_estimated and speed is not None,
            first_byte_s=None if self._head_at is None else self._head_at - self._began_at,
            gaps_ms=self._rhythm.gaps_ms if self._ended_at is not None else (),
            connect_s=None if connected is None else connected.connect_s,
            tls_s=None if connected is None else connected.tls_s,
            is_connection_reused=None if connected is None else connected.connect_s is None,
            reasoning_s=self.reasoning_s,
        )

    def reply(self) -> Reply:
        """The reply so far; whole once `events()` has ended."""
        cost_usd = cost_of(self._fold.usage, self._price)
        return self._fold.reply(
            timings=self.timings(),
            error=None if self.error is None else failure_of(self.error),
            cost_usd=cost_usd,
            cost_is_estimated=cost_usd is not None,
        )


def cost_of(usage: Usage, price: Price | None) -> float | None:
    """US dollars for `usage`, or None when the price or a count is unknown."""
    if price is None or price.input is None or price.output is None:
        return None
    if usage.input_tokens is None or usage.output_tokens is None:
        return None
    return (usage.input_tokens * price.input + usage.output_tokens * price.output) / 1e6


async def run_turn(turn: Turn) -> Reply:
    """Run a turn to its end without looking at its events."""
    async with aclosing(turn.events()) as events:
        async for _ in events:
            pass
    return turn.reply()
