"""Programs of the user's: the editor, the clipboard's. What they do wrong is one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chat.files_of_all_kinds import png
from tui.chat.clipboard_picture import clipboard_commands, read_clipboard_picture
from tui.chat.editor_program import edited, editor_command
from tui.errors import ConfigError


def program(folder: Path, name: str, script: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_the_editor_is_visual_then_editor_then_vi() -> None:
    assert editor_command({"VISUAL": "code --wait", "EDITOR": "nano"}) == ["code", "--wait"]
    assert editor_command({"VISUAL": " ", "EDITOR": "'my editor' -x"}) == ["my editor", "-x"]
    assert editor_command({}) == ["vi"]
    with pytest.raises(ConfigError, match="EDITOR is no command"):
        editor_command({"EDITOR": "'open"})


def test_the_editor_gets_the_text_and_its_text_counts(tmp_path: Path) -> None:
    script = program(tmp_path, "ed", 'sed -i "s/old/new/" "$1"')
    assert edited("an old\nthought", [str(script)]) == "an new\nthought"
    assert edited("", [str(script)]) == ""


@pytest.mark.parametrize(
    ("script", "words"), [("exit 3", "exit code 3.*nothing was changed"), ('rm "$1"', "left no text")]
)
def test_an_editor_that_fails_changes_nothing(tmp_path: Path, script: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        edited("text", [str(program(tmp_path, "ed", script))])
    with pytest.raises(ConfigError, match="cannot be started"):
        edited("text", [str(tmp_path / "nothing")])


def test_a_clipboard_is_asked_by_what_the_desktop_has() -> None:
    assert [one[0] for one in clipboard_commands({"WAYLAND_DISPLAY": "w", "DISPLAY": ":0"}, "linux")] == [
        "wl-paste",
        "xclip",
    ]
    assert [one[0] for one in clipboard_commands({}, "darwin")] == ["pngpaste"]
    assert clipboard_commands({}, "linux") == []


def test_the_clipboards_picture_is_read(tmp_path: Path) -> None:
    (tmp_path / "it.png").write_bytes(png())
    program(tmp_path, "xclip", f'cat "{tmp_path / "it.png"}"')
    environ = {"DISPLAY": ":0", "PATH": f"{tmp_path}:/bin:/usr/bin"}
    assert read_clipboard_picture(environ, "linux") == png()


@pytest.mark.parametrize("script", ["echo no picture", "exit 1", "sleep 30"])
def test_a_clipboard_without_a_picture_says_so_and_never_hangs(tmp_path: Path, script: str) -> None:
    program(tmp_path, "xclip", script)
    environ = {"DISPLAY": ":0", "PATH": f"{tmp_path}:/bin:/usr/bin"}
    with pytest.raises(ConfigError, match="no picture on the clipboard"):
        read_clipboard_picture(environ, "linux", longest_s=0.5)
    with pytest.raises(ConfigError, match="wl-paste"):
        read_clipboard_picture({"PATH": ""}, "linux")
