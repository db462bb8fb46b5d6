"""All saved sessions: found by typing, looked at, opened at the very message, named, pinned, tagged, put in the trash.

What is done to sessions is done by whoever opened this screen (`Keeper`); this one shows, searches and asks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tui.screens.dialog import Dialog
from tui.text.sizes import size_words
from tui.widgets.filter_input import FilterInput
from tui.widgets.pick_list import PickList, Row
from tui.widgets.session_list import SessionAct, SessionList
from tui.widgets.session_rows import (
    HIT,
    SESSION,
    found_words,
    hit_rows,
    session_rows,
    summary_words,
    target_of,
)
from tui.widgets.working import start_work

if TYPE_CHECKING:
    from tui.store.async_index import AsyncIndex
    from tui.store.index import Hit, Summary

FIRST_LISTED = 200
"""Shown at once; the rest follows."""
MOST_HITS = 200
_SEARCH = "type to search all sessions, titles and notes"
_KEYS = "enter opens · alt+p pin · alt+r rename · alt+t tags · alt+x export · alt+d trash · alt+z undo · alt+v bin"
_TRASH_KEYS = "enter brings back · alt+e empties the trash · alt+v sessions"


class Place(NamedTuple):
    """Where to go: a session, a message in it (empty: its end), and what was looked for there."""

    session_id: str
    message_id: str = ""
    query: str = ""


class Trashed(NamedTuple):
    """A session in the trash."""

    session_id: str
    title: str
    size_bytes: int


class Keeper(Protocol):
    """Who does what is asked here. Every method says itself what went wrong, and calls `show_again` when it is done."""

    def act_on_session(self, act: SessionAct, session_id: str, finder: SessionFinder) -> None:
        """Do an act of a session list."""
        ...

    async def trashed(self) -> list[Trashed]:
        """What is in the trash, newest first."""
        ...

    async def restore(self, session_id: str) -> bool:
        """Bring a session back; returns whether it is back."""
        ...

    def empty_trash(self, finder: SessionFinder) -> None:
        """Ask, and remove what is in the trash for good."""
        ...


class SessionFinder(Dialog[Place | None]):
    """Gives the place that was chosen, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("alt+p", "ask('pin')", "Pin the session, or not", id="finder-pin", show=False),
        Binding("alt+r", "ask('rename')", "Rename the session", id="finder-rename", show=False),
        Binding("alt+t", "ask('tag')", "Tags of the session", id="finder-tag", show=False),
        Binding("alt+x", "ask('export')", "Export the session", id="finder-export", show=False),
        Binding("alt+d", "ask('trash')", "Move the session to the trash", id="finder-trash", show=False),
        Binding("alt+z", "ask('undo')", "Undo the last deletion", id="finder-undo", show=False),
        Binding("alt+e", "empty_trash", "Empty the trash, while it is shown", id="finder-empty-trash", show=False),
        Binding("alt+v,alt+b", "toggle_trash", "Show the trash, or the sessions", id="finder-bin", show=False),
    ]

    DEFAULT_CSS = """
    SessionFinder {
        & > .dialog-box { width: 120; max-width: 96%; height: 90%; max-height: 90%; padding: 1 0; }
        & #finder-detail { height: 2; margin: 1 2 0 2; color: $text-muted; }
    }
    """

    def __init__(self, index: AsyncIndex, keeper: Keeper, current: str, *, query: str = "") -> None:
        """A screen over an index.

        Args:
            index: Is asked; not closed.
            keeper: Does what is asked for.
            current: The session that is open.
            query: What to look for at first.
        """
        super().__init__()
        self._index = index
        self._keeper = keeper
        self._current = current
        self._query = query
        self._summaries: list[Summary] = []
        self._by_id: dict[str, Summary] = {}
        self._hits: Sequence[Hit] = ()
        self._is_trash = False

    def compose(self) -> ComposeResult:
        """Field, list, what the list has no room for."""
        with self.frame(Vertical(), "Sessions", _KEYS):
            yield FilterInput(_SEARCH)
            yield SessionList()
            yield Static(id="finder-detail", markup=False)

    @property
    def session_list(self) -> SessionList:
        """The list."""
        return self.query_one(SessionList)

    @property
    def field(self) -> FilterInput:
        """The field above it."""
        return self.query_one(FilterInput)

    @property
    def hits(self) -> Sequence[Hit]:
        """What was found."""
        return self._hits

    def on_mount(self) -> None:
        """List what is known, then what is new."""
        self.session_list.is_driven = True
        self.field.value = self._query
        self.field.focus()
        start_work(self, self._load, group="list")

    async def _load(self) -> None:
        await self._list(FIRST_LISTED)
        await self._list(-1)
        if await self._index.refresh():
            await self._list(-1)

    async def _list(self, limit: int) -> None:
        self._summaries = await self._index.summaries(limit=limit)
        self._by_id = {summary.id: summary for summary in self._summaries}
        await self._show()

    async def show_again(self) -> None:
        """Sessions have changed: list them anew."""
        await self._list(-1)

    # -- showing ---------------------------------------------------------------------------------------------------

    async def _show(self) -> None:
        """Bring the list in line with the field; what takes long is done beside the screen."""
        query = self.field.value.strip()
        if self._is_trash:
            rows = await self._trash_rows(query)
            count = sum(bool(row.id) for row in rows)
            self._fill(rows, f"{count:,} session{'' if count == 1 else 's'}" if count else "")
        elif query:
            await self._search(query)
        else:
            width = self._width
            rows = await asyncio.to_thread(session_rows, self._summaries, self._current, width_cells=width)
            if not self.field.value.strip() and not self._is_trash:
                self._hits = ()
                count = len(self._summaries)
                self._fill(rows, f"{count:,} session{'' if count == 1 else 's'}" if count else "")

    @property
    def _width(self) -> int:
        return self.session_list.size.width or self.app.size.width

    async def _search(self, query: str) -> None:
        hits = await self._index.search(query, limit=MOST_HITS)
        if hits is None or self.field.value.strip() != query or self._is_trash:
            return
        self._hits = hits
        known = [self._by_id[one] for one in dict.fromkeys(hit.session_id for hit in hits) if one in self._by_id]
        rows = hit_rows(hits, known, self._current, width_cells=self._width)
        first = next((row.id for row in rows if row.id.startswith(HIT)), rows[0].id)
        self._fill(rows, found_words(hits, MOST_HITS), current=first)

    async def _trash_rows(self, query: str) -> list[Row]:
        words = query.lower().split()
        rows = [
            Row(SESSION + one.session_id, one.title or one.session_id, size_words(one.size_bytes))
            for one in await self._keeper.trashed()
            if all(word in one.title.lower() for word in words)
        ]
        return rows or [Row("", "nothing in the trash" if not words else "nothing matches", is_dim=True)]

    def _fill(self, rows: Sequence[Row], words: str, *, current: str | None = None) -> None:
        if not self.is_attached:
            return
        self.session_list.set_rows(rows, current=current)
        box = self.query_one(".dialog-box")
        title = "Trash" if self._is_trash else "Sessions"
        self.show_keys(box, _TRASH_KEYS if self._is_trash else _KEYS)
        box.border_title = Content(f"{title} · {words}" if words else title)
        self._show_detail()

    def _show_detail(self) -> None:
        row = self.session_list.current
        summary = self._by_id.get(target_of(row.id)[0]) if row is not None else None
        words = summary_words(summary) if summary is not None and not self._is_trash else ""
        self.query_one("#finder-detail", Static).update(Content(words))

    # -- what the user does ----------------------------------------------------------------------------------------

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        event.stop()
        start_work(self, self._show, group="search", exclusive=True)

    @on(FilterInput.HandedOn)
    def _act_on_list(self, event: FilterInput.HandedOn) -> None:
        event.stop()
        self.session_list.obey(event.action, event.step)

    @on(PickList.Highlighted)
    def _look_at(self, event: PickList.Highlighted) -> None:
        event.stop()
        self._show_detail()

    @on(PickList.Picked)
    async def _choose(self, event: PickList.Picked) -> None:
        event.stop()
        session_id, message_id = target_of(event.row.id)
        if self._is_trash:
            if session_id and await self._keeper.restore(session_id):
                await self._index.refresh()
                await self._list(-1)
        elif session_id:
            self.dismiss(Place(session_id, message_id, self.field.value.strip() if message_id else ""))

    @on(SessionList.ActRequested)
    def _hand_on(self, event: SessionList.ActRequested) -> None:
        event.stop()
        if event.act == "find":
            self.field.focus()
        elif not self._is_trash or event.act == "undo":
            self._keeper.act_on_session(event.act, event.session_id, self)

    def action_ask(self, act: str) -> None:
        """Ask for an act on the session under the cursor."""
        self.session_list.action_ask(act)

    def action_empty_trash(self) -> None:
        """Have everything in the trash removed for good, if the user is sure."""
        if self._is_trash:
            self._keeper.empty_trash(self)

    def action_toggle_trash(self) -> None:
        """Show the trash, or the sessions again."""
        self._is_trash = not self._is_trash
        self.field.placeholder = "type to narrow the trash" if self._is_trash else _SEARCH
        start_work(self, self._show, group="search", exclusive=True)
