"""The list that shows over the columns what the composer suggests.

The list is a picture of what the composer holds; keys go to the composer, only clicks come here. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.message import Message

from tui.widgets.composer_completing import Suggestion
from tui.widgets.pick_list import PickList, Row

MOST_ROWS = 8


class SuggestionList(PickList, can_focus=False):
    """The list; never has the focus."""

    DEFAULT_CSS = """
    SuggestionList {
        overlay: screen;
        constrain: inside inside;
        display: none;
        height: 3;
        width: 100%;
        max-width: 96;
        margin: 0 1;
        background: $panel;
        &.-shown { display: block; }
    }
    """

    @dataclass
    class Taken(Message):
        """A suggestion was clicked."""

        place: int

    def on_pick_list_picked(self, event: PickList.Picked) -> None:
        """A row was clicked."""
        event.stop()
        self.post_message(self.Taken(self.cursor))

    def on_pick_list_highlighted(self, event: PickList.Highlighted) -> None:
        """Nobody else is to know where the cursor is."""
        event.stop()

    def on_mount(self) -> None:
        """The cursor is always to be seen."""
        self.is_driven = True

    def show(self, suggestions: Sequence[Suggestion], place: int) -> None:
        """Show suggestions, with the cursor on one of them; none hides the list."""
        self.set_class(bool(suggestions), "-shown")
        if not suggestions:
            return
        height = min(len(suggestions), MOST_ROWS)
        self.styles.height = height
        self.styles.offset = (0, -height)
        self.set_rows([Row(str(number), one.words, one.detail) for number, one in enumerate(suggestions)])
        self.cursor = place
