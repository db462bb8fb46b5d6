"""JSON documents and lines over HTTP, outside of replies."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.providers.exchanging import KEY, LIMITS, PATIENT, endpoint_at
from tests.wire import Close, Hold, Reply, Reset, Script, WireServer, json_reply, lines_reply, text_reply
from tui.errors import ConfigError, KeyRejected, ParleyError, ReplyUnreadable, ResponseTimeout, StreamBroken
from tui.providers.base import HttpCall
from tui.providers.faults import time_words
from tui.providers.http import HttpClient
from tui.providers.outgoing import encoded_body, finished_call, is_loopback


@pytest.fixture
async def client() -> AsyncIterator[HttpClient]:
    http = HttpClient()
    yield http
    await http.close()


async def get(client: HttpClient, script: Script, **changes: Any) -> Any:
    async with WireServer(script) as server:
        call = HttpCall("GET", f"{server.url}/v1/models", {"Authorization": f"Bearer {KEY}"})
        return await client.get_json(call, endpoint_at(server.url, **changes))


async def test_a_document(client: HttpClient) -> None:
    assert await get(client, json_reply({"a": 1})) == {"a": 1}


async def test_a_packed_document(client: HttpClient) -> None:
    packed = Reply([gzip.compress(b'{"a":1}')], headers=(("Content-Encoding", "gzip"),))
    assert await get(client, packed) == {"a": 1}


async def test_nothing_is_none(client: HttpClient) -> None:
    assert await get(client, Reply(status=204)) is None
    assert await get(client, Reply(framing="length")) is None


@pytest.mark.parametrize(
    ("script", "kind", "words"),
    [
        (text_reply("<html><title>Portal</title>"), ReplyUnreadable, "Portal"),
        (text_reply("{nope"), ReplyUnreadable, "not an API answer"),
        (json_reply({"error": {"message": f"bad {KEY}"}}, status=401), KeyRejected, r"bad \*\*\*"),
        (Reply([b"{", Hold()]), ResponseTimeout, "0.6 s"),
        (Reply([b"{", Close()]), StreamBroken, "closed before the end"),
    ],
)
async def test_failures_are_words(client: HttpClient, script: Script, kind: type[ParleyError], words: str) -> None:
    timeouts = LIMITS if kind is ResponseTimeout else PATIENT
    with pytest.raises(kind, match=words) as caught:
        await get(client, script, timeouts=timeouts)
    assert KEY not in str(caught.value)


async def test_a_document_has_a_limit(client: HttpClient) -> None:
    with pytest.raises(ReplyUnreadable, match="32 MiB"):
        await get(client, Reply([b"x" * 2**20] * 33))


async def test_a_document_is_asked_for_again(client: HttpClient) -> None:
    assert await get(client, [Reply([Reset()], framing="raw"), json_reply({}, status=503), json_reply([1])]) == [1]


async def test_lines_come_one_by_one(client: HttpClient) -> None:
    async with WireServer(lines_reply({"status": "pulling"}, b"nope\n", {"status": "success"})) as server:
        call = HttpCall("POST", f"{server.url}/api/pull", {}, {"model": "m"}, is_streamed=True)
        found = [line async for line in client.stream_lines(call, endpoint_at(server.url))]
    assert found == [{"status": "pulling"}, {"status": "success"}]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (lines_reply({"a": 1}, Reset()), "cut short"),
        (lines_reply({"a": 1}, Hold()), "nothing came"),
        (json_reply({"error": "no such model"}, status=404), "no such model"),
    ],
)
async def test_lines_that_break_off(client: HttpClient, script: Script, words: str) -> None:
    async with WireServer(script) as server:
        call = HttpCall("POST", f"{server.url}/api/pull", {}, {"model": "m"}, is_streamed=True)
        endpoint = endpoint_at(server.url, timeouts=LIMITS if words == "nothing came" else PATIENT)
        with pytest.raises(ParleyError, match=words):
            [line async for line in client.stream_lines(call, endpoint)]


def test_headers_are_finished_and_checked() -> None:
    call = finished_call(HttpCall("GET", "http://x", {"accept-encoding": "br", "A": "1"}), {"a": "2"})
    assert {name.lower(): value for name, value in call.headers.items()}["accept-encoding"] == "br"
    assert call.headers["a"] == "2"
    assert call.headers["User-Agent"].startswith("parley/")
    for name in ("", "a b", "a:", "é", "a\n"):
        with pytest.raises(ConfigError):
            finished_call(HttpCall("GET", "http://x", {name: "1"}))


def test_bodies_are_plain_json() -> None:
    assert json.loads(encoded_body({"é": "\ud800x\ud83d\ude00"})) == {"é": "\ufffdx😀"}
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    for value in (float("nan"), {"a": float("inf")}, {1, 2}, object(), deep):
        with pytest.raises(ConfigError):
            encoded_body(value)


def test_hosts_of_this_machine() -> None:
    for host in ("localhost", "127.0.0.1", "127.8.9.1", "::1", "api.localhost"):
        assert is_loopback(host)
    for host in ("", "localhost.example", "128.0.0.1", "example", "10.0.0.1"):
        assert not is_loopback(host)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.25, "0.2 s"), (5, "5 s"), (120, "2 min"), (99999, "28 h"), (9e6, "105 days")]
)
def test_times_in_words(seconds: float, words: str) -> None:
    assert time_words(seconds) == words


def test_the_library_is_loaded_with_the_first_request_only() -> None:
    code = (
        "import sys, tui.providers.exchange; from tui.providers.dialects import dialect;"
        "dialect('openai-chat'); print('httpx' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
