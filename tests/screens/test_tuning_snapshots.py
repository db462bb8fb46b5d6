"""How tuning looks, at 80, 120 and 200 cells. Each test says what to look for."""

from __future__ import annotations

import math
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.pilot import Pilot
from textual.screen import Screen

from tests.screens.staging import Stage
from tui.domain.events import Alternative, Finish, TokenLogprob, Usage
from tui.domain.reply import Timings
from tui.domain.session import Message
from tui.providers.base import Endpoint
from tui.providers.parameters import table_for
from tui.screens.edit_token_map import TokenMapDialog
from tui.screens.fill_in import FillInDialog
from tui.screens.inspector import Inspector, Subject
from tui.screens.pick import PickDialog
from tui.screens.save_preset import SavePresetDialog
from tui.screens.token_odds import TokenOdds
from tui.widgets.document_editor import DocumentEditor
from tui.widgets.parameters.pane import ParameterPane
from tui.widgets.pick_list import Row

SIZES = [(80, 24), (120, 36), (200, 50)]
sizes = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")

SENT = {
    "method": "POST",
    "url": "https://example.org/v1/chat/completions",
    "headers": {"Content-Type": "application/json", "Authorization": "***"},
    "json": {
        "model": "small",
        "messages": [{"role": "user", "content": "Why is the sky blue? Warum ist der Himmel blau? 空はなぜ青い?"}],
        "temperature": 0.7,
        "stream": True,
        "stop": None,
    },
}


def reply() -> Message:
    words = ["The", " sky", " scatters", " short", " waves", ",\n", "so", " it", " is", " blue", "."]
    shares = [0.97, 0.83, 0.41, 0.62, 0.55, 0.99, 0.93, 0.71, 0.95, 0.06, 0.9]
    message = Message("a", None, "assistant", "2026-01-01T00:00:00.000Z", "".join(words), model="work/small")
    message.logprobs = tuple(
        TokenLogprob(
            word,
            math.log(share),
            (Alternative(word, math.log(share)), Alternative(" deep", math.log((1 - share) / 2 + 1e-9))),
        )
        for word, share in zip(words, shares, strict=True)
    )
    message.finish, message.sent = Finish.STOP, SENT
    message.usage = Usage(21, 11)
    gaps = tuple(12 + 9 * (place % 7) + (240 if place == 31 else 0) for place in range(80))
    message.timings = Timings(0.412, 2.105, 31.2, first_byte_s=0.305, gaps_ms=gaps)
    message.parameters = {"temperature": 0.7, "seed": 3}
    message.meta = {"http": {"status": 200, "headers": {"x-request-id": "req-1"}}, "system_fingerprint": "fp"}
    return message


def inspector() -> Inspector:
    now = {"temperature": 1, "model": "work/small", "system": "Be brief."}
    return Inspector(Subject("What was sent to work/small", SENT, reply(), "WORK_KEY", now))


def quiet(*keys: str) -> Any:
    """Press keys, then hold the cursor still."""

    async def run(pilot: Pilot[Any]) -> None:
        await pilot.press(*keys)
        for editor in pilot.app.screen.query("TextArea, Input"):
            editor.cursor_blink = False  # type: ignore[attr-defined]  # both have it
        await pilot.pause()

    return run


@sizes
@pytest.mark.parametrize("key", ["1", "3", "4"])
def test_inspector(snap_compare: Any, size: tuple[int, int], key: str) -> None:
    """JSON in several colours, the key masked; a plot with one tall bar; changed settings first, marked ≠."""
    assert snap_compare(Stage(inspector()), terminal_size=size, run_before=quiet(key))


@sizes
def test_token_odds(snap_compare: Any, size: tuple[int, int]) -> None:
    """Unlikely tokens are tinted and have a small digit; the alternatives of the token under the cursor below."""
    assert snap_compare(Stage(TokenOdds(reply())), terminal_size=size, run_before=quiet("n"))


@sizes
def test_save_preset(snap_compare: Any, size: tuple[int, int]) -> None:
    """Filled squares are pinned, hollow ones are not."""
    parts = {"model": "work/small", "system": "Be brief.", "parameters": "temperature 0.7"}
    screen = SavePresetDialog(parts, check_name=lambda name: "")
    keys = ("b", "r", "i", "e", "f", "tab", "down", "space")
    assert snap_compare(Stage(screen), terminal_size=size, run_before=quiet(*keys))


@sizes
def test_choose_preset(snap_compare: Any, size: tuple[int, int]) -> None:
    """Names at the left, what each is for at the right, cut where there is no room; no markup is obeyed."""
    described = {
        "brief": "Answers as briefly as can be",
        "explain": "Explain {{topic}} for {{audience}}, with one example of each kind and nothing left out: {{input}}",
        "an-uncommonly-long-name-of-a-preset-that-somebody-gave-it": "# IDENTITY [b]You[/b] are a summariser",
    }
    screen = PickDialog("Presets", [Row(name, name, words) for name, words in described.items()])
    assert snap_compare(Stage(screen), terminal_size=size, run_before=quiet("down"))


@sizes
def test_fill_in_preset(snap_compare: Any, size: tuple[int, int]) -> None:
    """A field for each variable under its name, with what is offered; the first has the cursor."""
    screen = FillInDialog("explain", ["topic", "audience", "language"], {"audience": "engineers"})
    assert snap_compare(Stage(screen), terminal_size=size, run_before=quiet("r", "a", "i", "n"))


@sizes
def test_token_map(snap_compare: Any, size: tuple[int, int]) -> None:
    """Ids with their biases, one a line, and a field below that turned a word into the last of them."""

    async def look_up(words: str) -> list[int]:
        """Two tokens for everything."""
        return [9906, 1917]

    hint = "Makes tokens, by id, more (up to 100) or less (down to -100) likely."
    screen = TokenMapDialog("Logit bias", "50256 = -100", hint=hint, check=lambda text: text, look_up=look_up)
    keys = ("f4", *"hello", "space", *"world", "space", "equals_sign", "space", "5", "enter")
    assert snap_compare(Stage(screen), terminal_size=size, run_before=quiet(*keys))


class PaneScreen(Screen[None]):
    """The parameter pane of a model that takes some, and a document beside it."""

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield DocumentEditor()
            yield ParameterPane()

    def on_mount(self) -> None:
        pane = self.query_one(ParameterPane)
        pane.styles.width = 42
        endpoint = Endpoint("claude", "anthropic-messages", "http://127.0.0.1:9")
        values = {"temperature": 1.5, "seed": 7, "stop": ["\n\n", "END"], "max_tokens": 512}
        pane.show("Be brief.", table_for(endpoint, "claude-sonnet", parameters=values), values)
        editor = self.query_one(DocumentEditor)
        editor.show_document("Once upon a time there was a terminal.", (16, 38))


@sizes
def test_pane_and_document(snap_compare: Any, size: tuple[int, int]) -> None:
    """Set values are marked and bold; one out of range says what is sent; what is not taken is grey, with the reason.

    In the document what the model wrote last is underlined.
    """
    app: App[None] = Stage(PaneScreen())
    assert snap_compare(app, terminal_size=size, run_before=quiet())
