"""Lays a part of a message out as rows of a given width.

Recursion follows nesting, which the parser has bounded. What is laid out depends on the part, the width and the
definitions it looked up, never on how the text arrived. This module refuses to paint and to know about messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import TYPE_CHECKING

from tui.text.clean import clean_line
from tui.transcript.code import START, CodeRows, LexState, LineLexer, is_ready, load, load_soon
from tui.transcript.document import Document, gap_rows
from tui.transcript.inline import Inline, footnote_mark
from tui.transcript.mathtext import readable
from tui.transcript.parser import LookUps, unmask
from tui.transcript.parts import Part, closing, fence_lines
from tui.transcript.rows import Look, Row, Run
from tui.transcript.table import lay_table
from tui.transcript.wrap import wrap

if TYPE_CHECKING:
    from markdown_it.token import Token

NARROWEST = 8
"""Cells; inside so many quotes and lists that less is left, text keeps this width and is cropped."""

_BULLETS = ("•", "◦", "▪")


def lay(part: Part, document: Document, width: int, *, breaks: bool = False, look: Look = ()) -> list[Row]:
    """The rows of a part; kept with the part until its width or a definition changes.

    Args:
        part: A part of `document`.
        document: Where its lines and definitions are.
        width: Cells a row may take.
        breaks: A line break in the source is one on the screen, as in what a person typed.
        look: What all of it is part of, such as thinking.
    """
    if part.kind == "fence":
        return _lay_fence(part, document, width)
    if part.rows is not None and part.width == width:
        return part.rows
    references, footnotes = LookUps(document.references), LookUps(document.footnotes)
    layout = Layout(part, document, Inline(part, document.source, references, footnotes, breaks=breaks))
    if part.kind == "plain":
        rows = _lay_plain(part, document, width, look)
    elif part.kind == "table":
        rows = lay_table(part, document.source, layout.inline, width, look)
    elif part.kind == "item":
        rows = layout.item(part.tokens, width, look, depth=0, number=part.number)
    elif part.kind == "quote":
        rows = layout.quote(part.tokens, width, look, depth=0)
    else:
        rows = layout.blocks(part.tokens, width, look, depth=0)
    if part.gap:
        blank = Row((Run("▎", ("quote-bar",)),)) if part.kind == "quote" and part.continues else Row(())
        rows = [blank] * part.gap + rows
    if part.former is not None:
        rows = [old if old == new else new for old, new in zip(part.former, rows, strict=False)] + rows[
            len(part.former) :
        ]
        part.former = None
    part.asked = references.asked | {f"^{label}" for label in footnotes.asked}
    part.rows, part.width = rows, width
    return rows


def _lay_plain(part: Part, document: Document, width: int, look: Look) -> list[Row]:
    source = document.source
    rows: list[Row] = []
    for number in range(part.first, part.last):
        start, line = source.starts[number], source.line(number)
        rows.extend(Row(row) for row in wrap([Run(line, look, start, start + len(line))], width))
    return rows


def _lay_fence(part: Part, document: Document, width: int) -> list[Row]:
    """Rows of a part of a top-level fence: only lines that came since the last time are laid out."""
    assert part.fence is not None
    source, code = document.source, part.code
    if code is not None and part.rows is not None and part.width == width and not code.is_plain:
        return part.rows
    state = entry_state(part, document)
    if code is None or code.width != width or code.is_plain != (state is None):
        label = None if part.continues else part.code_base + 1
        code = part.code = CodeRows(language_of(part.fence.info), width, label, state)
    last = part.last - 1 if part.is_closed else part.last
    code.extend(fence_lines(part, source, code.settled_lines), is_last_open=last > len(source.lines))
    if state is None:
        document.uncoloured[part] = language_of(part.fence.info)
    elif part.is_full:
        part.lexed = code.lex_state
    part.rows = [Row(())] * part.gap + code.rows if part.gap else code.rows
    part.width = width if part.is_full else -1  # what may grow is never taken from the cache
    return part.rows


def entry_state(part: Part, document: Document) -> LexState | None:
    """The lexer's state above a part of a fence; None when finding it would take too long now."""
    assert part.fence is not None
    if not is_ready(language_of(part.fence.info)):
        return None
    if part.owner is None:
        return START
    above: Part | None = part.owner
    unknown: list[Part] = []
    while above is not None and above.lexed is None:
        unknown.append(above)
        above = above.owner
    if len(unknown) > 2:
        return None
    for earlier in reversed(unknown):
        lex_part(earlier, document)
    return part.owner.lexed


