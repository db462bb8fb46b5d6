"""Installing a model from the app, from a server on loopback: by a key, with progress, after a failure, in two goes."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Button

from tests.local.making import FileServer, address, entry_of, serve, small_model
from tests.screens.staging import Stage, screen_text
from tests.waiting import wait_until
from tui.local import install as installing
from tui.local.fetching import fetch_url
from tui.screens import install as dialogs
from tui.screens.install import InstallDialog

CONTENT = small_model() + os.urandom(300_000)


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "models"
    monkeypatch.setenv("PARLEY_MODELS_DIR", str(folder))
    monkeypatch.setattr(installing, "install", partial(installing.install, fetch=fetch_url))
    return folder


@asynccontextmanager
async def offered(
    files: FileServer, monkeypatch: pytest.MonkeyPatch, content: bytes = CONTENT
) -> AsyncGenerator[tuple[Stage, Pilot[None]], None]:
    """The dialog for a model that is `content`, and which `files` has."""
    entry = entry_of(content, address(files.url))
    monkeypatch.setattr(dialogs, "require_entry", lambda name: entry)
    stage = Stage(InstallDialog("tiny"))
    async with stage.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        yield stage, pilot


async def test_enter_installs(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(FileServer(CONTENT)) as files:
        async with offered(files, monkeypatch) as (stage, pilot):
            told = screen_text(stage)
            assert "Tiny: for tests." in told
            assert "Apache-2.0" in told
            await pilot.press("enter")
            await wait_until(lambda: stage.result is True)
    assert (models / "tiny-q4.gguf").read_bytes() == CONTENT


async def test_a_failure_is_told_and_can_be_tried_again(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(FileServer(CONTENT, status=503)) as files:
        async with offered(files, monkeypatch) as (stage, pilot):
            await pilot.press("enter")
            button = stage.screen.query_one("#install", Button)
            await wait_until(lambda: str(button.label) == "Try again" and button.has_focus)
            assert "example.org" in screen_text(stage)
            assert stage.result is None
            files.status = None
            await wait_until(lambda: not button.has_class("-active"))  # so long the toolkit takes no second press
            await pilot.press("enter")
            await wait_until(lambda: stage.result is True)


async def test_other_bytes_than_the_catalogues_are_refused(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(FileServer(bytes(len(CONTENT)))) as files:
        async with offered(files, monkeypatch) as (stage, pilot):
            await pilot.press("enter")
            await wait_until(lambda: str(stage.screen.query_one("#install", Button).label) == "Try again")
    assert not (models / "tiny-q4.gguf").exists()


async def test_escape_keeps_what_came_and_the_next_time_goes_on(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(FileServer(CONTENT, hold_after=100_000)) as files:
        async with offered(files, monkeypatch) as (stage, pilot):
            await pilot.press("enter")
            await wait_until(lambda: sum(part.stat().st_size for part in models.glob("*.part")) >= 100_000)
            assert "%" in screen_text(stage) or "MB" in screen_text(stage)
            await pilot.press("escape")
            await wait_until(lambda: not isinstance(stage.screen, InstallDialog))
        files.hold_after = None
        files.released.set()
        async with offered(files, monkeypatch) as (stage, pilot):
            await pilot.press("enter")
            await wait_until(lambda: stage.result is True)
        assert files.ranges[-1].startswith("bytes=")
    assert (models / "tiny-q4.gguf").read_bytes() == CONTENT
