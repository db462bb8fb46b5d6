"""The dialog in which a verdict is given."""

from __future__ import annotations

import pytest

from tests.screens.staging import Stage, screen_text
from tests.waiting import wait_until
from tui.screens.vote import Ballot, Contender, VoteDialog

CONTENDERS = (Contender("m1", "A", "First reply\nsecond line"), Contender("m2", "B", "Other \x1b[31mreply"))


@pytest.mark.parametrize(
    ("keys", "ballot"),
    [
        (("2",), Ballot("winner", "m2")),
        (("down", "enter"), Ballot("winner", "m2")),
        (("t",), Ballot("tie")),
        (("b",), Ballot("all-bad")),
        (("tab", *"1 t", "enter"), Ballot("winner", "m1", "1 t")),
        (("tab", *"so so", "down", "down", "enter"), Ballot("tie", None, "so so")),
    ],
)
async def test_keys_decide(keys: tuple[str, ...], ballot: Ballot) -> None:
    app = Stage(VoteDialog("Why?", CONTENDERS))
    async with app.run_test(size=(90, 30)) as pilot:
        await pilot.pause()
        await pilot.press(*(key.replace(" ", "space") for key in keys))
        await wait_until(lambda: app.result is not None)
    assert app.result == ballot


async def test_replies_are_shown_cleaned_and_escape_decides_nothing() -> None:
    app = Stage(VoteDialog("Why?", CONTENDERS))
    async with app.run_test(size=(90, 30)) as pilot:
        await pilot.pause()
        text = screen_text(app)
        assert "1  A" in text
        assert "First reply second line" in text
        assert "\x1b" not in text
        await pilot.press("3", "escape")
        await wait_until(lambda: len(app.screen_stack) == 1)
    assert app.result is None
