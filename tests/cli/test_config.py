"""`parley config path / init / check`."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.cli.running import ROOT, config_file, parley
from tui import paths
from tui.config import Config, load_config


def test_path_says_where_the_file_is(tmp_path: Path) -> None:
    usual = parley("config", "path")
    assert (usual.code, usual.out.strip()) == (0, str(paths.config_file()))
    named = parley("config", "path", "--config", str(tmp_path / "c.toml"))
    assert named.out.strip() == str(tmp_path / "c.toml")
    moved = parley("config", "path", env={"PARLEY_CONFIG": str(tmp_path / "d.toml")})
    assert moved.out.strip() == str(tmp_path / "d.toml")


def test_a_variable_that_names_no_file_is_said_and_stands_in_nobodys_way(tmp_path: Path) -> None:
    env = {"PARLEY_CONFIG": str(tmp_path / "nowhere.toml")}
    asked = parley("ask", "-m", "demo/echo", "Hello", env=env)
    assert (asked.code, asked.out.strip()) == (0, "Hello")
    assert asked.err.count("\n") == 1
    assert f"PARLEY_CONFIG names {tmp_path / 'nowhere.toml'}, which does not exist; defaults hold." in asked.err
    assert parley("config", "init", env=env).err.count("does not exist") == 0
    assert parley("ask", "-m", "demo/echo", "Hello", env=env).err == ""


def test_init_writes_the_example_once() -> None:
    done = parley("config", "init")
    file = paths.config_file()
    assert (done.code, done.out.strip()) == (0, str(file))
    assert file.read_bytes() == (ROOT / "config.example.toml").read_bytes()
    assert load_config() == Config()
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("# mine\n")
    again = parley("config", "init")
    assert (again.code, again.out) == (2, "")
    assert "already" in again.err
    assert file.read_text() == "# mine\n"


def test_init_makes_the_folder_and_goes_through_no_link(tmp_path: Path) -> None:
    target = tmp_path / "new" / "folder" / "c.toml"
    assert parley("config", "init", "--config", str(target)).code == 0
    assert target.is_file()
    link = tmp_path / "link.toml"
    link.symlink_to(tmp_path / "elsewhere.toml")
    assert parley("config", "init", "--config", str(link)).code == 2
    assert not (tmp_path / "elsewhere.toml").exists()


def test_check_reports_every_problem(tmp_path: Path) -> None:
    text = 'theme = 3\nmodle = "x"\nmodel = "opnai/x"\n[endpoints.w]\ndialect = "ollama"\n'
    done = parley("config", "check", "--config", config_file(tmp_path, text))
    assert (done.code, done.out) == (2, "")
    lines = done.err.splitlines()
    assert len(lines) == 4
    for words in ("line 1: theme", "did you mean model?", "endpoints.w has no base_url", "did you mean openai?"):
        assert any(words in line for line in lines), words


def test_check_knows_the_themes_that_there_are(tmp_path: Path) -> None:
    text = 'theme = "nrod"\n[ui]\ndark_theme = "mine"\nlight_theme = "zzz"\n'
    file = config_file(tmp_path, text)
    (tmp_path / "themes").mkdir()
    (tmp_path / "themes" / "mine.toml").write_text("dark = true\n")
    done = parley("config", "check", "--config", file)
    assert done.code == 2
    first, second = done.err.splitlines()
    assert "line 1: There is no theme “nrod”; did you mean nord?" in first
    assert "line 4: There is no theme “zzz”; there are " in second
    assert parley("config", "check", "--config", config_file(tmp_path, 'theme = "auto"\n')).code == 0


def test_check_says_where_an_impossible_endpoint_or_parameter_stands(tmp_path: Path) -> None:
    text = (
        '[parameters]\ntemprature = 1\nseed = "x"\ntop_a = 0.1\n[endpoints.w]\nbase_url = "http://127.0.0.1"\n'
        '[endpoints.v]\ndialect = "openai-cat"\nbase_url = "http://127.0.0.1"\n'
    )
    done = parley("config", "check", "--config", config_file(tmp_path, text))
    assert done.code == 2
    for words in (
        "line 2: parameters.temprature is no parameter; did you mean temperature?",
        "line 3: parameters.seed must be a whole number",
        "line 5: endpoints.w is not built in and has no dialect",
        "did you mean openai-chat?",
    ):
        assert words in done.err, words
    assert "top_a" not in done.err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[keys]\nhlp = "f1"\n', "line 2: [keys] names no act “hlp”; did you mean “help”?"),
        ('[keys]\n\nhelp = "f1,notakey+++"\n', "line 3: [keys] gives “notakey+++” to help, which is no key"),
        ("model = 'demo/echo'\nmodel = 'demo/tour'\n", "line 2: model stands in its table twice"),
        (f"[parameters]\nseed = 1{'0' * 400}\n", "line 2: parameters.seed must be a whole number"),
        (
            "[parameters]\nresponse_format = 3\n",
            "line 2: parameters.response_format must be text, json_object or a JSON",
        ),
        ("[parameters]\nextra_body = 'x'\n", "line 2: parameters.extra_body must be a JSON object"),
        ("[parameters]\nreasoning_effort = 3\n", "line 2: parameters.reasoning_effort must be a text, not 3"),
        (f"[budget]\nday_usd = 1{'0' * 400}\n", "line 2: budget.day_usd must be at least 0"),
        (f"[local]\nthreads = 1{'0' * 400}\n", "line 2: local.threads must be at least 1 and at most 1024"),
    ],
)
def test_check_names_file_line_and_setting(tmp_path: Path, text: str, words: str) -> None:
    file = config_file(tmp_path, text)
    done = parley("config", "check", "--config", file)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"parley: {file}, {words}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[endpoints.w]\ndialect = "openai-chat"\nbase_url = 3\n', "base_url must be a text"),
        ('[endpoints.w]\ndialect = "openai-chat"\nbase-url = "http://127.0.0.1"\n', "did you mean base_url?"),
        ('[endpoints.w]\ndialect = "opnai-chat"\nbase_url = "http://127.0.0.1"\n', "did you mean openai-chat?"),
        ('[endpoints.w]\nlkie = "vllm"\nbase_url = "http://127.0.0.1"\n', "did you mean like?"),
        ('[endpoints.w]\ndialect = "scripted"\nscript = 3\n', "script must be a text"),
        ('[endpoints.ai-stats]\ngeneration = "2"\n', "generation must be one of 1, 2, 3"),
        ('model = "w/x"\n[endpoints]\nw = 3\n', "endpoints.w must be a table"),
        ('model = "w/x"\n[endpoint.w]\ndialect = "ollama"\n', "did you mean endpoints?"),
        ('model = "nothing"\n', "must be written endpoint/model"),
    ],
)
def test_a_slip_is_one_sentence_without_what_follows_from_it(tmp_path: Path, text: str, words: str) -> None:
    done = parley("config", "check", "--config", config_file(tmp_path, text))
    assert (done.code, done.out) == (2, "")
    assert [words in line for line in done.err.splitlines()] == [True]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ('[endpoints.w]\ndialect = "openai-chat"\nlabel = 3\n', 2),
        ('model = "v/x"\n[endpoints.w]\ndialect = "ollama"\nbase_url = 3\n', 2),
    ],
)
def test_two_slips_in_one_table_are_two_sentences(tmp_path: Path, text: str, count: int) -> None:
    done = parley("config", "check", "--config", config_file(tmp_path, text))
    assert len(done.err.splitlines()) == count


@pytest.mark.parametrize("text", ["", 'theme = "nord"\n'])
def test_check_of_a_good_file(tmp_path: Path, text: str) -> None:
    done = parley("config", "check", "--config", config_file(tmp_path, text))
    assert (done.code, done.err) == (0, "")
    assert done.out.strip().endswith("all is well")


def test_check_without_a_file_and_with_a_missing_one(tmp_path: Path) -> None:
    assert parley("config", "check").code == 0
    missing = parley("config", "check", "--config", str(tmp_path / "nothing.toml"))
    assert missing.code == 2
    assert "There is no config file" in missing.err


def test_a_wrong_config_stops_other_commands_with_one_sentence(tmp_path: Path) -> None:
    done = parley("models", "--config", config_file(tmp_path, "theme = 3\n"))
    assert done.code == 2
    assert len(done.err.splitlines()) == 1


def test_an_action_is_needed() -> None:
    assert parley("config").code == 2
