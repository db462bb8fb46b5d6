"""Finding words in a conversation, also in what streams in."""

from __future__ import annotations

import re
from time import perf_counter

import pytest

from tests.transcript.host import OPEN, HostApp, conversation, reply
from tests.waiting import wait_until
from tui.transcript import Entry, finding
from tui.transcript.search import Search


async def test_find_counts_goes_about_and_highlights() -> None:
    entries = [*conversation(40), reply("Needle one\n\nneedle two", reasoning="a hidden needle")]
    app = HostApp(entries)
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()
        assert app.transcript.find("needle") == 3
        assert app.transcript.find_next()
        assert app.transcript.match_position == (1, 3)
        assert "  a hidden needle" in app.shown  # the fold was opened
        await pilot.press("n")
        assert app.transcript.match_position == (2, 3)
        await pilot.press("N", "N")
        assert app.transcript.match_position == (3, 3)
        assert app.transcript.find("text 3") == 11
        app.transcript.find_next()  # the first one from where the reader is, then from the start
        assert app.transcript.match_position == (11, 11)
        app.transcript.find_next()
        await pilot.pause()
        assert "  text 3" in app.shown
        strip = app.transcript.render_line(app.shown.index("  text 3"))
        assert len({part.style for part in strip if "text" in part.text or "3" in part.text}) == 1
        app.transcript.clear_find()
        assert app.transcript.match_position == (0, 0)
        assert not app.transcript.find_next()


async def test_find_sees_what_streams_in() -> None:
    app = HostApp([reply("here", state=OPEN)])
    async with app.run_test(size=(60, 12)):
        assert app.transcript.find("here") == 1
        app.transcript.extend("r", " and here")
        await wait_until(lambda: app.transcript.match_position == (0, 2))


async def test_typing_more_of_a_word_finds_what_the_whole_word_finds() -> None:
    app = HostApp([reply("here, there, Where\x1b"), Entry("u", "user", "You", "he\there tab here")])
    async with app.run_test(size=(60, 12)):
        found = [app.transcript.find(query) for query in ("h", "he", "her", "here", "there", "her")]
        assert found == [len(re.findall(query, "here, there, where he here tab here")) for query in
                         ("h", "he", "her", "here", "there", "her")]  # fmt: skip
        app.transcript.append_entry(Entry("x", "note", "note", "here"))
        assert app.transcript.find("here") == found[3] + 1
        assert app.transcript.find("    here") == 1  # a tab is four spaces on the screen


async def test_a_growing_message_is_searched_to_its_end() -> None:
    app = HostApp([reply(state=OPEN)])
    async with app.run_test(size=(60, 12)):
        app.transcript.find("é")
        for _ in range(20):
            app.transcript.extend("r", "é and so on " * 500)
            await wait_until(lambda: not app.transcript.wants_frame)
        await wait_until(lambda: app.transcript.match_position == (0, 10_000))


async def test_a_machine_that_stood_still_while_searching_delays_nothing_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stood_still = 0.0
    look_again = Search.look_again

    def slowly(search: Search, message: int) -> None:
        nonlocal stood_still
        look_again(search, message)
        stood_still += 100.0

    monkeypatch.setattr(Search, "look_again", slowly)
    monkeypatch.setattr(finding, "perf_counter", lambda: perf_counter() + stood_still)
    app = HostApp([reply(state=OPEN)])
    async with app.run_test(size=(60, 12)):
        app.transcript.find("é")
        for seen in (1, 2):
            app.transcript.extend("r", "é and so on ")
            await wait_until(lambda seen=seen: app.transcript.match_position == (0, seen))  # type: ignore[misc]
