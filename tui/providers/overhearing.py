"""What a server says over a new connection before the HTTP library would listen, or before it would understand.

The library sends a request to its end before it reads, and so loses “too large” when the connection breaks on the way.
It reads on until there is a blank line, which a mail server may never send, and then tells no more than that the
connection closed. Takes the place of a connection's `read` and `write` until the first answer has begun, no longer.
Refuses to know requests and responses.

Source: httpcore “Network Backends” (`read`, `write`); RFC 9112, sections 4 (how an answer begins) and 9.5 (an answer
before the request is over).
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

_BEGINNING = b"HTTP/"
_LARGE_BYTES = 2**18
"""What is larger than this may be refused while it is on its way."""
_PIECE_BYTES = 2**16


class Overhearing:
    """The first answer over one connection."""

    def __init__(self) -> None:
        self.banner = b""
        """How the server answered when that was not HTTP; empty when it was, or nothing came."""
        self._stream: Any = None
        self._read: Any = None
        self._write: Any = None
        self._heard = bytearray()
        self._early = b""

    def begin(self, stream: Any) -> None:
        """Listen on a connection that nothing was sent over yet."""
        self._stream, self._read, self._write = stream, stream.read, stream.write
        with contextlib.suppress(AttributeError):  # of another make: then it is not known
            stream.read, stream.write = self._first_read, self._first_write

    async def _first_read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """A piece of the answer; what is not HTTP is cut off: nobody knows where it ends."""
        piece, self._early = self._early, b""
        if not piece:
            piece = await self._read(max_bytes, timeout)
        self._heard += piece
        if len(self._heard) >= len(_BEGINNING) or not piece:
            del self._stream.read, self._stream.write
        if _BEGINNING[: len(self._heard)] == self._heard[: len(_BEGINNING)]:
            return piece
        self.banner = bytes(self._heard)
        return b""

    async def _first_write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send; with much to send, until the server begins to answer: the rest leaves while the answer is read."""
        if len(buffer) < _LARGE_BYTES:
            await self._write(buffer, timeout)
            return
        sending = asyncio.ensure_future(self._write(buffer, timeout))
        answer = asyncio.ensure_future(self._read(_PIECE_BYTES, None))
        both = {sending, answer}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if sending.done() and sending.exception() is not None:
                await asyncio.wait(both)  # the connection is lost: what came before that is there at once
        finally:
            for task in both:
                task.cancel()  # takes nothing back that was handed over, and loses nothing that was not
            found = await asyncio.gather(answer, sending, return_exceptions=True)
        if isinstance(found[0], bytes) and found[0]:
            self._early = found[0]
        elif isinstance(found[1], Exception):
            raise found[1]
