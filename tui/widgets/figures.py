"""Figures as people read them: seconds, tokens, money. An estimate carries `~`, the unknown is `–`, never 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tui.domain.record import AskedAside

UNKNOWN = "–"


@dataclass(frozen=True, slots=True)
class Figures:
    """What a column's head says about its newest reply; None is unknown."""

    first_token_s: float | None = None
    elapsed_s: float | None = None
    tokens_per_s: float | None = None
    speed_is_estimated: bool = False
    input_tokens: int | None = None
    output_tokens: int | None = None
    tokens_are_estimated: bool = False
    cost_usd: float | None = None
    cost_is_estimated: bool = False
    context_used: float | None = None
    """Share of the model's context, from 0 to 1."""
    context_is_estimated: bool = False


def seconds(value: float | None) -> str:
    """`0.42 s`, `12.3 s`, `2 m 05 s`."""
    if value is None:
        return UNKNOWN
    if value < 10:
        return f"{value:.2f} s"
    if value < 60:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} m {rest:02d} s"


def count(value: int | None, *, is_estimated: bool = False) -> str:
    """`85`, `12.3k`, `~1.2M`."""
    if value is None:
        return UNKNOWN
    sign = "~" if is_estimated else ""
    if value < 10_000:
        return f"{sign}{value}"
    if value < 999_500:
        return f"{sign}{value / 1000:.3g}k" if value < 100_000 else f"{sign}{value / 1000:.0f}k"
    return f"{sign}{value / 1e6:.3g}M"


def speed(value: float | None, *, is_estimated: bool = False) -> str:
    """`31.2`, `~140`; tokens per second, without the unit."""
    if value is None:
        return UNKNOWN
    sign = "~" if is_estimated else ""
    return f"{sign}{value:.1f}" if value < 100 else f"{sign}{value:.0f}"


def money(value: float | None, *, is_estimated: bool = False) -> str:
    """`$0.0012`, `~$1.20`; small sums keep two significant digits."""
    if value is None:
        return UNKNOWN
    sign = "~" if is_estimated else ""
    if value == 0:
        return f"{sign}$0"
    if value >= 1:
        return f"{sign}${value:,.2f}"
    if value < 0.000001:
        return f"{sign}<$0.000001"
    digits = 2
    while value < 10 ** -(digits - 1) and digits < 7:
        digits += 1
    return f"{sign}${value:.{digits}f}"


def taken_words(asides: Sequence[AskedAside]) -> str:
    """What questions beside the conversation took, all together."""
    into = [one.usage.input_tokens for one in asides if one.usage.input_tokens is not None]
    out = [one.usage.output_tokens for one in asides if one.usage.output_tokens is not None]
    paid = [one.cost_usd for one in asides if one.cost_usd is not None]
    is_estimated = any(one.usage.is_estimated for one in asides)
    cost = money(sum(paid) if paid else None, is_estimated=any(one.cost_is_estimated for one in asides))
    return ", ".join(
        [
            f"{len(asides)} request{'' if len(asides) == 1 else 's'}",
            f"{count(sum(into) if into else None, is_estimated=is_estimated)} tokens in",
            f"{count(sum(out) if out else None, is_estimated=is_estimated)} out",
            f"cost {cost}{'+?' if paid and len(paid) < len(asides) else ''}",
        ]
    )


def ceiling_words(name: str, height_usd: float, spent_usd: float) -> str:
    """What stands against going on, in a sentence."""
    spent = money(spent_usd, is_estimated=spent_usd > 0)  # nearly all of it was reckoned from prices
    return f"The {name}’s ceiling is {money(height_usd)}, and {spent} is spent."


def share(value: float | None, *, is_estimated: bool = False) -> str:
    """`3 %`, `~97 %`."""
    if value is None:
        return UNKNOWN
    sign = "~" if is_estimated else ""
    percent = value * 100
    return f"{sign}{'<1' if 0 < percent < 1 else format(percent, '.0f')} %"


def is_all_unknown(figures: Figures) -> bool:
    """Whether there is nothing to be said: a request that failed before anything came."""
    known = (figures.first_token_s, figures.tokens_per_s, figures.input_tokens, figures.output_tokens, figures.cost_usd)
    return all(figure is None for figure in known)


def figure_texts(figures: Figures, *, length: str) -> list[str]:
    """First token, speed, tokens, money and context, in that order.

    Args:
        figures: What is known.
        length: `full` has words, `medium` units, `short` the bare figures.
    """
    first = seconds(figures.first_token_s)
    rate = speed(figures.tokens_per_s, is_estimated=figures.speed_is_estimated)
    into = count(figures.input_tokens)
    out = count(figures.output_tokens, is_estimated=figures.tokens_are_estimated)
    cost = money(figures.cost_usd, is_estimated=figures.cost_is_estimated)
    context = share(figures.context_used, is_estimated=figures.context_is_estimated)
    if length == "full":
        return [
            f"first token {first}",
            f"{rate} tokens/s",
            f"{into} in, {out} out",
            f"cost {cost}",
            f"context {context}",
        ]
    if length == "medium":
        return [f"first {first}", f"{rate} tok/s", f"{into} → {out}", cost, f"ctx {context}"]
    return [first.replace(" s", "s"), f"{rate}/s", f"{into}→{out}", cost, context.replace(" ", "")]


def reply_detail(figures: Figures) -> str:
    """The one-line summary beside a finished reply: known figures only."""
    parts = []
    if figures.elapsed_s is not None:
        parts.append(seconds(figures.elapsed_s))
    if figures.tokens_per_s is not None:
        parts.append(f"{speed(figures.tokens_per_s, is_estimated=figures.speed_is_estimated)} tok/s")
    if figures.output_tokens is not None:
        parts.append(f"{count(figures.output_tokens, is_estimated=figures.tokens_are_estimated)} tok")
    if figures.cost_usd is not None:
        parts.append(money(figures.cost_usd, is_estimated=figures.cost_is_estimated))
    return " · ".join(parts)
