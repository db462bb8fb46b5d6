"""The budget guard: what a prompt will take is said before it is sent, and a ceiling is not crossed without asking.

Prices come from listings or the configuration; what has no price is said to have none. An agreement to cross a ceiling
holds until as much again is spent. Refuses to stop a reply under way: it is being paid for already.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from tui.chat.budget import Agreements, Ceiling
from tui.chat.prices import Estimate, estimate, estimate_tokens, request_tokens, spent_since_usd, spent_usd
from tui.domain.draft import DraftFile
from tui.domain.request import ChatRequest, PromptMessage, Request
from tui.domain.session import Column
from tui.errors import ParleyError
from tui.providers.base import Price
from tui.screens.drafting import Drafting
from tui.widgets.figures import ceiling_words, count, money
from tui.widgets.later import after

SETTLE_S = 0.25
"""The estimate follows the composer this long after the last key: it is to be glanced at, not to flicker."""


class Spending(Drafting):
    """What things cost, before they do."""

    _estimate_timer: asyncio.TimerHandle | None = None
    _agreements: Agreements | None = None
    _planned: tuple[object, list[tuple[Column, Request, Price | None]]] | None = None
    """What was planned last without the composer's text, and for which heads and settings."""

    # -- saying it -------------------------------------------------------------------------------------------------

    def prompt_changed(self) -> None:
        """The composer's text is another one: say soon what sending it will take."""
        if self._estimate_timer is not None:
            self._estimate_timer.cancel()
        self.keep_draft_soon()
        if not self.composer.text.strip() and not self.files:
            self.show_destination()
            return
        self._estimate_timer = after(SETTLE_S, self.screen, self.show_destination)

    def estimate_words(self) -> str:
        """What sending the prompt will take, in a few words: for each column, and the money for all; empty without one.

        Where columns differ, the smallest and the largest.
        """
        text, files = self.composer.text, self.files
        columns = self.session.on_columns
        if not (text.strip() or files) or not columns:
            return ""
        found = self.estimate_prompt(columns, text, files=files)
        planned = self._planned[1] if self._planned else []
        each = sorted(
            request_tokens(request) + estimate_tokens(text) + self.tokens_of_files(column, files)
            for column, request, _ in planned
        )
        words = f"~{count(found.input_tokens)} tokens"
        if len(each) > 1 and each[0] == each[-1]:
            words = f"~{count(each[0])} tokens each"
        elif len(each) > 1:
            words = f"~{count(each[0])} to ~{count(each[-1])} tokens"
        if self.desk.blind.is_on or found.cost_usd is None:
            return words  # one column's price could be told from the sum
        unpriced = f" + {len(found.unpriced)} without a price" if found.unpriced else ""
        return f"{words}, {money(found.cost_usd, is_estimated=True)}{unpriced}"

    def estimate_prompt(
        self, columns: Sequence[Column], text: str, *, head: str | None = None, files: Sequence[DraftFile] = ()
    ) -> Estimate:
        """What a prompt with `text` and files to `columns` will take; with `head`, another reply to what is there."""
        key = (head, tuple((one.id, one.head, one.model, one.system, repr(one.parameters)) for one in columns))
        if self._planned is None or self._planned[0] != key:
            self._planned = (key, self._plan(columns, head))
        planned = self._planned[1]
        found = estimate((request, price) for _, request, price in planned)
        tokens, cost = found.input_tokens, found.cost_usd
        for column, _, price in planned:
            more = estimate_tokens(text) + self.tokens_of_files(column, files)
            tokens += more
            if cost is not None and price is not None and price.input is not None and price.output is not None:
                cost += more * price.input / 1e6
        return replace(found, input_tokens=tokens, cost_usd=cost)

    def tokens_of_files(self, column: Column, files: Sequence[DraftFile]) -> int:
        """About how many tokens files take in a column: pictures none where the model is not sent any.

        While names are hidden they count everywhere: who cannot see them would be told from it.
        """
        sees_none = not self.desk.blind.is_on and self.desk.connections.takes_images(column.model) is False
        return sum(file.tokens for file in files if not (sees_none and file.is_image))

    def _plan(self, columns: Sequence[Column], head: str | None) -> list[tuple[Column, Request, Price | None]]:
        planned: list[tuple[Column, Request, Price | None]] = []
        for column in columns:
            try:
                request = self.desk.conversation.request(column, head=head)
                price = self.desk.connections.price(column.model)
            except ParleyError:
                continue  # asking it fails with the reason, and costs nothing
            if isinstance(request, ChatRequest) and head is None:
                request = replace(request, messages=(*request.messages, PromptMessage("user", "")))
            planned.append((column, request, price))
        return planned

    # -- asking before a ceiling is crossed ------------------------------------------------------------------------

    async def guard_budget(
        self,
        columns: Sequence[Column],
        text: str,
        proceed: Callable[[], Awaitable[None]],
        *,
        head: str | None = None,
        on_refused: Callable[[], None] | None = None,
        files: Sequence[DraftFile] = (),
    ) -> None:
        """Do `proceed`, unless it may cross a ceiling and the user does not want to."""
        if not self._has_ceilings:
            await proceed()
            return
        found = self.estimate_prompt(columns, text, head=head, files=files)
        await self._guard(found, proceed, on_refused)

    async def guard_requests(
        self,
        requests: Sequence[tuple[Request, Price | None]],
        proceed: Callable[[], Awaitable[None]],
        *,
        on_refused: Callable[[], None] | None = None,
    ) -> None:
        """Do `proceed`, which sends `requests`, unless they may cross a ceiling and the user does not want to."""
        if self._has_ceilings:
            await self._guard(estimate(requests), proceed, on_refused)
        else:
            await proceed()

    @property
    def _has_ceilings(self) -> bool:
        budget = self.desks.config.budget
        return budget.session_usd is not None or budget.day_usd is not None

    async def _guard(
        self, found: Estimate, proceed: Callable[[], Awaitable[None]], on_refused: Callable[[], None] | None
    ) -> None:
        agreements = self._agreements = self._agreements or Agreements()
        crossings = agreements.crossings(found.cost_usd or 0.0, await self._ceilings())
        if not crossings:
            await proceed()
            return
        from tui.screens.confirm import ConfirmDialog

        async def answered(is_agreed: bool | None) -> None:
            if is_agreed:
                agreements.agree(crossings)
                await proceed()
            elif on_refused is not None:
                on_refused()

        question = self._crossing_words([one.ceiling for one in crossings], found)
        self.app.push_screen(ConfirmDialog("Budget", question, yes="Send", no="Not now"), answered)

    def _crossing_words(self, ceilings: Sequence[Ceiling], found: Estimate) -> str:
        if self.desk.blind.is_on:  # what one column takes, and what was spent since, would tell its price
            crossed = " and ".join(f"the {one.name}’s ceiling of {money(one.height_usd)}" for one in ceilings)
            return f"This prompt may cross {crossed}. Send it?"
        sentences = " ".join(ceiling_words(one.name, one.height_usd, one.spent_usd) for one in ceilings)
        tokens = f"{count(found.input_tokens, is_estimated=True)} tokens in"
        return f"{sentences} This prompt takes {tokens} and about {money(found.cost_usd)}. Send it?"

    async def _ceilings(self) -> list[Ceiling]:
        """Each ceiling there is, with what is spent of it."""
        budget = self.desks.config.budget
        found = []
        if budget.session_usd is not None:
            found.append(Ceiling("session", budget.session_usd, spent_usd(self.session)))
        if budget.day_usd is not None:
            found.append(Ceiling("day", budget.day_usd, await self._spent_today()))
        return found

    async def _spent_today(self) -> float:
        from tui.store.spending import as_written, spent_since, start_of_day

        midnight = start_of_day()
        here = spent_since_usd(self.session, as_written(midnight))
        return here + await asyncio.to_thread(spent_since, self.desks.library, midnight, leave_out=self.session.id)
