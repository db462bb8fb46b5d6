"""What markdown-it-py is taught: inline tokens that know their places, math, footnotes.

Imports the library, so it is imported by `parser.py` only when there is something to parse. Refuses to decide about
limits.
"""

from __future__ import annotations

import re
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_block import StateBlock, table
from markdown_it.rules_inline import StateInline
from mdit_py_plugins.footnote.index import footnote_def

_OTHER_BLOCK = re.compile(r">|(?:[-+*]|\d{1,9}[.)])(?: |$)|`{3,}[^`]*$|~{3,}")


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
    md.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
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


def _table(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A table, but never one whose header begins as an item, a quote or a fence does.

    The library would take `- a|b` above `-|-` for a table where a list begins, and for an item where one goes on; what
    a line is must not depend on that, or a list could not be read from its middle.
    """
    first = state.bMarks[start_line] + state.tShift[start_line]
    if _OTHER_BLOCK.match(state.src, first, state.eMarks[start_line]):
        return False
    return table(state, start_line, end_line, silent)


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
