"""Fenced code as rows: coloured line by line as it arrives, with the lexer's state carried from line to line.

A line is lexed once when it is complete. What a line looks like depends on the lines above it alone, so code that
streams looks as it will when it is finished. This module refuses to guess a language that is not named.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Generator, Iterable, Iterator
from functools import cache, lru_cache
from queue import SimpleQueue
from typing import Any, NamedTuple

from tui.transcript.cells import cut, width_cells
from tui.transcript.rows import Look, Row, Run
from tui.transcript.wrap import chop

LEXED_CHARS = 1_000
"""A longer line of code is shown in one colour: some lexers take quadratic time on one line."""

_CODE: Look = ("code",)
_LOOKS = {
    "Comment": "comment",
    "Keyword.Constant": "constant",
    "Keyword.Type": "type",
    "Keyword": "keyword",
    "Operator.Word": "keyword",
    "Operator": "operator",
    "Punctuation": "punctuation",
    "Literal.String": "string",
    "Literal.Number": "number",
    "Literal": "string",
    "Name.Function": "function",
    "Name.Class": "class",
    "Name.Exception": "class",
    "Name.Builtin": "builtin",
    "Name.Decorator": "decorator",
    "Name.Tag": "tag",
    "Name.Attribute": "attribute",
    "Name.Constant": "constant",
    "Name": "name",
    "Generic.Inserted": "inserted",
    "Generic.Deleted": "deleted",
    "Generic.Heading": "heading",
    "Generic.Subheading": "heading",
    "Error": "error",
}


class LexState(NamedTuple):
    """What a lexer carries from one line to the next."""

    stack: tuple[str, ...]
    is_in_comment: bool
    """Inside a block comment that the lexer would look for with a pattern over several lines."""


START = LexState(("root",), False)


class LineLexer:
    """Lexes one line after another. `state` is what is carried between them."""

    def __init__(self, language: str) -> None:
        self._lexer = _lexer(language)
        self._rules: Any = getattr(self._lexer, "_tokens", None) if _is_regex_lexer(self._lexer) else None
        self.state = START
        self._block_comment = self._rules is not None and _has_block_comments(language)

    def lex(self, line: str) -> list[tuple[int, int, Look]]:
        """The coloured stretches of one line, without gaps, and the state after it."""
        if self._lexer is None or len(line) > LEXED_CHARS:
            return [(0, len(line), _CODE)]
        stretches: list[tuple[int, int, Look]] = []
        position = 0
        for start, end, look in self._stretches(line):
            last = min(end, len(line))
            if start > position:  # a few lexers leave characters out, or say places that are not theirs
                stretches.append((position, min(start, len(line)), _CODE))
                position = min(start, len(line))
            if last <= position:
                continue
            if stretches and stretches[-1][2] == look:
                stretches[-1] = (stretches[-1][0], last, look)
            else:
                stretches.append((position, last, look))
            position = last
        if position < len(line) or not stretches:
            stretches.append((position, len(line), _CODE))
        return stretches

    def _stretches(self, line: str) -> Iterator[tuple[int, int, Look]]:
        if self._rules is None:
            position = 0
            for kind, text in self._lexer.get_tokens(line):
                yield position, position + len(text), _look(kind)
                position += len(text)
            return
        position, text = 0, line + "\n"
        while position < len(text):
            if self.state.is_in_comment:
                last = text.find("*/", position)
                after = len(text) if last < 0 else last + 2
                self.state = LexState(self.state.stack, last < 0)
                yield position, after, _look_named("comment")
                position = after
                continue
            opens = text.find("/*", position) if self._block_comment else -1
            position = yield from self._match(text, position, opens)

    def _match(self, text: str, position: int, opens: int) -> Generator[tuple[int, int, Look], None, int]:
        """Match rules from `position`; returns where to go on: the end, or past an opening that stays open."""
        stack = list(self.state.stack)
        is_in_comment = False
        while position < len(text):
            if position == opens and text.find("*/", opens + 2) < 0:
                is_in_comment = True
                break
            found = _first_match(self._rules.get(stack[-1], ()), text, position)
            if found is None:
                if text[position] == "\n":
                    stack[:] = ["root"]
                    yield position, position + 1, _CODE
                else:
                    yield position, position + 1, _look_named("error")
                position += 1
                continue
            match, action, new_state = found
            yield from _emit(self._lexer, match, action)
            position = match.end()
            _change_state(stack, new_state)
            if 0 <= opens < position:
                opens = text.find("/*", position)
        self.state = LexState(tuple(stack[-40:]), is_in_comment)  # a hostile line may push for ever
        return position


def _first_match(rules: Any, text: str, position: int) -> tuple[re.Match[str], Any, Any] | None:
    for pattern, action, new_state in rules:
        if match := pattern(text, position):
            return match, action, new_state
    return None


def _emit(lexer: Any, match: re.Match[str], action: Any) -> Iterator[tuple[int, int, Look]]:
    if action is None:
        return
    from pygments.token import _TokenType

    if isinstance(action, _TokenType):
        yield match.start(), match.end(), _look(action)
        return
    for start, kind, text in action(lexer, match):
        yield start, start + len(text), _look(kind)


def _change_state(stack: list[str], new_state: Any) -> None:
    """Follow a rule's transition, as the lexer library defines it."""
    if new_state is None:
        return
    for step in new_state if isinstance(new_state, tuple) else (new_state,):
        if isinstance(step, int):
            del stack[max(1, len(stack) + step) :]
        elif step == "#pop":
            del stack[max(1, len(stack) - 1) :]
        elif step == "#push":
            stack.append(stack[-1])
        else:
            stack.append(step)


