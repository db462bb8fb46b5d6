"""What a journal accepted is on disk, or in memory with words about it, and never half."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.store.builders import AT, answer, load, opening, question, small_session, texts, write_session
from tui.domain.events import Finish
from tui.domain.record import ReplyEnded, ReplyStarted, ReplyText
from tui.errors import ConfigError, SessionError
from tui.store.codec import encode_event
from tui.store.journal import AsyncJournal, Journal, trouble_words
from tui.text.redact import Redactor


@contextmanager
def file_size_limit(size_bytes: int) -> Iterator[None]:
    """No file of this process grows beyond `size_bytes`: a full disk for one's own use."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def trouble_of(journal: Journal | AsyncJournal) -> str | None:
    """Its words now; asked by a call, as the type checker takes an attribute to stay what it was."""
    return journal.trouble


def test_a_session_in_which_nothing_was_said_leaves_no_file(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "deep" / "s1.jsonl", "s1")
    journal.append(opening())
    journal.close()
    assert list(tmp_path.iterdir()) == []


def test_what_was_said_is_on_disk_when_append_returns(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "s1.jsonl", "s1")
    journal.append(opening())
    journal.append(question("m1", "hello"))
    assert texts(load(journal.path)) == {"m1": "hello"}
    assert load(journal.path).columns["c1"].head == "m1"
    journal.close()


def test_a_file_begins_with_its_header_even_without_a_start_event(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "s1.jsonl", "s1")
    journal.append(question("m1", "hello"))
    journal.close()
    assert load(journal.path).id == "s1"


def test_pieces_of_a_reply_are_joined_to_a_line_for_each_flush(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "s1.jsonl", "s1")
    journal.append([*opening(), ReplyStarted("m1", AT, None, "c1", "demo/echo")])
    journal.buffer([ReplyText("m1", "a"), ReplyText("m1", "", "thought"), ReplyText("m1", "b")])
    journal.flush()
    journal.buffer([ReplyText("m1", "c")])
    journal.flush()
    lines = journal.path.read_bytes().splitlines()
    assert lines[-2:] == [
        b'{"event":"reply-text","id":"m1","text":"ab","reasoning":"thought"}',
        b'{"event":"reply-text","id":"m1","text":"c"}',
    ]
    session = load(journal.path)
    assert session.messages["m1"].text == "abc"
    assert session.messages["m1"].finish is Finish.CUT_SHORT
    assert "stopped before" in session.messages["m1"].finish_words
    journal.close()


def test_the_end_of_a_reply_replaces_text_that_was_not_written_yet(tmp_path: Path) -> None:
    path = write_session(tmp_path, "s1", small_session())
    assert b"reply-text" not in path.read_bytes()
    assert texts(load(path))["m2"] == "It is 42."


def test_modes_are_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        path = write_session(tmp_path / "data" / "sessions", "s1", small_session())
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.parent.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["s1.jsonl"]


