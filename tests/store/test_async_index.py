"""The index for an event loop: the newest question wins, and a caller who goes away leaves nothing running."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.store.builders import small_session, write_session
from tui.domain.record import SessionMarked, now
from tui.errors import SessionError
from tui.store.async_index import AsyncIndex
from tui.store.marking import mark_session, parse_tags
from tui.store.sessions import SessionStore


@pytest.fixture
def store(tmp_path: Path) -> SessionStore:
    folder = tmp_path / "sessions"
    folder.mkdir()
    for number in range(3):
        write_session(folder, f"s{number}", small_session(f"s{number}"))
    return SessionStore(folder)


async def test_lists_searches_and_keeps_up(store: SessionStore, tmp_path: Path) -> None:
    index = AsyncIndex(tmp_path / "index.sqlite", store)
    assert await index.summaries() == []
    assert await index.refresh() == 3
    assert {summary.id for summary in await index.summaries()} == {"s0", "s1", "s2"}
    hits = await index.search("42")
    assert hits is not None
    assert len(hits) == 3
    mark_session(store, "s1", SessionMarked(now(), title="Douglas", is_pinned=True, tags=parse_tags("#a, b a")))
    await index.update("s1")
    first = (await index.summaries())[0]
    assert (first.id, first.title, first.is_pinned, first.tags) == ("s1", "Douglas", True, ("a", "b"))
    assert await index.summary("s1") == first
    assert await index.summary("none") is None
    await index.close()


async def test_sessions_are_found_where_the_index_cannot_be_written(store: SessionStore, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    (tmp_path / "index.sqlite").symlink_to(tmp_path / "precious")
    index = AsyncIndex(tmp_path / "index.sqlite", store)
    await index.refresh()
    assert len(await index.summaries()) == 3
    assert await index.summary("s1") is not None
    assert len(await index.search("42") or ()) == 3
    assert await index.prompts(limit=5)
    await index.close()


async def test_a_folder_that_vanished_is_not_made_anew(store: SessionStore, tmp_path: Path) -> None:
    folder = tmp_path / "there"
    index = AsyncIndex(folder / "index.sqlite", store)
    await index.refresh()
    assert len(await index.summaries()) == 3
    folder.rename(tmp_path / "away")
    await index.refresh()
    assert await index.summaries()
    assert not folder.exists()
    await index.close()


async def test_only_the_newest_question_is_answered(store: SessionStore, tmp_path: Path) -> None:
    index = AsyncIndex(tmp_path / "index.sqlite", store)
    await index.refresh()
    asked = [asyncio.create_task(index.search(text)) for text in ("4", "42", "nothing such", "42")]
    asked[0].cancel()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert answers[1] is None
    assert answers[2] is None
    assert isinstance(answers[3], list)
    assert len(answers[3]) == 3
    await index.close()


def test_a_mark_on_a_session_that_is_not_there(store: SessionStore) -> None:
    with pytest.raises(SessionError):
        mark_session(store, "zzz", SessionMarked(now(), title="no"))


async def test_who_comes_after_the_end_finds_nothing_and_opens_nothing(store: SessionStore, tmp_path: Path) -> None:
    index = AsyncIndex(tmp_path / "index.sqlite", store)
    assert await index.refresh() == 3
    await index.close()
    assert await index.summaries() == []
    assert await index.prompts(limit=5) == []
    assert await index.summary("s1") is None
    assert not await asyncio.to_thread(lambda: list(tmp_path.glob("index.sqlite-*")))
