"""Finds out how a reply is framed by looking at it: events, lines, a growing array, one document, or a web page.

The Content-Type is a hint for the doubtful cases only: gateways mislabel streams, and answer a request for a stream
with one JSON document. Refuses to interpret frames, and to hold more than a limit of a document.

Source: wire-contracts 0.2, 0.4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from tui.providers.lenient_json import BadJson, list_of, loads, mapping_of
from tui.providers.ndjson import ArrayDecoder, NdjsonDecoder
from tui.providers.sse import BOM, SseDecoder, SseEvent, TooLarge

MAX_DOCUMENT_BYTES = 16 * 1024 * 1024
"""A reply in one piece; pictures in it may take some MiB."""

FrameKind = Literal["", "events", "lines", "array", "document"]

_FIELDS = (b"data:", b"event:", b"id:", b"retry:", b":")


class Framing:
    """Decodes one reply body into frames, or keeps it as one document.

    Frames are SseEvents; those that came without server-sent events around them have no name.
    """

    def __init__(self, *, is_streamed: bool, content_type: str = "", prefers_lines: bool = False) -> None:
        self.kind: FrameKind = ""
        """How the reply is framed; empty until that is known."""
        self.ends_loose = False
        """Whether the body ended inside a line: the last frame may be a part of one."""
        self._is_streamed = is_streamed
        self._is_labelled = "event-stream" in content_type.lower()
        self._prefers_lines = prefers_lines or "ndjson" in content_type.lower() or "jsonl" in content_type.lower()
        self._decoder: SseDecoder | NdjsonDecoder | ArrayDecoder | None = None
        self._head = bytearray()
        self._searched = 0
        self._may_have_bom = True

    @property
    def is_blank(self) -> bool:
        """Whether nothing but white space came so far."""
        return not self.kind and not self._body()

    @property
    def document(self) -> bytes:
        """The whole body, when it is one document."""
        return bytes(self._body())

    @property
    def stray(self) -> bytes:
        """A line of bare JSON between events, if there was one."""
        return self._decoder.stray if isinstance(self._decoder, SseDecoder) else b""

    def feed(self, chunk: bytes) -> Sequence[SseEvent]:
        """The frames that `chunk` completes.

        Raises:
            TooLarge: a frame or the document exceeds its limit.
        """
        decoder = self._decoder
        if decoder is None:
            self._head += chunk
            if len(self._head) > MAX_DOCUMENT_BYTES:
                raise TooLarge(f"the reply is larger than {MAX_DOCUMENT_BYTES // 1024 // 1024} MiB")
            if not self.kind:
                self._decide()
            if self._decoder is None:
                return ()
            decoder, chunk = self._decoder, bytes(self._body())
            self._head.clear()
        if isinstance(decoder, SseDecoder):
            return decoder.feed(chunk)
        return [SseEvent("", text) for text in decoder.feed(chunk)]

    def end(self) -> Sequence[SseEvent]:
        """The frames that the end of the body completes; afterwards `kind` is certain.

        Raises:
            TooLarge: a frame exceeds its limit.
        """
        if self._decoder is None:
            if self.is_blank:
                return ()
            self._decide_at_end()
            if self._decoder is None:
                return ()
        decoder = self._decoder
        frames: list[SseEvent] = []
        if self._head:
            chunk = bytes(self._body())
            self._head.clear()
            frames.extend(decoder.feed(chunk) if isinstance(decoder, SseDecoder) else _plain(decoder.feed(chunk)))
        last = decoder.end() if isinstance(decoder, SseDecoder) else _plain(decoder.end())
        self.ends_loose = bool(last)
        return [*frames, *last]

    # -- deciding ------------------------------------------------------------------------------------------------------

    def _body(self) -> bytearray:
        """What came so far; white space and a byte order mark before it are dropped, nothing else is copied."""
        head = self._head
        if self._may_have_bom and head.startswith(BOM):
            del head[: len(BOM)]
            self._may_have_bom = False
        if head[:1].isspace():
            del head[: len(head) - len(head.lstrip())]
            self._may_have_bom = False
        return head

    def _decide(self) -> None:
        if self._may_have_bom and len(self._head) < len(BOM) and BOM.startswith(self._head):
            return
        body = self._body()
        if not body:
            self._head.clear()  # blank lines that keep a connection alive
            self._may_have_bom = False
            return
        if body.startswith(_FIELDS):
            # Hatz may put `data:` before its lines without blank lines between them, whatever it calls that.
            is_lines = self._prefers_lines and (body.startswith(b"data:") or not self._is_labelled)
            self._choose("lines" if is_lines else "events")
        elif body.startswith(b"{"):
            if self._is_streamed:
                self._decide_json(body)
            else:
                self._choose("document")
        elif body.startswith(b"["):
            self._choose("array" if self._is_streamed else "document")
        elif body.startswith(b"<"):
            self._choose("document")
        elif b"\n" not in body and any(field.startswith(body) for field in _FIELDS):
            return
        else:
            self._choose("events" if self._is_labelled else "document")

    def _decide_json(self, body: bytearray) -> None:
        """A stream of lines, or one document: told apart by what stands on the first line, and after it."""
        end = body.find(b"\n", self._searched)
        if end < 0:
            self._searched = len(body)
            return
        self._searched = end
        rest = body[end:].lstrip()
        try:
            first = loads(bytes(body[:end]))
        except BadJson:
            is_pretty = len(body[:end].strip()) <= 2 or not self._prefers_lines
            self._choose("document" if is_pretty else "lines")
            return
        if _looks_whole(first):
            if rest:
                self._choose("lines")
        elif self._prefers_lines or _looks_partial(first) or rest:
            self._choose("lines")

    def _decide_at_end(self) -> None:
        body = self._body()
        if not body.startswith(b"{"):
            if not self.kind:
                self._choose("events" if body.startswith(b"data") else "document")
            return
        try:
            whole = loads(bytes(body))
        except BadJson:
            # The first line was broken, the others need not be; or it is a stream that nobody asked for.
            is_lines = body.count(b"\n{") > 0 and (self._is_streamed or self._is_frame(body.partition(b"\n")[0]))
            self._choose("lines" if is_lines else "document")
            return
        is_line = self._is_streamed and not self.kind and (self._prefers_lines or _looks_partial(whole))
        self._choose("lines" if is_line and not _looks_whole(whole) else "document")

    def _is_frame(self, line: bytearray) -> bool:
        try:
            first = loads(bytes(line))
        except BadJson:
            return False
        return self._prefers_lines or _looks_partial(first)

    def _choose(self, kind: FrameKind) -> None:
        self.kind = kind
        if kind == "events":
            self._decoder = SseDecoder(may_have_bom=False)
        elif kind == "lines":
            self._decoder = NdjsonDecoder(may_have_bom=False)
        elif kind == "array":
            self._decoder = ArrayDecoder(may_have_bom=False)


def _plain(texts: Sequence[str]) -> list[SseEvent]:
    return [SseEvent("", text) for text in texts]


def _first_choice(data: Any) -> Mapping[str, Any]:
    choices = list_of(mapping_of(data).get("choices"))
    return mapping_of(choices[0]) if choices else {}


def _looks_whole(data: Any) -> bool:
    """Whether a JSON object is a whole reply, or an error, rather than the first of many frames."""
    data = mapping_of(data)
    if data.get("error") or "detail" in data:
        return True
    return "message" in _first_choice(data) or data.get("type") == "message" or data.get("object") == "response"


def _looks_partial(data: Any) -> bool:
    """Whether a JSON object is certainly one frame of many."""
    return "delta" in _first_choice(data) or "done" in mapping_of(data)
