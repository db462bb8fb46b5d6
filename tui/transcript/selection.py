"""What the reader has marked, told by places in the sources, and the source text it stands for.

A selection does not depend on the width: wraps, borders and padding are not part of it. This module refuses to know
where on the screen anything is.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple

from tui.transcript.conversation import Conversation, Line
from tui.transcript.document import Document
from tui.transcript.entry import Entry
from tui.transcript.parser import unmask
from tui.transcript.parts import fence_lines
from tui.transcript.source import Source, exact_column, exact_range

HEAD, REASONING, TEXT, FOOT = range(4)
_SECTION = {"head": HEAD, "reasoning": REASONING, "gap": TEXT, "text": TEXT, "rest": FOOT, "foot": FOOT}
_END = 1 << 62


class Point(NamedTuple):
    """A cluster of some message's reasoning or text: where it begins and ends in the source."""

    message: int
    section: int
    start: int
    end: int


class Range(NamedTuple):
    """From the start of one point to the end of another, in reading order."""

    first: Point
    last: Point

    def within(self, message: int, section: int) -> tuple[int, int] | None:
        """The range of a message's section that is marked."""
        here = (message, section)
        first, last = self.first[:2], self.last[:2]
        if not first <= here <= last:
            return None
        start = self.first.start if here == first else 0
        end = self.last.end if here == last else _END
        return (start, end) if end > start else None


def ordered(one: Point, other: Point) -> Range:
    """The range between two points, whichever comes first."""
    return Range(one, other) if one <= other else Range(other, one)


def point_at(line: Line, column: int) -> Point:
    """The point painted at a column of a row; the nearest text on the row when there is none."""
    section = _SECTION[line.kind]
    if line.kind not in ("reasoning", "text"):
        return Point(line.message, section, 0, 0)
    start, end = line.row.source_at(column), line.row.source_at(column, after=True)
    if start is None or end is None:
        return Point(line.message, section, -1, -1)
    return Point(line.message, section, start, end)


def section_of(line: Line) -> int:
    """The section a row belongs to."""
    return _SECTION[line.kind]


def selected_source(conversation: Conversation, marked: Range) -> str:
    """The exact source text of a range; sections and messages are separated by a blank line."""
    pieces = []
    for message in range(marked.first.message, min(marked.last.message, len(conversation.views) - 1) + 1):
        view = conversation.views[message]
        for section, exact, document in (
            (REASONING, view.entry.reasoning, view.reasoning),
            (TEXT, view.entry.text, view.document),
        ):
            span = marked.within(message, section)
            if span is None or not exact or (section == REASONING and not view.is_reasoning_open):
                continue
            pieces.append(_exact(exact, span, document))
    return "\n\n".join(piece for piece in pieces if piece)


def _exact(exact: str, span: tuple[int, int], document: Document | None) -> str:
    if span == (0, _END):
        return exact
    source = document.source if document is not None else Source(exact)
    if span[1] >= _END:
        start = exact_range(exact, 0, span[0], source)
        return exact[len(start) :]
    return exact_range(exact, max(0, span[0]), min(span[1], len(source)), source)


def code_blocks(document: Document, exact: str) -> list[str]:
    """The exact text of a message's code blocks, in order."""
    lines, source = exact.split("\n"), document.source
    blocks: list[str] = []
    for part in document.parts:
        if part.kind == "fence":
            shown = [line for line, _ in fence_lines(part, source)]
            text = _exact_lines(shown, part.first + (not part.continues), source, lines)
            if part.continues:
                blocks[-1] += text
            else:
                blocks.append(text)
            continue
        for token in part.tokens:
            if token.type in ("fence", "code_block"):
                first = (token.map[0] if token.map else 0) + part.shift + (token.type == "fence")
                shown = unmask(token.content).removesuffix("\n").split("\n") if token.content else []
                blocks.append(_exact_lines(shown, first, source, lines))
    return blocks


def _exact_lines(shown: list[str], first: int, source: Source, exact: list[str]) -> str:
    """The exact text of lines of code, less what stands before them (indentation, quote marks)."""
    joined = sorted(source.joined)
    result = []
    for number, line in enumerate(shown, first):
        if number - 1 in source.joined:  # the rest of a long line, which its first piece gave already
            continue
        number_in_exact = number - bisect_left(joined, number)
        whole = exact[number_in_exact].removesuffix("\r") if number_in_exact < len(exact) else line
        before = len(source.line(number)) - len(line)
        result.append(whole[exact_column(whole, before) :] if before > 0 else whole)
    return "\n".join(result) + ("\n" if result else "")


def message_markdown(entry: Entry) -> str:
    """A message as Markdown with a heading, for copying a whole conversation."""
    return f"## {entry.title}\n\n{entry.text}".rstrip("\n") + "\n"
