"""Why the child ended, in words: from what it last said and from how it ended.

Its words are foreign text and are cleaned before they become part of a sentence. This module refuses to guess: what
it does not recognise is quoted.
"""

from __future__ import annotations

import asyncio
import signal
from collections import deque

from tui.local.cpu import NO_AVX2
from tui.local.library import InstalledModel
from tui.text.clean import clean_line

_KEPT_LINES = 50
_LONGEST_LINE_BYTES = 4096
_ERROR_MARK = " E "
"""How the runtime marks error lines: `0.00.033.451 E srv …`."""

_ILLEGAL_INSTRUCTION = (-int(getattr(signal, "SIGILL", 4)), 132, 0xC000001D)
_KILLED = (-9, 137)
_NO_MEMORY = ("cannot allocate memory", "failed to allocate", "unable to allocate", "bad_alloc", "out of memory")
_DAMAGED = ("failed to open gguf", "corrupted or incomplete", "not within the file bounds", "invalid magic")
_UNKNOWN_KIND = ("unknown model architecture", "unknown architecture")


class Obituary:
    """Listens to a child's standard error and keeps what may matter later."""

    def __init__(self) -> None:
        self._first_error = ""
        self._cause = ""
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)

    @property
    def last_lines(self) -> tuple[str, ...]:
        """The last lines the child wrote, cleaned, oldest first."""
        return tuple(self._lines)

    def add_cause(self, cause: str) -> None:
        """What the child itself reported as the cause."""
        self._cause = clean_line(cause, 200)

    async def listen(self, stream: asyncio.StreamReader) -> None:
        """Read until the child closes its end; lines of any length, bytes of any kind."""
        pending = b""
        while chunk := await stream.read(4096):
            *lines, pending = (pending + chunk).split(b"\n")
            for line in lines:
                self._hear(line)
            pending = pending[-_LONGEST_LINE_BYTES:]
        if pending:
            self._hear(pending)

    def _hear(self, line: bytes) -> None:
        text = clean_line(line[:_LONGEST_LINE_BYTES].decode("utf-8", "replace").rstrip("\r"))
        if not text.strip():
            return
        self._lines.append(text)
        if not self._first_error and _ERROR_MARK in text:
            self._first_error = " ".join(text.partition(_ERROR_MARK)[2].split())

    def sentence(self, model: InstalledModel, exit_code: int | None, *, is_starting: bool = False) -> str:
        """One sentence about how it ended and what helps."""
        said = "\n".join([self._first_error, self._cause, *self._lines]).lower()
        if exit_code in _ILLEGAL_INSTRUCTION:
            return NO_AVX2
        if any(words in said for words in _NO_MEMORY):
            return (
                f"There is not enough memory for {model.label}; close other programs, choose a smaller model, "
                "or set a smaller context_tokens in [local]."
            )
        if exit_code in _KILLED:
            return (
                f"{model.label} was stopped by the system, most likely because memory ran out; "
                "close other programs or choose a smaller model."
            )
        if any(words in said for words in _DAMAGED):
            again = f"run “parley local install {model.name}”" if model.entry else "add the file again"
            return f"The file of {model.label} is damaged; {again}."
        if any(words in said for words in _UNKNOWN_KIND):
            return (
                f"{model.label} is of a kind that the installed runtime does not know; update it or use another model."
            )
        return f"{model.label} {self._plain_end(exit_code, is_starting)}."

    def _plain_end(self, exit_code: int | None, is_starting: bool) -> str:
        what = "could not be started" if is_starting else "stopped unexpectedly"
        words = self._first_error or self._cause or (self._lines[-1] if self._lines else "")
        if words:
            return f"{what}; it said: {clean_line(words, 200).rstrip('.')}"
        return f"{what}: its process makes no sense" if exit_code is None else f"{what} (exit code {exit_code})"
