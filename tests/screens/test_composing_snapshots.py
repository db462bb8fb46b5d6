"""How writing looks: chips, waiting prompts, suggestions, a picture. Each test says what to look for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.pilot import Pilot

from tests.chat.files_of_all_kinds import png
from tests.screens.staging import Stage
from tests.waiting import wait_until
from tui.domain.draft import Draft, DraftFile
from tui.domain.record import Attachment
from tui.paths import themes_dir
from tui.screens.picture import PictureDialog
from tui.theming import load_themes
from tui.widgets.attachment_bar import AttachmentBar
from tui.widgets.composer import Composer
from tui.widgets.composer_completing import CompletingEditor, Suggestion
from tui.widgets.picture_view import PictureView
from tui.widgets.suggestions import SuggestionList
from tui.widgets.waiting_bar import WaitingBar

FILES = tuple(
    DraftFile(Attachment(name, kind, "a" * 64, 1), words, tokens)
    for name, kind, words, tokens in (
        ("notes.py", "text/plain", "2 lines", 11),
        ("a photo with a long name of the mountains.png", "image/png", "PNG 640 × 480", 800),
        ("evil\x1b[31m\u202e[red].pdf", "application/pdf", "PDF, 3 pages", 25_000),
    )
)
SUGGESTIONS = [Suggestion(f"/{word}", 0, f"/{word}", f"does {word}") for word in ("model", "move", "more", "mo" * 40)]


class Writing(App[None]):
    """The composer with all that can stand above it."""

    CSS = "Screen { background: $background; } Vertical { align: left bottom; }"

    def __init__(self, theme: str) -> None:
        super().__init__()
        self._theme_name = theme

    def compose(self) -> ComposeResult:
        with Vertical():
            yield WaitingBar()
            yield AttachmentBar()
            yield SuggestionList()
            yield Composer()

    def on_mount(self) -> None:
        for theme in load_themes(themes_dir()).themes:
            self.register_theme(theme)
        self.theme = self._theme_name
        composer = self.query_one(Composer)
        composer.show_destination("to demo/echo · ~851 tokens")
        composer.show_waiting("")
        composer.focus()

    def on_completing_editor_suggested(self, event: CompletingEditor.Suggested) -> None:
        self.query_one(SuggestionList).show(event.suggestions, event.place)


def setting(*, is_in_chips: bool = False, with_suggestions: bool = False) -> Callable[[Pilot[Any]], Awaitable[None]]:
    async def run(pilot: Pilot[Any]) -> None:
        app = pilot.app
        bar, composer = app.query_one(AttachmentBar), app.query_one(Composer)
        composer.cursor_blink = False
        bar.files = FILES
        bar.problem = "demo/echo takes no images and is told only the name of a photo with a long name of the m….png."
        app.query_one(WaitingBar).drafts = (
            Draft("first\nof two lines"),
            Draft("second [bold]\x1b[0m " * 20, FILES[:1]),
        )
        composer.load_text("What is in these?")
        await pilot.pause()  # what is loaded withdraws what was offered
        if with_suggestions:
            composer.offer(SUGGESTIONS)
        if is_in_chips:
            bar.focus()
            bar.current = 1
        await pilot.pause()

    return run


@pytest.mark.parametrize("theme", ["parley-dark", "parley-light", "parley-contrast"])
@pytest.mark.parametrize("size", [(80, 24), (120, 24), (40, 16)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_what_goes_along_and_what_waits(snap_compare: Any, size: tuple[int, int], theme: str) -> None:
    """Two waiting prompts with their acts at the right; three chips, the second marked; nothing is wider than the
    screen; names hold no red, no direction change; the problem in the colour of warnings."""
    assert snap_compare(Writing(theme), terminal_size=size, run_before=setting(is_in_chips=True))


def test_suggestions_stand_above_the_composer(snap_compare: Any) -> None:
    """Four rows right above the composer, over the chips; the first is marked; the long one is cut."""
    assert snap_compare(Writing("parley-dark"), terminal_size=(80, 24), run_before=setting(with_suggestions=True))


def test_a_picture_in_half_blocks(snap_compare: Any) -> None:
    """A dark to bright slope from left to right, upright; kind and size below it."""
    rows = [bytes(x * 4 + (y > 15) * 60 for x in range(48)) for y in range(32)]
    dialog = PictureDialog("slope.png", png(rows, size=(48, 32), colour=0))

    async def drawn(pilot: Pilot[Any]) -> None:
        view = pilot.app.screen.query_one(PictureView)
        await wait_until(lambda: view._pixels)
        await pilot.pause()

    assert snap_compare(Stage(dialog), terminal_size=(80, 30), run_before=drawn)
