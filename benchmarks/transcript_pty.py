"""A program in a pseudo-terminal of 120 x 40: bytes with the time each piece came, keys, processor time and memory.

Times are taken when bytes are read; the terminal emulator (pyte) looks at them only when it is asked for the screen, so
that it does not slow what is measured.
"""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

import psutil
import pyte

COLUMNS, LINES = 120, 40
ROOT = Path(__file__).parent.parent


class Terminal:
    """One run of a program."""

    def __init__(
        self,
        arguments: Sequence[str],
        environment: dict[str, str] | None = None,
        size: tuple[int, int] = (COLUMNS, LINES),
    ) -> None:
        self.size = size
        """Columns and lines."""
        self.chunks: list[tuple[float, bytes]] = []
        self._seen = b""
        self.began = time.monotonic()
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # every user's second start finds compiled modules
            os.environ.update(
                {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}, **(environment or {})
            )
            os.execv(arguments[0], list(arguments))
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.process = psutil.Process(self.pid)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._terminal)

    def read(self, for_s: float, until: Callable[[bytes], bool] | None = None) -> bool:
        """Read for a time, or until something is true of all that came; True in the second case."""
        deadline = time.monotonic() + for_s
        while (left := deadline - time.monotonic()) > 0:
            ready, _, _ = select.select([self._terminal], [], [], left)
            if not ready:
                break
            try:
                data = os.read(self._terminal, 1 << 16)
            except OSError:
                break
            now = time.monotonic()
            self.chunks.append((now, data))
            if b"\x1b[?2026$p" in data:  # the toolkit asks whether frames may be sent whole
                self.send(b"\x1b[?2026;2$y")
            self._seen = (self._seen + data)[-200_000:]
            if until is not None and until(self._seen):
                return True
        return False

    def wait_for(self, text: str, for_s: float = 60) -> float:
        """Read until a text was sent to the screen.

        Returns:
            When it came, on the monotonic clock.

        Raises:
            TimeoutError: it did not come.
        """
        wanted = text.encode()
        if wanted not in self._seen and not self.read(for_s, lambda seen: wanted in seen):
            raise TimeoutError(f"{text!r} was not on the screen within {for_s} s:\n" + "\n".join(self.screen()))
        return self.chunks[-1][0]

    def send(self, keys: bytes) -> float:
        """Type; returns when."""
        os.write(self._terminal, keys)
        return time.monotonic()

    def echo_s(self, letter: str, for_s: float = 5) -> float:
        """Type a letter that is nowhere else on the screen; how long until it is."""
        mark = len(self.chunks)
        wanted = letter.encode()
        sent = self.send(wanted)
        deadline = sent + for_s
        while time.monotonic() < deadline:
            self.read(min(0.5, max(0.001, deadline - time.monotonic())), lambda _: wanted in _text(self.chunks[mark:]))
            if wanted in _text(self.chunks[mark:]):
                return self.chunks[-1][0] - sent
        return for_s

    def cpu_s(self) -> float:
        """Processor time of the program so far."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def rss_mib(self) -> float:
        """Its memory."""
        return float(self.process.memory_info().rss) / (1 << 20)

    def shown_s(self, text: str, began: float, for_s: float = 5) -> float:
        """How long after `began` a text was sent to the screen in one piece; what came before does not count."""
        wanted, mark = text.encode(), len(self.chunks)

        def is_there(_: bytes) -> bool:
            return wanted in b"".join(data for _, data in self.chunks[mark:])

        if not self.read(for_s, is_there):
            raise TimeoutError(f"{text!r} was not on the screen within {for_s} s:\n" + "\n".join(self.screen()))
        return self.chunks[-1][0] - began

    def first_seen(self, texts: Sequence[str]) -> dict[str, float]:
        """When each text was first sent to the screen, for texts that come in this order."""
        found: dict[str, float] = {}
        waiting = list(texts)
        tail = b""
        for when, data in self.chunks:
            tail = tail[-4000:] + data
            while waiting and waiting[0].encode() in tail:
                found[waiting.pop(0)] = when
            for skipped, text in enumerate(waiting[:40]):  # a frame may never have shown some of them
                if text.encode() in tail:
                    for late in waiting[: skipped + 1]:
                        found[late] = when
                    del waiting[: skipped + 1]
                    break
        return found

    def bytes_between(self, first: float, last: float) -> int:
        """Bytes sent to the terminal in a stretch of time."""
        return sum(len(data) for when, data in self.chunks if first <= when <= last)

    def longest_gap_s(self, first: float, last: float) -> float:
        """The longest time without anything sent to the screen, from the first piece in a stretch to the last."""
        times = [when for when, _ in self.chunks if first <= when <= last]
        return max(later - earlier for earlier, later in itertools.pairwise(times))

    def screen(self) -> list[str]:
        """What a terminal shows now."""
        screen = pyte.Screen(*self.size)
        stream = pyte.ByteStream(screen)
        stream.feed(b"".join(data for _, data in self.chunks)[-400_000:])
        return [line.rstrip() for line in screen.display]


def _text(chunks: list[tuple[float, bytes]]) -> bytes:
    """What is printed, less the escape sequences, whose letters are not text."""
    return re.sub(
        rb"\x1b(?:\[[0-9;?$<>=]*[A-Za-z]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][A-Z0-9]|[=>PX^_])",
        b"",
        b"".join(data for _, data in chunks),
    )


def python(*arguments: str) -> list[str]:
    """The command line of a module of ours."""
    return [sys.executable, "-m", *arguments]