def lex_part(part: Part, document: Document) -> None:
    """Find the lexer's state after a full part of a fence, whose own entry state is known."""
    assert part.fence is not None
    lexer = LineLexer(language_of(part.fence.info))
    if part.owner is not None and part.owner.lexed is not None:
        lexer.state = part.owner.lexed
    for line, _ in fence_lines(part, document.source):
        lexer.lex(line)
    part.lexed = lexer.state


def colour(document: Document, deadline: float | None) -> None:
    """Colour code that was shown before the lexer had come to it, until `deadline`; None: all of it, now."""
    for part, language in list(document.uncoloured.items()):
        if not is_ready(language):
            if deadline is not None:
                load_soon(language)
                continue
            load(language)
        if not _lex_above(part, document, deadline):
            return
        document.uncoloured.pop(part, None)
        part.forget()
        if deadline is not None and perf_counter() > deadline:
            return


def _lex_above(part: Part, document: Document, deadline: float | None) -> bool:
    """Find the lexer's state above a part; False when time ran out."""
    chain: list[Part] = []
    above = part.owner if part.kind == "fence" else None
    while above is not None and above.lexed is None:
        chain.append(above)
        above = above.owner
    for earlier in reversed(chain):
        lex_part(earlier, document)
        if deadline is not None and perf_counter() > deadline:
            return False
    return True


def language_of(info: str) -> str:
    """The language a fence names, as a lexer is asked for it."""
    word = info.replace("{", " ").replace("}", " ").replace(",", " ").split()
    return clean_line(word[0].removeprefix("."), 40) if word else ""


