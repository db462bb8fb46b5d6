"""Streaming shows what the finished text would show, for any way the text was cut."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.transcript import document as documents
from tui.transcript.document import Document
from tui.transcript.layout import colour, lay
from tui.transcript.rows import Row

EXAMPLES = int(os.environ.get("PARLEY_FUZZ", "0")) or 150

LINES = [
    "# Title", "## Sub *x*", "Text with **bold", "and more** text", "*half", "open `code", "done`", "===",
    "---", "- - -", "- item", "- [ ] task", "- [x] done", "  - nested", "    - deeper", "* star", "1. one",
    "2. two", "10) ten", "   text", "    indented", "      deep", "> quote", "> > nested", ">", "lazy line",
    "```python", "```", "~~~", "  ```", "   ```", "def f(): return '''x", "/* open", "*/ closed", "- ```js",
    "  code", "  ```", "| a | b |", "|---|:-:|", "| 1 | 2 |", "a | b", "-|-", "| **x** | `y|z` | c |",
    "[foo]", "[text][foo]", "[foo]: /url", "[foo]: https://a.b/c 'title'", "[bar]: <x>", '"tit', 'le"',
    "[bar] and [^1]", "[^1]: note", "[^x]: other", "    more note", "<div>", "</div>", "<b>bold</b>",
    "$x^2$ and \\(y\\)", "$$", "\\frac{a}{b}", "\\[", "\\]", "![img](http://x/y.png)", "https://a.b/c_d_e.",
    "<https://auto.link>", "&amp; &#x41; \\*", "hard  ", "break\\", "日本語のテキスト",
    "👩\u200d👩\u200d👧 🇩🇪 e\u0301", "\x1b[31mred", "a\u202eb", "", "", "", " ", "\t- tab", "~~gone~~",
    "> - list in quote", "> ```", "- > quote in list", "1. a\n\n   b", "\r", "\u200bx", "\u00a0", "\u3000x",
    "- a | b", "  -|-", "> | a | b |", "> |---|---|", "> | 1 | 2 |", "[foo]:", "/late", "[^1]:", "~~~~", "`````",
    "x^2$", "y\\)", "\\] z", "[a", "](x)", "![a", "<https://half", "&am", "p;", "====", "--", "+ plus", "\tcode",
    "  1. [ ] task", "- # head", "- > - mix", "- - - x", "a\r", "\U0001f1e9", "\U0001f1ea", "\u200d", "- a\\",
]  # fmt: skip

texts = st.lists(st.sampled_from(LINES) | st.text("ab *_`[]()#->|\n1.~$\\:!", max_size=12), max_size=24).map("\n".join)


def rows_of(document: Document, width: int) -> list[Row]:
    rows = [row for part in document.parts for row in lay(part, document, width)]
    if not document.uncoloured:
        return rows
    colour(document, None)
    return rows_of(document, width)


def whole(text: str, width: int = 40) -> list[Row]:
    document = Document(text)
    assert document.advance()
    return rows_of(document, width)


def streamed(pieces: list[str], width: int = 40, *, is_seen: bool = True) -> list[Row]:
    document = Document()
    for piece in pieces:
        document.append(piece)
        document.advance()
        if is_seen:
            rows_of(document, width)
    return rows_of(document, width)


@st.composite
def cut_texts(draw: st.DrawFn) -> list[str]:
    text = draw(texts)
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=30)))
    return [text[first:last] for first, last in zip([0, *cuts], [*cuts, len(text)], strict=True)]


@settings(max_examples=EXAMPLES, deadline=None)
@given(cut_texts(), st.booleans())
def test_any_chunking_ends_as_one_parse(pieces: list[str], is_seen: bool) -> None:
    assert streamed(pieces, is_seen=is_seen) == whole("".join(pieces))


@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(texts)
def test_character_by_character_ends_as_one_parse(text: str) -> None:
    assert streamed(list(text)) == whole(text)


@settings(max_examples=EXAMPLES, deadline=None)
@given(texts, st.sampled_from([1, 2, 3, 5]), st.booleans())
def test_any_window_ends_as_one_parse_of_everything(text: str, lines: int, is_crlf: bool) -> None:
    text = text.replace("\n", "\r\n") if is_crlf else text
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "WINDOW_LINES", lines)
        patch.setattr(documents, "WINDOW_CHARS", 20 * lines)
        pieced = whole(text)
    assert pieced == whole(text)


@pytest.mark.parametrize(
    "text",
    [  # blank lines that are none; heads of tables that begin an item or a fence
        "a\n\u00a0\nb", "-\n\u00a0\n\nd", ">\n\u3000\nm\n\n",  # blank to Python, not to Markdown
        "-\n- ||\n-|-\n  ```\n`\n\n", "1. x\n2. a|b\n-|-\nx|y", "|\n```||\n-|-\n\n",
    ],
)  # fmt: skip
def test_cases_that_once_differed(text: str) -> None:
    assert streamed(list(text)) == whole(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "WINDOW_LINES", 1)
        patch.setattr(documents, "WINDOW_CHARS", 20)
        pieced = whole(text)
    assert pieced == whole(text)
