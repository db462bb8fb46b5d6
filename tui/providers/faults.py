"""What went wrong with a request, in words: what happened, which endpoint and host, what to do.

Library texts are never passed on: they may be empty or hold secrets. A server's words are, cleaned, cut and with every
known secret masked. Refuses to decide whether to try again.

Source: wire-contracts 1.1, 1.2, 2.1 (statuses and error bodies).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypedDict
from urllib.parse import urlsplit

from tui.errors import (
    ConnectFailed,
    ContextTooLong,
    KeyRejected,
    ModelUnknown,
    ProviderError,
    RateLimited,
    ReplyUnreadable,
    RequestRejected,
    ResponseTimeout,
    StreamBroken,
)
from tui.providers.addresses import redirect_target
from tui.providers.base import Endpoint, HttpCall, Rejection
from tui.providers.retrying import LONGEST_DEMAND_S, demanded_wait_s, is_about_quota
from tui.text.clean import clean_line
from tui.text.redact import Redactor, looks_secret

WORDS_CELLS = 600
"""How much of a server's words is shown."""

_TITLE = re.compile(r"<title[^>]*>([^<]{1,200})", re.IGNORECASE)
_CONTEXT_CODES = frozenset(
    {"context_length_exceeded", "string_above_max_length", "exceed_context_size_error", "context_window_exceeded"}
)
_CONTEXT_WORDS = re.compile(
    r"context[ _-]?(?:length|window|size|limit)|maximum context|too many (?:input |prompt )?tokens|too long"
    r"|maximum number of tokens|reduce the length|exceeds? (?:the )?(?:max|context|token limit)",
    re.IGNORECASE,
)
_MODEL_CODES = frozenset({"model_not_found", "model_not_available", "invalid_model", "unsupported_model_or_endpoint"})
_MODEL_WORDS = re.compile(
    r"\bmodel\b.{0,120}(?:not (?:found|supported|exist|available)|does ?n[o']t exist|unknown|invalid model)"
    r"|no node found for model|not a valid model|unknown model|invalid model",
    re.IGNORECASE | re.DOTALL,
)
_KEY_CODES = frozenset({"invalid_api_key", "api_key_invalid", "authentication_error", "auth_error"})
_NOT_THE_KEY = re.compile(r"moderat|flagged|country|region|territory|blocked|policy", re.IGNORECASE)
_ID_HEADERS = ("x-request-id", "request-id", "x-generation-id", "apim-request-id", "cf-ray")


class Names(TypedDict):
    """What every ProviderError carries."""

    endpoint: str
    model: str


@dataclass(frozen=True, slots=True)
class Talk:
    """One request to one endpoint: who is spoken of in a message, and what must not be in it."""

    endpoint: Endpoint
    url: str
    model: str = ""
    """The model's own name on the wire; empty for listings."""
    redactor: Redactor = field(default_factory=lambda: Redactor(()))

    @classmethod
    def about(cls, call: HttpCall, endpoint: Endpoint, model: str = "") -> Talk:
        """The talk that `call` begins, knowing every secret in it."""
        return cls(endpoint, call.url, model, Redactor(secrets_of(call, endpoint)))

    @property
    def host(self) -> str:
        """The host, with a port when the URL names one."""
        return clean_line(urlsplit(self.url).netloc.rpartition("@")[2])

    @property
    def who(self) -> str:
        """The endpoint and its host."""
        return f"{self.endpoint.label or self.endpoint.name} ({self.host})"

    @property
    def names(self) -> Names:
        """The endpoint and the model, for an error."""
        return {"endpoint": self.endpoint.name, "model": self.model}

    def words(self, text: str, limit: int = WORDS_CELLS) -> str:
        """Foreign words fit for a message: one line, cleaned, secrets masked, cut, without a full stop."""
        line = " ".join(self.redactor.redact_cut(text[: 20 * limit]).split())
        return clean_line(line, limit).rstrip(" .")


