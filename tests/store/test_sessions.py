"""Sessions are found, opened as far as they can be, and never lost by opening, deleting or damage."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest

from tests.store.builders import AT, answer, load, opening, question, small_session, texts, write_session
from tui.domain.events import Finish
from tui.domain.record import ReplyStarted, ReplyText
from tui.errors import SessionError
from tui.store.journal import Journal
from tui.store.sessions import SessionStore, is_safe_id

FLIPS = int(os.environ.get("PARLEY_FUZZ", "0")) or 300


@pytest.fixture
def store(tmp_path: Path) -> SessionStore:
    return SessionStore(tmp_path / "sessions")


async def test_a_new_session_is_found_again_and_gone_on_with(store: SessionStore) -> None:
    journal = store.create("abc123")
    await journal.append(small_session("abc123"), durable=True)
    await journal.close()
    found = store.open("abc")
    assert found.session.id == "abc123"
    assert found.problems == ()
    await found.journal.append(question("m3", "more", "m2"), durable=True)
    await found.journal.close()
    assert set(texts(store.read("abc123").session)) == {"m1", "m2", "m3"}


async def test_the_second_instance_is_told(store: SessionStore) -> None:
    write_session(store.folder, "s1", small_session())
    first, second = store.open("s1"), store.open("s1")
    assert first.problems == ()
    assert "another Parley" in second.problems[0]
    await first.journal.close()
    await second.journal.close()


async def test_each_instance_sees_whether_others_are_there(store: SessionStore) -> None:
    write_session(store.folder, "s1", small_session())
    first, second, third = (store.open("s1") for _ in range(3))
    assert not await first.journal.is_alone()
    await second.journal.close()
    assert not await first.journal.is_alone()
    assert not await third.journal.is_alone()
    await first.journal.close()
    assert await third.journal.is_alone()
    fourth = store.open("s1")
    assert "another Parley" in fourth.problems[0]
    await third.journal.close()
    await fourth.journal.close()


async def test_a_reply_that_grows_elsewhere_is_not_called_cut_short(store: SessionStore) -> None:
    path = store.folder / "s1.jsonl"
    writer = Journal(path, "s1")
    writer.append([*opening(), ReplyStarted("m1", AT, None, "c1", "demo/echo"), ReplyText("m1", "so far")])
    second = store.open("s1")
    assert second.session.messages["m1"].finish is None
    await second.journal.close()
    writer.close()
    third = store.open("s1")
    assert third.session.messages["m1"].finish is Finish.CUT_SHORT
    assert third.session.messages["m1"].text == "so far"
    await third.journal.close()


def test_ids_may_be_shortened_while_unique(store: SessionStore) -> None:
    for name in ("abc1", "abc2", "xyz"):
        write_session(store.folder, name, small_session(name))
    assert store.find("x") == "xyz"
    assert store.find("XY") == "xyz"
    assert store.find("abc1") == "abc1"
    with pytest.raises(SessionError, match=r"Several sessions begin with “ab”: abc1, abc2\."):
        store.find("ab")
    with pytest.raises(SessionError, match="nearest is xyz"):
        store.find("xyzz")
    with pytest.raises(SessionError, match="There is no session “q”"):
        store.find("q")


def test_an_exact_id_wins_over_longer_ones(store: SessionStore) -> None:
    for name in ("abc", "abcd"):
        write_session(store.folder, name, small_session(name))
    assert store.find("abc") == "abc"


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../x",
        "a/b",
        "a\\b",
        "/etc/passwd",
        "a.b",
        "\x00",
        "a\n",
        "-x",
        "nul",
        "COM1",
        "é",
        "x" * 81,
        "\x1b[31m",
    ],
)
def test_what_is_no_id_does_not_reach_the_file_system(store: SessionStore, name: str) -> None:
    assert not is_safe_id(name)
    with pytest.raises(SessionError, match="is not a session id") as caught:
        store.open(name)
    assert "\x1b" not in str(caught.value)


def test_the_latest_is_the_one_that_changed_last(store: SessionStore) -> None:
    with pytest.raises(SessionError, match="no session yet"):
        store.latest()
    for name in ("s1", "s2", "s3"):
        write_session(store.folder, name, small_session(name))
    os.utime(store.path("s2"), (2e9, 2e9))
    assert store.latest() == "s2"


async def test_damaged_lines_are_stepped_over_and_reported(store: SessionStore) -> None:
    path = write_session(store.folder, "s1", small_session())
    lines = path.read_bytes().split(b"\n")
    lines[2:2] = [b"rubbish \x1b[31m", b'{"event":"reply-text","id":5}', b'{"event":"mood-changed"}']
    damaged = b"\n".join(lines)
    path.write_bytes(damaged)
    found = store.open("s1")
    assert set(texts(found.session)) == {"m1", "m2"}
    assert [problem.split(" ")[2] for problem in found.problems] == ["3", "4"]
    await found.journal.append(question("m3", "more", "m2"), durable=True)
    await found.journal.close()
    assert path.read_bytes().startswith(damaged)


async def test_a_lost_header_is_mended_and_the_file_set_aside(store: SessionStore) -> None:
    path = write_session(store.folder, "s1", small_session())
    damaged = b"\xff" + path.read_bytes()[1:]
    path.write_bytes(damaged)
    assert set(texts(store.read("s1").session)) == {"m1", "m2"}
    assert path.read_bytes() == damaged
    found = store.open("s1")
    assert set(texts(found.session)) == {"m1", "m2"}
    assert "mended" in found.problems[0]
    await found.journal.append(question("m3", "more", "m2"), durable=True)
    await found.journal.close()
    assert set(texts(load(path))) == {"m1", "m2", "m3"}
    assert (store.folder / "s1.jsonl.damaged-1").read_bytes() == damaged


def test_a_file_that_is_no_session_is_set_aside(store: SessionStore) -> None:
    store.folder.mkdir()
    for number in (1, 2):
        (store.folder / "s1.jsonl").write_bytes(b"something else")
        with pytest.raises(SessionError, match="beyond reading"):
            store.read("s1")
        with pytest.raises(SessionError, match=f"now s1.jsonl.damaged-{number}"):
            store.open("s1")
    assert sorted(path.name for path in store.folder.iterdir()) == ["s1.jsonl.damaged-1", "s1.jsonl.damaged-2"]


@pytest.mark.parametrize(
    "header",
    [
        *(b'"version":%b' % stated for stated in (b"2", b"2.5", b'"2"', b"null", b"true", b"[2]", b"0", b"9e99")),
        b'"version":2,"id":["s1"],"at":12345,"app":{}',
        b'"version":"2.0","at":null',
    ],
)
async def test_a_newer_file_is_opened_for_reading_and_left_as_it_is(store: SessionStore, header: bytes) -> None:
    path = write_session(store.folder, "s1", small_session())
    first, _, rest = path.read_bytes().partition(b"\n")
    newer = b'{"format":"parley-session",%b}\n%b{"event":"reply-text","id":"m' % (header, rest)
    assert b'"version":1' in first
    path.write_bytes(newer)
    found = store.open("s1")
    assert texts(found.session)["m2"] == "It is 42."
    assert "newer Parley" in found.problems[-1]
    assert found.journal.read_only_words
    with pytest.raises(SessionError, match="newer Parley"):
        await found.journal.append(question("m3", "more", "m2"), durable=True)
    await found.journal.close()
    shown = store.read("s1")
    assert texts(shown.session)["m2"] == "It is 42."
    assert "newer Parley" in shown.problems[0]
    assert path.read_bytes() == newer
    assert len(list(store.folder.iterdir())) == 1


async def test_a_symbolic_link_is_opened_for_reading(store: SessionStore, tmp_path: Path) -> None:
    path = write_session(tmp_path, "s1", small_session())
    before = path.read_bytes()
    store.folder.mkdir()
    (store.folder / "s2.jsonl").symlink_to(path)
    found = store.open("s2")
    assert "symbolic link" in found.problems[0]
    with pytest.raises(SessionError, match="symbolic link"):
        await found.journal.append(question("m3", "more", "m2"), durable=True)
    await found.journal.close()
    assert path.read_bytes() == before


async def test_a_copied_file_is_a_session_of_its_own(store: SessionStore) -> None:
    path = write_session(store.folder, "s1", small_session())
    shutil.copy(path, store.folder / "my-copy.jsonl")
    found = store.open("my-c")
    assert found.session.id == "my-copy"
    await found.journal.close()


def test_deleting_moves_to_the_trash_and_back(store: SessionStore) -> None:
    path = write_session(store.folder, "s1", small_session())
    content = path.read_bytes()
    assert store.delete("s") == "s1"
    assert list(store.entries()) == []
    assert [entry.id for entry in store.trashed()] == ["s1"]
    assert store.restore("s") == "s1"
    assert path.read_bytes() == content
    with pytest.raises(SessionError, match="no session in the trash"):
        store.restore("s1")


def test_nothing_is_overwritten_on_the_way_to_the_trash_and_back(store: SessionStore) -> None:
    path = write_session(store.folder, "s1", small_session())
    store.delete("s1")
    write_session(store.folder, "s1", [*opening(), *question("m1", "another")])
    with pytest.raises(SessionError, match="there already"):
        store.restore("s1")
    store.delete("s1")
    assert len(list((store.folder / "trash").iterdir())) == 2
    store.restore("s1")
    assert texts(load(path)) == {"m1": "another"}
    assert store.empty_trash() == 1
    assert texts(load(path)) == {"m1": "another"}


def test_the_trash_is_emptied_for_good(store: SessionStore) -> None:
    write_session(store.folder, "s1", small_session())
    store.delete("s1")
    assert store.empty_trash() == 1
    assert store.trashed() == []
    assert not list((store.folder / "trash").iterdir())


def test_a_talk_goes_on_after_its_file_went_to_the_trash(store: SessionStore) -> None:
    journal = Journal(store.folder / "s1.jsonl", "s1")
    journal.append(small_session())
    store.delete("s1")
    journal.append(question("m3", "more", "m2"))
    assert journal.trouble is not None
    journal.retry()
    journal.close()
    assert set(texts(load(store.path("s1")))) == {"m1", "m2", "m3"}


def test_leftovers_of_killed_processes_are_swept(store: SessionStore) -> None:
    write_session(store.folder, "s1", small_session())
    (store.folder / ".parley-tmp-123").write_text("half")
    (store.folder / ".not-ours").write_text("x")
    assert store.sweep() == 1
    assert sorted(path.name for path in store.folder.iterdir()) == [".not-ours", "s1.jsonl"]


async def opens_or_is_set_aside(store: SessionStore) -> None:
    """Whatever the bytes, opening ends in a session or in words, and going on works."""
    try:
        found = store.open("s1")
    except SessionError:
        assert not store.path("s1").exists()
        assert len(list(store.folder.glob("s1.jsonl.damaged-*"))) == 1
        return
    if found.journal.read_only_words is None:
        await found.journal.append(question("new", "still here"), durable=True)
        assert found.journal.trouble is None
    await found.journal.close()
    again = store.read("s1")
    assert ("new" in again.session.messages) == (found.journal.read_only_words is None)
    again.session.path(next(iter(again.session.messages), None))


async def test_a_file_truncated_at_any_byte_opens_or_is_set_aside(tmp_path: Path) -> None:
    events = [*small_session(), *question("m3", "再び \x9b 😀", "m2"), *answer("m4", "x" * 50, "m3")]
    whole = write_session(tmp_path, "whole", events).read_bytes()
    for size in range(len(whole)):
        store = SessionStore(tmp_path / str(size))
        store.folder.mkdir()
        store.path("s1").write_bytes(whole[:size])
        complete = whole[:size].count(b"\n")
        await opens_or_is_set_aside(store)
        if complete:
            assert store.path("s1").read_bytes().startswith(b"\n".join(whole.split(b"\n")[:complete]))
        shutil.rmtree(store.folder)


async def test_a_file_with_flipped_bits_opens_or_is_set_aside(tmp_path: Path) -> None:
    whole = write_session(tmp_path, "whole", small_session()).read_bytes()
    generator = random.Random(5)
    for number in range(FLIPS):
        store = SessionStore(tmp_path / str(number))
        store.folder.mkdir()
        damaged = bytearray(whole)
        for _ in range(generator.choice([1, 1, 2, 8])):
            damaged[generator.randrange(len(damaged))] ^= 1 << generator.randrange(8)
        store.path("s1").write_bytes(damaged)
        await opens_or_is_set_aside(store)
        shutil.rmtree(store.folder)
