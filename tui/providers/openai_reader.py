"""Reads replies of the `openai-chat` wire, from OpenAI itself and from everybody who says to be compatible.

Every field may be missing, null or of another type. Refuses to end a reply by itself: `finish_reason` or `[DONE]` do.

Source: wire-contracts 1.2, 2.1, 2.6, 2.7.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from tui.domain.events import (
    CostReport,
    Finish,
    Finished,
    MetaReport,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
    TokenLogprob,
    TokenLogprobs,
    ToolCallDelta,
    Usage,
    UsageReport,
)
from tui.providers.base import Endpoint, Rejection, StreamError, then_fail
from tui.providers.inline_thinking import InlineThinking
from tui.providers.lenient_json import argument_text, keepable, list_of, mapping_of, number_of, text_of
from tui.providers.openai_completions import stop_reason_of
from tui.providers.openai_shapes import (
    chat_logprobs,
    finish_of,
    finish_words,
    is_error,
    legacy_logprobs,
    logprob_of,
    openai_rejection,
    real_of,
    status_in,
    usage_of,
)

REASONING_FIELDS = ("reasoning_content", "reasoning")
"""Where thinking stands beside the answer; the first that holds text counts, since some servers fill both."""

_READ_ELSEWHERE = frozenset({"choices", "usage", "object", "error", "obfuscation"})
_CHOICE_FIELDS = frozenset(
    {"index", "delta", "message", "finish_reason", "logprobs", "text", "token_id", "token", "seed", "error"}
)
_DELTA_FIELDS = frozenset(
    {"role", "content", "refusal", "tool_calls", "function_call", "reasoning_details", "token_id", *REASONING_FIELDS}
)
_OPENS_IN_TEMPLATE = re.compile(r"deepseek-r1|\bqwq\b|thinking|magistral|-r1\b", re.IGNORECASE)
_LAST_CHOICE = 127


class _Choice:
    """What must be remembered of one choice between chunks."""

    __slots__ = ("calls", "has_refused", "has_text", "is_finished", "thinking")

    def __init__(self, thinking: InlineThinking | None) -> None:
        self.thinking = thinking
        self.is_finished = False
        self.has_refused = False
        self.has_text = False
        self.calls: dict[str, tuple[str, str]] = {}
        """By what a piece of a tool call is filed under: the call's key, and its id."""


