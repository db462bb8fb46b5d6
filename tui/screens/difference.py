"""How two replies differ, word by word: columns at the same prompt, or variants of one. Changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.screens.dialog import Dialog
from tui.text.clean import clean, clean_line
from tui.text.diff import diff_words
from tui.text.widths import cut_to_cells
from tui.widgets.difference_rows import Block, blocks
from tui.widgets.difference_view import DifferenceView
from tui.widgets.looks import MUTED

NAME_CELLS = 32


@dataclass(frozen=True, slots=True)
class Version:
    """A text and what it is called."""

    name: str
    text: str


class DifferenceScreen(Dialog[None]):
    """Two of several texts, and how the second differs from the first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "cancel", "Close", show=False),
        Binding("left", "choose(0)", "Another text at the left", id="difference-left"),
        Binding("right", "choose(1)", "Another text at the right", id="difference-right"),
        Binding("x", "swap", "Swap the texts", id="difference-swap"),
    ]

    DEFAULT_CSS = """
    DifferenceScreen {
        & > .dialog-box { width: 96%; max-width: 96%; height: 94%; max-height: 94%; padding: 0; }
        & #names { height: 1; padding: 0 1; background: $surface; }
    }
    """

    view = getters.query_one(DifferenceView)

    def __init__(self, versions: Sequence[Version], left: int = 0, right: int = 1) -> None:
        """A screen over `versions`, of which there are at least two; `left` and `right` are the two to begin with."""
        super().__init__()
        self._versions = tuple(versions)
        self._places = [left, right]

    def compose(self) -> ComposeResult:
        """Names, then the difference."""
        hint = "n next, p previous, u unified, esc closes"
        if len(self._versions) > 2:
            hint = "n next, p previous, u unified, ←/→ other replies, esc closes"
        with self.frame(Vertical(), "Difference", hint):
            yield Static(id="names", markup=False)
            yield DifferenceView()

    def on_mount(self) -> None:
        """Compare."""
        self.view.focus()
        self._compare()

    @work(exclusive=True)
    async def _compare(self) -> None:
        old, new = (self._versions[place].text for place in self._places)
        self._show_words("comparing …")
        self.view.show(await asyncio.to_thread(_compared, old, new))

    @on(DifferenceView.Moved)
    def _moved(self, event: DifferenceView.Moved) -> None:
        event.stop()
        count = self.view.count
        if not count:
            self._show_words("no difference")
        else:
            self._show_words(f"difference {self.view.current + 1} of {count}")

    def _show_words(self, words: str) -> None:
        left, right = (cut_to_cells(clean_line(self._versions[place].name), NAME_CELLS) for place in self._places)
        content = Content.assemble(
            ("− ", "bold $text-error"), left, "   ", ("+ ", "bold $text-success"), right, (f"   {words}", MUTED)
        )
        self.query_one("#names", Static).update(content)

    def action_choose(self, side: int) -> None:
        """Another text on one side; never the same on both."""
        place = self._places[side]
        for _ in self._versions:
            place = (place + 1) % len(self._versions)
            if place != self._places[1 - side]:
                break
        if place != self._places[side]:
            self._places[side] = place
            self._compare()

    def action_swap(self) -> None:
        """What was removed is what is added."""
        self._places.reverse()
        self._compare()


def _compared(old: str, new: str) -> list[Block]:
    return blocks(diff_words(clean(old), clean(new)))
