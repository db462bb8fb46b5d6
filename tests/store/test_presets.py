"""Presets are files one can edit, share and trust."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui.errors import ConfigError
from tui.store.presets import (
    Preset,
    delete_preset,
    fill_template,
    import_patterns,
    load_preset,
    load_presets,
    save_preset,
)
from tui.store.toml_files import READ_LIMIT_BYTES


def test_a_preset_survives_a_round_trip(tmp_path: Path) -> None:
    preset = Preset(
        "Kurz & bündig",
        "brief",
        "demo/echo",
        "For {{who}}.\nBe \x1b brief.",
        "Explain {{ topic }} to {{who}}: {{input}}",
        {"temperature": 0.2, "stop": ["\n\n"], "extra_body": {"a": {"b": 1}}},
        {"who": "engineers"},
    )
    save_preset(tmp_path, preset)
    assert load_preset(tmp_path, "Kurz & bündig") == preset
    assert preset.asked == ("who", "topic")
    filled = preset.filled({"topic": "{{who}}"})
    assert filled.system == "For engineers.\nBe \x1b brief."
    assert filled.prompt == "Explain {{who}} to engineers: {{input}}"


def test_any_subset_may_be_pinned(tmp_path: Path) -> None:
    save_preset(tmp_path, Preset("warm", parameters={"temperature": 1.2}))
    preset = load_preset(tmp_path, "warm")
    assert (preset.model, preset.system, preset.prompt) == (None, None, None)
    assert (tmp_path / "warm.toml").read_text() == "[parameters]\ntemperature = 1.2\n"


def test_secrets_are_not_saved(tmp_path: Path) -> None:
    parameters = {"provider_api_keys": {"openai": "sk-literal", "cohere": {"env": "KEY"}}, "temperature": 1}
    path = save_preset(tmp_path, Preset("x", parameters=parameters))
    assert "literal" not in path.read_text()
    assert load_preset(tmp_path, "x").parameters["provider_api_keys"] == {"openai": "***", "cohere": {"env": "KEY"}}


@pytest.mark.parametrize(
    "name", ["", " ", "../x", "a/b", "a\\b", ".hidden", "nul", "COM1", "a\nb", "\x1b", "x" * 200, "ü" * 70]
)
def test_names_that_could_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be a preset's name"):
        save_preset(tmp_path, Preset(name, system="x"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("system = ", "not valid TOML"),
        ("\udcff", "not UTF-8"),
        ('sytem = "x"', "did you mean “system”"),
        ("system = 7", "“system” must be a text"),
        ("parameters = 7", "“parameters” must be a table"),
        ("[variables]\nx = []", "“variables” must be a text"),
        ('model = "gpt"', "endpoint/model"),
        ("[parameters]\nuser = 1979-05-27", "“parameters.user” holds a date or time"),
        ("[parameters]\nextra_body = {a = [{b = 07:32:00}]}", "“parameters.extra_body” holds a date or time"),
        ("[parameters]\ntemperature = nan", "“parameters.temperature” must be a finite number"),
    ],
)
def test_a_bad_file_is_a_sentence_and_hides_no_other(tmp_path: Path, content: str, words: str) -> None:
    save_preset(tmp_path, Preset("good", system="x"))
    (tmp_path / "bad.toml").write_bytes(content.encode("utf-8", "surrogateescape"))
    loaded = load_presets(tmp_path)
    assert [preset.name for preset in loaded.presets] == ["good"]
    (error,) = loaded.failed
    assert "bad.toml" in str(error)
    assert words in str(error)


def test_a_null_is_not_lost_in_silence(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"mood": {"enum": ["good", None]}}}
    with pytest.raises(ConfigError, match=r"“parameters\.response_format” holds a null"):
        save_preset(tmp_path, Preset("x", parameters={"response_format": schema}))
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_named_by_hand_is_used_under_that_name(tmp_path: Path) -> None:
    (tmp_path / "what?.toml").write_text('system = "{{polite}}"\n[variables]\npolite = true\n')
    (preset,) = load_presets(tmp_path).presets
    assert load_preset(tmp_path, "what?") == preset
    assert preset.filled({}).system == "true"
    delete_preset(tmp_path, "what?")
    assert list(tmp_path.iterdir()) == []


def test_a_link_that_leads_nowhere_is_no_preset(tmp_path: Path) -> None:
    (tmp_path / "x.toml").symlink_to(tmp_path / "gone")
    (error,) = load_presets(tmp_path).failed
    assert "not there" in str(error)
    with pytest.raises(ConfigError, match=r"no preset “x”; presets are files"):
        load_preset(tmp_path, "x")


def test_an_unknown_name_says_the_nearest(tmp_path: Path) -> None:
    save_preset(tmp_path, Preset("translate", system="x"))
    with pytest.raises(ConfigError, match="nearest is “translate”"):
        load_preset(tmp_path, "transalte")
    with pytest.raises(ConfigError, match="no preset"):
        load_preset(tmp_path / "nowhere", "x")


def test_a_preset_can_be_deleted_once(tmp_path: Path) -> None:
    save_preset(tmp_path, Preset("x", system="x"))
    delete_preset(tmp_path, "x")
    with pytest.raises(ConfigError, match="cannot be deleted"):
        delete_preset(tmp_path, "x")


def test_pattern_folders_become_presets_once(tmp_path: Path) -> None:
    patterns, presets = tmp_path / "patterns", tmp_path / "presets"
    for name, system, user in [
        ("summarize", "Sum up for {{who}}.", "now"),
        ("translate", "Into Latin: {{input}}", ""),
        ("empty", "", ""),
        ("con", "x", ""),
    ]:
        (patterns / name).mkdir(parents=True)
        (patterns / name / "system.md").write_text(system)
        (patterns / name / "user.md").write_text(user)
    added, failed = import_patterns(patterns, presets)
    assert added == ("summarize", "translate")
    assert len(failed) == 1
    assert load_preset(presets, "summarize").prompt == "now"
    assert load_preset(presets, "summarize").asked == ("who",)
    translate = load_preset(presets, "translate")
    assert (translate.system, translate.question("Hello")) == (None, "Into Latin: Hello")
    assert import_patterns(patterns, presets)[0] == ()
    assert import_patterns(patterns / "summarize", tmp_path / "others")[0] == ("summarize",)


def test_a_pattern_is_found_where_one_stands_and_in_a_copy_of_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pattern = tmp_path / "fabric" / "data" / "patterns" / "sum_up"
    pattern.mkdir(parents=True)
    (pattern / "system.md").write_bytes(b"\xef\xbb\xbfSum up.\r\nBriefly.")
    monkeypatch.chdir(pattern)
    assert import_patterns(Path(), tmp_path / "one") == (("sum_up",), ())
    assert import_patterns(Path("../../.."), tmp_path / "two") == (("sum_up",), ())
    assert import_patterns(tmp_path, tmp_path / "none") == ((), ())
    assert load_preset(tmp_path / "two", "sum_up").system == "Sum up.\nBriefly."


def test_a_pattern_that_would_be_too_large_is_refused(tmp_path: Path) -> None:
    sizes = {"at_once": READ_LIMIT_BYTES + 1, "with_the_rest": READ_LIMIT_BYTES, "fits": READ_LIMIT_BYTES - 100}
    for name, size in sizes.items():
        (tmp_path / "patterns" / name).mkdir(parents=True)
        (tmp_path / "patterns" / name / "system.md").write_text("x" * size)
    added, failed = import_patterns(tmp_path / "patterns", tmp_path / "presets")
    assert added == ("fits",)
    assert [str(error).endswith(" 4 MiB.") for error in failed] == [True, True]
    assert [preset.name for preset in load_presets(tmp_path / "presets").presets] == ["fits"]


def test_a_link_brings_nothing_in_from_outside_of_the_folder(tmp_path: Path) -> None:
    patterns, outside = tmp_path / "patterns", tmp_path / "outside"
    outside.mkdir()
    (outside / "system.md").write_text("secret")
    for name in ("own", "file", "prompt"):
        (patterns / name).mkdir(parents=True)
    (patterns / "own" / "system.md").write_text("mine")
    (patterns / "prompt" / "system.md").write_text("mine")
    (patterns / "prompt" / "user.md").symlink_to(outside / "system.md")
    (patterns / "file" / "system.md").symlink_to("../../outside/system.md")
    (patterns / "folder").symlink_to(outside)
    (patterns / "alias").symlink_to("own")
    (tmp_path / "link").symlink_to(patterns)
    added, failed = import_patterns(tmp_path / "link", tmp_path / "presets")
    assert added == ("alias", "own")
    assert [" leads out of " in str(error) for error in failed] == [True, True, True]
    assert import_patterns(tmp_path / "link" / "alias", tmp_path / "one")[0] == ("alias",)


def test_variables_are_words_of_any_script() -> None:
    preset = Preset("p", system="{{größe}} {{Übung}} {{имя}} {{名前}} {{1}} {{a-b}} {{a b}} {{a|b}} {{}}")
    assert preset.asked == ("größe", "Übung", "имя", "名前", "1", "a-b")
    assert fill_template("{{ Übung }} {{1}}", {"Übung": "x", "1": "y"}) == "x y"


def test_a_template_is_filled_once() -> None:
    assert fill_template("{{a}} {{b}} {{ a }} {a} {{}}", {"a": "{{b}}"}) == "{{b}} {{b}} {{b}} {a} {{}}"
