"""How `parley ask` and its kin end: closed pipes, full disks, Ctrl+C."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.running import command, config_file, endpoint, environment, parley, session_files
from tests.wire.server import Hold, Reply, chunk, event, served_in_thread

KEY = "sk-canary-0123456789abcdef"
ENV = {"WORK_KEY": KEY}


def running(arguments: list[str], stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command(arguments),
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(ENV),
    )


def test_a_closed_pipe_ends_quietly() -> None:
    with running(["ask", "-m", "demo/markdown", "Hi"]) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 0


@pytest.mark.parametrize("arguments", [("ask", "-m", "demo/echo", "Hi"), ("sessions", "list"), ("--help",)])
@pytest.mark.parametrize("place", ["closed", "/dev/full"])
def test_a_closed_or_full_stdout_is_no_crash(place: str, arguments: tuple[str, ...]) -> None:
    shell = f'"$@" {">&-" if place == "closed" else f">{place}"}'
    done = subprocess.run(
        ["sh", "-c", shell, "sh", *command(arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=environment(),
        timeout=60,
        check=False,
    )
    assert b"wrong inside" not in done.stderr
    assert b"ignored" not in done.stderr
    if place == "closed":
        assert done.returncode == 0
    elif arguments[0] == "ask":
        assert done.returncode == 1
        assert done.stderr.count(b"\n") == 1


def test_a_full_stderr_costs_no_reply() -> None:
    arguments = ["ask", "-m", "demo/tools", "--json", "Hi"]
    assert parley(*arguments).err  # there is something to say
    full = subprocess.run(
        ["sh", "-c", '"$@" 2>/dev/full', "sh", *command(arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=environment(),
        timeout=60,
        check=False,
    )
    assert (full.returncode, json.loads(full.stdout)["finish"]) == (0, "tool_calls")


def test_the_version_is_no_crash_where_stdout_is_closed() -> None:
    done = subprocess.run(["sh", "-c", '"$@" >&-', "sh", *command(["--version"])], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_ctrl_c_keeps_what_came_and_exits_with_130(tmp_path: Path) -> None:
    with served_in_thread([Reply([event(chunk("so far")), Hold()])]) as server:
        file = config_file(tmp_path, endpoint(server.url + "/v1"))
        with running(["ask", "--config", file, "-m", "work/big", "Hi"]) as process:
            assert process.stdout is not None
            while process.stdout.read(1) not in (b"r", b""):
                pass
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"Traceback" not in err
    ended = [json.loads(line) for line in session_files()[0].read_text().splitlines()][-1]
    assert ended["text"] == "so far"
    assert ended["finish"] == "cancelled"


@pytest.mark.parametrize(
    "arguments", [("ask", "-m", "work/big", "Hi"), ("models", "work"), ("compare", "-m", "work/big", "Hi")]
)
def test_ctrl_c_is_heard_while_a_command_looks_for_the_key(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    told = tmp_path / "told"
    script = tmp_path / "key.sh"
    script.write_text(f"echo $$ >{told}.new && mv {told}.new {told}; exec sleep 60\n")
    table = (
        '[endpoints.work]\ndialect = "openai-chat"\nbase_url = "http://127.0.0.1:9/v1"\n'
        f'api_key = {{ command = ["sh", "{script}"] }}\n'
    )
    with running([*arguments, "--config", config_file(tmp_path, table)]) as process:
        wait_for(told.exists)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
        took_s = time.monotonic() - began
    with contextlib.suppress(ProcessLookupError):
        os.kill(int(told.read_text()), signal.SIGKILL)
    assert process.returncode == 130
    assert b"Traceback" not in err
    assert took_s < 9  # the command would have gone on for ten


def test_ctrl_c_is_heard_while_standard_input_is_awaited() -> None:
    reading, writing = os.pipe()
    with running(["ask", "-m", "demo/echo"], stdin=reading) as process:
        os.close(reading)
        os.write(writing, b"x" * 65536)  # as much as a pipe holds: once more fits, the prompt is being read
        os.write(writing, b"x")
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    os.close(writing)


def wait_for(is_true: Callable[[], object], at_most_s: float = 30) -> None:
    """Return as soon as `is_true()`, in a test without a loop."""
    ends = time.monotonic() + at_most_s
    while not is_true():
        assert time.monotonic() < ends
        time.sleep(0.01)
