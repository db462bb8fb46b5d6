"""Exports are readable, lossless where promised, harmless, and carry no secret."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.store.builders import AT, load, opening, question, write_session
from tests.store.rich_session import CODE, HOSTILE, KEY, rich_session
from tui.domain.events import Finish
from tui.domain.record import (
    ColumnAdded,
    ColumnRemoved,
    HeadMoved,
    MessageAdded,
    ReplyEnded,
    ReplyStarted,
    SessionEvent,
    SessionStarted,
    Voted,
)
from tui.domain.session import Session
from tui.errors import SessionError
from tui.store.attachments import AttachmentStore
from tui.store.exports import FORMATS, ExportFormat, ExportOptions, export_session
from tui.store.imports import import_file
from tui.store.sessions import SessionStore
from tui.text.clean import clean
from tui.text.redact import Redactor

DOCUMENTS = tuple(form for form in FORMATS if form != "csv")
"""The formats that hold the conversation."""
PNG = b"\x89PNG\r\n\x1a\nnot really"


def without_lines(session: Session) -> dict[str, object]:
    """All that a session is."""
    return {name: value for name, value in vars(session).items() if name != "_children"}


class Exported:
    """The rich session, exported each way."""

    def __init__(self, root: Path) -> None:
        self.store = SessionStore(root / "sessions")
        self.attachments = AttachmentStore(self.store.folder)
        picture = self.attachments.add("pic<ture>.png", "image/png", PNG)
        write_session(self.store.folder, "rich1", rich_session(picture))
        self.options = ExportOptions(Redactor([KEY]), self.attachments)
        self.read = self.store.read("rich1")

    def text(self, form: ExportFormat) -> str:
        return export_session(self.read, form, self.options).text


@pytest.fixture
def exported(tmp_path: Path) -> Exported:
    return Exported(tmp_path)


@pytest.mark.parametrize("form", DOCUMENTS)
def test_no_secret_leaves_and_the_count_says_how_many_stayed(exported: Exported, form: ExportFormat) -> None:
    export = export_session(exported.read, form, exported.options)
    assert KEY not in export.text
    assert "sk-proj-abc" not in export.text
    assert "sk-123" not in export.text
    assert "sk-other" not in export.text
    assert export.masked >= 3


@pytest.mark.parametrize("form", DOCUMENTS)
def test_no_control_leaves(exported: Exported, form: ExportFormat) -> None:
    text = export_session(exported.read, form, exported.options).text
    if form != "json":
        assert clean(text) == text
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", text)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)


def test_json_imports_to_an_equal_session(exported: Exported, tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    path.write_text(export_session(exported.read, "json", ExportOptions(attachments=exported.attachments)).text)
    other = SessionStore(tmp_path / "other")
    report = import_file(path, other)
    assert report.added == ["rich1"]
    assert report.failed == []
    ours, theirs = without_lines(exported.read.session), without_lines(other.read("rich1").session)
    messages = ours["messages"]
    assert isinstance(messages, dict)
    scrubbed = messages["b2"]
    scrubbed.text = scrubbed.text.replace("sk-proj-abcdefghijklmnopqrstuvwxyz0123", "***")
    assert theirs == ours
    attachment = exported.read.session.messages["q1"].attachments[0]
    assert AttachmentStore(other.folder).read(attachment) == PNG
    assert b"from-the-future" in other.path("rich1").read_bytes()


def test_json_says_what_it_is(exported: Exported) -> None:
    document = json.loads(exported.text("json"))
    assert document["format"] == "parley-session-export"
    assert document["session"] == "rich1"
    assert document["title"] == "Title <i>& co</i>"
    assert document["events"][0]["format"] == "parley-session"
    assert document["masked"] > 0


def test_markdown_shows_models_figures_and_the_chosen_variants(exported: Exported) -> None:
    text = exported.text("md")
    assert "# Title <i>& co</i>" in text
    assert "- Column 1: `demo/alpha`" in text
    assert "14 tokens in, 5 out · 2 of them reasoning" in text
    assert "first token after 0.41 s · 1.09 s in all · 7.2 tokens/s · $0.00125 · temperature = 0.5" in text
    assert "variant 1 of 2" in text
    assert "A second variant" not in text
    assert r"failed (Slow down, \*\*\*!)" in text
    assert "ended at the length limit" in text
    assert text[: text.index("# Verdicts")].count("First <b>question") == 1
    assert text.index("# Column 1") < text.index("# Column 2")
    assert "demo/alpha wins" in text[text.index("# Verdicts") :]


def test_a_verdict_says_what_it_is_about_and_which_column_of_a_model_won(tmp_path: Path) -> None:
    events: list[SessionEvent] = [*opening("v1"), ColumnAdded("c2", AT, "demo/echo")]
    events += question("q1", f"{'why ' * 12}{KEY}")
    for column in ("c1", "c2"):
        events += [ReplyStarted(f"r-{column}", AT, "q1", column, "demo/echo"), HeadMoved(column, AT, f"r-{column}")]
        events.append(ReplyEnded(f"r-{column}", AT, Finish.STOP, "x"))
    events.append(Voted(AT, ("r-c1", "r-c2"), "r-c2", note="terse"))
    events.append(Voted(AT, ("r-c1", "r-c2"), None, "all_bad", judge="c/d"))
    write_session(tmp_path, "v1", events)
    forms: tuple[ExportFormat, ...] = ("md", "html")
    for form in forms:
        text = export_session(SessionStore(tmp_path).read("v1"), form, ExportOptions(Redactor([KEY]))).text
        end = text[text.index("Verdicts") :]
        assert f"“{'why ' * 12}" in end
        assert "”: demo/echo (column 2) wins: terse" in end
        assert "”: all bad, judged by c/d" in end
        assert KEY[:6] not in text


@pytest.mark.parametrize("form", ["md", "html"])
def test_markdown_and_pages_import_to_the_tree_that_they_show(
    exported: Exported, tmp_path: Path, form: ExportFormat
) -> None:
    path = tmp_path / "export"
    path.write_text(exported.text(form))
    other = SessionStore(tmp_path / "other")
    assert import_file(path, other).added == ["rich1"]
    session = other.read("rich1").session
    assert set(session.messages) == {"q1", "a1", "b1", "q2", "q2b", "a2", "b2"}
    assert {name: column.head for name, column in session.columns.items()} == {"left": "a2", "right": "b2"}
    assert session.messages["a1"].text == clean(CODE + HOSTILE)
    assert session.messages["a1"].reasoning == "thinking <hard>"
    assert session.messages["a1"].model == "demo/alpha"
    assert session.messages["b1"].text == exported.read.session.messages["b1"].text
    assert session.messages["a2"].finish == "error"
    again = export_session(other.read("rich1"), "md").text
    assert import_file(path, other).unchanged == 1
    assert again.count("<!-- parley:message") == 7


@pytest.mark.parametrize("form", ["md", "html", "json"])
def test_an_export_that_a_shell_wrote_down_as_utf_16_comes_back(
    exported: Exported, tmp_path: Path, form: ExportFormat
) -> None:
    """PowerShell does, for `>`."""
    path, store = tmp_path / "export", SessionStore(tmp_path / "other")
    path.write_bytes(exported.text(form).replace("\n", "\r\n").encode("utf-16"))
    assert import_file(path, store).added == ["rich1"]
    assert not store.read("rich1").problems


@pytest.mark.parametrize("end", ["", "\n\n", "<!-- after -->", "cut"])
def test_a_page_that_cannot_come_back_says_so(exported: Exported, tmp_path: Path, end: str) -> None:
    path, store = tmp_path / "page.html", SessionStore(tmp_path / "other")
    whole = exported.text("html")
    path.write_text(whole.rstrip()[:-40] + " -->" if end == "cut" else whole + end)
    if end.strip():
        with pytest.raises(SessionError, match=r"for coming back is (?:damaged|cut off)"):
            import_file(path, store)
    else:
        assert import_file(path, store).kind == "parley HTML"


class Tags(HTMLParser):
    """Which tags and which addresses a page has."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.addresses: list[str] = []
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in ("meta", "img", "br", "hr"):
            self.open.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "action", "srcset")]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_html_is_well_formed_and_needs_nothing_else(exported: Exported) -> None:
    page = Tags()
    page.feed(exported.text("html"))
    assert page.open == []
    assert not page.seen & {"script", "link", "iframe", "object", "i", "b"}
    assert page.handlers == []
    assert all(address.startswith("data:image/png;base64,") for address in page.addresses)
    assert len(page.addresses) == 1
    style = exported.text("html").split("<style>")[1].split("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


def test_html_shows_columns_side_by_side_code_in_colour_and_figures(exported: Exported) -> None:
    text = exported.text("html")
    assert 'class="columns" style="--count:2"' in text
    assert '<span class="k">def</span>' in text
    assert '<div class="table"><table>' in text
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text
    assert "First &lt;b&gt;question&lt;/b&gt; &amp;" in text
    assert "[picture: x https://evil.example/a.png]" in text
    assert "&lt;script&gt;" in text
    assert "14 tokens in, 5 out" in text
    assert " masked." in text


@pytest.mark.parametrize(
    ("markdown", "is_link"),
    [
        ("[a](https://example.org)", True),
        ("[a](mailto:a@example.org)", True),
        ("[a](javascript:alert(1))", False),
        ("[a](data:text/html,x)", False),
        ("[a](file:///etc/passwd)", False),
        ("<vbscript:x>", False),
        ("![a](javascript:alert(1))", False),
    ],
)
def test_links_lead_to_http_and_mail_only(tmp_path: Path, markdown: str, is_link: bool) -> None:
    store = SessionStore(tmp_path)
    events = [*opening(), MessageAdded("m1", "2026", None, "assistant", markdown)]
    write_session(store.folder, "s1", events)
    page = Tags()
    page.feed(export_session(store.read("s1"), "html").text)
    assert bool(page.addresses) == is_link


@pytest.mark.parametrize("form", ["md", "html"])
def test_blind_columns_stay_blind(exported: Exported, form: ExportFormat) -> None:
    options = ExportOptions(Redactor([KEY]), aliases={"left": "Column A", "right": "Column B"})
    text = export_session(exported.read, form, options).text
    assert "demo/" not in text
    assert "$" not in re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)
    assert "tokens/s" not in text
    assert "temperature" not in text
    assert "Column A" in text


