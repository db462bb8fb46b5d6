"""What becomes of prompts that are not sent yet, and of those that were: drafts, history, the queue, the editor."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.staging import ENDLESS, QUICK, on_stage
from tests.screens.staging import screen_text
from tests.screens.writing import composer, files_are
from tests.waiting import wait_until
from tui.paths import data_dir
from tui.store.drafts import DraftStore

# -- drafts ------------------------------------------------------------------------------------------------------------


async def test_a_draft_is_on_disk_within_a_second_and_gone_once_sent(folder: Path) -> None:
    async with on_stage() as stage:
        await stage.ask("first")
        await stage.type("half a thought")
        stage.bench.attach_paths(["notes.py"])
        await files_are(stage, "notes.py")
        store = DraftStore(data_dir())
        await wait_until(lambda: store.read(stage.session.id).draft.text == "half a thought")
        await wait_until(lambda: len(store.read(stage.session.id).draft.files) == 1)
        assert all(path.stat().st_mode & 0o777 == 0o600 for path in store.folder.iterdir())
        await stage.press("enter")
        await stage.settle()
        assert store.read(stage.session.id).is_empty
        assert list(store.folder.iterdir()) == []


async def test_each_session_keeps_its_own_draft() -> None:
    async with on_stage() as stage:
        await stage.ask("first")
        first = stage.session.id
        await stage.type("in the first")
        await stage.press("ctrl+n")
        await wait_until(lambda: stage.session.id != first)
        assert composer(stage).text == ""
        await stage.type("in a new one")
        assert await stage.bench.open_session(first)
        assert composer(stage).text == "in the first"
        await stage.press("ctrl+n")
        await wait_until(lambda: stage.session.id != first)
        await wait_until(lambda: composer(stage).text == "in a new one")


async def test_what_waited_is_back_after_a_crash(tmp_path: Path) -> None:
    async with on_stage(ENDLESS) as stage:
        await stage.send("first")
        await wait_until(lambda: stage.bench.is_replying)
        for words in ("second", "third"):
            await stage.send(words)
        await stage.type("fourth")
        session_id = stage.session.id
        store = DraftStore(data_dir())
        await wait_until(lambda: store.read(session_id).draft.text == "fourth")
        left = {path.name: path.read_bytes() for path in store.folder.iterdir()}
    for name, content in left.items():  # as if it had been killed then
        (store.folder / name).write_bytes(content)
    async with on_stage(QUICK, resume=session_id) as stage:
        await wait_until(lambda: composer(stage).text == "second\nthird\nfourth")


async def test_a_chat_that_is_never_stored_leaves_nothing(folder: Path) -> None:
    async with on_stage(is_stored=False) as stage:
        await stage.type("a secret thought")
        stage.bench.attach_paths(["notes.py"])
        await files_are(stage, "notes.py")
        await stage.press("enter")
        await stage.settle()
        assert "x = 1" in stage.last.text
        await stage.type("another")
        await stage.bench.keep_draft()
    assert not [path for path in data_dir().rglob("*") if path.is_file() and b"secret" in path.read_bytes()]
    assert not (data_dir() / "drafts").exists()
    assert not (data_dir() / "sessions" / "attachments").exists()


# -- history, queue, editor --------------------------------------------------------------------------------------------


async def test_up_walks_the_prompts_of_all_sessions_and_down_comes_back_to_the_draft() -> None:
    async with on_stage() as stage:
        await stage.ask("one")
        await stage.press("ctrl+n")
        await wait_until(lambda: stage.session.is_empty)
        await stage.ask("two")
        await wait_until(lambda: composer(stage).remembered == ["one", "two"])
        await stage.type("draft")
        await stage.press("up")
        assert composer(stage).text == "two"
        assert composer(stage).draft == "draft"
        await stage.press("up")
        assert composer(stage).text == "one"
        await stage.press("down", "down")
        assert composer(stage).text == "draft"


async def test_an_earlier_prompt_is_found_by_typing() -> None:
    async with on_stage() as stage:
        for words in ("about apples", "about pears"):
            await stage.ask(words)
        await stage.type("draft")
        await stage.press("alt+r")
        await wait_until(lambda: "Earlier prompts" in screen_text(stage.app))
        await stage.type("appl")
        await stage.press("enter")
        await wait_until(lambda: composer(stage).text == "about apples")
        await stage.press("down", "down")
        assert composer(stage).text == "draft"


async def test_waiting_prompts_are_seen_taken_back_and_removed() -> None:
    async with on_stage(ENDLESS) as stage:
        await stage.send("first")
        await wait_until(lambda: stage.bench.is_replying)
        for words in ("second", "third"):
            await stage.send(words)
        await wait_until(lambda: "waits 2/2  third" in screen_text(stage.app))
        await stage.press("alt+q")
        await wait_until(lambda: stage.bench.waiting_bar.has_focus)
        await stage.press("delete")
        await wait_until(lambda: len(stage.bench.waiting_prompts) == 1)
        await stage.press("enter")
        await wait_until(lambda: composer(stage).text == "third")
        assert stage.bench.waiting_prompts == []
        await wait_until(lambda: composer(stage).has_focus)


async def test_the_editor_gets_the_draft_and_gives_it_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from contextlib import contextmanager

    script = tmp_path / "editor"
    script.write_text('#!/bin/sh\nprintf "%s and more" "$(cat "$1")" > "$1"\n')
    script.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(script))
    async with on_stage() as stage:

        @contextmanager
        def suspended() -> Iterator[None]:  # the headless driver cannot be suspended
            yield

        monkeypatch.setattr(stage.app, "suspend", suspended)
        await stage.type("words")
        await stage.press("alt+o")
        await wait_until(lambda: composer(stage).text == "words and more")
        monkeypatch.setenv("VISUAL", os.devnull)
        await stage.press("alt+o")
        await wait_until(lambda: any("cannot be started" in one.message for one in stage.app._notifications))
        assert composer(stage).text == "words and more"
