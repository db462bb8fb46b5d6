"""Figures of replies side by side: of the last turn and of a whole session, with spread, ranks and agreement.

Pure functions over a session. What is unknown stays None, an estimate stays marked, and nothing is averaged that was
not measured. Refuses to know how a table looks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from statistics import median

from tui.domain.comparing import Candidate
from tui.domain.session import Column, Message, Session

NEAR = 0.9
"""Share of common words from which two texts count as nearly equal."""
MOST_WORDS_COMPARED = 4_000
"""Longer texts are compared by their beginning: the exact answer would take seconds."""
_WORDS = re.compile(r"\w+", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure over several replies; None everywhere means that nobody reported it."""

    low: float | None = None
    middle: float | None = None
    """The median."""
    high: float | None = None
    count: int = 0
    """How many replies had the figure."""
    is_estimated: bool = False
    """Whether any of them was an estimate."""


@dataclass(frozen=True, slots=True)
class Score:
    """One column's figures, over one reply or over all of them."""

    column: Column
    replies: int
    first_token_s: Spread
    tokens_per_s: Spread
    total_s: Spread
    chars: Spread
    input_tokens: int | None
    output_tokens: int | None
    tokens_are_estimated: bool
    cost_usd: float | None
    cost_is_estimated: bool
    costs_unknown: int
    """Replies without a known cost; the sum leaves them out."""
    finishes: tuple[tuple[str, int], ...]
    """How the replies ended, the commonest first."""
    speeds: tuple[float, ...]
    """Tokens per second of each reply, oldest first, where known."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many of some texts say the same."""

    count: int
    exact: int
    """The largest group of equal texts."""
    near: int
    """The largest group of texts that differ in a few words, in case or in punctuation."""


def turn_scores(candidates: Iterable[Candidate]) -> list[Score]:
    """The figures of one turn's replies."""
    return [_score(one.column, [one.reply]) for one in candidates]


def session_scores(session: Session, columns: Iterable[Column]) -> list[Score]:
    """The figures of everything that each column ever replied; what was deleted was paid for and counts."""
    replies: dict[str, list[Message]] = {}
    for message in session.messages.values():
        if message.is_reply and message.finish is not None:
            replies.setdefault(message.column, []).append(message)
    return [_score(column, replies[column.id]) for column in columns if column.id in replies]


def _score(column: Column, replies: Sequence[Message]) -> Score:
    costs = [reply.cost_usd for reply in replies if reply.cost_usd is not None]
    finishes = Counter(str(reply.finish or "none") for reply in replies)
    return Score(
        column=column,
        replies=len(replies),
        first_token_s=_spread(replies, lambda one: one.timings.first_token_s),
        tokens_per_s=_spread(
            replies, lambda one: one.timings.tokens_per_s, is_estimated=lambda one: one.timings.is_estimated
        ),
        total_s=_spread(replies, lambda one: one.timings.total_s),
        chars=_spread(replies, lambda one: len(one.text) if one.text else None),
        input_tokens=_sum(reply.usage.input_tokens for reply in replies),
        output_tokens=_sum(reply.usage.output_tokens for reply in replies),
        tokens_are_estimated=any(reply.usage.is_estimated for reply in replies),
        cost_usd=sum(costs) if costs else None,
        cost_is_estimated=any(reply.cost_is_estimated for reply in replies if reply.cost_usd is not None),
        costs_unknown=len(replies) - len(costs),
        finishes=tuple(finishes.most_common()),
        speeds=tuple(one.timings.tokens_per_s for one in replies if one.timings.tokens_per_s is not None),
    )


def _spread(
    replies: Sequence[Message],
    figure: Callable[[Message], float | None],
    *,
    is_estimated: Callable[[Message], bool] = lambda _: False,
) -> Spread:
    known = [(value, is_estimated(reply)) for reply in replies if (value := figure(reply)) is not None]
    if not known:
        return Spread()
    values = [value for value, _ in known]
    return Spread(min(values), median(values), max(values), len(values), any(guessed for _, guessed in known))


def _sum(figures: Iterable[int | None]) -> int | None:
    known = [figure for figure in figures if figure is not None]
    return sum(known) if known else None


def spread_of(values: Iterable[float | None]) -> Spread:
    """The spread of the known ones of `values`."""
    known = [value for value in values if value is not None]
    return Spread(min(known), median(known), max(known), len(known)) if known else Spread()


def ranks(values: Sequence[float | None], *, is_high_best: bool = False) -> list[int | None]:
    """Places from 1, equal values sharing one; None for what is unknown, and for all when there is nothing to rank."""
    known = [value for value in values if value is not None]
    if len(known) < 2 or len(set(known)) < 2:
        return [None] * len(values)
    sign = -1 if is_high_best else 1
    return [None if value is None else 1 + sum(sign * other < sign * value for other in known) for value in values]


def agreement_of(texts: Sequence[str]) -> Agreement:
    """How many of `texts` say the same: exactly, and nearly."""
    if not texts:
        return Agreement(0, 0, 0)
    exact = Counter(text.strip() for text in texts).most_common(1)[0][1]
    words = [_WORDS.findall(text.casefold())[:MOST_WORDS_COMPARED] for text in texts]
    near = max(sum(are_near(one, other) for other in words) for one in words)
    return Agreement(len(texts), exact, max(near, exact))


def are_near(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two texts, as words, are nearly equal."""
    if one == other:
        return True
    if not one or not other:
        return False
    if 2 * min(len(one), len(other)) / (len(one) + len(other)) < NEAR:
        return False
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.quick_ratio() >= NEAR and matcher.ratio() >= NEAR
