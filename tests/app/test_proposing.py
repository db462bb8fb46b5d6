"""The first chat asks what was found on this machine, where the embedded model is not here; no choice is replaced."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.staging import Stage, on_stage
from tests.waiting import wait_until
from tests.wire import ollama
from tests.wire.server import WireServer
from tui.app import make_app
from tui.config import parse_config
from tui.providers.base import ModelFacts
from tui.widgets.findings import chat_model_of


@pytest.fixture(autouse=True)
def _no_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_MODELS_DIR", str(tmp_path / "none"))


def model_of(stage: Stage) -> str:
    return stage.bench.current_column.model


async def looked_around(stage: Stage) -> None:
    await wait_until(lambda: stage.bench.shelf.was_probed and not stage.bench.shelf.loading)
    await stage.pilot.pause()


async def test_a_server_that_runs_here_is_proposed_and_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    async with WireServer(ollama.make_handler()) as server:
        monkeypatch.setenv("OLLAMA_HOST", server.url)
        async with make_app(parse_config("")).run_test(size=(120, 40)) as pilot:
            stage = Stage(pilot.app, pilot)  # type: ignore[arg-type]  # run_test forgets which app it is
            await wait_until(lambda: stage.screen.is_ready)
            await wait_until(lambda: model_of(stage).startswith("ollama/"))
            await wait_until(lambda: f"Ask {model_of(stage)} anything" in stage.shown_text())
            assert stage.bench.state.last_model == ""
            assert not stage.session.messages
            await stage.send("hello")
            await wait_until(lambda: any(seen.path == "/api/chat" for seen in server.requests))


async def test_what_the_user_set_up_comes_first() -> None:
    async with on_stage(models=()) as stage:
        await wait_until(lambda: model_of(stage) == "play/it")
        await stage.ask("hello")
        assert stage.last.text == "You said: hello"


async def test_a_model_that_was_asked_for_stays() -> None:
    async with on_stage(models=("local/default",)) as stage:
        await looked_around(stage)
        assert model_of(stage) == "local/default"


async def test_one_that_a_hand_chose_meanwhile_stays() -> None:
    async with on_stage(models=()) as stage:
        await stage.bench.choose_model("demo/echo")
        await looked_around(stage)
        assert model_of(stage) == "demo/echo"


def test_of_a_vendors_many_models_it_is_a_small_one_of_the_newest() -> None:
    def listed(name: str, created: int = 0, kind: str = "chat") -> ModelFacts:
        return ModelFacts(name, kinds=(kind,), meta={"created": created})

    many = [
        listed("huge-pro", 90),
        listed("talk-mini", 50),
        listed("talk-4-mini", 70),
        listed("talk-4-mini-search-preview", 80),
        listed("gemini-pro", 99),
        listed("old-mini", 95, "completion"),
    ]
    assert chat_model_of(many, is_here=False) == "talk-4-mini"
    assert chat_model_of(many, is_here=True) == "huge-pro"
    assert chat_model_of(many[:1], is_here=False) == "huge-pro"
    assert chat_model_of([listed("only-preview")], is_here=False) == "only-preview"
    assert chat_model_of(many[-1:], is_here=False) == ""
