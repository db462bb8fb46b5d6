"""The Markdown parser, set up for text that never ends well: positions, limits, recorded look-ups.

markdown-it-py does the parsing. Added here: inline tokens know where in the source they stand, math and footnotes have
rules of their own, what a block looked up (link references, footnotes) is recorded, and lines whose nesting would
exhaust a recursive parser are masked. HTML is text. This module refuses to lay anything out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType
from mdit_py_plugins.footnote.index import footnote_def

INLINE_LIMIT = 16_384
"""Characters of one paragraph that are searched for markup; a longer one is shown as it is written."""

BRACKET_LIMIT = 200
"""Opening brackets in one paragraph; each may cost a scan to its end."""

NESTING_LIMIT = 12
"""Quote and list markers at the start of one line that nest; what follows is text."""

INDENT_LIMIT = 60
"""Columns of indentation within which a marker may nest deeper."""

_MARKERS = re.compile(r"[ ]*(?:(>)|([-+*]|\d{1,9}[.)])(?=[ ]|$)|(\[\^[^\s\]]{1,99}\]:))")
_MASKS = {ord(mark): 0xE3E0 + index for index, mark in enumerate(">-+*.)[")}
_UNMASKS = {masked: mark for mark, masked in _MASKS.items()}
_MASKED = re.compile("[\ue3e0-\ue3e6]")


class LookUps(dict[str, Any]):
    """Definitions by label; remembers every label that was asked for, found or not."""

    def __init__(self, known: dict[str, Any]) -> None:
        super().__init__(known)
        self.asked: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        """Look a label up and remember it."""
        self.asked.add(key)
        return super().get(key, default)


class PositionedInline(ParserInline):
    """Parses a paragraph's text, noting in each token's meta where it stands (`at`, `to`)."""

    def tokenize(self, state: StateInline) -> None:
        """Turn the state's range into tokens, as the parent does, and note positions."""
        rules = self.ruler.getRules("")
        end, limit = state.posMax, state.md.options["maxNesting"]
        pending_at = state.pos
        while state.pos < end:
            begin, known = state.pos, len(state.tokens)
            if not state.pending:
                pending_at = begin
            matched = False
            if state.level < limit:
                for rule in rules:
                    matched = rule(state, False)
                    if matched:
                        break
            if not matched:
                state.append_pending(state.src[begin])
                state.pos = begin + 1
            if len(state.tokens) > known:
                self._place(state, known, pending_at, begin)
        if state.pending:
            known = len(state.tokens)
            state.pushPending()
            self._place(state, known, pending_at, state.pos)

    @staticmethod
    def _place(state: StateInline, known: int, pending_at: int, begin: int) -> None:
        for token in state.tokens[known:]:
            if "at" in token.meta:
                continue
            if token.type == "text" and pending_at + len(token.content) <= begin:
                token.meta = {"at": pending_at, "to": pending_at + len(token.content)}
                pending_at = begin
            elif token.type == "text":  # delimiters of emphasis, one token each
                token.meta = {"at": begin, "to": begin + len(token.content)}
                begin += len(token.content)
            else:
                token.meta = {**token.meta, "at": begin, "to": state.pos}


