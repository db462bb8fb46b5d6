"""How a comparison is printed: tables for people, JSON and JSON Lines for programs.

Refuses to ask anybody.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TextIO

from tui.cli.asking import reply_object
from tui.cli.comparison import Question, Row
from tui.cli.comparison_tables import Totals, figures_table, spread_lines, totals_table
from tui.cli.output import TextOut, json_text
from tui.domain.record import AskedAside
from tui.domain.reply import Reply
from tui.errors import ConfigError
from tui.paths import appended, from_home
from tui.text.clean import clean_line
from tui.widgets.figures import taken_words


class Sink(Protocol):
    """Where the results go."""

    def reply(self, question: Question, index: int, reply: Reply, session_id: str | None) -> None:
        """One reply is done."""
        ...

    def row(self, row: Row) -> None:
        """All replies to a question are done."""
        ...

    def close(self) -> None:
        """Nothing more comes."""
        ...


def row_object(row: Row) -> dict[str, Any]:
    """A question and its replies as `compare --json` prints them."""
    values: dict[str, Any] = {"prompt": row.question.prompt}
    if row.question.extra:
        values["input"] = dict(row.question.extra)
    values["replies"] = [reply_object(reply, row.session_id) for reply in row.replies]
    if row.verdict is not None:
        values["verdict"] = {
            "outcome": row.verdict.outcome,
            "winner": row.verdict.winner,
            "scores": list(row.verdict.mean_scores),
            "scores_by_order": [list(scores) for scores in row.verdict.scores],
            "reasons": list(row.verdict.reasons),
        }
    elif row.judge_trouble:
        values["verdict"] = {"outcome": None, "error": row.judge_trouble}
    if row.judging:
        values.setdefault("verdict", {}).update(_taken(row.judging))
    return values


def _taken(judging: Sequence[AskedAside]) -> dict[str, Any]:
    """What the judge took, both orders together; a figure that is not known of both is null."""
    found: dict[str, Any] = {
        "usage": {
            "input_tokens": _sum([one.usage.input_tokens for one in judging]),
            "output_tokens": _sum([one.usage.output_tokens for one in judging]),
        },
        "cost_usd": _sum([one.cost_usd for one in judging]),
    }
    if any(one.usage.is_estimated for one in judging):
        found["usage"]["estimated"] = True
    if found["cost_usd"] is not None and any(one.cost_is_estimated for one in judging):
        found["cost_estimated"] = True
    return found


def _sum(figures: Sequence[float | None]) -> float | None:
    known = [figure for figure in figures if figure is not None]
    return sum(known) if len(known) == len(figures) else None


class JsonObjects:
    """`--json`: one object for a single prompt, a list of them for a file of prompts."""

    def __init__(self, *, is_list: bool) -> None:
        self._is_list = is_list
        self._early: dict[int, Row] = {}
        """Rows that wait for one before them; all others are printed and forgotten."""
        self._next = 0

    def reply(self, question: Question, index: int, reply: Reply, session_id: str | None) -> None:
        """Wait for the whole row."""

    def row(self, row: Row) -> None:
        """Print the row, and those that waited for it, in the order of the questions."""
        self._early[row.question.index] = row
        while (found := self._early.pop(self._next, None)) is not None:
            self._print(found)

    def _print(self, row: Row) -> None:
        if self._is_list:
            print("," if self._next else "[")
        print(json_text(row_object(row), indent=2), end="" if self._is_list else "\n")
        self._next += 1

    def close(self) -> None:
        """Print what still waits, after an interruption, and end the list."""
        for index in sorted(self._early):
            self._print(self._early[index])
        if self._is_list:
            print("\n]" if self._next else "[]")


class JsonLines:
    """`--jsonl` and `--output`: one line a question, as soon as it is answered."""

    def __init__(self, stream: TextIO, more: Mapping[str, str] | None = None) -> None:
        self._stream = stream
        self._more = more or {}

    @classmethod
    def appending(cls, path: str, more: Mapping[str, str]) -> JsonLines:
        """Lines at the end of a file, with `more` in each of them.

        Raises:
            ConfigError: the file cannot be written.
        """
        try:
            return cls(appended(from_home(path)), more)
        except OSError as error:
            raise ConfigError(f"{path} cannot be written: {error.strerror}.") from error

    def reply(self, question: Question, index: int, reply: Reply, session_id: str | None) -> None:
        """Wait for the whole row."""

    def row(self, row: Row) -> None:
        """Print the row."""
        own = {} if row.question.system is None else {"system": row.question.system}
        values = {"index": row.question.index, **own, **row_object(row), **self._more}
        self._stream.write(json_text(values) + "\n")
        self._stream.flush()

    def close(self) -> None:
        """Close the file."""
        if self._stream is not sys.stdout:
            self._stream.close()


class Tables:
    """For people: each reply, and the figures below them; below many prompts the figures of each model."""

    def __init__(self, *, is_many: bool) -> None:
        self._is_many = is_many
        self._totals: list[Totals] = []
        self._judging: list[AskedAside] = []

    def reply(self, question: Question, index: int, reply: Reply, session_id: str | None) -> None:
        """Wait for the whole row."""

    def row(self, row: Row) -> None:
        """Print the replies and their figures."""
        out = TextOut()
        if self._is_many:
            out.write(f"=== {row.question.index + 1}. {clean_line(row.question.prompt, 70)}\n\n")
        for number, reply in enumerate(row.replies, 1):
            out.write(f"── {number} {reply.model}\n{reply.text}")
            out.close()
            if reply.error is not None:
                out.write(f"[{reply.finish.value}: {reply.error.message}]\n")
            out.write("\n")
        out.write("\n".join([figures_table(row.replies), *spread_lines(row.replies)]) + "\n")
        if row.verdict is not None or row.judge_trouble:
            out.write(verdict_words(row) + "\n")
        if row.judging:
            out.write(f"Judging took {taken_words(row.judging)}.\n")
        out.close()
        if self._is_many:
            out.write("\n")
            self._count(row)

    def _count(self, row: Row) -> None:
        self._judging += row.judging
        self._totals = self._totals or [Totals(reply.model) for reply in row.replies]
        for place, (total, reply) in enumerate(zip(self._totals, row.replies, strict=True)):
            total.add(reply, None if row.verdict is None else row.verdict.mean_scores[place])

    def close(self) -> None:
        """Print the figures of all prompts together."""
        if self._totals:
            out = TextOut()
            out.write(f"=== all {self._totals[0].replies} prompts\n\n{totals_table(self._totals)}\n")
            if self._judging:
                out.write(f"Judging took {taken_words(self._judging)}.\n")
            out.close()


class Progress:
    """One line on standard error that says how far a comparison is, where somebody watches."""

    def __init__(self, total: int, *, is_shown: bool) -> None:
        """A line for `total` replies in all."""
        self._total = total
        self._is_shown = is_shown
        self._count = 0

    def reply(self, reply: Reply) -> None:
        """One more reply is there."""
        self._count += 1
        of = f" of {self._total}" if self._total else ""
        self._write(clean_line(f"{self._count}{of} replies; {reply.model} {reply.finish.value}", 70))

    def skip(self, count: int) -> None:
        """So many replies are there from an earlier run."""
        self._count += count

    def clear(self) -> None:
        """Make room for something else."""
        self._write("")

    def _write(self, words: str) -> None:
        if self._is_shown:
            sys.stderr.write(f"\r\x1b[K{words}")
            sys.stderr.flush()


def verdict_words(row: Row) -> str:
    """What the judge said, in one line; a judge whose orders disagree is quoted as such."""
    if row.verdict is None:
        return row.judge_trouble
    scores = ", ".join(f"{number}: {score:g}" for number, score in enumerate(row.verdict.mean_scores, 1))
    match row.verdict.outcome:
        case "winner":
            said = f"prefers {(row.verdict.winner or 0) + 1}"
        case "tie":
            said = "sees a tie"
        case "disagreement":
            said = "contradicts itself when the order changes"
    return f"The judge {said} (scores {scores})."
