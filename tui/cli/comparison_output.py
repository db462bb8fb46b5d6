"""How a comparison is printed: tables for people, JSON and JSON Lines for programs."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, TextIO

from tui.cli.asking import reply_object
from tui.cli.comparison import Question, Row
from tui.cli.output import TextOut, json_text
from tui.domain.reply import Reply
from tui.errors import ConfigError
from tui.text.clean import clean_line
from tui.text.widths import cell_width, cut_to_cells

UNKNOWN = "–"


class Sink(Protocol):
    """Where the results go."""

    def has(self, question: Question, models: Sequence[str]) -> bool:
        """Whether an earlier run has answered `question` already."""
        ...

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
    return values


class JsonObjects:
    """`--json`: one object for a single prompt, a list of them for a file of prompts."""

    def __init__(self, *, is_list: bool) -> None:
        self._is_list = is_list
        self._rows: list[Row] = []

    def has(self, question: Question, models: Sequence[str]) -> bool:
        """Never: this prints once."""
        return False

    def reply(self, question: Question, index: int, reply: Reply, session_id: str | None) -> None:
        """Wait for the whole row."""

    def row(self, row: Row) -> None:
        """Keep the row."""
        self._rows.append(row)

    def close(self) -> None:
        """Print everything, in the order of the questions."""
        self._rows.sort(key=lambda row: row.question.index)
        objects = [row_object(row) for row in self._rows]
        if self._is_list:
            print(json_text(objects, indent=2))
        elif objects:
            print(json_text(objects[0], indent=2))


class JsonLines:
    """`--jsonl` and `--output`: one line a question, as soon as it is answered."""

    def __init__(self, stream: TextIO, done: frozenset[str] = frozenset()) -> None:
        self._stream = stream
        self._done = done

    @classmethod
    def appending(cls, path: str) -> JsonLines:
        """Lines at the end of a file; questions that stand in it already, answered in full, are not asked again.

        Raises:
            ConfigError: the file cannot be read or written.
        """
        file = Path(path).expanduser()
        try:
            done = frozenset(_answered(file)) if file.exists() else frozenset()
            stream = file.open("a", encoding="utf-8")
        except OSError as error:
            raise ConfigError(f"{path} cannot be written: {error.strerror}.") from error
        return cls(stream, done)

    def has(self, question: Question, models: Sequence[str]) -> bool:
        """Whether the file has this question answered by these models."""
        return _key(question.index, question.prompt, models) in self._done

    def reply(self, question: Question, index: int, reply: Reply, session_id: str | None) -> None:
        """Wait for the whole row."""

    def row(self, row: Row) -> None:
        """Print the row."""
        values = {"index": row.question.index, **row_object(row)}
        self._stream.write(json_text(values) + "\n")
        self._stream.flush()

    def close(self) -> None:
        """Close the file."""
        if self._stream is not sys.stdout:
            self._stream.close()


def _key(index: int, prompt: str, models: Sequence[str]) -> str:
    return json.dumps([index, prompt, list(models)])


def _answered(file: Path) -> list[str]:
    """The keys of the complete rows in `file`; a torn last line is cut off."""
    found: list[str] = []
    whole = 0
    with file.open("rb") as stream:
        for line in stream:
            if not line.endswith(b"\n"):
                break
            whole += len(line)
            try:
                values = json.loads(line)
                replies = values["replies"]
                if all(reply["error"] is None for reply in replies):
                    found.append(_key(values["index"], values["prompt"], [reply["model"] for reply in replies]))
            except (ValueError, KeyError, TypeError):
                continue  # not a row of ours: leave it alone
    if whole < file.stat().st_size:
        with file.open("rb+") as stream:
            stream.truncate(whole)
    return found


class Tables:
    """For people: each reply, and the figures below them."""

    def __init__(self, *, is_many: bool) -> None:
        self._is_many = is_many
        self._has_progress = sys.stderr.isatty()
        self._count = 0

    def has(self, question: Question, models: Sequence[str]) -> bool:
        """Never: this prints once."""
        return False

    def reply(self, question: Question, index: int, reply: Reply, session_id: str | None) -> None:
        """Say that a reply is there."""
        self._count += 1
        if self._has_progress:
            words = clean_line(f"{self._count} replies; {reply.model} {reply.finish.value}", 70)
            sys.stderr.write(f"\r\x1b[K{words}")
            sys.stderr.flush()

    def row(self, row: Row) -> None:
        """Print the replies and their figures."""
        if self._has_progress:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
        out = TextOut()
        if self._is_many:
            out.write(f"=== {row.question.index + 1}. {clean_line(row.question.prompt, 70)}\n\n")
        for number, reply in enumerate(row.replies, 1):
            out.write(f"── {number} {reply.model}\n{reply.text}")
            out.close()
            if reply.error is not None:
                out.write(f"[{reply.finish.value}: {reply.error.message}]\n")
            out.write("\n")
        out.write(figures_table(row.replies) + "\n")
        if row.verdict is not None or row.judge_trouble:
            out.write(verdict_words(row) + "\n")
        out.close()

    def close(self) -> None:
        """Nothing is left to print."""


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


def figures_table(replies: Sequence[Reply]) -> str:
    """The replies' figures as an aligned table; what is unknown is a dash, what is estimated has a tilde."""
    head = ("#", "model", "finish", "first token", "tokens/s", "in", "out", "cost")
    rows = [head, *(_cells(number, reply) for number, reply in enumerate(replies, 1))]
    limit = max(20, shutil.get_terminal_size((100, 24)).columns - 66)
    rows = [(number, cut_to_cells(model, limit), *rest) for number, model, *rest in rows]
    widths = [max(cell_width(row[index]) for row in rows) for index in range(len(head))]
    return "\n".join("  ".join(_padded(cell, widths[i], i) for i, cell in enumerate(row)).rstrip() for row in rows)


def _cells(number: int, reply: Reply) -> tuple[str, ...]:
    usage, timings = reply.usage, reply.timings
    return (
        str(number),
        clean_line(reply.model),
        reply.finish.value,
        UNKNOWN if timings.first_token_s is None else f"{timings.first_token_s:.2f} s",
        UNKNOWN if timings.tokens_per_s is None else f"{'~' if timings.is_estimated else ''}{timings.tokens_per_s:.1f}",
        UNKNOWN if usage.input_tokens is None else str(usage.input_tokens),
        UNKNOWN if usage.output_tokens is None else str(usage.output_tokens),
        UNKNOWN if reply.cost_usd is None else f"{'~' if reply.cost_is_estimated else ''}${reply.cost_usd:.6f}",
    )


def _padded(cell: str, width: int, index: int) -> str:
    space = " " * (width - cell_width(cell))
    return cell + space if index in (1, 2) else space + cell
