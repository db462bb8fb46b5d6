"""Keeping secrets out of what is shown, logged and saved: known ones by value, others by the name they go under.

`Redactor` finds keys that the app holds wherever they turn up, also encoded. `mask_headers` and `mask_json` blank what
a name says is secret, whether the app knows the value or not. Masking is for what people see and files keep; this
module refuses to touch what is sent, and to guess secrets from how a value looks.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "***"
"""What stands for a secret. Its length says nothing about the secret's."""

SECRET_OBJECTS = frozenset({"provider_api_keys"})
"""Names of objects whose every value is a key."""

_SHORTEST = 3  # one or two characters guard nothing, and hiding them would blank half of every sentence
_FEWEST_TOLD, _FEWEST_PART = 8, 3  # what a text may end with before its end counts as a secret's beginning
_FEWEST_CUT = 6  # the same where a text is known to be cut; "not" must not become a mask for the key "not-needed"
_SHORTEST_ANYWHERE = 8  # shorter keys are often words ("ollama"): only whole ones are hidden, and no encoded forms

_SHORTEST_RECASED = 16  # no word that may stand in a sentence is as long as that

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SECRET_PARTS = (
    "secret",
    "passw",
    "passphrase",
    "passcode",
    "credential",
    "apikey",
    "authorization",
    "cookie",
    "bearer",
)
_SECRET_WORDS = frozenset({"auth", "oauth", "pwd", "jwt"})
# Words before "key" or "token" that make the whole the name of something everybody may know.
_OPEN_KEYS = frozenset(
    {"cache", "idempotency", "public", "primary", "foreign", "sort", "partition", "index", "routing"}
)
_OPEN_TOKENS = frozenset(
    {"max", "min", "first", "last", "next", "prev", "page", "per", "new", "total", "num", "logit", "top"}
    | {"eos", "bos", "pad", "unk", "sep", "cls", "mask", "stop", "start", "end", "begin", "special"}
    | {"prompt", "completion", "input", "output", "reasoning", "cached", "image", "audio", "text"}
)
_COUNTS = re.compile(r"rate-?limit|tokens|max-?token|token-?(?:count|limit|usage)")
_HEADER_PARTS = re.compile("key|token|secret|auth|cookie|passw|credential")


