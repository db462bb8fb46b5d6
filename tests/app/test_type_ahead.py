"""Keys that come faster than the screen follows reach what they were meant for."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from textual import events
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import TextArea

from tests.app.staging import Stage, on_stage
from tests.waiting import wait_until
from tui.app import make_app
from tui.config import parse_config
from tui.screens.edit_text import TextDialog
from tui.screens.pick import PickDialog

CHARACTERS = {"enter": "\r", "ctrl+p": "\x10"}


def at_once(app: App[int], *keys: str | Iterable[str]) -> None:
    """Keys in one go, as a script or a slow line brings them; names as lists of one, text letter by letter."""
    for key in (one for several in keys for one in several):
        app.post_message(events.Key(key, CHARACTERS.get(key, key if len(key) == 1 else None)))


def questions(stage: Stage) -> list[str]:
    return [entry.text for entry in stage.entries if entry.role == "user"]


async def test_the_name_of_a_command_goes_into_the_palette() -> None:
    async with on_stage() as stage:
        at_once(stage.app, ["ctrl+p"], "theme", ["enter"])
        await wait_until(lambda: isinstance(stage.app.screen, PickDialog) and stage.app.screen._title == "Theme")
        assert stage.screen.composer.text == ""
        assert not stage.entries


async def test_what_follows_a_dialog_goes_where_the_dialog_was_opened() -> None:
    async with on_stage() as stage:
        at_once(stage.app, ["ctrl+p"], ["escape"], "one", ["enter"], ["f1"], ["escape"], "two", ["enter"])
        await wait_until(lambda: questions(stage) == ["one", "two"])
        await stage.settle()


async def test_what_follows_the_key_of_a_pane_goes_into_the_pane() -> None:
    async with on_stage(models=("demo/echo",)) as stage:
        await wait_until(lambda: "demo" in stage.bench.shelf.listings)
        at_once(stage.app, ["f2"], "reason", ["enter"], "one", ["enter"])
        await wait_until(lambda: questions(stage) == ["one"])
        await stage.settle()
        assert stage.bench.current_column.model == "demo/reasoning"


async def test_text_typed_after_sending_is_the_next_prompt() -> None:
    async with on_stage() as stage:
        at_once(stage.app, "one", ["enter"], "two", ["enter"], "three")
        await wait_until(lambda: questions(stage) == ["one", "two"] and stage.screen.composer.text == "three")
        await stage.settle()


async def test_prompts_typed_before_anybody_can_take_them_are_prompts_of_their_own() -> None:
    app = make_app(parse_config("", Path("config.toml")), models=("demo/echo",))
    at_once(app, "one", ["enter"], "two", ["enter"], ["enter"], "three")
    async with app.run_test():
        stage = Stage(app, Pilot(app))
        await wait_until(lambda: stage.screen.is_ready and questions(stage) == ["one", "two"])
        await wait_until(lambda: stage.screen.composer.text == "three")
        await stage.settle()


async def test_a_key_that_accepts_a_text_does_not_overtake_it() -> None:
    async with on_stage() as stage:
        kept: list[str | None] = []
        await stage.app.push_screen(TextDialog("Note", ""), kept.append)
        await wait_until(lambda: isinstance(stage.app.focused, TextArea))
        at_once(stage.app, "all of it", ["ctrl+s"], "and a prompt")
        await wait_until(lambda: stage.screen.composer.text == "and a prompt")
        assert kept == ["all of it"]


async def test_a_key_passes_although_the_one_before_it_never_ends() -> None:
    async with on_stage() as stage:
        stage.app.post_message(events.Key("ctrl+p", None))
        await wait_until(lambda: isinstance(stage.app.screen, PickDialog))
        stage.app._awaited = 10**6  # whatever it waits for will not come
        stage.app.set_timer(0.05, lambda: stage.app._let_through(10**6))
        at_once(stage.app, ["escape"])
        await wait_until(lambda: stage.app.screen is stage.screen)
