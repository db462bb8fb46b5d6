"""How the screens around saved sessions look, at 80 and 120 cells. Each test says what to look for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.screens.staging import Stage
from tests.store.builders import AT, answer, opening, question, write_session
from tests.waiting import wait_until
from tui.domain.blind import blind_of
from tui.domain.record import MessageMarked, SessionMarked
from tui.domain.session import Session
from tui.paths import sessions_dir
from tui.screens.confirm import ConfirmDialog
from tui.screens.edit_text import TextDialog
from tui.screens.export_session import ExportDialog
from tui.screens.import_sessions import ImportDialog
from tui.screens.session_finder import SessionFinder, Trashed
from tui.screens.tree_map import TreeMap, TreeWish
from tui.store.async_index import AsyncIndex
from tui.store.exports import FORMATS, ExportFormat
from tui.store.sessions import SessionStore
from tui.text.redact import Redactor
from tui.widgets.session_list import SessionAct

sizes = pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")

TALKS = (
    ("herons", "Where do herons nest?", "In colonies, high in trees near water.", True, ("birds",)),
    ("kettles", "Why does a kettle sing?", "Steam bubbles collapse before the water boils.", False, ()),
    (
        "tides",
        "What makes the tides?",
        "The moon pulls at the near side more than at the far one.",
        False,
        ("sea", "moon"),
    ),
)


class Onlooker:
    """A keeper that has two sessions in the trash, and does nothing."""

    def act_on_session(self, act: SessionAct, session_id: str, finder: SessionFinder) -> None:
        """Do nothing."""

    async def trashed(self) -> list[Trashed]:
        """Two."""
        return [Trashed("one", "A talk about nothing", 4100), Trashed("k3v9x0m2q8ta", "", 812)]

    async def restore(self, session_id: str) -> bool:
        """Do nothing."""
        return False

    def empty_trash(self, finder: SessionFinder) -> None:
        """Do nothing."""


@pytest.fixture
def store() -> SessionStore:
    """Three sessions."""
    found = SessionStore(sessions_dir())
    for name, prompt, reply, is_pinned, tags in TALKS:
        events = [*opening(name), *question("m1", prompt), *answer("m2", reply, "m1", cost_usd=0.0004)]
        write_session(found.folder, name, [*events, SessionMarked(AT, is_pinned=is_pinned, tags=tags)])
    return found


def finder_on(store: SessionStore, query: str = "") -> tuple[SessionFinder, AsyncIndex]:
    index = AsyncIndex(store.folder.parent / "index.sqlite", store)
    return SessionFinder(index, Onlooker(), "tides", query=query), index


def snapped(snap_compare: Any, screen: SessionFinder, index: AsyncIndex, size: tuple[int, int], *keys: str) -> bool:
    async def look(pilot: Pilot[None]) -> None:
        await wait_until(lambda: len(screen.session_list.rows) > 1)
        await pilot.press(*keys)
        await pilot.app.workers.wait_for_complete()
        await index.close()
        await pilot.pause()

    same: bool = snap_compare(Stage(screen), terminal_size=size, run_before=look)
    return same


@sizes
def test_finder(snap_compare: Any, store: SessionStore, size: tuple[int, int]) -> None:
    """The pinned session first with its star, a dot at the open one; tags, model, size and date where there is room."""
    assert snapped(snap_compare, *finder_on(store), size)


@sizes
def test_search(snap_compare: Any, store: SessionStore, size: tuple[int, int]) -> None:
    """Hits under their sessions, the words that were looked for marked, the cursor on the first hit."""
    assert snapped(snap_compare, *finder_on(store, "water"), size)


@sizes
def test_trash(snap_compare: Any, store: SessionStore, size: tuple[int, int]) -> None:
    """What is in the trash, by title or by id, and the keys that work there."""
    assert snapped(snap_compare, *finder_on(store), size, "alt+v")


@sizes
def test_map(snap_compare: Any, size: tuple[int, int]) -> None:
    """Variants branch, the column's number stands at its head, a star and a note are shown, the preview below."""
    events = [
        *opening(),
        *question("q1", "Why is the sky blue?"),
        *answer("r1", "Air scatters short waves more.", "q1"),
    ]
    events += [*answer("r2", "Because of Rayleigh scattering.", "q1"), *question("q2", "And at dusk?", "r1")]
    events += [*answer("r3", "Then the way is **longer**.", "q2"), *question("q2b", "And on Mars?", "r1")]
    events += [MessageMarked("r2", AT, is_starred=True, note="the better word")]
    session = Session.from_events(events)

    def ignore(wish: TreeWish, chart: TreeMap) -> None:
        """Nothing happens here."""

    screen = TreeMap(session, blind_of(session), "c1", do_here=ignore)
    assert snap_compare(Stage(screen), terminal_size=size)


@sizes
def test_export(snap_compare: Any, size: tuple[int, int]) -> None:
    """The file's name with the cursor at its end, four forms with what each is for."""

    async def write(form: ExportFormat, path: Path) -> str:
        """Write nothing."""
        return ""

    async def name_it(pilot: Pilot[None]) -> None:
        pilot.app.screen.query_one(Input).value = "why-is-the-sky-blue.md"
        await pilot.pause()

    screen = ExportDialog("why-is-the-sky-blue", FORMATS, write)
    assert snap_compare(Stage(screen), terminal_size=size, run_before=name_it)


@sizes
def test_import(snap_compare: Any, store: SessionStore, tmp_path: Path, size: tuple[int, int]) -> None:
    """A report: what came, and under it what could not be read."""
    path = tmp_path / "chats.json"
    path.write_text('[{"title": "Broken", "chat": {"history": {"messages": {"a": 5}}}}]')

    async def take(pilot: Pilot[None]) -> None:
        field = pilot.app.screen.query_one(Input)
        field.value = str(path)
        await pilot.press("enter")
        await wait_until(lambda: pilot.app.screen.has_class("-done"))
        with field.prevent(Input.Changed):
            field.value = "chats.json"
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()

    assert snap_compare(Stage(ImportDialog(store, Redactor(()))), terminal_size=size, run_before=take)


@sizes
def test_title(snap_compare: Any, size: tuple[int, int]) -> None:
    """One line, the cursor at its end, what it is good for and which keys end it."""
    screen = TextDialog("Tags of the session", "birds water", hint="Words divided by spaces.", is_line=True)
    assert snap_compare(Stage(screen), terminal_size=size)


@sizes
def test_note(snap_compare: Any, size: tuple[int, int]) -> None:
    """Several lines, kept by Ctrl+S."""
    assert snap_compare(Stage(TextDialog("Note", "the better word\n\nask again with more context")), terminal_size=size)


@sizes
def test_emptying_the_trash(snap_compare: Any, size: tuple[int, int]) -> None:
    """The question says how many; the harmless answer has the focus."""
    question = "Remove 2 sessions for good, with the attachments that nothing else names?"
    screen = ConfirmDialog("Empty the trash", question, yes="Remove", no="Keep")
    assert snap_compare(Stage(screen), terminal_size=size)