class OpenAIChatReader:
    """Reads one reply."""

    def __init__(self, endpoint: Endpoint, model: str) -> None:
        self.is_done = False
        quirks = endpoint.quirks
        self._reasoning_fields = tuple(quirks.get("reasoning_fields") or REASONING_FIELDS)
        self._inline: Any = quirks.get("inline_thinking")
        self._starts_thinking = self._inline == "opened" or (
            self._inline is True and bool(_OPENS_IN_TEMPLATE.search(model))
        )
        self._choices: dict[int, _Choice] = {}
        self._meta: dict[str, Any] = {}
        self._told: dict[str, Any] = {}

    # -- the contract of a ReplyReader ---------------------------------------------------------------------------------

    def frame(self, data: Any, event: str = "") -> Iterable[StreamEvent]:
        """The events of one chunk.

        Raises:
            StreamError: the chunk is an error; what text it holds is handed out before.
        """
        if not isinstance(data, dict):
            return ()
        events: list[StreamEvent] = []
        failure = self._failure(data) if event == "error" or is_error(data) else None
        meta = self._meta
        had = len(meta)
        meta.update(data)
        choices = data.get("choices")
        if isinstance(choices, list):
            for position, choice in enumerate(choices):
                if isinstance(choice, dict):
                    wrong = self._take_choice(choice, position, "delta", events)
                    failure = failure or wrong
        elif failure is None and data.get("detail"):  # how servers built on FastAPI fail
            failure = self._failure(data)
        if data.get("usage") or "x_groq" in data:
            self._take_usage(data, events)
        if len(meta) != had or len(events) != 1 or type(events[0]) is not TextDelta:
            self._tell(events)  # all but the plain chunks, of which there are thousands
        return events if failure is None else then_fail(events, failure)

    def document(self, data: Any) -> Iterable[StreamEvent]:
        """The events of a whole reply; a choice without a finish reason is over all the same.

        Raises:
            StreamError: the document is an error.
        """
        data = data[0] if isinstance(data, list) and data else data
        if not isinstance(data, dict):
            return ()
        events: list[StreamEvent] = []
        failure = self._failure(data) if is_error(data) else None
        self._meta.update(data)
        may_think = self._starts_thinking
        for position, choice in enumerate(list_of(data.get("choices"))):
            if isinstance(choice, dict):
                text = text_of(mapping_of(choice.get("message")).get("content"))
                self._starts_thinking = may_think and ("</think" in text or choice.get("finish_reason") == "length")
                wrong = self._take_choice(choice, position, "message", events)
                failure = failure or wrong
        self._take_usage(data, events)
        self._tell(events)
        return [*events, *self._close()] if failure is None else then_fail(events, failure)

    def done_mark(self) -> Iterable[StreamEvent]:
        """`[DONE]`: finishes what has no finish reason yet."""
        self.is_done = True
        return self._close() if self._choices else [Finished(Finish.STOP)]

    def end(self) -> Iterable[StreamEvent]:
        """The body's end is no finish mark; a piece held back as a possible tag was none."""
        events: list[StreamEvent] = []
        for index, choice in self._choices.items():
            self._flush(index, choice, events)
        self._tell(events)
        return events

    # -- choices -------------------------------------------------------------------------------------------------------

    def _choice(self, index: int) -> _Choice:
        choice = self._choices.get(index)
        if choice is None:
            looks = self._inline is not False
            thinking = InlineThinking(starts_thinking=self._starts_thinking) if looks else None
            choice = self._choices[index] = _Choice(thinking)
        return choice

    def _take_choice(
        self, data: Mapping[str, Any], position: int, field: str, events: list[StreamEvent]
    ) -> StreamError | None:
        index = data.get("index", position)
        if type(index) is not int or not 0 <= index <= _LAST_CHOICE:
            index = position
        choice = self._choices.get(index) or self._choice(index)
        delta = data.get(field)
        if not isinstance(delta, dict):  # a whole message behind pieces of text repeats them
            delta = {} if choice.has_text else mapping_of(data.get("message" if field == "delta" else "delta"))
        if delta:
            self._take_delta(delta, index, choice, events)
        elif isinstance(data.get("text"), str):
            self._take_text(data["text"], index, choice, events)
        if data.get("logprobs"):
            self._take_logprobs(data["logprobs"], delta, index, events)
        if not _CHOICE_FIELDS.issuperset(data):
            self._take_extras(data, _CHOICE_FIELDS)
        word = data.get("finish_reason")
        return self._take_finish(word, data, index, choice, events) if word else None

    def _take_delta(self, delta: Mapping[str, Any], index: int, choice: _Choice, events: list[StreamEvent]) -> None:
        if not _PLAIN_DELTA.issuperset(delta):
            self._take_rest(delta, index, choice, events)
        content = delta.get("content")
        if isinstance(content, str):
            if content:
                self._take_text(content, index, choice, events)
        elif isinstance(content, list):
            for part in content:
                self._take_part(part, index, choice, events)

    def _take_rest(self, delta: Mapping[str, Any], index: int, choice: _Choice, events: list[StreamEvent]) -> None:
        reasoning = self._reasoning(delta)
        if reasoning:
            events.append(ReasoningDelta(reasoning, index))
            if choice.thinking is not None:
                choice.thinking.thinking_stands_elsewhere()
        refusal = delta.get("refusal")
        if isinstance(refusal, str) and refusal:
            choice.has_refused = True
            events.append(TextDelta(refusal, index))
        for position, call in enumerate(list_of(delta.get("tool_calls"))):
            events.extend(_tool_call(call, position, index, choice.calls))
        if isinstance(delta.get("function_call"), dict):  # the old form, one call without id
            call = {"id": "function_call", "function": delta["function_call"]}
            events.extend(_tool_call(call, 0, index, choice.calls))
        if not _DELTA_FIELDS.issuperset(delta):
            self._take_extras(delta, _DELTA_FIELDS.union(self._reasoning_fields))

    def _reasoning(self, delta: Mapping[str, Any]) -> str:
        for name in self._reasoning_fields:
            text = delta.get(name)
            if isinstance(text, str) and text:
                return text
        details = [mapping_of(detail) for detail in list_of(delta.get("reasoning_details"))]
        return "".join(text_of(detail.get("text")) or text_of(detail.get("summary")) for detail in details)

    def _take_part(self, part: Any, index: int, choice: _Choice, events: list[StreamEvent]) -> None:
        """A part of a content list (Mistral): answer or thinking."""
        if isinstance(part, str):
            self._take_text(part, index, choice, events)
            return
        part = mapping_of(part)
        thinking = part.get("thinking")
        if thinking:
            pieces = [thinking] if isinstance(thinking, str) else list_of(thinking)
            text = "".join(text_of(piece) or text_of(mapping_of(piece).get("text")) for piece in pieces)
            if text:
                events.append(ReasoningDelta(text, index))
        elif text_of(part.get("text")):
            self._take_text(part["text"], index, choice, events)

    def _take_text(self, text: str, index: int, choice: _Choice, events: list[StreamEvent]) -> None:
        choice.has_text = True
        if choice.thinking is None:
            if text:
                events.append(TextDelta(text, index))
            return
        for is_thinking, piece in choice.thinking.feed(text):
            events.append(ReasoningDelta(piece, index) if is_thinking else TextDelta(piece, index))
        if choice.thinking.is_answering:
            choice.thinking = None

    def _flush(self, index: int, choice: _Choice, events: list[StreamEvent]) -> None:
        if choice.thinking is not None:
            for is_thinking, piece in choice.thinking.flush():
                events.append(ReasoningDelta(piece, index) if is_thinking else TextDelta(piece, index))

    def _answer_at_last(self, index: int, choice: _Choice, events: list[StreamEvent]) -> None:
        """What the model's name alone made thinking, and what ended well without a closing tag, is the answer."""
        unproven = choice.thinking.unproven if choice.thinking is not None else ""
        if unproven:
            events.append(TextDelta(unproven, index))

    def _take_logprobs(self, value: Any, delta: Mapping[str, Any], index: int, events: list[StreamEvent]) -> None:
        number = logprob_of(value)
        if number is not None:  # Together's stream: the chunk is the token
            tokens: tuple[TokenLogprob, ...] = (TokenLogprob(text_of(delta.get("content")), number),)
        elif isinstance(value, dict) and "tokens" in value:
            tokens = legacy_logprobs(value)
        else:
            tokens = chat_logprobs(value)
        if tokens:
            events.append(TokenLogprobs(tokens, index))

    def _take_finish(
        self, word: Any, data: Mapping[str, Any], index: int, choice: _Choice, events: list[StreamEvent]
    ) -> StreamError | None:
        finish = finish_of(word)
        if finish is None or choice.is_finished:
            return None
        self._flush(index, choice, events)
        if finish is Finish.ERROR:
            rejection = openai_rejection(data) if is_error(data) else Rejection()
            status = status_in(data) if is_error(data) else None
            words = rejection.words or f"the server ended the reply with “{word}”"
            return StreamError(replace(rejection, words=words), status)
        words = finish_words(word)
        if choice.calls and finish is Finish.STOP:  # who asks for a tool waits for its answer, whatever the word
            finish, words = Finish.TOOL_CALLS, str(word)
        if choice.has_refused and finish is Finish.STOP:
            finish, words = Finish.FILTER, "refusal"
        choice.is_finished = True
        if finish is Finish.STOP:
            self._answer_at_last(index, choice, events)
        events.append(Finished(finish, index, words))
        return None

    def _close(self) -> list[StreamEvent]:
        events: list[StreamEvent] = []
        for index, choice in self._choices.items():
            if not choice.is_finished:
                choice.is_finished = True
                self._flush(index, choice, events)
                self._answer_at_last(index, choice, events)
                asks = Finish.TOOL_CALLS if choice.calls else Finish.STOP
                events.append(Finished(Finish.FILTER if choice.has_refused else asks, index))
        return events

    # -- what stands beside the text -----------------------------------------------------------------------------------

    @staticmethod
    def _failure(data: Mapping[str, Any]) -> StreamError:
        return StreamError(openai_rejection(data), status_in(data))

    def _take_usage(self, data: Mapping[str, Any], events: list[StreamEvent]) -> None:
        value = data.get("usage") or mapping_of(data.get("x_groq")).get("usage")
        if not isinstance(value, dict):
            return
        usage = usage_of(value)
        if usage is not None:
            events.append(UsageReport(_with_all_output(usage, value)))
        cost = value.get("cost")
        cost_usd = real_of(mapping_of(cost).get("total_cost") if isinstance(cost, dict) else cost)
        if cost_usd is not None and cost_usd >= 0:
            events.append(CostReport(cost_usd))
        extras = {name: value[name] for name in ("cost_details", "is_byok") if value.get(name) is not None}
        if extras:
            self._meta["usage_details"] = extras

    def _take_extras(self, data: Mapping[str, Any], known: frozenset[str]) -> None:
        """Keep what the provider added to a choice; lists, such as citations, grow."""
        for name, value in data.items():
            if name in known or value is None or value == "":
                continue
            if name == "stop_reason":
                value = stop_reason_of(value)
            old = self._meta.get(name)
            self._meta[name] = [*old, *value] if isinstance(old, list) and isinstance(value, list) else value

    def _tell(self, events: list[StreamEvent]) -> None:
        """Report the metadata that is new since the last report."""
        told, news = self._told, {}
        for name, value in self._meta.items():
            if name in _READ_ELSEWHERE or value is None or (name in told and told[name] == value):
                continue
            news[name] = value
        if news:
            told.update(news)
            events.append(MetaReport({name: keepable(value) for name, value in news.items()}))