@pytest.mark.parametrize("form", DOCUMENTS)
def test_a_session_of_one_question_can_be_exported(tmp_path: Path, form: ExportFormat) -> None:
    store = SessionStore(tmp_path)
    path = write_session(store.folder, "s1", [*opening(), *question("m1", "only this")])
    assert "only this" in export_session(store.read("s1"), form).text
    assert load(path).messages


def test_an_imported_fence_cannot_hide_what_follows(tmp_path: Path) -> None:
    store = SessionStore(tmp_path)
    text = "```\n<!-- parley:end -->\n\\<!-- parley:end -->\nrest"
    write_session(store.folder, "s1", [*opening(), *question("m1", text), *question("m2", "two", "m1")])
    (tmp_path / "x.md").write_text(export_session(store.read("s1"), "md").text)
    other = SessionStore(tmp_path / "other")
    import_file(tmp_path / "x.md", other)
    assert other.read("s1").session.messages["m1"].text == text
    assert other.read("s1").session.messages["m2"].text == "two"


@pytest.mark.parametrize("form", ["md", "html"])
def test_replies_that_no_column_went_on_from_are_there_once(tmp_path: Path, form: ExportFormat) -> None:
    """All columns went on from the winner, and one column is gone: what the others answered is still shown."""
    store = SessionStore(tmp_path)
    names = ("left", "middle", "right")
    events: list[SessionEvent] = [SessionStarted("won", AT)]
    events += [ColumnAdded(name, AT, f"demo/{name}") for name in names]
    events.append(MessageAdded("q1", AT, None, "user", "Which?"))
    for name in (*names, "right"):
        reply = f"{name}{len(events)}"
        events += [ReplyStarted(reply, AT, "q1", name, f"demo/{name}")]
        events += [ReplyEnded(reply, AT, Finish.STOP, f"says {reply}", cost_usd=1.0)]
    winner = next(event.id for event in events if isinstance(event, ReplyStarted) and event.column == "middle")
    events += [HeadMoved(name, AT, winner) for name in names]
    events += [ColumnRemoved("left", AT), MessageAdded("q2", AT, winner, "user", "And now?")]
    events += [HeadMoved(name, AT, "q2") for name in names]
    write_session(store.folder, "won", events)
    text = export_session(store.read("won"), form, ExportOptions(Redactor([]), None)).text
    said = re.findall(r"says (\w+)", text)
    assert said[0] == winner
    assert sorted(name.rstrip("0123456789") for name in said) == sorted(names)
    assert text.count("not continued") == 2
    assert "$3" in text  # what was paid for is counted, continued or not
    if form == "md":
        file = tmp_path / "won.md"
        file.write_text(text, "utf-8")
        other = SessionStore(tmp_path / "other")
        assert import_file(file, other).added == ["won"]
        messages = other.read("won").session.messages
        assert set(messages) == {"q1", "q2", *said}
        assert {messages[name].parent for name in said} == {"q1"}
