"""The menu of a message offers what can be done with it, each act with its key, and every entry does what it says."""

from __future__ import annotations

import pytest

from tests.screens.driving import Drive, driving
from tests.waiting import wait_until
from tui.screens.difference import DifferenceScreen
from tui.screens.pick import PickDialog


async def open_menu(drive: Drive) -> None:
    drive.bench.current_view.transcript.focus()
    await drive.press("m")
    await wait_until(lambda: isinstance(drive.app.screen, PickDialog))
    await drive.see("Copy the whole conversation")


async def choose(drive: Drive, words: str) -> None:
    await open_menu(drive)
    await drive.press(*(letter if letter != " " else "space" for letter in words))
    await drive.press("enter")
    await wait_until(lambda: not isinstance(drive.app.screen, PickDialog))


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was to be copied."""
    texts: list[str] = []
    monkeypatch.setattr("tui.app.ParleyApp.copy", lambda _app, text, _what: texts.append(text))
    return texts


async def test_the_menu_offers_what_the_message_allows_with_its_keys() -> None:
    async with driving(["demo/reasoning"]) as drive:
        await drive.say("Think")
        await open_menu(drive)
        text = drive.text
        for words in ("Copy the thinking", "Show the thinking", "Edit", "Regenerate", "Fork into a new column", "Star"):
            assert words in text
        for words in ("Retry", "Continue", "Variant", "How the variants differ", "attachments"):
            assert words not in text
        assert any(
            line.split()[-2:] == ["Delete", "d"] or " d " in line for line in text.splitlines() if "Delete" in line
        )


async def test_the_transcripts_own_acts_work_from_the_menu(copied: list[str]) -> None:
    async with driving(["demo/reasoning"]) as drive:
        await drive.say("Think")
        await choose(drive, "show the thinking")
        await drive.see("a bat and a ball")
        await choose(drive, "copy the thinking")
        await choose(drive, "whole conversation")
        await wait_until(lambda: len(copied) == 2)
        reply = drive.session.messages[drive.bench.current_column.head or ""]
        assert copied[0] == reply.reasoning
        assert copied[1].startswith("## You\n\nThink\n\n## demo/reasoning")


async def test_how_long_it_thought_stands_there_when_the_session_is_opened_again() -> None:
    async with driving(["demo/reasoning"]) as drive:
        await drive.say("Think")
        (told,) = (
            line[line.index("Thought for") :].strip() for line in drive.text.splitlines() if "Thought for" in line
        )
        session_id = drive.session.id
    async with driving([], resume=session_id) as drive:
        await drive.see(told)


async def test_code_blocks_are_offered_by_their_numbers(copied: list[str]) -> None:
    async with driving(["demo/code"]) as drive:
        await drive.say("Code")
        await choose(drive, "code block 1")
        await wait_until(lambda: copied)
        reply = drive.session.messages[drive.bench.current_column.head or ""]
        assert copied[0].strip() in reply.text
        assert "```" not in copied[0]


async def test_variants_are_compared_from_the_menu_and_by_key() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("One")
        drive.bench.current_view.transcript.focus()
        await drive.press("x")
        await drive.see("no variants")
        await drive.press("g")
        await drive.quiet()
        await choose(drive, "variants differ")
        await wait_until(lambda: isinstance(drive.app.screen, DifferenceScreen))
        await drive.see("variant 2")


async def test_star_and_note_from_the_menu_are_kept() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("One")
        await choose(drive, "star")
        head = drive.bench.current_column.head or ""
        await wait_until(lambda: drive.session.messages[head].is_starred)
        await open_menu(drive)
        assert "No star any more" in drive.text
