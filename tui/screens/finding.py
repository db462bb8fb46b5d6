"""Finding words in the conversation of the current column.

Refuses to search: the transcript does.
"""

from __future__ import annotations

from tui.screens.bench import Bench
from tui.widgets.find_bar import FindBar


class Finding(Bench):
    """The act of finding."""

    @property
    def find_bar(self) -> FindBar:
        """Where the words are typed; put in place with the first search."""
        return self.screen.query_one(FindBar)

    async def act_find_here(self) -> None:
        """Find words in the current column's conversation."""
        if not self.screen.query(FindBar):
            await self.screen.query_one("#middle").mount(FindBar(), before=self.composer)
        self.screen.close_overlay()
        self.find_bar.show()

    def find_wanted(self, event: FindBar.Wanted) -> None:
        """Mark what is looked for, and go to a match."""
        transcript = self.current_view.transcript
        if event.step == 0 or transcript.match_position[1] == 0:
            transcript.find(event.query)
        if event.step >= 0:
            transcript.find_next()
        else:
            transcript.find_previous()
        self.find_bar.show_count(*transcript.match_position)

    def find_closed(self) -> None:
        """Back to the conversation; without words nothing stays marked."""
        if not self.find_bar.field.value:
            self.current_view.transcript.clear_find()
        self.current_view.take_focus()
