"""A paragraph's tokens -> runs of text that know their look, their link and their place in the source.

Whatever a token says that is not in the cleaned source itself (entities, link targets) passes the gate again. Only
http, https and mailto addresses become links. This module refuses to break lines.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.text.clean import clean_line
from tui.transcript.mathtext import readable
from tui.transcript.parser import LookUps, parse_inline, unmask
from tui.transcript.parts import Part
from tui.transcript.rows import Look, Run
from tui.transcript.source import Source

if TYPE_CHECKING:
    from markdown_it.token import Token

ALLOWED_LINK = re.compile(r"(?:https?://|mailto:)[^\s]", re.IGNORECASE)
_BARE_LINK = re.compile(r"\bhttps?://[^\s<>\"'`|\\]+", re.IGNORECASE)
_MARKUP = re.compile(r"[\\`*_~\[\]!<&$\n]")
_TRAILING = ".,;:!?*_~"
_LOOK_OF = {"strong_open": "strong", "em_open": "em", "s_open": "s"}
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class Places:
    """Where the characters of an inline token's content stand in the source."""

    def __init__(self, content: str, source: Source, first_line: int, column_from: int = -1) -> None:
        self._starts = [0]
        self._offsets: list[int] = []
        if content.strip():
            while first_line < len(source.lines) and not source.line(first_line).strip().strip("> "):
                first_line += 1  # a line of no-break spaces alone: the parser takes it off the paragraph's beginning
        for number, line in enumerate(content.split("\n"), first_line):
            self._starts.append(self._starts[-1] + len(line) + 1)
            self._offsets.append(self._locate(line, source, number, column_from))

    @staticmethod
    def _locate(line: str, source: Source, number: int, column_from: int) -> int:
        whole = unmask(source.line(number))
        wanted = unmask(line).strip()
        lead = len(line) - len(line.lstrip())
        if not wanted:  # nothing but no-break spaces: they are what is looked for
            wanted, lead = unmask(line), 0
        if column_from >= 0:
            column = max(column_from, whole.find(wanted, column_from))
        else:
            column = len(whole.rstrip() if wanted.strip() else whole) - len(wanted)
            if column < 0 or not whole.startswith(wanted, column):
                column = whole.find(wanted)
        start = source.starts[number] if number < len(source.starts) else len(source)
        return start + max(0, column) - lead

    def at(self, position: int) -> int:
        """The place of a position in the content."""
        line = min(len(self._offsets), bisect.bisect_right(self._starts, position)) - 1
        return max(0, self._offsets[line] + position - self._starts[line])


class Inline:
    """Turns inline tokens into runs, recording what they looked up."""

    def __init__(self, part: Part, source: Source, references: LookUps, footnotes: LookUps, *, breaks: bool) -> None:
        self._part = part
        self._source = source
        self._references = references
        self._footnotes = footnotes
        self._breaks = breaks

    def runs(self, token: Token, look: Look, column_from: int = -1) -> list[Run]:
        """The runs of one inline token.

        Args:
            token: The token, with its lines in `map`.
            look: What it is part of.
            column_from: Where on its line to look for it, for a table's cell; -1: it is the line's end.
        """
        content = token.content
        if not content:
            return []
        first_line = (token.map[0] if token.map else 0) + self._part.shift
        places = Places(content, self._source, first_line, column_from)
        if _MARKUP.search(content) is None:  # most cells and items: nothing for the parser to find
            start = places.at(0)
            return _with_bare_links([Run(unmask(content), look, start, start + len(content))])
        tokens = parse_inline(content, self._references, self._footnotes)
        if tokens is None:
            return _plain(unmask(content), places, look)
        walker = _Walker(places, look, breaks=self._breaks, content=content)
        walker.walk(tokens)
        return _with_bare_links(walker.runs)


def _plain(content: str, places: Places, look: Look) -> list[Run]:
    runs = []
    position = 0
    for line in content.split("\n"):
        start = places.at(position)
        if position:
            runs.append(Run("\n", look, start - 1, start))
        runs.append(Run(line, look, start, start + len(line)))
        position += len(line) + 1
    return runs


