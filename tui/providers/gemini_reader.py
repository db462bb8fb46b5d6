"""Reading replies of generateContent: chunks that are whole responses with the next parts in them.

Each candidate's finish reason is its finish mark. A blocked prompt is an answer, too: a filter, with the reason.
Refuses to show files and images; a note says that there are some.

Source: wire-contracts 2.4; https://ai.google.dev/api/generate-content
"""

from __future__ import annotations

import re
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
    TokenLogprob,
    TokenLogprobs,
    ToolCallDelta,
    Usage,
    UsageReport,
)
from tui.providers.base import Rejection, StreamError
from tui.providers.lenient_json import argument_text, list_of, mapping_of, number_of, text_of
from tui.providers.openai_shapes import chat_logprobs, is_error, status_in

_FINISHES: Mapping[str, Finish] = {
    "STOP": Finish.STOP,
    "MAX_TOKENS": Finish.LENGTH,
    "SAFETY": Finish.FILTER,
    "RECITATION": Finish.FILTER,
    "LANGUAGE": Finish.FILTER,
    "BLOCKLIST": Finish.FILTER,
    "PROHIBITED_CONTENT": Finish.FILTER,
    "SPII": Finish.FILTER,
    "IMAGE_SAFETY": Finish.FILTER,
    "IMAGE_PROHIBITED_CONTENT": Finish.FILTER,
    "IMAGE_RECITATION": Finish.FILTER,
    "OTHER": Finish.ERROR,
    "IMAGE_OTHER": Finish.ERROR,
    "NO_IMAGE": Finish.ERROR,
    "MALFORMED_FUNCTION_CALL": Finish.ERROR,
    "UNEXPECTED_TOOL_CALL": Finish.ERROR,
    "TOO_MANY_TOOL_CALLS": Finish.ERROR,
}

_CHUNK_META = frozenset({"modelVersion", "responseId", "createTime", "promptFeedback", "modelStatus"})
_CANDIDATE_META = frozenset(
    {
        "safetyRatings",
        "citationMetadata",
        "groundingMetadata",
        "urlContextMetadata",
        "avgLogprobs",
        "finishMessage",
    }
)


def rejection_of(data: Any, text: str = "") -> Rejection:
    """What an error says; the object may stand in a list of one."""
    if isinstance(data, list) and data:
        data = data[0]
    error = mapping_of(data).get("error")
    inner = mapping_of(error)
    code = text_of(inner.get("status"))
    wait_s = None
    for detail in map(mapping_of, list_of(inner.get("details"))):
        if text_of(detail.get("reason")):
            code = text_of(detail.get("reason"))
        delay = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)s", text_of(detail.get("retryDelay")))
        if delay:
            wait_s = float(delay[1])
    words = text_of(inner.get("message")) or text_of(error)
    return Rejection(words=words or (text if not inner else ""), code=code, retry_after_s=wait_s)


def usage_of(value: Any) -> Usage | None:
    """Token counts; thoughts count as output, which Gemini reports apart."""
    if not isinstance(value, Mapping):
        return None
    answer = number_of(value.get("candidatesTokenCount"))
    thoughts = number_of(value.get("thoughtsTokenCount"))
    prompt = number_of(value.get("promptTokenCount"))
    tools = number_of(value.get("toolUsePromptTokenCount"))
    known = [count for count in (answer, thoughts) if count is not None]
    return Usage(
        input_tokens=None if prompt is None else prompt + (tools or 0),
        output_tokens=sum(known) if known else None,
        reasoning_tokens=thoughts,
        cached_tokens=number_of(value.get("cachedContentTokenCount")),
    )


