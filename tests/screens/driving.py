"""The whole app with the demo endpoint, driven by keys."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from textual.pilot import Pilot

from tests.screens.staging import screen_text
from tests.waiting import wait_until
from tui.app import ParleyApp, make_app
from tui.chat.connections import Connections
from tui.config import Config, parse_config
from tui.domain.session import Session
from tui.paths import sessions_dir
from tui.screens.chat import ChatScreen
from tui.screens.workbench import Workbench
from tui.store.presets import Preset
from tui.store.sessions import SessionStore


@dataclass
class Drive:
    """A running app and the hands on its keys."""

    app: ParleyApp
    pilot: Pilot[int]

    @property
    def chat(self) -> ChatScreen:
        screen = self.app.screen_stack[0]
        assert isinstance(screen, ChatScreen)
        return screen

    @property
    def bench(self) -> Workbench:
        return self.chat.bench

    @property
    def session(self) -> Session:
        return self.bench.session

    @property
    def text(self) -> str:
        """Everything that stands on the screen."""
        return screen_text(self.app)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def see(self, words: str) -> None:
        await wait_until(lambda: words in self.text)

    async def say(self, prompt: str) -> None:
        """Send a prompt and wait for all replies."""
        self.chat.composer.focus()
        before = len(self.session.messages)
        self.chat.composer.load_text(prompt)
        await self.pilot.press("enter")
        await wait_until(lambda: len(self.session.messages) > before)
        await self.quiet()

    async def quiet(self) -> None:
        """Wait until nobody replies."""
        await wait_until(lambda: not self.bench.is_replying)
        await self.pilot.pause()


@asynccontextmanager
async def driving(
    models: Sequence[str],
    *,
    size: tuple[int, int] = (140, 40),
    config: str = "[parameters]\ntokens_per_s = 0\n",
    resume: str | None = None,
    preset: Preset | None = None,
    is_stored: bool = True,
) -> AsyncGenerator[Drive, None]:
    """The app with a column for each model."""
    settings: Config = parse_config(config, Path("config.toml")) if config else Config()
    app = make_app(
        settings,
        connections=Connections(settings),
        store=SessionStore(sessions_dir()),
        models=models,
        resume=resume,
        preset=preset,
        is_stored=is_stored,
    )
    async with app.run_test(size=size, notifications=True) as pilot:
        drive = Drive(app, pilot)
        await wait_until(lambda: drive.chat.is_ready)
        await pilot.pause()
        yield drive
