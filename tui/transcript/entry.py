"""What the app hands to the transcript: plain values with the exact, uncleaned text.

This module refuses to know about sessions, providers and columns; the app translates its own records into entries.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

Role = Literal["user", "assistant", "system", "note", "tool"]


class MessageState(Enum):
    """How far a message has come."""

    DONE = "done"
    WAITING = "waiting"
    STREAMING = "streaming"
    STOPPED = "stopped"
    CUT_SHORT = "cut short"
    FAILED = "failed"

    @property
    def is_open(self) -> bool:
        """More text may come."""
        return self in (MessageState.WAITING, MessageState.STREAMING)

    @property
    def is_broken(self) -> bool:
        """It ended without its finish mark, so it can be tried again."""
        return self in (MessageState.STOPPED, MessageState.CUT_SHORT, MessageState.FAILED)


@dataclass(slots=True)
class Entry:
    """One message as the reader sees it."""

    id: str
    role: Role
    title: str
    """Who speaks: "You", or the model's name."""
    text: str = ""
    reasoning: str = ""
    state: MessageState = MessageState.DONE
    notice: str = ""
    """Why it ended as it did: error words, "cut short: ..."."""
    detail: str = ""
    """Right side of the head: time, tokens/s, cost."""
    variant: tuple[int, int] | None = None
    """Number of this sibling and how many there are: (2, 3) shows ◂ 2/3 ▸."""
    reasoning_s: float | None = None
    starred: bool = False
    note: str = ""
    attachments: tuple[str, ...] = ()
