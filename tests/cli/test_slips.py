"""What nobody means and somebody types: each ends with one sentence and the exit code for it, none in a crash."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import command, config_file, environment, parley

NOBODY = "~nobody-of-this-name/x"
BIG = "1" + "0" * 400


@pytest.mark.parametrize(
    "arguments",
    [
        ("--config", NOBODY, "ask", "hi"),
        ("ask", "-m", "demo/echo", "-a", NOBODY, "hi"),
        ("sessions", "import", NOBODY),
        ("compare", "-m", "demo/echo", "--input", NOBODY),
        ("compare", "-m", "demo/echo", "--repeat", "9" * 30, "hi"),
        ("compare", "-m", "demo/echo", "--concurrency", "9" * 12, "hi"),
        ("ask", "-m", "demo/echo", "-p", f"seed={BIG}", "hi"),
        ("ask", "-m", "demo/echo", "-p", f"temperature={BIG}", "hi"),
        ("local", "add", NOBODY),
        ("ask", "-m", f"local/{NOBODY}.gguf", "hi"),
    ],
)
def test_a_slip_is_one_sentence(arguments: tuple[str, ...]) -> None:
    done = parley(*arguments)
    assert (done.code, done.out) == (2, "")
    assert len(done.err.splitlines()) == 1
    assert "Something went wrong" not in done.err


@pytest.mark.parametrize("limit", ["9" * 30, "9" * 5000])
def test_a_limit_beyond_all_bounds_is_none(limit: str) -> None:
    assert parley("ask", "-m", "demo/echo", "hi").code == 0
    assert len(parley("sessions", "list", "--json", "-n", limit).json) == 1
    assert parley("sessions", "search", "hi", "-n", limit).code == 0


def test_bytes_that_are_no_text_are_looked_for_as_such() -> None:
    sought: list[str | bytes] = [*command(["sessions", "search"]), b"\xff"]
    done = subprocess.run(sought, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"")


@pytest.mark.parametrize(
    "table",
    [
        pytest.param(f'base_url = "http://127.0.0.1:1/v1"\napi_key = {{ file = "{NOBODY}" }}', id="nobody's key"),
        pytest.param('base_url = "http://127.0.0.1:1/v1"\napi_key = { file = "a\\u0000b" }', id="a key at no path"),
        pytest.param(f'dialect = "scripted"\nscript = "{NOBODY}"', id="nobody's script"),
        pytest.param(f'dialect = "scripted"\nscript = "{"n" * 5000}"', id="a script of a long name"),
    ],
)
def test_a_file_that_cannot_be_is_one_sentence(tmp_path: Path, table: str) -> None:
    dialect = "" if "dialect" in table else 'dialect = "openai-chat"\n'
    done = parley(
        "ask", "-m", "work/m", "hi", "--config", config_file(tmp_path, f"[endpoints.work]\n{dialect}{table}\n")
    )
    assert (done.code in (1, 2), done.out, len(done.err.splitlines())) == (True, "", 1)
    assert "Something went wrong" not in done.err


def test_lists_are_shown_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    env = {"PARLEY_DATA_DIR": str(tmp_path / "file" / "data")}
    assert parley("sessions", "list", "--json", env=env).json == []
    assert parley("sessions", "search", "x", "--json", env=env).json == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell")
def test_the_version_into_a_closed_pipe_ends_quietly() -> None:
    line = f'"{sys.executable}" -m tui --version | true; exit "${{PIPESTATUS[0]}}"'
    done = subprocess.run(["bash", "-c", line], env=environment(), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
