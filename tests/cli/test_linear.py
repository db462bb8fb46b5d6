"""Linear mode: the same chats as plain lines, in a pipe and on a real terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.cli.running import Outcome, command, config_file, environment, parley
from tui.cli.linear_reply import LineOut
from tui.domain.session import Session
from tui.paths import presets_dir, sessions_dir
from tui.store.presets import Preset, save_preset
from tui.store.sessions import SessionStore


def talk(*lines: str, options: tuple[str, ...] = ("-m", "demo/echo"), **more: str) -> Outcome:
    return parley("--linear", *options, stdin="".join(f"{line}\n" for line in lines), env=more)


def only_session() -> Session:
    store = SessionStore(sessions_dir())
    (entry,) = store.entries()
    return store.read(entry.id).session


def texts(session: Session) -> list[str]:
    return [message.text for message in session.path(session.on_columns[0].head)]


def test_replies_go_to_stdout_and_all_else_to_stderr() -> None:
    done = talk("hello", "again")
    assert (done.code, done.out) == (0, "hello\nagain\n")
    assert done.err.count("Asking demo/echo …") == 2
    assert len(re.findall(r"^Done: \d+ tokens?, [\d.]+ s\.$", done.err, re.M)) == 2
    assert texts(only_session()) == ["hello", "hello", "again", "again"]


def test_a_backslash_goes_on_in_the_next_line() -> None:
    assert talk("one\\", "two", "last\\").out == "one\ntwo\nlast\n"


def test_a_preset_sets_the_columns_and_takes_in_the_first_prompt() -> None:
    preset = Preset("p", model="demo/echo", system="For {{who}}.", prompt="Say: {{input}}", parameters={"seed": 7})
    save_preset(presets_dir(), preset)
    done = talk("one", "two", options=("--preset", "p", "--var", "who=me"))
    assert (done.code, done.out) == (0, "Say: one\ntwo\n")
    (column,) = only_session().columns.values()
    assert (column.system, column.parameters["seed"]) == ("For me.", 7)


def test_a_preset_without_a_value_for_its_variable_is_refused() -> None:
    save_preset(presets_dir(), Preset("p", system="For {{who}}."))
    done = talk("one", options=("--preset", "p"))
    assert (done.code, done.out) == (2, "")
    assert "needs a value: --var who=VALUE" in done.err


def test_two_slashes_are_a_prompt_that_begins_with_one() -> None:
    assert talk("//etc/hosts?").out == "/etc/hosts?\n"


def test_an_unknown_word_is_said_and_the_rest_goes_on() -> None:
    done = talk("/modle", "hi")
    assert (done.code, done.out) == (2, "hi\n")
    assert "/help lists the words" in done.err


def test_nothing_that_was_not_said_is_kept() -> None:
    talk("/set temperature=0.5", "/quit", "never")
    assert not list(SessionStore(sessions_dir()).entries())


def test_no_store_keeps_nothing() -> None:
    assert talk("hi", options=("--no-store", "-m", "demo/echo")).out == "hi\n"
    assert not sessions_dir().exists()


def test_several_models_answer_in_turn() -> None:
    done = talk("/columns demo/echo demo/cut", "hi", "/model demo/echo", "you")
    assert done.err.index("Asking demo/echo") < done.err.index("Asking demo/cut")
    assert done.out.startswith("hi\n")
    assert done.out.endswith("you\n")
    assert done.code == 3
    assert "Cut short: " in done.err
    session = only_session()
    assert [column.is_on for column in session.columns.values()] == [True, False]


def test_settings_hold_and_are_recorded() -> None:
    done = talk("/set temperature=0.5", "/set top_p=0.9", "/unset top_p", "/system Be brief.", "hi", "/unset system")
    assert done.code == 0
    (column,) = only_session().columns.values()
    assert (column.parameters, column.system) == ({"temperature": 0.5}, "")
    reply = only_session().path(column.head)[-1]
    assert (reply.parameters, reply.system) == ({"temperature": 0.5}, "Be brief.")


@pytest.mark.parametrize("line", ["/set temperature", "/unset temperature", "/model nowhere/x", "/retry", "/resume x"])
def test_what_cannot_be_is_said_in_one_line(line: str) -> None:
    done = talk(line)
    assert done.code == 2
    assert len(done.err.splitlines()) == 2  # the greeting of the session, and the sentence


def test_retry_keeps_the_old_reply_as_a_variant() -> None:
    assert talk("hi", "/retry").out == "hi\nhi\n"
    session = only_session()
    prompt, reply = session.path(session.on_columns[0].head)
    assert len(session.children(prompt.id)) == 2
    assert session.children(prompt.id)[-1].id == reply.id


def test_a_session_can_be_resumed_by_option_and_by_word() -> None:
    talk("first")
    found = only_session().id
    assert talk("second", "/show 4", options=("--resume",)).out == "second\nfirst\nfirst\nsecond\nsecond\n"
    done = talk(f"/resume {found[:5]}", "third")
    assert f"Session {found}, first: 4 messages, with demo/echo." in done.err
    assert texts(only_session())[-1] == "third"


def test_a_new_session_keeps_models_and_settings() -> None:
    talk("/set temperature=0.5", "one", "/new", "two")
    store = SessionStore(sessions_dir())
    sessions = [store.read(entry.id).session for entry in store.entries()]
    assert sorted(texts(session)[0] for session in sessions) == ["one", "two"]
    assert all(session.on_columns[0].parameters == {"temperature": 0.5} for session in sessions)


def test_thinking_is_announced_once_and_read_on_demand() -> None:
    done = talk("why", "/thinking", options=("-m", "demo/reasoning"))
    assert done.err.count("Thinking …") == 1
    assert "The quick answer is 0.10." in done.out


def test_a_missing_key_is_an_ending_and_the_prompt_is_kept(tmp_path: Path) -> None:
    done = talk("hi", options=("-m", "openai/gpt-4.1"))
    assert done.code == 2
    assert "Failed: " in done.err
    assert "OPENAI_API_KEY" in done.err
    assert texts(only_session())[0] == "hi"


def test_a_longer_prompt_is_written_in_the_editor(tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\nprintf 'two\\nlines\\n' >> \"$1\"\n", encoding="utf-8")
    editor.chmod(0o700)
    assert talk("/edit start", EDITOR=str(editor)).out == "start\ntwo\nlines\n"
    assert talk("/edit", EDITOR="true").out == ""
    assert talk("/edit", EDITOR=str(tmp_path / "none")).code == 2
    done = talk("/edit", EDITOR="", VISUAL="")
    assert (done.code, "needs a terminal" in done.err) == (2, True)


def test_help_names_every_word() -> None:
    done = talk("/help")
    for word in ("model", "columns", "system", "set", "unset", "retry", "new", "resume", "sessions", "edit", "quit"):
        assert f"\n/{word}: " in done.err


def test_hostile_text_reaches_no_terminal(tmp_path: Path) -> None:
    done = talk("a\x1b[31mb\x9bc\u202ed", "/set x\x1b[2J=1", "/\x1b[2J")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", done.out + done.err)


def test_lines_are_written_whole(capsys: pytest.CaptureFixture[str]) -> None:
    out = LineOut()
    out.write("one\ntw")
    assert capsys.readouterr().out == "one\n"
    out.write("o\nthree")
    assert capsys.readouterr().out == "two\n"
    out.close()
    assert capsys.readouterr().out == "three\n"


class Terminal:
    """Linear mode on a terminal, as a person sees it."""

    def __init__(self, *options: str, mode: Sequence[str] = ("--linear",), **env: str) -> None:
        self._main, side = pty.openpty()
        self.process = subprocess.Popen(
            command([*mode, *options]),
            stdin=side,
            stdout=side,
            stderr=side,
            env=environment({"TERM": "dumb", **env}),
            start_new_session=True,
            preexec_fn=lambda: os.close(os.open(os.ttyname(side), os.O_RDWR)),  # makes it the controlling terminal
        )
        os.close(side)
        self.seen = ""

    def type(self, text: str) -> None:
        os.write(self._main, text.encode())

    def wait_for(self, words: str, count: int = 1) -> None:
        give_up_at = time.monotonic() + 30
        while self.seen.count(words) < count:
            assert time.monotonic() < give_up_at, self.seen
            self._take()

    def ends_with(self) -> int:
        give_up_at = time.monotonic() + 30
        while self.process.poll() is None:
            assert time.monotonic() < give_up_at, self.seen
            self._take()
        self._take()
        return self.process.returncode

    def _take(self) -> None:
        if select.select([self._main], [], [], 0.05)[0]:
            try:
                self.seen += os.read(self._main, 65536).decode("utf-8", "replace")
            except OSError:
                return  # the other side is closed

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        os.close(self._main)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    made = Terminal("-m", "demo/slow")
    try:
        yield made
    finally:
        made.close()


def test_a_dumb_terminal_gets_plain_lines_without_asking_for_them() -> None:
    terminal = Terminal("-m", "demo/echo", mode=())
    try:
        terminal.wait_for("TERM is dumb")
        terminal.wait_for("> ")
        terminal.type("hello\n/quit\n")
        assert terminal.ends_with() == 0
        assert "\x1b" not in terminal.seen
    finally:
        terminal.close()


def test_ctrl_c_stops_the_reply_and_keeps_it(terminal: Terminal) -> None:
    terminal.wait_for("> ")
    terminal.type("tell\n")
    terminal.wait_for("Asking demo/slow …")
    terminal.type("\x03")
    terminal.wait_for("Stopped; what came is kept.")
    terminal.wait_for("> ", 2)
    terminal.type("\x04")
    assert terminal.ends_with() == 0
    reply = only_session().path(only_session().on_columns[0].head)[-1]
    assert reply.finish is not None
    assert reply.finish.value == "cancelled"


def test_ctrl_c_twice_at_the_prompt_quits(terminal: Terminal) -> None:
    terminal.wait_for("> ")
    terminal.type("\x03")
    terminal.wait_for("Press Ctrl+C again to quit.")
    terminal.wait_for("> ", 2)
    terminal.type("\x03")
    assert terminal.ends_with() == 130


def test_nothing_but_plain_lines_reaches_a_terminal(terminal: Terminal) -> None:
    terminal.wait_for("> ")
    terminal.type("/help\n")
    terminal.wait_for("Ctrl+C stops a reply.")
    terminal.type("/quit\n")
    assert terminal.ends_with() == 0
    assert not re.search(r"[^\n -~…“”–äöü\r]", terminal.seen.replace("^D", ""))
    assert "\r" not in terminal.seen.replace("\r\n", "")


def test_a_line_that_the_terminal_cut_is_not_sent(terminal: Terminal) -> None:
    terminal.wait_for("> ")
    terminal.type("x" * 5000)
    terminal.type("\n")
    terminal.wait_for("write it with /edit")
    terminal.type("/quit\n")
    assert terminal.ends_with() == 0
    assert not list(SessionStore(sessions_dir()).entries())


def test_a_closed_pipe_ends_quietly() -> None:
    process = subprocess.Popen(
        command(["--linear", "-m", "demo/tour"]),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdout.close()
    _, errors = process.communicate(b"tell\n", timeout=60)
    assert b"Traceback" not in errors
    assert process.returncode in (0, -signal.SIGPIPE)


def test_a_broken_option_is_one_sentence(tmp_path: Path) -> None:
    done = parley("--linear", "--config", config_file(tmp_path, "model = 3"), stdin="")
    assert done.code == 2
    assert done.err.startswith("parley: ")


def test_values_are_said_as_they_are_written() -> None:
    done = talk('/set stop=["a"]', "/set stream=false")
    assert 'stop = ["a"], stream = false' in done.err


def test_a_value_that_cannot_be_is_refused_and_null_unsets() -> None:
    done = parley(
        "--linear", "-m", "demo/echo", stdin="/set temperature=7\n/set\n/set temperature=1.5\n/set temperature=null\n"
    )
    assert "temperature must be between 0 and 2" in done.err
    assert done.err.count("No parameter is set") == 2
    assert "temperature = 1.5" in done.err
    assert done.code == 2
