"""The parts a message falls into: the smallest pieces of Markdown that can be laid out by themselves.

A part is a top-level block, one item of a top-level list, one child of a top-level quote, up to 64 rows of a table,
one top-level fence, or text that is past the parser's limits. This module divides parsed tokens into parts; it
refuses to decide which of them are final (see `document`) and how they look (see `layout`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from tui.transcript.source import Source

if TYPE_CHECKING:
    from markdown_it.token import Token

    from tui.transcript.code import CodeRows, LexState
    from tui.transcript.rows import Row

TABLE_ROWS = 64
TABLE_CELLS = 512
"""Rows of a table that set its column widths, fewer when they are many columns; later rows are laid out in as many at a
time, to the same widths."""

FENCE_LINES = 32
FENCE_CHARS = 16_384
"""Lines and characters of a top-level fence that are laid out together."""

PartKind = Literal["block", "item", "quote", "table", "fence", "plain"]
_QUOTED = re.compile(r" {0,3}>")
_FENCE = re.compile(r"( {0,3})(`{3,}(?=[^`]*$)|~{3,})(.*)$")


@dataclass(slots=True, eq=False)
class Part:
    """A piece of a message that is laid out by itself."""

    kind: PartKind
    first: int
    """Number of its first source line."""
    last: int
    """Number of the line past its last."""
    tokens: Sequence[Token] = ()
    shift: int = 0
    """What to add to a token's line numbers."""
    name: str = ""
    """The type of its first token: what it is to its neighbours."""
    gap: int = 0
    """Blank rows above it."""
    number: int = 0
    """An ordered item's number."""
    continues: bool = False
    """It goes on with the list, quote or table that the part above belongs to."""
    owner: Part | None = None
    """The part that set a table's column widths; of a fence, the part above."""
    code_base: int = 0
    """Code blocks in the message above this part."""
    code_count: int = 0
    labels: tuple[str, ...] = ()
    """Footnotes it defines."""
    fence: FenceOpening | None = None
    """Of a top-level fence; a long one is several parts, each the `owner` of the next."""
    is_closed: bool = True
    """A fence has its closing line."""
    is_full: bool = False
    """No more lines of the fence or table go into this part."""
    # What layout keeps here.
    width: int = -1
    rows: list[Row] | None = None
    asked: set[str] = field(default_factory=set)
    """Labels of references and footnotes that it looked up."""
    former: list[Row] | None = None
    """What was laid out for the same lines before the last text came: rows that are the same again are taken over."""
    code: CodeRows | None = None
    lexed: LexState | None = None
    """The lexer's state after a full part of a fence, once it is known."""
    column_widths: tuple[int, tuple[int, ...]] | None = None

    def forget(self) -> None:
        """Drop the layout: it will be made again when it is shown."""
        self.rows = None
        self.width = -1
        self.column_widths = None


@dataclass(frozen=True, slots=True)
class FenceOpening:
    """The opening line of a fence."""

    indent: int
    marker: str
    info: str

    def is_closed_by(self, line: str) -> bool:
        """`line` is this fence's closing line."""
        stripped = line.strip(" ")
        return (
            len(stripped) >= len(self.marker)
            and not stripped.strip(self.marker[0])
            and len(line) - len(line.lstrip(" ")) < 4
        )


def fence_opening(line: str) -> FenceOpening | None:
    """Read a line as the opening of a top-level fence."""
    match = _FENCE.match(line)
    return FenceOpening(len(match[1]), match[2], match[3].strip()) if match else None


def fence_lines(part: Part, source: Source, first: int = 0) -> list[tuple[str, int]]:
    """The lines of code in a top-level fence from the one numbered `first` on, each with its place in the source."""
    assert part.fence is not None
    last = part.last - 1 if part.is_closed else part.last
    lines = []
    for number in range(part.first + (not part.continues) + first, last):
        line, start = source.line(number), source.starts[number]
        cut = min(part.fence.indent, len(line) - len(line.lstrip(" "))) if part.fence.indent else 0
        lines.append((line[cut:], start + cut))
    return lines


@dataclass(frozen=True, slots=True)
class Carry:
    """What the next part has to know when its list, quote or table began above the parsed window."""

    kind: PartKind
    number: int = 0
    owner: Part | None = None
    header: tuple[str, str] = ("", "")


def divide(tokens: Sequence[Token], shift: int, source: Source, carry: Carry | None) -> Iterator[Part]:
    """Divide parsed tokens into parts.

    Args:
        tokens: Block tokens of a window of the source.
        shift: What to add to their line numbers.
        source: The lines.
        carry: What the window's first block goes on with.
    """
    index = 0
    while index < len(tokens):
        last = closing(tokens, index)
        block = tokens[index : last + 1]
        match block[0].type:
            case "bullet_list_open" | "ordered_list_open":
                yield from _items(block, shift, carry)
            case "blockquote_open":
                yield from _children(block, shift, source, carry)
            case "table_open":
                yield from _row_groups(block, shift, carry)
            case _:
                yield _part("block", block, shift)
        carry = None
        index = last + 1


