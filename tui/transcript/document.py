"""Markdown that grows: only what may still change is parsed again, and the end is what one parse would give.

A part is final once the part after it has begun on lines that are complete, because block structure is decided by a
line and at most the one after it. The parser is shown a window of lines from the first that is not final; a part that
outgrows every window is shown as plain text. A top-level fence is read line by line without the parser. Definitions
(link references, footnotes) found anywhere make the parts that asked for them be laid out again.

This module refuses to lay out (see `layout`) and to know a width.
"""

from __future__ import annotations

from collections.abc import Iterable
from time import perf_counter
from typing import TYPE_CHECKING, Any

from tui.transcript.parser import parse_blocks
from tui.transcript.parts import FENCE_CHARS, FENCE_LINES, Carry, Part, PartKind, divide, fence_opening
from tui.transcript.source import Source
from tui.transcript.weights import Weigher

if TYPE_CHECKING:
    from tui.transcript.rows import Row

WINDOW_CHARS = 4_096
WINDOW_LINES = 100
LARGEST_CHARS = 32_768
LARGEST_LINES = 800
"""A part that is not finished within so many characters or lines is cut and shown as plain text. A line that nests
deeply or has many cells counts as several; see `Weigher`."""

MOST_LINES = 20_000
"""Lines of a window when nearly all are blank."""

_ENDED_BY_BLANK = frozenset({"paragraph_open", "heading_open", "hr", "table_open", "blockquote_open", "math_block"})
_SPACED = frozenset(
    {"fence", "code_block", "table_open", "blockquote_open", "hr", "heading_open", "math_block", "plain"}
)


