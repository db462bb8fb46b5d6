"""A session as Markdown to read, share and import again.

Every message stands under a heading with its figures; comments that no renderer shows say which message it is, so
that an import gives the same tree again. What all columns share comes first, then each column. Text is cleaned: this
module refuses to hand an escape sequence to whoever opens the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tui.domain.session import Column, Message, Session
from tui.store.exports import ExportOptions
from tui.store.exports.outline import (
    NOT_CONTINUED,
    Outline,
    cost_words,
    figures,
    make_outline,
    speaker,
    variant_words,
    verdict_words,
)
from tui.store.scrub import Scrubber
from tui.text.clean import clean, clean_line

MARK = "<!-- parley:"
_MARK_IN_TEXT = re.compile(r"^(\\*)<!-- parley:", re.MULTILINE)


def export_markdown(session: Session, scrubber: Scrubber, options: ExportOptions) -> str:
    """The session's export."""
    return _Writer(session, scrubber, options).document()


class _Writer:
    def __init__(self, session: Session, scrubber: Scrubber, options: ExportOptions) -> None:
        self._session = session
        self._scrubber = scrubber
        self._aliases = options.aliases

    def document(self) -> str:
        outline = make_outline(self._session, self._scrubber.text)
        marks = [f"{MARK}session {self._session.id} {self._session.at or '-'} -->", *self._column_marks()]
        parts = ["\n".join(marks), f"# {self._line(outline.title)}"]
        parts.append(self._head(cost_words(outline)))
        parts += self._messages(outline.shared, outline)
        for number, strand in enumerate(outline.strands, 1):
            parts.append(f"# {_place(number)}: {self._column(strand.column.id)}")
            parts += self._messages(strand.messages, outline)
        parts += self._verdicts()
        return "\n\n".join(part for part in parts if part) + "\n"

    def _head(self, cost: str) -> str:
        session = self._session
        items = [f"Begun {session.at[:16].replace('T', ' ')} UTC" if session.at else ""]
        items += [f"{_place(number)}: {self._column(column.id)}" for number, column in self._columns()]
        items.append(f"Cost: {cost}" if cost and not self._aliases else "")
        items.append("Tags: " + ", ".join(map(self._line, session.tags)) if session.tags else "")
        return "\n".join(f"- {item}" for item in items if item)

    def _column_marks(self) -> list[str]:
        if self._aliases:
            return []
        columns = self._session.columns.values()
        return [f"{MARK}column {column.id} {column.head or '-'} {_word(column.model)} -->" for column in columns]

    def _columns(self) -> list[tuple[int, Column]]:
        return list(enumerate(self._session.columns.values(), 1))

    def _column(self, column_id: str) -> str:
        column = self._session.columns[column_id]
        if column_id in self._aliases:
            return self._line(self._aliases[column_id])
        return f"`{self._line(column.model)}`"

    def _messages(self, messages: Iterable[Message], outline: Outline) -> Iterator[str]:
        for message in messages:
            yield self._message(message)
            for rival in outline.rivals.get(message.id, ()):
                yield self._message(rival, NOT_CONTINUED)

    def _message(self, message: Message, standing: str = "") -> str:
        mark = f"{MARK}message {message.id} {message.parent or '-'} {message.role} {message.at or '-'}"
        if message.is_reply and message.column not in self._aliases:
            mark += f" {message.finish or 'cut_short'} {_word(message.model)}"
        star = " ★" if message.is_starred else ""
        parts = [f"{mark} -->", f"## {speaker(message, self._aliases)}{star}"]
        details = [standing, *figures(message, self._aliases), variant_words(self._session, message)]
        if any(details):
            parts.append("*" + self._line(" · ".join(filter(None, details))).replace("*", r"\*") + "*")
        if message.system and message.column not in self._aliases:
            parts.append(_folded("System prompt", self._text(message.system)))
        if message.reasoning:
            reasoning = f"{MARK}reasoning -->\n{self._text(message.reasoning)}\n{MARK}end -->"
            parts.append(_folded("Reasoning", reasoning))
        parts.append(f"{MARK}text -->\n{self._text(message.text)}\n{MARK}end -->")
        parts += [f"- Tool call `{self._line(call.name)}({self._line(call.arguments)})`" for call in message.tool_calls]
        parts += [f"- Attached: {self._line(item.name)} ({item.size_bytes} bytes)" for item in message.attachments]
        if message.note:
            parts.append("> **Note:** " + self._text(message.note).replace("\n", "\n> "))
        return "\n\n".join(parts)

    def _verdicts(self) -> list[str]:
        if not self._session.votes or self._aliases:
            return []
        lines = []
        for vote in self._session.votes:
            words = self._line(verdict_words(self._session, vote, self._scrubber.text))
            lines.append(f"- {vote.at[:16].replace('T', ' ')}: {words}")
        return ["# Verdicts", "\n".join(lines)]

    def _text(self, text: str) -> str:
        """A message's own text; a comment that looks like one of ours gets a backslash, which the import takes off."""
        return _MARK_IN_TEXT.sub(r"\\\g<0>", clean(self._scrubber.text(text)))

    def _line(self, text: str) -> str:
        return clean_line(self._scrubber.text(text))


def _word(text: str) -> str:
    """`text` as one word of a comment, which it cannot end."""
    return clean_line(text).replace(" ", "_").replace("--", "‐‐") or "-"


def _place(number: int) -> str:
    return f"Column {number}"


def _folded(summary: str, text: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{text}\n\n</details>"
