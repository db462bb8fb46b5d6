"""The board: which models won, over all sessions, with error bars. Filters by tag and time; writes it to a file.

Read in a thread, since a thousand sessions take their time. Refuses to rank what has too few votes.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from textual import getters, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.chat.standings import board_csv, board_values
from tui.chat.votes import ENOUGH_VOTES, Pair, Standing, agreement, board, pairs_of
from tui.screens.dialog import Dialog
from tui.screens.pick import PickDialog
from tui.store.sessions import SessionStore
from tui.store.voting import sessions_with_votes
from tui.text.clean import clean_line
from tui.text.json_escapes import without_risks
from tui.widgets.looks import MUTED
from tui.widgets.pick_list import Row
from tui.widgets.text_table import table

PERIODS: tuple[tuple[str, int | None], ...] = (
    ("all time", None),
    ("the last 7 days", 7),
    ("the last 30 days", 30),
    ("the last 90 days", 90),
    ("the last year", 365),
)
SCALE_CELLS = 21
"""Width of the little picture of a rating's interval."""


@dataclass(slots=True)
class Verdicts:
    """All pairs there are, and files that could not be read."""

    mine: list[Pair] = field(default_factory=list)
    judged: list[Pair] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def tags(self) -> list[str]:
        """Every tag of a session with votes."""
        return sorted({tag for pair in (*self.mine, *self.judged) for tag in pair.tags})


def read_verdicts(store: SessionStore) -> Verdicts:
    """The votes of all sessions; reads files, so it belongs in a thread."""
    found = Verdicts()
    for session in sessions_with_votes(store, found.problems.append):
        found.mine += pairs_of(session)
        found.judged += pairs_of(session, by_judge=True)
    return found


