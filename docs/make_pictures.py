"""Takes the pictures that README and docs show: `make screenshots`.

The real app, headless, talking to the demo's scripts; the same keys give the same pictures. Writes SVG files into
docs/pictures.
"""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from textual.pilot import Pilot

from tui.app import ParleyApp, make_app
from tui.config import Config

PICTURES = Path(__file__).parent / "pictures"
QUESTION = "What does Markdown look like here?"
PATIENCE_S = 60.0
_FONT_FACE = re.compile(r"\s*@font-face \{[^}]*\}")


@dataclass(frozen=True)
class Picture:
    """One picture: what is started, what is done, how large the terminal is."""

    name: str
    theme: str
    models: tuple[str, ...]
    size: tuple[int, int]
    act: Callable[[Pilot[int]], Awaitable[None]]


async def ask(pilot: Pilot[int]) -> None:
    """Ask and wait for every reply."""
    from tui.transcript import Transcript

    await pilot.press(*["space" if char == " " else "question_mark" if char == "?" else char for char in QUESTION])
    await pilot.press("enter")

    def texts() -> list[str]:
        return [getattr(view, "plain_text", lambda: "")() for view in pilot.app.screen.query(Transcript)]

    await pilot.pause(0.5)
    before: list[str] = []
    deadline = asyncio.get_running_loop().time() + PATIENCE_S
    while asyncio.get_running_loop().time() < deadline:
        await pilot.pause(1.0)
        replying = getattr(pilot.app.screen, "is_replying", False)
        if not replying and texts() == before:
            return
        before = texts()


async def show_commands(pilot: Pilot[int]) -> None:
    """Ask, then open the palette."""
    await ask(pilot)
    await pilot.press("ctrl+p")
    await pilot.pause(0.5)


async def ask_columns(pilot: Pilot[int]) -> None:
    """Fold the side panes, ask all columns."""
    await pilot.press("f9")
    await ask(pilot)


TAKEN = (
    Picture("chat-dark", "parley-dark", ("demo/markdown",), (120, 36), ask),
    Picture("chat-light", "parley-light", ("demo/markdown",), (120, 36), ask),
    Picture("columns", "parley-dark", ("demo/tour", "demo/markdown", "demo/code"), (160, 40), ask_columns),
    Picture("commands", "parley-dark", ("demo/tour",), (120, 36), show_commands),
)


async def take(picture: Picture) -> None:
    """Take one picture."""
    app: ParleyApp = make_app(Config(), models=picture.models, theme=picture.theme, is_stored=False)
    async with app.run_test(size=picture.size) as pilot:
        await pilot.pause(1.0)
        await picture.act(pilot)
        svg = app.export_screenshot(title="Parley")
    PICTURES.mkdir(exist_ok=True)
    svg = _FONT_FACE.sub("", svg)  # a picture loads nothing from elsewhere
    (PICTURES / f"{picture.name}.svg").write_text(svg, encoding="utf-8")


def main() -> None:
    """Take all pictures, with folders of their own."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("PARLEY_DATA_DIR", "PARLEY_CACHE_DIR", "PARLEY_CONFIG"):
            os.environ[name] = str(Path(folder, name.lower()))
        for picture in TAKEN:
            asyncio.run(take(picture))


if __name__ == "__main__":
    main()
