"""What Markdown looks like: one case per rule a reader would name."""

from __future__ import annotations

import pytest

from tests.transcript.test_streaming import rows_of, whole
from tui.transcript.document import Document
from tui.transcript.rows import Row


def shown(text: str, width: int = 40) -> list[str]:
    return [row.text.rstrip() for row in whole(text, width)]


def looks_of(text: str, word: str) -> tuple[str, ...]:
    return next(run.look for row in whole(text, 60) for run in row.runs if word in run.text)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("# One\n\n## Two\n\n### Three", ["One", "", "## Two", "", "### Three"]),
        ("one\ntwo  \nthree", ["one two", "three"]),
        ("- a\n- b\n  - c\n    1. d", ["• a", "• b", "  ◦ c", "    1. d"]),
        ("- [x] done\n- [ ] to do", ["☑ done", "☐ to do"]),
        ("3. c\n3. d\n\n   more", ["3. c", "4. d", "", "   more"]),
        ("- a\n- b\n\n- c", ["• a", "• b", "", "• c"]),
        ("> a\n> > b\n\nc", ["▎ a", "▎ ▎ b", "", "c"]),
        ("> a\n>\n> b", ["▎ a", "▎", "▎ b"]),
        ("a\n\n---\n\nb", ["a", "", "─" * 40, "", "b"]),
        ("~~x~~ **y** *z*", ["x y z"]),
        ("| a | b |\n|---|--:|\n| 1 | 2 |\n| longer | 3 |", ["a      │ b", "───────┼──", "1      │ 2", "longer │ 3"]),
        ("[t](https://a.b) <https://c.d>", ["t (https://a.b) https://c.d"]),
        ("[t][r]\n\n[r]: https://a.b", ["t (https://a.b)"]),
        ("![alt](http://x/y.png)", ["▨ alt (http://x/y.png)"]),
        ("note[^1] and [^x]\n\n[^1]: the note", ["note¹ and [^x]", "", "¹ the note"]),
        (r"$\alpha \leq \beta$ costs $5 or $6", ["α≤β costs $5 or $6"]),
        ("\\[\n\\frac{a}{b}\n\\]", ["    a/b"]),
        ("$$\nnever closed", ["$$", "never closed"]),
        ("<div>html</div> &lt;b&gt; \\*", ["<div>html</div> <b> *"]),
        ("Title\n===", ["Title"]),
        ("[bold]not markup[/bold]", ["[bold]not markup[/bold]"]),
    ],
)
def test_rows(text: str, rows: list[str]) -> None:
    assert shown(text) == rows


def test_code_has_its_number_its_language_and_its_colours() -> None:
    rows = shown("```python\ndef f(): pass\n```\n\n    indented")
    assert rows == [
        " python                          copy 1",
        " def f(): pass",
        "",
        " text                            copy 2",
        " indented",
    ]
    assert looks_of("```python\ndef f(): pass\n```", "def") == ("code", "syntax-keyword")


def test_a_comment_over_several_lines_is_coloured_on_each() -> None:
    text = "```js\nlet a = 1 /* one\ntwo\nthree */ let b\n```"
    assert looks_of(text, "two") == ("code", "syntax-comment")
    assert looks_of(text, "b") == ("code", "syntax-name")
    assert looks_of("```python\nx = '''a\nb\n'''\n```", "b") == ("code", "syntax-string")


def test_an_unknown_language_is_plain() -> None:
    assert looks_of("```no-such-language\nx\n```", "x") == ("code",)


def test_tables_wrap_their_cells_and_stack_when_there_is_no_room() -> None:
    table = "| name | words |\n|---|---|\n| a | one two three four five six seven |"
    assert shown(table, 25) == [
        "name │ words", "─────┼───────────────────", "a    │ one two three four", "     │ five six seven",
    ]  # fmt: skip
    wide = "|" + "|".join("abcdef") + "|\n" + "|" + "---|" * 6 + "\n|" + "|".join("123456") + "|"
    assert shown(wide, 20) == ["a: 1", "b: 2", "c: 3", "d: 4", "e: 5", "f: 6"]


def test_short_rows_are_filled_on_the_screen_and_not_in_memory() -> None:
    table = "| a | b | c |\n|--:|:-:|---|\n| 1 |\n| 2 | x |\n"
    assert shown(table) == ["a │ b │ c", "──┼───┼──", "1 │   │", "2 │ x │"]
    wide = Document("|" + "a|" * 200 + "\n|" + "-|" * 200 + "\n" + "|b|\n" * 300)
    wide.advance()
    assert sum(len(part.tokens) for part in wide.parts) < 6_000


def test_a_long_table_keeps_the_widths_of_its_first_rows() -> None:
    table = "| n | text |\n|---|---|\n" + "".join(f"| {row} | x |\n" for row in range(200)) + "| 200 | a longer cell |"
    bars = {row.text.index("│") for row in whole(table, 60) if "│" in row.text}
    assert len(bars) == 1
    assert [row.text.split()[:3] for row in whole(table, 60) if row.text.startswith("199")] == [["199", "│", "x"]]


def test_a_definition_that_comes_late_lays_out_what_asked_for_it() -> None:
    document = Document("See [the page].\n\nMore.\n\n")
    document.advance()
    assert rows_of(document, 40)[0].text == "See [the page]."
    document.append("[the page]: https://a.b/c\n")
    document.advance()
    assert rows_of(document, 40)[0].text == "See the page (https://a.b/c)."


@pytest.mark.parametrize("scheme", ["http", "https", "mailto"])
def test_web_and_mail_links_can_be_clicked(scheme: str) -> None:
    address = f"{scheme}:a@b.example" if scheme == "mailto" else f"{scheme}://b.example/"
    links = {run.link for row in whole(f"[x]({address})") for run in row.runs}
    assert links == {address}


@pytest.mark.parametrize(
    "target",
    ["file:///etc/passwd", "javascript:alert(1)", "vbscript:x", "data:text/html,x", "ssh://h", "/local", "tel:1"],
)
def test_other_links_cannot_be_clicked(target: str) -> None:
    assert {run.link for row in whole(f"[x]({target})") for run in row.runs} <= {""}


def test_addresses_in_the_text_are_links_without_the_sentence_around_them() -> None:
    row = whole("(see https://a.b/c_(d)_e?f=1.)", 60)[0]
    assert [run.text for run in row.runs if run.link] == ["https://a.b/c_(d)_e?f=1"]


def test_typed_line_breaks_stay() -> None:
    from tui.transcript.layout import lay

    document = Document("one\ntwo")
    document.advance()
    rows: list[Row] = [row for part in document.parts for row in lay(part, document, 40, breaks=True)]
    assert [row.text for row in rows] == ["one", "two"]
