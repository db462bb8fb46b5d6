"""What `parley compare` costs over a bare loop, and whether a killed run loses or repeats anything.

`python -m benchmarks.compare_bench [--quick]`: so many prompts to three endpoints on loopback, by the real command with
everything recorded, beside a bare `httpx` gather with the same limits that decodes the same streams; then the same run
killed with SIGKILL half way and started again, counted on the server.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks.report import Figure, Report, arguments_of
from benchmarks.transcript_pty import ROOT, python

PROMPTS = 1_000
ENDPOINTS = 3
ON_THE_WAY_S = 0.1
"""A reply that the server sent off so shortly before the kill had not arrived."""
FLAT_MIB = 10
"""Memory that grows by less is flat."""
LOOK_EVERY_S = 0.5
"""How often the memory is looked at: more often takes the processor from what is measured."""
CONCURRENCY = 8
"""Prompts under way at once: three times as many requests."""


@dataclass(frozen=True, slots=True)
class Served:
    """A server that runs."""

    ports: tuple[int, ...]
    log: Path

    def times(self, event: str) -> list[dict[str, Any]]:
        """What was logged of an event so far."""
        lines = self.log.read_text(encoding="utf-8").split("\n") if self.log.exists() else []
        return [values for values in (json.loads(line) for line in lines[:-1]) if values["event"] == event]

    def counts(self, event: str, *, until: float = float("inf")) -> Counter[tuple[str, str]]:
        """How often each model and prompt was asked, or answered in full, up to a moment of the monotonic clock."""
        wanted = (line for line in self.times(event) if line["at"] <= until)
        return Counter((line["model"], line["prompt"]) for line in wanted)


@contextmanager
def served(folder: Path, *arguments: str, ports: int = ENDPOINTS) -> Iterator[Served]:
    """A server with a log of its own."""
    log = folder / f"server-{time.monotonic_ns()}.jsonl"
    command = python("benchmarks.compare_server", str(log), "--ports", str(ports), *arguments)
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield Served(tuple(map(int, server.stdout.readline().split())), log)
        server.kill()


async def bare(ports: Sequence[int], prompts: int) -> float:
    """Seconds of a bare httpx gather with the same limits, reading the same streams; keeps the text, writes nothing."""
    import httpx

    limit = asyncio.Semaphore(CONCURRENCY)
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=ENDPOINTS * CONCURRENCY)
    texts: list[str] = []

    async def one(port: int, number: int) -> None:
        pieces = []
        body = {
            "model": "m",
            "messages": [{"role": "user", "content": f"prompt {number}"}],
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        async with client.stream("POST", f"http://127.0.0.1:{port}/v1/chat/completions", json=body) as response:
            async for line in response.aiter_lines():
                if line.startswith("data: {"):
                    choices = json.loads(line[6:])["choices"]
                    if choices:
                        pieces.append(choices[0]["delta"].get("content", ""))
        texts.append("".join(pieces))

    async def ask(number: int) -> None:
        async with limit:
            await asyncio.gather(*(one(port, number) for port in ports))

    async with httpx.AsyncClient(limits=limits, timeout=60, trust_env=False) as client:
        began = time.monotonic()
        await asyncio.gather(*(ask(number) for number in range(prompts)))
        return time.monotonic() - began


def command(folder: Path, ports: Sequence[int], prompts: int) -> list[str]:
    """`parley compare` over a file of prompts, with an output that can be resumed."""
    config = "".join(
        f'[endpoints.e{place}]\ndialect = "openai-chat"\nbase_url = "http://127.0.0.1:{port}/v1"\n'
        for place, port in enumerate(ports)
    )
    (folder / "config.toml").write_text(config, encoding="utf-8")
    (folder / "prompts.txt").write_text("".join(f"prompt {number}\n" for number in range(prompts)), encoding="utf-8")
    models = [part for place in range(len(ports)) for part in ("-m", f"e{place}/m{place}")]
    files = ["--input", str(folder / "prompts.txt"), "-o", str(folder / "out.jsonl")]
    return python("tui", "compare", *models, *files, "--concurrency", str(CONCURRENCY))


def environment(folder: Path) -> dict[str, str]:
    """Folders of its own."""
    return {
        **os.environ,
        "PARLEY_DATA_DIR": str(folder / "data"),
        "PARLEY_CACHE_DIR": str(folder / "cache"),
        "PARLEY_CONFIG": str(folder / "config.toml"),
    }


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the command."""

    seconds: float
    early_mib: float
    """Memory when a fifth of the replies was there."""
    late_mib: float
    """The highest memory of the last fifth."""