class GeminiReader:
    """Reads one reply; every chunk is a whole response with the next parts in it."""

    def __init__(self) -> None:
        self.is_done = False
        self._usage: Any = None
        self._meta: dict[str, Any] = {}
        self._calls: dict[int, int] = {}
        self._open: set[int] = set()
        self._noted: set[str] = set()

    def frame(self, data: Any, event: str = "") -> Iterable[StreamEvent]:
        """The events of one chunk, or of a list of chunks (a reply without `alt=sse`).

        Raises:
            StreamError: the frame is an error.
        """
        if isinstance(data, list):
            return [found for item in data if isinstance(item, dict) for found in self.frame(item)]
        if not isinstance(data, dict):
            return ()
        if is_error(data):
            raise StreamError(rejection_of(data), status_in(data))
        events: list[StreamEvent] = []
        self._report(data, _CHUNK_META, events)
        candidates = data.get("candidates")
        if isinstance(candidates, list):
            for position, candidate in enumerate(candidates):
                if isinstance(candidate, dict):
                    self._candidate(candidate, position, events)
        if not candidates:
            self._blocked(data.get("promptFeedback"), events)
        usage = data.get("usageMetadata")
        if usage != self._usage:
            self._usage = usage
            known = usage_of(usage)
            if known is not None and known != Usage():
                events.append(UsageReport(known))
        return events

    def document(self, data: Any) -> Iterable[StreamEvent]:
        """The events of a reply that was not streamed: a chunk like any other."""
        return self.frame(data)

    def done_mark(self) -> Iterable[StreamEvent]:
        """A gateway's `[DONE]`: finishes what has begun."""
        self.is_done = True
        return [Finished(Finish.STOP, index) for index in sorted(self._open or ({0} if not self._calls else ()))]

    def end(self) -> Iterable[StreamEvent]:
        """The body's end proves nothing here: each candidate has its finish reason."""
        return ()

    def _candidate(self, candidate: Mapping[str, Any], position: int, events: list[StreamEvent]) -> None:
        given = candidate.get("index")
        index = given if type(given) is int else number_of(given)
        choice = position if index is None else index
        content = candidate.get("content")
        parts = content.get("parts") if isinstance(content, dict) else None
        if isinstance(parts, list):
            for part in parts:
                if isinstance(part, dict):
                    self._part(part, choice, events)
        if candidate.get("logprobsResult"):
            tokens = _logprobs(candidate["logprobsResult"])
            if tokens:
                events.append(TokenLogprobs(tokens, choice))
        self._report(candidate, _CANDIDATE_META, events)
        reason = candidate.get("finishReason")
        if isinstance(reason, str) and reason and reason != "FINISH_REASON_UNSPECIFIED":
            self._open.discard(choice)
            events.append(self._finished(reason, choice, text_of(candidate.get("finishMessage"))))
        elif choice not in self._open:
            self._open.add(choice)

    def _finished(self, reason: str, choice: int, message: str) -> Finished:
        finish = _FINISHES.get(reason, Finish.ERROR if "TOOL" in reason or "FUNCTION" in reason else Finish.STOP)
        if finish is Finish.STOP and self._calls.get(choice):
            return Finished(Finish.TOOL_CALLS, choice)
        words = "" if reason in ("STOP", "MAX_TOKENS") else reason
        return Finished(finish, choice, f"{words}: {message}" if words and message else words)

    def _part(self, part: Mapping[str, Any], choice: int, events: list[StreamEvent]) -> None:
        text = part.get("text")
        if isinstance(text, str):
            if text:
                events.append(ReasoningDelta(text, choice) if part.get("thought") is True else TextDelta(text, choice))
            return
        call = part.get("functionCall")
        if isinstance(call, dict):
            number = self._calls[choice] = self._calls.get(choice, 0) + 1
            arguments = argument_text(call.get("args") or {})
            name, call_id = text_of(call.get("name")), text_of(call.get("id"))
            events.append(ToolCallDelta(str(number - 1), name, arguments, call_id=call_id, choice=choice))
            return
        code, result = mapping_of(part.get("executableCode")), mapping_of(part.get("codeExecutionResult"))
        if text_of(code.get("code")):
            language = text_of(code.get("language")).lower()
            events.append(TextDelta(f"\n```{language}\n{text_of(code.get('code'))}\n```\n", choice))
        elif text_of(result.get("output")):
            events.append(TextDelta(f"\n```\n{text_of(result.get('output'))}\n```\n", choice))
        elif "inlineData" in part or "fileData" in part:
            self._note("The reply holds a file or an image, which is not shown.", events)

    def _blocked(self, feedback: Any, events: list[StreamEvent]) -> None:
        reason = text_of(mapping_of(feedback).get("blockReason"))
        if not reason:
            return
        message = text_of(mapping_of(feedback).get("blockReasonMessage"))
        words = f"the prompt was blocked: {reason}" + (f" ({message})" if message else "")
        events.append(Finished(Finish.FILTER, 0, words))

    def _report(self, place: Mapping[str, Any], names: frozenset[str], events: list[StreamEvent]) -> None:
        """Hand on what the provider added, when it is new."""
        known = self._meta
        for name in names & place.keys():
            value = place[name]
            if value is not None and known.get(name) != value:
                known[name] = value
                events.append(MetaReport({name: value}))

    def _note(self, words: str, events: list[StreamEvent]) -> None:
        if words not in self._noted:
            self._noted.add(words)
            events.append(Note(words))


def _logprobs(result: Any) -> tuple[TokenLogprob, ...]:
    """Gemini's two parallel lists, as the chat style that the shared reader knows."""
    result = mapping_of(result)
    tops = list_of(result.get("topCandidates"))
    entries = []
    for position, chosen in enumerate(list_of(result.get("chosenCandidates"))):
        chosen = mapping_of(chosen)
        top = list_of(mapping_of(tops[position]).get("candidates")) if position < len(tops) else []
        entries.append({**_entry(chosen), "top_logprobs": [_entry(mapping_of(other)) for other in top]})
    return chat_logprobs(entries)


def _entry(candidate: Mapping[str, Any]) -> dict[str, Any]:
    names = {"token": "token", "logProbability": "logprob"}
    return {name: candidate[wire] for wire, name in names.items() if wire in candidate}
