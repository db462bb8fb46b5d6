"""Compressed bodies, unpacked in pieces of bounded size: a bomb meets a limit, a truncated archive is noticed.

The HTTP library would unpack each read whole, and take an archive that stops in the middle for a complete one.
Refuses formats that were not asked for.

Source: RFC 9110 8.4.1 (gzip, deflate); RFC 1950, 1951, 1952.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from tui.providers.sse import TooLarge

MAX_UNPACKED_BYTES = 64 * 1024 * 1024
"""What one compressed body may unpack to; real replies stay below one MiB."""
MOST_TIMES = 100
"""How many times its packed size a body may unpack to, once it is large; text packs to a tenth."""
_LARGE_BYTES = 4 * 1024 * 1024
_PIECE_BYTES = 256 * 1024


class BodyBroken(Exception):
    """The body ended or stopped before its end; the text says how, in a few words."""


class Unpacker:
    """Unpacks gzip or deflate in pieces of bounded size."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._stream = zlib.decompressobj(31 if encoding == "gzip" else 15)
        self._began = False
        self._packed = 0
        self._total = 0

    def unpack(self, data: bytes) -> Iterator[bytes]:
        """The pieces that `data` unpacks to.

        Raises:
            BodyBroken: the data is damaged.
            TooLarge: it unpacks to more than the limit.
        """
        self._packed += len(data)
        try:
            while data:
                if self._stream.eof:  # one archive after the other is allowed
                    self._stream = zlib.decompressobj(31 if self._encoding == "gzip" else 15)
                piece = self._first(data) if not self._began else self._stream.decompress(data, _PIECE_BYTES)
                self._began = True
                self._count(len(piece))
                data = self._stream.unconsumed_tail or self._stream.unused_data
                if piece:
                    yield piece
        except zlib.error as error:
            raise BodyBroken("its compressed data is damaged") from error

    def _count(self, size: int) -> None:
        self._total += size
        if self._total > MAX_UNPACKED_BYTES:
            raise TooLarge(f"the compressed reply unpacks to more than {MAX_UNPACKED_BYTES // 2**20} MiB")
        if self._total > _LARGE_BYTES and self._total > self._packed * MOST_TIMES:
            raise TooLarge(
                f"the compressed reply unpacks to more than {_LARGE_BYTES // 2**20} MiB, {MOST_TIMES} times its size"
            )

    def _first(self, data: bytes) -> bytes:
        try:
            return self._stream.decompress(data, _PIECE_BYTES)
        except zlib.error:
            if self._encoding != "deflate":
                raise
            self._stream = zlib.decompressobj(-15)  # some servers send the bare format
            return self._stream.decompress(data, _PIECE_BYTES)

    def check_end(self) -> None:
        """Make sure that compressed data went on to its end.

        Raises:
            BodyBroken: it stopped in the middle.
        """
        if self._began and not self._stream.eof:
            raise BodyBroken("its compressed data ended early")
