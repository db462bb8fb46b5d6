"""No secret reaches a file: masks headers, secret-looking values and known keys in what is about to be written.

Works on the JSON values of an event, last thing before they become a line, whatever masked them earlier. References
to where a key is found (`{"env": "NAME"}`) are no secrets and stay. `scrub_texts` is for exports, which leave the
machine: it also masks what merely looks like a well-known kind of key. This module refuses to guess in session files:
there, what was typed stays exact.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from tui.store.codec import EVENT_CLASSES
from tui.text.redact import looks_secret, mask_headers, mask_json

MASK = "***"
_REFERENCES = frozenset({"env", "command", "keyring", "file"})
_KEYED_BY_VENDOR = "provider_api_keys"

# Shapes that their vendors publish, long enough to be no accident: OpenAI and kin, Anthropic, GitHub, GitLab, AWS,
# Google, Slack, Hugging Face, Groq, xAI, JSON web tokens, and private keys in PEM.
_KEY_SHAPES = re.compile(
    r"""
      \bsk-(?:proj-|ant-|or-|svcacct-)?[A-Za-z0-9_-]{20,}
    | \bgh[pousr]_[A-Za-z0-9]{30,} | \bgithub_pat_[A-Za-z0-9_]{30,} | \bglpat-[A-Za-z0-9_-]{20,}
    | \bAKIA[0-9A-Z]{16}\b | \bAIza[A-Za-z0-9_-]{35} | \bxox[abeoprs]-[A-Za-z0-9-]{20,}
    | \bhf_[A-Za-z0-9]{30,} | \bgsk_[A-Za-z0-9]{40,} | \bxai-[A-Za-z0-9]{40,}
    | \beyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{10,}
    | -----BEGIN\ [A-Z ]*PRIVATE\ KEY-----[\s\S]*?(?:-----END\ [A-Z ]*PRIVATE\ KEY-----|\Z)
    """,
    re.VERBOSE,
)


class Redacts(Protocol):
    """What knows the keys in use; `tui.text.redact.Redactor` does."""

    def redact(self, text: str) -> str:
        """`text` with every known key masked."""
        ...

    def begun(self, text: str) -> int:
        """How many characters at the end of `text` are the beginning of a key whose rest has not come yet."""
        ...


def scrub_values(values: Mapping[str, Any], redactor: Redacts | None = None) -> dict[str, Any]:
    """The JSON object of an event without secrets; everything else stays as it is."""
    found = dict(values)
    if isinstance(sent := found.get("sent"), Mapping):
        found["sent"] = _scrub_sent(sent)
    if isinstance(meta := found.get("meta"), Mapping):
        found["meta"] = _scrub_meta(meta)
    if isinstance(parameters := found.get("parameters"), Mapping):
        found["parameters"] = mask_parameters(parameters)
    if redactor is not None:
        if tokens := found.get("logprobs"):
            found["logprobs"] = _scrub_tokens(tokens, redactor)
        found = {name: map_texts(value, redactor.redact) for name, value in found.items()}
    return found


def _scrub_tokens(tokens: Any, redactor: Redacts) -> Any:
    """The tokens of a reply, with those masked that amount to a key together."""
    texts = [str(one.get("token", "")) if isinstance(one, Mapping) else "" for one in tokens]
    whole = "".join(texts)
    redacted = redactor.redact(whole)
    if redacted == whole:
        return tokens
    first, last = common_start(whole, redacted), len(whole) - common_start(whole[::-1], redacted[::-1])
    found, at = [], 0
    for one, text in zip(tokens, texts, strict=True):
        is_inside = at < last and at + len(text) > first
        found.append({"token": MASK, "logprob": one.get("logprob")} if is_inside else one)
        at += len(text)
    return found


def common_start(text: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    pairs = enumerate(zip(text, other, strict=False))
    return next((at for at, (one, two) in pairs if one != two), min(len(text), len(other)))


def mask_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters with secret-looking values masked, at any depth; references to keys stay."""
    return {name: _mask_value(name, value) for name, value in parameters.items()}


def _mask_value(name: str, value: Any) -> Any:
    if is_reference(value):
        return value
    if isinstance(value, Mapping):
        if name == _KEYED_BY_VENDOR or looks_secret(name):
            return {key: item if is_reference(item) else _masked(item) for key, item in value.items()}
        return mask_parameters(value)
    if isinstance(value, (list, tuple)):
        return [_mask_value(name, item) for item in value]
    if isinstance(value, str) and name == "extra_body":
        return _KEY_SHAPES.sub(MASK, value)
    return _masked(value) if looks_secret(name) else value


def _masked(value: Any) -> Any:
    return MASK if value not in (None, "", {}, []) else value


def is_reference(value: Any) -> bool:
    """Whether `value` says where a key is found, such as `{"env": "NAME"}`, and is no key itself."""
    return isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in _REFERENCES


def _scrub_sent(sent: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(sent)
    if isinstance(headers := found.get("headers"), Mapping):
        found["headers"] = mask_headers(headers)
    if "json" in found:
        found["json"] = mask_json(found["json"])
    return found


def _scrub_meta(meta: Mapping[str, Any]) -> dict[str, Any]:
    http = meta.get("http")
    if not isinstance(http, Mapping) or not isinstance(http.get("headers"), Mapping):
        return dict(meta)
    return {**meta, "http": {**http, "headers": mask_headers(http["headers"])}}


def map_texts(value: Any, change: Callable[[str], str]) -> Any:
    """`value` with `change` applied to every text in it; keys of objects stay."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: map_texts(item, change) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [map_texts(item, change) for item in value]
    return value


class Scrubber:
    """Masks keys in texts that leave the machine, and counts them."""

    def __init__(self, redactor: Redacts | None = None) -> None:
        self.count = 0
        """How many secrets were masked."""
        self._redactor = redactor

    def text(self, text: str) -> str:
        """`text` with known keys and everything of the shape of a key masked."""
        shaped, found = _KEY_SHAPES.subn(MASK, text)
        self.count += found
        if self._redactor is None:
            return shaped
        redacted = self._redactor.redact(shaped)
        if redacted != shaped:
            self.count += max(1, redacted.count(MASK) - shaped.count(MASK))
        return redacted

    def values(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The JSON object of an event with all its secrets masked."""
        is_known = values.get("event") in EVENT_CLASSES or "format" in values
        masked = scrub_values(values) if is_known else mask_parameters(values)
        self.count += _count_masks(masked) - _count_masks(values)
        return {name: map_texts(value, self.text) for name, value in masked.items()}


def _count_masks(value: Any) -> int:
    if isinstance(value, str):
        return int(value == MASK)
    if isinstance(value, Mapping):
        return sum(map(_count_masks, value.values()))
    if isinstance(value, (list, tuple)):
        return sum(map(_count_masks, value))
    return 0
