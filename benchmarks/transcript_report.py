"""Figures and how they are shown: on the terminal, and as the table in docs/performance.md."""

from __future__ import annotations

import datetime
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psutil

DOCUMENT = Path(__file__).parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- transcript figures: begin -->", "<!-- transcript figures: end -->"
INTRODUCTION = """# Performance

What `make bench` measured. Claims are ratios to yardsticks taken in the same run, through a real pseudo-terminal of
120 x 40 with traffic on loopback only; the yardsticks are in `benchmarks/yardsticks.py`: a bare httpx loop, a RichLog
written token by token, Textual's Markdown stream, and a minimal widget of cached strips.
"""


@dataclass(frozen=True)
class Figure:
    """One measured value and what it should be."""

    name: str
    value: float
    goal: float
    unit: str
    note: str = ""
    at_least: bool = False

    @property
    def is_met(self) -> bool:
        """The goal is reached."""
        return self.value >= self.goal if self.at_least else self.value <= self.goal

    @property
    def verdict(self) -> str:
        """Whether the goal is met, in a word."""
        return "met" if self.is_met else "**missed**"

    @property
    def shown(self) -> str:
        """The value as text."""
        return f"{self.value:.2f} {self.unit}" if self.value < 10 else f"{self.value:.0f} {self.unit}"

    @property
    def shown_goal(self) -> str:
        """The goal as text."""
        return f"{'≥' if self.at_least else '≤'} {self.goal:g} {self.unit}"


def print_figures(figures: Sequence[Figure]) -> None:
    """Print each figure with whether its goal is met."""
    for figure in figures:
        mark = "met   " if figure.is_met else "MISSED"
        note = f"  ({figure.note})" if figure.note else ""
        print(f"{mark}  {figure.shown:>10}  goal {figure.shown_goal:<9}  {figure.name}{note}", flush=True)


def machine() -> str:
    """What it was measured on."""
    return (
        f"{psutil.cpu_count()} cores, {psutil.virtual_memory().total / (1 << 30):.0f} GiB, {platform.system()} "
        f"{platform.machine()}, Python {platform.python_version()}, Textual {version('textual')}, "
        f"httpx {version('httpx')}"
    )


def write_table(figures: Sequence[Figure], *, is_quick: bool) -> None:
    """Put the table into docs/performance.md, leaving what stands around it."""
    rows = [
        f"| {figure.name} | {figure.shown} | {figure.shown_goal} | {figure.verdict} | {figure.note} |"
        for figure in figures
    ]
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    block = "\n".join(
        [
            BEGIN,
            "",
            "## The transcript",
            "",
            f"Measured on {today}{' (quick run)' if is_quick else ''}: {machine()}.",
            "",
            "| figure | measured | goal | | in this run |",
            "| --- | --- | --- | --- | --- |",
            *rows,
            "",
            END,
        ]
    )
    text = DOCUMENT.read_text(encoding="utf-8") if DOCUMENT.is_file() else INTRODUCTION
    before, begin, rest = text.partition(BEGIN)
    after = rest.partition(END)[2] if begin else ""
    DOCUMENT.write_text(before.rstrip() + "\n\n" + block + (after or "\n"), encoding="utf-8")
