"""The command palette: acts are found by their names, by their ids, and by the words of other programs for them."""

from __future__ import annotations

from tests.app.staging import on_stage
from tests.waiting import wait_until
from tui.screens.acts import APP_ACTS, CHAT_ACTS
from tui.screens.pick import PickDialog, matching_rows
from tui.screens.sought import ALSO
from tui.widgets.pick_list import PickList, Row


def test_what_shows_the_words_comes_before_what_is_only_found_by_them() -> None:
    rows = [Row("a", "Let a model write", sought="merge combine"), Row("b", "To merge"), Row("c", "Merge them")]
    assert [row.id for row in matching_rows(rows, "merge")] == ["c", "b", "a"]
    assert [row.id for row in matching_rows(rows, "COMBINE model")] == ["a"]
    assert matching_rows(rows, "combine them") == []


def test_every_act_with_other_words_is_one_and_no_word_is_said_twice() -> None:
    acts = {act.id: act for act in (*CHAT_ACTS, *APP_ACTS)}
    assert ALSO.keys() <= acts.keys()
    for act_id, words in ALSO.items():
        assert words == words.lower()
        known = f"{acts[act_id].name} {act_id}".lower()
        assert not [word for word in words.split() if word in known]


async def test_an_act_is_found_by_its_id_and_by_another_word() -> None:
    async with on_stage() as stage:
        await stage.pilot.press("ctrl+p")
        await wait_until(lambda: isinstance(stage.app.screen, PickDialog))
        found = stage.app.screen.query_one(PickList)
        await stage.pilot.press(*"merge")
        await wait_until(lambda: found.rows[0].id == "merge")
        await stage.pilot.press("ctrl+u", *"logprobs")
        await wait_until(lambda: found.rows[0].id == "token-odds")
