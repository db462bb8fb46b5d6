"""Takes the pictures that README and docs show: `make screenshots`.

The real app, headless; what plays the models are the scripts beside this file and, in one picture, the real embedded
model. No key of yours is seen and no server asked, so that the pictures are the same for everybody, but for the
figures of time. Writes SVG files into docs/pictures, which load nothing from elsewhere. `python docs/make_pictures.py
NAME …` takes some only.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from textual.pilot import Pilot

from tui.app import ParleyApp, make_app
from tui.config import Config, parse_config
from tui.screens.chat import ChatScreen

HERE = Path(__file__).parent
PICTURES = HERE / "pictures"
PATIENCE_S = 60.0
CONFIG = f"""
[endpoints.work]
dialect = "scripted"
label = "Work"
script = "{HERE / "scripts"}"
[endpoints.gateway]
dialect = "openai-chat"
label = "Gateway"
base_url = "https://gateway.example/v1"
api_key = {{ env = "GATEWAY_KEY" }}
models = ["big"]
[parameters]
temperature = 0.7
"""
SKY = "Why is the sky blue?"
BALL = "A bat and a ball cost 1.10 together, and the bat costs 1.00 more than the ball. What does the ball cost?"
EARLIER = (BALL, "What is a monad, without category theory?", "A name for a boat", "Plan a week in Lisbon", SKY)
"""What was asked before, so that the list of sessions is not empty."""
_FONT_FACE = re.compile(r"\s*@font-face \{[^}]*\}")
_SECRETIVE = re.compile(r"KEY|TOKEN|SECRET|AUTH|BASE_URL|_HOST$|^PARLEY_(?!MODELS)|^NO_COLOR", re.IGNORECASE)

Act = Callable[[Pilot[int]], Awaitable[None]]


@dataclass(frozen=True)
class Picture:
    """One picture: what is started, what is done, how large the terminal is."""

    name: str
    models: tuple[str, ...]
    act: Act
    size: tuple[int, int] = (120, 36)
    theme: str = "parley-dark"
    has_past: bool = True


async def settle(pilot: Pilot[int]) -> None:
    """Wait until nobody replies, and all of it is on the screen."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_S
    chat = pilot.app.screen_stack[0]
    await pilot.pause(0.5)
    while isinstance(chat, ChatScreen) and chat.bench.is_replying and asyncio.get_running_loop().time() < deadline:
        await pilot.pause(0.2)
    await pilot.pause(1.0)  # the last frame, colours of code, the notes that go away


async def type_text(pilot: Pilot[int], text: str) -> None:
    """Type like a person who is quick."""
    await pilot.press(*text)


async def ask(pilot: Pilot[int], question: str) -> None:
    """Ask and wait for every reply."""
    await type_text(pilot, question)
    await pilot.press("enter")
    await settle(pilot)


def keys(*pressed: str, question: str = SKY) -> Act:
    """Ask, then press these keys, one after the other."""

    async def act(pilot: Pilot[int]) -> None:
        await ask(pilot, question)
        for key in pressed:
            await pilot.press(key)
            await pilot.pause(0.4)

    return act


async def look(pilot: Pilot[int]) -> None:
    """Do nothing: the first screen."""
    await pilot.pause(1.5)


async def compare(pilot: Pilot[int]) -> None:
    """Fold the side panes, ask all columns."""
    await pilot.press("f9")
    await ask(pilot, BALL)


async def tune(pilot: Pilot[int]) -> None:
    """Ask, then move two sliders and set a number."""
    await ask(pilot, SKY)
    await pilot.press("f4")
    for key in (*["left"] * 6, "down", *["left"] * 2, "down", *"800", "enter"):
        await pilot.press(key)
    await pilot.pause(0.5)


async def vote_blind(pilot: Pilot[int]) -> None:
    """Two columns without names, asked, and the question who was better."""
    await pilot.press("f9", "alt+b")
    await ask(pilot, SKY)
    await pilot.press("alt+v")
    await pilot.pause(0.5)


async def inspect(pilot: Pilot[int]) -> None:
    """Look at a request before it is sent; nothing is."""
    await type_text(pilot, SKY)
    await pilot.press("alt+i")
    await pilot.pause(1.0)


TAKEN = (
    Picture("chat-dark", ("work/thorough",), keys(), (120, 40)),
    Picture("chat-light", ("work/thorough",), keys(), (120, 40), theme="parley-light"),
    Picture("columns", ("work/thorough", "work/quick", "local/default"), compare, (156, 30)),
    Picture("difference", ("work/quick", "work/plain"), keys("alt+d"), (120, 24)),
    Picture("vote", ("work/quick", "work/plain"), vote_blind, (120, 30)),
    Picture("parameters", ("work/thorough",), tune, (120, 40)),
    Picture("inspector", ("gateway/big",), inspect, (120, 34)),
    Picture("commands", ("work/thorough",), keys("ctrl+p"), (120, 36)),
    Picture("first-run", (), look, (120, 36), has_past=False),
)


def config() -> Config:
    """The configuration of the pictures: one endpoint, played by scripts."""
    return parse_config(CONFIG, HERE / "config.toml")


@contextlib.contextmanager
def fresh_folders(*, has_past: bool) -> Iterator[Path]:
    """Folders of our own for a while, and an environment without keys. Yields the folder of the configuration."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        for name in filter(_SECRETIVE.search, before):
            del os.environ[name]
        for name in ("PARLEY_DATA_DIR", "PARLEY_CACHE_DIR", "XDG_CONFIG_HOME"):
            os.environ[name] = str(Path(folder, name.lower()))
        os.environ["GATEWAY_KEY"] = "shown-nowhere"
        file = Path(folder, "config.toml")
        file.write_text(CONFIG, "utf-8")
        try:
            for question in EARLIER if has_past else ():
                asked = ["ask", "--config", str(file), "-m", "work/quick", "-p", "tokens_per_s=0", question]
                subprocess.run([sys.executable, "-m", "tui", *asked], check=True, stdout=subprocess.DEVNULL)
            yield Path(folder)
        finally:
            os.environ.clear()
            os.environ.update(before)


async def take(picture: Picture) -> None:
    """Take one picture."""
    app: ParleyApp = make_app(config() if picture.has_past else Config(), models=picture.models, theme=picture.theme)
    async with app.run_test(size=picture.size) as pilot:
        await pilot.pause(1.0)
        await picture.act(pilot)
        svg = app.export_screenshot(title="Parley")
    PICTURES.mkdir(exist_ok=True)
    svg = _FONT_FACE.sub("", svg)  # a picture loads nothing from elsewhere
    (PICTURES / f"{picture.name}.svg").write_text(svg, encoding="utf-8")


def main(names: Sequence[str]) -> None:
    """Take the pictures of these names, or all, each with folders of its own."""
    for picture in TAKEN:
        if not names or picture.name in names:
            with fresh_folders(has_past=picture.has_past):
                asyncio.run(take(picture))


if __name__ == "__main__":
    main(sys.argv[1:])
