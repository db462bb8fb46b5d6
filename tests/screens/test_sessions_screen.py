"""Saved sessions on the screen: searched, opened at the message, named, pinned, tagged, trashed, forked, not stored."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.screens.driving import Drive, driving
from tests.waiting import wait_until
from tui.paths import sessions_dir
from tui.screens.confirm import ConfirmDialog
from tui.screens.edit_text import TextDialog
from tui.screens.export_session import ExportDialog
from tui.screens.import_sessions import ImportDialog
from tui.screens.session_finder import SessionFinder
from tui.store.sessions import SessionStore
from tui.widgets.editor import Editor
from tui.widgets.filter_input import PathInput
from tui.widgets.pick_list import PickList
from tui.widgets.session_list import SessionList


def store() -> SessionStore:
    return SessionStore(sessions_dir())


async def finder(drive: Drive) -> SessionFinder:
    await drive.press("ctrl+g")
    await wait_until(lambda: isinstance(drive.app.screen, SessionFinder) and drive.app.screen.query(SessionList))
    found = drive.app.screen
    assert isinstance(found, SessionFinder)
    await wait_until(lambda: found.session_list.rows)
    return found


async def write_line(drive: Drive, text: str) -> None:
    await wait_until(lambda: isinstance(drive.app.screen, TextDialog) and drive.app.screen.query(Editor))
    drive.app.screen.query_one(Editor).load_text(text)
    await drive.press("enter")


async def test_a_search_opens_the_session_at_the_message() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("where do herons nest")
        await drive.say("and something else")
        first = drive.session.id
        await drive.press("ctrl+n")
        await drive.say("an unrelated talk")
        found = await finder(drive)
        await drive.press(*"herons")
        await wait_until(lambda: found.hits)
        await drive.press("enter")
        await wait_until(lambda: drive.session.id == first)
        transcript = drive.bench.current_view.transcript
        await wait_until(lambda: transcript.cursor_entry)
        assert "herons" in drive.session.messages[transcript.cursor_entry or ""].text


async def test_pin_tags_and_title_of_a_session_that_is_not_open() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("the older one")
        older = drive.session.id
        await drive.press("ctrl+n")
        await drive.say("the newer one")
        found = await finder(drive)
        await wait_until(lambda: len(found.session_list.rows) == 2)
        await drive.press("down", "alt+p")
        await wait_until(lambda: found.session_list.rows[0].id.endswith(older))
        await drive.press("alt+t")
        await write_line(drive, "work #birds")
        await wait_until(lambda: "#birds" in found.session_list.rows[0].detail)
        await drive.press("alt+r")
        await write_line(drive, "Birds")
        await wait_until(lambda: found.session_list.rows[0].text == "Birds")
        read = store().read(older).session
        assert (read.title, read.is_pinned, read.tags) == ("Birds", True, ("work", "birds"))


async def test_a_deleted_session_comes_back() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("not to be lost")
        session_id = drive.session.id
        found = await finder(drive)
        await drive.press("alt+d")
        await wait_until(lambda: not store().path(session_id).exists())
        assert drive.session.id != session_id
        await wait_until(lambda: not any(row.id for row in found.session_list.rows))
        await drive.press("alt+z")
        await wait_until(lambda: store().path(session_id).exists())
        await wait_until(lambda: found.session_list.rows[0].text == "not to be lost")


async def test_the_trash_is_listed_and_restored_from() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("into the bin")
        session_id = drive.session.id
        drive.bench.act_delete_session()
        await wait_until(lambda: store().trashed())
        found = await finder(drive)
        await drive.press("alt+v")
        await wait_until(lambda: found.session_list.rows[0].text == "into the bin")
        await drive.press("enter")
        await wait_until(lambda: store().path(session_id).exists())
        await drive.press("alt+v")
        await wait_until(lambda: found.session_list.rows[0].text == "into the bin")


async def test_the_trash_is_emptied_when_the_user_is_sure() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("gone for good")
        session_id = drive.session.id
        drive.bench.act_delete_session()
        await wait_until(lambda: store().trashed())
        found = await finder(drive)
        await drive.press("alt+e")
        await drive.press("alt+v")
        await wait_until(lambda: found.session_list.rows[0].text == "gone for good")
        for answer in "ny":
            assert store().trashed()
            await drive.press("alt+e")
            await wait_until(lambda: isinstance(drive.app.screen, ConfirmDialog))
            await drive.press(answer)
            await wait_until(lambda: drive.app.screen is found)
        await wait_until(lambda: not store().trashed())
        await wait_until(lambda: found.session_list.rows[0].text == "nothing in the trash")
        await drive.press("alt+z", "escape")
        await drive.see("There is no deletion to undo here.")
        assert not store().path(session_id).exists()


async def test_a_session_that_was_not_to_be_stored_can_be_kept_after_all() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.press("alt+n")
        await drive.say("on second thoughts")
        await drive.bench.act("keep-session")
        session_id = drive.session.id
        read = store().read(session_id)
        assert not read.problems
        assert [message.text for message in read.session.messages.values()] == ["on second thoughts"] * 2
        assert all(message.is_complete for message in read.session.messages.values())
        assert "nothing is stored" not in str(drive.chat.composer.border_title)
        await drive.say("and on")
        await drive.bench.act("keep-session")
        await drive.see("This session is stored.")
        assert store().read(session_id).session.messages.keys() == drive.session.messages.keys()


async def test_what_was_said_without_storing_goes_into_the_session_that_it_went_on_from() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("stored")
        session_id = drive.session.id
    async with driving(["demo/echo"], resume=session_id, is_stored=False) as drive:
        await drive.say("in memory")
        assert len(store().read(session_id).session.messages) == 2
        await drive.bench.act("keep-session")
        read = store().read(session_id)
        assert (len(read.session.messages), read.problems) == (4, ())


async def test_a_session_that_is_never_stored() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.press("alt+n")
        await drive.say("off the record")
        assert "nothing is stored" in str(drive.chat.composer.border_title)
        assert not list(store().entries())


async def test_a_fork_into_a_new_session() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("one")
        await drive.say("two")
        old = drive.session
        transcript = drive.bench.current_view.transcript
        transcript.focus()
        transcript.move_cursor(next(message.id for message in old.messages.values() if message.is_reply))
        await drive.press("m")
        await drive.see("Fork into a new session")
        await drive.press(*"fork into a new session", "enter")
        await wait_until(lambda: drive.session.id != old.id)
        assert [message.role for message in drive.session.path(drive.bench.current_column.head)] == [
            "user",
            "assistant",
        ]
        assert drive.session.forked_from.startswith(old.id)
        await wait_until(lambda: store().path(drive.session.id).exists())
        listed = drive.bench.left.query_one(SessionList)
        await wait_until(lambda: sum(bool(row.id) for row in listed.rows) == 2)


async def test_the_cursor_of_the_list_begins_at_the_open_session_and_stays_where_it_was_moved() -> None:
    async with driving(["demo/echo"]) as drive:
        for words in ("one", "two"):
            await drive.say(words)
            await drive.press("ctrl+n")
            await wait_until(lambda: not drive.session.messages)
        await drive.say("three")
        listed = drive.bench.left.sessions
        await wait_until(lambda: len(listed.rows) == 3 and listed.current is listed.rows[0])
        assert listed.current is not None
        assert "three" in listed.current.text
        await drive.press("f3", "down")
        drive.bench.list_sessions()
        await drive.press("r")
        await wait_until(lambda: isinstance(drive.app.screen, TextDialog) and drive.app.screen.query(Editor))
        assert drive.app.screen.query_one(Editor).text == "two"


async def test_a_session_with_words_that_are_not_saved_is_not_left_for_a_fork() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("one")
        old = drive.session
        sessions_dir().rename(sessions_dir().with_name("away"))
        sessions_dir().write_text("in the way")
        await drive.say("two")
        await wait_until(lambda: drive.bench.desk.trouble is not None)
        await drive.bench.act_fork_session()
        assert drive.session is old


async def test_a_session_in_which_nothing_waits_is_left_whatever_the_disk_says() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("one")
        assert drive.bench.desk.journal is not None
        await drive.bench.desk.journal.flush()
        drive.bench.desk.journal.journal.trouble = "Not saved: it may not be written."
        sessions_dir().rename(sessions_dir().with_name("away"))
        sessions_dir().write_text("in the way")
        assert await drive.bench.may_leave()


async def test_an_export_can_be_imported_where_the_session_is_gone(tmp_path: Path) -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("round trip")
        session_id = drive.session.id
        target = tmp_path / "out.json"
        await drive.press("alt+x")
        await wait_until(lambda: isinstance(drive.app.screen, ExportDialog) and drive.app.screen.query("PathInput"))
        await drive.press("down", "down")
        drive.app.screen.query_one("PathInput").value = str(target)  # type: ignore[attr-defined]
        await drive.press("enter")
        await wait_until(target.is_file)
        await wait_until(lambda: drive.app.screen is drive.chat)
        drive.bench.act_delete_session()
        await wait_until(lambda: store().trashed())
        store().empty_trash()
        drive.bench.act_import_sessions()
        await wait_until(lambda: isinstance(drive.app.screen, ImportDialog) and drive.app.screen.query("PathInput"))
        drive.app.screen.query_one("PathInput").value = str(target)  # type: ignore[attr-defined]
        await drive.press("enter")
        await wait_until(lambda: store().path(session_id).exists())
        await drive.see("1 session added")
        drive.app.screen.query_one("PathInput").value = str(tmp_path / "gone.json")  # type: ignore[attr-defined]
        await wait_until(lambda: "session added" not in drive.text)


async def test_the_name_of_an_export_and_its_form_go_together(tmp_path: Path) -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("round trip")
        await drive.press("alt+x")
        await wait_until(lambda: isinstance(drive.app.screen, ExportDialog) and drive.app.screen.query("PathInput"))
        field = drive.app.screen.query_one(PathInput)
        await drive.press("down")
        await wait_until(lambda: field.value.endswith(".html"))
        await drive.press("ctrl+u")
        await wait_until(lambda: not field.value)  # the cursor stood behind the name
        field.value = str(tmp_path / "chat.json")
        await wait_until(lambda: (row := drive.app.screen.query_one(PickList).current) and row.id == "json")
        await drive.press("enter")
        await wait_until((tmp_path / "chat.json").is_file)
        assert json.loads((tmp_path / "chat.json").read_text())


async def test_a_title_is_asked_for_only_on_request_and_decided_on_by_the_user() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("a talk about tides")
        before = len(drive.session.messages)
        await drive.bench.act_suggest_title()
        await wait_until(lambda: isinstance(drive.app.screen, TextDialog) and drive.app.screen.query(Editor))
        assert drive.app.screen.query_one(Editor).text
        await drive.press("enter")
        await wait_until(lambda: drive.session.title)
        assert len(drive.session.messages) == before


async def test_escape_closes_the_export_though_a_name_stands_in_it() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("stay here")
        await drive.press("alt+x")
        await wait_until(lambda: isinstance(drive.app.screen, ExportDialog) and drive.app.screen.query("PathInput"))
        await drive.press("escape")
        await wait_until(lambda: drive.app.screen is drive.chat)


async def test_no_key_gets_into_the_name_of_an_export() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("This is AKIAIOSFODNN7EXAMPLE and this one stands at the cut: AKIAIOSFODNN7SAMPLE0")
        await drive.press("alt+x")
        await wait_until(lambda: isinstance(drive.app.screen, ExportDialog) and drive.app.screen.query("PathInput"))
        name = drive.app.screen.query_one(PathInput).value
        assert "this-is-and-this-one" in name
        assert "akia" not in name.lower()


async def test_going_on_in_the_session_that_is_open_says_so() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("here")
        drive.bench.act_last_session()
        await drive.see("This is the session that was open last.")


@pytest.mark.parametrize("key", ["ctrl+n", "alt+n"])
async def test_a_new_session_has_the_columns_as_they_are_set(key: str) -> None:
    async with driving(["demo/echo", "demo/tour"]) as drive:
        await drive.say("Hello")
        before = drive.session
        await drive.bench.set_system("Be brief.")
        await drive.bench.set_parameter("tokens_per_s", 500)
        await drive.press("alt+equals_sign", key)
        await wait_until(lambda: drive.session is not before)
        was, now_is = (list(one.columns.values()) for one in (before, drive.session))
        assert [(one.model, one.system, one.parameters) for one in now_is] == [
            (one.model, one.system, one.parameters) for one in was
        ]
        assert now_is[0].system == "Be brief."
        assert [drive.bench.arrangement.share(one.id) for one in now_is] == [1.25, 1.0]
        assert not drive.session.messages
        if key == "ctrl+n":
            await drive.see("A new session; system prompts")


async def test_settings_still_being_typed_count_for_a_new_session() -> None:
    async with driving(["demo/echo"]) as drive:
        before = drive.session
        await drive.press("f5", *"Be kind.", "ctrl+n")
        await wait_until(lambda: drive.session is not before)
        assert drive.bench.current_column.system == "Be kind."


async def test_a_click_on_a_form_names_the_file_and_writes_nothing_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with driving(["demo/echo"]) as drive:
        await drive.say("Hello")
        await drive.press("alt+x")
        await wait_until(lambda: isinstance(drive.app.screen, ExportDialog) and drive.app.screen.query("PathInput"))
        await drive.pilot.click(PickList, offset=(5, 1))
        await wait_until(lambda: drive.app.screen.query_one(PathInput).value.endswith("hello.html"))
        await drive.pilot.pause()
        assert not (tmp_path / "hello.html").exists()
        await drive.press("enter")
        await wait_until((tmp_path / "hello.html").is_file)


async def test_a_click_beside_a_dialog_loses_nothing_that_was_written_in_it() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("here")
        drive.bench.act_rename_session()
        await wait_until(lambda: isinstance(drive.app.screen, TextDialog) and drive.app.screen.query(Editor))
        await drive.press("x")
        await drive.pilot.click(offset=(1, 1))
        await drive.pilot.pause()
        assert isinstance(drive.app.screen, TextDialog)
        await drive.press("escape")
        await wait_until(lambda: drive.app.screen is drive.chat)
        drive.bench.act_rename_session()
        await wait_until(lambda: isinstance(drive.app.screen, TextDialog) and drive.app.screen.query(Editor))
        await drive.pilot.pause()
        await drive.pilot.click(offset=(1, 1))
        await wait_until(lambda: drive.app.screen is drive.chat)


async def test_what_is_done_to_the_open_session_shows_in_its_list_at_once() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("Hello")
        await drive.press("f3")
        await wait_until(lambda: drive.bench.left.sessions.has_focus)
        await drive.press("p")
        await drive.see("★ Hello")
        await drive.see("pinned")
        await drive.press("t")
        await write_line(drive, "birds")
        await drive.see("#birds")
        await wait_until(lambda: drive.app.screen is drive.chat)
        await drive.press("p")
        await wait_until(lambda: "pinned" not in drive.text and "#birds" in drive.text)


async def test_the_right_button_goes_to_a_session_without_opening_it() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("the older one")
        older = drive.session.id
        await drive.press("ctrl+n")
        await drive.say("the newer one")
        newer = drive.session.id
        found = await finder(drive)
        await wait_until(lambda: len(found.session_list.rows) == 2)
        await drive.pilot.click(SessionList, offset=(5, 1), button=3)
        await wait_until(lambda: found.session_list.cursor == 1)
        assert drive.app.screen is found
        await drive.press("alt+p")
        await wait_until(lambda: store().read(older).session.is_pinned)
        assert not store().read(newer).session.is_pinned
