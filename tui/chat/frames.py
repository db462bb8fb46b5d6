"""Raw frames of replies, kept in memory while somebody wants to see them. Refuses to write them anywhere.

A frame is what came over the wire before anybody made sense of it; sessions hold the sense, this holds the evidence,
of the last few replies and no more than anyone can read.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from tui.domain.events import RawFrame

MOST_REPLIES = 12
MOST_CHARS = 500_000
"""Of one reply; what comes later is only counted."""


@dataclass(slots=True)
class Kept:
    """The frames of one reply."""

    frames: list[RawFrame] = field(default_factory=list)
    chars: int = 0
    left_out: int = 0
    """How many came after the reply had filled its share."""


@dataclass(slots=True)
class FrameShelf:
    """What was kept, by message."""

    is_wanted: bool = False
    """Whether requests ask for their frames from now on."""
    _kept: OrderedDict[str, Kept] = field(default_factory=OrderedDict)

    def begin(self, message_id: str) -> Kept:
        """Make room for the frames of a reply, should any come; the one that was asked for longest ago goes."""
        kept = self._kept.get(message_id)
        if kept is None:
            kept = self._kept[message_id] = Kept()
            while len(self._kept) > MOST_REPLIES:
                self._kept.popitem(last=False)
        return kept

    def add(self, message_id: str, frame: RawFrame) -> None:
        """Keep one frame."""
        kept = self.begin(message_id)
        if kept.chars >= MOST_CHARS:
            kept.left_out += 1
            return
        kept.frames.append(frame)
        kept.chars += len(frame.text)

    def of(self, message_id: str) -> Kept | None:
        """The frames of a reply, or None when none were asked for."""
        return self._kept.get(message_id)
