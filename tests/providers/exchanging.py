"""One request to a server on loopback, and what it brought."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any, TypeVar

from tests.wire import Script, WireServer, json_reply
from tui.domain.events import StreamEvent, TextDelta
from tui.domain.request import ChatRequest, ModelRef, PromptMessage, RequestOptions
from tui.errors import ParleyError
from tui.providers.base import Endpoint, RetryPolicy, Timeouts
from tui.providers.dialects import provider_for
from tui.providers.http import HttpClient
from tui.providers.parameters import table_for

T = TypeVar("T")

KEY = "sk-canary-0123456789abcdef"
QUICK = RetryPolicy(first_wait_s=0.01, longest_wait_s=0.05)
LIMITS = Timeouts(connect_s=5, first_byte_s=0.6, idle_s=0.3)
"""For what is to run into them; elsewhere a machine that stalls would."""
PATIENT = Timeouts(5, 30, 30)
BUSY = json_reply({"error": {"message": "Not now"}}, status=503)


def rows_of(endpoint: Endpoint, model: str, settings: Mapping[str, Any] | None = None) -> Any:
    return table_for(endpoint, model, parameters=settings)


def endpoint_at(url: str, **changes: Any) -> Endpoint:
    endpoint = Endpoint(
        "work", "openai-chat", f"{url}/v1", key=KEY, key_source="CANARY_KEY", retry=QUICK, timeouts=PATIENT
    )
    return replace(endpoint, **changes)


def request(prompt: str = "Hi", **options: Any) -> ChatRequest:
    return ChatRequest(ModelRef("work", "big"), (PromptMessage("user", prompt),), options=RequestOptions(**options))


class Asked:
    """What one request brought."""

    def __init__(self) -> None:
        self.events: list[StreamEvent] = []
        self.error: ParleyError | None = None

    @property
    def text(self) -> str:
        return "".join(found.text for found in self.of(TextDelta))

    def of(self, kind: type[T]) -> list[T]:
        return [found for found in self.events if isinstance(found, kind)]


async def ask(endpoint: Endpoint, asked: ChatRequest | None = None) -> Asked:
    http, result = HttpClient(), Asked()
    try:
        async with aclosing(provider_for(endpoint, http, table_for=rows_of).stream(asked or request())) as events:
            async for found in events:
                result.events.append(found)
    except ParleyError as error:
        result.error = error
    finally:
        await http.close()
    return result


async def ask_server(script: Script, asked: ChatRequest | None = None, **changes: Any) -> tuple[Asked, WireServer]:
    async with WireServer(script) as server:
        return await ask(endpoint_at(server.url, **changes), asked), server


@asynccontextmanager
async def listening(
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    """The address of a server that speaks whatever `answer` does; at the end every connection is closed."""
    ended: list[asyncio.Event] = []

    async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ended.append(end := asyncio.Event())
        try:
            await answer(reader, writer)
        except ConnectionError:
            pass  # the other side was first
        finally:
            writer.close()
            await asyncio.wait({asyncio.ensure_future(writer.wait_closed())})
            end.set()

    async with await asyncio.start_server(answered, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for end in ended:
            await end.wait()
