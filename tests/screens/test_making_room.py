"""A conversation that is too long: asked, dropped, summarised, sent, stopped; never trimmed in silence."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from tests.app.staging import Stage, on_stage
from tests.waiting import wait_until
from tui.chat.connections import Connections
from tui.config.sections import BudgetSection
from tui.domain.context import sent_part
from tui.screens.confirm import ConfirmDialog
from tui.screens.context_full import ContextDialog

SCRIPT = """
[[replies]]
match = "Summarise the conversation"
text = "They counted."
tokens_per_s = 0

[[replies]]
text = "Noted."
tokens_per_s = 0
"""
REFUSING = """
[[replies]]
match = "third"
error = { kind = "context-too-long", message = "That is too long.", status = 400 }

[[replies]]
text = "Noted."
tokens_per_s = 0
"""
LONG = "one two three four five six seven eight nine ten " * 4


@pytest.fixture
def short_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every model reads 130 tokens."""
    monkeypatch.setattr(Connections, "context_tokens", lambda self, model: 130)


@asynccontextmanager
async def talked(config: str = "", script: str = SCRIPT) -> AsyncGenerator[Stage, None]:
    """Two long prompts were answered."""
    async with on_stage(script, config=config) as stage:
        for prompt in (f"first {LONG}", f"second {LONG}"[:120]):
            await put(stage, prompt)
            await stage.settle()
        yield stage


async def put(stage: Stage, prompt: str) -> None:
    """Send a prompt that would take long to type."""
    stage.screen.composer.load_text(prompt)
    await stage.press("enter")


def sent_texts(stage: Stage) -> list[str]:
    path = stage.session.path(stage.bench.current_column.head)
    return [message.text.split()[0] for message in sent_part(path).messages if message.text]


async def ask_third(stage: Stage) -> None:
    await put(stage, f"third {LONG}"[:150])


async def ask_and_choose(stage: Stage, key: str) -> None:
    await ask_third(stage)
    await wait_until(lambda: isinstance(stage.app.screen, ContextDialog))
    assert "can read 130 tokens" in stage.shown_text()
    await stage.press(key)
    await wait_until(lambda: stage.app.screen is stage.screen)
    await wait_until(lambda: not stage.bench.is_making_room)
    await stage.settle()


@pytest.mark.usefixtures("short_memory")
async def test_the_oldest_messages_are_dropped_and_the_transcript_says_so() -> None:
    async with talked() as stage:
        await ask_and_choose(stage, "d")
        assert sent_texts(stage) == ["second", "Noted.", "third", "Noted."]
        assert any(entry.title == "Left out" for entry in stage.entries)
        assert "begins here" in next(entry for entry in stage.entries if entry.text.startswith("second")).notice
        reply = stage.session.messages[stage.last.id]
        assert "first" not in str(reply.sent)
        stored = stage.stored()
        assert sent_part(stored.path(reply.id)).messages[0].text.startswith("second")


@pytest.mark.usefixtures("short_memory")
async def test_a_summary_stands_for_what_is_left_out() -> None:
    async with talked() as stage:
        await ask_and_choose(stage, "s")
        path = stage.session.path(stage.bench.current_column.head)
        part = sent_part(path)
        assert sent_texts(stage) == ["second", "Noted.", "third", "Noted."]
        assert [message.text for message in part.summaries] == ["They counted."]
        request = stage.bench.desk.conversation.request(stage.bench.current_column)
        assert "They counted." in getattr(request, "system", "")
        assert any("a summary of 2 messages above" in entry.notice for entry in stage.entries)


@pytest.mark.usefixtures("short_memory")
async def test_nothing_is_sent_and_the_prompt_stays() -> None:
    async with talked() as stage:
        await ask_third(stage)
        await wait_until(lambda: isinstance(stage.app.screen, ContextDialog))
        await stage.press("escape")
        await wait_until(lambda: stage.screen.composer.text.startswith("third"))
        assert sent_texts(stage) == ["first", "Noted.", "second", "Noted."]


@pytest.mark.usefixtures("short_memory")
async def test_it_can_be_sent_all_the_same() -> None:
    async with talked() as stage:
        await ask_and_choose(stage, "a")
        assert sent_texts(stage) == ["first", "Noted.", "second", "Noted.", "third", "Noted."]


@pytest.mark.usefixtures("short_memory")
async def test_the_configuration_can_choose() -> None:
    async with talked('[context]\nwhen_full = "drop"\n') as stage:
        await ask_third(stage)
        await wait_until(lambda: len(stage.entries) > 4)
        await stage.settle()
        assert sent_texts(stage) == ["second", "Noted.", "third", "Noted."]


async def test_a_server_that_refuses_is_asked_again_with_less() -> None:
    async with on_stage(REFUSING) as stage:
        await stage.ask("first")
        await stage.ask("second")
        await ask_third(stage)
        await wait_until(lambda: isinstance(stage.app.screen, ContextDialog))
        assert "longer than it can read" in stage.shown_text()
        await stage.press("d")
        await wait_until(lambda: stage.app.screen is stage.screen)
        await wait_until(lambda: any(entry.title == "Left out" for entry in stage.entries))
        await stage.settle()
        assert sent_texts(stage) == ["third"]  # the half of all that was sent, in whole turns
        assert stage.last.notice.startswith("That is too long")
        assert stage.app.screen is stage.screen  # the prompt alone is too long: nothing is left to choose


@pytest.mark.usefixtures("short_memory")
async def test_a_summary_is_paid_for_too_so_a_ceiling_asks_before_it() -> None:
    config = "[endpoints.play.prices.it]\ninput = 0\noutput = 1000\n"
    async with talked(config) as stage:
        desks = stage.bench.desks
        desks.config = replace(desks.config, budget=BudgetSection(session_usd=0.1))
        await ask_third(stage)
        await wait_until(lambda: isinstance(stage.app.screen, ContextDialog))
        await stage.press("s")
        await wait_until(lambda: isinstance(stage.app.screen, ConfirmDialog))
        await stage.press("n")
        await wait_until(lambda: stage.screen.composer.text.startswith("third"))
        assert sent_texts(stage) == ["first", "Noted.", "second", "Noted."]
        await stage.press("enter")
        await wait_until(lambda: isinstance(stage.app.screen, ContextDialog))
        await stage.press("s")
        await wait_until(lambda: isinstance(stage.app.screen, ConfirmDialog))
        await stage.press("y")
        await wait_until(lambda: sent_texts(stage)[-2:-1] == ["third"])
        await stage.settle()
