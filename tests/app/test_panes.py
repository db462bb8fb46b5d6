"""Side panes: models, parameters, sessions; folded, laid over, too small."""

from __future__ import annotations

import pytest

from tests.app.staging import QUICK, on_stage
from tests.waiting import wait_until
from tui.screens.panes import PANE_CELLS
from tui.screens.pick import PickDialog


async def test_a_model_is_found_by_typing_and_the_change_is_on_record() -> None:
    async with on_stage() as stage:
        await stage.ask("hello")
        await stage.press("f2")
        await wait_until(lambda: stage.bench.left.filter_input.has_focus)
        await stage.type("demo ech")
        await wait_until(lambda: [row.text for row in stage.bench.left.models.rows] == ["demo/echo"])
        await stage.press("enter")
        await wait_until(lambda: stage.bench.current_column.model == "demo/echo")
        assert stage.screen.composer.has_focus
        assert stage.view.head.model == "demo/echo"
        await stage.ask("still there?")
        stored = stage.stored()
        assert [message.model for message in stored.messages.values() if message.is_reply] == ["play/it", "demo/echo"]


async def test_who_unfolds_an_endpoint_by_mouse_types_to_filter() -> None:
    async with on_stage(size=(200, 60)) as stage:
        rows = stage.bench.left.models
        await wait_until(lambda: any(row.id == "endpoint:demo" for row in rows.rows))
        await stage.pilot.pause()
        place = next(number for number, row in enumerate(rows.rows) if row.id == "endpoint:demo")
        await stage.pilot.click(rows, offset=(6, place))
        await wait_until(lambda: any(row.id == "model:demo/echo" for row in rows.rows))
        await stage.type("jot ech")  # j alone moves in a list
        assert stage.bench.left.filter_input.value == "jot ech"
        await stage.press("escape")
        assert rows.is_driven


async def test_endpoints_that_cannot_be_asked_stand_below_and_name_their_variable() -> None:
    async with on_stage(size=(200, 60)) as stage:
        rows = stage.bench.left.models
        await wait_until(lambda: any(row.id == "missing:openai" for row in rows.rows))
        texts = [row.text for row in rows.rows]
        key_row = next(row for row in rows.rows if row.id == "missing:openai")
        assert key_row.detail == "OPENAI_API_KEY"
        assert key_row.is_dim
        assert texts.index("Demo") < texts.index("Set a key to use") < texts.index("openai")