def test_modes_are_made_private_again(tmp_path: Path) -> None:
    path = write_session(tmp_path, "s1", small_session())
    path.chmod(0o644)
    journal = Journal(path, "s1", known_bytes=path.stat().st_size)
    journal.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_nothing_is_written_through_a_symbolic_link(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("mine")
    link = tmp_path / "s1.jsonl"
    link.symlink_to(target)
    with pytest.raises(ConfigError, match="symbolic link"):
        Journal(link, "s1")
    journal = Journal(tmp_path / "s2.jsonl", "s2")
    journal.path.symlink_to(target)  # put there after the check
    journal.append(small_session("s2"))
    assert trouble_of(journal) is not None
    assert target.read_text() == "mine"


def test_a_link_that_takes_the_place_of_an_open_file_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("mine")
    journal = Journal(tmp_path / "s1.jsonl", "s1")
    journal.append(small_session())
    journal.path.unlink()
    journal.path.symlink_to(target)
    journal.append(question("m3", "more", "m2"))
    assert trouble_of(journal) is not None
    assert target.read_text() == "mine"
    journal.close()


@pytest.mark.parametrize(
    "torn", [b"{", b'{"event":"reply-text","id":"m2","te', b"\x00\x00\x00", b"\xff", b'{"a":1}\x00']
)
def test_a_torn_last_line_is_cut_off_before_the_next_write(tmp_path: Path, torn: bytes) -> None:
    path = write_session(tmp_path, "s1", small_session())
    whole = path.read_bytes()
    path.write_bytes(whole + torn)
    journal = Journal(path, "s1", known_bytes=len(whole))
    journal.append(question("m3", "more", "m2"))
    journal.close()
    assert path.read_bytes().startswith(whole + b'{"event":"message-added","id":"m3"')
    assert not load(path).incomplete_replies


def test_a_whole_last_line_without_line_end_is_kept(tmp_path: Path) -> None:
    path = write_session(tmp_path, "s1", small_session())
    path.write_bytes(path.read_bytes().removesuffix(b"\n"))
    whole = path.read_bytes()
    journal = Journal(path, "s1", known_bytes=len(whole))
    journal.append(question("m3", "more", "m2"))
    assert journal.poll() == []
    journal.close()
    assert path.read_bytes().startswith(whole + b"\n")
    assert set(texts(load(path))) == {"m1", "m2", "m3"}


def test_a_long_torn_line_is_cut_off_whole(tmp_path: Path) -> None:
    path = write_session(tmp_path, "s1", small_session())
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"event":"reply-text","text":"' + b"x" * 200_000)
    journal = Journal(path, "s1", known_bytes=len(whole))
    journal.append(question("m3", "more", "m2"))
    journal.close()
    assert len(path.read_bytes()) < len(whole) + 300


def test_a_full_disk_at_any_byte_leaves_the_old_file_and_loses_nothing(tmp_path: Path) -> None:
    whole = write_session(tmp_path, "s0", small_session()).read_bytes()
    more = [*question("m3", "and 7 × 8?", "m2"), *answer("m4", "56", "m3")]
    for room in range(0, 400, 7):
        path = tmp_path / f"r{room}.jsonl"
        path.write_bytes(whole)
        journal = Journal(path, "s1", known_bytes=len(whole))
        with file_size_limit(len(whole) + room):
            journal.append(more)
        if trouble_of(journal) is not None:
            assert "disk is full" in (trouble_of(journal) or "")
            assert not journal.is_saved
            assert path.read_bytes() == whole
        journal.retry()
        assert trouble_of(journal) is None
        assert texts(load(path)) == {"m1": "What is 6 × 7?", "m2": "It is 42.", "m3": "and 7 × 8?", "m4": "56"}
        journal.close()


def test_a_disk_that_is_full_from_the_start_leaves_no_litter(tmp_path: Path) -> None:
    whole = write_session(tmp_path / "whole", "s1", small_session()).read_bytes()
    for room in range(0, len(whole), 11):
        folder = tmp_path / str(room)
        journal = Journal(folder / "s1.jsonl", "s1")
        with file_size_limit(room):
            journal.append(small_session())
        assert trouble_of(journal) is not None
        assert list(folder.iterdir()) == []
        journal.retry()
        assert trouble_of(journal) is None
        assert journal.path.read_bytes() == whole
        journal.close()


def test_text_goes_on_being_accepted_in_trouble(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "s1.jsonl", "s1")
    with file_size_limit(0):
        journal.append([*opening(), *question("m1", "q")])
        journal.append([ReplyStarted("m2", AT, "m1", "c1", "demo/echo")])
        for piece in "abc":
            journal.append([ReplyText("m2", piece)])
        journal.append([ReplyEnded("m2", AT, Finish.STOP, "abc")])
    journal.append([], durable=True)
    assert trouble_of(journal) is None
    assert texts(load(journal.path)) == {"m1": "q", "m2": "abc"}
    journal.close()


def test_a_vanished_folder_is_made_anew_only_on_retry(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "sessions" / "s1.jsonl", "s1")
    journal.append(small_session())
    shutil.rmtree(tmp_path / "sessions")
    journal.append(question("m3", "more", "m2"))
    assert "sessions is gone" in (trouble_of(journal) or "")
    assert not (tmp_path / "sessions").exists()
    journal.retry()
    assert trouble_of(journal) is None
    assert set(texts(load(journal.path))) == {"m1", "m2", "m3"}
    journal.append(question("m4", "and more", "m3"))
    assert set(texts(load(journal.path))) == {"m1", "m2", "m3", "m4"}
    journal.close()


def test_a_file_where_a_folder_should_be_is_named() -> None:
    error = OSError(errno.ENOTDIR, "Not a directory")
    assert f"{Path(__file__)} is in the way: it is not a folder" in trouble_words(
        error, Path(__file__) / "x" / "y.jsonl"
    )
    assert "y.jsonl is gone" in trouble_words(error, Path(__file__).with_name("y.jsonl"))


def test_a_folder_that_comes_back_is_written_to_without_retry(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "sessions" / "s1.jsonl", "s1")
    journal.append(small_session())
    (tmp_path / "sessions").rename(tmp_path / "away")
    journal.append(question("m3", "more", "m2"))
    assert trouble_of(journal) is not None
    (tmp_path / "away").rename(tmp_path / "sessions")
    journal.append(question("m4", "and more", "m3"))
    assert trouble_of(journal) is None
    assert set(texts(load(journal.path))) == {"m1", "m2", "m3", "m4"}
    journal.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_trouble_in_words(tmp_path: Path) -> None:
    folder = tmp_path / "sessions"
    folder.mkdir(mode=0o500)
    journal = Journal(folder / "s1.jsonl", "s1")
    journal.append(small_session())
    assert "may not be written" in (trouble_of(journal) or "")


def test_a_file_where_the_folder_should_be_is_trouble_in_words(tmp_path: Path) -> None:
    (tmp_path / "sessions").write_text("")
    journal = Journal(tmp_path / "sessions" / "s1.jsonl", "s1")
    journal.append(small_session())
    assert trouble_of(journal) is not None


def test_a_file_that_was_replaced_goes_on_being_written(tmp_path: Path) -> None:
    path = write_session(tmp_path, "s1", small_session())
    journal = Journal(path, "s1", known_bytes=path.stat().st_size)
    copy = tmp_path / "copy"
    shutil.copy(path, copy)
    copy.rename(path)
    journal.append(question("m3", "more", "m2"))
    assert trouble_of(journal) is None
    assert set(texts(load(path))) == {"m1", "m2", "m3"}
    journal.close()


def test_the_second_instance_knows_that_it_is_not_alone(tmp_path: Path) -> None:
    path = write_session(tmp_path, "s1", small_session())
    size = path.stat().st_size
    first = Journal(path, "s1", known_bytes=size)
    second = Journal(path, "s1", known_bytes=size)
    assert (first.has_company, second.has_company) == (False, True)
    first.append(question("m3", "from the first", "m2"))
    second.append(question("m4", "from the second", "m2"))
    first.append(question("m5", "again", "m3"))
    assert [event.id for event in second.poll() if hasattr(event, "id")] == ["m3", "m5"]
    assert [event.id for event in first.poll() if hasattr(event, "id")] == ["m4"]
    assert second.poll() == []
    first.close()
    second.close()
    assert set(texts(load(path))) == {"m1", "m2", "m3", "m4", "m5"}


def test_the_journal_of_a_read_only_session_refuses_in_words(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "s1.jsonl", "s1")
    journal.read_only_words = "It is newer."
    with pytest.raises(SessionError, match="newer"):
        journal.append(small_session())


def test_secrets_do_not_reach_the_file(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "s1.jsonl", "s1", redactor=Redactor(["canary-key-1"]))
    started = ReplyStarted(
        "m2",
        AT,
        None,
        "c1",
        "demo/echo",
        parameters={
            "provider_api_keys": {"openai": "literal-2", "cohere": {"env": "COHERE_API_KEY"}},
            "extra_body": {"deep": [{"api_key": "literal-3"}], "max_tokens": 5},
        },
    )
    ended = ReplyEnded(
        "m2",
        AT,
        Finish.STOP,
        "you said canary-key-1",
        sent={
            "headers": {"Authorization": "Bearer literal-4", "X-Team": "red"},
            "json": {"provider_api_keys": {"openai": "literal-5"}},
        },
        meta={"http": {"status": 200, "headers": {"Set-Cookie": "session=literal-6", "server": "x"}}},
    )
    journal.append([started, ended])
    journal.close()
    text = journal.path.read_text()
    assert "canary" not in text
    assert "literal" not in text
    assert '"max_tokens":5' in text
    assert '"env":"COHERE_API_KEY"' in text
    assert '"X-Team":"red"' in text


async def test_async_appends_keep_their_order_and_are_durable_when_asked(tmp_path: Path) -> None:
    journal = AsyncJournal(Journal(tmp_path / "s1.jsonl", "s1"))
    await journal.append(opening())
    parent: str | None = None
    for number in range(20):
        await journal.append(question(f"m{number}", str(number), parent), durable=number % 3 == 0)
        parent = f"m{number}"
        if number % 3 == 0:
            assert list(texts(load(tmp_path / "s1.jsonl"))) == [f"m{n}" for n in range(number + 1)]
    await journal.close()
    assert list(texts(load(tmp_path / "s1.jsonl"))) == [f"m{n}" for n in range(20)]


async def test_async_trouble_is_told_and_retried(tmp_path: Path) -> None:
    journal = AsyncJournal(Journal(tmp_path / "sessions" / "s1.jsonl", "s1"))
    await journal.append(small_session(), durable=True)
    assert trouble_of(journal) is None
    shutil.rmtree(tmp_path / "sessions")
    await journal.append(question("m3", "more", "m2"), durable=True)
    assert trouble_of(journal) is not None
    assert not journal.is_saved
    await journal.retry()
    assert trouble_of(journal) is None
    assert await journal.poll() == []
    await journal.close()
    await journal.append(question("m4", "late", "m3"), durable=True)
    await journal.close()
    assert set(texts(load(tmp_path / "sessions" / "s1.jsonl"))) == {"m1", "m2", "m3", "m4"}


def test_lines_that_nobody_can_read_are_left_to_the_next_reading(tmp_path: Path) -> None:
    path = write_session(tmp_path, "s1", small_session())
    journal = Journal(path, "s1", known_bytes=path.stat().st_size)
    with path.open("ab") as file:
        file.write(b"rubbish\n" + b"".join(map(encode_event, question("m3", "x", "m2"))))
    assert len(journal.poll()) == 2
    journal.close()
