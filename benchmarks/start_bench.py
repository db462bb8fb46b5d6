"""How long Parley takes to start, against yardsticks in the same run.

`python -m benchmarks.start_bench [--quick]` prints one line a figure: ours, the yardstick's, the ratio, the goal. Runs
alternate between subject and yardstick, so that a noisy minute hits both; the medians are compared.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.transcript_pty import ROOT, Terminal, python

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


def line(name: str, ours: float, yardstick: float, unit: str, goal: float) -> bool:
    """Print one figure; returns whether its goal is met."""
    ratio = ours / yardstick
    is_met = ratio <= goal
    verdict = "met" if is_met else "MISSED"
    print(f"{name:<44} {ours:8.2f} {yardstick:8.2f} {unit:<4} {ratio:5.2f} x  (goal {goal:.2f} x: {verdict})")
    return is_met


def main() -> int:
    """Run the benchmark; 0 when every goal is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three rounds instead of nine")
    rounds = 3 if parser.parse_args().quick else 9
    empty = python("benchmarks.empty_app")
    with tempfile.TemporaryDirectory() as folder:
        home = {
            "PARLEY_DATA_DIR": str(Path(folder, "data")),
            "PARLEY_CACHE_DIR": str(Path(folder, "cache")),
            "PARLEY_CONFIG": str(Path(folder, "config.toml")),
        }
        Path(folder, "config.toml").touch()
        app = python("tui", "-m", "demo/echo")
        print(f"{'':<44} {'ours':>8} {'yardst.':>8}")
        results = [
            line(
                "start to usable prompt, against an empty app",
                *alternating(
                    lambda: prompt_s(app, home, "sends"), lambda: prompt_s(empty, home, "eady to type"), rounds
                ),
                "s",
                1.5,
            ),
            line(
                "memory after start, against an empty app",
                *alternating(lambda: memory_mib(app, home), lambda: memory_mib(empty, home), max(1, rounds // 3)),
                "MiB",
                1.6,
            ),
            line(
                "ask demo/echo, against import httpx",
                *alternating(
                    lambda: wall_s(python("tui", "ask", "-m", "demo/echo", "hi"), home),
                    lambda: wall_s([sys.executable, "-c", "import httpx"], home),
                    rounds,
                ),
                "s",
                3.0,
            ),
        ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
