"""Whatever act is asked for, something is to be seen: what it does, or why it cannot."""

from __future__ import annotations

from tests.screens.driving import driving

VAIN = (
    *("stop-all", "regenerate", "regenerate-all", "retry-failed", "edit-last", "copy-reply", "token-odds"),
    *("spread-variants", "previous-variant", "next-variant", "go-to-waiting", "go-to-attachments", "find-prompt"),
    *("retry-saving", "keep-session", "suggest-title", "export-session", "delete-session", "undo-delete"),
    *("last-session", "load-preset", "delete-preset", "open-layout", "next-column", "previous-column", "close-column"),
    *("this-column-only", "widen-column", "narrow-column", "even-columns", "fold-column", "unfold-columns"),
    *("move-column-left", "move-column-right", "vote", "continue-from-winner", "blind", "difference", "judge", "merge"),
)
"""What cannot do anything where nothing was said in the only column."""


async def test_an_act_that_can_do_nothing_says_so() -> None:
    async with driving(["demo/echo"]) as drive:
        silent = []
        for act_id in VAIN:
            drive.app.clear_notifications()
            await drive.pilot.pause()
            await drive.bench.act(act_id)
            await drive.pilot.pause()
            if not len(drive.app._notifications) or drive.app.screen is not drive.chat:
                silent.append(act_id)
        assert silent == []
        assert len(drive.session.columns) == 1


async def test_panes_that_find_no_room_say_so() -> None:
    async with driving(["demo/echo"], size=(80, 24)) as drive:
        await drive.bench.act("fold-panes")
        await drive.see("no room for both panes")
        await drive.bench.act("show-parameters")
        await drive.see("Temperature")
        await drive.bench.act("fold-panes")
        await drive.pilot.pause()
        assert "Temperature" not in drive.text
