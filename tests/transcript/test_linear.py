"""A token costs the same on the last line as on the first: CPU time by ratios, with generous bounds."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.growth import grows_at_most
from tui.transcript.document import Document
from tui.transcript.layout import lay
from tui.transcript.message import MessageView

PROSE = "The *first* thing to **measure** is what `reading` costs, because [x](https://a.b) is paid for.\n\n"
SHAPES: dict[str, Callable[[int], str]] = {
    "prose": lambda size: PROSE * size,
    "one fence": lambda size: "```python\n" + "def f(x): return x + 1  # comment\n" * (3 * size),
    "one list": lambda size: "- an item with *words* in it\n" * (3 * size),
    "one table": lambda size: "| a | b |\n|---|---|\n" + "| one | two |\n" * (6 * size),
    "one quote": lambda size: "> a paragraph\n>\n" * (5 * size),
    "definitions": lambda size: "".join(f"[r{number}]: /u{number}\n" for number in range(6 * size)),
    "blank lines": lambda size: "a" + "\n" * (80 * size),
    "one line": lambda size: "word " * (20 * size),
}


def stream(text: str) -> None:
    """Take a text in pieces of 400 characters, laying out the last parts each time."""
    document = Document()
    for first in range(0, len(text), 400):
        document.append(text[first : first + 400])
        document.advance()
        for part in document.parts[-3:]:
            lay(part, document, 80)


@pytest.mark.parametrize("shape", SHAPES)
def test_streaming_time_grows_with_the_text_only(shape: str) -> None:
    small, large = SHAPES[shape](100), SHAPES[shape](800)
    assert grows_at_most(8 * 5, lambda: stream(small), lambda: stream(large))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_step_of_the_parser_is_bounded(shape: str) -> None:
    view_text = SHAPES[shape](1_500)
    document = Document(view_text)
    steps = 0
    while not document.advance(time.perf_counter()):  # one window at a time
        steps += 1
        assert document.settled_parts <= len(document.parts)
    if shape not in ("blank lines", "one line", "one fence", "definitions"):
        assert steps > 5  # it was not parsed in one go


def test_a_hostile_paragraph_rests_between_parses() -> None:
    from tui.transcript.entry import Entry, MessageState

    view = MessageView(Entry("a", "assistant", "m", state=MessageState.STREAMING), 80)
    view.open()
    for _ in range(60):
        view.buffer("> [x\n" * 200, "")
        view.apply(time.perf_counter() + 0.01)
    view.entry.state = MessageState.DONE
    view.apply()
    assert not view.is_behind
    assert len(view.document.source.lines) == 12_000 if view.document is not None else False