def closing(tokens: Sequence[Token], index: int) -> int:
    """The index of the token that closes the one at `index`; itself when it does not open anything."""
    depth = 0
    for at in range(index, len(tokens)):
        depth += tokens[at].nesting
        if depth <= 0:
            return at
    return len(tokens) - 1


def _part(kind: PartKind, tokens: Sequence[Token], shift: int, first: int = -1, last: int = -1) -> Part:
    span = tokens[0].map or [0, 0]
    part = Part(kind, (span[0] if first < 0 else first) + shift, (span[1] if last < 0 else last) + shift, tokens, shift)
    part.name = tokens[0].type
    part.code_count = sum(token.type in ("fence", "code_block") for token in tokens)
    part.labels = tuple(token.meta["label"] for token in tokens if token.type == "footnote_reference_open")
    return part


def _items(block: Sequence[Token], shift: int, carry: Carry | None) -> Iterator[Part]:
    number = int(block[0].attrs.get("start", 1)) if block[0].type == "ordered_list_open" else 0
    if carry is not None and carry.kind == "item":
        number = carry.number
    index, count = 1, 0
    while index < len(block) - 1:
        last = closing(block, index)
        part = _part("item", block[index : last + 1], shift)
        part.name = block[0].type
        part.number = number + count if block[0].type == "ordered_list_open" else 0
        part.continues = count > 0 or (carry is not None and carry.kind == "item")
        yield part
        count += 1
        index = last + 1


def _children(block: Sequence[Token], shift: int, source: Source, carry: Carry | None) -> Iterator[Part]:
    continues = carry is not None and carry.kind == "quote"
    end = (block[0].map or [0, 0])[1]
    children: list[tuple[int, int]] = []
    index = 1
    while index < len(block) - 1:
        last = closing(block, index)
        children.append((index, last))
        index = last + 1
    pieces: list[list[tuple[int, int]]] = []
    for child in children:
        if pieces and not _starts_piece(block[pieces[-1][-1][0]], block[child[0]], shift, source):
            pieces[-1].append(child)
        else:
            pieces.append([child])
    starts = [block[piece[0][0]].map or [0, 0] for piece in pieces]
    if not pieces:
        part = _part("quote", block, shift)
        part.tokens, part.continues = (), continues
        yield part
    for at, piece in enumerate(pieces):
        first = starts[at][0] if at else (block[0].map or [0, 0])[0]
        last = starts[at + 1][0] if at + 1 < len(pieces) else end
        part = _part("quote", block[piece[0][0] : piece[-1][1] + 1], shift, first, last)
        part.name = "blockquote_open"
        part.continues = at > 0 or continues
        yield part


def _starts_piece(before: Token, child: Token, shift: int, source: Source) -> bool:
    """A quote may be cut above `child`: its line carries the quote's mark, and nothing but blanks lies between."""
    if before.map is None or child.map is None or not _QUOTED.match(source.line(child.map[0] + shift)):
        return False
    between = range(before.map[1] + shift, child.map[0] + shift)
    return all(not source.line(number).strip(" >") for number in between)


def _row_groups(block: Sequence[Token], shift: int, carry: Carry | None) -> Iterator[Part]:
    rows: list[tuple[int, int]] = []
    index = 1
    while index < len(block) - 1:
        if block[index].type == "tr_open":
            last = closing(block, index)
            rows.append((index, last))
            index = last
        index += 1
    span = block[0].map or [0, 0]
    columns = sum(token.type == "th_open" for token in block)
    size = max(1, min(TABLE_ROWS, TABLE_CELLS // max(1, columns)))
    owner = carry.owner if carry is not None and carry.kind == "table" else None
    if owner is not None:
        rows = rows[1:]  # the header was put above the window again, for the parser
        groups = [rows[first : first + size] for first in range(0, len(rows), size)]
    else:
        head, body = rows[:1], rows[1:]
        groups = [head + body[:size]]
        groups += [body[first : first + size] for first in range(size, len(body), size)]
    for at, group in enumerate(groups):
        first = span[0] if at == 0 and owner is None else (block[group[0][0]].map or [0, 0])[0]
        last = (block[groups[at + 1][0][0]].map or [0, 0])[0] if at + 1 < len(groups) else span[1]
        part = _part("table", _without_made_up(block[group[0][0] : group[-1][1] + 1]), shift, first, last)
        part.name = "table_open"
        part.continues = owner is not None
        part.owner = owner
        part.is_full = owner is None and len(group) > size
        owner = owner or part
        yield part


def _without_made_up(tokens: Sequence[Token]) -> Sequence[Token]:
    """The tokens of rows without the empty cells at their ends, of which the parser makes as many as are missing."""
    kept: list[Token] = []
    for token in tokens:
        if token.type == "tr_close":
            while len(kept) > 2 and kept[-1].type == "td_close" and not kept[-2].content:
                del kept[-3:]
        kept.append(token)
    return kept if len(kept) < len(tokens) else tokens
