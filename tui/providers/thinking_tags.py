"""Telling thinking from answer where a model writes both into one text, between tags.

`<think>…</think>` or `<thinking>…</thinking>`, cut anywhere by the wire. Refuses to look for any other markup, and
holds back no more than the few characters that might yet become a tag.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_TAG = re.compile(r"<(/?)think(?:ing)?>")
_MAYBE = tuple(sorted({tag[:n] for tag in ("<thinking>", "</thinking>") for n in range(1, len(tag))}, key=len))
"""Beginnings of a tag, shortest first; those of the short forms are among them but for the last character."""
_LONGEST = len("</thinking>") - 1


class ThinkingSplitter:
    """Splits one text, piece by piece, into `(is_thinking, text)`."""

    def __init__(self, *, starts_thinking: bool = False) -> None:
        self._is_thinking = starts_thinking
        self._held = ""
        self._trims = False

    @property
    def is_plain(self) -> bool:
        """Whether a piece without `<` would be answer as it stands."""
        return not (self._is_thinking or self._held or self._trims)

    def feed(self, piece: str) -> list[tuple[bool, str]]:
        """What `piece` adds; a possible beginning of a tag at its end is held back."""
        if not self._held and not self._trims and "<" not in piece:
            return [(self._is_thinking, piece)] if piece else []
        return list(self._split(self._held + piece))

    def flush(self) -> list[tuple[bool, str]]:
        """What was held back, at the end of the text: it was no tag."""
        held, self._held = self._held, ""
        return [(self._is_thinking, held)] if held else []

    def _split(self, text: str) -> Iterator[tuple[bool, str]]:
        self._held = ""
        position = 0
        for tag in _TAG.finditer(text):
            yield from self._out(text[position : tag.start()])
            self._is_thinking = not tag[1]
            self._trims = not self._is_thinking  # the blank lines after thinking belong to neither
            position = tag.end()
        rest = text[position:]
        kept = _tail(rest)
        self._held = rest[len(rest) - kept :]
        yield from self._out(rest[: len(rest) - kept])

    def _out(self, text: str) -> Iterator[tuple[bool, str]]:
        if self._trims:
            text = text.lstrip("\n")
            if not text:
                return
            self._trims = False
        if text:
            yield self._is_thinking, text


def _tail(text: str) -> int:
    """How many characters at the end might be the beginning of a tag."""
    at = text.rfind("<", max(0, len(text) - _LONGEST))
    return len(text) - at if at >= 0 and text[at:] in _MAYBE else 0
