"""Find in the transcript: every occurrence in the messages' own text, whatever is laid out.

Case is ignored. Places are those of the cleaned text, which rows map to columns. This module refuses to scroll.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from typing import NamedTuple

from tui.text.clean import clean
from tui.transcript.conversation import Conversation
from tui.transcript.selection import REASONING, TEXT

MOST_MATCHES = 100_000
"""No more than this are kept; the count says so by standing still."""


_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


class Match(NamedTuple):
    """One occurrence."""

    message: int
    section: int
    start: int
    end: int


class Search:
    """The occurrences of one query."""

    def __init__(self, conversation: Conversation, query: str, former: Search | None = None) -> None:
        """Look everywhere.

        Args:
            conversation: Where.
            query: What for; case is ignored.
            former: A search of the same conversation as it is now. Where it found nothing, nothing longer is found.
        """
        self.query = clean(query)
        self.matches: list[Match] = []
        self.current = -1
        self._by_section: dict[tuple[int, int], list[Match]] = {}
        self._conversation = conversation
        self._pattern = re.compile(re.escape(self.query), re.IGNORECASE) if self.query else None
        if self._pattern is not None:
            for message in self._candidates(former):
                self._look_in(message)
                if len(self.matches) >= MOST_MATCHES:
                    break

    def _candidates(self, former: Search | None) -> Iterable[int]:
        if former is None or not former.query or len(former.matches) >= MOST_MATCHES:
            return range(len(self._conversation.views))
        if former.query.lower() not in self.query.lower():
            return range(len(self._conversation.views))
        return sorted({message for message, _ in former._by_section})

    def __len__(self) -> int:
        return len(self.matches)

    def look_again(self, message: int) -> None:
        """A message has more text."""
        if self._pattern is None:
            return
        kept = self.matches[self.current] if 0 <= self.current < len(self.matches) else None
        first = bisect_left(self.matches, (message,))
        later = [match for match in self.matches[first:] if match.message > message]
        del self.matches[first:]
        self._look_in(message)
        self.matches.extend(later)
        if kept is not None:
            self.current = min(bisect_left(self.matches, kept), len(self.matches) - 1)

    def in_section(self, message: int, section: int) -> list[Match]:
        """The occurrences in one text."""
        return self._by_section.get((message, section), [])

    def step(self, by: int, message: int = 0) -> Match | None:
        """Go to the next or previous occurrence; the first step starts at `message`."""
        if not self.matches:
            return None
        if self.current < 0:
            first = bisect_left(self.matches, (message,))
            self.current = (first if by > 0 else first - 1) % len(self.matches)
        else:
            self.current = (self.current + by) % len(self.matches)
        return self.matches[self.current]

    @property
    def current_match(self) -> Match | None:
        """The occurrence that was gone to."""
        return self.matches[self.current] if 0 <= self.current < len(self.matches) else None

    def _look_in(self, message: int) -> None:
        entry = self._conversation.views.entries[message]
        for section, exact in ((REASONING, entry.reasoning), (TEXT, entry.text)):
            found = [Match(message, section, start, end) for start, end in self._spans(exact)] if exact else []
            if found:
                self._by_section[message, section] = found
                self.matches.extend(found[: max(0, MOST_MATCHES - len(self.matches))])
            else:
                self._by_section.pop((message, section), None)

    def _spans(self, exact: str) -> list[tuple[int, int]]:
        query = self.query.lower()
        if query.isalnum() and query.isascii() and query not in exact.lower():
            return []  # cleaning puts no letters together that were apart
        text = exact if exact.isascii() and _CONTROL.search(exact) is None else clean(exact)
        lowered = text.lower()
        if len(lowered) != len(text) or len(query) != len(self.query):
            assert self._pattern is not None
            return [match.span() for match in self._pattern.finditer(text)]
        spans = []
        start = lowered.find(query)
        while start >= 0:
            spans.append((start, start + len(query)))
            start = lowered.find(query, start + len(query))
        return spans
