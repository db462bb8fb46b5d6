"""The end of a large session, shown while the whole of it is read. For looking at only."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from tui.domain.session import Session
from tui.transcript import Transcript
from tui.widgets.entries import entries_of

FEWEST_CELLS = 40
"""Narrower columns are not worth a glimpse."""


class Glimpse(Vertical):
    """Lies over the columns until they are there."""

    DEFAULT_CSS = """
    Glimpse {
        layer: cover;
        width: 1fr;
        height: 1fr;
        background: $background;
        & > Static { height: 1; padding: 0 1; background: $surface; color: $text-muted; }
        & Transcript { width: 1fr; height: 1fr; margin-top: 1; }
    }
    """

    def __init__(self, session: Session, *, width: int) -> None:
        """A glimpse of `session`, for a place `width` cells wide."""
        super().__init__(disabled=True)
        self._session = session
        self._columns = list(session.columns.values())[: max(1, width // FEWEST_CELLS)]

    def compose(self) -> ComposeResult:
        """One line that says what is going on, and the conversations side by side."""
        yield Static("Opening … its end comes first", markup=False)
        with Horizontal():
            for _ in self._columns:
                yield Transcript()

    def on_mount(self) -> None:
        """Show the ends."""
        for column, transcript in zip(self._columns, self.query(Transcript), strict=True):
            transcript.set_entries(entries_of(self._session, column))
