from __future__ import annotations

from pathlib import Path

import pytest

from tests.screens.driving import driving
from tests.waiting import wait_until
from tui.domain.session import Column
from tui.errors import ConfigError
from tui.store.layouts import layout_names, load_layout, save_layout


async def test_the_last_prompt_is_repeated_in_columns_of_their_own() -> None:
    async with driving(["demo/echo", "demo/tour"], size=(200, 45)) as drive:
        await drive.say("Hello")
        await drive.bench.act("repeat-column")
        await drive.see("How many columns")
        await drive.press("backspace", "4", "enter")
        await wait_until(lambda: len(drive.session.columns) == 5)
        await drive.quiet()
        columns = list(drive.session.columns.values())
        assert [column.model for column in columns] == ["demo/echo"] * 4 + ["demo/tour"]
        prompt = drive.session.messages[columns[0].head or ""].parent
        assert {drive.session.messages[column.head or ""].parent for column in columns} == {prompt}
        assert [view.column_id for view in drive.bench.views] == list(drive.session.columns)
        assert drive.bench.current_id == columns[0].id
        await drive.press("alt+s")
        await drive.see("4 of 5 replies are equal")
        assert "demo/echo #2" in drive.text


async def test_nonsense_is_refused_with_words() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.bench.act("repeat-column")
        await drive.press("backspace", *"99")
        await drive.see("A whole number from 2 to 12")
        await drive.press("enter")
        assert len(drive.session.columns) == 1


async def test_columns_move() -> None:
    async with driving(["demo/echo", "demo/tour"], size=(180, 40)) as drive:
        first, second = drive.session.columns
        await drive.press("alt+right")
        await wait_until(lambda: list(drive.session.columns) == [second, first])
        assert [view.column_id for view in drive.bench.views] == [second, first]
        await drive.press("alt+right", "alt+left")
        await wait_until(lambda: [view.column_id for view in drive.bench.views] == [first, second])


async def test_columns_scroll_in_step_when_asked_to() -> None:
    async with driving(["demo/markdown", "demo/markdown"], size=(180, 20)) as drive:
        await drive.say("Hello")
        left, right = (view.transcript for view in drive.bench.views)
        left.focus()
        await drive.press("pageup")
        assert not left.is_following
        assert right.is_following
        await drive.press("end")
        await drive.bench.act("scroll-in-step")
        await drive.press("pageup", "up")
        await wait_until(lambda: not right.is_following)


async def test_a_layout_is_saved_and_opened_again() -> None:
    async with driving(["demo/echo", "demo/tour"], size=(180, 40)) as drive:
        before = drive.session.id
        await drive.bench.act("open-layout")
        await drive.see("There is no layout yet")
        await drive.bench.act("save-layout")
        await drive.press(*"duel", "enter")
        await drive.see("Saved in")
        await drive.press("alt+w")
        await wait_until(lambda: len(drive.session.columns) == 1)
        await drive.bench.act("open-layout")
        await drive.press("enter")
        await wait_until(lambda: drive.session.id != before)
        assert [column.model for column in drive.session.columns.values()] == ["demo/echo", "demo/tour"]
        assert drive.bench.current_column.parameters == {"tokens_per_s": 0}


def test_layouts_survive_a_round_trip_and_bad_files_are_sentences(tmp_path: Path) -> None:
    columns = [Column("x", "a/b", "Be brief.", {"temperature": 0.5}), Column("y", "c/d", kind="completion")]
    save_layout(tmp_path, "both ways", columns)
    assert layout_names(tmp_path) == ["both ways"]
    found = load_layout(tmp_path, "both ways")
    assert [(one.model, one.system, dict(one.parameters), one.kind) for one in found] == [
        ("a/b", "Be brief.", {"temperature": 0.5}, "chat"),
        ("c/d", "", {}, "completion"),
    ]
    for name, text in {"none": "", "odd": "columns = [1]", "wrong": '[[columns]]\nmodel = "a/b"\nsystem = 1'}.items():
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError):
            load_layout(tmp_path, name)
    for name in ("gone", "../x", ""):
        with pytest.raises(ConfigError):
            load_layout(tmp_path, name)