async def test_a_key_in_the_environment_puts_the_endpoint_on_top(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    async with on_stage() as stage:
        rows = stage.bench.left.models
        await wait_until(lambda: any(row.id == "endpoint:openai" for row in rows.rows))
        assert not any(row.id == "missing:openai" for row in rows.rows)


async def test_a_model_can_be_typed_in_full() -> None:
    async with on_stage() as stage:
        await stage.press("f2")
        await wait_until(lambda: stage.bench.left.filter_input.has_focus)
        await stage.type("groq/some-model")
        await wait_until(lambda: stage.bench.left.models.rows[0].id == "model:groq/some-model")
        await stage.press("enter")
        await wait_until(lambda: stage.bench.current_column.model == "groq/some-model")


async def test_a_slider_is_set_by_keys_sent_and_unset() -> None:
    async with on_stage() as stage:
        await stage.press("f4")
        await wait_until(lambda: stage.bench.right.current_row is not None)
        row = stage.bench.right.current_row
        assert row is not None
        assert row.spec.name == "temperature"
        await stage.type("0.5")
        await stage.press("enter")
        assert row.value == 0.5
        await stage.press("right")
        assert row.value == pytest.approx(0.55)
        await stage.press("shift+right")
        assert row.value == pytest.approx(1.05)
        await stage.press("escape")
        assert stage.screen.composer.has_focus
        await stage.ask("hello")
        reply = list(stage.stored().messages.values())[-1]
        assert reply.parameters == {"temperature": pytest.approx(1.05)}
        await stage.press("f4")
        await wait_until(lambda: row.has_focus)
        await stage.press("backspace")
        assert row.value is None
        await stage.press("escape")
        await stage.ask("again")
        assert list(stage.stored().messages.values())[-1].parameters == {}


async def test_a_number_out_of_range_is_refused_in_place() -> None:
    async with on_stage() as stage:
        await stage.press("f4")
        await wait_until(lambda: stage.bench.right.current_row is not None)
        row = stage.bench.right.current_row
        assert row is not None
        await stage.type("7")
        await stage.press("enter")
        assert row.value is None
        assert "between 0 and 2" in row.problem


async def test_what_a_model_does_not_take_is_greyed_with_the_reason_and_kept() -> None:
    async with on_stage() as stage:
        table = {row.spec.name: row for row in stage.bench.right.rows}
        refused = next(row for row in table.values() if not row.spec.is_taken)
        assert not refused.is_usable
        assert refused.spec.reason


async def test_the_system_prompt_is_kept_when_its_editor_is_left_and_before_sending() -> None:
    async with on_stage() as stage:
        await stage.press("f5")
        await wait_until(lambda: stage.bench.right.system_prompt.has_focus)
        await stage.type("Be brief.")
        await stage.press("escape")
        await wait_until(lambda: stage.bench.current_column.system == "Be brief.")
        await stage.ask("hello")
        assert list(stage.stored().messages.values())[-1].system == "Be brief."


async def test_panes_fold_by_key_and_the_next_start_remembers() -> None:
    async with on_stage() as stage:
        assert stage.screen.is_open("left")
        await stage.press("f2")
        await wait_until(lambda: stage.bench.left.filter_input.has_focus)
        await stage.press("f2")
        assert not stage.screen.is_open("left")
        assert stage.screen.composer.has_focus
        await stage.press("ctrl+q")
        await wait_until(lambda: not stage.app.is_running)
    async with on_stage() as stage:
        assert not stage.screen.is_open("left")
        assert stage.screen.is_open("right")


async def test_panes_are_made_wider_and_narrower_from_inside_and_the_next_start_remembers() -> None:
    async with on_stage() as stage:
        left = stage.screen.query_one("#left")
        usual = left.size.width
        await stage.press("f2")
        await wait_until(lambda: stage.bench.left.filter_input.has_focus)
        await stage.press("alt+equals_sign", "alt+equals_sign", "alt+minus")
        await wait_until(lambda: left.size.width == usual + 4)
        for _ in range(20):
            await stage.press("alt+equals_sign")
        await wait_until(lambda: left.size.width == 60)  # half of the screen is the most
        await stage.press("ctrl+q")
        await wait_until(lambda: not stage.app.is_running)
    async with on_stage() as stage:
        await wait_until(lambda: stage.screen.query_one("#left").size.width == 60)
        assert stage.screen.query_one("#right").size.width == 34


async def test_on_a_narrow_screen_panes_lie_over_the_columns_and_go_after_the_choice() -> None:
    async with on_stage(size=(80, 24)) as stage:
        assert not stage.screen.is_open("left")
        assert not stage.screen.is_open("right")
        await stage.press("f4")
        await wait_until(lambda: stage.bench.right.current_row is not None)
        assert stage.screen.is_open("right")
        await stage.press("escape")
        assert not stage.screen.is_open("right")
        await stage.press("f2")
        await wait_until(lambda: stage.bench.left.filter_input.has_focus)
        await stage.type("demo/echo")
        await wait_until(lambda: stage.bench.left.models.rows[0].id == "model:demo/echo")
        await stage.press("enter")
        await wait_until(lambda: stage.bench.current_column.model == "demo/echo")
        assert not stage.screen.is_open("left")


async def test_panes_make_way_for_columns_side_by_side_the_right_one_first() -> None:
    async with on_stage(models=("demo/tour", "demo/echo")) as stage:
        await wait_until(lambda: not stage.screen.is_open("right"))
        assert stage.screen.is_open("left")
        await wait_until(lambda: [bool(view.display) for view in stage.bench.views] == [True, True])
        await stage.press("f4")
        await wait_until(lambda: stage.bench.right.current_row is not None)
        assert stage.screen.is_open("right"), "it lies over the columns"
        assert [bool(view.display) for view in stage.bench.views] == [True, True]
        await stage.press("escape")
        assert not stage.screen.is_open("right")
        await stage.bench.act("zoom-column")
        await wait_until(lambda: stage.screen.is_open("right"))
        await stage.bench.act("zoom-column")
        await wait_until(lambda: not stage.screen.is_open("right"))


async def test_folding_the_left_pane_does_not_bring_the_right_one_back() -> None:
    async with on_stage(models=("demo/tour", "demo/echo")) as stage:
        await wait_until(lambda: not stage.screen.is_open("right"))
        stage.screen.set_open("left", False)
        assert not stage.screen.is_open("right")
        stage.screen.set_open("right", True)
        assert stage.screen.is_open("right")
        assert not stage.screen.lies_over("right"), "there is room beside the columns"


@pytest.mark.parametrize(("width", "wide"), [(120, False), (160, True)])
async def test_the_panes_are_as_wide_as_is_reckoned_with(width: int, wide: bool) -> None:
    async with on_stage(size=(width, 40)) as stage:
        await wait_until(lambda: stage.screen.query_one("#right").size.width > 0)
        for side, cells in PANE_CELLS.items():
            assert stage.screen.query_one(f"#{side}").outer_size.width == cells[wide]


async def test_a_terminal_of_20_by_5_says_so_and_nothing_breaks() -> None:
    async with on_stage(size=(20, 5)) as stage:
        await stage.pilot.pause()
        words = " ".join(stage.shown_text().split())
        assert "Parley needs at least 30 × 10 cells" in words
        assert "20 × 5" in words
        await stage.pilot.resize_terminal(100, 30)
        await stage.ask("hello")
        assert stage.last.text == "You said: hello"


async def test_help_and_commands_name_every_act_with_its_key() -> None:
    from tui.screens.acts import CHAT_ACTS
    from tui.screens.help import HelpScreen

    async with on_stage() as stage:
        await stage.press("f1")
        await wait_until(lambda: isinstance(stage.app.screen, HelpScreen))
        assert "Models: show, go there, fold" in stage.shown_text()
        await stage.press("escape")
        await stage.press("ctrl+p")
        await wait_until(lambda: isinstance(stage.app.screen, PickDialog))
        dialog = stage.app.screen
        assert isinstance(dialog, PickDialog)
        ids = {row.id for row in dialog.all_rows}
        assert ids >= {act.id for act in CHAT_ACTS if act.id not in ("back", "stop")}
        await stage.type("new session")
        await stage.press("enter")
        await wait_until(lambda: stage.app.screen is stage.screen)


async def test_a_question_mark_is_help_only_where_nothing_is_typed() -> None:
    from tui.screens.help import HelpScreen

    async with on_stage() as stage:
        await stage.press("question_mark")
        assert stage.screen.composer.text == "?"
        stage.view.transcript.focus()
        await stage.press("question_mark")
        await wait_until(lambda: isinstance(stage.app.screen, HelpScreen))


async def test_themes_are_previewed_and_taken_back() -> None:
    async with on_stage() as stage:
        before = stage.app.theme
        await wait_until(lambda: len(stage.app.available_themes) > 20)
        await stage.app.run_action("choose_theme")
        await stage.press("down", "down")  # the first row follows the terminal, the second is what it is now
        await wait_until(lambda: stage.app.theme != before)
        await stage.press("escape")
        await wait_until(lambda: stage.app.theme == before)


async def test_keys_are_bound_anew_by_id_and_slips_are_said() -> None:
    config = '[keys]\nregenerate = "ctrl+l"\nhelpp = "f1"\nnew-session = "f2"\n'
    async with on_stage(QUICK, config=config) as stage:
        await wait_until(lambda: len(stage.app._notifications) >= 2)
        words = " ".join(notification.message for notification in stage.app._notifications)
        assert "helpp" in words
        assert "“help”" in words
        assert "f2" in words
        await stage.ask("hello")
        await stage.press("ctrl+l")
        await stage.settle()
        assert stage.last.variant == (2, 2)
