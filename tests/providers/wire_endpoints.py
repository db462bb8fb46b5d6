"""Asking the strict fakes over real connections."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

from tests.wire.server import WireServer
from tui.chat.turn import Turn, run_turn
from tui.domain.reply import Reply
from tui.domain.request import ChatRequest, CompletionRequest, ModelRef, PromptMessage, Request
from tui.providers.base import Endpoint, Provider, RetryPolicy
from tui.providers.dialects import provider_for
from tui.providers.http import HttpClient
from tui.providers.parameters import table_for


@dataclass(frozen=True)
class Fake:
    """How a strict fake is reached."""

    dialect: str
    base: str
    model: str
    auth: Any = "bearer"
    completes: bool = False
    generation: int = 1
    quirks: Mapping[str, Any] | None = None


FAKES: dict[str, Fake] = {
    "ai_stats": Fake("ai-stats", "/v1", "openai/gpt-5-nano"),
    "anthropic_messages": Fake("anthropic-messages", "/v1", "claude-sonnet-4-5", "x-api-key"),
    "gemini": Fake("gemini", "/v1beta", "gemini-2.5-flash", "x-goog-api-key"),
    "hatz": Fake("hatz", "/v1", "gpt-4o", "x-api-key"),
    "humanloop": Fake("humanloop", "/v4", "gpt-4o", "x-api-key"),
    "ollama": Fake("ollama", "", "qwen3:8b", "none"),
    "openai_chat": Fake("openai-chat", "/v1", "gpt-test"),
    "openai_completions": Fake("openai-completions", "/v1", "base", completes=True, quirks={"default_max_tokens": 16}),
    "openai_responses": Fake("openai-responses", "/v1", "gpt-5.4"),
}


def _table(endpoint: Endpoint, model: str, settings: Mapping[str, Any] | None = None) -> Any:
    return table_for(endpoint, model, parameters=settings)


@dataclass
class Reached:
    """A running fake with a provider for it."""

    fake: Fake
    server: WireServer
    provider: Provider
    http: HttpClient

    @property
    def endpoint(self) -> Endpoint:
        return self.provider.endpoint

    def request(self, prompt: str, *, model: str = "", **parameters: Any) -> Request:
        """A request of the kind that the fake answers."""
        ref = ModelRef("there", model or self.fake.model)
        if self.fake.completes:
            return CompletionRequest(ref, prompt, parameters=parameters)
        return ChatRequest(ref, (PromptMessage("user", prompt),), parameters=parameters)

    async def ask(self, prompt: str | Request, *, model: str = "", **parameters: Any) -> Reply:
        """The reply to a prompt, failures in it."""
        request = self.request(prompt, model=model, **parameters) if isinstance(prompt, str) else prompt
        return await run_turn(Turn(self.provider, request))

    @property
    def sent(self) -> Any:
        """The body of the last request."""
        return self.server.requests[-1].json


@asynccontextmanager
async def reached(name: str, **changes: Any) -> AsyncIterator[Reached]:
    """The fake `name`, running, with `changes` to its endpoint."""
    fake = FAKES[name]
    module = import_module(f"tests.wire.{name}")
    http = HttpClient()
    async with WireServer(module.make_handler()) as server:
        endpoint = Endpoint(
            "there",
            fake.dialect,
            server.url + fake.base,
            key=getattr(module, "KEY", ""),
            auth=fake.auth,
            generation=fake.generation,
            retry=RetryPolicy(attempts=1),
            quirks=fake.quirks or {},
        )
        try:
            provider = provider_for(replace(endpoint, **changes), http, table_for=_table)
            yield Reached(fake, server, provider, http)
        finally:
            await http.close()
