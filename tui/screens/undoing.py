"""Undoing deletions: of messages, branches and sessions, the last one first. Says what was brought back.

Refuses to undo what was not deleted here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from tui.screens.bench import Bench

MOST_KEPT = 100


class Undo(NamedTuple):
    """How to take a deletion back."""

    words: str
    """What is there again, as a sentence."""
    session_id: str
    """The session that must be open for it; empty: none in particular."""
    bring_back: Callable[[], Awaitable[bool]]
    """Gives whether it worked; says itself why not."""


class Undoing(Bench):
    """The deletions of this run of the app."""

    _undos: tuple[Undo, ...] = ()

    def keep_undo(self, deleted: str, undo: Undo) -> None:
        """Remember how to take a deletion back, and tell the user that it can be.

        Args:
            deleted: What was deleted, as the beginning of a sentence.
            undo: Takes it back.
        """
        self._undos = (*self._undos, undo)[-MOST_KEPT:]
        key = self.screen.key_of("undo-delete")
        self.say(f"{deleted}{f'; {key} brings it back' if key else ''}.")

    def forget_undos(self, session_id: str) -> None:
        """What was deleted in a session (empty: whole sessions) cannot come back any more."""
        self._undos = tuple(undo for undo in self._undos if undo.session_id != session_id)

    async def act_undo_delete(self) -> None:
        """Take the last deletion back."""
        for place in range(len(self._undos) - 1, -1, -1):
            undo = self._undos[place]
            if undo.session_id in ("", self.session.id):
                if await undo.bring_back():
                    self._undos = self._undos[:place] + self._undos[place + 1 :]
                    self.say(undo.words)
                return
        self.say("There is no deletion to undo here.")
