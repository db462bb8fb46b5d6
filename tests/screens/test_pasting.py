"""Pastes and attached files in the whole app: long ones, short ones, paths, pictures."""

from __future__ import annotations

from pathlib import Path

from textual import events

from tests.app.staging import on_stage
from tests.screens.staging import screen_text
from tests.screens.writing import composer, files_are, offered, paste
from tests.waiting import wait_until
from tui.paths import data_dir
from tui.screens.attach_file import AttachDialog
from tui.screens.picture import PictureDialog
from tui.screens.text_view import TextView


async def test_a_long_paste_is_a_file_that_can_be_put_back_into_the_text() -> None:
    async with on_stage() as stage:
        await paste(stage, "a line\x1b[0m\r\n" * 5000)
        await files_are(stage, "pasted-1.txt")
        assert "5,000 lines" in screen_text(stage.app)
        assert composer(stage).text == ""
        await stage.press("backspace")
        await wait_until(lambda: stage.bench.attachment_bar.has_focus)
        await stage.press("enter")
        await wait_until(lambda: isinstance(stage.app.screen, TextView))
        await stage.press("escape")
        await wait_until(lambda: stage.app.screen is stage.screen and stage.bench.attachment_bar.has_focus)
        await stage.press("e")
        await wait_until(lambda: composer(stage).document.line_count >= 5000)
        assert stage.bench.files == ()
        assert "\x1b" not in composer(stage).text


async def test_a_short_paste_is_text_and_nothing_in_it_is_a_key() -> None:
    async with on_stage() as stage:
        await paste(stage, "/help\n\x1b[200~\x11")
        assert composer(stage).text == "/help\n[200~"
        assert stage.bench.files == ()


async def test_enter_right_behind_a_long_paste_sends_it() -> None:
    async with on_stage() as stage:
        composer(stage).focus()
        composer(stage).post_message(events.Paste("word\n" * 100))
        await stage.press("enter")
        await wait_until(lambda: len(stage.session.messages) == 2)
        await stage.settle()
        assert stage.entries[0].attachments == ("pasted-1.txt · 500 B",)


async def test_a_pasted_path_is_offered_as_an_attachment_and_stays_text_otherwise(folder: Path) -> None:
    async with on_stage() as stage:
        path = str(folder / "photo.png")
        await paste(stage, path)
        await wait_until(lambda: composer(stage).is_suggesting)
        assert composer(stage).text == path
        await stage.press("tab")
        await files_are(stage, "photo.png")
        assert composer(stage).text == ""
        await paste(stage, path)
        await wait_until(lambda: composer(stage).is_suggesting)
        await stage.press("enter")
        await stage.settle()
        assert stage.entries[0].text == path


async def test_several_pasted_paths_are_attached_in_place_of_the_text(folder: Path) -> None:
    async with on_stage() as stage:
        await stage.type("see ")
        await stage.press("ctrl+j")
        await paste(stage, f"{folder / 'photo.png'}\n{folder / 'notes.py'}\n")
        await wait_until(lambda: composer(stage).is_suggesting)
        await stage.press("tab")
        await wait_until(lambda: len(stage.bench.files) == 2)
        assert composer(stage).text == "see \n"


async def test_a_file_is_named_on_any_line(folder: Path) -> None:
    async with on_stage() as stage:
        await stage.type("one")
        await stage.press("ctrl+j")
        await stage.type("two @notes")
        await wait_until(lambda: offered(stage) == ["notes.py"])
        await stage.press("tab")
        assert composer(stage).text == "one\ntwo @notes.py "
        await stage.press("ctrl+j")
        await stage.type("/vo")
        assert offered(stage) == []


async def test_a_picture_is_shown_removed_and_said_not_to_be_taken(folder: Path) -> None:
    async with on_stage() as stage:
        await stage.press("alt+a")
        await wait_until(lambda: isinstance(stage.app.screen, AttachDialog))
        await stage.type("phot")
        await wait_until(lambda: "photo.png" in screen_text(stage.app))
        await stage.press("enter")
        await files_are(stage, "photo.png")
        await wait_until(lambda: "takes no images" in stage.bench.attachment_bar.problem)
        kept = list((data_dir() / "sessions" / "attachments").iterdir())
        assert len(kept) == 1
        stage.bench.act_go_to_attachments()
        await wait_until(lambda: stage.bench.attachment_bar.has_focus)
        await stage.press("enter")
        await wait_until(lambda: isinstance(stage.app.screen, PictureDialog))
        await wait_until(lambda: "▀" in screen_text(stage.app))
        await stage.press("escape")
        await wait_until(lambda: stage.app.screen is stage.screen and stage.bench.attachment_bar.has_focus)
        await stage.press("delete")
        await files_are(stage)
        await wait_until(lambda: not kept[0].exists())
        await wait_until(lambda: composer(stage).has_focus)


async def test_what_cannot_be_attached_is_said(folder: Path) -> None:
    (folder / "x.bin").write_bytes(b"\0\1")
    async with on_stage() as stage:
        stage.bench.attach_paths(["x.bin", "nothing"])
        await wait_until(lambda: len(stage.app._notifications) == 2)
        assert stage.bench.files == ()
