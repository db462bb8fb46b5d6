"""The budget guard of the command line: a ceiling is not crossed without asking.

Where somebody sits at the terminal the question is asked there; else nothing is sent, unless `--over-budget` said that
it may be. Refuses to stop a reply under way: it is being paid for already.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tui.chat.budget import Agreements, Ceiling, Crossing
from tui.chat.prices import Estimate, estimate, spent_usd
from tui.cli.output import say
from tui.domain.request import Request
from tui.domain.session import Session
from tui.errors import ConfigError
from tui.providers.base import Price
from tui.widgets.figures import ceiling_words, count, money

if TYPE_CHECKING:
    from tui.config import Config


class OverBudget(ConfigError):
    """A ceiling would be crossed, and nobody agreed to that."""


def add_budget_option(parser: argparse.ArgumentParser) -> None:
    """The option that agrees beforehand."""
    parser.add_argument(
        "--over-budget", action="store_true", help="send it even where a ceiling of [budget] would be crossed"
    )


def takes_words(found: Estimate, requests: int) -> str:
    """What is about to be sent: requests, tokens, money."""
    words = f"{requests} request{'s' if requests != 1 else ''}, ~{count(found.input_tokens)} tokens in"
    if found.cost_usd is not None:
        words += f", about {money(found.cost_usd)}"
    if found.unpriced:
        words += f"; no price is known for {', '.join(found.unpriced)}"
    return words


class BudgetGuard:
    """Stands before each request of one run of the program."""

    def __init__(self, config: Config, *, is_agreed: bool = False) -> None:
        """A guard over the ceilings in `config`; with `is_agreed` it lets everything pass."""
        self._budget = config.budget
        self._is_agreed = is_agreed
        self._agreements = Agreements()
        self._lock = asyncio.Lock()
        self._earlier_usd: float | None = None
        """What was spent today before this run."""
        self._spent_usd = 0.0
        """What this run has spent, and is about to spend."""

    @property
    def is_needed(self) -> bool:
        """Whether there is any ceiling to look at."""
        return not self._is_agreed and (self._budget.session_usd is not None or self._budget.day_usd is not None)

    async def pass_or_refuse(
        self, requests: Iterable[tuple[Request, Price | None]], session: Session | None = None
    ) -> float:
        """Return when `requests` may be sent.

        Args:
            requests: What is about to be sent, with prices.
            session: The session that they belong to, with what was spent in it so far.

        Returns:
            What they are reckoned to cost, in US dollars; to be settled when the true cost is known.

        Raises:
            OverBudget: a ceiling would be crossed, and the user does not want that or cannot be asked.
        """
        if not self.is_needed:
            return 0.0
        planned = list(requests)
        found = estimate(planned)
        async with self._lock:  # one question at a time, and each sees what the one before has planned
            ceilings = await self._ceilings(session)
            crossings = self._agreements.crossings(found.cost_usd or 0.0, ceilings)
            if crossings:
                await self._ask(crossings, takes_words(found, len(planned)))
                self._agreements.agree(crossings)
            self._spent_usd += found.cost_usd or 0.0
        return found.cost_usd or 0.0

    def look_again(self, unstored_usd: float = 0.0) -> None:
        """What was spent is on disk now, but for what is never stored: no reckoning counts any more."""
        self._earlier_usd, self._spent_usd = None, unstored_usd

    def remember(self, paid: Iterable[tuple[str, float]]) -> None:
        """Where a day has a ceiling, let what was paid (moment, US dollars) and not stored count until midnight."""
        if self._budget.day_usd is not None:
            from tui.paths import sessions_dir
            from tui.store.spending import keep_spent

            keep_spent(sessions_dir(), paid)

    def settle(self, reckoned_usd: float, paid_usd: float) -> None:
        """What was reckoned to cost so much did cost so much."""
        self._spent_usd += paid_usd - reckoned_usd

    async def _ceilings(self, session: Session | None) -> Sequence[Ceiling]:
        budget, ceilings = self._budget, []
        if budget.session_usd is not None:
            ceilings.append(Ceiling("session", budget.session_usd, spent_usd(session) if session else 0.0))
        if budget.day_usd is not None:
            if self._earlier_usd is None:
                self._earlier_usd = await asyncio.to_thread(_spent_today)
            ceilings.append(Ceiling("day", budget.day_usd, self._earlier_usd + self._spent_usd))
        return ceilings

    async def _ask(self, crossings: Sequence[Crossing], words: str) -> None:
        ceilings = [one.ceiling for one in crossings]
        sentences = " ".join(ceiling_words(one.name, one.height_usd, one.spent_usd) for one in ceilings)
        if not (sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()):
            raise OverBudget(f"{sentences} This takes {words}. --over-budget sends it all the same.")
        say(f"{sentences} This takes {words}. Send it? [y/N]")
        answer = await _typed_line()
        if answer.strip().lower() not in ("y", "yes"):
            raise OverBudget("Not sent: the budget stands against it.")


async def _typed_line() -> str:
    """A line from the terminal, without keeping Ctrl+C waiting."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(sys.stdin.fileno())
    return sys.stdin.readline()


def _spent_today() -> float:
    from tui.paths import sessions_dir
    from tui.store.sessions import SessionStore
    from tui.store.spending import spent_since, start_of_day

    return spent_since(SessionStore(sessions_dir()), start_of_day())
