"""A provider that plays back events: for tests of what stands above the wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from tui.domain.events import StreamEvent
from tui.domain.parameters import ParameterTable
from tui.domain.request import ChatRequest, CompletionRequest, ModelRef, PromptMessage
from tui.errors import ParleyError
from tui.providers.base import Endpoint, HttpCall, ModelFacts


def request(text: str = "Hi") -> ChatRequest:
    return ChatRequest(ModelRef("test", "model"), (PromptMessage("user", text),))


class StandIn:
    """Plays its script: events are yielded, errors raised, None waits until it is cancelled."""

    def __init__(self, *script: StreamEvent | ParleyError | None) -> None:
        self.endpoint = Endpoint("test", "openai-chat", "http://127.0.0.1:9/v1")
        self.script = script
        self.requests: list[ChatRequest | CompletionRequest] = []
        self.is_waiting = False
        self.was_closed = False

    async def stream(self, request: ChatRequest | CompletionRequest) -> AsyncGenerator[StreamEvent, None]:
        self.requests.append(request)
        try:
            for step in self.script:
                if step is None:
                    self.is_waiting = True
                    await asyncio.Event().wait()
                elif isinstance(step, ParleyError):
                    raise step
                else:
                    yield step
                    await asyncio.sleep(0)
        finally:
            self.was_closed = True

    def prepare(self, request: ChatRequest | CompletionRequest) -> HttpCall:
        return HttpCall("POST", self.endpoint.base_url)

    def parameters(self, model: str) -> ParameterTable:
        return {}

    async def models(self) -> list[ModelFacts]:
        return []
