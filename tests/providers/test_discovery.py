"""Servers on this machine: found when they answer like one, silently passed over otherwise."""

from __future__ import annotations

import time

import pytest

from tests.wire.server import Hold, Reply, WireServer, json_reply, text_reply
from tui.config import Config, parse_config
from tui.providers.discovery import local_candidates, running_servers
from tui.providers.endpoints import known_endpoints

ENDPOINTS = ("ollama", "lmstudio", "llamacpp", "vllm")
DEAD = "http://127.0.0.1:9"


def _config(**urls: str) -> Config:
    return parse_config("".join(f'[endpoints.{name}]\nbase_url = "{urls.get(name, DEAD)}"\n' for name in ENDPOINTS))


async def test_the_candidates_are_the_local_servers() -> None:
    assert [status.name for status in local_candidates(known_endpoints(Config(), {}))] == list(ENDPOINTS)
    away = parse_config('[endpoints.vllm]\nbase_url = "http://gpu-box:8000/v1"')
    assert "vllm" not in {status.name for status in local_candidates(known_endpoints(away, {}))}


async def test_those_that_answer_are_found() -> None:
    models = json_reply({"object": "list", "data": []})
    async with WireServer(models) as vllm, WireServer(json_reply({"version": "0.9.0"})) as ollama:
        found = await running_servers(_config(vllm=f"{vllm.url}/v1", ollama=ollama.url), {"VLLM_API_KEY": "canary"})
        assert found == {"vllm", "ollama"}
        assert [request.path for request in vllm.requests] == ["/v1/models"]
        assert [request.path for request in ollama.requests] == ["/api/version"]
        assert "authorization" not in vllm.requests[0].headers


@pytest.mark.parametrize(
    "reply",
    [
        text_reply("<html>my blog</html>", content_type="text/html"),
        json_reply({"data": []}, status=404),
        json_reply({"error": "key"}, status=401),
        Reply([b"not http at all"], framing="raw"),
        Reply([], framing="raw"),
        Reply([Hold()], framing="raw"),
        Reply([b"HTTP/1.1 200 OK\r\n\r\n", Hold()], framing="raw"),
    ],
)
async def test_what_is_no_model_server_is_passed_over(reply: Reply) -> None:
    async with WireServer(reply) as server:
        assert await running_servers(_config(llamacpp=f"{server.url}/v1"), {}) == frozenset()


async def test_a_server_that_wants_its_key_is_there_when_there_is_one() -> None:
    async with WireServer(json_reply({"error": "key"}, status=401)) as server:
        config = _config(llamacpp=f"{server.url}/v1")
        assert await running_servers(config, {"LLAMA_API_KEY": "k"}) == {"llamacpp"}


async def test_silence_costs_no_more_than_the_bound() -> None:
    async with WireServer(Reply([Hold()], framing="raw")) as server:
        config = _config(**dict.fromkeys(ENDPOINTS, f"{server.url}/v1"))
        start = time.monotonic()
        assert await running_servers(config, {}, timeout_s=0.2) == frozenset()
        assert time.monotonic() - start < 5  # a bound on hangs: four servers one after another would hang, too