class Document:
    """One message's text, divided into parts as it grows."""

    def __init__(self, text: str = "") -> None:
        self.source = Source()
        self.parts: list[Part] = []
        self.references: dict[str, Any] = {}
        self.footnotes: dict[str, Any] = {}
        self.settled_parts = 0
        """How many of the parts are final."""
        self.uncoloured: dict[Part, str] = {}
        """Parts with code that is shown without colours until the lexer of a language comes to it."""
        self.is_read = not text
        """All of the text is in parts."""
        self._line = 0  # the first line that is in no final part
        self._carry: Carry | None = None
        self._size = 1  # of the window, as a multiple of the smallest
        self._former: dict[tuple[PartKind, int], list[Row]] = {}
        self._fence: Part | None = None
        self._stable_references: dict[str, Any] = {}
        self._stable_labels: set[str] = set()
        self._defined = (0, 0, 0)
        if text:
            self.source.append(text)

    def append(self, exact: str) -> None:
        """Take more text; `advance` puts it into parts."""
        self.source.append(exact)
        self.is_read = False

    def advance(self, deadline: float | None = None) -> bool:
        """Put text into parts until all of it is, or until `deadline` (on the performance counter) has passed.

        Returns:
            All text is in parts. Parts from `settled_parts` on may be replaced by the next call.
        """
        if self.is_read:
            return True
        self._begin()
        now = perf_counter()
        while True:
            if self._step():
                if not self.source.read():
                    self.is_read = True
                    return True
                self._begin()
            before, now = now, perf_counter()
            if deadline is not None and now + (now - before) > deadline:  # the next step may well take as long
                return False

    def _begin(self) -> None:
        """Take back what is not final: more text is there."""
        if self._fence is None:
            self._former = {
                (part.kind, part.first): part.rows for part in self.parts[self.settled_parts :] if part.rows
            }
            del self.parts[self.settled_parts :]

    def _step(self) -> bool:
        """Settle a little more; True when the end of the text is reached."""
        if self._fence is not None:
            return self._read_fence(self._fence)
        source, count = self.source, len(self.source.lines)
        while self._line < count and source.is_blank(self._line):
            self._line += 1
        if self._line >= count and source.is_blank(count):
            self._define({}, ())
            return True
        if source.is_long_piece(self._line):
            self._carry = None
            self._add(Part("plain", self._line, self._line + 1, name="plain"))
            if self._line >= count:  # the last piece may still grow
                self._define({}, ())
                return True
            self._line += 1
            self.settled_parts = len(self.parts)
            return False
        opening = fence_opening(source.line(self._line)) if self._line < count else None
        if opening is not None:
            self._carry = None
            part = Part("fence", self._line, self._line + 1, name="fence", fence=opening, is_closed=False, code_count=1)
            self._add(part)
            self._fence = part
            self._line += 1
            return False
        return self._read_window()

    def _read_fence(self, part: Part) -> bool:
        """Give a top-level fence the lines that have come; no parser is needed to know them."""
        assert part.fence is not None
        source, count = self.source, len(self.source.lines)
        del self.parts[self.settled_parts + 1 :]  # a part that began with the unfinished line
        for number in range(self._line, count):
            if number - self._line >= FENCE_STEP_LINES:
                self._line = number
                self.settled_parts = len(self.parts) - 1
                return False
            assert part.fence is not None
            if part.fence.is_closed_by(source.lines[number]) and number - 1 not in source.joined:
                part.last, part.is_closed, part.is_full = number + 1, True, True
                self._fence, self._line = None, number + 1
                self.settled_parts = len(self.parts)
                return False
            part = self._fence = self._with_line(part, number)
        self._line = count
        assert part.fence is not None
        last = part
        if source.tail and part.fence.is_closed_by(source.tail):
            part.last, part.is_closed = count + 1, True
        else:
            part.last, part.is_closed = count, False
            if not source.is_blank(count):  # spaces at the very end say nothing yet, here as in a window
                last = self._with_line(part, count)
        self.settled_parts = len(self.parts) - (1 if last is part else 2)
        self._define({}, ())
        return True

    def _with_line(self, part: Part, number: int) -> Part:
        """The part of a fence that takes a line of code: this one, or a new one below when it is full."""
        starts = self.source.starts
        is_full = number - part.first > FENCE_LINES or starts[number] - starts[part.first] > FENCE_CHARS
        if number == part.first + 1 and not part.continues:
            is_full = False
        if is_full:
            part.last, part.is_closed, part.is_full = number, False, number < len(self.source.lines)
            following = Part("fence", number, number + 1, name="fence", fence=part.fence, is_closed=False, owner=part)
            following.continues = True
            self._add(following)
            return following
        part.last = number + 1
        return part

    def _read_window(self) -> bool:
        """Parse a window of lines; True when it reaches the end of the text."""
        end, is_largest = self._window_end(self._size)
        parts, references = self._parse(end)
        unknown, is_hard = self._horizon(end)
        if self._settle_definitions(parts, references, unknown):
            return False
        final = self._final(parts, unknown, is_hard)
        if final or is_hard:
            self._settle(parts, final, references, end if is_hard and final == len(parts) else -1)
            self._size = 1
            return False
        if self._settle_earlier_definitions(parts, references):
            return False
        if is_largest:
            self._cut(end)
            return False
        if end >= len(self.source.lines) + bool(self.source.tail):
            for part in parts:
                self._add(part)
            self._define(references, [label for part in parts for label in part.labels])
            return True
        self._size *= 2
        return False

    def _settle_definitions(self, parts: list[Part], references: dict[str, Any], unknown: int) -> bool:
        """Settle link definitions that stand alone at the top of the window; True when there were any."""
        if not parts or parts[0].first <= self._line or parts[0].first + 1 >= unknown:
            return False
        if parts[0].name != "fence" and not self.source.is_blank(parts[0].first - 1):
            return False  # the text below might yet turn out to be a definition's title
        self._line = parts[0].first
        self._keep(references)
        return True

    def _settle_earlier_definitions(self, parts: list[Part], references: dict[str, Any]) -> bool:
        """Settle the first of many link definitions that nothing follows: another definition ends the one before it."""
        if parts or len(references) < 32:
            return False
        self._line = max(
            reference["last"] - reference["map"][1] + reference["map"][0] for reference in references.values()
        )
        self._keep(references)
        return True

    def _keep(self, references: dict[str, Any]) -> None:
        for label, reference in references.items():
            if reference["last"] <= self._line:
                self._stable_references.setdefault(label, reference)

    def _window_end(self, size: int) -> tuple[int, bool]:
        """The line past the window, and whether no larger window is allowed."""
        source, count = self.source, len(self.source.lines)
        chars = min(WINDOW_CHARS * size, LARGEST_CHARS)
        lines = min(WINDOW_LINES * size, LARGEST_LINES)
        weigher = Weigher(self._carry.header if self._carry is not None else ("", ""))
        end, total, weight = self._line, 0, 0.0
        while end <= count and total <= chars and weight < lines and end - self._line < MOST_LINES:
            if source.is_long_piece(end):
                return end, False
            if end == count and not source.tail:
                break
            line = source.line(end)
            weight += weigher.weigh(line)
            total += len(line) + 1 if line else 0
            end += 1
        is_largest = end <= count and (
            total > LARGEST_CHARS or weight >= LARGEST_LINES or end - self._line >= MOST_LINES
        )
        return end, is_largest

    def _horizon(self, end: int) -> tuple[int, bool]:
        """The first line that is unknown or incomplete, and whether the window ends for good before a long line."""
        count = len(self.source.lines)
        if self.source.is_long_piece(end):
            return end, True
        return min(end, count), False

    def _parse(self, end: int) -> tuple[list[Part], dict[str, Any]]:
        while end > self._line + 1 and end >= len(self.source.lines) and self.source.is_blank(end - 1):
            end -= 1  # blank lines at the end say nothing yet
        lines = [self.source.line(number) for number in range(self._line, end)]
        shift, carry = self._line, self._carry
        if carry is not None and carry.kind == "table":
            lines = [*carry.header, *lines]
            shift -= 2
        try:
            tokens, references = parse_blocks(lines)
        except RecursionError:  # nesting that no mask foresaw: the window is shown as it is written
            return [Part("plain", self._line, end, name="plain")], {}
        parts = [part for part in divide(tokens, shift, self.source, carry) if part.last > self._line]
        for reference in references.values():
            reference["last"] = reference["map"][1] + shift
        return parts, references

    def _final(self, parts: list[Part], unknown: int, is_hard: bool) -> int:
        """How many of the window's parts are final."""
        if is_hard:
            fences = (index for index, part in enumerate(parts) if index and part.name == "fence")
            return next(fences, len(parts))
        final = 0
        if parts and parts[-1].name in _ENDED_BY_BLANK and parts[-1].last < unknown:
            final = len(parts) if self.source.is_blank(parts[-1].last) else 0
            if final:
                fences = (index for index, part in enumerate(parts) if index and part.name == "fence")
                return next(fences, final)
        for index, following in enumerate(parts[1:], 1):
            if following.first + 1 >= unknown:
                break
            final = index
            if following.name == "fence":
                break  # from here on lines are read one by one
        return final

    def _settle(self, parts: list[Part], final: int, references: dict[str, Any], hard_end: int) -> None:
        for part in parts[:final]:
            self._add(part)
        self._line = hard_end if hard_end >= 0 else parts[final - 1].last
        following = parts[final] if final < len(parts) else None
        if following is not None and following.continues:
            self._line = following.first
            owner = following.owner
            header = ("", "")
            if owner is not None:
                header = (self.source.line(owner.first).strip(" "), self.source.line(owner.first + 1).strip(" "))
            self._carry = Carry(following.kind, following.number, owner, header)
        else:
            self._carry = None
        self._keep(references)
        for part in parts[:final]:
            self._stable_labels.update(part.labels)
        self.settled_parts = len(self.parts)

    def _cut(self, end: int) -> None:
        """No part of the largest window is final: show most of it as it is written."""
        self._carry = None
        weigher, cut = Weigher(), self._line
        total, weight = 0, 0.0
        while cut < end - 2 and total < LARGEST_CHARS * _CUT and weight < LARGEST_LINES * _CUT:
            line = self.source.line(cut)
            total += len(line) + 1
            weight += weigher.weigh(line)
            cut += 1
        cut = max(cut, self._line + 1)
        for first in range(self._line, cut, TEXT_LINES):
            self._add(Part("plain", first, min(first + TEXT_LINES, cut), name="plain"))
        self._line = cut
        self.settled_parts = len(self.parts)

    def _add(self, part: Part) -> None:
        before = self.parts[-1] if self.parts else None
        if before is not None:
            part.gap = self._gap(before, part)
            part.code_base = before.code_base + before.code_count
        part.former = self._former.get((part.kind, part.first))
        self.parts.append(part)

    def _gap(self, before: Part, part: Part) -> int:
        if part.kind == "table" and part.continues:
            return 0
        if part.kind == "plain" and before.kind == "plain":
            return int(self.source.is_blank(part.first - 1)) if part.first else 0
        return gap_rows(before.name, part.name, self._has_blank_above(part), part.continues)

    def _has_blank_above(self, part: Part) -> bool:
        above = self.source.line(part.first - 1) if part.first else ""
        return not (above.strip(" >") if part.kind == "quote" else above.strip(" "))

    def _define(self, references: dict[str, Any], labels: Iterable[str]) -> None:
        """Make definitions known, and have every part that asked for a changed one laid out again."""
        key = (len(self._stable_references), len(self._stable_labels))
        labels = tuple(labels)
        if not references and not labels and self._defined == (*key, 0):
            return
        self._defined = (*key, len(references) + len(labels))
        known = {**references, **self._stable_references}
        footnotes = dict.fromkeys([*self._stable_labels, *labels], True)
        changed = {
            label for label in {*known, *self.references} if _target(known, label) != _target(self.references, label)
        }
        notes = {f"^{label}" for label in footnotes.keys() ^ self.footnotes.keys()}
        self.references, self.footnotes = known, footnotes
        if changed or notes:
            for part in self.parts:
                if not part.asked.isdisjoint(changed) or not part.asked.isdisjoint(notes):
                    part.forget()


FENCE_STEP_LINES = 1_000
"""Lines of a fence that are read before somebody else may have a turn."""

TEXT_LINES = 64
"""Lines of one part of plain text."""

_CUT = 0.75
"""How much of a window in which nothing is final is shown as it is written."""


def gap_rows(before: str, after: str, has_blank: bool, continues: bool = False) -> int:
    """Blank rows between two neighbouring blocks, by the types of their tokens.

    Items of a list and text above a list stand as apart as they do in the source, so that what was read does not move
    when a later item makes the list "loose".
    """
    if has_blank:
        return 1
    if continues:
        return 0
    return int(before in _SPACED - {"heading_open"} or after in _SPACED)


def _target(references: dict[str, Any], label: str) -> tuple[str, str] | None:
    reference = references.get(label)
    return (reference["href"], reference["title"]) if reference else None
