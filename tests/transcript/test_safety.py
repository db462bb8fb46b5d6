"""No text, however hostile, reaches the terminal as anything but text, and none is lost."""

from __future__ import annotations

import os
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.color import Color

from tests.transcript.test_streaming import rows_of, streamed, whole
from tui.transcript.document import Document
from tui.transcript.entry import Entry, MessageState
from tui.transcript.message import MessageView
from tui.transcript.palette import Palette
from tui.transcript.parser import mask, unmask
from tui.transcript.rows import Row
from tui.transcript.source import Source, exact_range

EXAMPLES = int(os.environ.get("PARLEY_FUZZ", "0")) or 200
STEERING = re.compile(
    "[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\u2060\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
PIECES = [
    "\x1b[31m", "\x1b]0;title\x07",
    "\x1bP", "\x9b2J", "\x00", "\x07", "\x08", "\x7f", "\r", "\r\n", "\t", "\u202e", "\u2066",
    "\ufeff", "\u200b", "\U000e0041", "\ud83d", "\ude00", "[bold]", "[/]", "[@click=app.quit]x[/]", "&#27;", "&#x202e;",
    "&NewLine;", "&Tab;",
    "&zwnj;", "&#8203;", "```", "```\x1b[0m", "\n", "- ", "> ", "| ", "|-|\n", "[a](\x1b)",
    "[x](http://a\u202eb)",
    "$\\char27$", "$\\x1b$", "![\x07](\x07)", "[^\x1b]", "[^\x1b]: ",
    "<https://a.b/%1b%E2%80%AE>", "word ", "日本", "e\u0301",
]  # fmt: skip
hostile = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=20).map("".join)


def assert_harmless(rows: list[Row]) -> None:
    for row in rows:
        found = STEERING.search(row.text)
        assert found is None, (row, found)
        for run in row.runs:
            assert STEERING.search(run.link) is None, run


@settings(max_examples=EXAMPLES, deadline=None)
@given(hostile)
def test_rows_hold_nothing_that_steers(text: str) -> None:
    assert_harmless(whole(text))
    assert streamed(list(text)) == whole(text)


@settings(max_examples=EXAMPLES, deadline=None)
@given(hostile, hostile, hostile)
def test_heads_and_notices_hold_nothing_that_steers(title: str, notice: str, detail: str) -> None:
    entry = Entry(
        "i", "assistant", title, "", notice, MessageState.FAILED, notice, detail, note=notice, attachments=(title,)
    )
    view = MessageView(entry, 40)
    view.toggle_reasoning()
    view.open()
    assert_harmless([row for slot in range(len(view.slots)) for row in view.rows(slot)])


@settings(max_examples=EXAMPLES, deadline=None)
@given(hostile)
def test_cleaning_does_not_depend_on_the_pieces(text: str) -> None:
    source = Source()
    for character in text:
        source.append(character)
    assert source.text == Source(text).text


@settings(max_examples=EXAMPLES, deadline=None)
@given(hostile)
def test_the_exact_text_of_everything_is_everything(text: str) -> None:
    source = Source(text)
    assert exact_range(text, 0, len(source), source) == text


def test_exact_text_around_what_was_cleaned() -> None:
    exact = "a\tb\x1bc\nd\te\r\nf"
    source = Source(exact)
    start = source.text.index("b")
    assert exact_range(exact, start, start + 3, source) == "b\x1bc"
    assert exact_range(exact, source.text.index("d"), len(source), source) == "d\te\r\nf"


@given(st.text("> -*+1.)[^]: ab", max_size=200))
def test_masking_keeps_every_character(line: str) -> None:
    assert len(mask(line)) == len(line)
    assert unmask(mask(line)) == line


@pytest.mark.parametrize(
    "text",
    [
        ">" * 10_000 + " x", "> " * 10_000 + "x", "- " * 5_000 + "x", "1. " * 5_000 + "x",
        "[^1]: " * 3_000 + "x",
        "\n".join(" " * (2 * depth) + "- x" for depth in range(300)),
        "\n".join(">" * depth + " x" for depth in range(1, 300)),
        "[" * 20_000, "![" * 10_000, "[a](" * 10_000,
        "*a " * 10_000, "**" * 10_000, "`" * 20_000, "<" * 20_000,
        "$a " * 9_000,
        "\\" * 20_000, "|" * 9_000 + "\n" + "|-" * 4_500,
        "- ```\n" + "  x\n" * 3_000, "a\n" * 9_000 + "===", "é" * 9_000,
        "> - > - > - > x\n" * 1_500, "> 1. > - x\n" * 800, "*a **b " * 3_000, "\\(" * 5_000 + "a", "`a` " * 3_000,
        "|" + "a|" * 300 + "\n|" + "-|" * 300 + "\n" + "|x|\n" * 400, "|" + "a|" * 2_000 + "\n|" + "-|" * 2_000 + "\n",
        "a" + "\u0301" * 20_000, "\U0001f469\u200d" * 10_000 + "a", "[![a](b)](" * 60 + "x", "$\\frac{a}{b}$ " * 900,
    ],
)  # fmt: skip
def test_pathological_text_is_shown_and_nothing_of_it_lost(text: str) -> None:
    document = Document(text)
    assert document.advance()
    places = sorted(
        (run.start, run.end)
        for row in rows_of(document, 100)
        for run in row.runs
        if run.start >= 0 and run.end > run.start
    )
    assert places
    last_letter = max(text.rfind("x"), text.rfind("a"), text.rfind("é"))
    assert last_letter < 0 or any(start <= last_letter < end for start, end in places)


def test_a_style_is_never_taken_from_the_text() -> None:
    palette = Palette({"primary": "#ff0000", "accent": "no colour"}, Color.parse("#101010"), Color.parse("#eeeeee"))
    for row in whole("[red on blue]x[/] `code` # **y**\n\n# t"):
        for run in row.runs:
            palette.style(run.look)
