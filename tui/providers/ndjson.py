"""JSON without server-sent events around it: one value a line, or one growing array.

Lines end in LF only; a CR before it is white space. Servers that mix the two worlds are met half-way: a `data:` prefix
is dropped, comments and other event-stream fields are skipped. Refuses to parse the values.

Source: wire-contracts 1.1, 2.4, 2.5; https://github.com/ndjson/ndjson-spec
"""

from __future__ import annotations

import re

from tui.providers.sse import BOM, MAX_EVENT_BYTES, ByteLines, TooLarge

_SPACE = b" \t\r"
_FIELD_PREFIXES = (b":", b"event:", b"id:", b"retry:")


class NdjsonDecoder:
    """Decodes one stream of lines into texts of one value each."""

    def __init__(self, *, max_bytes: int = MAX_EVENT_BYTES, may_have_bom: bool = True) -> None:
        self._lines = ByteLines(ends_at_cr=False, max_bytes=max_bytes, may_have_bom=may_have_bom)

    def feed(self, chunk: bytes) -> list[str]:
        """The values that `chunk` completes.

        Raises:
            TooLarge: a line exceeds the limit.
        """
        return [value for line in self._lines.feed(chunk) if (value := _value(line))]

    def end(self) -> list[str]:
        """The last line, when it has no end."""
        value = _value(self._lines.end())
        return [value] if value else []


def _value(line: bytes) -> str:
    line = line.strip(_SPACE)
    if line.startswith(b"data:"):
        line = line[5:].strip(_SPACE)
    elif line.startswith(_FIELD_PREFIXES):
        return ""
    return line.decode("utf-8", "replace")


_TOKEN = re.compile(rb'["\\\[\]{}]')
_STRING_TOKEN = re.compile(rb'["\\]')


class ArrayDecoder:
    """Decodes one growing JSON array into texts of one element each, as Gemini streams without `alt=sse`.

    Looks at brackets and quotes only. Elements that are neither objects nor arrays are skipped.
    """

    def __init__(self, *, max_bytes: int = MAX_EVENT_BYTES, may_have_bom: bool = True) -> None:
        self._max_bytes = max_bytes
        self._element = bytearray()
        self._depth = 0
        self._in_string = False
        self._escaped = False
        self._head = b""
        self._at_start = may_have_bom

    def feed(self, chunk: bytes) -> list[str]:
        """The elements that `chunk` completes.

        Raises:
            TooLarge: an element exceeds the limit.
        """
        if self._at_start:
            self._head += chunk
            if len(self._head) < len(BOM) and BOM.startswith(self._head):
                return []
            chunk, self._head, self._at_start = self._head.removeprefix(BOM), b"", False
        found: list[str] = []
        start = position = 0
        if self._escaped and chunk:
            self._escaped, position = False, 1
        while token := (_STRING_TOKEN if self._in_string else _TOKEN).search(chunk, position):
            position = token.end()
            match token[0]:
                case b'"':
                    self._in_string = not self._in_string
                case b"\\":
                    self._escaped = position == len(chunk)
                    position += 1
                case b"{" | b"[":
                    self._depth += 1
                    if self._depth == 2:
                        start = position - 1
                case _:
                    self._depth -= 1
                    if self._depth == 1:
                        self._element += chunk[start:position]
                        found.append(self._element.decode("utf-8", "replace"))
                        self._element.clear()
        if self._depth > 1:
            self._element += chunk[start:]
            if len(self._element) > self._max_bytes:
                raise TooLarge(f"a part of the reply is larger than {self._max_bytes / 1024 / 1024:g} MiB")
        return found

    def end(self) -> list[str]:
        """What is left at the end: an element cut in two, which is no element."""
        return []