class Redactor:
    """Replaces secrets that the app knows by `***`, in any text.

    Of secrets with eight or more characters the JSON-escaped, URL-encoded, HTML-escaped, hexadecimal and base64 forms
    are found too, base64 also where other text stands before it ("user:key"); of those with sixteen, also all in
    capitals or in small letters. Shorter ones are replaced where they stand as a whole word. Those of one or two
    characters are left: they guard nothing.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        known = {secret for secret in secrets if len(secret) >= _SHORTEST}
        long = {secret for secret in known if len(secret) >= _SHORTEST_ANYWHERE}
        forms = {form for secret in long for form in _forms(secret)}
        self._forms = sorted(forms, key=lambda form: (-len(form), form))  # a key may begin with another one
        self._words = [
            re.compile(rf"(?<![A-Za-z0-9]){re.escape(secret)}(?![A-Za-z0-9])")
            for secret in sorted(known - long, key=lambda secret: (-len(secret), secret))
        ]

    def redact(self, text: str) -> str:
        """`text` with every known secret as `***`; text without secrets comes back as it is."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, MASK)
        for word in self._words:
            text = word.sub(MASK, text)
        return text

    def redact_cut(self, text: str) -> str:
        """As `redact`, for a text that was cut off: a secret's beginning at its end is hidden as well."""
        text = self.redact(text)
        begun = self.begun(text)
        return text[:-begun] + MASK if begun >= _FEWEST_CUT else text

    def begun(self, text: str) -> int:
        """How many characters at the end of `text` are the beginning of a secret whose rest has not come yet.

        A few characters may stand at the end of any text, and count for nothing.
        """
        longest = 0
        for form in self._forms:
            head = form[: max(_FEWEST_PART, min(_FEWEST_TOLD, len(form) // 4))]
            at = text.find(head, max(0, len(text) - len(form) + 1))
            while at >= 0 and not form.startswith(text[at:]):
                at = text.find(head, at + 1)
            if at >= 0:
                longest = max(longest, len(text) - at)
        return longest


@lru_cache(maxsize=4096)
def looks_secret(name: str) -> bool:
    """Whether a value under this name (of a header, a JSON field, a setting) should be hidden.

    `api_key`, `accessToken`, `X-Auth`, `client-secret` and the like are; `max_tokens`, `first_token_s`,
    `prompt_cache_key` and `author` are not. A bare `key` is not either: it is what data calls its keys.
    """
    words = [word.lower() for word in _WORDS.findall(name)]
    joined = "".join(words)
    if any(part in joined for part in _SECRET_PARTS) or not _SECRET_WORDS.isdisjoint(words):
        return True
    if "key" in words or "keys" in words:
        at = words.index("key" if "key" in words else "keys")
        return at > 0 and words[at - 1] not in _OPEN_KEYS
    return words[-1:] == ["token"] and (len(words) == 1 or words[-2] not in _OPEN_TOKENS)


def is_secret_header(name: str) -> bool:
    """Whether a header of this name may hold a secret; rate limits and token counts hold none."""
    lowered = name.lower().replace("_", "-")
    return looks_secret(name) or (_HEADER_PARTS.search(lowered) is not None and _COUNTS.search(lowered) is None)


def mask_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers as they may be shown and saved: the whole value of each secret one, scheme included, is `***`.

    A header is secret if its name contains key, token, secret, auth, cookie or a like word; rate limits and token
    counts are not. An empty value stays empty.
    """
    return {name: MASK if value and is_secret_header(name) else value for name, value in headers.items()}


def mask_json(value: Any, secret_keys: Collection[str] = SECRET_OBJECTS) -> Any:
    """A JSON value as it may be shown and saved; the value given is not changed.

    Args:
        value: Anything that JSON can hold.
        secret_keys: Objects under these names lose every value, whatever its name and type.

    Returns:
        A copy with `***` for each of those values, and for each text or number under a name that `looks_secret`.
        Null, empty text and (outside `secret_keys`) true and false stay, and so do a JSON schema's property names.
    """
    match value:
        case Mapping():
            is_logprob = "logprob" in value  # there, "token" is a word of the reply
            return {
                name: _blanked(item)
                if name in secret_keys
                else _mask_field(str(name), item, secret_keys, is_open=is_logprob and name == "token")
                for name, item in value.items()
            }
        case list() | tuple():
            return [mask_json(item, secret_keys) for item in value]
    return value


def _mask_field(name: str, item: Any, secret_keys: Collection[str], *, is_open: bool) -> Any:
    if name == "properties" and isinstance(item, Mapping):  # a JSON schema: the names describe, they hold nothing
        return {key: mask_json(schema, secret_keys) for key, schema in item.items()}
    if is_open or isinstance(item, bool) or not looks_secret(name):
        return mask_json(item, secret_keys)
    return _blanked(item)


def _blanked(value: Any) -> Any:
    match value:
        case Mapping():
            return {name: _blanked(item) for name, item in value.items()}
        case list() | tuple():
            return [_blanked(item) for item in value]
        case None | "":
            return value
    return MASK


def _forms(secret: str) -> Iterator[str]:
    """The ways in which a secret is written inside other text."""
    escaped = json.dumps(secret)[1:-1]
    yield from (secret, escaped, json.dumps(secret, ensure_ascii=False)[1:-1], escaped.replace("/", "\\/"))
    yield from (json.dumps(escaped)[1:-1], html.escape(secret), repr(secret)[1:-1])
    raw = secret.encode("utf-8", "surrogatepass")
    yield from (raw.hex(), raw.hex().upper())
    if len(secret) >= _SHORTEST_RECASED:  # host names and some headers come back so
        yield from (secret.upper(), secret.lower())
    for quoted in (quote(raw), quote(raw, safe=""), quote_plus(raw)):
        yield quoted
        yield re.sub("%[0-9A-F]{2}", lambda code: code[0].lower(), quoted)
    for before in range(3):
        # Base64 turns three bytes into four characters: leave out those that mix in what stands before or after.
        first = -(-before * 8 // 6)
        whole = (before + len(raw)) * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(bytes(before) + raw).decode("ascii")[first:whole]
