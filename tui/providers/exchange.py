"""Joins a dialect, an endpoint and the HTTP client into a provider: one async generator of events per request.

Decides when to send again, how long to wait, and whether what came is a reply. Once anything was shown nothing is sent
again. Refuses to know any wire format.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Protocol

from tui.domain.events import (
    Finished,
    MetaReport,
    Note,
    RawFrame,
    RequestSent,
    ResponseStarted,
    Retrying,
    StreamEvent,
)
from tui.domain.parameters import ParameterTable
from tui.domain.request import ChatRequest, CompletionRequest, Request
from tui.errors import ProviderError
from tui.providers import faults
from tui.providers.base import Dialect, Endpoint, HttpCall, ModelFacts, Rejection, Timeouts
from tui.providers.faults import Talk
from tui.providers.framing import Framing
from tui.providers.http import HttpClient, HttpResponse
from tui.providers.lenient_json import list_of, mapping_of
from tui.providers.outgoing import finished_call
from tui.providers.own_body import with_own_body
from tui.providers.placing import clamped
from tui.providers.reading import Reading
from tui.providers.retrying import Tries, TryFailed, retry_policy, time_limits
from tui.providers.sse import TooLarge
from tui.providers.transport_faults import silence
from tui.providers.unpacking import BodyBroken
from tui.text.redact import mask_headers, mask_json

LINE_DIALECTS = frozenset({"ollama", "hatz"})
"""Dialects that stream one JSON value a line; others may, and are believed when they do."""

_WITH_SERVER_WORDS = frozenset({MetaReport, Note, Finished, RawFrame})
"""Events in which a server may echo a key, beside what the model says."""
_AFTER_FINISH_S = 5.0
"""How long usage and `[DONE]` are waited for once every choice has ended."""


class FindTable(Protocol):
    """Finds what a model takes, given the parameters that are set already."""

    def __call__(self, endpoint: Endpoint, model: str, settings: Mapping[str, Any] | None = None) -> ParameterTable:
        """The table."""
        ...


class HttpProvider:
    """An endpoint that is talked to over HTTP."""

    def __init__(
        self,
        endpoint: Endpoint,
        http: HttpClient,
        dialect: Dialect,
        *,
        table_for: FindTable,
        completion_dialect: Dialect | None = None,
    ) -> None:
        self.endpoint = endpoint
        self._http = http
        self._dialect = dialect
        self._completion_dialect = completion_dialect
        self._table_for = table_for

    def parameters(self, model: str) -> ParameterTable:
        """What a model takes."""
        return self._table_for(self.endpoint, model)

    def prepare(self, request: ChatRequest | CompletionRequest) -> HttpCall:
        """The request as it would be sent, without sending it.

        Raises:
            ConfigError: the request cannot be made.
        """
        dialect, endpoint = self._wire_for(request)
        for overlaid, settings in ((retry_policy, request.options.retry), (time_limits, request.options.timeout)):
            overlaid(endpoint, settings)  # refuses what it does not know, before anything is recorded
        table = self._table_for(endpoint, request.model.model, request.parameters)
        request, notes = clamped(request, table)
        made = with_own_body(request, lambda asked: dialect.call(asked, endpoint, table))
        made = replace(made, notes=(*notes, *made.notes))
        return _finished(made, request)

    async def models(self) -> list[ModelFacts]:
        """The models of the endpoint.

        Raises:
            ProviderError: the listing failed.
        """
        return await list_models(self._http, self._dialect, self.endpoint)

    async def stream(self, request: ChatRequest | CompletionRequest) -> AsyncGenerator[StreamEvent, None]:
        """Send the request, yield events as they come; ends normally only after every choice's finish mark.

        Raises:
            ConfigError: the request cannot be made.
            ProviderError: the request failed, or the reply broke off; text already yielded stays valid.
        """
        call = self.prepare(request)
        dialect, endpoint = self._wire_for(request)
        limits = time_limits(endpoint, request.options.timeout)
        tries = Tries(retry_policy(endpoint, request.options.retry))
        has_second = True
        for words in (*self._first_warnings(), *call.notes):
            yield Note(words)
        while True:
            yield _sent(call, endpoint)
            try:
                async with aclosing(self._one_try(call, request, limits, tries)) as events:
                    async for event in events:
                        yield event
                return
            except TryFailed as failed:
                failure = failed
            second = _second_call(dialect, call, failure) if has_second else None
            if second is not None:
                has_second = False
                for words in second.notes[len(call.notes) :]:
                    yield Note(words)
                call = _finished(second, request)
                continue
            wait_s = tries.wait_after(failure)
            if wait_s is None:
                raise failure.error from failure.__cause__
            yield Retrying(tries.attempt, tries.attempts, wait_s, failure.cause)
            await asyncio.sleep(wait_s)
            tries.attempt += 1

    def _first_warnings(self) -> tuple[str, ...]:
        """What is amiss with the endpoint's key, said with the first request and not with every one."""
        if self.endpoint.name in self._http.warned:
            return ()
        self._http.warned.add(self.endpoint.name)
        return self.endpoint.warnings

    def _wire_for(self, request: Request) -> tuple[Dialect, Endpoint]:
        """The dialect for a request; completions may have one of their own beside an endpoint's chat."""
        if isinstance(request, CompletionRequest) and self._completion_dialect is not None:
            return self._completion_dialect, replace(self.endpoint, dialect=self._completion_dialect.name)
        return self._dialect, self.endpoint

    async def _one_try(
        self, call: HttpCall, request: Request, limits: Timeouts, tries: Tries
    ) -> AsyncGenerator[StreamEvent, None]:
        """One request and its reply.

        Raises:
            TryFailed: nothing of a reply was shown; another try may follow.
            ProviderError: the reply broke off.
        """
        dialect, endpoint = self._wire_for(request)
        talk = Talk.about(call, endpoint, request.model.model)
        began = asyncio.get_running_loop().time()
        response = await self._http.send(call, endpoint, limits, model=request.model.model)
        try:
            yield _head(response, talk)
            await self._http.check(response, talk, dialect.rejection, tries)
            framing = Framing(
                is_streamed=call.is_streamed,
                content_type=response.headers.get("content-type", ""),
                prefers_lines=dialect.name in LINE_DIALECTS,
            )
            reader = dialect.reader(request, endpoint, is_streamed=call.is_streamed)
            reading = Reading(
                reader, framing, wants_frames=request.options.wants_frames, redact=talk.redactor.redact_cut
            )
            clock = _ContentClock(limits, began, wanted_choices(call))
            cause: Exception | None = None
            try:
                while not reading.is_over:
                    piece = await response.read(clock.deadline)
                    for event in reading.feed(piece) if piece else reading.end():
                        yield _without_secrets(event, talk) if type(event) in _WITH_SERVER_WORDS else event
                    clock.tick(reading)
            except (TimeoutError, BodyBroken, TooLarge) as broken:
                cause = broken
            for event in reading.rest():
                yield event
            failure = _verdict(reading, cause, talk, clock, response, tries.attempt)
            if failure is not None:
                raise failure from cause
            if cause is not None and not isinstance(cause, TimeoutError):
                yield Note(f"The connection broke after the reply had ended ({cause}); figures may be missing.")
            if reading.is_over and cause is None:
                await response.drain()
        finally:
            await response.close()


