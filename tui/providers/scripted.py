"""A provider that plays scripts: the demo endpoint, tests and screenshots.

The same events as from a wire, at a speed that can be set (`-p tokens_per_s=`, 0 is as fast as it goes), the same each
time. Refuses to touch the network, and to import anything that could.
"""

from __future__ import annotations

import asyncio
import difflib
import re
import zlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from tui.domain.events import (
    Alternative,
    Finish,
    Finished,
    MetaReport,
    Note,
    RawFrame,
    ReasoningDelta,
    RequestSent,
    Retrying,
    StreamEvent,
    TextDelta,
    TokenLogprob,
    TokenLogprobs,
    ToolCallDelta,
    Usage,
    UsageReport,
)
from tui.domain.parameters import ParameterTable
from tui.domain.request import ChatRequest, CompletionRequest, Request
from tui.errors import ConfigError, ModelUnknown, ProviderError, StreamBroken
from tui.providers.base import Endpoint, HttpCall, ModelFacts
from tui.providers.own_body import with_own_body
from tui.providers.placing import clamped, finish_body, place
from tui.providers.script_files import (
    ERROR_KINDS,
    ScriptError,
    ScriptFile,
    ScriptReply,
    find_scripts,
    load_script,
    pieces,
)

_SPEED = "tokens_per_s"
_BLANK = re.compile(r"\{\{(\w+)\}\}")
_BREATH = 64
"""After so many events without a wait, others get their turn."""


