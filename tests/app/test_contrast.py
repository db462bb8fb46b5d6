"""Every piece of text that is really drawn can be read: WCAG AA on the screen itself, in each theme that is shipped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from rich.style import Style
from textual.app import App
from textual.color import Color

from tests.app.staging import Stage, on_stage
from tests.waiting import wait_until
from tui.paths import data_dir
from tui.screens.dialog import Dialog
from tui.theming import contrast

SCRIPT = """
[[replies]]
reasoning = "Let me see."
text = '''# A heading

Some **bold**, *italic*, ~~struck~~, `code`, a [link](https://example.com).

> a quotation

- [x] done
- [ ] open

| a | b |
| - | - |
| 1 | 2 |

```python
# a comment
@decorated
def add(one: int = 1) -> str:
    # text
    return str(one + 2) if True else None
```

```diff
- old
+ new
```
'''
tokens_per_s = 0
"""
DRAWN = frozenset("─│╭╮╰╯├┤┬┴┼━┃╴╶╵╷▁▂▃▄▅▆▇█▉▊▋▌▍▎▏▐░▒▓▔▕○●◌◐·–▸▾↓…✕✖❯◆§⌄⌃▴▀▖▗▘▝▞▚")
"""Lines, bars and signs: they decorate, or say what words beside them say, too."""
LEAST = 4.5


def unreadable(app: App[Any]) -> Iterator[str]:
    """Words on the screen that stand too little apart from what is behind them."""
    region = app.screen.region
    if app.screen.is_modal:  # what lies behind a dialog is faint on purpose
        region = app.screen.query_one(".dialog-box").region
    for strip in app.screen._compositor.render_strips(app.size)[region.y : region.bottom]:
        for segment in strip.crop(region.x, region.right):
            words = segment.text.strip()
            style = segment.style
            if not words or set(words) <= DRAWN or style is None or style.color is None or style.bgcolor is None:
                continue
            found = contrast_of(style)
            if found < LEAST - 0.01:
                yield f"{words[:30]!r} {found:.2f} ({style})"


def contrast_of(style: Style) -> float:
    """The contrast of a style's text, faint and reversed as it is drawn."""
    assert style.color is not None
    assert style.bgcolor is not None
    text, ground = Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor)
    if style.dim:
        text = ground.blend(text, 0.66)  # what the toolkit makes of faint text
    return contrast(text, ground)


async def look(stage: Stage, where: str, found: dict[str, list[str]]) -> None:
    """Note what cannot be read on the screen as it is, in every theme."""
    for name in THEMES:
        stage.app.theme = name
        await stage.pilot.pause()
        await stage.pilot.pause()
        bad = list(unreadable(stage.app))
        if bad:
            found[f"{name}: {where}"] = sorted(set(bad))[:6]


THEMES: list[str] = []


@pytest.fixture(autouse=True)
def all_themes() -> None:
    from tui.paths import themes_dir

    THEMES[:] = sorted(path.stem for path in themes_dir().glob("*.toml"))


async def test_all_text_on_the_screen_can_be_read_in_every_theme() -> None:
    found: dict[str, list[str]] = {}
    async with on_stage(SCRIPT, size=(140, 60)) as stage:
        await wait_until(lambda: set(THEMES) <= set(stage.app.available_themes))
        await wait_until(lambda: "Found on this machine" in stage.shown_text())
        await look(stage, "first run", found)
        await stage.ask("show me")
        stage.view.transcript.find("o")
        stage.view.transcript.find_next()
        stage.view.transcript.focus()
        await stage.press("k", "shift+right", "shift+right", "shift+down")
        stage.app.notify("An error with words.", severity="error", timeout=600)
        stage.app.notify("A warning with words.", severity="warning", timeout=600)
        stage.bench.notice_bar.words = "The disk is full."
        stage.bench.notice_bar.offer = "try again"
        await stage.pilot.pause()
        await look(stage, "conversation", found)
        await stage.press("f1")
        await stage.pilot.pause()
        await look(stage, "help", found)
        await stage.press("escape", "ctrl+p")
        await stage.pilot.pause()
        await look(stage, "commands", found)
    assert found == {}


