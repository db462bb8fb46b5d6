"""Server-sent events: bytes in, events out, exact to the byte.

Lines end in CR, LF or CRLF and nowhere else; text libraries also break at U+2028, VT and others, which occur inside
JSON. The server's charset is ignored: event streams are UTF-8. Refuses to look inside `data`, and to hold more than a
limit of it.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html (9.2.5, 9.2.6), but for empty `data`: a block
with an empty data line is handed out as an empty event.
"""

from __future__ import annotations

from typing import NamedTuple

MAX_EVENT_BYTES = 8 * 1024 * 1024
"""One line, or all data lines of one event; the largest real events are whole replies with images of some MiB."""

BOM = b"\xef\xbb\xbf"
_STRAY_BYTES = 8192


class TooLarge(Exception):
    """A line or an event is larger than the limit; the sentence names it."""


class SseEvent(NamedTuple):
    """One event as it was sent."""

    event: str
    """Its name, or an empty text when it has none."""
    data: str
    """The data lines, joined with LF."""
    id: str = ""
    """The last event id so far."""
    retry: int | None = None
    """The reconnection time of this block, in milliseconds."""


class ByteLines:
    """Splits bytes into lines as they come; a line is out with the chunk that ends it.

    Time is linear in the bytes however they are cut: what is still unfinished is never searched again.
    """

    def __init__(self, *, ends_at_cr: bool, max_bytes: int = MAX_EVENT_BYTES, may_have_bom: bool = True) -> None:
        self._ends_at_cr = ends_at_cr
        self._max_bytes = max_bytes
        self._rest = bytearray()
        self._at_start = may_have_bom
        self._after_cr = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """The lines that `chunk` completes, without their ends.

        Raises:
            TooLarge: a line is longer than the limit.
        """
        if self._at_start and not (chunk := self._without_bom(chunk)):
            return []
        if self._ends_at_cr:
            chunk = self._with_lf_only(chunk)
        if b"\n" not in chunk:
            self._rest += chunk
            if len(self._rest) > self._max_bytes:
                raise self._too_large()
            return []
        lines = chunk.split(b"\n")
        if self._rest:
            self._rest += lines[0]
            lines[0] = bytes(self._rest)
            self._rest.clear()
        self._rest += lines.pop()
        if len(chunk) > self._max_bytes or len(lines[0]) > self._max_bytes:
            self._check(lines)
        return lines

    def end(self) -> bytes:
        """What stood after the last line end."""
        rest, self._rest = bytes(self._rest), bytearray()
        return rest

    def _without_bom(self, chunk: bytes) -> bytes:
        """Drop one byte order mark at the start, which may itself be cut; empty while that is undecided."""
        head = bytes(self._rest) + chunk
        if len(head) < len(BOM) and BOM.startswith(head):
            self._rest = bytearray(head)
            return b""
        self._rest.clear()
        self._at_start = False
        return head.removeprefix(BOM)

    def _with_lf_only(self, chunk: bytes) -> bytes:
        """Make each line end an LF; a CR at the end of a chunk ends its line now, its LF is swallowed later."""
        if not chunk:
            return chunk
        if self._after_cr and chunk[0] == 0x0A:
            chunk = chunk[1:]
            if not chunk:
                self._after_cr = False
                return chunk
        self._after_cr = chunk[-1] == 0x0D
        if b"\r" in chunk:
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return chunk

    def _check(self, lines: list[bytes]) -> None:
        if any(len(line) > self._max_bytes for line in lines) or len(self._rest) > self._max_bytes:
            raise self._too_large()

    def _too_large(self) -> TooLarge:
        return TooLarge(f"a line is longer than {self._max_bytes / 1024 / 1024:g} MiB")


class SseDecoder:
    """Decodes one event stream."""

    def __init__(self, *, max_bytes: int = MAX_EVENT_BYTES, may_have_bom: bool = True) -> None:
        self._lines = ByteLines(ends_at_cr=True, max_bytes=max_bytes, may_have_bom=may_have_bom)
        self._max_bytes = max_bytes
        self._data: list[bytes] = []
        self._size = 0
        self._event = ""
        self._id = ""
        self._retry: int | None = None
        self.stray = b""
        """The beginning of the first line that is JSON without a field name: some gateways break off with one."""

    def feed(self, chunk: bytes) -> list[SseEvent]:
        """The events that `chunk` completes.

        Raises:
            TooLarge: a line or an event exceeds the limit.
        """
        events: list[SseEvent] = []
        data = self._data
        for line in self._lines.feed(chunk):
            if line.startswith(b"data: "):  # nearly all lines are this or blank
                data.append(line[6:])
                self._size += len(line)
                if self._size > self._max_bytes:
                    raise TooLarge(f"an event is larger than {self._max_bytes / 1024 / 1024:g} MiB")
            elif line:
                if line[0] != 0x3A:  # comments may come in floods
                    self._take_field(line)
            elif data:
                events.append(self._dispatch())
            else:
                self._event, self._retry = "", None
        return events

    def end(self) -> list[SseEvent]:
        """The unfinished event at the end of the body, if there is one.

        Raises:
            TooLarge: it exceeds the limit.
        """
        line = self._lines.end()
        if line:
            self._take_field(line)
        return [self._dispatch()] if self._data else []

    def _dispatch(self) -> SseEvent:
        data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
        event = SseEvent(self._event, data.decode("utf-8", "replace"), self._id, self._retry)
        self._data.clear()
        self._size = 0
        self._event, self._retry = "", None
        return event

    def _take_field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        if value.startswith(b" "):
            value = value[1:]
        match name:
            case b"data":
                self._data.append(value)
                self._size += len(value) + 6
                if self._size > self._max_bytes:
                    raise TooLarge(f"an event is larger than {self._max_bytes / 1024 / 1024:g} MiB")
            case b"event":
                self._event = value.decode("utf-8", "replace")
            case b"id" if b"\0" not in value:
                self._id = value.decode("utf-8", "replace")
            case b"retry" if value.isdigit() and len(value) < 16:  # bytes.isdigit knows ASCII digits only
                self._retry = int(value)
            case _ if not self.stray and line.startswith(b"{"):
                self.stray = line[:_STRAY_BYTES]
