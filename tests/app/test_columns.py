"""Columns: added, switched, closed; each replies and fails alone."""

from __future__ import annotations

import asyncio

import pytest

from tests.app.staging import ENDLESS, on_stage
from tests.waiting import wait_until
from tui.chat.unavailable import Unavailable
from tui.domain.session import Column
from tui.errors import ConfigError
from tui.paths import sessions_dir
from tui.providers.base import Provider
from tui.transcript.entry import MessageState
from tui.widgets import asking
from tui.widgets.desk import Desk


async def test_a_prompt_goes_to_every_column_and_each_answers_alone() -> None:
    async with on_stage(models=("play/it", "demo/echo", "openai/gpt-4.1"), size=(160, 40)) as stage:
        await stage.ask("hello")
        ends = [view.transcript.conversation.views[-1].entry for view in stage.bench.views]
        assert [entry.text for entry in ends[:2]] == ["You said: hello", "hello"]
        assert ends[2].state is MessageState.FAILED
        assert [entry.variant for entry in ends] == [None] * 3  # the neighbours' replies are no variants of one's own
        stored = stage.stored()
        assert len([message for message in stored.messages.values() if message.role == "user"]) == 1


async def test_a_column_is_added_beside_with_the_same_history_and_goes_its_own_way() -> None:
    async with on_stage(size=(200, 40)) as stage:
        await stage.ask("hello")
        await stage.press("ctrl+t")
        await wait_until(lambda: len(stage.bench.views) == 2)
        await wait_until(lambda: stage.bench.left.filter_input.has_focus)
        await stage.type("demo/echo")
        await wait_until(lambda: stage.bench.left.models.rows[0].id == "model:demo/echo")
        await stage.press("enter")
        await wait_until(lambda: stage.bench.current_column.model == "demo/echo")
        assert [entry.text for entry in stage.entries] == ["hello", "You said: hello"]
        await stage.ask("again")
        texts = [view.transcript.conversation.views[-1].entry.text for view in stage.bench.views]
        assert texts == ["You said: again", "again"]


async def test_a_column_that_is_switched_off_is_not_asked() -> None:
    async with on_stage(models=("play/it", "demo/echo"), size=(160, 40)) as stage:
        await stage.press("f7")
        await wait_until(lambda: len(stage.session.on_columns) == 1)
        assert stage.view.head.state == "off"
        await stage.ask("hello")
        counts = [len(view.transcript.conversation.views) for view in stage.bench.views]
        assert counts == [0, 2]


async def test_closing_a_column_keeps_the_others_and_the_messages() -> None:
    async with on_stage(models=("play/it", "demo/echo"), size=(160, 40)) as stage:
        await stage.ask("hello")
        await stage.press("alt+w")
        await wait_until(lambda: len(stage.bench.views) == 1)
        assert stage.bench.current_column.model == "demo/echo"
        assert len(stage.stored().messages) == 3


async def test_at_60_cells_one_column_shows_at_a_time_and_keys_walk_them() -> None:
    async with on_stage(models=("play/it", "demo/echo"), size=(60, 24)) as stage:
        await wait_until(lambda: [bool(view.display) for view in stage.bench.views] == [True, False])
        assert stage.bench.strip.has_class("-shown")
        await stage.press("f6")
        await wait_until(lambda: [bool(view.display) for view in stage.bench.views] == [False, True])
        await stage.ask("hello")
        assert stage.last.text == "hello"


async def test_six_columns_stand_side_by_side_where_there_is_room() -> None:
    models = ("play/it",) * 6
    async with on_stage(models=models, size=(320, 40)) as stage:
        await wait_until(lambda: all(view.display for view in stage.bench.views))
        await stage.ask("hello")
        ends = [view.transcript.conversation.views[-1].entry.text for view in stage.bench.views]
        assert ends == ["You said: hello"] * 6


async def test_escape_in_a_column_stops_that_one_only() -> None:
    async with on_stage(ENDLESS, models=("play/it", "play/it"), size=(160, 40)) as stage:
        await stage.send("hello")
        first, second = stage.bench.views
        await wait_until(lambda: first.head.state == "writing" and second.head.state == "writing")
        second.transcript.focus()
        await stage.press("escape")
        await wait_until(lambda: not second.is_replying)
        assert first.is_replying


async def test_a_model_chosen_while_another_writes_comes_next() -> None:
    async with on_stage(ENDLESS, models=("play/it", "demo/echo"), size=(200, 40)) as stage:
        await stage.send("hello")
        head = stage.bench.views[0].head
        await wait_until(lambda: head.state == "writing")
        await stage.bench.choose_model("demo/markdown")
        assert (head.model, head.label) == ("play/it", "next: demo/markdown")
        await wait_until(lambda: "next: demo/markdown" in stage.shown_text())
        await stage.press("escape")
        await wait_until(lambda: not stage.bench.views[0].is_replying)
        assert (head.model, head.label) == ("demo/markdown", "")


