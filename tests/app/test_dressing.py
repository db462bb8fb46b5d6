"""Themes: following the terminal, read again when saved, said when broken."""

from __future__ import annotations

import os
from pathlib import Path

from tests.app.staging import Stage, on_stage
from tests.waiting import wait_until
from tui.paths import user_themes_dir
from tui.widgets.terminal_answers import TerminalSaid

DARK = 'dark = true\nprimary = "{primary}"\nbackground = "#101010"\nforeground = "#e0e0e0"\n'


def save(text: str, *, name: str = "mine.toml") -> Path:
    """Write a theme file as an editor would, with a time of its own."""
    user_themes_dir().mkdir(parents=True, exist_ok=True)
    path = user_themes_dir() / name
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text, encoding="utf-8")
    stat = path.stat()
    os.utime(path, ns=(stat.st_atime_ns, max(stat.st_mtime_ns, before + 10_000_000)))
    return path


def primary(stage: Stage) -> str:
    return stage.app.theme_variables["primary"].lower()


async def test_auto_follows_the_terminal() -> None:
    async with on_stage(config='theme = "auto"\n[ui]\nlight_theme = "meadow"\n') as stage:
        assert stage.app.theme == "parley-dark"
        await wait_until(lambda: "meadow" in stage.app.available_themes)
        stage.app.post_message(TerminalSaid(background="rgb:ffff/ffff/ffff"))
        await wait_until(lambda: stage.app.theme == "meadow")
        stage.app.post_message(TerminalSaid(is_dark=True))
        await wait_until(lambda: stage.app.theme == "parley-dark")


async def test_a_chosen_theme_does_not_follow() -> None:
    async with on_stage(config='theme = "nord"') as stage:
        await wait_until(lambda: len(stage.app.available_themes) > 20)
        stage.app.post_message(TerminalSaid(is_dark=False))
        await stage.pilot.pause()
        assert stage.app.theme == "nord"


async def test_a_terminal_that_reports_all_keys_is_told_of_shift_enter() -> None:
    async with on_stage() as stage:
        assert "ctrl+j new line" in stage.shown_text()
        stage.app.post_message(TerminalSaid(reports_all_keys=True))
        await wait_until(lambda: "shift+enter new line" in stage.shown_text())


async def test_a_theme_is_read_again_when_it_is_saved() -> None:
    path = save(DARK.format(primary="#aabbcc"))
    async with on_stage(config='theme = "mine"') as stage:
        await wait_until(lambda: len(stage.app.available_themes) > 20)
        await wait_until(lambda: stage.app._theme_files is not None)
        assert primary(stage) == "#aabbcc"
        save(DARK.format(primary="#ccbbaa"))
        await wait_until(lambda: primary(stage) == "#ccbbaa")
        save("primary = 3\n")
        await wait_until(lambda: any("primary" in one.message for one in stage.app._notifications))
        assert primary(stage) == "#ccbbaa"
        path.unlink()
        await wait_until(lambda: stage.app.theme == "parley-dark")


async def test_a_new_theme_file_can_be_chosen_at_once() -> None:
    async with on_stage() as stage:
        await wait_until(lambda: len(stage.app.available_themes) > 20)
        await wait_until(lambda: stage.app._theme_files is not None)
        save(DARK.format(primary="#aabbcc"), name="fresh.toml")
        await wait_until(lambda: "fresh" in stage.app.available_themes)
