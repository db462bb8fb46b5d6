"""Thinking that a model writes at the head of its answer: `<think>…</think>`, then the answer.

Only the head is looked at: an answer *about* such tags keeps them. The opening tag may be missing, when the server's
template wrote it; then the caller must know, or suspect: what proves it is the closing tag. Refuses to hold back more
than what may still become a tag.
"""

from __future__ import annotations

from typing import Literal

_OPENING = ("<think>", "<thinking>")
_CLOSING = {"<think>": "</think>", "<thinking>": "</thinking>"}


class InlineThinking:
    """Splits one choice's text, piece by piece, into `(is_thinking, text)`."""

    def __init__(self, *, starts_thinking: bool = False) -> None:
        self._starts_thinking = starts_thinking
        self._state: Literal["head", "thinking", "gap", "answer"] = "head"
        self._closing = "</think>"
        self._held = ""
        self._has_tag = False
        self._unproven: list[str] = []

    @property
    def unproven(self) -> str:
        """What was handed out as thinking although no tag said so yet."""
        return "".join(self._unproven)

    def thinking_stands_elsewhere(self) -> None:
        """The server keeps thinking out of the text: from now on only an opening tag begins it."""
        self._starts_thinking = False

    @property
    def is_answering(self) -> bool:
        """Whether everything from here on is answer, so that nobody needs to ask any more."""
        return self._state == "answer"

    def feed(self, piece: str) -> list[tuple[bool, str]]:
        """What `piece` adds."""
        out: list[tuple[bool, str]] = []
        text = self._held + piece
        self._held = ""
        if self._state == "head":
            text = self._head(text)
        if self._state == "thinking" and text:
            text = self._thinking(text, out)
            self._note(out)
        if self._state == "gap":
            text = text.lstrip("\n")  # the blank lines after the tag belong to neither
            if text:
                self._state = "answer"
        if self._state == "answer" and text:
            out.append((False, text))
        return out

    def flush(self) -> list[tuple[bool, str]]:
        """What was held back, at the end: it was no tag."""
        held, self._held = self._held, ""
        if not held:
            return []
        out = [(self._state == "thinking", held)]
        self._note(out)
        return out

    def _note(self, out: list[tuple[bool, str]]) -> None:
        if self._state == "thinking" and not self._has_tag:
            self._unproven += [piece for is_thinking, piece in out if is_thinking]
        elif self._unproven:
            self._unproven.clear()

    def _head(self, text: str) -> str:
        begun = text.lstrip()
        for tag in _OPENING:
            if begun.startswith(tag):
                self._state, self._closing, self._has_tag = "thinking", _CLOSING[tag], True
                return begun[len(tag) :]
        if not begun or any(tag.startswith(begun) for tag in _OPENING):
            self._held = text
            return ""
        self._state = "thinking" if self._starts_thinking else "answer"
        return text

    def _thinking(self, text: str, out: list[tuple[bool, str]]) -> str:
        before, closed, after = text.partition(self._closing)
        if not closed:
            kept = _tail(before, self._closing)
            self._held = before[len(before) - kept :]
            before = before[: len(before) - kept]
        if before:
            out.append((True, before))
        if closed:
            self._state = "gap"
        return after


def _tail(text: str, tag: str) -> int:
    """How many characters at the end of `text` might be the beginning of `tag`."""
    at = text.rfind("<", max(0, len(text) - len(tag) + 1))
    return len(text) - at if at >= 0 and tag.startswith(text[at:]) else 0