@cache
def make_parser() -> MarkdownIt:
    """The one parser: CommonMark without HTML, with tables, strikethrough, task lists, footnotes and math."""
    md = MarkdownIt("commonmark", {"html": False, "maxNesting": 130, "tasklists": True})
    md.enable(["table", "strikethrough"])
    md.disable(["html_block", "html_inline"])
    inline = PositionedInline()
    inline.ruler.enableOnly(
        ["text", "newline", "escape", "backticks", "strikethrough", "emphasis", "link", "image", "autolink", "entity"]
    )
    inline.ruler2.enableOnly(["balance_pairs", "strikethrough", "emphasis"])
    inline.ruler.before("escape", "math_brackets", _math_brackets)
    inline.ruler.before("escape", "math_dollars", _math_dollars)
    inline.ruler.before("link", "footnote_ref", _footnote_ref)
    md.inline = inline
    md.block.ruler.before("reference", "footnote_def", footnote_def, {"alt": ["paragraph", "reference"]})
    md.block.ruler.before(
        "blockquote", "math_block", _math_block, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    return md


def parse_blocks(lines: list[str]) -> tuple[list[Token], dict[str, Any]]:
    """Parse lines into block tokens.

    Returns:
        The tokens, and the link references they define.

    Raises:
        RecursionError: the nesting got past the masks; the caller shows the lines as text.
    """
    env: EnvType = {"references": {}, "footnotes": {"refs": {}, "list": {}}}
    tokens: list[Token] = []
    md = make_parser()
    md.block.parse("\n".join([mask(line) for line in lines]), md, env, tokens)
    return tokens, env["references"]


def parse_inline(content: str, references: LookUps, footnotes: LookUps) -> list[Token] | None:
    """Parse a paragraph's text into tokens that know their places.

    Returns:
        None when the text is past the limits and is to be shown as it is written.
    """
    if len(content) > INLINE_LIMIT or content.count("[") > BRACKET_LIMIT:
        return None
    tokens: list[Token] = []
    md = make_parser()
    try:
        md.inline.parse(content, md, {"references": references, "footnote_labels": footnotes}, tokens)
    except RecursionError:
        return None
    return tokens


def mask(line: str) -> str:
    """Replace, one for one, the markers of a line that nest too deeply by characters that mean nothing."""
    if not line or line[0] not in " >-+*[0123456789" or len(set(line)) <= 2:  # "- - -" is a rule, however long
        return line
    first = 0
    for count, match in enumerate(_markers(line), 1):
        deep = match.start(match.lastindex or 0) > INDENT_LIMIT and match[1] is None
        if count > NESTING_LIMIT or deep:
            first = match.start()
            break
    else:
        return line
    last = first
    for match in _markers(line, first):
        last = match.end()
    return line[:first] + line[first:last].translate(_MASKS) + line[last:]


def unmask(text: str) -> str:
    """Undo `mask`."""
    return text.translate(_UNMASKS) if _MASKED.search(text) else text


def _markers(line: str, position: int = 0) -> Iterator[re.Match[str]]:
    while match := _MARKERS.match(line, position):
        yield match
        position = match.end()


def _math_block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    r"""`$$` or `\[` at the start of a line, to its closing; a blank line ends it too (then it is not math)."""
    if state.is_code_block(start_line):
        return False
    first = state.bMarks[start_line] + state.tShift[start_line]
    line = state.src[first : state.eMarks[start_line]].rstrip()
    if not line.startswith(("$$", "\\[")):
        return False
    closing = "$$" if line.startswith("$$") else "\\]"
    found = line.find(closing, 2)
    if found >= 0 and found != len(line) - 2:
        return False  # text follows: the paragraph's rules decide
    next_line, is_closed = start_line + 1, found >= 0
    while not is_closed and next_line < end_line:
        if state.isEmpty(next_line) or state.sCount[next_line] < state.blkIndent:
            break
        body = state.src[state.bMarks[next_line] + state.tShift[next_line] : state.eMarks[next_line]].rstrip()
        is_closed = body.endswith(closing)
        next_line += 1
    if silent:
        return True
    token = state.push("math_block", "", 0)
    token.map = [start_line, next_line]
    token.content = state.getLines(start_line, next_line, state.sCount[start_line], False).strip()
    token.info = "closed" if is_closed else ""
    state.line = next_line
    return True


def _math_brackets(state: StateInline, silent: bool) -> bool:
    r"""`\(...\)` and `\[...\]` inside a paragraph."""
    opening = state.src[state.pos : state.pos + 2]
    if opening not in ("\\(", "\\["):
        return False
    last = state.src.find("\\)" if opening == "\\(" else "\\]", state.pos + 2, state.posMax)
    if last <= state.pos + 2:
        return False
    return _push_math(state, 2, last, 2, silent)


def _math_dollars(state: StateInline, silent: bool) -> bool:
    """`$...$` and `$$...$$`; money is not math: no space inside the dollars, no digit after them."""
    source, first = state.src, state.pos
    if source[first] != "$":
        return False
    if source.startswith("$$", first):
        last = source.find("$$", first + 2, state.posMax)
        return last > first + 2 and _push_math(state, 2, last, 2, silent)
    if first + 2 >= state.posMax or source[first + 1].isspace() or (first and source[first - 1].isalnum()):
        return False
    last = source.find("$", first + 1, state.posMax)
    while last > 0 and source[last - 1] == "\\":
        last = source.find("$", last + 1, state.posMax)
    if last < 0 or source[last - 1].isspace() or source[last + 1 : last + 2].isdigit():
        return False
    return _push_math(state, 1, last, 1, silent)


def _push_math(state: StateInline, opening: int, last: int, closing: int, silent: bool) -> bool:
    if not silent:
        token = state.push("math_inline", "", 0)
        token.content = state.src[state.pos + opening : last]
    state.pos = last + closing
    return True


def _footnote_ref(state: StateInline, silent: bool) -> bool:
    """`[^label]`, when the label is defined anywhere in the message."""
    if not state.src.startswith("[^", state.pos):
        return False
    last = state.src.find("]", state.pos + 2, state.posMax)
    label = state.src[state.pos + 2 : last]
    if last < 0 or not label or " " in label or "\n" in label:
        return False
    if not state.env["footnote_labels"].get(label):
        return False
    if not silent:
        token = state.push("footnote_ref", "", 0)
        token.meta = {"label": label}
    state.pos = last + 1
    return True
