"""What the transcript costs, as ratios to yardsticks in one run: `python -m benchmarks.transcript_bench`.

Every figure is measured through a real pseudo-terminal of 120 x 40, with traffic on loopback only. `--quick` takes
fewer tokens and one round; `--write` puts the table into docs/performance.md. A missed goal is printed, not raised.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import Figure, Report, add_arguments
from benchmarks.transcript_pty import Terminal, python
from benchmarks.transcript_texts import PATHOLOGICAL

LETTERS = "QWZXVUKJHGFBPYLM"


@dataclass
class Bench:
    """One run of everything."""

    server: str
    times_file: Path
    is_quick: bool
    report: Report

    @property
    def rounds(self) -> int:
        """How often a figure is measured; the median counts."""
        return 1 if self.is_quick else 3

    def url(self, kind: str, tokens: int, rate: int = 0) -> str:
        """An address of the token server."""
        return f"{self.server}/{kind}?tokens={tokens}&rate={rate}"

    def add(self, name: str, value: float, goal: float, unit: str, note: str = "", *, at_least: bool = False) -> None:
        """Keep a figure and print it."""
        self.report.take(Figure(name, value, goal, unit, note, at_least))

    def median(self, measure: Callable[[], float]) -> float:
        """The median of several rounds."""
        return statistics.median(measure() for _ in range(self.rounds))


def subject(job: str, *arguments: str) -> list[str]:
    """The transcript in its minimal app."""
    return python("benchmarks.transcript_apps", job, *arguments)


def yardstick(name: str, url: str = "") -> list[str]:
    """One of the yardsticks."""
    return python("benchmarks.yardsticks", name, url)


@dataclass
class FullRate:
    """One reply as fast as it can be read and shown."""

    seconds: float
    longest_still_s: float
    before_mib: float
    after_mib: float


def full_rate(command: list[str], for_s: float = 120) -> FullRate:
    """Send Enter and wait for the end of the stream on the screen."""
    with Terminal(command) as terminal:
        terminal.wait_for("READY")
        terminal.read(0.5)
        before = terminal.rss_mib()
        began = terminal.send(b"\r")
        ended = terminal.wait_for("END-OF-STREAM", for_s)
        terminal.read(0.3)
        return FullRate(ended - began, terminal.longest_gap_s(began, ended), before, terminal.rss_mib())


def bare_loop_s(url: str) -> float:
    """What reading alone costs."""
    return float(subprocess.run(yardstick("httpx", url), capture_output=True, text=True, check=True).stdout.split()[2])


def measure_full_rate(bench: Bench) -> None:
    """10,000 Markdown tokens from socket to screen."""
    tokens = 2_000 if bench.is_quick else 10_000
    url = bench.url("markdown", tokens)
    bare = bench.median(lambda: bare_loop_s(url))
    runs = [full_rate(subject("stream", url)) for _ in range(bench.rounds)]
    ours = statistics.median(run.seconds for run in runs)
    log = full_rate(yardstick("log", url)).seconds
    strips = full_rate(yardstick("strips", url)).seconds
    few = 2_000
    markdown = full_rate(yardstick("md", bench.url("markdown", tokens)), 180).seconds
    words = f"{tokens:,} Markdown tokens at full rate"
    bench.add(f"{words}: time over the bare httpx loop", ours / bare, 8, "×", f"{ours:.2f} s; bare {bare:.2f} s")
    goal = 40 if tokens > few else 4
    note = f"Markdown stream {markdown:.1f} s, RichLog {log:.2f} s, strips {strips:.2f} s"
    bench.add(
        f"{words}: how many times faster than Textual's Markdown stream",
        markdown / ours,
        goal,
        "×",
        note,
        at_least=True,
    )
    still = statistics.median(run.longest_still_s for run in runs) * 1000
    bench.add("longest still screen in it", still, 150, "ms")
    growth = statistics.median(run.after_mib / run.before_mib for run in runs)
    bench.add(
        "memory after it over memory before",
        growth,
        1.6,
        "×",
        f"{runs[0].before_mib:.0f} → {runs[0].after_mib:.0f} MiB",
    )


@dataclass
class Steady:
    """Some seconds at 100 tokens a second."""

    cpu_s: float
    sent_bytes: int
    late_ms: list[float]


def steady(bench: Bench, command: list[str], kind: str, tokens: int) -> Steady:
    """Stream at 100 tokens a second and watch."""
    with Terminal(command) as terminal:
        terminal.wait_for("READY")
        terminal.read(0.5)
        cpu = terminal.cpu_s()
        began = terminal.send(b"\r")
        terminal.read(tokens / 100 + 0.5)
        cpu = terminal.cpu_s() - cpu
        sent = terminal.bytes_between(began, time.monotonic())
        late: list[float] = []
        if kind == "marked":
            times = json.loads(bench.times_file.read_text())
            names = [f"t{number:05d}" for number in range(tokens)]
            seen = terminal.first_seen(names)
            late = sorted((seen[name] - times[name]) * 1000 for name in names if name in seen)
        return Steady(cpu, sent, late)


def measure_steady(bench: Bench) -> None:
    """CPU, bytes and lateness at 100 tokens a second."""
    tokens = 300 if bench.is_quick else 600
    for kind in ("marked", "markdown"):
        url = bench.url(kind, tokens, 100)
        ours, log = (
            steady(bench, subject("stream", url), kind, tokens),
            steady(bench, yardstick("log", url), kind, tokens),
        )
        note = f"{ours.cpu_s / tokens * 1000:.2f} s per 1,000 tokens; RichLog {log.cpu_s / tokens * 1000:.2f} s"
        bench.add(f"CPU at 100 {kind} tokens/s over RichLog's", ours.cpu_s / log.cpu_s, 0.4, "×", note)
        if kind == "marked":
            bench.add("token sent → on screen at 100/s, median", statistics.median(ours.late_ms), 30, "ms")
            bench.add("token sent → on screen at 100/s, p95", percentile(ours.late_ms, 95), 60, "ms")
    url = bench.url("single", 100, 100)
    ours, log = (
        steady(bench, subject("stream", url), "single", 100),
        steady(bench, yardstick("log", url), "single", 100),
    )
    note = f"{ours.sent_bytes / 1000:.1f} kB/s; RichLog {log.sent_bytes / 1000:.1f} kB/s"
    bench.add(
        "bytes to the terminal while no line begins, over RichLog's", ours.sent_bytes / log.sent_bytes, 0.25, "×", note
    )


def percentile(values: list[float], percent: int) -> float:
    """The value below which so many per cent lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def echoes_ms(command: list[str], *, starts: bool = True) -> list[float]:
    """How late typed letters are shown, at random moments."""
    with Terminal(command) as terminal:
        terminal.wait_for("READY", 60)
        terminal.read(0.3)
        if starts:
            terminal.send(b"\r")
            terminal.read(1)
        late = []
        for letter in LETTERS:
            terminal.read(random.uniform(0.08, 0.16))
            late.append(terminal.echo_s(letter) * 1000)
        return late