def secrets_of(call: HttpCall, endpoint: Endpoint) -> Iterator[str]:
    """Every secret that a request carries: its key, secret headers, and keys for others inside the body."""
    yield from (endpoint.key, *endpoint.secrets())
    for name, value in (*call.headers.items(), *endpoint.headers.items()):
        if value and (looks_secret(name) or name in call.secret_headers):
            yield value
            yield value.removeprefix("Bearer ")
    if isinstance(call.json, Mapping):
        keys = call.json.get("provider_api_keys")
        if isinstance(keys, Mapping):
            yield from (value for value in keys.values() if isinstance(value, str) and value)


def time_words(seconds: float) -> str:
    """A duration for people: “12 s”, “3 min”, “27 h”."""
    if seconds < 90:
        return f"{seconds:.0f} s" if seconds >= 1 else f"{seconds:.1f} s"
    if seconds < 90 * 60:
        return f"{math.ceil(seconds / 60)} min"
    if seconds < 72 * 3600:
        return f"{math.ceil(seconds / 3600)} h"
    return f"{math.ceil(seconds / 86400)} days"


# -- no answer ---------------------------------------------------------------------------------------------------------


def connect_failed(talk: Talk, what: str, advice: str) -> ConnectFailed:
    """No connection; a retired service says so."""
    retired = talk.endpoint.quirks.get("retired")
    if isinstance(retired, str) and retired:
        advice = f"{advice} {clean_line(retired).rstrip('.')}."
    return ConnectFailed(f"{talk.who}: {what}. {advice}".strip(), **talk.names)


def went_silent(talk: Talk, after_s: float) -> ResponseTimeout:
    """Nothing of a reply came in time."""
    return ResponseTimeout(
        f"{talk.who} sent nothing of a reply for {time_words(after_s)}. It may be busy or loading the model; "
        "try again, or allow more with timeout.first_byte_s.",
        after_s=after_s,
        **talk.names,
    )


# -- an answer with a status that is no success ------------------------------------------------------------------------


def rejected(
    talk: Talk,
    status: int,
    rejection: Rejection,
    *,
    headers: Mapping[str, str] | None = None,
    body: str = "",
    tries: int = 1,
) -> RequestRejected:
    """The error for an answer with this status."""
    headers = headers or {}
    words = _words(talk, rejection, body)
    wait = demanded_wait_s(headers) or rejection.retry_after_s
    kind, sentence = _sentence(talk, status, rejection, words, headers)
    if wait is not None and kind is RateLimited and not is_about_quota(rejection):
        why = ", longer than Parley waits by itself" if wait > LONGEST_DEMAND_S else ""
        sentence += f" It asks to wait {time_words(math.ceil(wait) if why else wait)}{why}."
    if tries > 1:
        sentence += f" Tried {tries} times."
    request_id = _request_id(rejection, headers)
    return kind(
        sentence + _request_words(talk, request_id),
        status=status,
        retry_after_s=wait,
        body=talk.redactor.redact_cut(body[:4096]),
        request_id=request_id or None,
        **talk.names,
    )


def _request_id(rejection: Rejection, headers: Mapping[str, str]) -> str:
    return rejection.request_id or next((headers[name] for name in _ID_HEADERS if headers.get(name)), "")


def _request_words(talk: Talk, request_id: str) -> str:
    return f" (Request {talk.words(request_id, 80)}.)" if request_id else ""


def _words(talk: Talk, rejection: Rejection, body: str) -> str:
    if looks_like_html(body):
        return _page_words(talk, body)
    words = talk.words(rejection.words)
    if rejection.parameter and rejection.parameter not in words and words:
        words += f" (about {talk.words(rejection.parameter, 60)})"
    return words


