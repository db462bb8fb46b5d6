"""The figures of a comparison as tables for people: of one prompt's replies, and of each model over many prompts.

What is unknown is a dash, what is estimated has a tilde, and nothing is averaged that was not measured.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean, median
from typing import TYPE_CHECKING

from tui.domain.events import Finish
from tui.domain.reply import Reply
from tui.text.clean import clean_line
from tui.text.widths import cell_width, cut_to_cells

if TYPE_CHECKING:
    from tui.chat.scores import Spread

UNKNOWN = "–"
OTHER_COLUMNS_CELLS = 66
"""About what stands beside the model's name."""
NARROWEST_NAME_CELLS = 20


@dataclass(slots=True)
class Totals:
    """One model's figures over all prompts."""

    model: str
    replies: int = 0
    not_whole: int = 0
    """Replies that failed or were cut short."""
    first_token_s: list[float] = field(default_factory=list)
    tokens_per_s: list[float] = field(default_factory=list)
    speed_is_estimated: bool = False
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: float | None = None
    unpriced: int = 0
    """Replies without a known cost."""
    scores: list[float] = field(default_factory=list)

    def add(self, reply: Reply, score: float | None) -> None:
        """Count one more reply, with a judge's score where there is one."""
        self.replies += 1
        self.not_whole += reply.error is not None or reply.finish in (Finish.CUT_SHORT, Finish.CANCELLED)
        if reply.timings.first_token_s is not None:
            self.first_token_s.append(reply.timings.first_token_s)
        if reply.timings.tokens_per_s is not None:
            self.tokens_per_s.append(reply.timings.tokens_per_s)
            self.speed_is_estimated |= reply.timings.is_estimated
        self.input_tokens = _added(self.input_tokens, reply.usage.input_tokens)
        self.output_tokens = _added(self.output_tokens, reply.usage.output_tokens)
        if reply.cost_usd is None:
            self.unpriced += 1
        else:
            self.cost_usd = (self.cost_usd or 0.0) + reply.cost_usd
        if score is not None:
            self.scores.append(score)


def _added(total: int | None, figure: int | None) -> int | None:
    return total if figure is None else (total or 0) + figure


def figures_table(replies: Sequence[Reply]) -> str:
    """The figures of one prompt's replies."""
    head = ("#", "model", "finish", "first token", "tokens/s", "in", "out", "cost")
    return _table(head, [_cells(number, reply) for number, reply in enumerate(replies, 1)], left=(1, 2))


def spread_lines(replies: Sequence[Reply]) -> list[str]:
    """For each model that was asked several times: from the lowest to the highest figure, and how many agree."""
    from tui.chat.scores import agreement_of, spread_of
    from tui.widgets.figures import count, money, seconds

    found = []
    for model in dict.fromkeys(reply.model for reply in replies):
        same = [reply for reply in replies if reply.model == model and reply.text]
        if len(same) < 2:
            continue
        figures = {
            "characters": [count(round(value or 0)) for value in _ends(spread_of(len(one.text) for one in same))],
            "time": [seconds(value) for value in _ends(spread_of(one.timings.total_s for one in same))],
            "cost": [money(value) for value in _ends(spread_of(one.cost_usd for one in same))],
        }
        told = [f"{name} {' – '.join(dict.fromkeys(words))}" for name, words in figures.items() if words]
        agreement = agreement_of([one.text for one in same])
        near = f", {agreement.near} nearly" if agreement.near > agreement.exact else ""
        equal = f"{agreement.exact} equal" if agreement.exact > 1 else "none equal"
        found.append(f"{clean_line(model)} × {len(same)}: {', '.join(told)}; {equal}{near}")
    return found


def _ends(spread: Spread) -> tuple[float, ...]:
    return () if spread.low is None or spread.high is None else (spread.low, spread.high)


def totals_table(totals: Sequence[Totals]) -> str:
    """The figures of each model over all prompts: medians of times and speeds, sums of tokens and money."""
    head: tuple[str, ...] = (
        "#",
        "model",
        "replies",
        "not whole",
        "first token",
        "tokens/s",
        "in",
        "out",
        "cost",
        "score",
    )
    rows: list[tuple[str, ...]] = [_total_cells(number, total) for number, total in enumerate(totals, 1)]
    if not any(total.scores for total in totals):
        head, rows = head[:-1], [row[:-1] for row in rows]
    return _table(head, rows, left=(1,))


def _cells(number: int, reply: Reply) -> tuple[str, ...]:
    usage, timings = reply.usage, reply.timings
    return (
        str(number),
        clean_line(reply.model),
        reply.finish.value,
        _seconds(timings.first_token_s),
        UNKNOWN if timings.tokens_per_s is None else f"{_sign(timings.is_estimated)}{timings.tokens_per_s:.1f}",
        _count(usage.input_tokens),
        _count(usage.output_tokens),
        UNKNOWN if reply.cost_usd is None else f"{_sign(reply.cost_is_estimated)}${reply.cost_usd:.6f}",
    )


def _total_cells(number: int, total: Totals) -> tuple[str, ...]:
    speed, more = total.tokens_per_s, "+?" if total.unpriced else ""
    return (
        str(number),
        clean_line(total.model),
        str(total.replies),
        str(total.not_whole),
        _seconds(median(total.first_token_s) if total.first_token_s else None),
        f"{_sign(total.speed_is_estimated)}{median(speed):.1f}" if speed else UNKNOWN,
        _count(total.input_tokens),
        _count(total.output_tokens),
        UNKNOWN if total.cost_usd is None else f"~${total.cost_usd:.6f}{more}",
        f"{fmean(total.scores):.2f}" if total.scores else UNKNOWN,
    )


def _seconds(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.2f} s"


def _count(value: int | None) -> str:
    return UNKNOWN if value is None else str(value)


def _sign(is_estimated: bool) -> str:
    return "~" if is_estimated else ""


def _table(head: Sequence[str], rows: Sequence[tuple[str, ...]], *, left: Sequence[int]) -> str:
    """Aligned columns, to the right but for those in `left`; the name (the second one) is cut where room is short."""
    room = shutil.get_terminal_size((100, 24)).columns - OTHER_COLUMNS_CELLS
    limit = max(NARROWEST_NAME_CELLS, room)
    cut = [tuple(head), *((row[0], cut_to_cells(row[1], limit), *row[2:]) for row in rows)]
    widths = [max(cell_width(row[index]) for row in cut) for index in range(len(head))]
    return "\n".join(
        "  ".join(_padded(cell, widths[index], is_left=index in left) for index, cell in enumerate(row)).rstrip()
        for row in cut
    )


def _padded(cell: str, width: int, *, is_left: bool) -> str:
    space = " " * (width - cell_width(cell))
    return cell + space if is_left else space + cell
