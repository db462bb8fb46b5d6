"""The figures side by side: of the last turn, and of the whole session, with spread, ranks, agreement and speed.

Shows what `tui.chat.scores` counted; measures nothing. Estimates carry ~, the unknown is –.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.chat.scores import Agreement, Score, Spread, ranks, spread_of
from tui.domain.record import AskedAside
from tui.screens.dialog import Dialog
from tui.text.clean import clean_line
from tui.widgets.figures import UNKNOWN, count, money, seconds, speed, taken_words
from tui.widgets.looks import MUTED
from tui.widgets.text_table import bar, sparkline, table

RANK_SIGNS = ("", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹")
BAR_CELLS = 24
SPARK_CELLS = 16
SPARE = (7, 3, 6, 8)
"""Columns of the turn's table that narrow screens do without: length, tokens in, time, how it ended."""
HEADING = ("", "first token", "tokens/s", "in", "out", "cost", "time", "length", "ended")


@dataclass(frozen=True, slots=True)
class Named:
    """A column's figures and what the column is called."""

    name: str
    score: Score


@dataclass(frozen=True, slots=True)
class Summary:
    """All that the screen shows."""

    prompt: str
    turn: tuple[Named, ...]
    """Empty when fewer than two columns have answered the same prompt."""
    agreement: Agreement
    session: tuple[Named, ...]
    spent_usd: float | None
    """The known cost of the whole session."""
    unpriced: int
    """Replies, and questions aside, whose cost is unknown."""
    asides: tuple[AskedAside, ...] = ()
    """What models were asked beside the conversation: to judge, for titles."""
    is_estimated: bool = False
    """Whether some of that cost was reckoned here, and not told by a server."""
    prices: tuple[str, ...] = ()
    """What the costs rest on: each model's prices with where they are from, and of which day."""


