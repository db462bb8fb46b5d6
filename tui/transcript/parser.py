"""The Markdown parser, set up for text that never ends well: positions, limits, recorded look-ups.

markdown-it-py does the parsing. Added here: inline tokens know where in the source they stand, math and footnotes have
rules of their own, what a block looked up (link references, footnotes) is recorded, and lines whose nesting would
exhaust a recursive parser are masked. HTML is text. This module refuses to lay anything out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it.token import Token
    from markdown_it.utils import EnvType

INLINE_LIMIT = 16_384
"""Characters of one paragraph that are searched for markup; a longer one is shown as it is written."""

BRACKET_LIMIT = 200
"""Opening brackets in one paragraph; each may cost a scan to its end."""

MARK_LIMIT = 2_000
"""Characters in one paragraph that may be markup; each is a token, and some are compared with all before them."""

NESTING_LIMIT = 12
"""Quote and list markers at the start of one line that nest; what follows is text."""

INDENT_LIMIT = 60
"""Columns of indentation within which a marker may nest deeper."""

_MARKERS = re.compile(r"[ ]*(?:(>)|([-+*]|\d{1,9}[.)])(?=[ ]|$)|(\[\^[^\s\]]{1,99}\]:))")
_MARKS = re.compile(r"[\\`*_~\]!<&$:]")
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


def parse_blocks(lines: list[str]) -> tuple[list[Token], dict[str, Any]]:
    """Parse lines into block tokens.

    Returns:
        The tokens, and the link references they define.

    Raises:
        RecursionError: the nesting got past the masks; the caller shows the lines as text.
    """
    from tui.transcript.grammar import make_parser  # late: the library is for the first message, not the first picture

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
    if len(content) > MARK_LIMIT and len(_MARKS.findall(content)) > MARK_LIMIT:
        return None
    from tui.transcript.grammar import make_parser

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