def _sentence(
    talk: Talk, status: int, rejection: Rejection, words: str, headers: Mapping[str, str]
) -> tuple[type[RequestRejected], str]:
    said = f": {words}." if words else "."
    number = f" ({status})"
    if status == HTTPStatus.NOT_MODIFIED:
        words = f"{talk.who} said only that nothing has changed{number}, as a cache would. Check base_url."
        return RequestRejected, words
    if 300 <= status < 400:
        target = redirect_target(headers.get("location", "")) or talk.host
        return RequestRejected, (
            f"{talk.who} answered with a redirect to {talk.words(target, 100)}{number}, which is not followed: "
            "key and prompt would go there. Check base_url."
        )
    kind = error_class(status, rejection)
    if kind is KeyRejected:
        return kind, f"{talk.who} {_key_words(talk.endpoint)}{number}{said}"
    if kind is ModelUnknown and _fills_a_gap(talk) and not _MODEL_WORDS.search(rejection.words):
        return RequestRejected, (
            f"{talk.who} cannot fill gaps: it has nothing at {talk.words(talk.url, 200)}{number}{said} "
            "Go on at the end of the text instead, or use a server and a model that fill in."
        )
    if kind is ModelUnknown:
        if not talk.model:
            return kind, f"{talk.who} has nothing at {talk.words(talk.url, 200)}{number}{said} Check base_url."
        model = f"{talk.endpoint.name}/{talk.model}"
        where = f"{talk.words(model, 200)} at {talk.words(talk.endpoint.base_url, 200)}"
        return kind, f"{talk.who} does not know {where}{number}{said} Check the model's name and base_url."
    if kind is ContextTooLong:
        model = talk.words(talk.model, 200) if talk.model else "its model"
        advice = "Shorten the conversation or choose another model."
        return kind, f"{talk.who} says that the request is too long for {model}{number}{said} {advice}"
    if kind is RateLimited:
        what = "says that the quota is used up" if is_about_quota(rejection) else "gets too many requests"
        return kind, f"{talk.who} {what}{number}{said}"
    if status == 402:
        return kind, f"{talk.who} wants payment or more credit{number}{said}"
    if status >= 500:
        return kind, f"{talk.who} failed{number}{said}{_if_silent(words, status)}"
    return kind, f"{talk.who} refused the request{number}{said}{_if_silent(words, status)}"


def _fills_a_gap(talk: Talk) -> bool:
    """Whether what was asked for is what an endpoint has for gaps in a text alone."""
    return urlsplit(talk.url).path == talk.endpoint.quirks.get("infill_url")


def _if_silent(words: str, status: int) -> str:
    if words:
        return ""
    try:
        return f" It said only “{HTTPStatus(status).phrase}”."
    except ValueError:
        return " It gave no reason."


def _key_words(endpoint: Endpoint) -> str:
    if not endpoint.key:
        return "wants a key, and none was sent"
    source = clean_line(endpoint.key_source)
    return f"did not accept the key{f' from {source}' if source else ''}"


def error_class(status: int, rejection: Rejection) -> type[RequestRejected]:
    """The class of error that a status and what the body says about it make."""
    code, words = rejection.code.lower(), rejection.words
    if status == 401 or (code in _KEY_CODES and status in (400, 403)):
        return KeyRejected
    if status == 403 and not _NOT_THE_KEY.search(f"{code} {words}"):
        return KeyRejected
    if status == 413 or (status in (400, 422) and (code in _CONTEXT_CODES or _CONTEXT_WORDS.search(words))):
        return ContextTooLong
    if status == 404 or (status in (400, 422) and (code in _MODEL_CODES or _MODEL_WORDS.search(words))):
        return ModelUnknown
    if status == 429:
        return RateLimited
    return RequestRejected


def status_words(status: int) -> str:
    """A status as a few words: “429 Too Many Requests”."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


# -- an answer that is none --------------------------------------------------------------------------------------------


def looks_like_html(text: str) -> bool:
    """Whether a body is a web page: a portal, a proxy's error page."""
    start = text[:512].lstrip("\ufeff \t\r\n").lower()
    return start.startswith(("<!doctype", "<html", "<head", "<body", "<title", "<?xml", "<script", "<center", "<h1"))


