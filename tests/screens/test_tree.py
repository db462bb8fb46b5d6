"""The tree on the screen: variants, deletions and their undoing, the map."""

from __future__ import annotations

import pytest

from tests.app.staging import ENDLESS, on_stage
from tests.screens.driving import Drive, driving
from tests.waiting import wait_until
from tui.domain.events import Finish
from tui.domain.session import Message
from tui.screens.tree_map import TreeMap
from tui.widgets.pick_list import PickList


def path(drive: Drive) -> list[Message]:
    return drive.session.path(drive.bench.current_column.head)


async def chart(drive: Drive) -> TreeMap:
    await drive.press("alt+m")
    await wait_until(lambda: isinstance(drive.app.screen, TreeMap) and drive.app.screen.query(PickList))
    found = drive.app.screen
    assert isinstance(found, TreeMap)
    return found


async def test_walking_the_map_moves_the_column() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("question")
        first = path(drive)[-1].id
        await drive.press("ctrl+r")
        await wait_until(lambda: path(drive)[-1].id != first)
        await drive.quiet()
        shown = await chart(drive)
        assert len([row for row in shown.pick_list.rows if row.id]) == 3
        assert [row.text.lstrip("│ ")[:2] for row in shown.pick_list.rows[1:]] == ["├─", "└─"]
        assert "●1" in shown.pick_list.rows[2].text
        await drive.press("alt+left", "enter")
        await wait_until(lambda: path(drive)[-1].id == first)
        assert drive.bench.current_view.transcript.conversation.views[-1].entry.variant == (1, 2)


async def test_one_key_leads_from_the_prompt_to_the_messages() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("one")
        await drive.press("ctrl+up", "ctrl+up", "ctrl+up")
        assert drive.bench.current_view.transcript.cursor_entry == path(drive)[0].id
        await drive.press("shift+right", "escape")
        assert drive.bench.current_view.transcript.has_focus, "what was marked is not any more"
        await drive.press("escape")
        assert drive.chat.composer.has_focus
        assert drive.bench.current_view.transcript.cursor_entry is None


async def test_a_branch_is_deleted_and_brought_back() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("one")
        await drive.say("two")
        drive.bench.act_focus_transcript()
        drive.bench.current_view.transcript.move_cursor(path(drive)[2].id)
        await drive.press("d")
        await drive.see("below it")
        await drive.press("enter")
        await wait_until(lambda: len(path(drive)) == 2)
        drive.bench.act_focus_transcript()
        await drive.press("u")
        await wait_until(lambda: len(path(drive)) == 4)


async def test_one_message_is_deleted_from_the_middle() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("one")
        await drive.say("two")
        drive.bench.act_focus_transcript()
        drive.bench.current_view.transcript.move_cursor(path(drive)[1].id)
        await drive.press("d")
        await drive.see("This message only")
        await drive.press(*"only", "enter")
        await wait_until(lambda: [message.role for message in path(drive)] == ["user", "user", "assistant"])


async def test_a_message_is_starred_and_forked_from_the_map() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("one")
        shown = await chart(drive)
        await drive.press("alt+asterisk")
        await wait_until(lambda: path(drive)[-1].is_starred)
        await wait_until(lambda: "★" in shown.pick_list.rows[-1].text)
        await drive.press("alt+n")
        await wait_until(lambda: len(drive.session.columns) == 2)


@pytest.mark.parametrize("from_map", [True, False])
async def test_the_keys_go_along_with_a_fork(from_map: bool) -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("one")
        drive.bench.act_focus_transcript()
        if from_map:
            await chart(drive)
        else:
            drive.bench.current_view.transcript.move_cursor(path(drive)[0].id)
        await drive.press("alt+n" if from_map else "f")
        await wait_until(lambda: len(drive.bench.views) == 2)
        await wait_until(lambda: drive.chat.focused is drive.bench.views[1].transcript)
        assert drive.bench.current_column.id == drive.bench.views[1].column_id


async def test_a_fork_in_the_middle_of_a_reply_has_what_came() -> None:
    async with on_stage(ENDLESS) as stage:
        await stage.send("hello")
        old = stage.session
        await wait_until(lambda: stage.view.head.state == "writing")
        await stage.press("alt+f")
        await wait_until(lambda: stage.session is not old)
        ends = [list(session.messages.values())[-1] for session in (old, stage.session)]
        assert [(one.text, one.finish) for one in ends] == [(ends[0].text, Finish.CANCELLED)] * 2


async def test_regenerating_with_another_model() -> None:
    async with driving(["demo/echo"]) as drive:
        drive.bench.state.remember_model("demo/markdown")
        await drive.say("question")
        drive.bench.act_focus_transcript()
        await drive.press("m")
        await drive.see("Regenerate with another model")
        await drive.press(*"another", "enter")
        await drive.see("demo/markdown")
        await drive.press(*"demo/markdown", "enter")
        await wait_until(lambda: path(drive)[-1].model == "demo/markdown")
        await drive.quiet()
        assert drive.bench.current_column.model == "demo/markdown"
        assert [message.model for message in drive.session.variants(path(drive)[-1].id)] == [
            "demo/echo",
            "demo/markdown",
        ]


async def test_a_reply_cut_short_is_continued_below() -> None:
    async with driving(["demo/cut"]) as drive:
        await drive.say("go on")
        cut = path(drive)[-1]
        assert not cut.is_complete
        drive.bench.act_focus_transcript()
        await drive.press("c")
        await wait_until(lambda: path(drive)[-1].continues == cut.id)
        await drive.quiet()


async def test_a_reply_at_the_length_limit_can_be_continued() -> None:
    async with driving(["demo/markdown"], config="[parameters]\ntokens_per_s = 0\nmax_tokens = 5\n") as drive:
        await drive.say("much")
        cut = path(drive)[-1]
        assert cut.finish is Finish.LENGTH
        drive.bench.act_focus_transcript()
        await drive.press("c")
        await wait_until(lambda: path(drive)[-1].continues == cut.id)
        await drive.quiet()
