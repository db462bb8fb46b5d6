"""Reading replies of Humanloop v4: samples side by side, each with an id that ratings refer to.

A sample's finish mark is its `finish_reason`; a stream that ends without one was cut. Refuses to strip a stream's text:
its leading spaces are words' spaces.

Source: wire-contracts 1.4
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tui.domain.events import (
    Finish,
    Finished,
    MetaReport,
    StreamEvent,
    TextDelta,
    TokenLogprobs,
    ToolCallDelta,
    UsageReport,
)
from tui.providers.base import StreamError, then_fail
from tui.providers.lenient_json import argument_text, list_of, mapping_of, number_of, text_of
from tui.providers.openai_shapes import (
    chat_logprobs,
    finish_of,
    finish_rest,
    finish_words,
    is_error,
    legacy_logprobs,
    openai_rejection,
    status_in,
    usage_of,
)

_READ_ELSEWHERE = frozenset({"data", "usage", "logprobs", "num_samples", "suffix", "user"})


class HumanloopReader:
    """Reads one reply, streamed or not."""

    def __init__(self) -> None:
        self.is_done = False
        self._indexes: dict[str, int] = {}
        self._data_ids: dict[str, str] = {}
        self._seen: set[int] = set()
        self._finished: set[int] = set()
        self._meta: dict[str, Any] = {}

    def frame(self, data: Any, event: str = "") -> Iterable[StreamEvent]:
        """The events of one streamed frame: the next piece of one or more samples.

        Raises:
            StreamError: the frame is an error; what text it holds is handed out before.
        """
        if not isinstance(data, dict):
            return ()
        samples = list_of(data.get("data"))
        is_failure = event == "error" or is_error(data) or (not samples and bool(data.get("detail")))
        events: list[StreamEvent] = []
        for position, sample in enumerate(samples):
            if isinstance(sample, dict):
                self._sample(sample, position, events)
        if is_failure:
            return then_fail(events, StreamError(openai_rejection(data), status_in(data)))
        self._report(data, events)
        return events

    def document(self, data: Any) -> Iterable[StreamEvent]:
        """The events of a whole reply; a sample without a finish reason is over all the same."""
        return [*self.frame(data), *self._close()]

    def done_mark(self) -> Iterable[StreamEvent]:
        """`[DONE]`, should one come: finishes what has begun."""
        self.is_done = True
        return self._close() if self._seen else [Finished(Finish.STOP)]

    def end(self) -> Iterable[StreamEvent]:
        """The body's end proves nothing: each sample has its finish reason."""
        return ()

    def _close(self) -> list[StreamEvent]:
        return finish_rest(self._seen, self._finished)

    def _index(self, sample: Mapping[str, Any], position: int) -> int:
        """Which choice a sample is: by its index, else by its id in order of first sight."""
        given = sample.get("index")
        index = given if type(given) is int else number_of(given)
        identity = sample.get("id")
        if not isinstance(identity, str) or not identity:
            return position if index is None else index
        if index is None:
            index = self._indexes.get(identity, len(self._indexes))
        self._indexes.setdefault(identity, index)
        return index

    def _sample(self, sample: Mapping[str, Any], position: int, events: list[StreamEvent]) -> None:
        index = self._index(sample, position)
        self._seen.add(index)
        output = sample.get("output")
        text = output if isinstance(output, str) else text_of(sample.get("raw_output"))
        if text:
            events.append(TextDelta(text, index))
        calls = sample.get("tool_calls")
        for number, call in enumerate(map(mapping_of, list_of(calls))) if calls else ():
            function = mapping_of(call.get("function")) or call
            name, arguments = text_of(function.get("name")), argument_text(function.get("arguments") or {})
            events.append(
                ToolCallDelta(
                    str(number), name, arguments, replaces=True, call_id=text_of(call.get("id")), choice=index
                )
            )
        identity = sample.get("id")
        if isinstance(identity, str) and identity and self._data_ids.get(str(index)) != identity:
            self._data_ids[str(index)] = identity
            meta: dict[str, Any] = {"data_ids": dict(self._data_ids)}
            if text_of(sample.get("model_config_id")):
                meta["model_config_id"] = sample["model_config_id"]
            events.append(MetaReport(meta))
        reason = sample.get("finish_reason")
        finish = None if reason is None else finish_of(reason)
        if finish is not None:
            self._finished.add(index)
            events.append(Finished(finish, index, finish_words(reason)))

    def _report(self, data: Mapping[str, Any], events: list[StreamEvent]) -> None:
        """Usage, probabilities and what else was added, whenever it comes."""
        known = self._meta
        new = {
            key: value
            for key, value in data.items()
            if value and key not in _READ_ELSEWHERE and (key not in known or known[key] != value)
        }
        if new:
            self._meta.update(new)
            events.append(MetaReport(new))
            if "provider_responses" in new:
                self._logprobs(list_of(new["provider_responses"]), events)
        usage = usage_of(data["usage"]) if data.get("usage") else None
        if usage is not None:
            events.append(UsageReport(usage))

    def _logprobs(self, responses: list[Any], events: list[StreamEvent]) -> None:
        """Probabilities stand only inside what the model's provider had answered."""
        number = 0
        for response in map(mapping_of, responses):
            for choice in map(mapping_of, list_of(response.get("choices"))):
                found = choice.get("logprobs")
                tokens = chat_logprobs(found) or legacy_logprobs(found)
                if tokens:
                    events.append(TokenLogprobs(tokens, number))
                number += 1
