"""Completion: real shells complete real lines, and nothing that a server called a model is ever run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import config_file, environment, parley
from tui.cli.completion_scripts import SCRIPTS
from tui.cli.grammar import Command, whole_grammar
from tui.cli.known_names import KINDS, known_names
from tui.cli.main import COMMANDS

HOSTILE = ("$(touch pwned)", "`touch pwned`", "a b", "x;touch pwned", "-rf", "\x1b[31mred", "a'b", "*", "good-model")


def flags(command: Command) -> Iterator[str]:
    for option in command.options:
        yield from option.flags
    for child in command.children:
        yield from flags(child)


@pytest.fixture
def shell_path(tmp_path: Path) -> dict[str, str]:
    """An environment in which `parley` is this one."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "parley"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tui "$@"\n', encoding="utf-8")
    script.chmod(0o700)
    return {**environment(), "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def needs(shell: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"{shell} is not installed")


def run(*command: str, env: dict[str, str], folder: Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env, cwd=folder, timeout=60)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return done.stdout


def bash_offers(line: str, script: Path, env: dict[str, str]) -> list[str]:
    code = 'source "$1"; COMP_LINE=$2 COMP_POINT=${#2}; _parley; printf "%s\\n" "${COMPREPLY[@]}"'
    out = run("bash", "--norc", "-c", code, "bash", str(script), line, env=env, folder=script.parent)
    return [offer for offer in out.splitlines() if offer]


def fish_offers(line: str, script: Path, env: dict[str, str]) -> list[str]:
    code = "source $argv[1]; complete -C $argv[2]"
    out = run("fish", "--no-config", "-c", code, str(script), line, env=env, folder=script.parent)
    return [offer.partition("\t")[0] for offer in out.splitlines()]


def script_for(shell: str, folder: Path) -> Path:
    file = folder / f"_parley.{shell}"
    file.write_text(SCRIPTS[shell](whole_grammar()), encoding="utf-8")
    return file


EXPECTED = [
    ("parley as", {"ask"}),
    ("parley ask --dry", {"--dry-run"}),
    ("parley ask -m demo/ec", {"demo/echo"}),
    ("parley -m demo/echo board --j", {"--json", "--judges"}),
    ("parley ask --model ask --dry", {"--dry-run"}),
    ("parley local ins", {"install"}),
    ("parley completions f", {"fish"}),
    ("parley ask -p temp", {"temperature="}),
    ("parley models ollam", {"ollama"}),
    ("parley ask the model --no-s", {"--no-store"}),
]


@pytest.mark.parametrize(("line", "offers"), EXPECTED)
@needs("bash")
def test_bash_completes(line: str, offers: set[str], tmp_path: Path, shell_path: dict[str, str]) -> None:
    assert set(bash_offers(line, script_for("bash", tmp_path), shell_path)) == offers


@pytest.mark.parametrize(("line", "offers"), EXPECTED)
@needs("fish")
def test_fish_completes(line: str, offers: set[str], tmp_path: Path, shell_path: dict[str, str]) -> None:
    assert set(fish_offers(line, script_for("fish", tmp_path), shell_path)) == offers


@needs("bash")
def test_bash_completes_behind_its_own_word_breaks(tmp_path: Path, shell_path: dict[str, str]) -> None:
    config = config_file(tmp_path, '[endpoints.ollama]\nmodels = ["qwen3:8b", "qwen3:14b"]\n')
    env = {**shell_path, "PARLEY_CONFIG": config}
    script = script_for("bash", tmp_path)
    assert bash_offers("parley ask -m ollama/qwen3:", script, env) == ["8b", "14b"]
    assert bash_offers("parley ask --model=ollama/qwen3:1", script, env) == ["14b"]
    assert bash_offers("parley ask --model=ollama/q", script, env) == ["ollama/qwen3:8b", "ollama/qwen3:14b"]


@needs("zsh")
def test_zsh_completes(tmp_path: Path, shell_path: dict[str, str]) -> None:
    """In a real interactive zsh: what Tab makes of the line."""
    folder = tmp_path / "functions"
    folder.mkdir()
    (folder / "_parley").write_text(SCRIPTS["zsh"](whole_grammar()), encoding="utf-8")
    (tmp_path / "dump").mkdir()
    lines = ["parley boar", "parley ask -m demo/ec", "parley local ins", "parley ask --dry"]
    code = f"""
        zmodload zsh/zpty
        zpty shell zsh -f -i
        zpty -w shell 'fpath=({folder} $fpath); autoload -Uz compinit; compinit -u -d {tmp_path}/dump/zcompdump'
        zpty -w shell 'tell() {{ print -r -- "<""<$BUFFER>>"; BUFFER= }}; zle -N tell; bindkey "^O" tell; PS1='
        for line in {" ".join(f'"{line}"' for line in lines)}; do
            zpty -w -n shell "$line"$'\\t\\x0f'
            zpty -r -m shell found '*<<*>>*'
            print -r -- "$found"
        done
        zpty -d shell
    """
    out = run("zsh", "-f", "-c", code, env={**shell_path, "TERM": "dumb"}, folder=tmp_path)
    for made in ("board", "ask -m demo/echo", "local install", "ask --dry-run"):
        assert f"<<parley {made} >>" in out


@pytest.mark.parametrize("shell", SCRIPTS)
def test_every_command_and_option_is_in_each_script(shell: str) -> None:
    grammar = whole_grammar()
    text = SCRIPTS[shell](grammar)
    assert {child.name for child in grammar.children} == set(COMMANDS)
    for flag in set(flags(grammar)):
        assert (flag if shell != "fish" else f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}") in text


@pytest.mark.parametrize("shell", SCRIPTS)
def test_each_script_is_sound_in_its_shell(shell: str, tmp_path: Path, shell_path: dict[str, str]) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    run(shell, "-n", str(script_for(shell, tmp_path)), env=shell_path, folder=tmp_path)


def remember_hostile_models(clean_environment: Path) -> None:
    cache = clean_environment / "parley-cache" / "models"
    cache.mkdir(parents=True)
    listing = {"endpoint": "openai", "models": [{"id": name} for name in HOSTILE]}
    (cache / "openai-0123.json").write_text(json.dumps(listing), encoding="utf-8")
    (cache / "damaged.json").write_text("{", encoding="utf-8")


def test_only_plain_names_are_offered(clean_environment: Path) -> None:
    remember_hostile_models(clean_environment)
    found = [name for name in known_names("model") if name.startswith("openai/")]
    assert found == ["openai/-rf", "openai/good-model"]


@pytest.mark.parametrize("offers", [bash_offers, fish_offers])
def test_no_name_is_ever_run(
    offers: object, clean_environment: Path, tmp_path: Path, shell_path: dict[str, str]
) -> None:
    """Even where `parley` itself is replaced by one that prints anything."""
    shell = "bash" if offers is bash_offers else "fish"
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    script = script_for(shell, tmp_path)
    fake = tmp_path / "bin" / "parley"
    printed = "".join(f"'openai/{name}' " for name in HOSTILE if "'" not in name)
    fake.write_text(f"#!/bin/sh\nprintf '%s\\n' {printed}\n", encoding="utf-8")
    found = bash_offers if offers is bash_offers else fish_offers
    assert "openai/good-model" in found("parley ask -m openai/", script, shell_path)
    assert not (tmp_path / "pwned").exists()


def test_completing_runs_no_key_command_and_fetches_nothing(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    config = config_file(
        tmp_path,
        f'[endpoints.work]\ndialect = "openai-chat"\nbase_url = "http://127.0.0.1:9/v1"\nmodels = ["big"]\n'
        f'api_key = {{ command = ["touch", "{ran}"] }}\n',
    )
    done = parley("completions", "--list", "model", env={"PARLEY_CONFIG": config})
    assert "work/big" in done.out.splitlines()
    assert not ran.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_can_be_listed_on_a_new_machine(kind: str) -> None:
    assert parley("completions", "--list", kind).code == 0


def test_a_broken_configuration_is_silent(tmp_path: Path) -> None:
    done = parley("completions", "--list", "model", env={"PARLEY_CONFIG": config_file(tmp_path, "model = [")})
    assert (done.code, done.err) == (0, "")


@pytest.mark.parametrize("arguments", [(), ("bash", "--list", "model"), ("tcsh",)])
def test_what_is_wanted_must_be_said(arguments: tuple[str, ...]) -> None:
    done = parley("completions", *arguments)
    assert done.code == 2
    assert done.err.startswith("parley: ")
    assert not done.out


@pytest.mark.parametrize("action", ["show", "delete"])
def test_names_of_presets_are_offered_where_one_is_named(action: str) -> None:
    presets = next(child for child in whole_grammar().children if child.name == "presets")
    (operand,) = next(child for child in presets.children if child.name == action).operands
    assert operand.kind == "preset"
