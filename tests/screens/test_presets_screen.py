"""Presets by keys: saving what is pinned, using one with variables; sweeps over a parameter."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events
from textual.widgets import Input

from tests.screens.driving import driving
from tests.waiting import wait_until
from tui.domain.acts import MOST_COLUMNS
from tui.errors import ConfigError
from tui.paths import presets_dir
from tui.providers.base import Endpoint
from tui.providers.parameters import table_for
from tui.screens.confirm import ConfirmDialog
from tui.screens.edit_text import TextDialog
from tui.screens.fill_in import FillInDialog
from tui.screens.pick import PickDialog
from tui.screens.save_preset import SavePresetDialog
from tui.screens.sweeping import read_sweep
from tui.store.presets import Preset, load_preset, save_preset
from tui.widgets.editor import Editor

QUICK = "[parameters]\ntokens_per_s = 0\n"


async def test_saving_pins_what_is_chosen() -> None:
    config = QUICK.replace("0", "0\ntemperature = 0.5") + ""
    async with driving(["demo/echo"], config=f'system = "Be brief."\n{config}') as drive:
        await drive.press("alt+e")
        await wait_until(lambda: isinstance(drive.app.screen, SavePresetDialog))
        await drive.press("a", "/", "ctrl+s")
        await drive.see("cannot be a preset's name")
        await drive.press("backspace", "tab", "home", "space", "ctrl+s")
        await wait_until(lambda: (presets_dir() / "a.toml").exists())
    preset = load_preset(presets_dir(), "a")
    assert preset.model is None
    assert preset.system == "Be brief."
    assert preset.parameters["temperature"] == 0.5


async def test_using_one_asks_for_its_variables_and_keeps_what_it_does_not_pin() -> None:
    save_preset(
        presets_dir(),
        Preset(
            "t",
            system="For {{who}}.",
            prompt="About {{what}}: {{input}}",
            parameters={"seed": 3},
            variables={"who": "all"},
        ),
    )
    async with driving(["demo/echo"], config=QUICK) as drive:
        drive.chat.composer.load_text("why?")
        await drive.press("alt+l")
        await wait_until(lambda: isinstance(drive.app.screen, PickDialog))
        await drive.pilot.pause()
        await drive.press("enter")
        await wait_until(lambda: isinstance(drive.app.screen, FillInDialog))
        await drive.press("enter", "t", "e", "a", "enter")
        await wait_until(lambda: drive.chat.composer.text == "About tea: why?")
        column = drive.bench.current_column
        assert column.system == "For all."
        assert column.parameters == {"tokens_per_s": 0, "seed": 3}


async def test_pattern_folders_are_brought_in_and_used_and_a_preset_is_deleted(tmp_path: Path) -> None:
    for name, system in (("sum-up", "Sum up for {{who}}."), ("other", "x")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "system.md").write_text(system)
    async with driving(["demo/echo"], config=QUICK) as drive:
        drive.bench.act_import_presets()
        await wait_until(lambda: isinstance(drive.app.screen, TextDialog))
        await drive.pilot.pause()
        editor = drive.app.screen.query_one(Editor)
        editor.load_text(str(tmp_path / "nowhere"))
        await drive.press("enter")
        await drive.see("Write the path of a folder.")
        editor.load_text(str(tmp_path))
        await drive.press("enter")
        await wait_until(lambda: (presets_dir() / "sum-up.toml").exists())
        await drive.see("2 presets brought in: other, sum-up")
        await drive.press("alt+l")
        await wait_until(lambda: isinstance(drive.app.screen, PickDialog))
        await drive.pilot.pause()
        await drive.press("down", "enter")
        await wait_until(lambda: isinstance(drive.app.screen, FillInDialog))
        await drive.press("m", "e", "enter")
        await wait_until(lambda: drive.bench.current_column.system == "Sum up for me.")
        await drive.bench.act_delete_preset()
        await wait_until(lambda: isinstance(drive.app.screen, PickDialog))
        await drive.pilot.pause()
        await drive.press("enter")
        await wait_until(lambda: isinstance(drive.app.screen, ConfirmDialog))
        await drive.pilot.pause()
        await drive.press("y")
        await wait_until(lambda: not (presets_dir() / "other.toml").exists())


async def test_the_app_begins_with_a_preset_in_all_columns() -> None:
    preset = Preset(
        "brief", model="demo/error", system="For {{audience}}.", prompt="Say {{input}}", parameters={"seed": 7}
    )
    async with driving(["demo/echo", "demo/markdown"], config=QUICK, preset=preset) as drive:
        await wait_until(lambda: isinstance(drive.app.screen, FillInDialog))
        await drive.press(*"me", "enter")
        await drive.see("The columns are set as brief says.")
        columns = drive.bench.session.columns.values()
        assert [column.model for column in columns] == ["demo/echo", "demo/markdown"]
        assert [column.system for column in columns] == ["For me."] * 2
        assert [column.parameters["seed"] for column in columns] == [7, 7]
        assert drive.bench.composer.text == "Say "


async def test_the_app_begins_with_the_model_of_a_preset() -> None:
    async with driving([], config=QUICK, preset=Preset("brief", model="demo/markdown")) as drive:
        await drive.see("The column is set as brief says.")
        assert [column.model for column in drive.bench.session.columns.values()] == ["demo/markdown"]


async def test_a_preset_for_an_endpoint_that_there_is_not_changes_nothing_and_says_why() -> None:
    save_preset(presets_dir(), Preset("far", model="nowhere/m", system="For {{who}}.", parameters={"seed": 7}))
    async with driving(["demo/echo"], config=QUICK) as drive:
        before = drive.bench.current_column
        await drive.press("alt+l")
        await wait_until(lambda: isinstance(drive.app.screen, PickDialog))
        await drive.press("enter")
        await drive.see("There is no endpoint “nowhere”")
        assert drive.app.screen is drive.chat
        after = drive.bench.current_column
        assert (after.model, after.system, after.parameters) == (before.model, before.system, before.parameters)


async def test_values_of_several_lines_are_offered_and_pasted_whole() -> None:
    preset = Preset("t", system="{{example}} {{text}} {{who}}", variables={"example": "one\ntwo"})
    save_preset(presets_dir(), preset)
    async with driving(["demo/echo"], config=QUICK) as drive:
        await drive.bench.use_preset("t")
        await wait_until(lambda: isinstance(drive.app.screen, FillInDialog))
        await drive.see("two")
        await drive.press("up", "!", "down", "down")
        drive.app.post_message(events.Paste("three\r\nfour"))
        await drive.see("four")
        await drive.press("ctrl+j", "5", "enter", "m", "e", "enter")
        await wait_until(lambda: drive.bench.current_column.system == "one!\ntwo three\nfour\n5 me")


async def test_what_was_filled_in_is_not_lost_by_one_slip() -> None:
    save_preset(presets_dir(), Preset("t", system="{{who}}"))
    async with driving(["demo/echo"], config=QUICK) as drive:
        await drive.bench.use_preset("t")
        await wait_until(lambda: isinstance(drive.app.screen, FillInDialog))
        await drive.press("m", "e")
        await drive.pilot.click(offset=(0, 0))
        assert isinstance(drive.app.screen, FillInDialog)
        await drive.press("escape")
        await wait_until(lambda: drive.app.screen is drive.chat)


async def test_patterns_are_found_in_a_copy_of_fabric_and_many_that_fail_are_one_sentence(tmp_path: Path) -> None:
    for name in ("a?", "b?", "c?", "good"):
        (tmp_path / "data" / "patterns" / name).mkdir(parents=True)
        (tmp_path / "data" / "patterns" / name / "system.md").write_text("x")
        presets_dir().mkdir(parents=True, exist_ok=True)
        (presets_dir() / f"{name[0]}.toml").write_text("sytem = 1")
    async with driving(["demo/echo"], config=QUICK) as drive:
        drive.bench.act_import_presets()
        await wait_until(lambda: isinstance(drive.app.screen, TextDialog))
        await drive.pilot.pause()
        drive.app.screen.query_one(Editor).load_text(str(tmp_path))
        await drive.press("enter")
        await drive.see("1 preset brought in: good")
        toasts = [toast.message for toast in drive.app._notifications]
        assert len(toasts) == 2
        assert "(2 more: `parley presets import` names them all)" in toasts[0]
        await drive.press("alt+l")
        await wait_until(lambda: isinstance(drive.app.screen, PickDialog))
        await wait_until(lambda: any("presets list" in toast.message for toast in drive.app._notifications))


async def test_a_sweep_is_a_column_for_each_value() -> None:
    async with driving(["demo/echo"], config=QUICK) as drive:
        await drive.bench.act_sweep()
        await drive.see("temperature = 0, 0.5, 1")
        await drive.press("enter")
        await wait_until(lambda: len(drive.session.columns) == 3)
        assert [column.parameters["temperature"] for column in drive.session.columns.values()] == [0, 0.5, 1]
        await drive.say("Hello")
        assert len({column.head for column in drive.session.columns.values()}) == 3


async def test_swept_columns_say_what_tells_them_apart() -> None:
    async with driving(["demo/tour"], config=QUICK, size=(150, 40)) as drive:
        await drive.bench.act_sweep()
        await drive.pilot.pause()
        await drive.press(*"temperature = 0, 0.5", "enter")
        await wait_until(lambda: len(drive.session.columns) == 2)
        await drive.see("temperature 0.5")
        assert [view.head.apart for view in drive.bench.views] == ["temperature 0", "temperature 0.5"]
        await drive.press("f8")
        assert [tab.apart for tab in drive.bench.strip.tabs] == ["temperature 0", "temperature 0.5"]
        await drive.see("2 demo/tour temperature 0.5")
        await drive.press("f8")
        await drive.bench.set_parameter("temperature", None)
        assert [view.head.apart for view in drive.bench.views] == ["temperature unset", "temperature 0.5"]
        await drive.press("alt+semicolon")
        await wait_until(lambda: drive.bench.desk.blind.is_on)
        assert {view.head.apart for view in drive.bench.views} | {tab.apart for tab in drive.bench.strip.tabs} == {""}


async def test_the_sweep_that_is_proposed_is_replaced_by_typing() -> None:
    async with driving(["demo/echo"], config=QUICK) as drive:
        await drive.bench.act_sweep()
        await drive.see("temperature = 0, 0.5, 1")
        await drive.press(*"top_p = 0.5, 1", "enter")
        await wait_until(lambda: len(drive.session.columns) == 2)
        assert [column.parameters["top_p"] for column in drive.session.columns.values()] == [0.5, 1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("temperature = 0, 9", "between 0 and 1"),
        ("temperature = 0", "between 2 and 4"),
        ("seed = 1, 2", "cannot be swept"),
        ("nonsense", "name=value"),
        ("model = a/b, c/d", "model is no parameter"),
        ("Temprature = 0, 1", "did you mean temperature"),
        ("extra_body = 1, 2", "must be a JSON object"),
        ("response_format = text, yaml", "text, json_object or a JSON schema"),
    ],
)
def test_a_sweep_that_cannot_be_is_said(text: str, words: str) -> None:
    table = table_for(Endpoint("claude", "anthropic-messages", "http://127.0.0.1:9"), "m")
    with pytest.raises(ConfigError, match=words):
        read_sweep(text, table, 4)


@pytest.mark.parametrize(
    ("text", "name", "values"),
    [
        ("temperature = 0, 0.5,1", "temperature", [0, 0.5, 1]),
        ("temperature = null, 0.5", "temperature", [None, 0.5]),
        ("temperature = [0, 1]", "temperature", [0, 1]),
        ('stop = ["a", "b"], "c", d', "stop", [["a", "b"], ["c"], ["d"]]),
        (r'stop = \n, \\n, a\sb, "\n\n"', "stop", [["\n"], ["\\n"], ["a b"], ["\n\n"]]),
        (r"extra = \n, b", "extra", [r"\n", "b"]),
        ('stop = 1, true, "2", null', "stop", [["1"], ["true"], ["2"], None]),
        ("user = 1e5, 1.10", "user", ["1e5", "1.10"]),
        ('extra = {"x": [1, 2]}, {"x": 3},', "extra", [{"x": [1, 2]}, {"x": 3}]),
        ("extra = one two, NaN, [broken", "extra", ["one two", "NaN", "[broken"]),
    ],
)
def test_values_of_a_sweep_are_json_or_words(text: str, name: str, values: list[object]) -> None:
    table = table_for(Endpoint("claude", "anthropic-messages", "http://127.0.0.1:9"), "m")
    assert read_sweep(text, table, 4) == (name, values)


@pytest.mark.parametrize(
    "text", ["temperature = %s, 1", 'response_format = {"type":%s}, 1', 'logit_bias = {"5":%s}, 1']
)
def test_values_nested_without_end_are_a_sentence(text: str) -> None:
    table = table_for(Endpoint("work", "openai-chat", "http://127.0.0.1:9"), "m")
    for levels in range(900, 1100):  # somewhere there what can be read cannot be written
        with pytest.raises(ConfigError):
            read_sweep(text % ("[" * levels + "]" * levels), table, 4)


async def test_a_sweep_from_the_default_leaves_a_column_unset_and_says_values_as_they_are_written() -> None:
    async with driving(["demo/echo"], config=QUICK) as drive:
        await drive.bench._sweep("stop", [None, ["a", "b"]])
        first, second = drive.session.columns.values()
        assert "stop" not in first.parameters
        assert second.parameters["stop"] == ["a", "b"]
        await drive.see('stop ["a", "b"]')


async def test_the_blank_that_the_border_names_is_about_the_parts_also_when_the_name_is_written() -> None:
    async with driving(["demo/echo"], config=QUICK) as drive:
        await drive.press("alt+e")
        await wait_until(lambda: isinstance(drive.app.screen, SavePresetDialog) and drive.app.screen.query(Input))
        await drive.press("a")
        box = drive.app.screen.query_one(".dialog-box")
        hint = str(box.border_subtitle)
        await drive.pilot.click(box, offset=(box.outer_size.width - 2 - len(hint), box.outer_size.height - 1))
        await drive.see("□ model")
        assert drive.app.screen.query_one(Input).value == "a"


async def test_there_are_sweeps_beyond_what_one_screen_holds_up_to_a_number_that_is_said() -> None:
    async with driving(["demo/echo"] * 7, config=QUICK) as drive:
        await drive.bench.act_sweep()
        await drive.press(*"temperature = 0, 0.2, 0.4, 0.6, 0.8, 1", "enter")
        await wait_until(lambda: len(drive.session.columns) == MOST_COLUMNS)
        await drive.bench.act_sweep()
        await drive.see(f"There are {MOST_COLUMNS} columns already")
        assert drive.app.screen is drive.chat