class Layout:
    """Lays out the tokens of one part."""

    def __init__(self, part: Part, document: Document, inline: Inline) -> None:
        self._part = part
        self._source = document.source
        self._uncoloured = document.uncoloured
        self._code_number = part.code_base
        self.inline = inline

    def blocks(self, tokens: Sequence[Token], width: int, look: Look, depth: int) -> list[Row]:
        """The rows of sibling blocks, one below the other."""
        rows: list[Row] = []
        before = ""
        index = 0
        while index < len(tokens):
            last = closing(tokens, index)
            token = tokens[index]
            if before:
                rows.extend([Row(())] * gap_rows(before, token.type, self._has_blank_above(token)))
            rows.extend(self._block(tokens[index : last + 1], width, look, depth))
            before = token.type
            index = last + 1
        return rows

    def _has_blank_above(self, token: Token) -> bool:
        if token.map is None or token.map[0] + self._part.shift <= 0:
            return False
        return not self._source.line(token.map[0] + self._part.shift - 1).strip(" >")

    def _block(self, block: Sequence[Token], width: int, look: Look, depth: int) -> list[Row]:
        token = block[0]
        width = max(NARROWEST, width)
        match token.type:
            case "paragraph_open":
                return self._text(block[1], width, look)
            case "heading_open":
                return self._heading(block, width, look)
            case "bullet_list_open" | "ordered_list_open":
                return self._list(block, width, look, depth)
            case "blockquote_open":
                return self.quote(block[1:-1], width, look, depth)
            case "fence" | "code_block":
                return self._code(token, width)
            case "hr":
                start, end = self._lines(token)
                return [Row((Run("─" * width, (*look, "rule"), start, end),))]
            case "table_open":
                return lay_table(self._part, self._source, self.inline, width, look, block)
            case "math_block":
                return self._math(token, width, look)
            case "footnote_reference_open":
                return self._footnote(block, width, look, depth)
            case _:
                return self._text(token, width, look) if token.content else []

    def _text(self, token: Token, width: int, look: Look) -> list[Row]:
        return [Row(row) for row in wrap(self.inline.runs(token, look), width)]

    def _heading(self, block: Sequence[Token], width: int, look: Look) -> list[Row]:
        level = int(block[0].tag[1:] or 1)
        style: Look = (*look, "heading-1" if level == 1 else "heading")
        start, _ = self._lines(block[0])
        mark = [] if level == 1 else [Run("#" * level + " ", (*look, "dim"), start, start)]
        rows = wrap(self.inline.runs(block[1], style), max(1, width - (level + 1 if mark else 0)))
        return [
            Row((*(mark if not at else [Run(" " * (level + 1))] if mark else []), *row)) for at, row in enumerate(rows)
        ]

    def _list(self, block: Sequence[Token], width: int, look: Look, depth: int) -> list[Row]:
        rows: list[Row] = []
        is_ordered = block[0].type == "ordered_list_open"
        number = int(block[0].attrs.get("start", 1)) if is_ordered else 0
        index, count = 1, 0
        while index < len(block) - 1:
            last = closing(block, index)
            if count and self._has_blank_above(block[index]):
                rows.append(Row(()))
            item_number = number + count if is_ordered else -1
            rows.extend(self.item(block[index : last + 1], width, look, depth, item_number))
            count += 1
            index = last + 1
        return rows

    def item(self, item: Sequence[Token], width: int, look: Look, depth: int, number: int) -> list[Row]:
        """The rows of one list item, its marker before the first."""
        token = item[0]
        marker_look: Look = (*look, "marker")
        if token.markup in (".", ")"):
            marker = f"{max(0, number)}{token.markup} "
        elif token.meta and "checked" in token.meta:
            marker = "☑ " if token.meta["checked"] else "☐ "
            marker_look = (*look, "task-done") if token.meta["checked"] else marker_look
        else:
            marker = _BULLETS[min(depth, len(_BULLETS) - 1)] + " "
        inner = max(NARROWEST, width - len(marker))
        rows = self.blocks(item[1:-1], inner, look, depth + 1) or [Row(())]
        start, _ = self._lines(token)
        mark, blank = Run(marker, marker_look, start, start), Run(" " * len(marker), look)
        return [row.with_prefix(blank if at else mark) if row.runs or not at else row for at, row in enumerate(rows)]

    def quote(self, tokens: Sequence[Token], width: int, look: Look, depth: int) -> list[Row]:
        """The rows inside a quote, a bar before each."""
        rows = self.blocks(tokens, max(NARROWEST, width - 2), (*look, "quote"), depth) or [Row(())]
        bar = Run("▎ ", (*look, "quote-bar"))
        return [row.with_prefix(bar) for row in rows]

    def _code(self, token: Token, width: int) -> list[Row]:
        self._code_number += 1
        language = language_of(token.info) if token.type == "fence" else ""
        if not is_ready(language):
            self._uncoloured[self._part] = language
        code = CodeRows(language, width, self._code_number, START if is_ready(language) else None)
        first = (token.map[0] if token.map else 0) + self._part.shift + (token.type == "fence")
        lines = unmask(token.content).split("\n")
        if token.content.endswith("\n") or not token.content:
            lines.pop()
        placed = []
        for number, line in enumerate(lines, first):
            whole = self._source.line(number)
            start = self._source.starts[min(number, len(self._source.starts) - 1)]
            placed.append((line, start + max(0, len(whole) - len(line))))
        code.extend(placed, is_last_open=False)
        return code.rows

    def _math(self, token: Token, width: int, look: Look) -> list[Row]:
        start, end = self._lines(token)
        if not token.info:
            return [Row(row) for row in wrap([Run(unmask(token.content), look, start, end)], width)]
        inner = unmask(token.content)[2:-2].strip()
        shown = readable(inner)
        rows = []
        for line in (line.strip() for line in shown.split("\n")):
            if line:
                rows += [Row(row) for row in wrap([Run(line, (*look, "math"), start, end)], max(1, width - 4))]
        return [row.with_prefix(Run("    ")) for row in rows] or [Row(())]

    def _footnote(self, block: Sequence[Token], width: int, look: Look, depth: int) -> list[Row]:
        mark = footnote_mark(block[0].meta["label"]) + " "
        inner = max(NARROWEST, width - len(mark))
        rows = self.blocks(block[1:-1], inner, look, depth) or [Row(())]
        start, _ = self._lines(block[0])
        first, blank = Run(mark, (*look, "marker"), start, start), Run(" " * len(mark), look)
        return [row.with_prefix(blank if at else first) for at, row in enumerate(rows)]

    def _lines(self, token: Token) -> tuple[int, int]:
        """The source range of a block token."""
        first, last = token.map or [0, 0]
        first, last = first + self._part.shift, last + self._part.shift
        starts = self._source.starts
        start = starts[min(first, len(starts) - 1)]
        final = max(first, last - 1)
        end = starts[min(final, len(starts) - 1)] + len(self._source.line(final))
        return start, end
