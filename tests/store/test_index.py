"""The index finds what sessions hold, keeps up with them, and is never missed when it breaks."""

from __future__ import annotations

import os
import random
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.builders import AT, answer, opening, question, small_session, write_session
from tui.domain.record import (
    AskedAside,
    Attachment,
    MessageAdded,
    MessageMarked,
    MessagesDeleted,
    MessagesRestored,
    ReplyStarted,
    ReplyText,
    SessionEvent,
    SessionMarked,
)
from tui.store.candidates import search_terms
from tui.store.index import SessionIndex, make_snippet
from tui.store.indexing import Indexer
from tui.store.journal import Journal
from tui.store.sessions import SessionStore


class Shelf:
    """A store with an index beside it."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "sessions"
        self.folder.mkdir()
        self.store = SessionStore(self.folder)
        self.index = SessionIndex(root / "index.sqlite")
        self.indexer = Indexer(self.index, self.store)

    def add(self, session_id: str, *events: SessionEvent) -> Path:
        return write_session(self.folder, session_id, [*opening(session_id), *events])

    def append(self, session_id: str, *events: SessionEvent) -> None:
        path = self.store.path(session_id)
        journal = Journal(path, session_id, known_bytes=path.stat().st_size)
        journal.append(events)
        journal.close()

    def found(self, text: str) -> list[tuple[str, str]]:
        self.indexer.refresh()
        return [(hit.session_id, hit.message_id) for hit in self.index.search(text)]


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path)
    yield made
    made.index.close()


def test_a_question_that_is_only_a_file_gives_its_name(shelf: Shelf) -> None:
    files = (Attachment("report.pdf", "application/pdf", "0" * 64, 9), Attachment("a.txt", "text/plain", "1" * 64, 1))
    asked = MessageAdded("m1", AT, None, "user", "", attachments=files)
    path = shelf.add("s1", asked, *question("m2", "And now words", "m1"))
    shelf.indexer.refresh()
    assert shelf.index.summaries()[0].title == "report.pdf, a.txt"
    assert shelf.store.read(path.stem).session.shown_title == "report.pdf, a.txt"


def test_a_blind_session_tells_no_model_no_money_and_no_thinking(shelf: Shelf) -> None:
    thought = ReplyText("m2", reasoning="pondering")
    replies = [*answer("m2", "yes", "m1", cost_usd=0.25), thought, *answer("m3", "no", "m1")]
    columns = {"c2": "B", "c1": "A"}
    shelf.add("s1", *question("m1", "hello"), SessionMarked(AT, layout={"blind": columns, "shares": [1]}), *replies)
    shelf.indexer.refresh()
    summary = shelf.index.summaries()[0]
    assert (summary.models, summary.cost_usd, shelf.found("pondering")) == (("A", "B"), None, [])
    shelf.append("s1", SessionMarked("2027-01-01T00:00:00Z", layout={"shares": [1]}))
    assert shelf.found("pondering") == [("s1", "m2")]
    summary = shelf.index.summaries()[0]
    assert (summary.models, summary.cost_usd) == (("demo/echo",), 0.25)


def test_a_session_is_summed_up(shelf: Shelf) -> None:
    judged = AskedAside(AT, "demo/judge", "judge", cost_usd=0.25)
    shelf.add("s1", *question("m1", "What is\n6 × 7?"), *answer("m2", "42", "m1", cost_usd=0.25), judged)
    assert shelf.indexer.refresh() == 1
    (summary,) = shelf.index.summaries()
    assert summary.id == "s1"
    assert summary.title == "What is 6 × 7?"
    assert summary.models == ("demo/echo",)
    assert summary.created == summary.last_at == AT
    assert summary.messages == 2
    assert summary.cost_usd == 0.5
    assert summary.size_bytes == shelf.store.path("s1").stat().st_size
    assert not summary.is_pinned
    assert shelf.indexer.refresh() == 0


def test_marks_show_in_the_summary_and_can_be_found(shelf: Shelf) -> None:
    shelf.add("s1", *question("m1", "hello"))
    shelf.indexer.refresh()
    shelf.append("s1", SessionMarked("2027-01-01T00:00:00Z", title="Zebras", is_pinned=True, tags=("animals",)))
    assert shelf.found("zebra") == [("s1", "")]
    assert shelf.found("animals") == [("s1", "")]
    (summary,) = shelf.index.summaries()
    assert (summary.title, summary.is_pinned, summary.tags) == ("Zebras", True, ("animals",))
    assert summary.last_at == "2027-01-01T00:00:00Z"
    shelf.append("s1", MessageMarked("m1", AT, note="remember giraffes"))
    assert shelf.found("giraffe") == [("s1", "m1")]
    assert shelf.index.search("giraffe")[0].part == "note"


def test_pinned_sessions_come_first_and_then_the_newest(shelf: Shelf) -> None:
    for number, session_id in enumerate(["s1", "s2", "s3"]):
        shelf.add(
            session_id, *question("m1", "x"), SessionMarked(f"2027-01-0{number + 1}T00:00:00Z", is_pinned=number == 0)
        )
    shelf.indexer.refresh()
    assert [summary.id for summary in shelf.index.summaries()] == ["s1", "s3", "s2"]
    assert [summary.id for summary in shelf.index.summaries(limit=1, offset=1)] == ["s3"]
    assert shelf.index.count() == 3


@pytest.mark.parametrize(
    "text",
    [
        "quick",
        "QUICK",
        "uic",
        "quick brown",
        "brown quick",
        '"quick brown"',
        "ÜBER",
        "über",
        "天气",
        "气",
        "天气真",
        "qu",
        "q",
        "%",
        "_",
        "!",
    ],
)
def test_any_part_of_a_text_is_found_in_any_case(shelf: Shelf, text: str) -> None:
    shelf.add("s1", *question("m1", "The Quick brown fox; Über alles. 今天天气真好 100% a_b wow!"))
    shelf.add("s2", *question("m1", "nothing here"))
    assert shelf.found(text) == [("s1", "m1")]


@pytest.mark.parametrize("scanned", [0, 2, 600])
def test_short_terms_are_found_wherever_they_stand(shelf: Shelf, monkeypatch: pytest.MonkeyPatch, scanned: int) -> None:
    monkeypatch.setattr("tui.store.candidates.NEWEST_SCANNED", scanned)
    chance = random.Random(3)
    texts = ["".join(chance.choices("abÄ天气ж %_\n\x01", k=chance.randint(0, 7))) for _ in range(60)]
    for number, text in enumerate(texts):
        shelf.add(f"s{number}", *question("m1", text))
    for term in [
        "a",
        "b",
        "ä",
        "Ж",
        "天",
        "气",
        "%",
        "_",
        "ab",
        "aä",
        "жж",
        "天气",
        "气天",
        "a%",
        "__",
        "bb",
        "q",
        "qa",
    ]:
        expected = {f"s{number}" for number, text in enumerate(texts) if term.lower() in text.lower()}
        found = [session_id for session_id, _ in shelf.found(term)]
        assert (set(found), len(found)) == (expected, len(expected)), term


@pytest.mark.parametrize(
    "text", ["", " ", '""', "foxes", "quick wolf", '"brown quick"', "quick%", "天汽", "\x00", "'", '"']
)
def test_what_is_not_there_is_not_found(shelf: Shelf, text: str) -> None:
    shelf.add("s1", *question("m1", "The Quick brown fox. 天气"))
    assert shelf.found(text) == []


def test_the_newest_hits_come_first(shelf: Shelf) -> None:
    for year in (2021, 2025, 2023):
        at = f"{year}-01-01T00:00:00Z"
        shelf.add(f"s{year}", MessageAdded("m1", at, None, "user", "same words"))
    assert [session for session, _ in shelf.found("words")] == ["s2025", "s2023", "s2021"]
    assert len(shelf.index.search("words", limit=2)) == 2


def test_a_growing_reply_is_indexed_as_it_grows(shelf: Shelf) -> None:
    shelf.add("s1", *question("m1", "q"), ReplyStarted("m2", AT, "m1", "c1", "demo/echo"), ReplyText("m2", "half a wo"))
    assert shelf.found("half") == [("s1", "m2")]
    shelf.append("s1", ReplyText("m2", "rd", reasoning="hidden thought"))
    assert shelf.found("word") == [("s1", "m2")]
    assert [hit.part for hit in shelf.index.search("thought")] == ["reasoning"]
    shelf.append("s1", *answer("m2", "all other", "m1")[2:])
    assert shelf.found("half") == []
    assert shelf.found("other") == [("s1", "m2")]
    assert shelf.index.summaries()[0].messages == 2


def test_deleted_messages_are_not_found_until_restored(shelf: Shelf) -> None:
    shelf.add("s1", *question("m1", "secret plan"), MessagesDeleted(("m1",), AT))
    assert shelf.found("secret") == []
    assert shelf.index.summaries()[0].messages == 0
    shelf.append("s1", MessagesRestored(("m1",), AT), MessagesRestored(("m1",), AT))
    assert shelf.found("secret") == [("s1", "m1")]
    assert shelf.index.summaries()[0].messages == 1


def test_a_session_that_went_away_is_forgotten(shelf: Shelf) -> None:
    shelf.add("s1", *question("m1", "hello"))
    assert shelf.found("hello")
    shelf.store.delete("s1")
    assert shelf.found("hello") == []
    assert shelf.index.summaries() == []
    shelf.store.restore("s1")
    assert shelf.found("hello") == [("s1", "m1")]


def test_a_file_that_is_not_the_same_any_more_is_read_anew(shelf: Shelf) -> None:
    shelf.add("s1", *question("m1", "first version"))
    assert shelf.found("first")
    shelf.store.path("s1").unlink()
    shelf.add("s1", *question("m1", "second version, which is a little longer"), *answer("m2", "yes", "m1"))
    assert shelf.found("first") == []
    assert shelf.found("second") == [("s1", "m1")]


def test_damaged_files_are_listed_with_words(shelf: Shelf) -> None:
    (shelf.folder / "bad.jsonl").write_bytes(b"\x00\xff nonsense\n")
    (shelf.folder / "empty.jsonl").write_bytes(b"")
    path = shelf.add("s1", *question("m1", "hello"))
    path.write_bytes(path.read_bytes() + b"rubbish\n")
    (shelf.folder / "new.jsonl").write_bytes(b'{"format":"parley-session","version":99,"id":"new","at":"x"}\n')
    (shelf.folder / "odd.jsonl").write_bytes(b'{"format":"parley-session","version":"2.0","id":[],"at":9}\n')
    shelf.indexer.refresh()
    problems = {summary.id: summary.problem for summary in shelf.index.summaries()}
    assert "header" in problems["bad"]
    assert "JSON" in problems["s1"]
    assert "newer" in problems["new"]
    assert "newer" in problems["odd"]
    assert problems["empty"] == ""


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 500, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_damaged_index_is_made_anew(shelf: Shelf, content: bytes) -> None:
    shelf.add("s1", *question("m1", "hello"))
    shelf.index.path.write_bytes(content)
    assert shelf.index.search("hello") == []
    assert shelf.found("hello") == [("s1", "m1")]


def test_an_index_damaged_while_in_use_is_made_anew(shelf: Shelf) -> None:
    for number in range(30):
        shelf.add(f"s{number}", *question("m1", f"hello {number} " + "text " * 200))
    assert len(shelf.found("hello")) == 30
    shelf.index.close()
    size = shelf.index.path.stat().st_size
    with shelf.index.path.open("r+b") as file:
        for at in range(4096, size, 700):
            file.seek(at)
            file.write(os.urandom(300))
    shelf.append("s1", *question("m9", "more", "m1"))
    shelf.index.summaries()
    shelf.index.search("hello")
    for _ in range(3):
        shelf.indexer.refresh()
        shelf.index.search("text")
        shelf.index.summaries()
    shelf.index.discard()
    assert len(shelf.found("hello")) == 30


def test_an_index_of_another_version_is_made_anew(shelf: Shelf) -> None:
    shelf.add("s1", *question("m1", "hello"))
    shelf.indexer.refresh()
    with shelf.index.connected() as connection:
        connection.execute("PRAGMA user_version=77")
    shelf.index.close()
    assert shelf.found("hello") == [("s1", "m1")]


def test_an_index_that_cannot_be_written_lives_in_memory(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    target = tmp_path / "precious"
    target.write_text("mine")
    shelf.index.path.symlink_to(target)
    shelf.add("s1", *question("m1", "hello"))
    assert shelf.found("hello") == [("s1", "m1")]
    assert target.read_text() == "mine"
    lost = SessionIndex(tmp_path / "no" / "such" / "index.sqlite")
    Indexer(lost, shelf.store).refresh()
    assert len(lost.search("hello")) == 1
    shelf.index.close()
    lost.close()


def test_the_index_is_private_whatever_the_umask(shelf: Shelf) -> None:
    before = os.umask(0)
    try:
        shelf.add("s1", *question("m1", "hello"))
        shelf.indexer.refresh()
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in shelf.index.path.parent.glob("index.*")}
    finally:
        os.umask(before)
    assert set(modes.values()) == {0o600}


def test_two_instances_index_each_line_once(shelf: Shelf) -> None:
    for number in range(40):
        shelf.add(f"s{number}", *question("m1", f"hello {number}"), *answer("m2", "world", "m1", cost_usd=1.0))
    others = [Indexer(SessionIndex(shelf.index.path), shelf.store) for _ in range(3)]
    threads = [threading.Thread(target=other.refresh) for other in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(shelf.found("hello")) == 40
    assert {summary.cost_usd for summary in shelf.index.summaries()} == {1.0}
    assert {summary.messages for summary in shelf.index.summaries()} == {2}
    for other in others:
        other.index.close()


def test_a_refresh_sweeps_what_killed_processes_left(shelf: Shelf) -> None:
    shelf.add("s1", *question("m1", "hello"))
    leftover = shelf.folder / ".parley-tmp-0123"
    leftover.write_text("half")
    assert shelf.found("hello")
    assert not leftover.exists()


def test_a_refresh_can_be_ended_early_and_gone_on_with(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.store.indexing.SESSIONS_AT_ONCE", 2)
    for number in range(7):
        shelf.add(f"s{number}", *question("m1", "hello"))
    shelf.indexer.refresh(pause=lambda: True)
    assert shelf.index.count() == 2
    assert len(shelf.found("hello")) == 7


def test_one_session_is_updated_at_once(shelf: Shelf) -> None:
    shelf.add("s1", *question("m1", "hello"))
    shelf.indexer.update("s1")
    shelf.indexer.update("not-there")
    assert [hit.session_id for hit in shelf.index.search("hello")] == ["s1"]


def test_a_snippet_shows_where_the_terms_stand_and_is_clean() -> None:
    body = "x " * 200 + "before \x1b[31m the Needle\tand\u202e the thread " + "y " * 200
    snippet, ranges = make_snippet(body, ["needle", "thread"])
    assert [snippet[start:end] for start, end in ranges] == ["Needle", "thread"]
    assert "\x1b" not in snippet
    assert "\u202e" not in snippet
    assert "\n" not in snippet
    assert snippet.startswith("…")
    assert snippet.endswith("…")


def test_terms_are_words_and_quoted_phrases() -> None:
    assert search_terms('One "two  three" four "open end') == ["two three", "open end", "four", "one"]


def test_small_sessions_have_small_titles(shelf: Shelf) -> None:
    write_session(shelf.folder, "s1", small_session())
    shelf.indexer.refresh()
    assert shelf.index.summaries()[0].title == "What is 6 × 7?"
