"""`parley compare`: the same prompt to several models at once.

Reads the arguments and says how it ended. Refuses to ask models (`comparison`) and to lay out what they said
(`comparison_output`).
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tui.chat.prices import estimate
from tui.cli import main
from tui.cli.asking import STDIN, add_output_options, add_request_options, read_parameters, read_prompt
from tui.cli.budget import add_budget_option, takes_words
from tui.cli.comparison import Comparison, Question, Row, worst_exit_code
from tui.cli.comparison_ledger import Ledger, settings_field, settings_mark
from tui.cli.output import complain, say
from tui.cli.preset_use import chosen_preset
from tui.cli.questions import count_questions, read_questions
from tui.config import Config, load_config
from tui.domain.request import ModelRef
from tui.errors import ConfigError
from tui.paths import from_home
from tui.text.clean import clean_line

if TYPE_CHECKING:
    from tui.cli.comparison_output import Progress, Sink
    from tui.domain.reply import Reply
    from tui.store.presets import Preset


CONCURRENCY = 4
"""Prompts of a file under way at once, when nothing else was said."""
MOST_AT_ONCE = 10_000
"""The most that `--repeat` and `--concurrency` take: more are a slip of the finger."""


def add_parser(subparsers: Any) -> None:
    """Add the command's parser."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "compare",
        help="the same prompt to several models at once",
        description="Ask several models the same; prints a table, or JSON.",
    )
    add_request_options(parser, many_models=True)
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="ask each model N times")
    parser.add_argument(
        "--input",
        metavar="FILE",
        help="a file of prompts: one a line, or JSON Lines with “prompt”; - is standard input",
    )
    parser.add_argument(
        "--concurrency",
        type=int,
        metavar="N",
        help="prompts of --input under way at once, whatever the usual limits of hosted endpoints (default: 4)",
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="append JSON Lines to FILE, and skip what an earlier run put there"
    )
    parser.add_argument(
        "--judge", metavar="MODEL", help="let this model score the replies, names hidden, in both orders"
    )
    parser.add_argument("--rubric", metavar="FILE", help="what the judge goes by, in words of yours (text)")
    parser.add_argument(
        "--fail-under", type=float, metavar="SCORE", help="exit with 1 when a model's mean score is below (1 to 10)"
    )
    parser.add_argument("--no-store", action="store_true", help="keep nothing on disk")
    add_budget_option(parser)
    add_output_options(parser)


def run(args: argparse.Namespace) -> int:
    """Compare; returns the exit code."""
    config = load_config(args.config)
    _check(args)
    preset = chosen_preset(args)
    asked = args.model or [preset.model if preset and preset.model else config.model]
    models = [str(ModelRef.parse(model)) for model in asked] * args.repeat
    rubric = _rubric(args.rubric)
    parameters = read_parameters(config, args.parameter, below=preset.parameters if preset else None)
    system = _system(args, config, preset.system if preset else None)
    mark = settings_mark(system, parameters)
    ledger = Ledger(args.output, needs_verdict=bool(args.judge), settings=mark) if args.output else None
    comparison = Comparison(
        config,
        models,
        parameters,
        system=system,
        is_stored=not args.no_store,
        judge_model=args.judge,
        rubric=rubric,
        requests_at_once=args.concurrency * len(models) if args.concurrency else None,
        ledger=ledger,
        is_over_budget_agreed=args.over_budget,
        is_batch=bool(args.input),
        given=args.parameter,
    )
    questions = _questions(args, preset, comparison)
    return main.run_to_end(_interruptible(_compare(args, comparison, questions, ledger), args.output))


async def _interruptible(work: Coroutine[Any, Any, int], output: str | None) -> int:
    try:
        return await work
    except asyncio.CancelledError:
        if output:
            complain("Interrupted; the same command goes on from here.")
        return main.INTERRUPTED


def _check(args: argparse.Namespace) -> None:
    for name in ("repeat", "concurrency"):
        if getattr(args, name) is not None and not 1 <= getattr(args, name) <= MOST_AT_ONCE:
            raise ConfigError(
                f"--{name} must be a whole number from 1 to {MOST_AT_ONCE:,}, not {str(getattr(args, name))[:40]}."
            )
    if args.input and (args.prompt or args.attach):
        raise ConfigError("Give either a prompt or --input, not both.")
    if args.fail_under is not None and not args.judge:
        raise ConfigError("--fail-under needs --judge: without a judge there are no scores.")
    if args.fail_under is not None and not 0 <= args.fail_under <= 10:  # NaN neither, which nothing is below
        raise ConfigError(f"--fail-under must be a score from 1 to 10, not {args.fail_under:g}.")
    if args.rubric and not args.judge:
        raise ConfigError("--rubric needs --judge: it is what the judge goes by.")
    if args.output and not args.input:
        raise ConfigError("--output goes with --input; redirect standard output for a single prompt.")
    if args.output == STDIN:
        raise ConfigError("--output needs a file, which a later run can go on from; --jsonl prints the same lines.")
    if args.output and args.input != STDIN and _is_one_file(args.input, args.output):
        raise ConfigError(f"--output would write into the prompts: {clean_line(args.output)} is the file of --input.")


def _is_one_file(one: str, other: str) -> bool:
    try:
        return from_home(one).samefile(from_home(other))
    except OSError:
        return False  # one of them is not there