def measure_echo(bench: Bench) -> None:
    """Keys while text streams."""
    url = bench.url("marked", 900, 100)
    rounds = 1 if bench.is_quick else 2
    for columns, median, p95 in ((1, 10, 20), (4, 15, 50)):
        late = [ms for _ in range(rounds) for ms in echoes_ms(subject("stream", *[url] * columns))]
        words = "one column" if columns == 1 else f"{columns} columns"
        bench.add(f"key → echo, {words} at 100 tokens/s each, median", statistics.median(late), median, "ms")
        bench.add(f"key → echo, {words} at 100 tokens/s each, p95", percentile(late, 95), p95, "ms")


def turn_costs(bench: Bench, count: int) -> list[list[float]]:
    """CPU and wall time of one turn after another, in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "turns.json"
        with Terminal(subject("turns", bench.url("markdown", 300), str(count), str(file))) as terminal:
            terminal.wait_for("TURNS-DONE", 240)
        costs: list[list[float]] = json.loads(file.read_text())
        return costs


def measure_turns(bench: Bench) -> None:
    """Turn 200 against the first turns; the median of some runs, as a machine's own moods last for seconds."""
    count = 60 if bench.is_quick else 205
    runs = [turn_costs(bench, count) for _ in range(bench.rounds)]
    for what, at in (("CPU", 0), ("wall", 1)):
        first = [statistics.median(turn[at] for turn in run[2:12]) for run in runs]
        last = [statistics.median(turn[at] for turn in run[-10:]) for run in runs]
        ratios = [late / early for late, early in zip(last, first, strict=True)]
        note = f"{first[0] * 1000:.0f} ms at first; runs {', '.join(f'{ratio:.2f}' for ratio in sorted(ratios))}"
        bench.add(f"turn {count - 5} over the first turns, {what}", statistics.median(ratios), 1.1, "×", note)


