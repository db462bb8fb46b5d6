"""The dialog to edit a text: Escape, its help, and a long text in a small terminal."""

from __future__ import annotations

import pytest

from tests.screens.driving import driving
from tests.screens.staging import Stage, screen_text
from tests.waiting import wait_until
from tui.screens.edit_text import TextDialog
from tui.widgets.editor import Editor


async def test_what_was_written_is_not_lost_by_one_escape() -> None:
    dialog = TextDialog("Edit the message", "old")
    async with Stage(dialog).run_test(size=(80, 24)) as pilot:
        await pilot.press("x", "escape")
        await wait_until(lambda: "esc again throws away" in screen_text(dialog.app))
        assert dialog.is_current
        await pilot.press("y", "escape")  # going on takes the warning back
        await wait_until(lambda: "esc again throws away" in screen_text(dialog.app))
        assert dialog.query_one(Editor).text == "oldxy"
        await pilot.press("escape")
        await wait_until(lambda: not dialog.is_current)


@pytest.mark.parametrize("is_line", [False, True])
async def test_an_unchanged_text_and_a_line_are_closed_by_one_escape(is_line: bool) -> None:
    dialog = TextDialog("A text", "old", is_line=is_line)
    async with Stage(dialog).run_test(size=(80, 24)) as pilot:
        await pilot.press(*("x" if is_line else ""), "escape")
        await wait_until(lambda: not dialog.is_current)


async def test_of_a_long_text_in_a_small_terminal_nothing_is_cut_off() -> None:
    dialog = TextDialog("Edit the message", "line\n" * 60, hint="Asks again with these words. " * 3)
    async with Stage(dialog).run_test(size=(80, 24)) as pilot:
        await pilot.press("x", "escape")
        await wait_until(lambda: "esc again throws away" in screen_text(dialog.app))
        box = dialog.query_one(".dialog-box").content_region
        assert all(box.contains_region(part.region) for part in dialog.query("Editor, Static"))


async def test_help_in_a_dialog_names_the_keys_of_that_dialog_alone() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("Hello")
        await drive.press("ctrl+o")
        await drive.see("Edit the message")
        await drive.press("f1")
        await drive.see("In dialogs")
        assert drive.text.count("ctrl+s") == 1
        assert "Find token ids" not in drive.text
