"""The parameter pane while four columns stream 100 tokens a second each: opening, following, dragging.

`python -m benchmarks.parameters_bench [--quick]` runs the app in a real pseudo-terminal with four columns, two of them
of another dialect with other parameters, and prints one line a figure. One frame is 33 ms. While a slider is dragged
all the time, every token of every reply must have been painted, and be on disk; a missed goal is printed, not
raised.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.columns_server import token
from benchmarks.report import Figure, Report, arguments_of
from benchmarks.transcript_bench import percentile
from benchmarks.transcript_pty import Terminal, python
from tui.domain.record import ColumnAdded, SessionEvent, SessionStarted
from tui.store.codec import encode_event

RATE = 100
COLUMNS = 4
SIZE, WIDE = (120, 40), (240, 50)
"""As everything is measured, and with room for four columns and the pane beside each other."""
FRAME_MS = 33.0
F4, F6 = b"\x1bOS", b"\x1b[17~"
LAST_ROW = "Seed"
"""The label of the lowest parameter that such a screen shows."""
AT = "2026-01-01T00:00:00.000Z"


@dataclass(frozen=True)
class Place:
    """A server and a folder for one run."""

    url: str
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """Where the app finds them."""
        return {
            "PARLEY_DATA_DIR": str(self.folder / "data"),
            "PARLEY_CACHE_DIR": str(self.folder / "cache"),
            "PARLEY_CONFIG": str(self.folder / "config.toml"),
        }


def dialect(place: int) -> str:
    """The wire protocol of a column: its neighbour has the other one, with other parameters."""
    return ("openai-chat", "anthropic-messages")[place % 2]


def limit(place: int) -> int:
    """The tokens that a column is limited to: no two alike, and like nothing else on the screen."""
    return 7001 + place * 10


@contextmanager
def prepared(tokens: int, rate: int = RATE) -> Iterator[Place]:
    """A server, and a session with four columns that has asked nothing yet."""
    with tempfile.TemporaryDirectory() as top:
        folder = Path(top)
        server = subprocess.Popen(
            python("benchmarks.columns_server", str(rate), str(tokens)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert server.stdout is not None
            url = f"http://127.0.0.1:{server.stdout.readline().strip()}"
            # An address each: what shares one on this machine queues up for it.
            tables = [
                f'[endpoints.e{place}]\ndialect = "{dialect(place)}"\nbase_url = "{url}/{place}"\nmodels = ["m"]\n'
                for place in range(COLUMNS)
            ]
            (folder / "config.toml").write_text("".join(tables))
            sessions = folder / "data" / "sessions"
            sessions.mkdir(parents=True)
            events: list[SessionEvent] = [SessionStarted("four", AT)]
            for place in range(COLUMNS):
                settings = {"max_tokens": limit(place), "temperature": 0.5, "seed": 3}
                events.append(ColumnAdded(f"c{place}", AT, f"e{place}/m", parameters=settings))
            (sessions / "four.jsonl").write_bytes(b"".join(map(encode_event, events)))
            yield Place(url, folder)
        finally:
            server.terminate()
            server.wait()


@contextmanager
def streaming(place: Place, size: tuple[int, int]) -> Iterator[Terminal]:
    """The app with all four columns writing."""
    with Terminal(python("tui", "--resume", "four"), place.environment, size) as terminal:
        terminal.wait_for("to all 4 columns")
        terminal.read(2.0)
        terminal.send(b"go\r")
        terminal.wait_for("writing")
        terminal.read(0.5)
        yield terminal


def open_ms(terminal: Terminal, rounds: int) -> list[float]:
    """From the key that opens the pane until its last row is on the screen."""
    took = []
    for number in range(rounds):
        terminal.read(0.3 + 0.013 * (number % 7))
        took.append(terminal.shown_s(LAST_ROW, terminal.send(F4)) * 1000)
        terminal.read(0.4)
        terminal.send(F4)
    return took


def follow_ms(terminal: Terminal, rounds: int) -> list[float]:
    """From the key for the next column until the open pane shows that column's value."""
    terminal.send(F4)
    terminal.read(0.5)
    took = []
    for number in range(rounds):
        terminal.read(0.1 + 0.013 * (number % 7))
        took.append(terminal.shown_s(str(limit((number + 1) % COLUMNS)), terminal.send(F6)) * 1000)
    return took


def take(report: Report, name: str, values: list[float]) -> None:
    """Take the worst of twenty, and whether it stays within a frame."""
    report.take(Figure(f"{name}, p95", percentile(values, 95), FRAME_MS, "ms", f"median {median(values):.0f} ms"))


# -- dragging ----------------------------------------------------------------------------------------------------------


def drag(terminal: Terminal, for_s: float) -> int:
    """Hold a slider and move the mouse to and fro; how many moves were made."""
    rows = terminal.screen()
    row = next(number for number, text in enumerate(rows) if "Max tokens" in text) + 2
    left, right = WIDE[0] - 38, WIDE[0] - 6
    terminal.send(f"\x1b[<0;{left};{row}M".encode())
    moves, ends = 0, time.monotonic() + for_s
    while time.monotonic() < ends:
        place = left + abs((moves % (2 * (right - left))) - (right - left))
        terminal.send(f"\x1b[<32;{place};{row}M".encode())
        terminal.read(0.008)
        moves += 1
    terminal.send(f"\x1b[<0;{left};{row}m".encode())
    return moves


def missing(terminal: Terminal, place: Place, tokens: int) -> tuple[int, int]:
    """Tokens that were never painted, and tokens that are not on disk."""
    painted = b"".join(data for _, data in terminal.chunks)
    events = [json.loads(text) for text in (place.folder / "data/sessions/four.jsonl").read_bytes().splitlines()]
    stored = " ".join(event.get("text", "") for event in events if event.get("event", event.get("type")) != "none")
    unpainted = unstored = 0
    for letter in "abcd":
        for number in range(tokens):
            name = token(letter, number).strip()
            unpainted += name.encode() not in painted
            unstored += re.search(rf"\b{name}\b", stored) is None
    return unpainted, unstored


def take_drag(report: Report, tokens: int) -> None:
    """Stream four replies to their end while a slider is dragged."""
    with prepared(tokens) as place, streaming(place, WIDE) as terminal:
        moves = drag(terminal, tokens / RATE)
        for letter in "abcd":
            terminal.wait_for(token(letter, tokens - 1).strip())
        terminal.read(2.0)
        unpainted, unstored = missing(terminal, place, tokens)
    note = f"of {COLUMNS * tokens} while it was moved {moves} times in {tokens / RATE:.0f} s"
    report.take(Figure("a slider is dragged: tokens never painted", unpainted, 0, note=note))
    report.take(Figure("a slider is dragged: tokens not on disk", unstored, 0))


def main() -> int:
    """Run the benchmark; 0 when every goal is met."""
    arguments = arguments_of(__doc__)
    words = "Four columns at 100 tokens a second each; one frame is 33 ms."
    report = Report("parameters", "The parameter pane", arguments, words)
    opens, follows = (8, 24) if arguments.quick else (24, 80)
    with prepared(6000) as place, streaming(place, SIZE) as terminal:
        take(report, "F4: the folded pane is open with its rows", open_ms(terminal, opens))
        take(report, "F6: the pane shows the next column's parameters", follow_ms(terminal, follows))
    take_drag(report, 500 if arguments.quick else 1500)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
