"""Filling a gap with llama.cpp: its own `/infill`, since its `/v1/completions` ignores a suffix.

Only models trained for it can (Qwen-Coder and other code models); for all others the server says that it cannot, which
the user gets to read. Refuses to know more than this one call: everything else is `openai_completions`.

Source: llama.cpp server README, “POST /infill: For code infilling” (`input_prefix`, `input_suffix`, else the fields of
`/completion`; the reply is streamed in the format of `/completion`: `content`, `stop`, `stop_type`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from tui.domain.events import (
    Finish,
    Finished,
    MetaReport,
    StreamEvent,
    TextDelta,
    TokenLogprobs,
    Usage,
    UsageReport,
)
from tui.errors import ConfigError
from tui.providers.base import Endpoint, HttpCall
from tui.providers.lenient_json import mapping_of, number_of, text_of
from tui.providers.openai_shapes import chat_logprobs

_OTHER_NAMES = {"max_tokens": "n_predict", "logprobs": "n_probs"}
_UNKNOWN_THERE = ("stream_options", "n", "best_of", "echo", "user")
_REPORTED = ("timings", "truncated", "stopping_word")


def can_fill(endpoint: Endpoint) -> bool:
    """Whether a gap is filled here, not by `/completions`."""
    return bool(endpoint.quirks.get("infill_url"))


def infill_call(call: HttpCall, endpoint: Endpoint) -> HttpCall:
    """A text completion with a suffix as `POST /infill`.

    Raises:
        ConfigError: the prompt is not one text.
    """
    body = dict(mapping_of(call.json))
    prompt, suffix = body.pop("prompt", ""), body.pop("suffix", "")
    if not isinstance(prompt, str):
        raise ConfigError("A gap is filled between two texts; token ids and several prompts cannot be.")
    notes = [*call.notes]
    if number_of(body.get("n")) not in (None, 1):
        notes.append("n was not sent: llama.cpp fills a gap once at a time.")
    for name in _UNKNOWN_THERE:
        body.pop(name, None)
    sent = {_OTHER_NAMES.get(name, name): value for name, value in body.items()}
    parts = urlsplit(endpoint.base_url)
    url = f"{parts.scheme}://{parts.netloc}{endpoint.quirks['infill_url']}"
    return replace(call, url=url, json={**sent, "input_prefix": prompt, "input_suffix": suffix}, notes=tuple(notes))


def is_infill(data: Mapping[str, Any]) -> bool:
    """Whether a chunk is of `/infill`, not of `/completions`."""
    return "content" in data and "choices" not in data


def infill_events(data: Mapping[str, Any]) -> Iterator[StreamEvent]:
    """The events of one chunk, or of a whole reply."""
    text = text_of(data.get("content"))
    if text:
        yield TextDelta(text)
    tokens = chat_logprobs(data.get("completion_probabilities"))
    if tokens:
        yield TokenLogprobs(tokens)
    if data.get("stop") is not True:
        return
    counts = number_of(data.get("tokens_evaluated")), number_of(data.get("tokens_predicted"))
    if counts != (None, None):
        yield UsageReport(Usage(*counts))
    meta = {name: data[name] for name in _REPORTED if data.get(name)}
    if meta:
        yield MetaReport(meta)
    is_cut = data.get("stop_type") == "limit" or data.get("stopped_limit") is True
    yield Finished(Finish.LENGTH if is_cut else Finish.STOP, 0, text_of(data.get("stop_type")))
