"""`parley presets`, and presets in use on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import parley
from tui.paths import presets_dir
from tui.store.presets import Preset, load_preset, save_preset

QUICK = ("-m", "demo/echo", "-p", "tokens_per_s=0", "--no-store")


@pytest.fixture(autouse=True)
def presets() -> None:
    save_preset(
        presets_dir(),
        Preset(
            "brief",
            description="Short answers",
            model="demo/tour",
            system="Answer {{reader}} in {{length}}.",
            prompt="About {{topic}}: {{input}}",
            parameters={"temperature": 0.2},
            variables={"length": "one line"},
        ),
    )


def body(*arguments: str) -> dict[str, object]:
    done = parley("ask", *arguments, "--dry-run")
    assert done.code == 0, done.err
    found: dict[str, object] = done.json["json"]
    return found


def test_a_preset_sets_model_system_prompt_and_parameters() -> None:
    sent = body("--preset", "brief", "--var", "reader=kids", "--var", "topic=the {{input}}", "why {{topic}}?")
    assert sent["model"] == "tour"
    assert sent["temperature"] == 0.2
    assert sent["messages"] == [
        {"role": "system", "content": "Answer kids in one line."},
        {"role": "user", "content": "About the {{input}}: why {{topic}}?"},
    ]


def test_options_win_over_the_preset() -> None:
    sent = body(
        "--preset", "brief", "--var=reader=a", "--var=topic=b", "x", "-p", "temperature=1", "-s", "", *QUICK[:2]
    )
    assert (sent["model"], sent["temperature"]) == ("echo", 1)
    assert sent["messages"] == [{"role": "user", "content": "About b: x"}]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--preset", "brief", "x"), "--var reader=VALUE (and topic)"),
        (("--preset", "brief", "--var", "reeder=a", "x"), "did you mean reader?"),
        (("--preset", "brief", "--var", "reader", "x"), "name=value"),
        (("--preset", "breif", "x"), "the nearest is “brief”"),
        (("--preset", "BRIEF", "x"), "the nearest is “brief”"),
        (("--preset", "brief", "--var", "who=a", "x"), "it has reader, length, topic."),
        (("--var", "a=b", "x"), "--var goes with --preset"),
    ],
)
def test_what_is_missing_or_wrong_is_said(arguments: tuple[str, ...], words: str) -> None:
    done = parley("ask", *arguments)
    assert done.code == 2
    assert words in done.err


@pytest.mark.parametrize("command", ["ask", "complete"])
def test_ask_and_complete_use_it(command: str) -> None:
    done = parley(command, "--preset", "brief", "--var", "reader=a", "--var", "topic=b", "x", *QUICK)
    assert done.code == 0
    assert "About b: x" in done.out
    assert ("The system prompt was not sent" in done.err) == (command == "complete")


def test_compare_uses_it_for_every_line_of_a_file(tmp_path: Path) -> None:
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("one\ntwo\n")
    options = ("--preset", "brief", "--var", "reader=a", "--var", "topic=b", "--jsonl", *QUICK)
    done = parley("compare", *options, "--input", str(prompts))
    assert done.code == 0, done.err
    assert "About b: one" in done.out
    assert "About b: two" in done.out


def test_a_list_says_values_as_they_are_written() -> None:
    save_preset(presets_dir(), Preset("odd", parameters={"stop": ["\n"], "stream": False, "user": "me", "seed": 7}))
    assert 'stop ["\\n"], stream false, user me, seed 7' in parley("presets", "list").out


def test_list_show_delete() -> None:
    assert "Short answers" in parley("presets", "list").out
    assert parley("presets", "list", "--json").json[0]["variables"] == {
        "reader": None,
        "length": "one line",
        "topic": None,
    }
    assert 'model = "demo/tour"' in parley("presets", "show", "brief").out
    assert parley("presets", "delete", "brief").code == 0
    assert parley("presets", "delete", "brief").code == 2
    assert json.loads(parley("presets", "list", "--json").out) == []


def test_a_file_that_is_no_preset_can_be_deleted() -> None:
    broken, link = presets_dir() / "broken.toml", presets_dir() / "link.toml"
    broken.write_text("system = 5\n")
    link.symlink_to(presets_dir() / "nowhere")
    assert "must be a text" in parley("presets", "show", "broken").err
    assert parley("presets", "delete", "broken").code == 0
    assert parley("presets", "delete", "link").code == 0
    assert [path.name for path in presets_dir().glob("*.toml")] == ["brief.toml"]


def test_patterns_are_imported_once(tmp_path: Path) -> None:
    for name, text in (("good", "Be good."), ("blank", " \n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "system.md").write_text(text)
    assert parley("presets", "import", str(tmp_path)).out == "good\n"
    assert load_preset(presets_dir(), "good").system == "Be good."
    assert parley("presets", "import", str(tmp_path)).out == ""
    assert parley("presets", "import", str(tmp_path / "nowhere")).code == 2


def test_input_comes_after_a_template_that_does_not_name_it() -> None:
    assert Preset("a", prompt="Do this.").question("x") == "Do this.\n\nx"
    assert Preset("a", prompt="Do this.").question("") == "Do this."
    assert Preset("a", prompt="{{input}}!").question("") == "!"
    assert Preset("a").question("x") == "x"


def test_the_folder_is_said_without_what_steers_a_terminal(tmp_path: Path) -> None:
    done = parley("presets", "path", env={"PARLEY_DATA_DIR": str(tmp_path / "a\x1b[31mb")})
    assert (done.code, done.out) == (0, f"{tmp_path}/a␛[31mb/presets\n")
