"""A growing text on its way into a file, piece by piece, without the keys that are cut between two pieces.

What may be the beginning of a key waits for the next piece; what was written of one before it could be told keeps the
rest of it from following. This module refuses to hold back anything else: a second after it came, text is on disk.
"""

from __future__ import annotations

from tui.store.scrub import MASK, Redacts, common_start

CONTEXT_CHARS = 8192
"""How much of what was written is looked at again; longer than any key, also one written in base64."""


class GuardedText:
    """One text that comes in pieces."""

    __slots__ = ("_held", "_redactor", "_written")

    def __init__(self, redactor: Redacts) -> None:
        self._redactor = redactor
        self._written = ""
        """The end of what was handed out, as it came: no key begins before it and ends in it."""
        self._held = ""

    def take(self, piece: str) -> str:
        """What may be written now that `piece` has come."""
        waiting = self._held + piece
        whole = self._written + waiting
        held = min(self._redactor.begun(whole), len(waiting))
        self._held = waiting[len(waiting) - held :]
        whole = whole[: len(whole) - held]
        redacted = self._redactor.redact(whole)
        out = redacted[common_start(redacted, self._written) :]
        self._written = (whole if redacted == whole else redacted.rpartition(MASK)[2])[-CONTEXT_CHARS:]
        return out
