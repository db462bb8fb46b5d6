"""The first run, the later ones, and the one after a crash; models for a session that is resumed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.app.staging import ENDLESS, Stage, on_stage
from tests.store.builders import small_session, write_session
from tests.waiting import wait_until
from tui.domain.acts import add_column, answer_by, start
from tui.domain.session import Session
from tui.errors import ConfigError
from tui.paths import data_dir, sessions_dir
from tui.providers.base import ModelFacts
from tui.providers.catalog import Listing
from tui.providers.endpoints import EndpointStatus
from tui.screens.returning import STANDING_FOLDER
from tui.store.standing import Standing, take_abandoned
from tui.widgets.beginning import Beginning
from tui.widgets.findings import findings, what_stops
from tui.widgets.model_rows import Installable, Shelf


def status(name: str, **facts: object) -> EndpointStatus:
    """An endpoint that needs nothing, but for `facts`."""
    from dataclasses import fields

    known = {one.name: one for one in fields(EndpointStatus)}
    values: dict[str, object] = dict.fromkeys(known, "")
    values |= {"name": name, "is_usable": True, "needs_key": False, "has_key": False}
    return EndpointStatus(**{key: value for key, value in {**values, **facts}.items() if key in known})  # type: ignore[arg-type]


def test_findings_name_keys_by_their_place_and_servers_that_answer() -> None:
    keyed = status("openai", label="OpenAI", needs_key=True, has_key=True, key_place="OPENAI_API_KEY")
    asleep, awake = status("ollama", label="Ollama"), status("vllm", label="vLLM")
    shelf = Shelf(
        statuses=[keyed, asleep, awake],
        running=frozenset({"vllm"}),
        probed=frozenset({"ollama", "vllm"}),
        installed=("smollm2-135m",),
        was_probed=True,
        listings={"vllm": Listing((ModelFacts("big"),))},
    )
    told = {one.name: one.words for one in findings(shelf)}
    assert told["OpenAI"] == "key from OPENAI_API_KEY"
    assert told["vLLM"] == "answers on this machine, 1 model"
    assert "Ollama" not in told
    assert "offline" in told["smollm2-135m"]


def test_with_nothing_found_it_says_what_would_help() -> None:
    shelf = Shelf(installable=(Installable("small", "Small", 98_000_000),), was_probed=True, statuses=[status("local")])
    told = " ".join(f"{one.name} {one.words}" for one in findings(shelf))
    assert "98 MB" in told
    assert "OPENAI_API_KEY" in told
    assert "offers to install" in what_stops(shelf, "local/default")


def test_a_model_without_its_key_says_which_variable() -> None:
    lacking = status("openai", is_usable=False, needs_key=True, key_variable="OPENAI_API_KEY")
    assert "OPENAI_API_KEY" in what_stops(Shelf(statuses=[lacking], was_probed=True), "openai/gpt-4.1")


async def test_the_first_run_welcomes_and_the_second_goes_on() -> None:
    async with on_stage() as stage:
        await wait_until(lambda: "Found on this machine" in stage.shown_text())
        assert "Welcome." in stage.shown_text()
        await stage.ask("hello")
        first = stage.session.id
        await stage.app.action_quit()
    async with on_stage(models=()) as stage:
        assert stage.bench.current_column.model == "play/it"  # the model used last
        await wait_until(lambda: "go on with “hello”" in stage.shown_text())
        assert "Welcome." not in stage.shown_text()
        await stage.press("ctrl+l")
        await wait_until(lambda: stage.session.id == first)


async def test_without_a_session_of_the_apps_own_the_newest_one_is_the_last() -> None:
    write_session(sessions_dir(), "fromcli1", small_session("fromcli1"))
    async with on_stage() as stage:
        await stage.press("ctrl+l")
        await wait_until(lambda: stage.session.id == "fromcli1")


async def test_a_line_of_the_beginning_can_be_clicked() -> None:
    async with on_stage() as stage:
        beginning = stage.screen.query_one(Beginning)
        await wait_until(lambda: "f2" in stage.shown_text())
        rows = [line.act for line in beginning._lines(beginning.content_size.width)]
        await stage.pilot.click(Beginning, offset=(3, rows.index("show-models") + 1))
        await wait_until(lambda: stage.bench.left.filter_input.has_focus)


async def killed(stage: Stage) -> Standing:
    """What stays of the app, once it has ended, as kill -9 would leave it."""
    await wait_until(lambda: list((data_dir() / STANDING_FOLDER).iterdir()))
    stage.bench.forget_place = lambda: None  # type: ignore[method-assign]
    standing = stage.bench._standing
    assert standing is not None
    return standing


async def test_after_a_crash_the_session_is_open_again() -> None:
    async with on_stage() as stage:
        await stage.ask("hello")
        crashed = stage.session.id
        standing = await killed(stage)
    os.close(standing._descriptor)
    async with on_stage(models=()) as stage:
        assert stage.session.id == crashed
    async with on_stage(models=()) as stage:
        assert stage.session.id != crashed


async def test_after_a_crash_in_several_columns_it_says_what_asks_them_all_again() -> None:
    async with on_stage(ENDLESS, models=("play/it", "play/it")) as stage:
        await stage.send("hello")
        await wait_until(lambda: [view.head.state for view in stage.bench.views] == ["writing", "writing"])
        standing = await killed(stage)
    os.close(standing._descriptor)
    async with on_stage(models=()) as stage:
        await wait_until(lambda: any("asks all columns again" in one.message for one in stage.app._notifications))
        await stage.bench.act("retry-failed")
        await wait_until(lambda: [view.head.state for view in stage.bench.views] == ["writing", "writing"])


async def test_after_a_crash_in_the_very_first_reply_the_session_is_open_again() -> None:
    async with on_stage(ENDLESS) as stage:
        await stage.send("hello")
        await wait_until(lambda: stage.view.head.state == "writing")
        folder = data_dir() / STANDING_FOLDER
        await wait_until(lambda: [path.read_text() for path in folder.iterdir()] == [stage.session.id])
        await wait_until(lambda: stage.session.id in (data_dir() / "state.toml").read_text())
        assert stage.view.is_replying


async def test_the_last_session_opens_by_itself_where_that_is_wanted() -> None:
    async with on_stage() as stage:
        await stage.ask("hello")
        first = stage.session.id
        await stage.app.action_quit()
    async with on_stage(models=(), config='[ui]\nstart = "last"\n') as stage:
        assert stage.session.id == first


def test_a_process_that_lives_is_left_alone(tmp_path: Path) -> None:
    standing = Standing(tmp_path)
    standing.note("abc123")
    assert take_abandoned(tmp_path) == []
    standing.clear()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_taken_once(tmp_path: Path) -> None:
    (tmp_path / "1-aa.open").write_text("abc123", encoding="utf-8")
    (tmp_path / "2-bb.open").write_text("../../etc", encoding="utf-8")
    assert take_abandoned(tmp_path) == ["abc123"]
    assert take_abandoned(tmp_path) == []


async def test_resumed_with_models_the_columns_take_them() -> None:
    async with on_stage() as stage:
        await stage.ask("hello")
        first = stage.session.id
        await stage.app.action_quit()
    async with on_stage(models=("demo/tour", "demo/slow"), resume=first) as stage:
        assert [column.model for column in stage.session.on_columns] == ["demo/tour", "demo/slow"]
        assert all(len(stage.session.path(column.head)) == 2 for column in stage.session.on_columns)
        await stage.app.action_quit()
        assert [column.model for column in stage.stored().on_columns] == ["demo/tour", "demo/slow"]


async def test_too_many_models_for_a_resumed_session_are_refused() -> None:
    async with on_stage() as stage:
        await stage.ask("hello")
        await stage.app.action_quit()
    with pytest.raises(ConfigError, match="at most 12"):
        async with on_stage(models=("demo/tour",) * 13, resume=""):
            pass


def test_columns_beyond_the_models_fall_silent() -> None:
    session = Session.from_events([start(app="test"), add_column("a/b"), add_column("c/d")])
    for event in answer_by(session, ["e/f"]):
        session.apply(event)
    assert [(column.model, column.is_on) for column in session.columns.values()] == [("e/f", True), ("c/d", False)]
