"""`parley sessions`: everything the screens do with sessions, for scripts."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from pathlib import Path

import pytest

from tests.cli.running import Outcome, command, environment, parley
from tests.store.builders import AT, answer, opening, question, small_session, write_session
from tests.store.rich_session import rich_session
from tui.domain.record import MessageAdded, SessionMarked
from tui.paths import sessions_dir


def write(session_id: str, text: str = "What is 6 × 7?") -> Path:
    events = [*opening(session_id), *question("m1", text), *answer("m2", "It is 42.", "m1", cost_usd=0.5)]
    return write_session(sessions_dir(), session_id, events)


def sessions(*arguments: str, env: dict[str, str] | None = None) -> Outcome:
    return parley("sessions", *arguments, env=env)


def test_list_shows_what_there_is() -> None:
    assert sessions("list").code == 0
    assert "no session yet" in sessions("list").err
    assert sessions("list", "--json").json == []
    write("abc1")
    done = sessions("list")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("abc1  20")
    assert "2 messages  demo/echo  What is 6 × 7?" in done.out
    (only,) = sessions("list", "--json").json
    assert only["id"] == "abc1"
    assert only["models"] == ["demo/echo"]
    assert only["cost_usd"] == 0.5
    assert only["messages"] == 2
    assert only["problem"] is None


def test_what_a_newer_parley_wrote_is_shown_as_such_and_left_alone() -> None:
    write("abc1")
    path = sessions_dir() / "abc1.jsonl"
    newer = path.read_bytes().replace(b'"version":1', b'"version":"2.0"', 1)
    path.write_bytes(newer)
    assert "What is 6 × 7? (It was written by a newer Parley.)" in sessions("list").out
    shown = sessions("show", "abc1")
    assert (shown.code, "What is 6 × 7?" in shown.out, "newer Parley" in shown.err) == (0, True, True)
    assert sessions("search", "what").out.startswith("abc1  20")
    refused = parley("ask", "-m", "demo/echo", "--session", "abc1", "more")
    assert (refused.code, "open for reading only" in refused.err) == (2, True)
    assert [file.read_bytes() for file in sessions_dir().glob("abc1*")] == [newer]


def test_list_puts_pinned_ones_first_and_can_be_limited() -> None:
    for number, name in enumerate(["one", "two", "three"]):
        marks = SessionMarked(f"2027-01-0{number + 1}T00:00:00Z", is_pinned=name == "one" or None, tags=("t",))
        write_session(sessions_dir(), name, [*small_session(name), marks])
    assert [item["id"] for item in sessions("list", "--json").json] == ["one", "three", "two"]
    assert len(sessions("list", "-n", "2").out.splitlines()) == 2
    assert sessions("list", "-n", "0").code == 2


def test_hostile_titles_do_not_reach_the_terminal() -> None:
    write("abc1", "\x1b]0;evil\x07\u202e title \x9b31m")
    for arguments in (["list"], ["list", "--json"], ["show", "abc1"], ["show", "abc1", "--json"], ["search", "title"]):
        done = sessions(*arguments)
        assert done.code == 0
        assert not any(mark in done.out for mark in "\x1b\x07\u202e\x9b")
    assert sessions("show", "abc1", "--json").json["messages"][0]["text"] == "\x1b]0;evil\x07\u202e title \x9b31m"


def test_show_prints_the_conversation() -> None:
    write("abc1")
    done = sessions("show", "a")
    assert done.code == 0
    assert done.out.startswith("What is 6 × 7?  (abc1)\n\nYou:\nWhat is 6 × 7?\n\ndemo/echo:\nIt is 42.\n(3 tokens in")
    document = sessions("show", "abc1", "--json").json
    assert document["id"] == "abc1"
    assert [message["role"] for message in document["messages"]] == ["user", "assistant"]
    assert document["messages"][1]["usage"] == {"input_tokens": 3, "output_tokens": 5, "reasoning_tokens": None}
    assert document["columns"][0]["model"] == "demo/echo"


def test_show_prints_columns_one_after_the_other() -> None:
    write_session(sessions_dir(), "rich1", rich_session())
    out = sessions("show", "rich1").out
    assert out.count("First <b>question") == 1
    assert out.index("Column 1: demo/alpha") < out.index("Column 2: demo/beta")
    assert sessions("show", "rich1", "--json").json["votes"][0]["winner"] == "a1"


@pytest.mark.parametrize("act", ["show", "export", "delete", "restore"])
@pytest.mark.parametrize("name", ["nowhere", "../../etc/passwd", ""])
def test_an_unknown_id_is_a_usage_error(act: str, name: str) -> None:
    write("abc1")
    done = sessions(act, name)
    assert (done.code, done.out) == (2, "")
    assert len(done.err.splitlines()) == 1


def test_an_ambiguous_id_names_the_candidates() -> None:
    write("abc1")
    write("abc2")
    done = sessions("show", "abc")
    assert done.code == 2
    assert "abc1, abc2" in done.err


@pytest.mark.parametrize("arguments", [[], ["lst"], ["list", "extra"], ["search"], ["export"], ["show"], ["delete"]])
def test_wrong_usage_is_a_sentence(arguments: list[str]) -> None:
    done = sessions(*arguments)
    assert (done.code, done.out) == (2, "")
    assert "Traceback" not in done.err


def test_search_finds_and_says_when_not() -> None:
    write("abc1")
    write("abc2", "about Zebras, striped ones")
    done = sessions("search", "zebra", "striped")
    assert done.code == 0
    assert done.out.startswith("abc2  20")
    assert "you: about Zebras, striped ones" in done.out
    (hit,) = sessions("search", "zebra", "--json").json
    assert (hit["session"], hit["message"], hit["role"]) == ("abc2", "m1", "user")
    assert [hit["snippet"][start:end] for start, end in hit["ranges"]] == ["Zebra"]
    none = sessions("search", "giraffe")
    assert (none.code, none.out) == (0, "")
    assert "Nothing was found" in none.err
    assert sessions("search", "giraffe", "--json").json == []


@pytest.mark.parametrize(
    ("form", "sign"), [("md", "<!-- parley:session"), ("json", '{\n "format"'), ("html", "<!DOCTYPE")]
)
def test_export_goes_to_stdout_or_a_file(tmp_path: Path, form: str, sign: str) -> None:
    write("abc1")
    assert sessions("export", "abc1", "--format", form).out.startswith(sign)
    target = tmp_path / f"out.{form}"
    done = sessions("export", "abc1", "-o", str(target))
    assert (done.code, done.out) == (0, "")
    assert target.read_text().startswith(sign)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_export_masks_keys_and_counts_them() -> None:
    write("abc1", "my key is canary-key-value")
    done = sessions("export", "abc1", env={"WORK_API_KEY": "canary-key-value"})
    assert "canary" not in done.out
    assert "my key is ***" in done.out
    assert "secrets were masked" in done.err


def test_export_to_where_it_cannot_be_is_a_sentence(tmp_path: Path) -> None:
    write("abc1")
    link = tmp_path / "link.md"
    link.symlink_to(tmp_path / "target")
    for target in (tmp_path / "no" / "such" / "x.md", tmp_path, link):
        done = sessions("export", "abc1", "-o", str(target))
        assert done.code == 2
        assert len(done.err.splitlines()) == 1
    assert not (tmp_path / "target").exists()


def test_export_and_import_make_the_round() -> None:
    path = write("abc1")
    exported = sessions("export", "abc1", "--format", "json").out
    before = sessions("show", "abc1", "--json").json
    file = path.parent.parent / "export.json"
    file.write_text(exported)
    path.unlink()
    done = sessions("import", str(file))
    assert (done.code, done.out) == (0, "abc1\n")
    assert "1 session added" in done.err
    assert sessions("show", "abc1", "--json").json == before
    again = sessions("import", str(file))
    assert (again.code, again.out) == (0, "")
    assert "1 there already" in again.err


def test_import_of_something_else_is_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text("{}")
    done = sessions("import", str(file))
    assert done.code == 2
    assert "no form that Parley can import" in done.err
    assert sessions("import", str(tmp_path / "nowhere")).code == 2


def test_delete_moves_to_the_trash_and_restore_brings_back() -> None:
    path = write("abc1")
    done = sessions("delete", "abc1")
    assert done.code == 0
    assert "restore abc1" in done.err
    assert not path.exists()
    assert sessions("list", "--json").json == []
    assert [item["id"] for item in sessions("list", "--trash", "--json").json] == ["abc1"]
    assert sessions("list", "--trash").out.startswith("abc1  ")
    assert sessions("search", "42", "--json").json == []
    assert sessions("restore", "abc1").code == 0
    assert path.exists()
    assert sessions("search", "42").out
    sessions("delete", "abc1")
    assert "1 session was removed" in sessions("empty-trash").err
    assert sessions("restore", "abc1").code == 2


def test_deleting_several_deletes_those_that_are_there() -> None:
    write("abc1")
    done = sessions("delete", "nowhere", "abc1")
    assert done.code == 2
    assert "nowhere" in done.err
    assert list(sessions_dir().glob("*.jsonl")) == []


def test_damage_is_told_and_does_not_hide_the_rest() -> None:
    path = write("abc1")
    path.write_bytes(path.read_bytes() + b"rubbish\n")
    (sessions_dir() / "bad.jsonl").write_bytes(b"\xff\xfe\x00")
    shown = sessions("show", "abc1")
    assert shown.code == 0
    assert "Line 8 is not JSON" in shown.err
    assert {item["id"] for item in sessions("list", "--json").json} == {"abc1", "bad"}
    assert sessions("show", "bad").code == 2


def test_a_closed_pipe_ends_quietly() -> None:
    for number in range(300):
        events = [*opening(f"s{number:03}"), MessageAdded("m1", AT, None, "user", "text " * 50)]
        write_session(sessions_dir(), f"s{number:03}", events)
    process = subprocess.Popen(
        command(["sessions", "search", "text", "-n", "300", "--json"]),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(30) == 0


def test_nothing_of_it_is_readable_by_others() -> None:
    before = os.umask(0)
    try:
        write("abc1")
        sessions("list")
    finally:
        os.umask(before)
    folder = sessions_dir().parent
    for path in [folder, *folder.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) in (0o600, 0o700), path


def test_json_is_json() -> None:
    write_session(sessions_dir(), "rich1", rich_session())
    for arguments in (["list"], ["show", "rich1"], ["search", "question"]):
        json.loads(sessions(*arguments, "--json").out)


@pytest.mark.parametrize(
    ("arguments", "helps"),
    [
        (["sessions", "list", "extra"], "parley sessions list --help"),
        (["sessions", "--nope"], "parley sessions --help"),
        (["sessions", "list", "--nope"], "parley sessions list --help"),
        (["models", "demo", "extra"], "parley models --help"),
        (["--nope"], "parley --help"),
    ],
)
def test_a_word_too_many_is_an_error_of_the_command_it_stands_behind(arguments: list[str], helps: str) -> None:
    done = parley(*arguments)
    assert done.code == 2
    assert f"try “{helps}”" in done.err
