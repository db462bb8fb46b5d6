"""What a prompt will cost, and what a session has cost. Estimates are estimates and say so.

Prices come from the configuration or from listings only; an unknown price is unknown, never 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tui.domain.request import ChatRequest, Request
from tui.domain.session import Session
from tui.providers.base import Price

_DENSE = re.compile(r"[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]")
TOKENS_PER_MESSAGE = 4
"""What a chat template adds around each message, roughly."""
TOKENS_PER_IMAGE = 800
DEFAULT_REPLY_TOKENS = 500
"""What a reply is reckoned with when no cap is set; the ceiling is what the guard is about, not the exact figure."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one prompt to some columns will take."""

    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    """The known part of the cost; None when no price is known."""
    unpriced: tuple[str, ...] = ()
    """Models whose price is unknown."""


def estimate_tokens(text: str) -> int:
    """About how many tokens `text` is: four characters of alphabetic scripts to one, one of dense scripts."""
    if not text:
        return 0
    dense = 0 if text.isascii() else len(_DENSE.findall(text))
    return dense + (len(text) - dense + 3) // 4


def request_tokens(request: Request) -> int:
    """About how many tokens a request holds."""
    if isinstance(request, ChatRequest):
        count = estimate_tokens(request.system) + (TOKENS_PER_MESSAGE if request.system else 0)
        for message in request.messages:
            count += estimate_tokens(message.text) + TOKENS_PER_MESSAGE + TOKENS_PER_IMAGE * len(message.images)
        return count
    if isinstance(request.prompt, str):
        return estimate_tokens(request.prompt) + estimate_tokens(request.suffix)
    return sum(1 if isinstance(part, int) else estimate_tokens(part) for part in request.prompt)


def estimate(requests: Iterable[tuple[Request, Price | None]]) -> Estimate:
    """What sending all of `requests` will take, replies included."""
    asked = answered = 0
    cost: float | None = None
    unpriced: list[str] = []
    for request, price in requests:
        tokens = request_tokens(request)
        cap = request.parameters.get("max_tokens")
        count = request.parameters.get("n") or 1
        reply = (cap if isinstance(cap, int) and cap > 0 else DEFAULT_REPLY_TOKENS) * (
            count if isinstance(count, int) else 1
        )
        asked += tokens
        answered += reply
        if price is None or price.input is None or price.output is None:
            unpriced.append(str(request.model))
        else:
            cost = (cost or 0.0) + (tokens * price.input + reply * price.output) / 1e6
    return Estimate(asked, answered, cost, tuple(dict.fromkeys(unpriced)))


def spent_usd(session: Session) -> float:
    """The known cost of all that a session asked, deleted replies and judges included: they were paid for."""
    return spent_since_usd(session, "")


def spent_since_usd(session: Session, since: str) -> float:
    """The known cost of what ended at `since` (as sessions write moments) or later."""
    return sum(cost for _, cost in paid_in(session, since))


def paid_in(session: Session, since: str) -> list[tuple[str, float]]:
    """When something ended in a session, at `since` or later, and its known cost in US dollars."""
    replies = ((one.ended_at, one.cost_usd) for one in session.messages.values())
    asides = ((one.at, one.cost_usd) for one in session.asides)
    return [(at, cost) for at, cost in (*replies, *asides) if cost and at >= since]