def _rubric(path: str | None) -> str:
    from tui.chat.judge import RUBRIC

    if path is None:
        return RUBRIC
    try:
        text = from_home(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{clean_line(path)} cannot be read as text.") from error
    if not text.strip():
        raise ConfigError(f"{clean_line(path)} holds no rubric.")
    return text


def _system(args: argparse.Namespace, config: Config, of_preset: str | None) -> str:
    return next(str(one) for one in (args.system, of_preset, config.system) if one is not None)


def _questions(args: argparse.Namespace, preset: Preset | None, comparison: Comparison) -> Iterator[Question]:
    if args.input:
        questions = read_questions(args.input)
        return (replace(one, prompt=preset.question(one.prompt)) for one in questions) if preset else questions
    prompt = read_prompt(args.prompt, args.attach, preset=preset)
    for model in comparison.blind_models if prompt.has_images else ():
        complain(f"{clean_line(model)} takes no images: it is asked with their names alone.")
    return iter([Question(0, prompt.text, files=prompt.files)])


@dataclass(slots=True)
class _Outcome:
    """What the finished rows say: notes on their requests, and about the exit code."""

    scores: dict[str, list[float]] = field(default_factory=dict)
    """A judge's scores by model; those that an earlier run was given for the same questions included."""
    codes: list[int] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    """What was said of requests that were not sent as they were set; once is enough for a file of prompts."""

    def tell_notes(self, row: Row) -> None:
        for words in dict.fromkeys(f"{reply.model}: {note}" for reply in row.replies for note in reply.notes):
            if words not in self.told:
                self.told.add(words)
                complain(words)

    def add(self, row: Row) -> None:
        self.codes.append(worst_exit_code(row.replies))
        if row.verdict is not None:
            self.score([reply.model for reply in row.replies], row.verdict.mean_scores)

    def score(self, models: Sequence[str], scores: Sequence[float | None]) -> None:
        for model, score in zip(models, scores, strict=False):
            if score is not None:
                self.scores.setdefault(model, []).append(score)

    def exit_code(self, fail_under: float | None) -> int:
        codes = [*self.codes, main.OK if fail_under is None else _verdict_code(self.scores, fail_under)]
        return max(codes, key=(main.OK, main.CUT_SHORT, main.FAILED, main.USAGE).index)


async def _compare(
    args: argparse.Namespace, comparison: Comparison, questions: Iterator[Question], ledger: Ledger | None
) -> int:
    models = comparison.models
    sink = _sink(args, ledger)
    progress = _progress(args, len(models))
    outcome = _Outcome()

    def take_reply(question: Question, place: int, reply: Reply, session_id: str | None) -> None:
        progress.reply(reply)
        sink.reply(question, place, reply, session_id)

    def take(row: Row) -> None:
        progress.clear()
        outcome.tell_notes(row)
        sink.row(row)
        if ledger is not None:
            ledger.finished(row.question, models)
        outcome.add(row)

    def is_to_ask(question: Question) -> bool:
        if ledger is None or not ledger.has(question, models):
            return True
        outcome.score(models, ledger.scores(question, models))
        progress.skip(len(models))
        return False

    try:
        await comparison.look_up_keys()
        comparison.check()
        if not args.input and sys.stderr.isatty():
            questions = _announced(comparison, next(questions))
        pending = filter(is_to_ask, questions)
        await comparison.run(pending, take, on_reply=take_reply, concurrency=args.concurrency or CONCURRENCY)
    finally:
        progress.clear()
        sink.close()
        if ledger is not None:
            ledger.close()
        await comparison.close()
    if comparison.trouble:
        complain(comparison.trouble)
    return outcome.exit_code(args.fail_under)


def _announced(comparison: Comparison, question: Question) -> Iterator[Question]:
    """The question again, after a line on what it will take."""
    planned = comparison.planned(question)
    say(takes_words(estimate(planned), len(planned)))
    return iter([question])


def _sink(args: argparse.Namespace, ledger: Ledger | None) -> Sink:
    from tui.cli.comparison_output import JsonLines, JsonObjects, Tables

    if ledger is not None:
        return JsonLines.appending(args.output, settings_field(ledger.settings))
    if args.jsonl:
        return JsonLines(sys.stdout)
    if args.json:
        return JsonObjects(is_list=bool(args.input))
    return Tables(is_many=bool(args.input))


def _progress(args: argparse.Namespace, models: int) -> Progress:
    """A line for whoever watches; never between lines of JSON on the same terminal."""
    from tui.cli.comparison_output import Progress

    is_apart = bool(args.output) or not ((args.json or args.jsonl) and sys.stdout.isatty())
    is_shown = sys.stderr.isatty() and is_apart
    prompts = (count_questions(args.input) if args.input else 1) if is_shown else 0
    return Progress(prompts * models, is_shown=is_shown)


def _verdict_code(scores: dict[str, list[float]], threshold: float) -> int:
    """1 when some model's mean score is below the threshold, or nothing was scored at all."""
    if not scores:
        complain("No reply was scored, so --fail-under fails.")
        return main.FAILED
    code = main.OK
    for model, given in scores.items():
        mean = sum(given) / len(given)
        if mean < threshold:
            complain(f"{model} has a mean score of {mean:.2f}, below {threshold:g}.")
            code = main.FAILED
    return code
