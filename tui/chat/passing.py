"""The record of a chat that is never stored: in memory, for as long as the chat is open, and gone with it.

Kept so that the user may decide otherwise, and everything can be written then. This module refuses to know files.
"""

from __future__ import annotations

from collections.abc import Sequence

from tui.domain.record import AskedAside, ReplyEnded, ReplyText, SessionEvent


class PassingRecorder:
    """Remembers what happened since the session was opened."""

    trouble: str | None = None

    def __init__(self) -> None:
        self.events: list[SessionEvent] = []
        """What happened, in order, without the pieces of replies that have ended."""

    async def append(self, events: Sequence[SessionEvent], *, durable: bool = False) -> None:
        """Remember `events`; nothing is written, however durable it should be."""
        self.events.extend(events)
        ended = {event.id for event in events if isinstance(event, ReplyEnded)}
        if ended:
            self.events = [one for one in self.events if not (isinstance(one, ReplyText) and one.id in ended)]

    @property
    def paid(self) -> list[tuple[str, float]]:
        """When something that cost money ended, and how much in US dollars."""
        ends = (one for one in self.events if isinstance(one, ReplyEnded | AskedAside))
        return [(one.at, one.cost_usd) for one in ends if one.cost_usd]