def _finished(call: HttpCall, request: Request) -> HttpCall:
    """The call with the headers that this one request has of its own."""
    return finished_call(call, request.options.extra_headers, secret_headers=request.options.secret_headers)


async def list_models(http: HttpClient, dialect: Dialect, endpoint: Endpoint) -> list[ModelFacts]:
    """Ask an endpoint for its models, page by page; a failing call is thrown into the dialect, which may do without.

    Raises:
        ProviderError: the listing failed.
    """
    pages = dialect.model_pages(endpoint)
    try:
        call = next(pages)
        while True:
            try:
                body = await http.get_json(call, endpoint, read_rejection=dialect.rejection)
            except ProviderError as error:
                call = pages.throw(error)
            else:
                call = pages.send(body)
    except StopIteration as end:
        models: list[ModelFacts] = end.value
        return models
    finally:
        pages.close()


class _ContentClock:
    """When to stop waiting: pings and metadata do not count, only content does."""

    def __init__(self, limits: Timeouts, began: float, choices: int) -> None:
        self.limit_s = limits.first_byte_s
        self.deadline = began + limits.first_byte_s
        self._limits = limits
        self._choices = choices
        self._now = asyncio.get_running_loop().time

    def tick(self, reading: Reading) -> None:
        """Look at what the last piece brought."""
        if not reading.has_progressed:
            return
        is_ending = reading.is_finished and len(reading.seen_choices) >= self._choices
        self.limit_s = min(self._limits.idle_s, _AFTER_FINISH_S) if is_ending else self._limits.idle_s
        self.deadline = self._now() + self.limit_s


