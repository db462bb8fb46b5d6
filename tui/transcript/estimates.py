"""How long is long, and how high is a message that nobody has looked into.

Counts characters and lines only: ten thousand messages cost no more than a glance. This module refuses to parse.
"""

from __future__ import annotations

from tui.transcript.entry import Entry

LONG_CHARS = 40_000
LONG_LINES = 800
LONG_TYPED_CHARS = 6_000
LONG_TYPED_LINES = 60
"""Past these a message is folded when a conversation is opened; what a person pasted sooner than a reply."""

FOLDED_CHARS = 1_200
FOLDED_LINES = 12
_MARGIN = 3


def width_of_text(width: int) -> int:
    """Cells that text may take on a screen of so many."""
    return max(8, width - _MARGIN)


def is_long(entry: Entry) -> bool:
    """Long enough to be folded when a conversation is opened."""
    if entry.role == "assistant":
        return len(entry.text) > LONG_CHARS or entry.text.count("\n") > LONG_LINES
    return len(entry.text) > LONG_TYPED_CHARS or entry.text.count("\n") > LONG_TYPED_LINES


def rough_height(entry: Entry, text_width: int) -> int:
    """The height of a message without looking into it; for thousands of messages that are never shown."""
    text = entry.text
    chars, lines = len(text), text.count("\n") + 1 if text else 0
    rows = 2 + len(entry.attachments) + bool(entry.reasoning) + bool(entry.notice) + bool(entry.note)
    if (chars > LONG_TYPED_CHARS or lines > LONG_TYPED_LINES) and not entry.state.is_open and is_long(entry):
        chars, lines, rows = FOLDED_CHARS, FOLDED_LINES, rows + 1
    return rows + max(lines, chars // text_width)
