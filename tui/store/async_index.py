"""The index for an event loop: lists and searches in threads, one search at a time, the newest question wins.

Reading and refreshing have a connection each, so that a search never waits for a refresh. This module refuses to
know who is asking.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tui.paths import ensure_private_dir
from tui.store.index import Hit, SessionIndex, Summary
from tui.store.indexing import Indexer
from tui.store.prompts import PastPrompt, newest_prompts
from tui.store.sessions import SessionStore


class AsyncIndex:
    """Finding sessions without holding up the screen."""

    def __init__(self, path: Path, store: SessionStore) -> None:
        """The index in the file `path` over the sessions in `store`; neither is touched before it is asked."""
        self._path = path
        self._reading = SessionIndex(path)
        self._writing = SessionIndex(path)
        self._indexer = Indexer(self._writing, store)
        self._writing_now: asyncio.Future[int] | None = None
        self._search: asyncio.Future[list[Hit]] | None = None
        self._asked = 0
        self._is_closing = False
        self._was_folder_made = False

    @property
    def _known(self) -> SessionIndex:
        """Where to look: where the index lives in memory, only whoever writes it knows what is in it."""
        return self._writing if self._writing.is_in_memory or self._reading.is_in_memory else self._reading

    async def summaries(self, *, limit: int = -1) -> list[Summary]:
        """What the index knows now, pinned ones first, then the newest."""
        return await asyncio.to_thread(self._summaries, limit)

    def _summaries(self, limit: int) -> list[Summary]:
        self._make_folder()
        return self._known.summaries(limit=limit)

    async def summary(self, session_id: str) -> Summary | None:
        """What the index knows of one session."""
        return await asyncio.to_thread(self._known.summary, session_id)

    async def prompts(self, *, limit: int) -> list[PastPrompt]:
        """The newest prompts of all sessions, newest first, each text once."""
        return await asyncio.to_thread(self._prompts, limit)

    def _prompts(self, limit: int) -> list[PastPrompt]:
        self._make_folder()
        return newest_prompts(self._known, limit=limit)

    async def refresh(self) -> int:
        """Bring the index up to date with the files; returns how many sessions changed."""
        return await self._write(self._refresh)

    def _refresh(self) -> int:
        self._make_folder()
        return self._indexer.refresh(pause=lambda: self._is_closing)

    async def update(self, session_id: str) -> None:
        """Index what was appended to one session."""
        await self._write(partial(self._update, session_id))

    def _update(self, session_id: str) -> int:
        self._make_folder()
        self._indexer.update(session_id)
        return 1

    async def _write(self, work: Callable[[], int]) -> int:
        """One write after the other; whoever asked may be cancelled, a thread cannot."""
        while self._writing_now is not None and not self._writing_now.done():
            await asyncio.wait({self._writing_now})
        if self._is_closing:
            return 0
        self._writing_now = asyncio.ensure_future(asyncio.to_thread(work))
        return await asyncio.shield(self._writing_now)

    async def search(self, text: str, *, limit: int = 50) -> list[Hit] | None:
        """The newest places where `text` is found; None when a newer question came meanwhile.

        A search under way is ended by the next one.
        """
        self._asked += 1
        number = self._asked
        while self._search is not None and not self._search.done():
            self._reading.interrupt()  # in vain until its query runs, hence again
            await asyncio.sleep(0.001)
            if number != self._asked:
                return None
        self._search = asyncio.ensure_future(asyncio.to_thread(self._known.search, text, limit=limit))
        hits = await asyncio.shield(self._search)  # whoever asked may be cancelled, a thread cannot
        return hits if number == self._asked else None

    async def close(self) -> None:
        """End what is under way and let go of the file."""
        self._is_closing = True
        while self._search is not None and not self._search.done():
            self._reading.interrupt()
            await asyncio.sleep(0.001)
        if self._writing_now is not None and not self._writing_now.done():
            await asyncio.wait({self._writing_now})
        await asyncio.to_thread(self._writing.end)
        await asyncio.to_thread(self._reading.end)

    def _make_folder(self) -> None:
        """The folder may not be there yet; where it cannot be made the index lives in memory.

        Once: a folder that vanishes later is to be brought back, and nothing may stand in its place.
        """
        if self._was_folder_made:
            return
        self._was_folder_made = True
        with contextlib.suppress(OSError):
            ensure_private_dir(self._path.parent)