def open_conversation(count: int) -> tuple[float, list[float], float, float]:
    """Time to the end on the screen, key echoes, pages per second when scrolling, idle CPU in per cent."""
    with Terminal(subject("open", str(count))) as terminal:
        opened = terminal.wait_for("CONVERSATION-END", 60) - terminal.began
        terminal.read(0.5)
        late = []
        for letter in LETTERS[:8]:
            terminal.read(random.uniform(0.08, 0.16))
            late.append(terminal.echo_s(letter) * 1000)
        terminal.send(b"\x1b[Z")  # the transcript
        terminal.read(0.3)
        frames = 0
        began = time.monotonic()
        while frames < 60 and time.monotonic() - began < 10:
            mark = len(terminal.chunks)
            terminal.send(b"\x1b[5~")
            terminal.read(0.5, lambda _, mark=mark: len(terminal.chunks) > mark)  # type: ignore[misc]
            frames += 1
        rate = frames / (time.monotonic() - began)
        terminal.read(1)
        cpu, seconds = terminal.cpu_s(), 4.0
        terminal.read(seconds)
        return opened, late, rate, (terminal.cpu_s() - cpu) / seconds * 100


def measure_sessions(bench: Bench) -> None:
    """A conversation of 10,000 messages against an empty one."""
    pairs = [(open_conversation(0), open_conversation(10_000)) for _ in range(max(1, bench.rounds - 1))]
    small, large = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    later = (min(run[0] for run in large) - min(run[0] for run in small)) * 1000
    bench.add("10,000 messages: end on screen later than an empty conversation", later, 150, "ms")
    typed = statistics.median(ms for run in large for ms in run[1])
    before = statistics.median(ms for run in small for ms in run[1])
    bench.add(
        "10,000 messages: key echo later than in an empty one, median", typed - before, 5, "ms", f"{typed:.1f} ms"
    )
    rate = statistics.median(run[2] for run in large)
    bench.add("10,000 messages: pages a second when scrolling", rate, 25, "/s", at_least=True)
    bench.add("idle CPU", statistics.median(run[3] for run in large), 0.5, "%")


def measure_pathological(bench: Bench) -> None:
    """Keys while hostile text is taken in."""
    worst: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, text in PATHOLOGICAL.items():
            file = Path(folder) / "text.md"
            file.write_text(text, encoding="utf-8", errors="surrogatepass")
            worst[name] = max(echoes_ms(subject("text", str(file)), starts=False)[: 8 if bench.is_quick else 16])
    name = max(worst, key=lambda key: worst[key])
    note = "; ".join(f"{key} {ms:.0f}" for key, ms in worst.items())
    bench.add(f"pathological text: slowest key echo ({name})", worst[name], 100, "ms", note)


MEASURES = {
    "full-rate": measure_full_rate,
    "steady": measure_steady,
    "echo": measure_echo,
    "turns": measure_turns,
    "sessions": measure_sessions,
    "pathological": measure_pathological,
}


def main() -> None:
    """Measure, print, and write the table when asked to."""
    parser = argparse.ArgumentParser(description="What the transcript costs, as ratios to yardsticks.")
    parser.add_argument("measures", nargs="*", choices=[*MEASURES, []], help="which to take (default: all)")
    add_arguments(parser)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        times_file = Path(folder) / "times.json"
        server = subprocess.Popen(
            python("benchmarks.transcript_server", str(times_file)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert server.stdout is not None
            report = Report("transcript", "The transcript", arguments)
            bench = Bench(f"http://127.0.0.1:{server.stdout.readline().strip()}", times_file, arguments.quick, report)
            for name in arguments.measures or MEASURES:
                MEASURES[name](bench)
        finally:
            server.terminate()
            server.wait()
    report.end()


if __name__ == "__main__":
    main()