class _Walker:
    def __init__(self, places: Places, look: Look, *, breaks: bool, content: str) -> None:
        self.runs: list[Run] = []
        self._places = places
        self._looks = [look]
        self._links: list[tuple[str, int]] = []
        self._breaks = breaks
        self._content = content

    def walk(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            kind = token.type
            if kind == "text":
                self._text(token)
            elif kind in _LOOK_OF:
                self._looks.append((*self._looks[-1], _LOOK_OF[kind]))
            elif kind in ("strong_close", "em_close", "s_close"):
                self._looks.pop()
            elif kind == "link_open":
                self._open_link(token)
            elif kind == "link_close":
                self._close_link()
            else:
                self._atom(token)

    def _text(self, token: Token) -> None:
        if not token.content:
            return
        at, text = token.meta.get("at", 0), token.content
        if self._links and self._content.startswith("<", at):  # <address>: the parser hands it out decoded
            at += 1
            text = self._content[at : self._content.find(">", at)]
        elif not self._content.startswith(text, at):
            text = clean_line(text)
        start = self._places.at(at)
        self._add(unmask(text), self._looks[-1], start, start + len(text))

    def _atom(self, token: Token) -> None:
        at, to = token.meta.get("at", 0), token.meta.get("to", 0)
        start, end = self._places.at(at), self._places.at(to)
        look = self._looks[-1]
        match token.type:
            case "softbreak":
                self._add("\n" if self._breaks else " ", look, start, end)
            case "hardbreak":
                self._add("\n", look, start, end)
            case "code_inline":
                self._code(token, at, to, look)
            case "math_inline":
                self._add(clean_line(readable(token.content)), (*look, "math"), start, end)
            case "footnote_ref":
                self._add(footnote_mark(token.meta["label"]), (*look, "link"), start, end)
            case "image":
                self._image(token, start, end, look)
            case _:
                self._add(clean_line(token.content), look, start, end)

    def _code(self, token: Token, at: int, to: int, look: Look) -> None:
        marks = len(token.markup)
        inner = self._content[at + marks : to - marks].replace("\n", " ")
        offset = at + marks + (0 if inner == token.content else 1)
        position = 0
        for piece in self._content[offset : offset + len(token.content)].split("\n"):
            if position:
                start = self._places.at(offset + position - 1)
                self._add(" ", (*look, "code"), start, start + 1)
            start = self._places.at(offset + position)
            self._add(unmask(piece), (*look, "code"), start, start + len(piece))
            position += len(piece) + 1

    def _image(self, token: Token, start: int, end: int, look: Look) -> None:
        address = clean_line(str(token.attrs.get("src", "")))
        link = address if ALLOWED_LINK.match(address) else (self._links[-1][0] if self._links else "")
        label = clean_line(unmask(token.content)) or "image"
        self._add(f"▨ {label}", (*look, "image"), start, end, link)
        if address:
            self._add(f" ({address})", (*look, "target"), -1, -1, link)

    def _open_link(self, token: Token) -> None:
        address = clean_line(str(token.attrs.get("href", "")))
        self._links.append((address, len(self.runs)))
        self._looks.append((*self._looks[-1], "link"))

    def _close_link(self) -> None:
        address, first = self._links.pop()
        self._looks.pop()
        shown = "".join(run.text for run in self.runs[first:])
        link = address if ALLOWED_LINK.match(address) else ""
        if link:
            self.runs[first:] = [run if run.link else run._replace(link=link) for run in self.runs[first:]]
        if address and shown not in (address, address.removeprefix("mailto:")):
            self._add(f" ({address})", (*self._looks[-1], "target"), -1, -1, link)

    def _add(self, text: str, look: Look, start: int, end: int, link: str = "") -> None:
        if not text:
            return
        first = self._links[-1][1] if self._links else 0  # what stands before an open link is none of its text
        last = self.runs[-1] if len(self.runs) > first and not link and end - start == len(text) else None
        if last is not None and last.look == look and last.end == start and not last.link and last.is_exact:
            self.runs[-1] = Run(last.text + text, look, last.start, end)
            return
        self.runs.append(Run(text, look, start, end, link))


def footnote_mark(label: str) -> str:
    """How a footnote is referred to: superscript digits, or its label in brackets."""
    return label.translate(_SUPERSCRIPTS) if label.isascii() and label.isdigit() else f"[{clean_line(unmask(label))}]"


def _with_bare_links(runs: list[Run]) -> list[Run]:
    """Make addresses that stand in the text themselves into links."""
    linked: list[Run] = []
    for run in runs:
        if run.link or not run.is_exact or "://" not in run.text or "code" in run.look or "link" in run.look:
            linked.append(run)
            continue
        position = 0
        for match in _BARE_LINK.finditer(run.text):
            address = _trim(match[0])
            if not ALLOWED_LINK.match(address):
                continue
            last = match.start() + len(address)
            linked.append(run.part(position, match.start()))
            linked.append(run.part(match.start(), last)._replace(look=(*run.look, "link"), link=address))
            position = last
        if position < len(run.text):
            linked.append(run.part(position, len(run.text)))
    return linked


def _trim(address: str) -> str:
    """Leave out what belongs to the sentence: punctuation at the end, and a bracket that was opened before."""
    while address:
        last = address[-1]
        unopened = (last == ")" and address.count("(") < address.count(")")) or (last == "]" and "[" not in address)
        if last not in _TRAILING and not unopened:
            break
        address = address[:-1]
    return address
