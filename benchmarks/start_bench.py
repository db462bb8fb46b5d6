"""How long Parley takes to start, against yardsticks in the same run.

`python -m benchmarks.start_bench [--quick]` prints one line a figure: ours, the yardstick's, the ratio, the goal. Runs
alternate between subject and yardstick, so that a noisy minute hits both; the medians are compared.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.report import Figure, Report, arguments_of
from benchmarks.transcript_pty import ROOT, Terminal, python

MEMORY_GOAL_MIB = 70
Measure = Callable[[], float]


def alternating(ours: Measure, yardstick: Measure, rounds: int) -> tuple[float, float]:
    """The medians of both, measured in turns after one round that does not count."""
    ours()
    yardstick()
    pairs = [(ours(), yardstick()) for _ in range(rounds)]
    return median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)


def wall_s(arguments: list[str], environment: dict[str, str]) -> float:
    """How long a command takes."""
    began = time.monotonic()
    subprocess.run(
        arguments,
        env={**os.environ, **environment},
        cwd=ROOT,
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.monotonic() - began


def prompt_s(arguments: list[str], environment: dict[str, str], marker: str) -> float:
    """From start until a letter, typed as soon as the prompt is drawn, stands on the screen."""
    with Terminal(arguments, environment) as terminal:
        terminal.wait_for(marker)
        terminal.echo_s("¤")
        return terminal.chunks[-1][0] - terminal.began


def memory_mib(arguments: list[str], environment: dict[str, str]) -> float:
    """Resident memory two seconds after the start."""
    with Terminal(arguments, environment) as terminal:
        terminal.read(2.0)
        return terminal.rss_mib()


def main() -> int:
    """Run the benchmark; 0 when every goal is met."""
    arguments = arguments_of(__doc__)
    report = Report("start", "Starting", arguments)
    rounds = 3 if arguments.quick else 9
    empty = python("benchmarks.empty_app")
    with tempfile.TemporaryDirectory() as folder:
        home = {
            "PARLEY_DATA_DIR": str(Path(folder, "data")),
            "PARLEY_CACHE_DIR": str(Path(folder, "cache")),
            "PARLEY_CONFIG": str(Path(folder, "config.toml")),
        }
        Path(folder, "config.toml").touch()
        app = python("tui", "-m", "demo/echo")
        report.ratio(
            "start to usable prompt, against an empty Textual app",
            *alternating(lambda: prompt_s(app, home, "sends"), lambda: prompt_s(empty, home, "eady to type"), rounds),
            "s",
            1.5,
        )
        ours, theirs = alternating(lambda: memory_mib(app, home), lambda: memory_mib(empty, home), max(1, rounds // 3))
        note = f"{ours / theirs:.2f} × an empty Textual app"
        report.take(Figure("memory two seconds after the start", ours, MEMORY_GOAL_MIB, "MiB", note))
        report.ratio(
            "`parley ask -m demo/echo` from start to end, against `import httpx`",
            *alternating(
                lambda: wall_s(python("tui", "ask", "-m", "demo/echo", "hi"), home),
                lambda: wall_s([sys.executable, "-c", "import httpx"], home),
                rounds,
            ),
            "s",
            3.0,
        )
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
