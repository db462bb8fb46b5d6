"""The dialect `ai-stats` in its three generations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.providers.asking import PNG, call_for, chat, completion, endpoint_of
from tests.providers.wire_endpoints import reached
from tests.wire import Reply, WireServer, json_reply
from tui.chat.turn import Turn, run_turn
from tui.domain.request import PromptMessage
from tui.errors import ConfigError, ModelUnknown
from tui.providers.ai_stats import DIALECT
from tui.providers.base import Rejection
from tui.providers.dialects import provider_for
from tui.providers.faults import error_class
from tui.providers.http import HttpClient
from tui.providers.parameters import table_for


def test_the_first_generation_asks_for_usage_and_meta() -> None:
    call = call_for(DIALECT, chat(("user", "Hi"), system="s"))
    assert call.url == "http://127.0.0.1:9/v1/chat/completions"
    assert call.json == {
        "model": "m",
        "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "Hi"}],
        "stream": True,
        "usage": True,
        "meta": True,
    }
    assert call.headers["Accept"] == "application/json, text/event-stream"
    assert call.headers["Authorization"] == "Bearer secret-key"


def test_the_third_generation_is_like_openai() -> None:
    assert call_for(DIALECT, chat(), generation=3).json == {
        "model": "m",
        "messages": [{"role": "user", "content": "Hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_images_are_parts() -> None:
    call = call_for(DIALECT, chat(PromptMessage("user", "What?", (PNG,))))
    assert call.json["messages"][0]["content"] == [
        {"type": "text", "text": "What?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}},
    ]


@pytest.mark.parametrize("request_", [chat(("user", "")), completion()], ids=["empty", "completion"])
def test_what_cannot_be_sent_is_said(request_: Any) -> None:
    with pytest.raises(ConfigError, match=r"nothing to send|parley ask"):
        call_for(DIALECT, request_)


async def test_an_empty_stream_is_asked_again_whole() -> None:
    async with reached("ai_stats") as there:
        reply = await there.ask("empty stream")
        assert reply.error is None
        assert reply.text == "Answer"
        assert reply.cost_usd == pytest.approx(0.0000012)
        assert [request.json["stream"] for request in there.server.requests] == [True, False]


async def test_a_stream_of_nothing_but_its_end_mark_is_empty_too() -> None:
    whole = {"object": "chat.completion", "choices": [{"index": 0, "message": {"content": "Yes"}}]}
    script = [Reply([b": ping\n\ndata: [DONE]\n\n"]), json_reply(whole)]
    async with WireServer(script) as server:
        endpoint = endpoint_of(DIALECT, base_url=server.url)
        http = HttpClient()
        provider = provider_for(endpoint, http, table_for=lambda at, model, _=None: table_for(at, model))
        reply = await run_turn(Turn(provider, chat()))
        await http.close()
        assert (reply.error, reply.text) == (None, "Yes")
        assert [request.json["stream"] for request in server.requests] == [True, False]


async def test_tools_that_forbid_streaming_are_asked_again_whole() -> None:
    tools = [{"type": "function", "function": {"name": "f", "parameters": {}}}]
    async with reached("ai_stats", generation=3) as there:
        there.provider.endpoint = replace(there.endpoint, base_url=there.server.url + "/g3/v1")
        reply = await there.ask("Hi", tools=tools)
        assert reply.error is None
        assert there.sent["stream"] is False
        assert "stream_options" not in there.sent


def test_only_streams_are_asked_again() -> None:
    whole = call_for(DIALECT, chat(stream=False))
    assert DIALECT.second_call(whole, 200, Rejection()) is None
    assert DIALECT.second_call(call_for(DIALECT, chat()), 500, Rejection()) is None


@pytest.mark.parametrize("generation", [1, 3])
async def test_the_strict_server_takes_every_row_of_its_generation(generation: int) -> None:
    rows: dict[str, Any] = {
        "temperature": 0.5, "top_p": 0.9, "max_tokens": 5, "frequency_penalty": -1, "presence_penalty": 1, "seed": 3,
        "logprobs": 2, "logit_bias": {"5": 1}, "user": "u", "response_format": "json_object",
        "reasoning_effort": "low", "stop": ["x"], "top_k": 3,
    }  # fmt: skip
    async with reached("ai_stats", generation=generation) as there:
        if generation == 3:
            there.provider.endpoint = replace(there.endpoint, base_url=there.server.url + "/g3/v1")
        reply = await there.ask("Hi", **rows)
        assert reply.error is None
        assert len(there.server.requests) == 1
        assert reply.reasoning == "hm"


async def test_what_the_user_did_wrong_is_not_tried_again() -> None:
    from tui.providers.base import RetryPolicy

    async with reached("ai_stats", retry=RetryPolicy(attempts=3, first_wait_s=0.01)) as there:
        reply = await there.ask("error: docs")
        assert reply.error is not None
        assert len(there.server.requests) == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"status_code": 402, "error": "insufficient_funds", "description": "Top up."}, "Top up."),
        ({"error": "insufficient_funds", "reason": "insufficient_funds", "message": "Top up."}, "Top up."),
        ({"error": "Top up please", "reason": "insufficient_funds"}, "Top up please (insufficient_funds)"),
        ({"error": "insufficient_funds"}, "insufficient_funds"),
    ],
)
def test_each_of_its_error_bodies_says_words_and_a_code(body: dict[str, Any], words: str) -> None:
    found = DIALECT.rejection(402, body, "")
    assert (found.words, found.code, found.is_final) == (words, "insufficient_funds", True)


def test_both_media_types_are_accepted_streamed_or_not() -> None:
    for is_streamed in (True, False):
        call = call_for(DIALECT, chat(stream=is_streamed))
        assert call.headers["Accept"] == "application/json, text/event-stream"


@pytest.mark.parametrize("status", [400, 404])
def test_a_model_that_the_gateway_does_not_serve_is_an_unknown_model(status: int) -> None:
    body = {"generation_id": "g", "status_code": status, "error": "unsupported_model_or_endpoint", "description": "No."}
    assert error_class(status, DIALECT.rejection(status, body, "")) is ModelUnknown
