"""The embedded runtime's own server is a referee: four of our dialects talk to it, streamed and not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.embedded import require_embedded_model
from tui.chat.turn import Turn, run_turn
from tui.domain.reply import Reply
from tui.domain.request import ChatRequest, CompletionRequest, ModelRef, PromptMessage, Request
from tui.local.server import LocalServer
from tui.providers.base import Endpoint
from tui.providers.dialects import provider_for
from tui.providers.http import HttpClient
from tui.providers.parameters import table_for

pytestmark = pytest.mark.embedded


@pytest.fixture
async def server() -> AsyncIterator[LocalServer]:
    found = LocalServer()
    yield found
    await found.stop()


async def ask(server: LocalServer, dialect: str, request: Request) -> Reply:
    http = HttpClient()
    try:
        async with server.turn(require_embedded_model()) as address:
            endpoint = Endpoint("there", dialect, f"{address.base_url}/v1", key=address.key, family="llamacpp")
            provider = provider_for(
                endpoint,
                http,
                table_for=lambda where, model, settings=None: table_for(where, model, parameters=settings),
            )
            return await run_turn(Turn(provider, request))
    finally:
        await http.close()


async def test_four_wires_say_the_same_streamed_and_whole(server: LocalServer) -> None:
    ref = ModelRef("there", "local")
    messages = (PromptMessage("user", "Say hello in five words."),)
    for dialect in ("openai-chat", "anthropic-messages", "openai-responses", "openai-completions"):
        texts = []
        for is_streamed in (True, False):
            settings: dict[str, Any] = {"max_tokens": 24, "temperature": 0.0, "stream": is_streamed}
            request: Request = ChatRequest(ref, messages, "Be kind.", settings)
            if dialect == "openai-completions":
                request = CompletionRequest(ref, "Once upon a time", parameters={**settings, "logprobs": 2})
            reply = await ask(server, dialect, request)
            assert reply.error is None, dialect
            assert reply.finish in ("stop", "length")
            assert reply.usage.output_tokens
            assert reply.usage.input_tokens
            assert reply.notes == ()
            if dialect == "openai-completions":
                assert all(token.alternatives for token in reply.choices[0].logprobs)
            texts.append(reply.text)
        assert texts[0] == texts[1] != "", dialect
