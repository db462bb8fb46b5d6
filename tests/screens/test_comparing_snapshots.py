"""How comparing looks, at 80, 120 and 200 cells. Each test says what to look for."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from tests.domain.test_blind import answered
from tests.screens.staging import Stage
from tui.chat.scores import agreement_of, session_scores, turn_scores
from tui.chat.votes import Pair, board
from tui.domain.comparing import last_bout
from tui.domain.events import Usage
from tui.domain.reply import Timings
from tui.paths import sessions_dir
from tui.screens.board import BoardScreen, Verdicts
from tui.screens.difference import DifferenceScreen, Version
from tui.screens.summary import Named, Summary, SummaryScreen
from tui.screens.vote import Contender, VoteDialog
from tui.store.sessions import SessionStore

SIZES = [(80, 24), (120, 40), (200, 60)]
sizes = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")

OLD = """Light from the sun is white, a mixture of all colours.

Air scatters short waves far more than long ones, so blue reaches the eye from everywhere.

```python
def scattering(length):
    return 1 / length ** 4
```

At dusk the way is longer, and red is left.
"""
NEW = """Light from the sun is a mixture of all colours.

Air scatters short waves far more strongly than long ones, so blue reaches the eye from every side.

```python
def scattering(length_nm: float) -> float:
    scale = 550
    return (scale / length_nm) ** 4
```

At dusk the way is longer, and red is left.
"""


def summary() -> Summary:
    session = answered()
    replies = [message for message in session.messages.values() if message.is_reply]
    figures = [
        (Timings(0.42, 2.71, 31.2), Usage(12, 85), 0.00021, False),
        (Timings(0.18, 1.94, 140.4, is_estimated=True), Usage(12, 260, is_estimated=True), 0.0042, True),
        (Timings(1.05, None, None), Usage(), None, False),
    ]
    for message, (timings, usage, cost, is_estimated) in zip(replies, figures, strict=True):
        message.timings, message.usage = timings, usage
        message.cost_usd, message.cost_is_estimated = cost, is_estimated
    bout = last_bout(session, session.columns.values())
    assert bout is not None
    return Summary(
        "Why is the sky blue?",
        tuple(Named(score.column.model, score) for score in turn_scores(bout.candidates)),
        agreement_of([one.reply.text for one in bout.candidates]),
        tuple(Named(score.column.model, score) for score in session_scores(session, session.columns.values())),
        0.00441,
        1,
    )


@sizes
def test_figures(snap_compare: Any, size: tuple[int, int]) -> None:
    """Figures stand level at the right, ranks beside them, ~ before estimates, – for the unknown; bars for speed."""
    assert snap_compare(Stage(SummaryScreen(summary())), terminal_size=size)


@sizes
def test_difference(snap_compare: Any, size: tuple[int, int]) -> None:
    """Signs before changed lines, changed words struck or underlined; indentation of code is kept."""

    async def compared(pilot: Pilot[None]) -> None:
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()

    screen = DifferenceScreen([Version("work/small", OLD), Version("work/large", NEW)])
    assert snap_compare(Stage(screen), terminal_size=size, run_before=compared)


@sizes
def test_vote(snap_compare: Any, size: tuple[int, int]) -> None:
    """Replies by number, tie and all bad below, room for a note."""
    contenders = [Contender("1", "A", OLD), Contender("2", "B", NEW)]
    assert snap_compare(Stage(VoteDialog("Why is the sky blue?", contenders)), terminal_size=size)


class KnownBoard(BoardScreen):
    """A board over known votes."""

    def _read(self) -> None:  # type: ignore[override]
        beaten = [("work/large", "work/small")] * 7 + [("work/large", "ollama/qwen3:8b")] * 4
        beaten += [("ollama/qwen3:8b", "work/small")] * 6 + [("work/small", "work/large")] * 2
        mine = [Pair(first, second, 1.0) for first, second in beaten]
        mine += [Pair("work/small", "ollama/qwen3:8b", 0.5)] * 3
        mine += [Pair("new/model", "work/large", 0.0, replies=frozenset("ab"))]
        assert board(mine)
        self._verdicts = Verdicts(mine, [Pair("new/model", "work/large", 0.0, replies=frozenset("ab"))])
        self.call_after_refresh(self._show)


@sizes
def test_board(snap_compare: Any, size: tuple[int, int]) -> None:
    """Ratings with intervals on one scale; a newcomer is not ranked and says how many votes it lacks."""
    assert snap_compare(Stage(KnownBoard(SessionStore(sessions_dir()), print)), terminal_size=size)