def run(folder: Path, server: Served, prompts: int) -> Run:
    """Run the command to its end, with a look at its memory all the while."""
    total = prompts * ENDPOINTS
    began = time.monotonic()
    samples: list[tuple[int, float]] = []
    with subprocess.Popen(command(folder, server.ports, prompts), cwd=ROOT, env=environment(folder)) as process:
        seen = psutil.Process(process.pid)
        while process.poll() is None:
            time.sleep(LOOK_EVERY_S)
            try:
                mib = seen.memory_info().rss / (1 << 20)
            except psutil.Error:
                break
            samples.append((_lines(folder / "out.jsonl"), mib))
        seconds = time.monotonic() - began
    if process.returncode:
        raise SystemExit(f"compare ended with {process.returncode}")
    early = [mib for rows, mib in samples if rows * ENDPOINTS >= total * 0.2] or [0.0]
    late = [mib for rows, mib in samples if rows * ENDPOINTS >= total * 0.8] or [0.0]
    return Run(seconds, early[0], max(late))


def _lines(file: Path) -> int:
    return file.read_bytes().count(b"\n") if file.exists() else 0


@dataclass(frozen=True, slots=True)
class Pair:
    """A bare gather, and right after it the command."""

    bare_s: float
    run: Run
    wrong: int
    """Not answered, or more than once."""

    @property
    def share(self) -> float:
        """The command's throughput over the bare gather's."""
        return self.bare_s / self.run.seconds


def pair(prompts: int, *arguments: str) -> Pair:
    """Run both, each against a server of its own."""
    with tempfile.TemporaryDirectory() as top:
        folder = Path(top)
        with served(folder, *arguments) as server:
            bare_s = asyncio.run(bare(server.ports, prompts))
        with served(folder, *arguments) as server:
            found = run(folder, server, prompts)
            answered = server.counts("answered")
    wrong = prompts * ENDPOINTS - len(answered) + sum(count > 1 for count in answered.values())
    return Pair(bare_s, found, wrong)


def measure(report: Report, name: str, rounds: int, prompts: int, *arguments: str) -> None:
    """One comparison of throughputs: the median of some pairs, as a machine's own moods last for seconds."""
    pairs = sorted((pair(prompts, *arguments) for _ in range(rounds)), key=lambda one: one.share)
    middle = pairs[rounds // 2]
    total = prompts * ENDPOINTS
    shares = ", ".join(f"{one.share:.2f}" for one in pairs)
    rates = f"{total / middle.run.seconds:.0f}/s to {total / middle.bare_s:.0f}/s; runs {shares}"
    report.take(Figure(f"{name}: throughput over httpx's", middle.share, 0.8, "×", rates, at_least=True))
    report.take(Figure(f"{name}: not answered, or more than once", sum(one.wrong for one in pairs), 0))
    most = max((one.run for one in pairs), key=lambda one: one.late_mib - one.early_mib)
    memory = f"{most.early_mib:.0f} → {most.late_mib:.0f} MiB"
    growth = most.late_mib - most.early_mib
    report.take(Figure(f"{name}: memory from a fifth to the end", growth, FLAT_MIB, "MiB", memory))


def measure_resume(report: Report, folder: Path, prompts: int) -> None:
    """Kill a run half way, start it again; count what is missing and what was asked twice.

    Under way are the requests that the server had not answered a moment before the kill: their replies, or the ends of
    them, had not reached the command.
    """
    output = folder / "out.jsonl"
    with served(folder, "--rate", "200") as server:
        arguments = command(folder, server.ports, prompts)
        with subprocess.Popen(arguments, cwd=ROOT, env=environment(folder)) as process:
            while _lines(output) < prompts // 2 and process.poll() is None:
                time.sleep(0.02)
            process.send_signal(signal.SIGKILL)
            killed = time.monotonic()
        time.sleep(1)
        before = set(server.counts("answered", until=killed - ON_THE_WAY_S))
        under_way = set(server.counts("asked")) - before
        subprocess.run(arguments, cwd=ROOT, env=environment(folder), check=True)
        asked, answered = server.counts("asked"), server.counts("answered")
    rows = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    all_of_them = {(f"m{place}", f"prompt {number}") for place in range(ENDPOINTS) for number in range(prompts)}
    missing = all_of_them - set(answered)
    whole = sum(all(reply["error"] is None for reply in row["replies"]) for row in rows)
    again = {key for key, count in asked.items() if count > 1}
    absent = len(missing) + prompts - min(whole, len({row["index"] for row in rows}))
    report.take(Figure("killed half way and started again: missing", absent, 0))
    twice = len(again - under_way) + sum(count > 2 for count in asked.values())
    note = f"but for the {len(under_way)} requests that were under way"
    report.take(Figure("killed half way and started again: asked twice", twice, 0, note=note))


def main() -> int:
    """Run the benchmark; 0 when every goal is met."""
    arguments = arguments_of(__doc__)
    prompts = PROMPTS // 5 if arguments.quick else PROMPTS
    words = f"{prompts:,} prompts to {ENDPOINTS} endpoints, everything recorded, beside a bare `httpx` gather."
    report = Report("compare", "`parley compare`", arguments, words)
    for name, options in (
        ("replies of 20 tokens at 100/s", ("--rate", "100", "--first-s", "0.1")),
        ("replies at once", ()),
    ):
        measure(report, name, 1 if arguments.quick else 3, prompts, *options)
    with tempfile.TemporaryDirectory() as folder:
        measure_resume(report, Path(folder), prompts // 2)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
