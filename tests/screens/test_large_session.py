"""A large session on the screen: its end first, then all of it; keys typed meanwhile are meant for it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

import tui.store.glimpse as glimpse
from tests.screens.driving import driving
from tests.store.builders import write_session
from tests.store.test_glimpse import long_session
from tests.waiting import wait_until
from tui.errors import SessionError
from tui.paths import ensure_private_dir, sessions_dir
from tui.store.sessions import OpenSession, SessionStore

NOTICE = "Opening … its end"


@dataclass
class Gate:
    """Holds up the reading of a whole session until it is let on."""

    pass_on: threading.Event = field(default_factory=threading.Event)
    fails: bool = False


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """Sessions are large from 20 kB, and take as long to open as the test wants."""
    monkeypatch.setattr(glimpse, "LARGE_BYTES", 20_000)
    monkeypatch.setattr(glimpse, "TAIL_BYTES", 10_000)
    write_session(ensure_private_dir(sessions_dir()), "long", long_session())
    gate, opened = Gate(), SessionStore.open

    def slowly(store: SessionStore, prefix: str) -> OpenSession:
        gate.pass_on.wait(60)
        if gate.fails:
            raise SessionError("The disk is on fire.")
        return opened(store, prefix)

    monkeypatch.setattr(SessionStore, "open", slowly)
    yield gate
    gate.pass_on.set()


async def test_the_end_is_seen_while_the_whole_is_read_and_keys_wait_for_it(gate: Gate) -> None:
    async with driving(["demo/echo"]) as drive:
        before = drive.session.id
        await drive.press("f3")
        await wait_until(lambda: drive.bench.left.sessions.has_focus and drive.bench.left.sessions.rows)
        await drive.pilot.press("enter")
        await drive.see(NOTICE)
        await drive.see("answer 59")
        await drive.pilot.press(*"next")
        assert drive.session.id == before
        assert drive.chat.composer.text == ""
        gate.pass_on.set()
        await wait_until(lambda: drive.chat.composer.text == "next")
        assert drive.session.id == "long"
        await drive.see("answer 59")
        assert NOTICE not in drive.text


async def test_a_session_that_cannot_be_opened_leaves_everything_as_it_was(gate: Gate) -> None:
    gate.fails = True
    async with driving(["demo/echo"]) as drive:
        before = drive.session.id
        opening = asyncio.create_task(drive.bench.open_session("long"))
        await drive.see(NOTICE)
        gate.pass_on.set()
        assert not await opening
        await drive.see("The disk is on fire.")
        assert NOTICE not in drive.text
        assert drive.session.id == before
        await drive.press(*"still here")
        await wait_until(lambda: drive.chat.composer.text == "still here")


async def test_the_app_starts_with_the_end_of_the_session_it_was_asked_for(gate: Gate) -> None:
    release = threading.Timer(1.5, gate.pass_on.set)
    release.start()
    async with driving([], resume="long") as drive:
        await wait_until(lambda: drive.chat.is_ready and drive.session.id == "long")
        await drive.see("answer 59")
        assert NOTICE not in drive.text
        await drive.say("and on it goes")
        assert len(drive.session.messages) == 122
