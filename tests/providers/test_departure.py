"""What is known of a connection: a new one takes time, one that is used again takes none; both are told apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.wire.server import Reply, SeenRequest, WireServer
from tui.chat.inspection import timing_lines
from tui.chat.turn import Turn, run_turn
from tui.domain.events import Connected
from tui.domain.parameters import ParameterTable
from tui.domain.reply import Timings
from tui.domain.request import ChatRequest, ModelRef, PromptMessage
from tui.domain.session import Message
from tui.providers.base import Endpoint
from tui.providers.departure import Departure
from tui.providers.dialects import provider_for
from tui.providers.http import HttpClient
from tui.providers.parameters import table_for

BODY = b'{"choices":[{"index":0,"message":{"content":"Hi"},"finish_reason":"stop"}]}'


def answer(seen: SeenRequest) -> Reply:
    return Reply((BODY,), headers=[("content-type", "application/json")])


async def test_the_first_request_connects_and_the_second_uses_the_connection_again() -> None:
    http = HttpClient()
    async with WireServer(answer) as wire:
        endpoint = Endpoint("there", "openai-chat", wire.url)
        provider = provider_for(endpoint, http, table_for=table_of)
        request = ChatRequest(ModelRef("there", "m"), (PromptMessage("user", "Hi"),), parameters={"stream": False})
        first = (await run_turn(Turn(provider, request))).timings
        second = (await run_turn(Turn(provider, request))).timings
        await http.close()
    assert first.connect_s is not None
    assert first.is_connection_reused is False
    assert first.tls_s is None
    assert (second.connect_s, second.is_connection_reused) == (None, True)


def table_of(endpoint: Endpoint, model: str, settings: Mapping[str, Any] | None = None) -> ParameterTable:
    return table_for(endpoint, model, parameters=settings)


async def test_steps_are_told_by_their_names_whatever_carries_them() -> None:
    departure = Departure()
    assert Departure().connected is None
    for step in ("connect_tcp", "start_tls"):
        await departure.note(f"connection.{step}.started", {})
        await departure.note(f"connection.{step}.complete", {})
    await departure.note("connection.connect_tcp.failed", {})
    await departure.note("http11.send_request_body.complete", {})
    connected = departure.connected
    assert isinstance(connected, Connected)
    assert connected.connect_s is not None
    assert connected.tls_s is not None
    assert departure.elapsed_s is not None


def test_the_inspector_says_what_is_known() -> None:
    message = Message("a", None, "assistant", "2026-01-01T00:00:00.000Z")
    message.timings = Timings(0.5, 1.0, connect_s=0.25, tls_s=0.125, is_connection_reused=False, first_byte_s=0.375)
    lines = timing_lines(message, 40)
    assert [line.split()[0] for line in lines] == ["connecting", "TLS", "first", "first", "end"]
    assert "0.250 s" in lines[0]
    assert "0.125 s" in lines[1]
    message.timings = Timings(0.5, 1.0, is_connection_reused=True)
    assert "used again" in timing_lines(message, 40)[0]
