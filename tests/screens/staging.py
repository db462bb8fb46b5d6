"""An app that shows one screen, and what can be read on it."""

from __future__ import annotations

from typing import Any

from textual.app import App
from textual.screen import Screen

from tui.paths import themes_dir
from tui.theming import load_themes


class Stage(App[None]):
    """Shows a screen in the standard theme."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, screen: Screen[Any]) -> None:
        super().__init__()
        self._first = screen
        self.result: Any = None

    def on_mount(self) -> None:
        for theme in load_themes(themes_dir()).themes:
            self.register_theme(theme)
        self.theme = "parley-dark"
        self.push_screen(self._first, self._take)

    def _take(self, result: Any) -> None:
        self.result = result


def screen_text(app: App[Any]) -> str:
    """All characters on the screen, line by line, whatever lies over what."""
    strips = app.screen._compositor.render_strips(app.size)
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)
