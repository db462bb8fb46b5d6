"""`parley board`: which models won, over all sessions, with error bars.

Refuses to reckon: `tui.chat.votes` does.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from tui.chat.standings import board_csv, board_values
from tui.chat.votes import Pair, Standing, agreement, board, pairs_of
from tui.cli import main
from tui.cli.output import complain, json_text
from tui.errors import ConfigError
from tui.text.clean import clean_line
from tui.text.widths import cell_width


def add_parser(subparsers: Any) -> None:
    """Add the command's parser."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "board",
        help="which models won, over all sessions, with error bars",
        description="Bradley-Terry standings from your votes; only replies to the same prompt are compared.",
    )
    parser.add_argument("--tag", action="append", default=[], metavar="TAG", help="only sessions with this tag; repeat")
    parser.add_argument("--since", metavar="DATE", help="only votes from this day on, written 2026-01-31")
    parser.add_argument("--judges", action="store_true", help="what judging models said, instead of your own votes")
    parser.add_argument("--until", metavar="DATE", help="only votes up to the end of this day")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="print one JSON object")
    shape.add_argument("--csv", action="store_true", help="print comma-separated values")


def run(args: argparse.Namespace) -> int:
    """Print the board; returns the exit code."""
    span = _midnight("since", args.since), _midnight("until", args.until, days_later=1)
    all_mine, all_judged = list(_pairs(by_judge=False)), list(_pairs(by_judge=True))
    mine, judged = ([pair for pair in pairs if _is_wanted(pair, args.tag, *span)] for pairs in (all_mine, all_judged))
    lines = board(judged if args.judges else mine)
    agreed, compared = agreement(mine, judged)
    if args.json:
        print(json_text(board_values(lines, (agreed, compared)), indent=2))
        return main.OK
    if args.csv:
        print(board_csv(lines), end="")
        return main.OK
    if not lines:
        complain(_none_words(has_others=bool(all_judged if args.judges else all_mine), is_judged=args.judges))
        return main.OK
    print(board_table(lines))
    if compared:
        print(f"\nJudges agreed with you on {agreed} of {compared} pairs.")
    return main.OK


def _none_words(*, has_others: bool, is_judged: bool) -> str:
    """Why the board is empty."""
    if has_others:
        return "There are votes, but none with this tag in this time."
    if is_judged:
        return "No model has judged yet; “parley compare --judge MODEL” lets one, and so does the app."
    return "There are no votes yet between different models; compare replies in the app and pick a winner."


def _midnight(option: str, text: str | None, *, days_later: int = 0) -> str:
    """When a day begins where the user is, as sessions write moments; empty without one."""
    if text is None:
        return ""
    from datetime import date, datetime, time, timedelta

    from tui.store.spending import as_written

    try:
        return as_written(datetime.combine(date.fromisoformat(text) + timedelta(days=days_later), time()).astimezone())
    except (ValueError, OverflowError) as error:
        raise ConfigError(f"--{option} must be a day such as 2026-01-31, not “{clean_line(text, 40)}”.") from error


def _is_wanted(pair: Pair, tags: list[str], since: str, until: str) -> bool:
    is_in_time = pair.at >= since and (not until or pair.at < until)
    return is_in_time and all(tag in pair.tags for tag in tags)


def _pairs(*, by_judge: bool) -> Iterator[Pair]:
    """The pairs of all sessions; a file that cannot be read is left out."""
    from tui.paths import sessions_dir
    from tui.store.sessions import SessionStore
    from tui.store.voting import sessions_with_votes

    for session in sessions_with_votes(SessionStore(sessions_dir()), complain):
        yield from pairs_of(session, by_judge=by_judge)


def board_table(lines: list[Standing]) -> str:
    """The standings as an aligned table."""
    rows = [("", "model", "rating", "95 %", "won", "lost", "tied")]
    for place, line in enumerate(lines, 1):
        interval = f"{line.low:.0f} – {line.high:.0f}" if line.has_enough else "not enough votes yet"
        rating = f"{line.rating:.0f}" if line.has_enough else "–"
        number = str(place) if line.has_enough else "–"
        rows.append(
            (number, clean_line(line.model, 60), rating, interval, str(line.wins), str(line.losses), str(line.ties))
        )
    widths = [max(cell_width(row[index]) for row in rows) for index in range(7)]
    return "\n".join(
        "  ".join(cell + " " * (widths[index] - cell_width(cell)) for index, cell in enumerate(row)).rstrip()
        for row in rows
    )