def since(days: int | None, *, now: datetime | None = None) -> str:
    """The moment `days` ago as votes write it; empty for ever."""
    if days is None:
        return ""
    return ((now or datetime.now(UTC)) - timedelta(days=days)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def wanted(pairs: Sequence[Pair], tag: str, from_at: str) -> list[Pair]:
    """The pairs of sessions with `tag` (empty: all) since `from_at`."""
    return [pair for pair in pairs if pair.at >= from_at and (not tag or tag in pair.tags)]


class BoardScreen(Dialog[None]):
    """The standings, which stay while they are written to files."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "cancel", "Close", show=False),
        Binding("t", "choose_tag", "Only sessions with a tag", id="board-tag"),
        Binding("d", "next_period", "Another span of time", id="board-period"),
        Binding("g", "turn_judges", "Your votes, or the judges'", id="board-judges"),
        Binding("c", "export('csv')", "Write as CSV", id="board-csv"),
        Binding("j", "export('json')", "Write as JSON", id="board-json"),
    ]

    DEFAULT_CSS = """
    BoardScreen {
        & > .dialog-box { width: 100; max-width: 96%; max-height: 94%; padding: 0; }
        & VerticalScroll { height: auto; max-height: 100%; padding: 1 2; scrollbar-size-vertical: 1; }
        & Static { height: auto; }
    }
    """

    words = getters.query_one("#board", Static)

    def __init__(self, store: SessionStore, write: Callable[[str, str], object]) -> None:
        """The standings.

        Args:
            store: Where the sessions are.
            write: Asks where a file is to be, given the name it might have and its text.
        """
        super().__init__()
        self._store = store
        self._write = write
        self._verdicts: Verdicts | None = None
        self._tag = ""
        self._period = 0
        self._is_judged = False

    def compose(self) -> ComposeResult:
        """The text."""
        with self.frame(Vertical(), "Board", "t tag, d time, g judges, c CSV, j JSON, esc closes"), VerticalScroll():
            yield Static("Reading all sessions …", id="board", markup=False)

    def on_mount(self) -> None:
        """Read what there is."""
        self.query_one(VerticalScroll).focus()
        self._read()

    @work(exclusive=True)
    async def _read(self) -> None:
        self._verdicts = await asyncio.to_thread(read_verdicts, self._store)
        self._show()

    def standings(self) -> list[Standing]:
        """What the board shows now."""
        if self._verdicts is None:
            return []
        pairs = self._verdicts.judged if self._is_judged else self._verdicts.mine
        return board(wanted(pairs, self._tag, self._from_at()))

    def _from_at(self) -> str:
        return since(PERIODS[self._period][1])

    def _show(self) -> None:
        verdicts = self._verdicts
        if verdicts is None:
            return
        width = max(30, self.query_one(VerticalScroll).content_size.width or self.app.size.width - 12)
        voters = "judging models" if self._is_judged else "your votes"
        tag = f"tag “{clean_line(self._tag, 24)}”" if self._tag else "all tags"
        parts = [Content.styled(f"{voters} · {tag} · {PERIODS[self._period][0]}", MUTED)]
        lines = self.standings()
        parts.append(standings_content(lines, width) if lines else Content(self._why_empty()))
        agreed, compared = self._agreement()
        if compared:
            parts.append(Content(f"Judges agreed with you on {agreed} of {compared} pairs."))
        if verdicts.problems:
            count = len(verdicts.problems)
            parts.append(Content.styled(f"{count} session file{'s' if count > 1 else ''} could not be read.", MUTED))
        self.words.update(Content("\n\n").join(parts))

    def _why_empty(self) -> str:
        """What would fill the board: votes, a judge, or a wider look."""
        verdicts = self._verdicts or Verdicts()
        if verdicts.judged if self._is_judged else verdicts.mine:
            return "There are votes, but none with this tag in this time: d chooses another time, t another tag."
        if self._is_judged:
            return "No model has judged yet: let one judge the last replies."
        return "There are no votes yet between different models: compare their replies and vote on them."

    # -- keys ------------------------------------------------------------------------------------------------------

    def action_choose_tag(self) -> None:
        """Choose a tag, or all."""
        if self._verdicts is None or not self._verdicts.tags:
            words = (
                "The sessions are still being read." if self._verdicts is None else "No session with votes has a tag."
            )
            self.notify(words, markup=False)
            return
        rows = [Row("all", "all tags"), *(Row(f"tag:{tag}", tag) for tag in self._verdicts.tags)]

        def picked(row_id: str | None) -> None:
            if row_id is not None:
                self._tag = row_id.removeprefix("tag:") if row_id != "all" else ""
                self._show()

        self.app.push_screen(PickDialog("Only sessions with the tag", rows), picked)

    def action_next_period(self) -> None:
        """Another span of time."""
        self._period = (self._period + 1) % len(PERIODS)
        self._show()

    def action_turn_judges(self) -> None:
        """The user's votes, or those of judging models."""
        self._is_judged = not self._is_judged
        self._show()

    def action_export(self, form: str) -> None:
        """Write what the board shows to a file."""
        lines = self.standings()
        if not lines:
            self.notify("There is nothing to write yet.", markup=False)
            return
        self._write(f"board.{form}", board_csv(lines) if form == "csv" else self._json(lines))

    def _json(self, lines: Sequence[Standing]) -> str:
        """One JSON object, as `parley board --json` prints it."""
        values = board_values(lines, self._agreement())
        return without_risks(json.dumps(values, ensure_ascii=False, indent=2)) + "\n"

    def _agreement(self) -> tuple[int, int]:
        """How often judges agreed with the user, among what the board shows: (agreed, compared)."""
        verdicts, from_at = self._verdicts or Verdicts(), self._from_at()
        return agreement(wanted(verdicts.mine, self._tag, from_at), wanted(verdicts.judged, self._tag, from_at))


def standings_content(lines: Sequence[Standing], width: int) -> Content:
    """The standings as a table with a picture of each interval."""
    ranked = [line for line in lines if line.has_enough]
    low = min((line.low for line in ranked), default=0.0)
    high = max((line.high for line in ranked), default=1.0)
    rows = []
    for place, line in enumerate(lines, 1):
        figures = (str(line.wins), str(line.losses), str(line.ties))
        if line.has_enough:
            interval = f"{line.low:.0f} – {line.high:.0f}"
            rows.append((line.model, str(place), f"{line.rating:.0f}", interval, *figures, _interval(line, low, high)))
        else:
            missing = ENOUGH_VOTES - line.pairs
            rows.append((line.model, "–", "–", "not enough votes yet", *figures, f"{missing} more"))
    heading = ("model", "", "rating", "95 %", "won", "lost", "tied", "".ljust(SCALE_CELLS))
    return table(heading, rows, width, spare=(7,))


def _interval(line: Standing, low: float, high: float) -> str:
    """The interval on a scale that all ranked models share: ├──●──┤."""
    span = max(1.0, high - low)
    start, middle, end = (
        round((value - low) / span * (SCALE_CELLS - 1)) for value in (line.low, line.rating, line.high)
    )
    cells = [" "] * SCALE_CELLS
    for place in range(start, end + 1):
        cells[place] = "─"
    cells[start], cells[end], cells[middle] = "├", "┤", "●"
    return "".join(cells)
