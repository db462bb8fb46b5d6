"""Putting an app on the stage: a configuration, a script that plays the model, and ways to look at what is shown."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from tests.waiting import wait_until
from tui.app import ParleyApp, make_app
from tui.config import parse_config
from tui.domain.session import Session
from tui.paths import sessions_dir
from tui.screens.chat import ChatScreen
from tui.screens.workbench import Workbench
from tui.store.sessions import SessionStore
from tui.transcript.entry import Entry
from tui.widgets.column_view import ColumnView

QUICK = """
[[replies]]
text = "You said: {{prompt}}"
tokens_per_s = 0
"""
ENDLESS = """
[[replies]]
text = "word word word word word word word word word word word word word word word word word word word word"
chunk = "word"
tokens_per_s = 4.0
"""


class Stage:
    """A running app and what a test wants to know of it."""

    def __init__(self, app: ParleyApp, pilot: Pilot[int]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def screen(self) -> ChatScreen:
        screen = self.app.screen_stack[0]
        assert isinstance(screen, ChatScreen)
        return screen

    @property
    def bench(self) -> Workbench:
        return self.screen.bench

    @property
    def session(self) -> Session:
        return self.bench.session

    @property
    def view(self) -> ColumnView:
        return self.bench.current_view

    @property
    def entries(self) -> list[Entry]:
        """What the current column shows."""
        return [view.entry for view in self.view.transcript.conversation.views]

    @property
    def last(self) -> Entry:
        return self.entries[-1]

    async def settle(self) -> None:
        """Until nothing replies any more and what was posted has been handled."""
        await self.pilot.pause()
        await wait_until(lambda: not self.bench.is_replying)
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def type(self, text: str) -> None:
        await self.pilot.press(*text)

    async def ask(self, text: str) -> None:
        """Type a prompt, send it, wait for what comes of it."""
        await self.send(text)
        await self.settle()

    async def send(self, text: str) -> None:
        """Type a prompt and send it."""
        self.screen.composer.focus()
        await self.type(text)
        await self.press("enter")
        await wait_until(lambda: self.screen.composer.text == "")

    def stored(self) -> Session:
        """The open session as it is on disk."""
        return SessionStore(sessions_dir()).read(self.session.id).session

    def shown_text(self) -> str:
        """Everything on the screen, as text."""
        width, height = self.app.size
        lines = []
        for y in range(height):
            strip = "".join(segment.text for segment in self.app.screen._compositor.render_strips()[y])
            lines.append(strip[:width])
        return "\n".join(lines)


@asynccontextmanager
async def on_stage(
    script: str = QUICK,
    *,
    config: str = "",
    size: tuple[int, int] = (120, 40),
    folder: Path | None = None,
    models: tuple[str, ...] = ("play/it",),
    **options: Any,
) -> AsyncGenerator[Stage, None]:
    """An app whose endpoint `play` follows `script`."""
    where = folder or sessions_dir().parent / "stage"
    where.mkdir(parents=True, exist_ok=True)
    (where / "it.toml").write_text(script, encoding="utf-8")
    text = f'{config}\n[endpoints.play]\ndialect = "scripted"\nscript = "{where / "it.toml"}"\n'
    app = make_app(parse_config(text, where / "config.toml"), models=models, **options)
    async with app.run_test(size=size) as pilot:
        stage = Stage(app, pilot)
        await wait_until(lambda: stage.screen.is_ready)
        await pilot.pause()
        yield stage