HARDEST = ("catppuccin-latte", "gruvbox-light", "solarized-dark", "nord")
"""Themes with the least room between text and ground; what they draw well, the others do."""
DIALOGS = (
    *("vote", "difference", "summary", "board", "judge", "inspect-request", "inspect-reply", "show-map", "save-preset"),
    *("find-sessions", "export-session", "attach-file", "sweep", "rename-session"),
    *("token-odds", "import-sessions", "import-presets", "save-layout", "open-layout", "load-preset", "delete-preset"),
    *("find-prompt", "repeat-column", "tag-session", "merge"),
)


async def prepare(stage: Stage) -> None:
    """Layouts and presets to choose from, and a reply with token probabilities."""
    from tui.paths import presets_dir
    from tui.store.layouts import FOLDER, save_layout
    from tui.store.presets import Preset, save_preset

    save_layout(data_dir() / FOLDER, "two", list(stage.session.columns.values()))
    save_preset(presets_dir(), Preset("brief", system="In one sentence, for {{audience}}.", description="Short"))
    await stage.bench.set_parameter("logprobs", 3)


def others(stage: Stage) -> Iterator[Dialog[Any]]:
    """Dialogs that no act opens by itself, and complaints in some."""
    from tui.chat.context import Cut, Fit
    from tui.errors import ConfigError
    from tui.screens.confirm import ConfirmDialog
    from tui.screens.context_full import ContextDialog
    from tui.screens.edit_text import TextDialog
    from tui.screens.edit_token_map import TokenMapDialog
    from tui.screens.fill_in import FillInDialog
    from tui.screens.install import InstallDialog

    def refuse(text: str) -> None:
        raise ConfigError(f"“{text}” cannot be.")

    async def look_up(words: str) -> list[int]:
        return [len(words)]

    message, column = next(iter(stage.session.messages.values())), stage.bench.current_column
    yield ConfirmDialog("Budget", "The day’s ceiling is $5.00. Send it?", yes="Send", no="Not now")
    yield ContextDialog([Cut(column, (message,), 3, Fit(2000, 200, 1000))], ["play/it"])
    yield TextDialog("Stop", "text", hint="A list.", check=refuse)
    yield TokenMapDialog("Logit bias", "50256 = -100", hint="Ids.", check=refuse, look_up=look_up)
    yield FillInDialog("brief", ["audience", "tone"], {"audience": "engineers"})
    yield InstallDialog("smollm2-135m")


async def leave(stage: Stage) -> None:
    """Close what is open."""
    while stage.app.screen is not stage.screen:
        await stage.press("escape")
        await stage.pilot.pause()


@pytest.mark.parametrize("theme", HARDEST)
async def test_all_text_of_the_dialogs_and_panes_can_be_read_where_it_is_hardest(theme: str) -> None:
    THEMES[:] = [theme]
    found: dict[str, list[str]] = {}
    async with on_stage(SCRIPT, size=(180, 50), models=("play/it", "demo/tour")) as stage:
        await wait_until(lambda: set(THEMES) <= set(stage.app.available_themes))
        await prepare(stage)
        await stage.ask("show me")
        for act in DIALOGS:
            await stage.bench.act(act)
            await wait_until(lambda: stage.app.screen is not stage.screen)
            await stage.pilot.pause()
            await look(stage, act, found)
            if act == "token-odds":
                await stage.press("n", "enter")
                await look(stage, "alternatives of a token", found)
            await leave(stage)
        for number, dialog in enumerate(others(stage)):
            stage.app.push_screen(dialog)
            await wait_until(lambda: stage.app.screen is not stage.screen)
            await stage.pilot.pause()
            await look(stage, f"{type(dialog).__name__} {number}", found)
            await leave(stage)
        for key in ("f2", "f3", "f4", "f5", "/"):
            await stage.press(key)
            await stage.pilot.pause()
            await look(stage, key, found)
    assert found == {}
