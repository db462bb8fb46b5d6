"""Figures and how they are shown: on the terminal as they are taken, and as tables in docs/performance.md."""

from __future__ import annotations

import argparse
import datetime
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psutil

DOCUMENT = Path(__file__).parent.parent / "docs" / "performance.md"


@dataclass(frozen=True)
class Figure:
    """One measured value and what it should be."""

    name: str
    value: float
    goal: float
    unit: str = ""
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
        is_count = not self.unit and self.value == int(self.value)
        digits = 0 if is_count or abs(self.value) >= 10 else 2
        return f"{self.value:.{digits}f} {self.unit}".rstrip()

    @property
    def shown_goal(self) -> str:
        """The goal as text."""
        return f"{'≥' if self.at_least else '≤'} {self.goal:g} {self.unit}".rstrip()


class Report:
    """The figures of one benchmark."""

    def __init__(self, section: str, title: str, arguments: argparse.Namespace, words: str = "") -> None:
        """A report.

        Args:
            section: What its place in the document is called.
            title: Its heading there.
            arguments: What the command line said: `is_quick`, `is_written`.
            words: What one must know to read the table: a sentence or two.
        """
        self.figures: list[Figure] = []
        self._section, self._title, self._words = section, title, words
        self._is_quick, self._is_written = arguments.quick, arguments.write

    def take(self, figure: Figure) -> None:
        """Print a figure, with whether its goal is met, and keep it for the table."""
        self.figures.append(figure)
        mark = "met   " if figure.is_met else "MISSED"
        note = f"  ({figure.note})" if figure.note else ""
        print(f"{mark}  {figure.shown:>10}  goal {figure.shown_goal:<9}  {figure.name}{note}", flush=True)

    def ratio(self, name: str, ours: float, yardstick: float, unit: str, goal: float) -> None:
        """Take a figure that is measured beside a yardstick."""
        self.take(Figure(name, ours / yardstick, goal, "×", f"{ours:.2f} to {yardstick:.2f} {unit}"))

    def end(self) -> int:
        """Write the table when asked to; the exit code: 0 when every goal is met."""
        missed = sum(not figure.is_met for figure in self.figures)
        print(f"{self._title}: {len(self.figures) - missed} of {len(self.figures)} goals met", flush=True)
        if self._is_written:
            write_section(self._section, self._block())
        return 1 if missed else 0

    def _block(self) -> str:
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        rows = [
            f"| {figure.name} | {figure.shown} | {figure.shown_goal} | {figure.verdict} | {figure.note} |"
            for figure in self.figures
        ]
        lines = [
            f"## {self._title}",
            "",
            *([self._words, ""] if self._words else []),
            f"Measured on {today}{' (quick run)' if self._is_quick else ''}: {machine()}.",
            "",
            "| figure | measured | goal | | in this run |",
            "| --- | --- | --- | --- | --- |",
            *rows,
        ]
        return "\n".join(lines)


def arguments_of(description: str | None) -> argparse.Namespace:
    """What a benchmark's command line said, where there is nothing else to say."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    add_arguments(parser)
    return parser.parse_args()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What every benchmark can be told."""
    parser.add_argument("--quick", action="store_true", help="fewer rounds, less of everything")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")


def machine() -> str:
    """What it was measured on."""
    return (
        f"{psutil.cpu_count()} cores, {psutil.virtual_memory().total / (1 << 30):.0f} GiB, {platform.system()} "
        f"{platform.machine()}, Python {platform.python_version()}, Textual {version('textual')}, "
        f"httpx {version('httpx')}"
    )


def write_section(section: str, block: str) -> None:
    """Put a table into the document, leaving what stands around it."""
    begin, end = (f"<!-- {section} figures: {edge} -->" for edge in ("begin", "end"))
    before, found, rest = DOCUMENT.read_text(encoding="utf-8").partition(begin)
    after = rest.partition(end)[2] if found else "\n"
    DOCUMENT.write_text(f"{before.rstrip()}\n\n{begin}\n\n{block}\n\n{end}{after}", encoding="utf-8")