def _page_words(talk: Talk, body: str) -> str:
    title = _TITLE.search(body[:65536])
    named = f" titled “{talk.words(title[1], 120)}”" if title and title[1].strip() else ""
    return f"a web page{named}, not an API answer"


def unreadable(talk: Talk, body: str, *, status: int | None = None) -> ReplyUnreadable:
    """A body that is no reply: a web page, text, other JSON."""
    if looks_like_html(body):
        what = f"answered with {_page_words(talk, body)}. A portal or proxy may stand in between; check base_url."
    elif body.strip():
        what = f"answered with something that is not an API answer: {talk.words(body, 200)}. Check base_url."
    else:
        what = "sent an empty reply. Try again."
    fragment = talk.redactor.redact_cut(body[:500])
    return ReplyUnreadable(f"{talk.who} {what}", fragment=fragment, status=status, **talk.names)


def too_large(talk: Talk, limit: str) -> ReplyUnreadable:
    """A limit was exceeded before anything was shown."""
    return ReplyUnreadable(f"{talk.who} sent more than Parley takes: {limit}.", **talk.names)


def cut_short(
    talk: Talk, cause: str, received_chars: int, *, status: int | None = None, retry_after_s: float | None = None
) -> StreamBroken:
    """The reply ended before its finish mark."""
    return StreamBroken(
        f"The reply of {talk.who} was cut short: {cause}.",
        received_chars=received_chars,
        status=status,
        retry_after_s=retry_after_s,
        **talk.names,
    )


def broke_off_in_call(talk: Talk, cause: str) -> StreamBroken:
    """The reply ended before its finish mark, and a tool call, perhaps half of one, is all that came of it."""
    return StreamBroken(
        f"{talk.who} broke off in a tool call, before any text: {cause}.", received_chars=0, **talk.names
    )


# -- an error inside a reply -------------------------------------------------------------------------------------------

_STATUS_OF_CODE = {
    "overloaded_error": 529,
    "overloaded": 529,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "insufficient_quota": 429,
    "too_many_requests": 429,
    "resource_exhausted": 429,
    "billing_error": 402,
    "authentication_error": 401,
    "invalid_api_key": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "model_not_found": 404,
    "context_length_exceeded": 400,
    "invalid_request_error": 400,
    "request_too_large": 413,
    "server_error": 500,
    "api_error": 500,
    "internal_error": 500,
    "internal_server_error": 500,
    "service_unavailable": 503,
    "timeout_error": 504,
}


def status_inside(rejection: Rejection, status: int | None) -> int | None:
    """The HTTP status that an error inside a 200 reply stands for, if it says."""
    if status is not None and 400 <= status < 600:
        return status
    if re.fullmatch(r"[45]\d\d", rejection.code, re.ASCII):
        return int(rejection.code)
    return _STATUS_OF_CODE.get(rejection.code.lower())


def broken_off(
    talk: Talk,
    rejection: Rejection,
    status: int | None,
    received_chars: int,
    *,
    headers: Mapping[str, str] | None = None,
    tries: int = 1,
) -> ProviderError:
    """An error inside a reply: after text the reply is cut short, before any it is a rejection like any other."""
    status = status_inside(rejection, status)
    request_id = _request_id(rejection, headers or {})
    if received_chars:
        words = talk.words(rejection.words) or "the server reported an error without words"
        if request_id:
            words += f" (request {talk.words(request_id, 80)})"
        return cut_short(talk, words, received_chars, status=status, retry_after_s=rejection.retry_after_s)
    if status is not None:
        return rejected(talk, status, rejection, headers=headers, tries=tries)
    words = talk.words(rejection.words)
    said = f": {words}." if words else ", without saying why."
    return RequestRejected(
        f"{talk.who} broke off with an error{said}{_request_words(talk, request_id)}",
        request_id=request_id or None,
        **talk.names,
    )
