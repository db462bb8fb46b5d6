"""JSON shapes that OpenAI began and many servers share: usage, log-probabilities, finish reasons, errors.

Read leniently: every value may be of any type. Refuses to know where in a reply a shape stands; that is a dialect's.

Source: wire-contracts 1.2, 1.3, 2.1, 2.7.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from tui.domain.events import IMPOSSIBLE, Alternative, Finish, Finished, MetaReport, StreamEvent, TokenLogprob, Usage
from tui.providers.base import Rejection
from tui.providers.lenient_json import list_of, mapping_of, number_of, text_of

FINISHES: Mapping[str, Finish] = {
    "stop": Finish.STOP,
    "eos": Finish.STOP,  # Together
    "end_turn": Finish.STOP,
    "stop_sequence": Finish.STOP,
    "length": Finish.LENGTH,
    "max_tokens": Finish.LENGTH,
    "model_length": Finish.LENGTH,  # Mistral
    "content_filter": Finish.FILTER,
    "refusal": Finish.FILTER,
    "tool_calls": Finish.TOOL_CALLS,
    "tool_call": Finish.TOOL_CALLS,
    "tool_use": Finish.TOOL_CALLS,
    "function_call": Finish.TOOL_CALLS,
    "error": Finish.ERROR,
    "insufficient_system_resource": Finish.ERROR,  # DeepSeek
    "abort": Finish.ERROR,  # vLLM
}


def finish_of(word: Any) -> Finish | None:
    """What a `finish_reason` means, or None while there is none; a word nobody knows is still an end."""
    if not isinstance(word, str) or not word:
        return None
    return FINISHES.get(word.lower(), Finish.STOP)


def finish_words(word: Any) -> str:
    """The server's own word when it says more than the finish that it maps to."""
    found = finish_of(word)
    return "" if found is None or word.lower() == found.value else text_of(word)


def finish_rest(seen: set[int], finished: set[int]) -> list[StreamEvent]:
    """The end of the choices that were seen and not told to be finished, in their order; they are told so now."""
    left = sorted(seen - finished)
    finished.update(left)
    return [Finished(Finish.STOP, index) for index in left]


def report_added(data: Mapping[str, Any], known: set[str], read_elsewhere: frozenset[str]) -> list[StreamEvent]:
    """What a provider added to a frame, each field once; `known` grows by the names that need no second look."""
    new = {
        key: value
        for key, value in data.items()
        if key not in known and key not in read_elsewhere and value is not None
    }
    known.update(key for key in data if key in read_elsewhere or data[key] is not None)
    return [MetaReport(new)] if new else []


_INPUT = ("prompt_tokens", "input_tokens", "input_text_tokens")
_OUTPUT = ("completion_tokens", "output_tokens", "output_text_tokens", "generation_tokens")


def usage_of(value: Any) -> Usage | None:
    """Token counts under any of the names that OpenAI-like servers use; None when there are none."""
    if not isinstance(value, Mapping):
        return None
    out_details = mapping_of(value.get("completion_tokens_details") or value.get("output_tokens_details"))
    in_details = mapping_of(value.get("prompt_tokens_details") or value.get("input_tokens_details"))
    usage = Usage(
        input_tokens=_first_number(value, _INPUT),
        output_tokens=_first_number(value, _OUTPUT),
        reasoning_tokens=_first_number(value, ("reasoning_tokens",), out_details),
        cached_tokens=_first_number(
            value, ("prompt_cache_hit_tokens", "cached_tokens", "cached_read_text_tokens"), in_details
        ),
    )
    return None if usage == Usage() else usage


def _first_number(
    value: Mapping[str, Any], names: Iterable[str], details: Mapping[str, Any] | None = None
) -> int | None:
    for name in names:
        for place in (details or {}, value):
            number = number_of(place.get(name))
            if number is not None:
                return number
    return None


def real_of(value: Any) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def logprob_of(value: Any) -> float | None:
    """A log-probability; minus infinity, as Python's JSON or Google's writes it, is that of what is impossible."""
    return IMPOSSIBLE if value in (-math.inf, "-Infinity") else real_of(value)


def _alternative(token: str, logprob: Any) -> Alternative | None:
    """A token that could have stood there: many servers' JSON has null for the infinite odds against it."""
    number = IMPOSSIBLE if logprob is None else logprob_of(logprob)
    return None if number is None else Alternative(token, number)


def chat_logprobs(value: Any) -> tuple[TokenLogprob, ...]:
    """Chat-style log-probabilities: `{"content": […]}`, or the plain list that some servers send."""
    entries = value.get("content") if isinstance(value, Mapping) else value
    tokens = []
    for entry in list_of(entries):
        if not isinstance(entry, Mapping):
            continue
        others = [
            other for other in list_of(entry.get("top_logprobs")) if isinstance(other, dict) and "logprob" in other
        ]
        found = (_alternative(token_text(other), other["logprob"]) for other in others)
        tokens.append(TokenLogprob(token_text(entry), logprob_of(entry.get("logprob")), tuple(filter(None, found))))
    return tuple(tokens)


