"""Halves of surrogate pairs, as JSON strings may hold them: joined where both came, replaced where one is missing.

A lone surrogate cannot be encoded, so it must not get as far as a file, a request or a terminal.
"""

from __future__ import annotations

import re

_SURROGATE = re.compile("[\ud800-\udfff]")
_PAIR = re.compile("([\ud800-\udbff])([\udc00-\udfff])")


def scrub_surrogates(text: str) -> str:
    """`text` with pairs of halves joined and every half left over replaced by U+FFFD."""
    if _SURROGATE.search(text) is None:
        return text
    return _SURROGATE.sub("\ufffd", _PAIR.sub(_joined, text))


def _joined(match: re.Match[str]) -> str:
    high, low = ord(match[1]), ord(match[2])
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


class SurrogateJoiner:
    """Joins a high half at the end of one piece with a low half at the start of the next."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> str:
        """The next piece without lone surrogates; a high half at its end waits for the piece after it."""
        if not text:
            return text
        if not self._held and _SURROGATE.search(text) is None:
            return text
        text, self._held = self._held + text, ""
        if "\ud800" <= text[-1] <= "\udbff":
            text, self._held = text[:-1], text[-1]
        return scrub_surrogates(text)

    def flush(self) -> str:
        """What is left over at the end: nothing, or U+FFFD for a half that stayed alone."""
        rest, self._held = self._held, ""
        return "\ufffd" if rest else ""
