"""JSON written by hand goes out as it stands, with the real secrets where `***` was shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.wire.server import Reply, WireServer
from tui.chat.turn import Turn, run_turn
from tui.domain.request import ChatRequest, ModelRef, PromptMessage, RequestOptions
from tui.providers.base import Endpoint
from tui.providers.dialects import provider_for
from tui.providers.http import HttpClient
from tui.providers.own_body import unmasked
from tui.providers.parameters import table_for
from tui.text.redact import mask_json

DOCUMENT = b'{"choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}'
STREAM = (
    b'data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}\n\n'
    b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
)


def asked(body: Any) -> ChatRequest:
    return ChatRequest(ModelRef("there", "m"), (PromptMessage("user", "Hello"),), options=RequestOptions(body=body))


async def send(body: Any, answer: Reply) -> tuple[Any, str, tuple[str, ...]]:
    http = HttpClient()
    try:
        async with WireServer(answer) as server:
            endpoint = Endpoint("there", "openai-chat", server.url)
            provider = provider_for(
                endpoint, http, table_for=lambda where, model, settings=None: table_for(where, model, None, settings)
            )
            reply = await run_turn(Turn(provider, asked(body)))
            return server.requests[0].json, reply.text, reply.notes
    finally:
        await http.close()


async def test_the_body_is_sent_as_written() -> None:
    body = {"model": "other", "messages": [{"role": "user", "content": "Hello!"}], "stream": True, "odd": [1]}
    seen, text, notes = await send(body, Reply((STREAM,), headers=[("content-type", "text/event-stream")]))
    assert seen == body
    assert text == "Hi"
    assert any("by hand" in note for note in notes)


async def test_a_body_without_stream_is_read_as_a_document() -> None:
    body = {"model": "m", "messages": []}
    seen, text, _ = await send(body, Reply((DOCUMENT,), headers=[("content-type", "application/json")]))
    assert seen == body
    assert text == "Hi"


def test_only_masked_places_get_their_secret_back() -> None:
    real = {"keys": {"api_key": "sk-1"}, "note": "***", "list": [{"token": "t"}, 2]}
    shown = mask_json(real)
    assert unmasked(shown, real, shown) == real
    moved = {"elsewhere": "***", "keys": {"api_key": "new"}, "note": "***"}
    assert unmasked(moved, real, shown) == moved
    assert replace(asked(None)).options.body is None
