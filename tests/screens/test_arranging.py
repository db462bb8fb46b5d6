"""Columns repeated, moved, scrolled in step, kept as layouts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.screens.driving import driving
from tests.waiting import wait_until
from tui.domain.arrangement import Arrangement, arrangement_of
from tui.domain.session import Column
from tui.errors import ConfigError
from tui.paths import sessions_dir
from tui.store.layouts import layout_names, load_layout, save_layout
from tui.store.sessions import SessionStore
from tui.widgets.editor import Editor


async def test_the_last_prompt_is_repeated_in_columns_of_their_own() -> None:
    async with driving(["demo/echo", "demo/tour"], size=(200, 45)) as drive:
        await drive.say("Hello")
        await drive.bench.act("repeat-column")
        await drive.see("How many columns")
        await drive.press("4", "enter")  # what was proposed is marked
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
        await drive.press(*"99")
        await drive.see("A whole number from 2 to 12")
        await drive.press("enter")
        assert len(drive.session.columns) == 1
        drive.app.screen.query_one(Editor).load_text("9" * 5000)
        await drive.press("enter")
        assert len(drive.session.columns) == 1
        await drive.press("escape")
        await drive.see("demo/echo")


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
        await drive.bench.act("save-layout")
        await drive.see("A name that there is already is replaced: duel.")
        await drive.press("escape")
        await drive.bench.act("open-layout")
        await drive.see("demo/echo, demo/tour")
        await drive.press("enter")
        await wait_until(lambda: drive.session.id != before)
        assert [column.model for column in drive.session.columns.values()] == ["demo/echo", "demo/tour"]
        assert drive.bench.current_column.parameters == {"tokens_per_s": 0}


def test_layouts_survive_a_round_trip_and_bad_files_are_sentences(tmp_path: Path) -> None:
    columns = [Column("x", "a/b", "Be brief.", {"temperature": 0.5}), Column("y", "c/d", kind="completion")]
    places = Arrangement(is_in_step=True).with_share("x", 2.5).with_fold("y", is_folded=True)
    save_layout(tmp_path, "both ways", columns, places)
    assert layout_names(tmp_path) == ["both ways"]
    found, standing = load_layout(tmp_path, "both ways")
    assert standing == places.renamed({"x": "1", "y": "2"})
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


async def test_columns_get_wider_and_narrower_fold_and_keep_that_with_the_session() -> None:
    async with driving(["demo/echo", "demo/tour", "demo/echo"], size=(200, 30)) as drive:
        await drive.say("Hello")
        first, second, third = drive.bench.views
        assert abs(first.size.width - second.size.width) <= 1
        await drive.press("alt+equals_sign", "alt+equals_sign")
        await wait_until(lambda: first.size.width > second.size.width + 15)
        await drive.press("f6", "alt+minus")
        await wait_until(lambda: second.size.width < third.size.width - 5)
        await drive.press("f6", "alt+h")
        await wait_until(lambda: not third.display)
        assert drive.bench.current_id == second.column_id
        assert "3 ▸demo/echo" in drive.text
        await drive.press("f6")  # a folded column is passed over
        await wait_until(lambda: drive.bench.current_id == first.column_id)
        how = drive.bench.arrangement
        assert how.share(first.column_id) > 1 > how.share(second.column_id)
        assert how.folded == {third.column_id}
        session_id = drive.session.id
        await wait_until(lambda: arrangement_of(SessionStore(sessions_dir()).read(session_id).session) == how)
    async with driving([], size=(200, 30), resume=session_id) as drive:
        await wait_until(lambda: drive.bench.arrangement == how)
        first, second, third = drive.bench.views
        await wait_until(lambda: not third.display and first.size.width > second.size.width + 15)
        await drive.bench.act("unfold-columns")
        await wait_until(lambda: bool(third.display))
        await drive.bench.act("even-columns")
        await wait_until(lambda: abs(first.size.width - second.size.width) <= 1)
        assert drive.bench.arrangement == Arrangement()


async def test_a_folded_column_comes_back_by_a_click_and_the_last_one_stays() -> None:
    async with driving(["demo/echo", "demo/tour"], size=(200, 30)) as drive:
        left, right = drive.bench.views
        await drive.press("alt+h")
        await wait_until(lambda: not left.display)
        await drive.press("alt+h")
        await drive.see("This is the only open column.")
        await drive.pilot.click("ColumnStrip", offset=(3, 0))
        await wait_until(lambda: bool(left.display and right.display))


async def test_the_line_between_two_columns_is_dragged() -> None:
    async with driving(["demo/echo", "demo/tour"], size=(200, 30)) as drive:
        left, right = drive.bench.views
        before = left.size.width
        await drive.pilot.mouse_down(right, offset=(0, 10))
        await drive.pilot.hover(right, offset=(20, 10))
        await drive.pilot.mouse_up(right, offset=(20, 10))
        await wait_until(lambda: abs(left.size.width - before - 20) <= 2)


async def test_prompts_go_to_one_column_alone_and_to_all_again() -> None:
    async with driving(["demo/echo", "demo/tour", "demo/echo"], size=(200, 30)) as drive:
        await drive.press("alt+u")
        await drive.see("to demo/echo alone, 1 of 3 columns")
        await drive.say("Hello")
        assert [bool(column.head) for column in drive.session.columns.values()] == [True, False, False]
        await drive.press("alt+u")
        await drive.see("to all 3 columns")


async def test_all_columns_are_asked_again_or_only_those_that_failed() -> None:
    async with driving(["demo/echo", "demo/cut"], size=(200, 30)) as drive:
        await drive.say("Hello")
        await drive.bench.act("retry-failed")
        await drive.quiet()
        replies = [message for message in drive.session.messages.values() if message.is_reply]
        assert [reply.model for reply in replies] == ["demo/echo", "demo/cut", "demo/cut"]
        await drive.bench.act("regenerate-all")
        await drive.quiet()
        replies = [message for message in drive.session.messages.values() if message.is_reply]
        assert sorted(reply.model for reply in replies) == ["demo/cut"] * 3 + ["demo/echo"] * 2


async def test_one_column_cannot_be_shown_alone_and_hides_none_that_comes() -> None:
    async with driving(["demo/echo"], size=(200, 45)) as drive:
        await drive.press("f8")
        await drive.see("This is the only column.")
        assert not drive.bench.arrangement.is_zoomed
        await drive.bench.act("add-column")
        await wait_until(lambda: [bool(view.display) for view in drive.bench.views] == [True, True])
