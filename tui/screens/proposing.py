"""Who answers first, where nobody chose: what was found on this machine, while the embedded model is not here.

Refuses to replace a choice: of the configuration, the command line, an earlier run, or a hand that was quicker.
"""

from __future__ import annotations

from tui.domain.record import ColumnChanged, now
from tui.screens.shelves import Shelves
from tui.widgets.findings import chat_model_of, proposable
from tui.widgets.model_rows import EMBEDDED


class Proposing(Shelves):
    """Looking around ends with a proposal."""

    async def _look_around(self) -> None:
        await super()._look_around()
        for name in proposable(self.shelf, self.desks.config.endpoints):
            if not self._is_free_choice:
                return
            if name not in self.shelf.listings:
                self.shelf.unfolded.add(name)  # who is proposed is shown
                self.shelf.loading.add(name)
                await self._load_listing(name, refresh=False)
            listing = self.shelf.listings.get(name)
            model = chat_model_of(listing.models, is_here=name in self.shelf.running) if listing is not None else ""
            if model and self._is_free_choice:
                await self._propose(f"{name}/{model}")
                return

    @property
    def _is_free_choice(self) -> bool:
        """Whether the first chat is still to begin, with a model that is not here and that nobody asked for."""
        columns = list(self.session.columns.values())
        return (
            self.desks.is_free_choice
            and not self.state.last_model
            and not self.shelf.installed
            and self.session.is_empty
            and [column.model for column in columns] == [f"{EMBEDDED}/default"]
        )

    async def _propose(self, model: str) -> None:
        """Let the only column ask `model`; it is not remembered before it was asked."""
        await self.keep_settings()
        await self.commit([ColumnChanged(self.current_column.id, now(), model=model)])
        self.show_columns()
        self.show_settings()
        self.show_models()
