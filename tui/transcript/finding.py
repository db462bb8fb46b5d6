"""Finding in the transcript: every match counted and painted, gone to one by one.

This module refuses to ask for a query; the screen does, and calls `find`.
"""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import Literal

from rich.style import Style

from tui.transcript.conversation import Anchor, Line
from tui.transcript.palette import Palette
from tui.transcript.search import Match, Search
from tui.transcript.selection import REASONING, TEXT, section_of
from tui.transcript.view import TranscriptView

_RESTING = 10
"""A long message that grows is searched again after so many times as long as that takes."""

_RESTS_AT_MOST_S = 1.0
"""A machine that stood still while a message was searched makes nobody wait for longer."""


class FindingView(TranscriptView):
    """A view whose text can be searched."""

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None, disabled: bool = False
    ) -> None:
        super().__init__(name=name, id=id, classes=classes, disabled=disabled)
        self._search: Search | None = None
        self._unlooked: set[int] = set()  # messages that grew since they were searched
        self._look_from = 0.0

    def find(self, query: str) -> int:
        """Find every occurrence of `query`, case ignored; "" clears.

        Returns:
            How many there are.
        """
        former = self._search if not self._unlooked and not self._open else None
        self._unlooked.clear()
        self._search = Search(self.conversation, query, former) if query else None
        self.refresh()
        return len(self._search) if self._search is not None else 0

    def clear_find(self) -> None:
        """Forget what was looked for."""
        self.find("")

    @property
    def match_position(self) -> tuple[int, int]:
        """The number of the current match, from 1 (0: none yet), and how many there are."""
        return (self._search.current + 1, len(self._search)) if self._search is not None else (0, 0)

    def find_next(self) -> bool:
        """Go to the next match; after the last comes the first."""
        return self._step_match(1)

    def find_previous(self) -> bool:
        """Go to the match before."""
        return self._step_match(-1)

    def action_find_next(self) -> None:
        """Go to the next match."""
        self._walk_matches(1)

    def action_find_previous(self) -> None:
        """Go to the match before."""
        self._walk_matches(-1)

    def _walk_matches(self, by: int) -> None:
        if self._search is None:
            self.notify("Nothing is being looked for: find words first.", markup=False)
        self._step_match(by)

    def _step_match(self, by: int) -> bool:
        if self._search is None:
            return False
        start = self._lines[0].message if self._lines else 0
        match = self._search.step(by, start)
        if match is None:
            return False
        self._show(match)
        return True

    def _show(self, match: Match) -> None:
        view = self.conversation.views[match.message]
        if match.section == REASONING and not view.is_reasoning_open:
            view.toggle_reasoning()
        if match.section == TEXT and view.is_folded:
            view.toggle_fold()
        view.open()
        view.advance()
        self.conversation.remeasure(match.message)
        kind: Literal["reasoning", "text"] = "reasoning" if match.section == REASONING else "text"
        slot = self.conversation.slot_of(match.message, match.start, kind)
        row = self.conversation.row_showing(match.message, slot, match.start)
        place = Anchor(match.message, slot, row)
        self.settle()
        shown = [(line.message, line.slot, line.at) for line in self._lines]
        if tuple(place) not in shown:
            self.go_to(self.conversation.move(place, -self._page.height // 3))
        self.refresh()

    def _look_again(self, message: int) -> None:
        if self._search is not None:
            self._search.look_again(message)

    def _text_grew(self, message: int) -> None:
        if self._search is None:
            return
        now = perf_counter()
        if now >= self._look_from:
            self._unlooked.discard(message)
            self._look_again(message)
            looked = perf_counter()
            self._look_from = looked + min(_RESTING * (looked - now), _RESTS_AT_MOST_S)
        elif message not in self._unlooked:
            self._unlooked.add(message)
            # Textual's own timer is dropped without a word where it comes to run when its short wait is over already.
            asyncio.get_running_loop().call_later(self._look_from - now, self.call_later, self._look_at_rest)

    def _look_at_rest(self) -> None:
        while self._unlooked:
            self._look_again(self._unlooked.pop())
        self.refresh()

    def _overlays(self, line: Line, palette: Palette) -> list[tuple[int, int, Style]]:
        found: list[tuple[int, int, Style]] = []
        span = line.row.source_span() if self._search is not None else None
        if self._search is None or span is None:
            return found
        current = self._search.current_match
        for match in self._search.in_section(line.message, section_of(line)):
            if match.start < span[1] and match.end > span[0]:
                style = palette.overlay("match-current" if match == current else "match")
                found += [(first, last, style) for first, last in line.row.columns_of(match.start, match.end)]
        return found
