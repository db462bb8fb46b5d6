"""Filling a gap with llama.cpp: what is sent, what comes back, and the server's words when its model cannot."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.wire.server import Reply, SeenRequest, WireServer, json_reply
from tui.chat.turn import Turn, run_turn
from tui.domain.events import Finish
from tui.domain.parameters import ParameterTable
from tui.domain.reply import Reply as Answer
from tui.domain.request import CompletionRequest, ModelRef
from tui.errors import ConfigError
from tui.providers.base import Endpoint
from tui.providers.dialects import provider_for
from tui.providers.http import HttpClient
from tui.providers.parameters import table_for

CHUNKS = (
    {"index": 0, "content": "a + ", "stop": False},
    {
        "index": 0,
        "content": "b",
        "stop": False,
        "completion_probabilities": [
            {
                "token": "b",
                "logprob": -0.5,
                "top_logprobs": [{"token": "b", "logprob": -0.5}, {"token": "c", "logprob": -1}],
            }
        ],
    },
    {"index": 0, "content": "", "stop": True, "stop_type": "limit", "tokens_predicted": 3, "tokens_evaluated": 9},
)


def there(url: str) -> Endpoint:
    return Endpoint("llamacpp", "openai-completions", f"{url}/v1", family="llamacpp", quirks={"infill_url": "/infill"})


def table_of(endpoint: Endpoint, model: str, settings: Mapping[str, Any] | None = None) -> ParameterTable:
    return table_for(endpoint, model, parameters=settings)


class Server:
    """Fills gaps, or says that it cannot."""

    def __init__(self, *, can: bool = True) -> None:
        self.can = can
        self.seen: list[SeenRequest] = []

    def __call__(self, seen: SeenRequest) -> Reply:
        self.seen.append(seen)
        if not self.can:
            return json_reply({"error": {"code": 501, "message": "Infill is not supported by this model"}}, status=501)
        if not seen.json.get("stream"):
            whole = {**CHUNKS[2], "content": "a + b"}
            return json_reply(whole)
        lines = tuple(f"data: {json.dumps(chunk)}\n\n".encode() for chunk in CHUNKS)
        return Reply(lines, headers=[("content-type", "text/event-stream")])


async def asked(
    server: Callable[[SeenRequest], Reply], prompt: Any = "def f(a, b): return ", **parameters: Any
) -> Answer:
    http = HttpClient()
    async with WireServer(server) as wire:
        provider = provider_for(there(wire.url), http, table_for=table_of)
        request = CompletionRequest(ModelRef("llamacpp", "m"), prompt, "\n\nprint(f(1, 2))", parameters)
        reply = await run_turn(Turn(provider, request))
        await http.close()
    return reply


async def test_a_gap_is_filled_between_two_texts() -> None:
    server = Server()
    reply = await asked(server, max_tokens=8, temperature=0.2, seed=3, logprobs=2, n=1)
    assert (server.seen[0].path, server.seen[0].json) == (
        "/infill",
        {
            "model": "m",
            "n_predict": 8,
            "temperature": 0.2,
            "seed": 3,
            "n_probs": 2,
            "stream": True,
            "input_prefix": "def f(a, b): return ",
            "input_suffix": "\n\nprint(f(1, 2))",
        },
    )
    assert (reply.text, reply.finish) == ("a + b", Finish.LENGTH)
    assert (reply.usage.input_tokens, reply.usage.output_tokens) == (9, 3)
    assert [one.token for one in reply.choices[0].logprobs[0].alternatives] == ["b", "c"]


async def test_a_gap_is_filled_in_one_piece() -> None:
    server = Server()
    assert (await asked(server, stream=False)).text == "a + b"


async def test_more_than_one_reply_is_said_to_be_one() -> None:
    server = Server()
    reply = await asked(server, n=3)
    assert "n" not in server.seen[0].json
    assert any("n was not sent" in note for note in reply.notes)


async def test_a_model_that_cannot_is_told_in_the_servers_words() -> None:
    reply = await asked(Server(can=False))
    assert reply.error is not None
    assert "Infill is not supported" in reply.error.message


def test_token_ids_have_no_gap() -> None:
    request = CompletionRequest(ModelRef("llamacpp", "m"), (1, 2), "x")
    where = there("http://127.0.0.1:9")
    with pytest.raises(ConfigError, match="between two texts"):
        provider_for(where, HttpClient(), table_for=table_of).prepare(request)


async def test_a_server_without_infill_is_not_said_to_lack_the_model() -> None:
    missing = json_reply({"error": {"code": 404, "message": "File Not Found", "type": "not_found_error"}}, status=404)
    reply = await asked(lambda _: missing)
    assert reply.error is not None
    assert "cannot fill gaps" in reply.error.message
    assert "model's name" not in reply.error.message


async def test_a_model_that_the_server_does_not_know_is_still_named() -> None:
    missing = json_reply({"error": {"code": 404, "message": "model not found"}}, status=404)
    reply = await asked(lambda _: missing)
    assert reply.error is not None
    assert "does not know llamacpp/m" in reply.error.message