def wanted_choices(call: HttpCall) -> int:
    """How many replies a request asks for; several prompts in one count, too."""
    body = mapping_of(call.json)
    prompts = list_of(body.get("prompt"))
    several = len(prompts) if prompts and not isinstance(prompts[0], int) else 1
    counts = (body.get("n"), body.get("num_samples"), mapping_of(body.get("generationConfig")).get("candidateCount"))
    return several * next((max(1, count) for count in counts if isinstance(count, int)), 1)


def _sent(call: HttpCall, endpoint: Endpoint) -> RequestSent:
    """The request for the record; no secret in it is left."""
    redact = Talk.about(call, endpoint).redactor.redact
    headers = {name: redact(value) for name, value in mask_headers(call.headers).items()}
    return RequestSent(call.method, redact(call.url), headers, mask_json(call.json))


def _head(response: HttpResponse, talk: Talk) -> ResponseStarted:
    """The head of a response for the record: secret headers masked, and the key wherever a server echoes it."""
    redact = talk.redactor.redact
    headers = {redact(name): redact(value) for name, value in mask_headers(response.headers).items()}
    return ResponseStarted(response.status, headers, response.since_sent_s, response.connected)


def _without_secrets(event: StreamEvent, talk: Talk) -> StreamEvent:
    """What a server adds to its reply, without the key that it may echo."""
    if isinstance(event, Note):
        return Note(talk.redactor.redact(event.words))
    if isinstance(event, MetaReport):
        return MetaReport(_redacted(event.values, talk.redactor.redact))
    if isinstance(event, Finished):
        return replace(event, words=talk.redactor.redact(event.words))
    if isinstance(event, RawFrame):
        return RawFrame(talk.redactor.redact(event.text), event.event)
    return event


def _redacted(value: Any, redact: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {redact(name): _redacted(item, redact) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(item, redact) for item in value]
    return value


def _second_call(dialect: Dialect, call: HttpCall, failed: TryFailed) -> HttpCall | None:
    status = failed.error.status
    if status is None or failed.rejection is None:
        return None
    return dialect.second_call(call, status, failed.rejection)


def _verdict(
    reading: Reading, cause: Exception | None, talk: Talk, clock: _ContentClock, response: HttpResponse, attempt: int
) -> Exception | None:
    """What is wrong with what came, if anything is."""
    if reading.failure is not None:
        error = reading.failure
        found = faults.broken_off(
            talk, error.rejection, error.status, reading.received_chars, headers=response.headers, tries=attempt
        )
        if reading.has_content:
            return found
        return TryFailed(found, "the server reported an error", headers=response.headers, rejection=error.rejection)
    if reading.is_whole and not reading.is_empty:
        return None
    if reading.is_whole and reading.frames:
        return faults.unreadable(talk, "", status=response.status)
    if reading.has_content and not reading.received_chars:
        return faults.broke_off_in_call(talk, _cause_words(cause, clock, reading))
    if reading.has_content:
        return faults.cut_short(talk, _cause_words(cause, clock, reading), reading.received_chars)
    if isinstance(cause, TimeoutError):
        return silence(talk, clock.limit_s)
    if isinstance(cause, TooLarge):
        return faults.too_large(talk, str(cause))
    if cause is not None:
        return TryFailed(faults.cut_short(talk, str(cause), 0), str(cause), is_connection=True)
    if reading.is_unreadable or reading.framing.is_blank or not reading.frames:
        body = reading.framing.document.decode("utf-8", "replace") if reading.is_unreadable else ""
        found = faults.unreadable(talk, body, status=response.status)
        rejection = None if reading.is_unreadable else Rejection()  # a dialect may know another way to ask
        return TryFailed(found, "no reply", rejection=rejection, is_hopeful=False)
    # Frames, but neither content nor a finish mark: a cut before the first word costs nobody anything to repeat.
    words = _cause_words(None, clock, reading)
    return TryFailed(faults.cut_short(talk, words, 0), words, is_connection=True)


def _cause_words(cause: Exception | None, clock: _ContentClock, reading: Reading) -> str:
    if cause is None:
        return "it ended in the middle of a line" if reading.is_torn else "it ended without a finish mark"
    if isinstance(cause, TimeoutError):
        return f"nothing came for {faults.time_words(clock.limit_s)}"
    return str(cause)