async def test_who_was_asked_is_on_record_whatever_is_chosen_while_it_waits() -> None:
    lane = f'[endpoints.lane]\ndialect = "scripted"\nscript = "{sessions_dir().parent}/stage/it.toml"\nparallel = 1\n'
    async with on_stage(ENDLESS, config=lane, models=("lane/it", "lane/it"), size=(160, 40)) as stage:
        await stage.send("hello")
        first, second = stage.bench.views
        await wait_until(lambda: first.head.state == "writing" and second.head.state == "waiting")
        await stage.bench.turn_to(second.column_id)
        await stage.bench.choose_model("demo/echo")
        await stage.bench.set_parameter("temperature", 0.5)
        assert second.head.model == "lane/it"
        first.stop()
        await wait_until(lambda: second.head.state == "writing")
        second.stop()
        await stage.settle()
        reply = stage.session.messages[stage.bench.current_column.head or ""]
        assert (reply.model, dict(reply.parameters), reply.text[:4]) == ("lane/it", {}, "word")
        assert second.head.model == "demo/echo"


async def test_columns_of_one_endpoint_queue_up_from_left_to_right(monkeypatch: pytest.MonkeyPatch) -> None:
    lane = f'[endpoints.lane]\ndialect = "scripted"\nscript = "{sessions_dir().parent}/stage/it.toml"\nparallel = 1\n'
    found, slow_s = asking._provider, [0.2, 0.1, 0.0]

    async def slowly_found(desk: Desk, column: Column) -> Provider:  # as where a command finds the key
        await asyncio.sleep(slow_s.pop(0))
        return await found(desk, column)

    monkeypatch.setattr(asking, "_provider", slowly_found)
    async with on_stage(ENDLESS, config=lane, models=("lane/it",) * 3, size=(160, 40)) as stage:
        await stage.send("hello")
        heads = [view.head for view in stage.bench.views]
        await wait_until(lambda: "writing" in [head.state for head in heads] and not slow_s)
        await wait_until(lambda: any("1 before" in head.state_words for head in heads))
        assert [head.state for head in heads] == ["writing", "waiting", "waiting"]
        assert [head.state_words for head in heads[1:]] == ["for the machine", "for the machine, 1 before it"]


async def test_a_column_that_is_stopped_before_its_turn_shows_nothing_of_its_last_reply() -> None:
    lane = f'[endpoints.lane]\ndialect = "scripted"\nscript = "{sessions_dir().parent}/stage/it.toml"\nparallel = 1\n'
    script = f'[[replies]]\ntext = "quick"\ntokens_per_s = 0\n{ENDLESS}'
    async with on_stage(script, config=lane, models=("play/it", "lane/it", "lane/it"), size=(160, 40)) as stage:
        await stage.ask("hello")
        heads = [view.head for view in stage.bench.views]
        assert [head.state for head in heads] == ["done"] * 3
        await stage.send("again")
        await wait_until(lambda: [head.state for head in heads] == ["writing", "writing", "waiting"])
        await stage.press("escape")
        await stage.settle()
        assert [head.state for head in heads] == ["stopped"] * 3
        assert [head.figures is None for head in heads] == [False, False, True]


async def test_columns_of_models_on_this_machine_queue_up_from_left_to_right(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[str] = []

    async def slowly_found(_: Desk, column: Column) -> Provider:
        await asyncio.sleep(0 if found or column.model.startswith("lmstudio") else 0.2)
        found.append(column.model)
        return Unavailable(ConfigError("It is only asked for here."), column.model)

    monkeypatch.setattr(asking, "_provider", slowly_found)
    async with on_stage(models=("ollama/a", "lmstudio/b", "ollama/c"), size=(160, 40)) as stage:
        await stage.ask("hello")
    assert found == ["ollama/a", "lmstudio/b", "ollama/c"]


async def test_the_head_says_nothing_of_a_model_that_another_did() -> None:
    async with on_stage(models=("play/it", "play/it"), size=(200, 40)) as stage:
        await stage.ask("hello")
        head, other = (view.head for view in stage.bench.views)
        assert (head.state, other.state) == ("done", "done")
        await stage.bench.choose_model("demo/echo")
        assert (head.model, head.state, head.figures) == ("demo/echo", "ready", None)
        assert other.figures is not None
        await stage.ask("again")
        assert head.state == "done"
        assert head.figures is not None
