"""A terminal that vanishes takes the app with it, once everything is on record; nothing goes on in the dark."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import termios
from collections.abc import Callable
from time import monotonic, sleep

import pytest

from tui.paths import sessions_dir
from tui.screens.leaving import HUNG_UP, TERMINATED

PATIENCE_S = 60.0
IS_READY = b"new line"
"""What the composer's border says whatever the first screen finds on this machine."""


def start(*, has_controlling_terminal: bool) -> tuple[subprocess.Popen[bytes], int]:
    """The app in a terminal of 80 by 24; returns the process and the terminal's other end."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(ours, (24, 80))

    def become_leader() -> None:
        import fcntl

        os.setsid()
        if has_controlling_terminal:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    command = [sys.executable, "-m", "tui", "-m", "demo/slow"]
    process = subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        preexec_fn=become_leader,
        env={**os.environ, "TERM": "xterm"},
    )
    os.close(theirs)
    return process, ours


def read_until(ours: int, found: Callable[[bytes], bool]) -> bytes:
    """What the app paints, until it is what was waited for."""
    painted = b""
    deadline = monotonic() + PATIENCE_S
    while not found(painted):
        assert monotonic() < deadline, painted[-2000:]
        painted += os.read(ours, 65536)
    return painted


@pytest.mark.parametrize("has_controlling_terminal", [True, False])
def test_a_terminal_that_vanishes_ends_the_app_with_all_on_record(has_controlling_terminal: bool) -> None:
    process, ours = start(has_controlling_terminal=has_controlling_terminal)
    try:
        read_until(ours, lambda painted: IS_READY in painted)
        os.write(ours, b"tell me something long\r")
        read_until(ours, lambda painted: b"stop" in painted)
        deadline = monotonic() + PATIENCE_S
        while not list(sessions_dir().glob("*.jsonl")):
            assert monotonic() < deadline
            sleep(0.02)
        os.close(ours)
        assert process.wait(PATIENCE_S) == HUNG_UP
    finally:
        process.kill()
        process.wait()
    (kept,) = sessions_dir().glob("*.jsonl")
    assert "tell me something long" in kept.read_text(encoding="utf-8")


def test_sigterm_ends_it_with_the_terminal_as_it_was() -> None:
    process, ours = start(has_controlling_terminal=True)
    try:
        read_until(ours, lambda painted: IS_READY in painted)
        process.terminate()
        read_until(ours, lambda painted: b"\x1b[?1049l" in painted)
        assert process.wait(PATIENCE_S) == TERMINATED
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def test_back_from_the_shell_the_whole_screen_is_painted() -> None:
    process, ours = start(has_controlling_terminal=True)
    try:
        read_until(ours, lambda painted: IS_READY in painted and b"Found on" in painted)
        os.write(ours, b"q")
        read_until(ours, lambda painted: b"tokens" in painted)  # the last thing to be painted by itself
        process.send_signal(signal.SIGTSTP)
        read_until(ours, lambda painted: b"\x1b[?1049l" in painted)
        os.waitpid(process.pid, os.WUNTRACED)
        process.send_signal(signal.SIGCONT)
        read_until(ours, lambda painted: b"Welcome" in painted.partition(b"\x1b[?1049h")[2])
    finally:
        process.kill()
        process.wait()
        os.close(ours)