class SummaryScreen(Dialog[str | None]):
    """Tables; gives “export” when the user wants them as a file."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "cancel", "Close", show=False),
        Binding("e", "export", "Write the figures to a file", id="summary-export"),
        Binding("up,k", "scroll(-1)", "Up", show=False),
        Binding("down,j", "scroll(1)", "Down", show=False),
    ]

    DEFAULT_CSS = """
    SummaryScreen {
        & > .dialog-box { width: 110; max-width: 96%; max-height: 94%; padding: 0; }
        & VerticalScroll { height: auto; max-height: 100%; padding: 1 2; scrollbar-size-vertical: 1; }
        & Static { height: auto; }
    }
    """

    def __init__(self, summary: Summary) -> None:
        super().__init__()
        self._summary = summary

    def compose(self) -> ComposeResult:
        """The text."""
        with self.frame(Vertical(), "Figures", "e writes a file, esc closes"), VerticalScroll():
            yield Static(markup=False)

    def on_mount(self) -> None:
        """Up and down scroll."""
        self.query_one(VerticalScroll).focus()

    def on_resize(self, event: events.Resize) -> None:
        """Fit the tables to the room."""
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        room = self.query_one(VerticalScroll).content_size.width or self.app.size.width - 10
        width = max(20, room - 2)  # the scroll bar may come yet
        self.query_one(Static).update(summary_content(self._summary, width))

    def action_scroll(self, step: int) -> None:
        """Scroll by a line."""
        self.query_one(VerticalScroll).scroll_relative(y=step, animate=False)

    def action_export(self) -> None:
        """Close, and write the figures to a file."""
        self.dismiss("export")


def summary_content(summary: Summary, width: int) -> Content:
    """The whole text, `width` cells wide where that can be."""
    parts: list[Content] = []
    if summary.turn:
        parts.append(_title("The last turn", f"“{clean_line(' '.join(summary.prompt.split()), max(8, width - 20))}”"))
        parts.append(_turn_table(summary.turn, width))
        parts += [part for part in (_turn_spread(summary.turn), _agreement(summary.agreement)) if part.plain]
    if summary.session:
        replies = sum(one.score.replies for one in summary.session)
        parts.append(_title("The session", f"{replies} replies, {_spent(summary)}"))
        parts.append(_session_table(summary.session, width))
        parts += [Content.styled(words, MUTED) for words in aside_words(summary.asides)]
        parts.append(_speeds(summary.session, width))
    if summary.prices:
        words = "\n".join(clean_line(price) for price in summary.prices)
        parts.append(Content.styled(f"Prices in US dollars per million tokens:\n{words}", MUTED))
    if not parts:
        return Content("Nobody has replied yet.")
    parts.append(
        Content.styled("¹ ² ³ rank   ~ estimated   – not reported   a – m – b: lowest, median, highest", MUTED)
    )
    return Content("\n\n").join(parts)


def _title(title: str, words: str) -> Content:
    return Content.assemble((title, "bold $text-primary"), "  ", (words, MUTED))


def aside_words(asides: Sequence[AskedAside]) -> list[str]:
    """What questions aside took, a line for each model and purpose; money that is part of what was spent."""
    together: dict[tuple[str, str], list[AskedAside]] = {}
    for aside in asides:
        together.setdefault((aside.purpose, aside.model), []).append(aside)
    return [
        f"Besides: {clean_line(purpose)} {clean_line(model)}, {taken_words(several)}"
        for (purpose, model), several in together.items()
    ]


def _spent(summary: Summary) -> str:
    words = f"{money(summary.spent_usd, is_estimated=summary.is_estimated)} spent"
    return f"{words}, {summary.unpriced} without a known price" if summary.unpriced else words


def _turn_table(turn: Sequence[Named], width: int) -> Content:
    scores = [one.score for one in turn]
    first = ranks([score.first_token_s.middle for score in scores])
    rate = ranks([score.tokens_per_s.middle for score in scores], is_high_best=True)
    cost = ranks([score.cost_usd for score in scores])
    time = ranks([score.total_s.middle for score in scores])
    rows = [
        (
            one.name,
            _ranked(seconds(one.score.first_token_s.middle), first[place]),
            _ranked(
                speed(one.score.tokens_per_s.middle, is_estimated=one.score.tokens_per_s.is_estimated), rate[place]
            ),
            count(one.score.input_tokens),
            count(one.score.output_tokens, is_estimated=one.score.tokens_are_estimated),
            _ranked(money(one.score.cost_usd, is_estimated=one.score.cost_is_estimated), cost[place]),
            _ranked(seconds(one.score.total_s.middle), time[place]),
            count(_whole(one.score.chars.middle)),
            _ended(one.score),
        )
        for place, one in enumerate(turn)
    ]
    return table(HEADING, rows, width, spare=SPARE)


def _turn_spread(turn: Sequence[Named]) -> Content:
    """From the lowest to the highest of each figure, where they differ."""
    scores = [one.score for one in turn]
    found = {
        "first token": _range(spread_of(score.first_token_s.middle for score in scores), seconds),
        "tokens/s": _range(spread_of(score.tokens_per_s.middle for score in scores), speed),
        "tokens out": _range(spread_of(score.output_tokens for score in scores), _counted),
        "cost": _range(spread_of(score.cost_usd for score in scores), money),
        "time": _range(spread_of(score.total_s.middle for score in scores), seconds),
        "characters": _range(spread_of(score.chars.middle for score in scores), _counted),
    }
    told = [f"{name} {words}" for name, words in found.items() if words]
    return Content.styled("Spread: " + ", ".join(told), MUTED) if told else Content("")


def _session_table(session: Sequence[Named], width: int) -> Content:
    heading = ("", "replies", "first token", "tokens/s", "in", "out", "cost", "ended")
    rows = [
        (
            one.name,
            str(one.score.replies),
            _three(one.score.first_token_s, seconds),
            _three(one.score.tokens_per_s, speed),
            count(one.score.input_tokens),
            count(one.score.output_tokens, is_estimated=one.score.tokens_are_estimated),
            money(one.score.cost_usd, is_estimated=one.score.cost_is_estimated)
            + ("+?" if _is_partial(one.score) else ""),
            _ended(one.score),
        )
        for one in session
    ]
    return table(heading, rows, width, spare=(4, 7, 1))


def _is_partial(score: Score) -> bool:
    return score.cost_usd is not None and score.costs_unknown > 0


def _speeds(session: Sequence[Named], width: int) -> Content:
    """A bar for each column's median speed, and its replies one after the other as a small line."""
    fastest = max((one.score.tokens_per_s.middle or 0.0 for one in session), default=0.0)
    if not fastest:
        return Content.styled("No speed was measured.", MUTED)
    cells = max(6, min(BAR_CELLS, width // 3))
    rows = []
    for one in session:
        middle = one.score.tokens_per_s.middle
        filled = bar((middle or 0.0) / fastest, cells)
        figure = speed(middle, is_estimated=one.score.tokens_per_s.is_estimated)
        rows.append(
            (one.name, filled, figure, sparkline(one.score.speeds, SPARK_CELLS) if len(one.score.speeds) > 1 else "")
        )
    has_lines = any(row[3] for row in rows)
    heading = ("tokens/s", "", "median", "each reply" if has_lines else "")
    return table(heading, rows, width, left=2, spare=() if has_lines else (3,))


def _agreement(agreement: Agreement) -> Content:
    if agreement.count < 2:
        return Content("")
    if agreement.exact == agreement.count:
        words = f"All {agreement.count} replies are equal."
    elif agreement.near < 2:
        words = f"No two of the {agreement.count} replies are equal, nor nearly so."
    else:
        exact = f"{agreement.exact} of {agreement.count} replies are equal" if agreement.exact > 1 else "None are equal"
        words = f"{exact}, {agreement.near} nearly so (nine words in ten)."
    return Content(words)


def _ranked(figure: str, rank: int | None) -> str:
    """A figure with its rank; without one, a space, so that figures stay level."""
    if rank is None:
        return figure
    return f"{figure} {RANK_SIGNS[rank] if rank < len(RANK_SIGNS) else ''}"


def _range(spread: Spread, words: Callable[[float | None], str]) -> str:
    if spread.count < 2:
        return ""
    low, high = words(spread.low), words(spread.high)
    return low if low == high else f"{low} – {high}"


def _three(spread: Spread, words: Callable[[float | None], str]) -> str:
    sign = "~" if spread.is_estimated else ""
    if spread.count < 2 or spread.low == spread.high:
        return f"{sign}{words(spread.middle)}"
    return f"{sign}{words(spread.low)} – {words(spread.middle)} – {words(spread.high)}"


def _counted(value: float | None) -> str:
    return count(_whole(value))


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def _ended(score: Score) -> str:
    if len(score.finishes) == 1:
        return score.finishes[0][0].replace("_", " ")
    return ", ".join(f"{number}× {finish.replace('_', ' ')}" for finish, number in score.finishes) or UNKNOWN
