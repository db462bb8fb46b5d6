"""How the app looks. Each test says what to look for; look before accepting a new picture.

The session is written beforehand with fixed figures and an old date, so that no clock is in the picture.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.waiting import wait_until
from tui.app import ParleyApp, make_app
from tui.config import parse_config
from tui.domain.events import Finish, Usage
from tui.domain.record import (
    ColumnAdded,
    HeadMoved,
    MessageAdded,
    ReplyEnded,
    ReplyStarted,
    SessionEvent,
    SessionStarted,
)
from tui.domain.reply import Failure, Timings
from tui.paths import sessions_dir
from tui.screens.chat import ChatScreen
from tui.store.journal import Journal

AT = "2026-01-02T03:04:05.000Z"
ANSWER = """Light from the sun is a mixture of **all colours**. Air scatters short waves more than long ones:

1. Blue reaches the eye from *every* side.
2. Red goes straight on, until dusk.

```python
def scattering(length_nm: float) -> float:
    return (550 / length_nm) ** 4  # Rayleigh
```
"""


def _asked(session_id: str, models: tuple[str, ...]) -> list[SessionEvent]:
    """A session with two prompts; the second one failed in the first column and was stopped in the others."""
    events: list[SessionEvent] = [SessionStarted(session_id, AT, "parley")]
    events += [ColumnAdded(f"c{place}", AT, model) for place, model in enumerate(models)]
    events.append(MessageAdded("q1", AT, None, "user", "Why is the sky blue?"))
    for place, model in enumerate(models):
        column = f"c{place}"
        first, second = f"r{place}", f"s{place}"
        events += [
            ReplyStarted(first, AT, "q1", column, model),
            ReplyEnded(
                first,
                AT,
                Finish.STOP,
                ANSWER,
                reasoning="Scattering, then.\nRayleigh.",
                usage=Usage(12, 85 + place),
                timings=Timings(0.42, 2.71, 31.2),
                cost_usd=0.00021,
                cost_is_estimated=True,
            ),
            MessageAdded(f"p{place}", AT, first, "user", "And at dusk?"),
            ReplyStarted(second, AT, f"p{place}", column, model),
            _failed(second) if place == 0 else _stopped(second),
            HeadMoved(column, AT, second),
        ]
    return events


def _failed(message_id: str) -> ReplyEnded:
    words = "The server of demo gets too many requests (429): Slow down [please]. Tried 3 times."
    return ReplyEnded(message_id, AT, Finish.ERROR, "", error=Failure("rate-limited", words, 429))


def _stopped(message_id: str) -> ReplyEnded:
    timings = Timings(0.18, 1.94, 140.4, is_estimated=True)
    return ReplyEnded(message_id, AT, Finish.CANCELLED, "At dusk the way is longer, and", timings=timings)


@pytest.fixture
def seeded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., ParleyApp]:
    """An app that opens a session with figures that never change."""
    monkeypatch.setenv("PARLEY_MODELS_DIR", str(tmp_path / "models"))

    def make(*models: str, theme: str = "parley-dark", is_empty: bool = False) -> ParleyApp:
        session_id = "abcdefabcdef"
        journal = Journal(sessions_dir() / f"{session_id}.jsonl", session_id)
        journal.append(_asked(session_id, models))
        journal.close()
        resume = None if is_empty else session_id
        return make_app(parse_config(""), models=models if is_empty else (), resume=resume, theme=theme)

    return make


def at_rest(*keys: str) -> Callable[[Pilot[Any]], Any]:
    """Wait until everything is listed, stop the cursor, press some keys."""

    async def run_before(pilot: Pilot[Any]) -> None:
        screen = pilot.app.screen_stack[0]
        assert isinstance(screen, ChatScreen)
        await wait_until(lambda: screen.is_ready and screen.composer.has_focus)
        screen.composer.cursor_blink = False  # a field without the focus would keep its cursor hidden from now on
        bench = screen.bench
        await wait_until(lambda: "demo" in bench.shelf.listings and not bench.shelf.loading)
        await wait_until(lambda: any("sky" in row.text for row in bench.left.sessions.rows))
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()

    return run_before


@pytest.mark.parametrize("theme", ["parley-dark", "parley-light", "parley-contrast"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_session(snap_compare: Any, seeded: Callable[..., ParleyApp], size: tuple[int, int], theme: str) -> None:
    """No word is clipped, nothing overlaps; the failure says why and offers a retry; figures stand at the right."""
    models = ("demo/tour", "demo/reasoning", "demo/code") if size[0] == 200 else ("demo/tour",)
    assert snap_compare(seeded(*models, theme=theme), terminal_size=size, run_before=at_rest())


@pytest.mark.parametrize("size", [(60, 20), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_beginning(snap_compare: Any, seeded: Callable[..., ParleyApp], size: tuple[int, int]) -> None:
    """An empty column says who will answer and which keys to begin with; the cursor is in the composer."""
    app = seeded("demo/tour", is_empty=True)
    assert snap_compare(app, terminal_size=size, run_before=at_rest())


def test_models_lie_over_a_narrow_screen(snap_compare: Any, seeded: Callable[..., ParleyApp]) -> None:
    """The left pane covers part of the column; what was typed narrows the list, the first match is under the cursor."""
    app = seeded("demo/tour")
    assert snap_compare(app, terminal_size=(80, 24), run_before=at_rest("f2", *"demo c"))


def test_parameters_lie_over_a_narrow_screen(snap_compare: Any, seeded: Callable[..., ParleyApp]) -> None:
    """Temperature is marked as set, its handle stands at the value; the others show their default dim."""
    app = seeded("demo/tour")
    assert snap_compare(app, terminal_size=(80, 30), run_before=at_rest("f4", "right", "right"))


def test_columns_behind_the_strip(snap_compare: Any, seeded: Callable[..., ParleyApp]) -> None:
    """At 60 cells one column shows; the strip names all three and marks the one that is shown."""
    app = seeded("demo/tour", "demo/reasoning", "demo/code")
    assert snap_compare(app, terminal_size=(60, 24), run_before=at_rest("f6"))


def test_too_small(snap_compare: Any, seeded: Callable[..., ParleyApp]) -> None:
    """One sentence in the middle, and nothing else."""
    assert snap_compare(seeded("demo/tour"), terminal_size=(20, 5), run_before=at_rest())
