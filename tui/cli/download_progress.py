"""How far a download is, on stderr: one line that changes on a terminal, a few lines elsewhere.

Refuses to print more than ten times a second, and anything on stdout.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

from tui.cli.output import say
from tui.text.clean import clean_line

if TYPE_CHECKING:
    from tui.local.install import Progress, SourceSkipped

_SHORTEST_PAUSE_S = 0.1
_RATE_WINDOW_S = 5.0
_LINE_STEP_PERCENT = 25
_BAR_CELLS = 24


class DownloadProgress:
    """Shows one installation.

    Args:
        label: What is being installed.
        stream: Where to; None: stderr.
        clock: Seconds, monotonic.
    """

    def __init__(
        self, label: str, *, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._label = label
        self._stream = stream or sys.stderr
        self._clock = clock
        self._is_terminal = self._stream.isatty()
        self._samples: list[tuple[float, int]] = []
        self._source = ""
        self._phase = ""
        self._painted_s = float("-inf")
        self._said_percent = -_LINE_STEP_PERCENT
        self._has_line = False

    def update(self, report: Progress | SourceSkipped) -> None:
        """Take in what the installer reports."""
        reason = getattr(report, "reason", None)
        if reason is not None:
            self.close()
            say(clean_line(f"{report.source}: {reason}; trying the next source."))
            return
        progress: Progress = report  # type: ignore[assignment]
        if progress.source != self._source or progress.phase != self._phase:
            is_new = progress.source not in ("", self._source)
            self._source, self._phase = progress.source or self._source, progress.phase
            self._samples.clear()
            self._said_percent = -_LINE_STEP_PERCENT
            self._begin(progress, is_new_source=is_new)
        self._samples.append((self._clock(), progress.done_bytes))
        self._forget_old_samples()
        if self._is_terminal:
            self._paint(progress)
        else:
            self._tell(progress)

    def close(self) -> None:
        """Leave a terminal with an empty line to write on."""
        if self._has_line:
            self._write("\r\x1b[K")
            self._has_line = False

    def _begin(self, progress: Progress, *, is_new_source: bool) -> None:
        self._painted_s = float("-inf")
        if progress.phase == "waiting":
            self.close()
            say(f"another Parley is installing {self._label}; waiting for it.")
        elif progress.phase == "downloading" and is_new_source:
            self.close()
            kept = f", going on at {progress.done_bytes / 1e6:,.0f} MB" if progress.done_bytes else ""
            say(clean_line(f"fetching from {self._source}{kept}"))

    def _tell(self, progress: Progress) -> None:
        """A line at each quarter; checking takes too little time to be told."""
        percent = _percent(progress)
        if progress.phase == "downloading" and percent >= self._said_percent + _LINE_STEP_PERCENT:
            self._said_percent = percent - percent % _LINE_STEP_PERCENT
            if percent:
                say(f"{percent} %, {_amount(progress)}")

    def _paint(self, progress: Progress) -> None:
        now = self._clock()
        if progress.phase == "waiting" or now - self._painted_s < _SHORTEST_PAUSE_S:
            return
        self._painted_s = now
        percent = _percent(progress)
        filled = _BAR_CELLS * percent // 100
        parts = [f"{percent:3d} %", "█" * filled + "░" * (_BAR_CELLS - filled), _amount(progress)]
        if progress.phase == "checking":
            parts.append("checking")
        elif rate := self._rate():
            parts += [
                f"{rate / 1e6:.1f} MB/s",
                f"{_clock_time((progress.total_bytes - progress.done_bytes) / rate)} left",
            ]
        width = shutil.get_terminal_size().columns
        self._write("\r\x1b[K" + clean_line("  ".join(parts), max(10, width - 1)))
        self._has_line = True

    def _rate(self) -> float:
        """Bytes per second over the last few seconds; 0 while unknown."""
        (start_s, start_bytes), (end_s, end_bytes) = self._samples[0], self._samples[-1]
        return (end_bytes - start_bytes) / (end_s - start_s) if end_s - start_s >= 0.5 else 0.0

    def _forget_old_samples(self) -> None:
        newest = self._samples[-1][0]
        while len(self._samples) > 2 and newest - self._samples[1][0] > _RATE_WINDOW_S:
            del self._samples[0]
        if len(self._samples) > 2 and self._samples[-1][0] - self._samples[-2][0] < _SHORTEST_PAUSE_S / 2:
            del self._samples[-2]

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (BrokenPipeError, ValueError):
            self._is_terminal = False  # nobody looks any more


def _percent(progress: Progress) -> int:
    return min(100, 100 * progress.done_bytes // max(1, progress.total_bytes))


def _amount(progress: Progress) -> str:
    return f"{progress.done_bytes / 1e6:,.0f} of {progress.total_bytes / 1e6:,.0f} MB"


def _clock_time(seconds: float) -> str:
    whole = min(int(seconds) + 1, 359_999)
    minutes, rest = divmod(whole, 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}" if minutes >= 60 else f"{minutes}:{rest:02d}"