class ScriptedProvider:
    """An endpoint whose models replay files."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

    def parameters(self, model: str) -> ParameterTable:
        """What a script takes: as much as the real thing."""
        from tui.providers.parameters import table_for

        return table_for(self.endpoint, model)

    def prepare(self, request: ChatRequest | CompletionRequest) -> HttpCall:
        """The request as a wire would carry it; its method is `SCRIPT`.

        Raises:
            ConfigError: a parameter has a bad value.
        """
        request, notes = clamped(request, self.parameters(request.model.model))
        made = with_own_body(request, self._call)
        return replace(made, notes=(*notes, *made.notes))

    def _call(self, request: Request) -> HttpCall:
        body: dict[str, Any] = {"model": request.model.model}
        if isinstance(request, ChatRequest):
            system = [{"role": "system", "content": request.system}] if request.system else []
            body["messages"] = [*system, *({"role": m.role, "content": m.text} for m in request.messages)]
        else:
            body["prompt"] = request.prompt
            if request.suffix:
                body["suffix"] = request.suffix
        placed = place(body, request.parameters, self.parameters(request.model.model), request.model)
        body.update(placed.special)
        _speed(body, 0.0)
        url = f"script:{request.model}"
        return HttpCall("SCRIPT", url, {}, finish_body(body, request.parameters), True, tuple(placed.notes))

    async def models(self) -> list[ModelFacts]:
        """The scripts that there are.

        Raises:
            ConfigError: one of them cannot be read.
        """
        return [_listed(_load(path)) for path in find_scripts(self._place)]

    async def stream(self, request: ChatRequest | CompletionRequest) -> AsyncGenerator[StreamEvent, None]:
        """Play the script.

        Raises:
            ConfigError: the request or the script is not sound.
            ProviderError: the script says so, or there is no such script.
        """
        call = self.prepare(request)
        script = self._script(request)
        for words in call.notes:
            yield Note(words)
        yield RequestSent(call.method, call.url, call.headers, call.json)
        prompt, turn = _question(request)
        seed = call.json.get("seed")
        playing = _Playing(script, script.reply_to(prompt, seed if isinstance(seed, int) else turn - 1), call.json)
        playing.fill = {"prompt": prompt, "model": request.model.model, "turn": str(turn)}
        playing.names = {"endpoint": self.endpoint.name, "model": request.model.model}
        playing.wants_frames = request.options.wants_frames
        async with aclosing(playing.events()) as events:
            async for event in events:
                yield event

    @property
    def _place(self) -> str:
        return str(self.endpoint.quirks.get("script", ""))

    def _script(self, request: Request) -> ScriptFile:
        paths = {path.stem: path for path in find_scripts(self._place)}
        path = paths.get(request.model.model)
        if path is None:
            near = difflib.get_close_matches(request.model.model, paths, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(paths)}."
            raise ModelUnknown(
                f"{self.endpoint.name} has no script called {request.model.model[:80]!r}; {hint}",
                endpoint=self.endpoint.name,
                model=request.model.model,
            )
        return _load(path)


class _Playing:
    """One reply while it is played."""

    def __init__(self, script: ScriptFile, reply: ScriptReply, body: Mapping[str, Any]) -> None:
        self.fill: Mapping[str, str] = {}
        self.names: Mapping[str, str] = {}
        self.wants_frames = False
        self._script = script
        self._reply = reply
        self._body = body
        self._played = 0
        self._chars = 0
        self._next_at = 0.0
        self._pace_s = 0.0

    async def events(self) -> AsyncGenerator[StreamEvent, None]:
        """The events, in time."""
        reply = self._reply
        loop = asyncio.get_running_loop()
        speed = _speed(self._body, reply.tokens_per_s)
        self._pace_s = 1 / speed if speed else 0.0
        self._next_at = loop.time() + (reply.first_token_s if speed else 0.0)
        error = reply.error
        if error is not None and not error.after_chars:
            for retrying in self._tries(error):
                yield retrying
                await asyncio.sleep(retrying.wait_s)
            raise self._failure(error)
        yield MetaReport({"script": self._script.name})
        async with aclosing(self._reasoning()) as thoughts:
            async for event in thoughts:
                yield event
        count = self._body.get("n", 1)
        answers = [self._answer(index) for index in range(count if isinstance(count, int) else 1)]
        async with aclosing(self._texts([tokens for tokens, _ in answers])) as texts:
            async for event in texts:
                yield event
                if error is not None and self._chars >= error.after_chars:
                    raise self._failure(error)
        if reply.finish in (Finish.CUT_SHORT, Finish.ERROR, Finish.CANCELLED):
            raise StreamBroken(
                "The reply of the script was cut short: it ended without a finish mark.",
                received_chars=self._chars,
                **self.names_of(),
            )
        if reply.tool_call:
            call = reply.tool_call
            yield ToolCallDelta("0", call.get("name", ""), call.get("arguments", ""), call_id="call_1")
        for index, (_, finish) in enumerate(answers):
            yield Finished(finish, index)
        yield UsageReport(self._usage([tokens for tokens, _ in answers]))

    def names_of(self) -> dict[str, Any]:
        """Endpoint and model, for an error."""
        return dict(self.names)

    async def _reasoning(self) -> AsyncGenerator[StreamEvent, None]:
        if self._body.get("reasoning_effort") == "none":
            return
        for piece in self._thought():
            await self._wait()
            self._chars += len(piece)
            yield ReasoningDelta(piece)

    async def _texts(self, answers: list[list[str]]) -> AsyncGenerator[StreamEvent, None]:
        """The pieces of all choices in turn, as a server with several choices sends them."""
        alternatives = self._body.get("logprobs")
        for position in range(max(map(len, answers), default=0)):
            for choice, tokens in enumerate(answers):
                if position >= len(tokens):
                    continue
                await self._wait()
                token = tokens[position]
                self._chars += len(token)
                if self.wants_frames:
                    yield RawFrame(token)
                if isinstance(alternatives, int):
                    yield TokenLogprobs((_odds(token, position, alternatives, tokens),), choice)
                yield TextDelta(token, choice)

    async def _wait(self) -> None:
        """Wait for the next token's time; a script that is late catches up."""
        loop = asyncio.get_running_loop()
        delay = self._next_at - loop.time()
        self._next_at += self._pace_s
        self._played += 1
        if delay > 0:
            await asyncio.sleep(delay)
        elif self._played % _BREATH == 0:
            await asyncio.sleep(0)

    def _answer(self, choice: int) -> tuple[list[str], Finish]:
        """The pieces of one choice after `stop` and `max_tokens`, and how it ends."""
        source = self._reply if not choice else self._script.reply_to(self.fill.get("prompt", ""), choice)
        text, finish = self._filled(source.text), source.finish
        for stop in self._body.get("stop") or ():
            before, found, _ = text.partition(stop)
            if found:
                text, finish = before, Finish.STOP
        tokens = pieces(text, source.chunk)
        most = self._body.get("max_tokens")
        if isinstance(most, int) and len(tokens) > most:
            return tokens[:most], Finish.LENGTH
        return tokens, finish

    def _thought(self) -> list[str]:
        return pieces(self._filled(self._reply.reasoning), self._reply.chunk)

    def _filled(self, text: str) -> str:
        return _BLANK.sub(lambda blank: self.fill.get(blank[1], blank[0]), text)  # once: a prompt is not filled in turn

    def _usage(self, answers: list[list[str]]) -> Usage:
        told = self._reply.usage
        thought = 0 if self._body.get("reasoning_effort") == "none" else len(self._thought())
        said = "\n".join(str(m.get("content", "")) for m in self._body.get("messages", ())) or str(
            self._body.get("prompt", "")
        )
        return Usage(
            input_tokens=told.get("input_tokens", len(pieces(said, "token"))),
            output_tokens=told.get("output_tokens", sum(map(len, answers)) + thought),
            reasoning_tokens=told.get("reasoning_tokens", thought or None),
        )

    def _tries(self, error: ScriptError) -> list[Retrying]:
        waits = [0.5 * 2.0**number for number in range(error.tries - 1)]
        is_hurried = self._pace_s == 0
        return [
            Retrying(number + 1, error.tries, 0.0 if is_hurried else wait, str(error.status or error.kind))
            for number, wait in enumerate(waits)
        ]

    def _failure(self, error: ScriptError) -> ProviderError:
        if self._chars:
            return StreamBroken(
                error.message,
                received_chars=self._chars,
                status=error.status,
                retry_after_s=error.retry_after_s,
                **self.names_of(),
            )
        failure = ERROR_KINDS[error.kind](error.message, **self.names_of())
        failure.status, failure.retry_after_s = error.status, error.retry_after_s
        return failure


