"""Records what README shows moving: `make recording`.

Parley runs in a pseudo-terminal, keys are pressed as a person would, and what is seen is written as an SVG file that
moves by itself; `--cast FILE` writes it for asciinema, too. The models are the scripts beside this file: no key is seen
and no server asked. Refuses to cut or speed up; what is shown took as long, but for the start.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from codecs import getincrementaldecoder
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from make_pictures import BALL, PICTURES, fresh_folders
from moving_picture import Film, moving_picture

COLUMNS, LINES = 110, 30
PATIENCE_S = 30.0
DIFFERENCE, ESCAPE, PALETTE, FOLD, PARAMETERS = "\x1bd", "\x1b", "\x10", "\x1b[20~", "\x1bOS"
LEFT, DOWN, ENTER = "\x1b[D", "\x1b[B", "\r"
_ASKED_FOR_WHOLE_FRAMES, _WHOLE_FRAMES = "\x1b[?2026$p", b"\x1b[?2026;1$y"


@dataclass(frozen=True)
class Scene:
    """What is waited for, what is looked at and for how long, and which keys come then, at what pace."""

    keys: str | Sequence[str]
    sees: str = ""
    looks_s: float = 0.8
    pace_s: float = 0.12


STORY = (
    Scene([FOLD], "to all 2 columns", 1.5),
    Scene(BALL, pace_s=0.04),
    Scene([ENTER]),
    Scene([DIFFERENCE], "indeed 1.00 more", 3.0),
    Scene([ESCAPE], "Difference", 4.0),
    Scene([PARAMETERS]),
    Scene([LEFT] * 7, "Temperature"),
    Scene([PARAMETERS]),
    Scene([ESCAPE]),
    Scene([PALETTE]),
    Scene("choose a theme", "Commands", pace_s=0.06),
    Scene([ENTER], "Choose a theme"),
    Scene([DOWN] * 4, "Theme", 1.0, pace_s=1.0),
    Scene([ESCAPE]),
    Scene([], looks_s=1.5),
)


class Recording:
    """A running Parley, its screen, and what it wrote when."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self.film = Film(COLUMNS, LINES)
        self.output: list[tuple[float, str]] = []
        self._decoder = getincrementaldecoder("utf-8")("replace")
        self._start = time.monotonic()
        self._main, worker = pty.openpty()
        fcntl.ioctl(worker, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        self._program = subprocess.Popen(
            [sys.executable, "-m", "tui", *arguments],
            stdin=worker,
            stdout=worker,
            stderr=worker,
            env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
            start_new_session=True,
        )
        os.close(worker)

    @property
    def now_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._start

    def play(self, scene: Scene) -> None:
        """Wait for what it sees, look at it, press its keys.

        Raises:
            TimeoutError: what it wants to see does not come.
        """
        latest = self.now_s + PATIENCE_S
        while scene.sees not in self.film.text:
            self._listen(0.05)
            if self.now_s > latest:
                raise TimeoutError(f"{scene.sees!r} does not come:\n{self.film.text}")
        self._listen(scene.looks_s)
        for key in scene.keys:
            os.write(self._main, key.encode())
            self._listen(scene.pace_s)

    def end(self) -> None:
        """No more."""
        self._program.terminate()
        while self._program.poll() is None:
            with contextlib.suppress(OSError):  # it has let go of its terminal
                self._listen(0.1)  # somebody has to read what it says at the end, or it waits
        os.close(self._main)

    def _listen(self, seconds: float) -> None:
        end_s = self.now_s + seconds
        while (left_s := end_s - self.now_s) > 0:
            if not select.select([self._main], [], [], left_s)[0]:
                break
            text = self._decoder.decode(os.read(self._main, 65536))
            self.output.append((self.now_s, text))
            self.film.feed(self.now_s, text)
            if _ASKED_FOR_WHOLE_FRAMES in text:
                os.write(self._main, _WHOLE_FRAMES)
        self.film.keep(self.now_s)


def cast(output: Sequence[tuple[float, str]]) -> str:
    """`output` in asciinema's format, version 2."""
    head = {"version": 2, "width": COLUMNS, "height": LINES, "title": "Parley", "env": {"TERM": "xterm-256color"}}
    return "".join(f"{json.dumps(line)}\n" for line in (head, *([round(at_s, 3), "o", text] for at_s, text in output)))


def record() -> Recording:
    """Play the story."""
    with fresh_folders(has_past=True) as folder:
        recording = Recording(["--config", str(folder / "config.toml"), "-m", "work/thorough", "-m", "work/quick"])
        try:
            for scene in STORY:
                recording.play(scene)
        finally:
            recording.end()
    return recording


def main(arguments: Sequence[str]) -> None:
    """Record, and write what came of it."""
    recording = record()
    frames = recording.film.frames
    begun = next(place for place, frame in enumerate(frames) if _is_whole(frame.rows))
    PICTURES.mkdir(exist_ok=True)
    Path(PICTURES, "parley.svg").write_text(moving_picture(frames[begun:], COLUMNS, LINES), "utf-8")
    if arguments[:1] == ["--cast"]:
        Path(arguments[1]).write_text(cast(recording.output), "utf-8")


def _is_whole(rows: Sequence[Sequence[tuple[str, object]]]) -> bool:
    return any("to all 2 columns" in "".join(text for text, _ in row) for row in rows)


if __name__ == "__main__":
    main(sys.argv[1:])
