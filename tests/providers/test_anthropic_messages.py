"""The dialect `anthropic-messages`: caps, turns, thinking, and what each family refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.providers.asking import LINKED, PNG, call_for, chat, completion
from tests.providers.wire_endpoints import reached
from tui.domain.request import PromptMessage
from tui.errors import ConfigError
from tui.providers.anthropic_messages import AnthropicMessages
from tui.providers.anthropic_thinking import family_of

DIALECT = AnthropicMessages()
SECOND = {"auth": "bearer", "headers": {"Anthropic-Version": "2026-10-21"}}


def body(request: Any, **changes: Any) -> Any:
    return call_for(DIALECT, request, **changes).json


def test_the_request_has_a_cap_a_version_and_the_key_in_its_header() -> None:
    call = call_for(DIALECT, chat(model="claude-sonnet-4-5"), auth="x-api-key")
    assert (call.method, call.url) == ("POST", "http://127.0.0.1:9/v1/messages")
    assert call.json == {
        "model": "claude-sonnet-4-5",
        "max_tokens": 4096,
        "messages": [{"role": "user", "content": "Hi"}],
        "stream": True,
    }
    assert call.headers["X-API-Key"] == "secret-key"
    assert call.headers["anthropic-version"] == "2023-06-01"
    assert call.headers["Accept"] == "text/event-stream"
    assert "Authorization" not in call.headers


def test_the_second_header_generation_is_a_matter_of_data() -> None:
    call = call_for(DIALECT, chat(temperature=0.5, top_k=3), **SECOND)
    versions = [value for name, value in call.headers.items() if name.lower() == "anthropic-version"]
    assert versions == ["2026-10-21"]
    assert call.headers["Authorization"] == "Bearer secret-key"
    assert "temperature" not in call.json
    assert len(call.notes) == 2


def test_turns_of_one_side_are_merged_and_empty_ones_dropped() -> None:
    request = chat(
        ("system", "Be brief."),
        ("user", "One"),
        ("user", "Two"),
        ("assistant", ""),
        ("assistant", "Three"),
        ("assistant", "  "),
        ("user", "Four"),
        system="Be kind.",
    )
    sent = body(request)
    assert sent["system"] == "Be kind.\n\nBe brief."
    assert sent["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "One"}, {"type": "text", "text": "Two"}]},
        {"role": "assistant", "content": "Three"},
        {"role": "user", "content": "Four"},
    ]


def test_a_prefill_loses_its_trailing_blanks() -> None:
    sent = body(chat(("user", "A poem"), ("assistant", "Roses are \n")))
    assert sent["messages"][-1] == {"role": "assistant", "content": "Roses are"}


def test_images_come_as_bytes_or_address() -> None:
    sent = body(chat(PromptMessage("user", "What?", (PNG, LINKED))))
    assert sent["messages"][0]["content"] == [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}},
        {"type": "image", "source": {"type": "url", "url": "https://example.org/cat.png"}},
        {"type": "text", "text": "What?"},
    ]


@pytest.mark.parametrize("request_", [chat(("user", " ")), completion()], ids=["empty", "completion"])
def test_what_cannot_be_sent_is_said(request_: Any) -> None:
    with pytest.raises(ConfigError, match=r"nothing to send|parley ask"):
        call_for(DIALECT, request_)


@pytest.mark.parametrize(
    ("model", "way"),
    [
        ("claude-3-5-sonnet-20241022", "none"),
        ("claude-3-haiku-20240307", "none"),
        ("claude-3-7-sonnet-latest", "budget"),
        ("claude-opus-4-20250514", "budget"),
        ("claude-sonnet-4-5-20250929", "budget"),
        ("claude-haiku-4-5", "budget"),
        ("claude-opus-4-5", "budget"),
        ("claude-opus-4-6", "adaptive"),
        ("claude-sonnet-4.6", "adaptive"),
        ("claude-opus-4-7", "adaptive"),
        ("claude-sonnet-5", "adaptive"),
        ("anthropic/claude-fable-5-20270101", "adaptive"),
        ("something-new", "adaptive"),
    ],
)
def test_each_family_thinks_in_its_own_way(model: str, way: str) -> None:
    family = family_of(model)
    found = "adaptive" if family.has_adaptive else "budget" if family.has_budget else "none"
    assert found == way


def test_a_budget_stays_below_the_cap_and_needs_room() -> None:
    model = "claude-sonnet-4-5"
    sent = body(chat(model=model, reasoning_effort="high", max_tokens=3000, temperature=0.3))
    assert sent["thinking"] == {"type": "enabled", "budget_tokens": 2999}
    assert "temperature" not in sent
    with pytest.raises(ConfigError, match="Thinking needs"):
        body(chat(model=model, reasoning_effort="high", max_tokens=1024))


def test_effort_none_turns_thinking_off() -> None:
    sent = body(chat(model="claude-opus-4-8", reasoning_effort="none"))
    assert sent["thinking"] == {"type": "disabled"}
    assert "output_config" not in sent


def test_the_users_own_thinking_wins() -> None:
    own = {"type": "enabled", "budget_tokens": 9000}
    sent = body(chat(model="claude-sonnet-4-5", thinking=own, temperature=0.2))
    assert sent["thinking"] == own
    assert sent["max_tokens"] > 9000
    assert "temperature" not in sent


async def test_the_strict_server_takes_both_generations_and_a_whole_conversation() -> None:
    request = chat(
        ("user", "a"),
        ("user", "b"),
        ("assistant", "c"),
        PromptMessage("user", "d", (PNG, LINKED)),
        model="claude-opus-4-8",
        system="s",
        reasoning_effort="max",
        max_tokens=9000,
    )
    for changes in ({}, SECOND):
        async with reached("anthropic_messages", **changes) as there:
            reply = await there.ask(request)
            assert reply.error is None
            assert reply.text == "Hello"


async def test_a_refused_parameter_is_dropped_once_and_remembered() -> None:
    async with reached("anthropic_messages") as there:
        for tries in (2, 3):  # the second request knows better
            reply = await there.ask("Hi", model="claude-sonnet-4-5", shiny_new_thing=1)
            assert reply.error is None
            assert len(there.server.requests) == tries
            assert any("shiny_new_thing was not sent" in note for note in reply.notes)
