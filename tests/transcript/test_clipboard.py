"""Copying goes by every route there is, says which, and copies exactly the text."""

from __future__ import annotations

import base64
import stat
import sys
from pathlib import Path

import pytest
from textual.app import App

from tui.transcript.clipboard import LONGEST_OSC52_BYTES, copy, osc52, tool_commands

TEXT = "exact\ttext \U0001f600\n\x1b"


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole search path, with no clipboard program and no desktop around."""
    for name in ("WAYLAND_DISPLAY", "DISPLAY", "WSL_DISTRO_NAME", "TMUX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def install(folder: Path, name: str, *, status: int = 0) -> Path:
    taken = folder / f"{name}.taken"
    program = folder / name
    program.write_text(
        f"#!{sys.executable}\nimport sys\n"
        f"open({str(taken)!r}, 'wb').write(sys.stdin.buffer.read())\nsys.exit({status})\n"
    )
    program.chmod(0o755)
    return taken


@pytest.mark.skipif(sys.platform != "linux", reason="the tools of a Linux desktop")
@pytest.mark.parametrize(
    ("variable", "program"), [("WAYLAND_DISPLAY", "wl-copy"), ("DISPLAY", "xclip"), ("DISPLAY", "xsel")]
)
def test_a_tool_of_the_desktop_takes_exactly_the_text(
    tools: Path, monkeypatch: pytest.MonkeyPatch, variable: str, program: str
) -> None:
    taken = install(tools, program)
    monkeypatch.setenv(variable, ":0")
    route = copy(TEXT, App())
    assert (route.kind, program in route.words) == ("tool", True)
    assert taken.read_bytes() == TEXT.encode()


@pytest.mark.skipif(sys.platform != "linux", reason="the tools of a Linux desktop")
def test_a_tool_without_its_desktop_is_not_asked_and_a_failing_one_not_believed(
    tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tools, "xclip", status=1)
    assert tool_commands() == []
    monkeypatch.setenv("DISPLAY", ":0")
    assert copy(TEXT, App()).kind == "file"


def test_without_any_other_route_the_text_is_in_a_private_file(tools: Path) -> None:
    route = copy(TEXT, App())
    assert route.kind == "file"
    assert route.path is not None
    assert str(route.path) in route.words
    assert route.path.read_bytes() == TEXT.encode()
    assert stat.S_IMODE(route.path.stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_written_is_said(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tools / "file").write_text("")
    monkeypatch.setenv("PARLEY_CACHE_DIR", str(tools / "file"))
    route = copy(TEXT, App())
    assert (route.kind, "cannot be written" in route.words) == ("nowhere", True)


def test_the_terminal_sequence_holds_the_text(tools: Path) -> None:
    assert osc52(TEXT) == f"\x1b]52;c;{base64.b64encode(TEXT.encode()).decode()}\x07"
    assert osc52("a" * LONGEST_OSC52_BYTES) is None


def test_multiplexers_pass_the_sequence_on(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMUX", "/tmp/tmux")
    sequence = osc52("x")
    assert sequence == "\x1bPtmux;\x1b\x1b]52;c;eA==\x07\x1b\\"
    monkeypatch.delenv("TMUX")
    monkeypatch.setenv("TERM", "screen-256color")
    wrapped = osc52("x" * 200)
    assert wrapped is not None
    assert (
        wrapped.replace("\x1bP", "").replace("\x1b\\", "") == f"\x1b]52;c;{base64.b64encode(b'x' * 200).decode()}\x07"
    )
