"""Keys bound anew, the vim preset, what clashes; hints and help by place; finding in the conversation."""

from __future__ import annotations

from pathlib import Path

from tests.app.staging import on_stage
from tests.cli.running import config_file, parley
from tests.waiting import wait_until
from tui.config import parse_config
from tui.screens.keymap import VIM, all_bindings, key_words, keymap_of
from tui.widgets.find_bar import FindBar

VIM_KEYS = '[ui]\nkeys = "vim"\n'


def problems_of(keys: str) -> list[str]:
    return [problem.words for problem in keymap_of(parse_config(f"[keys]\n{keys}\n"))[1]]


def test_without_settings_nothing_is_bound_anew() -> None:
    assert keymap_of(parse_config("")) == ({}, [])


def test_ids_are_unique_within_their_place() -> None:
    seen = [(place, binding.id) for place, binding in all_bindings()]
    assert len(seen) == len(set(seen))


def test_the_vim_preset_names_acts_that_there_are_and_clashes_with_nothing() -> None:
    keymap, problems = keymap_of(parse_config(VIM_KEYS))
    assert problems == []
    assert keymap.keys() == VIM.keys()


def test_what_is_no_key_is_said_and_takes_no_key_away() -> None:
    keymap, problems = keymap_of(parse_config('[keys]\nhelp = "contrl+h, f20"\ncommands = "esc"\n'))
    assert keymap == {"help": "f20"}
    assert [words.partition(",")[0] for _, words in problems] == [
        "[keys] gives “contrl+h” to help",
        "[keys] gives “esc” to commands",
    ]
    assert not problems_of(
        'help = "ctrl+k, f1, question_mark, ?, alt+1, shift+f5, super+x, ctrl+shift+left, ctrl+at, plus"'
    )


def test_the_users_keys_win_over_the_preset() -> None:
    keymap, problems = keymap_of(parse_config(VIM_KEYS + '[keys]\nfocus-composer = "a"\n'))
    assert keymap["focus-composer"] == "a"
    assert problems == []


def test_an_unknown_act_is_named_with_the_nearest() -> None:
    assert "did you mean “help”?" in problems_of('helpp = "f1"')[0]


def test_two_acts_of_one_place_cannot_share_a_key() -> None:
    assert "only one of them can have it" in problems_of('new-session = "f2"')[0]


def test_a_key_that_never_arrives_is_said() -> None:
    assert any("never arrives" in words for words in problems_of('new-line = "f7"'))


def test_a_letter_is_not_taken_from_whoever_types() -> None:
    config = parse_config('[keys]\nquit = "x"\nsend-prompt = ["enter", "s"]\n')
    keymap, problems = keymap_of(config)
    assert "quit" not in keymap
    assert keymap["send-prompt"] == "enter"
    assert sum("could type it" in words for _, words in problems) == 2


def test_keys_in_words() -> None:
    assert key_words("question_mark,ctrl+p,slash,left_curly_bracket") == ["?", "ctrl+p", "/", "{"]


async def test_vim_goes_back_and_forth_between_composer_and_conversation() -> None:
    async with on_stage(config=VIM_KEYS) as stage:
        await stage.ask("hello")
        await stage.press("escape")
        assert stage.view.transcript.has_focus
        await stage.press("escape")
        assert stage.view.transcript.has_focus, "Escape is not i"
        await stage.press("i")
        assert stage.screen.composer.has_focus
        await stage.type("jk")
        assert stage.screen.composer.text == "jk"


async def test_hints_follow_the_focus() -> None:
    async with on_stage() as stage:
        await stage.ask("hello")
        assert [hint.words for hint in stage.screen.hint_line.hints][:2] == ["help", "models"]
        stage.view.transcript.focus()
        await wait_until(lambda: stage.screen.hint_line.hints[0].words == "menu")
        stage.bench.left.filter_input.focus()
        await wait_until(lambda: stage.screen.hint_line.hints[0].words == "choose")


async def test_help_begins_with_the_keys_of_the_place() -> None:
    async with on_stage() as stage:
        await stage.ask("hello")
        stage.view.transcript.focus()
        await stage.press("f1")
        await wait_until(lambda: "In the conversation  here" in stage.shown_text())


async def test_escape_closes_the_palette_as_its_frame_says_also_with_a_word_in_it() -> None:
    async with on_stage() as stage:
        await stage.press("ctrl+p")
        await wait_until(lambda: "esc closes" in stage.shown_text())
        await stage.type("theme")
        await wait_until(lambda: "Choose a theme" in stage.shown_text() and "Send the prompt" not in stage.shown_text())
        await stage.press("escape")
        await wait_until(lambda: stage.app.screen is stage.screen)


async def test_words_are_found_counted_and_walked() -> None:
    async with on_stage() as stage:
        await stage.ask("needle and needle")
        stage.view.transcript.focus()
        await stage.press("slash")
        await wait_until(lambda: bool(stage.screen.query(FindBar)))
        await stage.type("needle")
        await wait_until(lambda: "1 of 4" in stage.shown_text())
        await stage.press("enter")
        await wait_until(lambda: "2 of 4" in stage.shown_text())
        await stage.press("up")
        await wait_until(lambda: "1 of 4" in stage.shown_text())
        await stage.press("escape")
        await wait_until(lambda: stage.view.transcript.has_focus)
        await stage.press("n")
        assert stage.view.transcript.match_position == (2, 4)


def test_config_check_and_doctor_report_keys_that_cannot_be(tmp_path: Path) -> None:
    file = config_file(tmp_path, '[keys]\nnew-session = "f2"\n')
    for command in (("config", "check"), ("doctor",)):
        done = parley("--config", file, *command)
        assert done.code == 2
        assert "only one of them can have it" in done.out + done.err