_PLAIN_DELTA = frozenset({"content", "role"})


def _tool_call(call: Any, position: int, choice: int, known: dict[str, tuple[str, str]]) -> list[StreamEvent]:
    call = mapping_of(call)
    if not call:
        return []
    index = number_of(call.get("index"))
    call_id = text_of(call.get("id"))
    function = mapping_of(call.get("function"))
    arguments = function.get("arguments")
    is_whole = isinstance(arguments, dict)  # some servers send the object itself
    text = argument_text(arguments) if is_whole else text_of(arguments)
    name = text_of(function.get("name"))
    place = str(index) if index is not None else call_id or str(position)
    key, its_id = known.get(place, (place, call_id))
    if name and call_id and its_id and call_id != its_id:  # servers that give every call the index 0
        key, its_id = f"{place}/{call_id}", call_id
    known[place] = key, its_id or call_id
    return [ToolCallDelta(key, name, text, replaces=is_whole, call_id=call_id, choice=choice)]


def _with_all_output(usage: Usage, value: Mapping[str, Any]) -> Usage:
    """Output with the reasoning in it, also where the server counts the two apart (xAI): its own total tells."""
    total, reasoning = number_of(value.get("total_tokens")), usage.reasoning_tokens
    if usage.input_tokens is None or usage.output_tokens is None or not reasoning or total is None:
        return usage
    is_apart = usage.input_tokens + usage.output_tokens + reasoning == total
    return replace(usage, output_tokens=usage.output_tokens + reasoning) if is_apart else usage
