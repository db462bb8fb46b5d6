"""Linear mode's part in conversations that are too long: what is done about them, and the word that says so.

Refuses to reckon: `making_room` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.chat.context import WhenFull
from tui.cli.making_room import CHOICES, done_words, events_of, needed_cut, summarise
from tui.cli.output import announce
from tui.domain.session import Column
from tui.errors import ConfigError
from tui.text.clean import clean_line

if TYPE_CHECKING:
    from tui.chat.connections import Connections
    from tui.config import Config
    from tui.widgets.desk import Desk

HOW = "“/room drop” leaves the oldest messages out, “/room summarise” puts a summary in their place; then ask again"


class LinearContext:
    """Makes room before a column is asked."""

    _config: Config
    _connections: Connections
    _desk: Desk
    _when_full: WhenFull | None = None
    """What was said by /room; None: as the configuration says."""

    async def make_room(self, columns: Sequence[Column]) -> None:
        """Leave out what the user wants left out, column by column; each is announced once.

        Raises:
            ContextTooLong: a column is too long, and nothing may or can be left out.
        """
        wanted = self._when_full or self._config.context.when_full
        conversation = self._desk.conversation
        for column in columns:
            cut = needed_cut(conversation, column, self._connections, wanted, how=HOW)
            if cut is None:
                continue
            summary = None
            if wanted == "summarise":
                announce(f"Asking {clean_line(column.model)} for a summary …")
                summary = await summarise(conversation, column, self._connections, cut)
            await conversation.commit(events_of(conversation, column, cut, summary), durable=True)
            announce(done_words(cut, has_summary=summary is not None))

    async def word_room(self, rest: str) -> None:
        """WHAT: when a conversation is too long, drop the oldest messages, summarise, stop or send. Alone: say."""
        chosen = next((one for one in CHOICES if one == rest), None)
        if rest and chosen is None:
            raise ConfigError(f"/room takes {', '.join(CHOICES)}, not “{clean_line(rest, 40)}”.")
        if chosen is not None:
            self._when_full = chosen
        announce(f"When a conversation is too long: {self._when_full or self._config.context.when_full}.")
