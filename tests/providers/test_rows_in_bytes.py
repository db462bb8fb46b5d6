"""Every parameter on every dialect down to the bytes that a server reads: set, unset, out of range, not taken."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from tests.providers.test_rows_on_the_wire import PLAIN_WIRE, WIRES, Wire, merged
from tests.wire.server import Reply, SeenRequest, WireServer, json_reply
from tui.chat.turn import Turn, run_turn
from tui.domain.parameters import ParameterTable
from tui.domain.reply import Reply as Answer
from tui.domain.request import ChatRequest, CompletionRequest, ModelRef, PromptMessage, Request
from tui.providers.base import Endpoint
from tui.providers.dialects import provider_for
from tui.providers.http import HttpClient
from tui.providers.parameters import row_names, table_for


@dataclass
class Ear:
    """Keeps what it hears and has nothing to say."""

    bodies: list[Any] = field(default_factory=list)

    def __call__(self, seen: SeenRequest) -> Reply:
        self.bodies.append(seen.json)
        return json_reply({"error": {"message": "nothing here"}}, status=404)


def table_of(endpoint: Endpoint, model: str, settings: Mapping[str, Any] | None = None) -> ParameterTable:
    return table_for(endpoint, model, parameters=settings)


class Line:
    """A provider that talks to the ear."""

    def __init__(self, wire: Wire, url: str, http: HttpClient, ear: Ear) -> None:
        self._wire = wire
        self._ear = ear
        self._provider = provider_for(replace(wire.endpoint, base_url=f"{url}/v1"), http, table_for=table_of)

    async def send(self, parameters: Mapping[str, Any]) -> tuple[Any, Answer]:
        """What arrived (None: nothing did), and how it went."""
        self._ear.bodies.clear()
        reference = ModelRef("there", self._wire.model)
        request: Request = ChatRequest(reference, (PromptMessage("user", "Hi"),), parameters=parameters)
        if self._wire.completes:
            request = CompletionRequest(reference, "Hi", parameters=parameters)
        reply = await run_turn(Turn(self._provider, request))
        return (self._ear.bodies[0] if self._ear.bodies else None), reply


@asynccontextmanager
async def line_of(name: str) -> AsyncGenerator[Line, None]:
    ear, http = Ear(), HttpClient()
    async with WireServer(ear) as server:
        yield Line(WIRES[name], server.url, http, ear)
        await http.close()


@pytest.mark.parametrize("name", WIRES)
async def test_a_value_arrives_as_it_was_set_and_nothing_else_with_it(name: str) -> None:
    async with line_of(name) as line:
        plain, _ = await line.send({})
        assert plain is not None
        for row, spec in WIRES[name].rows.items():
            body, _ = await line.send({row: spec.value})
            assert body == merged(plain, spec.adds), row


@pytest.mark.parametrize("name", WIRES)
async def test_nothing_arrives_when_a_value_is_out_of_range(name: str) -> None:
    async with line_of(name) as line:
        for row, spec in WIRES[name].rows.items():
            for bad in spec.bad:
                body, reply = await line.send({row: bad})
                assert body is None, (row, bad)
                assert reply.error is not None
                assert reply.error.kind == "config-error"
                assert row in reply.error.message


@pytest.mark.parametrize("name", WIRES)
async def test_what_is_unset_or_not_taken_never_arrives(name: str) -> None:
    wire = WIRES[name]
    async with line_of(name) as line:
        plain, _ = await line.send({})
        body, _ = await line.send({row: None for row in wire.rows})
        assert body == plain
        for row in set(row_names()) - set(wire.rows) - PLAIN_WIRE - {"suffix"}:
            body, reply = await line.send({row: 1})
            assert body == plain, row
            assert any(row in note for note in reply.notes), row
