"""The examples in the documentation, typed as they stand into a real shell: they work.

What would cost money, time or a network is played by the demo: a stand-in called `parley` hands every line to the real
command with the models exchanged for `demo/echo`. What opens the app, installs or downloads is not typed.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import environment, parley

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_SHELL = re.compile(r"```sh\n(.*?)```", re.DOTALL)
_NOT_TYPED = re.compile(
    r"""^(pip|pipx|uv|export|make)\b          # installs, or belongs to a shell that stays
    | parley(\s+(-m\s+\S+|--\w+(\s+[\w-]+)?))*\s*(\#.*)?$  # opens the app
    | parley\ serve                           # goes on until it is interrupted
    | parley\ local\ (install|remove|add)     # downloads; tests/cli/test_local.py does these
    | --pull                                  # tests/cli/test_models.py
    | -a\ \S+\.png                         # the demo sees no images; tests/cli/test_ask.py
    | completions\ zsh                        # writes where zsh looks; tests/cli/test_completions.py
    | --judge\ """,  # a judge has to judge; tests/cli/test_compare.py
    re.VERBOSE | re.MULTILINE,
)
STAND_IN = """#!{python}
import json, subprocess, sys
arguments = sys.argv[1:]
for place, word in enumerate(arguments):
    if place and arguments[place - 1] in ("-m", "--model"):
        arguments[place] = "demo/echo"
    elif word == "ID":
        asked = [sys.executable, "-m", "tui", "ask", "-m", "demo/echo", "--json", "Why is the sky blue?"]
        arguments[place] = json.loads(subprocess.run(asked, capture_output=True).stdout)["session"]
if arguments[:1] in (["ask"], ["complete"], ["compare"], ["--linear"]) and "-m" not in arguments:
    arguments += ["-m", "demo/echo"]
if arguments[:1] == ["compare"]:
    arguments += ["-m", "demo/tour"]
sys.exit(subprocess.run([sys.executable, "-m", "tui", *arguments]).returncode)
"""
CONVERSATION = {
    "title": "Colours",
    "create_time": 1_700_000_000,
    "current_node": "q",
    "mapping": {
        "q": {
            "id": "q",
            "parent": None,
            "children": [],
            "message": {
                "author": {"role": "user"},
                "content": {"content_type": "text", "parts": ["Name a colour."]},
                "create_time": 1_700_000_000,
            },
        }
    },
}
CONFIG = '[endpoints.work]\ndialect = "scripted"\n'

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="the examples are for bash")


def lines_of(page: Path) -> list[str]:
    """The lines of the page's shell examples that can be typed here."""
    blocks = _SHELL.findall(page.read_text("utf-8"))
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return [line for line in lines if "parley" in line and not _NOT_TYPED.search(line)]


EXAMPLES = [pytest.param(page, id=page.name) for page in PAGES if lines_of(page)]


@pytest.fixture
def desk(tmp_path: Path, clean_environment: Path) -> dict[str, str]:
    """A folder with what the examples speak of, and the environment to type them in."""
    parley("ask", "-m", "demo/echo", "Why is the sky blue?")
    stand_in = tmp_path / "bin" / "parley"
    stand_in.parent.mkdir()
    stand_in.write_text(STAND_IN.replace("{python}", sys.executable), "utf-8")
    stand_in.chmod(0o700)
    config = tmp_path / "config.toml"
    config.write_text(CONFIG, "utf-8")
    (tmp_path / "notes.md").write_text("# Notes\n", "utf-8")
    shutil.copy(ROOT / "LICENSE", tmp_path)
    presets = clean_environment / "data" / "presets"
    presets.mkdir()
    (presets / "brief.toml").write_text(
        'system = "Answer {{audience}} briefly."\n[variables]\naudience = "all"\n', "utf-8"
    )
    pattern = clean_environment / ".config" / "fabric" / "patterns" / "summarize"
    pattern.mkdir(parents=True)
    (pattern / "system.md").write_text("# Identity\nYou sum up.\n", "utf-8")
    (tmp_path / "prompts.txt").write_text("Name a colour.\nName another.\n", "utf-8")
    (tmp_path / "conversations.json").write_text(json.dumps([CONVERSATION]), "utf-8")
    (clean_environment / ".config" / "fish" / "completions").mkdir(parents=True)
    if shutil.which("git") is not None:
        subprocess.run(["git", "init", "-q", str(tmp_path)], check=True, capture_output=True)
    path = environment()["PATH"]
    return environment({"PATH": f"{stand_in.parent}:{path}", "PARLEY_CONFIG": str(config), "GATE_TOKEN": "x"})


@pytest.mark.parametrize("page", EXAMPLES)
def test_the_examples_work_as_they_stand(page: Path, desk: dict[str, str], tmp_path: Path) -> None:
    failed = []
    for line in lines_of(page):
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", line],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env=desk,
            stdin=subprocess.DEVNULL,
            timeout=100,
        )
        if done.returncode != 0:
            failed.append(f"{line}\n  {done.returncode}: {done.stderr}")
    assert not failed, "\n".join(failed)
