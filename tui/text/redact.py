"""Secrets taken out of text that somebody will see: error words, logs, requests as they are shown and saved.

Two ways, used together: by value (`Redactor` knows the keys in use, whatever form a server echoes them in) and by name
(headers and JSON fields that hold secrets). Refuses to guess that any long word is a secret.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "***"
SHORTEST_CODED = 8
"""Shorter secrets are looked for as they are only: their coded forms would hit innocent text."""

_SECRET_HEADERS = frozenset(
    {"authorization", "x-api-key", "x-goog-api-key", "api-key", "cookie", "set-cookie", "proxy-authorization"}
)
_SECRET_IN_HEADER = re.compile(r"key|token|secret|auth|password|credential|cookie", re.IGNORECASE)
_HARMLESS_HEADER = re.compile(r"ratelimit|rate-limit|tokens|author$|www-authenticate|attribution", re.IGNORECASE)
_SECRET_FIELD = re.compile(
    r"(?:^|[_\-.])(?:api[_\-]?key|apikey|access[_\-]?key|secret|password|passwd|passphrase|authorization|"
    r"credentials?|private[_\-]?key|(?:access|auth|bearer|id|refresh|session|api)?[_\-]?token)$",
    re.IGNORECASE,
)
SECRET_OBJECTS = frozenset({"provider_api_keys"})


def looks_secret(name: str) -> bool:
    """Whether a field or variable of this name holds a secret: `api_key` does, `max_tokens` does not."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return _SECRET_FIELD.search(spaced) is not None


def is_secret_header(name: str) -> bool:
    """Whether a header of this name may hold a secret."""
    lower = name.lower()
    if lower in _SECRET_HEADERS:
        return True
    return _SECRET_IN_HEADER.search(lower) is not None and _HARMLESS_HEADER.search(lower) is None


def mask_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """A copy with the values of secret headers replaced."""
    return {name: MASK if value and is_secret_header(name) else value for name, value in headers.items()}


def mask_json(value: Any, secret_keys: Iterable[str] = SECRET_OBJECTS) -> Any:
    """A copy with every scalar inside the objects named `secret_keys`, and under secret-looking names, replaced."""
    return _masked(value, frozenset(secret_keys), is_inside=False)


def _masked(value: Any, secret_keys: frozenset[str], *, is_inside: bool) -> Any:
    if isinstance(value, Mapping):
        return {
            key: _masked(
                item,
                secret_keys,
                is_inside=is_inside or key in secret_keys or (isinstance(key, str) and looks_secret(key)),
            )
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_masked(item, secret_keys, is_inside=is_inside) for item in value]
    if is_inside and value not in (None, "", False, True):
        return MASK
    return value


class Redactor:
    """Replaces known secrets in text, also when they come JSON-escaped, URL-encoded or in base64."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms: set[str] = set()
        for secret in secrets:
            if secret:
                forms.update(_forms(secret))
        ordered = sorted(forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def redact(self, text: str) -> str:
        """`text` with every secret as `***`."""
        return text if self._pattern is None else self._pattern.sub(MASK, text)


def _forms(secret: str) -> set[str]:
    forms = {secret}
    if len(secret) < SHORTEST_CODED:
        return forms
    forms |= {
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        quote(secret, safe=""),
        quote(secret),
    }
    forms.add(quote_plus(secret))
    raw = secret.encode("utf-8", "surrogatepass")
    for coded in (base64.b64encode(raw), base64.urlsafe_b64encode(raw)):
        text = coded.decode("ascii")
        forms |= {text, text.rstrip("=")}
    return forms
