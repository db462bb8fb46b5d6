"""Six columns that write at once: nothing lost, keys answered, at what cost, with timings that the server agrees with.

`python -m benchmarks.columns_bench [--quick]`: the app in a terminal of 240 x 50, six endpoints on loopback at 100
tokens a second each. The cost of six at once is compared with six times what one column alone costs, each without
what the idle app costs in the same time.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from benchmarks.compare_bench import Served, served
from benchmarks.report import Figure, Report, arguments_of
from benchmarks.transcript_pty import Terminal, python
from tui.domain.session import Message
from tui.store.sessions import SessionStore

SIZE = (240, 50)
COLUMNS = 6
RATE = 100
FRAME_S = 1 / 30
LETTERS = "QWZXVUKJHGFBPYLM"
COST_GOAL, ECHO_GOAL_MS, TIMING_GOAL_MS = 1.3, 50.0, 5.0 + FRAME_S * 1000


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of the app showed."""

    cpu_s: float
    echoes_ms: tuple[float, ...]
    lost: int
    """Tokens that the session does not have, of all that were sent."""
    first_off_ms: float
    """The largest difference between our first-token times and the server's."""
    total_off_ms: float


def texts(count: int) -> str:
    """What the server says in so many tokens."""
    return "".join(f"t{number:05d} " for number in range(count))


def run(columns: int, tokens: int, *, is_typing: bool = False) -> Run:
    """The app with so many columns, all writing."""
    with tempfile.TemporaryDirectory() as top:
        folder = Path(top)
        with served(folder, "--rate", str(RATE), "--tokens", str(tokens), "--first-s", "0.2", ports=columns) as server:
            with Terminal(command(columns), environment(folder, server), SIZE) as terminal:
                terminal.wait_for(f"e{columns - 1}/m")
                terminal.read(2.0)
                before = terminal.cpu_s()
                terminal.send(b"go\r")
                terminal.wait_for("t00005")
                echoes = typed(terminal, tokens / RATE - 2) if is_typing else ()
                terminal.read(tokens / RATE + 3, lambda _: len(server.times("answered")) == columns)
                terminal.read(1.0)
                cpu_s = terminal.cpu_s() - before
                terminal.send(b"\x11")
                terminal.read(3.0)
            return judged(folder, server, tokens, cpu_s, echoes)


def idle_cpu_s(columns: int, seconds: float) -> float:
    """What the app costs while nobody says anything."""
    with tempfile.TemporaryDirectory() as top:
        folder = Path(top)
        with (
            served(folder, ports=columns) as server,
            Terminal(command(columns), environment(folder, server), SIZE) as terminal,
        ):
            terminal.wait_for(f"e{columns - 1}/m")
            terminal.read(2.0)
            before = terminal.cpu_s()
            terminal.read(seconds)
            return terminal.cpu_s() - before


def typed(terminal: Terminal, for_s: float) -> tuple[float, ...]:
    """Keys typed while the columns write, and how long each took to be on the screen, in milliseconds."""
    found = []
    until = time.monotonic() + for_s
    for number in range(len(LETTERS) * 20):
        if time.monotonic() > until:
            break
        letter = LETTERS[number % len(LETTERS)]
        found.append(terminal.echo_s(letter) * 1000)
        if number % len(LETTERS) == len(LETTERS) - 1:
            terminal.send(b"\x15" + b"\x7f" * len(LETTERS))
        terminal.read(0.05 + 0.013 * (number % 7))
    return tuple(found)


def judged(folder: Path, server: Served, tokens: int, cpu_s: float, echoes: tuple[float, ...]) -> Run:
    """What the session on disk says, beside the server's log."""
    store = SessionStore(folder / "data" / "sessions")
    session = store.read(store.latest()).session
    log = {line["model"]: line for line in server.times("answered")}
    lost, first, total = 0, 0.0, 0.0
    for reply in (one for one in session.messages.values() if one.is_reply):
        theirs = log[reply.model.partition("/")[2]]
        lost += len(texts(tokens)) != len(reply.text) and tokens - reply.text.count("t")
        first = max(first, off_ms(reply, "first_token_s", theirs["first_s"]))
        total = max(total, off_ms(reply, "total_s", theirs["total_s"]))
    lost += tokens * (len(log) - sum(one.is_reply for one in session.messages.values()))
    return Run(cpu_s, echoes, lost, first, total)


def off_ms(reply: Message, name: str, theirs: float) -> float:
    """How far a figure of ours is from the server's, in milliseconds."""
    ours = getattr(reply.timings, name)
    return float("inf") if ours is None else abs(ours - theirs) * 1000


def command(columns: int) -> list[str]:
    """The app with a column for each endpoint."""
    return python("tui", *(part for place in range(columns) for part in ("-m", f"e{place}/m{place}")))


def environment(folder: Path, server: Served) -> dict[str, str]:
    """A configuration with an endpoint for each port, and folders of its own."""
    tables = [
        f'[endpoints.e{place}]\ndialect = "openai-chat"\nmodels = ["m{place}"]\n'
        f'base_url = "http://127.0.0.1:{port}/v1"\n'
        for place, port in enumerate(server.ports)
    ]
    (folder / "config.toml").write_text("".join(tables), encoding="utf-8")
    return {
        "PARLEY_DATA_DIR": str(folder / "data"),
        "PARLEY_CACHE_DIR": str(folder / "cache"),
        "PARLEY_CONFIG": str(folder / "config.toml"),
    }


def main() -> int:
    """Run the benchmark; 0 when every goal is met."""
    arguments = arguments_of(__doc__)
    report = Report("columns", "Six columns at once", arguments, "The app in a terminal of 240 x 50.")
    tokens, rounds = (500, 1) if arguments.quick else (1_000, 3)
    seconds = tokens / RATE + 1.2
    idle_one, idle_six = (idle_cpu_s(columns, seconds) for columns in (1, COLUMNS))
    ones = [run(1, tokens) for _ in range(rounds)]
    sixes = [run(COLUMNS, tokens) for _ in range(rounds)]
    typing = [run(COLUMNS, tokens, is_typing=True) for _ in range(rounds)]
    one = median(one.cpu_s for one in ones) - idle_one
    six = median(one.cpu_s for one in sixes) - idle_six
    echoes = sorted(echo for one in typing for echo in one.echoes_ms)
    every = [*ones, *sixes, *typing]
    what_for = f"six {six:.2f} s, one {one:.2f} s, idle {idle_six:.2f} s of {seconds:.0f} s"
    typical = f"median {median(echoes):.0f} ms"
    for figure in (
        Figure(f"{COLUMNS} columns at {RATE} tokens/s each: tokens lost", sum(one.lost for one in every), 0),
        Figure("processor time over the sum of six single columns", six / (COLUMNS * one), COST_GOAL, "×", what_for),
        Figure("key → echo meanwhile, p95", quantiles(echoes, n=20)[-1], ECHO_GOAL_MS, "ms", typical),
        Figure("first-token times off the server's log", max(one.first_off_ms for one in every), TIMING_GOAL_MS, "ms"),
        Figure("total times off the server's log", max(one.total_off_ms for one in every), TIMING_GOAL_MS, "ms"),
    ):
        report.take(figure)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
