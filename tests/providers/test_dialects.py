"""The registry of dialects."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.providers.asking import call_for, chat, completion
from tests.providers.wire_endpoints import reached
from tui.domain.request import CompletionRequest, ModelRef
from tui.errors import ConfigError
from tui.providers.base import Endpoint
from tui.providers.dialects import NAMES, SCRIPTED, dialect, provider_for
from tui.providers.http import HttpClient
from tui.providers.parameters import table_for
from tui.providers.scripted import ScriptedProvider


@pytest.mark.parametrize("name", [name for name in NAMES if name != SCRIPTED])
def test_every_dialect_is_there_and_knows_its_name(name: str) -> None:
    found = dialect(name)
    assert found.name == name
    assert set(found.kinds) <= {"chat", "completion"}
    assert found.kinds


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(ConfigError, match="openai-chat"):
        dialect("openai-chats")
    with pytest.raises(ConfigError, match="anthropic-messages"):
        dialect("zzz")


def test_asking_for_one_loads_no_other() -> None:
    code = (
        "import sys; from tui.providers.dialects import dialect; dialect('ollama');"
        "print(*sorted(m for m in sys.modules if m.startswith('tui.providers.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert "tui.providers.ollama" in done.stdout
    assert not {"tui.providers.gemini", "tui.providers.http", "tui.providers.openai_chat"} & set(done.stdout.split())


def test_a_scripted_endpoint_needs_no_client() -> None:
    found = provider_for(Endpoint("demo", SCRIPTED, ""), HttpClient(), table_for=table_for)  # type: ignore[arg-type]
    assert isinstance(found, ScriptedProvider)


async def test_a_chat_endpoint_may_complete_text_too() -> None:
    async with reached("openai_completions", dialect="openai-chat", quirks={"completions": True}) as there:
        request = CompletionRequest(ModelRef("there", "base"), "case: plain", parameters={"max_tokens": 5})
        reply = await there.ask(request)
        assert reply.error is None, reply.error
        assert reply.text == " world"
        assert there.server.requests[0].path == "/v1/completions"


async def test_without_the_quirk_it_does_not() -> None:
    async with reached("openai_completions", dialect="openai-chat") as there:
        reply = await there.ask(CompletionRequest(ModelRef("there", "base"), "x"))
        assert reply.error is not None
        assert reply.error.kind == "config-error"
        assert there.server.requests == []
        assert replace(there.endpoint).quirks == {"default_max_tokens": 16}


@pytest.mark.parametrize("name", [name for name in NAMES if name != SCRIPTED])
def test_empty_lists_and_maps_are_nothing_that_was_set(name: str) -> None:
    found = dialect(name)
    asked = completion if name == "openai-completions" else chat
    model = "deployed:project" if name == "humanloop" else "m"
    assert call_for(found, asked(model=model, stop=[], logit_bias={})).json == call_for(found, asked(model=model)).json


@pytest.mark.parametrize(
    ("name", "own", "where"),
    [
        ("gemini", {"generationConfig": 5, "topK": 3}, "generationConfig"),
        ("gemini", {"generationConfig": "x", "reasoning_effort": "low"}, "generationConfig"),
        ("gemini", {"thinkingConfig": [], "thinkingBudget": 0}, "thinkingConfig"),
        ("ollama", {"options": 5, "num_ctx": 2048}, "options"),
        ("anthropic-messages", {"output_config": 5, "reasoning_effort": "low"}, "output_config"),
        ("humanloop", {"model_config": 5, "temperature": 1}, "model_config"),
    ],
)
def test_a_vendors_object_given_as_something_else_is_said_to_be_wrong(
    name: str, own: dict[str, Any], where: str
) -> None:
    model = "claude-opus-5" if name == "anthropic-messages" else "m"
    with pytest.raises(ConfigError, match=f"{where} must be a JSON object"):
        call_for(dialect(name), chat(model=model, **own))