def token_text(entry: Mapping[str, Any]) -> str:
    r"""The text of a token; one that is a part of a character by its bytes, as OpenAI writes it: `\xf0\x9f`.

    llama.cpp leaves the text of such a token empty, Ollama puts U+FFFD there; both tell its bytes.
    """
    told = entry.get("bytes")
    if isinstance(told, list) and told and all(type(one) is int and 0 <= one < 256 for one in told):
        try:
            bytes(told).decode()
        except UnicodeDecodeError:
            return "".join(f"\\x{one:02x}" for one in told)
    return text_of(entry.get("token"))


def legacy_logprobs(value: Any) -> tuple[TokenLogprob, ...]:
    """Log-probabilities of text completions: parallel lists; with `echo` the first has none."""
    if not isinstance(value, Mapping):
        return ()
    if "content" in value:
        return chat_logprobs(value)  # llama.cpp answers text completions in the chat style
    logprobs, tops = list_of(value.get("token_logprobs")), list_of(value.get("top_logprobs"))
    tokens = []
    for position, token in enumerate(list_of(value.get("tokens"))):
        logprob = logprob_of(logprobs[position]) if position < len(logprobs) else None
        top = tops[position] if position < len(tops) else None
        tokens.append(TokenLogprob(text_of(token), logprob, _alternatives(top)))
    return tuple(tokens)


def _alternatives(top: Any) -> tuple[Alternative, ...]:
    if not isinstance(top, Mapping):
        return ()
    return tuple(filter(None, (_alternative(text_of(token), logprob) for token, logprob in top.items())))


# -- errors ------------------------------------------------------------------------------------------------------------

_QUOTA_CODES = frozenset({"insufficient_quota", "insufficient_funds", "billing_hard_limit_reached", "billing_error"})


def is_error(data: Mapping[str, Any]) -> bool:
    """Whether a frame or document is an error: these three marks are terminal on every wire."""
    return bool(data.get("error")) or data.get("object") == "error" or data.get("type") == "error"


def detail_words(detail: Any) -> str:
    """FastAPI's `detail`: a text, or a list of `{loc, msg}` as “body.messages.0.role: words”."""
    if isinstance(detail, str):
        return detail
    lines = []
    for item in list_of(detail):
        if isinstance(item, str):
            lines.append(item)
            continue
        entry = mapping_of(item)
        where = ".".join(str(part) for part in list_of(entry.get("loc")) if isinstance(part, str | int))
        what = text_of(entry.get("msg")) or text_of(entry.get("message")) or text_of(entry.get("type"))
        if where or what:
            lines.append(f"{where}: {what}" if where and what else where or what)
    if not lines and isinstance(detail, Mapping):
        return text_of(detail.get("message")) or text_of(detail.get("msg")) or text_of(detail.get("error"))
    return "; ".join(lines)


def detail_parameter(detail: Any) -> str:
    """The request field that the first item of a `detail` list points at, without the leading “body”."""
    for item in list_of(detail):
        path = [str(part) for part in list_of(mapping_of(item).get("loc")) if isinstance(part, str | int)]
        if path and path[0] == "body":
            del path[0]
        if path:
            return ".".join(path)
    return ""


def openai_rejection(data: Any, text: str = "") -> Rejection:
    """What an error says, in any of the shapes of OpenAI-like servers; `text` is the raw body when it is not JSON."""
    if isinstance(data, list) and data:
        data = data[0]  # some gateways wrap the object in a list
    if not isinstance(data, Mapping):
        return Rejection(words=data if isinstance(data, str) else text)
    error = data.get("error")
    inner = error if isinstance(error, Mapping) else data
    detail = data.get("detail") or mapping_of(inner.get("message")).get("detail")  # the second is Mistral's place
    words = text_of(inner.get("message")) or text_of(error) or detail_words(detail)
    words = words or text_of(inner.get("msg")) or text_of(data.get("message")) or text_of(data.get("title"))
    code = _code_of(inner)
    metadata = mapping_of(inner.get("metadata"))
    upstream = text_of(metadata.get("provider_name"))
    raw = text_of(metadata.get("raw"))
    if upstream and raw and raw not in words:
        words = f"{words} ({upstream}: {raw[:4000]})"  # OpenRouter hides the reason there
    return Rejection(
        words=words or (text if "error" not in data else ""),
        code=code,
        parameter=text_of(inner.get("param")) or detail_parameter(detail),
        request_id=text_of(data.get("request_id")) or text_of(inner.get("request_id")),
        is_final=code in _QUOTA_CODES or text_of(inner.get("type")) in _QUOTA_CODES,
    )


def compatible_rejection(status: int, data: Any, text: str) -> Rejection:
    """`openai_rejection`; Atoma's 500 “Bad Request” is a bad parameter, which no second try heals."""
    found = openai_rejection(data, text)
    return replace(found, is_final=True) if status == 500 and found.words.strip() == "Bad Request" else found


def _code_of(error: Mapping[str, Any]) -> str:
    for name in ("code", "type", "status"):
        value = error.get(name)
        if isinstance(value, str) and value and value != "error":
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return ""


def status_in(data: Mapping[str, Any]) -> int | None:
    """The HTTP status that an error object in a 200 stream carries, if any."""
    error = data.get("error")
    places = (error, data) if isinstance(error, Mapping) else (data,)
    for place in places:
        for name in ("code", "status", "status_code"):
            number = number_of(place.get(name))
            if number is None and isinstance(place.get(name), str) and re.fullmatch(r"[45]\d\d", place[name]):
                number = int(place[name])
            if number is not None and 400 <= number < 600:
                return number
    return None