_loaded = {""}
_wanted: SimpleQueue[str] = SimpleQueue()
_loading: set[str] = set()


def is_ready(language: str) -> bool:
    """The language's lexer is there; making one takes many frames the first time."""
    return language in _loaded


def load(language: str) -> None:
    """Make a language's lexer now."""
    _lexer(language)
    _loaded.add(language)


def load_soon(language: str) -> None:
    """Make a language's lexer in a thread, one after another, so that the screen goes on meanwhile."""
    if language in _loading:
        return
    _loading.add(language)
    _wanted.put(language)
    if len(_loading) == 1:
        threading.Thread(target=_load_wanted, name="lexers", daemon=True).start()


def _load_wanted() -> None:
    while True:
        load(_wanted.get())


@lru_cache(maxsize=256)
def _lexer(language: str) -> Any:
    if not language:
        return None
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


def _is_regex_lexer(lexer: Any) -> bool:
    from pygments.lexer import ExtendedRegexLexer, RegexLexer

    return isinstance(lexer, RegexLexer) and not isinstance(lexer, ExtendedRegexLexer)


@lru_cache(maxsize=256)
def _has_block_comments(language: str) -> bool:
    """The language has `/* */` comments that its lexer finds with a pattern over several lines."""
    tokens = [token for token in _lexer(language).get_tokens("/* a\nb */") if token[1].strip()]
    return len(tokens) == 1 and "Comment" in str(tokens[0][0])


@cache
def _look_named(name: str) -> Look:
    return ("code", f"syntax-{name}")


@lru_cache(maxsize=512)
def _look(kind: Any) -> Look:
    name = str(kind).removeprefix("Token.")
    while name:
        if name in _LOOKS:
            return _look_named(_LOOKS[name])
        name = name.rpartition(".")[0]
    return _CODE


class CodeRows:
    """The rows of a code block or a part of one; grows at the end without laying its beginning out again.

    Without a label it goes on with a block above; without a lexer's state it is not coloured.
    """

    def __init__(self, language: str, width: int, label: int | None, state: LexState | None) -> None:
        self.width = width
        self.rows: list[Row] = [] if label is None else [label_row(language, width, label)]
        self.is_plain = state is None
        self._lexer = LineLexer("" if state is None else language)
        self._settled_lines = 0
        self._settled_rows = len(self.rows)
        self._lexer.state = self.lex_state = state or START

    def extend(self, lines: Iterable[tuple[str, int]], *, is_last_open: bool) -> int:
        """Add lines, each with its place in the source, after those that are settled.

        Args:
            lines: All lines from `settled_lines` on.
            is_last_open: The last of them is still being written, and will be given again.

        Returns:
            The index of the first row that may have changed.
        """
        del self.rows[self._settled_rows :]
        self._lexer.state = self.lex_state
        changed = self._settled_rows
        pending = list(lines)
        for index, (line, start) in enumerate(pending):
            self.rows.extend(self._line_rows(line, start))
            if not (is_last_open and index == len(pending) - 1):
                self._settled_lines += 1
                self._settled_rows = len(self.rows)
                self.lex_state = self._lexer.state
        return changed

    @property
    def settled_lines(self) -> int:
        """Lines that will not be given again."""
        return self._settled_lines

    def _line_rows(self, line: str, start: int) -> Iterator[Row]:
        stretches = self._lexer.lex(line)
        inner = max(1, self.width - 2)
        for first, last in chop(line, inner):
            runs = [Run(" ", _CODE)]
            for left, right, look in stretches:
                if left < last and right > first:
                    text_first, text_last = max(left, first), min(right, last)
                    runs.append(Run(line[text_first:text_last], look, start + text_first, start + text_last))
            if first == last == 0:
                runs.append(Run("", _CODE, start, start))
            padding = self.width - 1 - width_cells(line[first:last])
            if padding > 0:
                runs.append(Run(" " * padding, _CODE))
            yield Row(tuple(runs))


def label_row(language: str, width: int, number: int) -> Row:
    """The line above a code block: its number, its language, and where to click to copy it."""
    copy = f"copy {number} "
    label = cut(f" {language or 'text'}", max(1, width - len(copy) - 1))
    space = width - width_cells(label) - len(copy)
    if space < 1:
        return Row((Run(label + " " * max(0, width - width_cells(label)), ("code-label",)),))
    return Row(
        (
            Run(label + " " * space, ("code-label",)),
            Run(copy, ("code-label", "underline"), link=f"action:copy-code:{number}"),
        )
    )