def known_script(endpoint: Endpoint, model: str) -> ModelFacts | None:
    """What a listing would say of `model`; None: there is no such script, or it cannot be read."""
    place = str(endpoint.quirks.get("script", ""))
    for path in find_scripts(place):
        if path.stem == model:
            try:
                return _listed(_load(path))
            except ConfigError:  # told when it is played
                return None
    return None


def _listed(script: ScriptFile) -> ModelFacts:
    return ModelFacts(
        script.name,
        name=script.description,
        kinds=("chat", "completion"),
        context_tokens=script.context_tokens,
        price=script.price,
        takes_images=False,
    )


@cache
def _load(path: Path) -> ScriptFile:
    return load_script(path)


def _speed(body: Mapping[str, Any], default: float) -> float:
    """Tokens per second, 0 for no waits.

    Raises:
        ConfigError: not a number of at least 0.
    """
    value = body.get(_SPEED)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        raise ConfigError(f"{_SPEED} must be a number of at least 0; 0 is as fast as it goes.")
    return float(value)


def _question(request: Request) -> tuple[str, int]:
    """The text that is answered, and the number of this turn, from 1."""
    if isinstance(request, CompletionRequest):
        return (request.prompt if isinstance(request.prompt, str) else " ".join(map(str, request.prompt))), 1
    asked = [message.text for message in request.messages if message.role == "user"]
    return (asked[-1] if asked else ""), max(1, len(asked))


def _odds(token: str, position: int, count: int, others: list[str]) -> TokenLogprob:
    """Made-up probabilities, the same each time."""
    dice = zlib.crc32(f"{position}:{token}".encode("utf-8", "replace"))
    logprob = -(((dice % 1000) / 1000) ** 3) * 4
    found = [Alternative(token, logprob)]
    for number in range(1, count):
        other = others[(dice + number * 7) % len(others)]
        found.append(Alternative(other, logprob - 0.5 * number - (dice >> number) % 100 / 100))
    return TokenLogprob(token, logprob, tuple(found[:count]))
