"""The network's faults, row by row: what is kept, what is said, how often is asked, and that no key is shown."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from typing import Any

import pytest

from tests.providers.exchanging import BUSY, KEY, LIMITS, PATIENT, QUICK, ask, ask_server, endpoint_at, request, rows_of
from tests.wire import Reply, Reset, WireServer, chunk, events_reply, json_reply, two_servers
from tests.wire.faults import FAULTS, OK, Fault, make_handler
from tui.chat.turn import Turn, run_turn
from tui.domain.events import Note, RawFrame, RequestSent, ResponseStarted, Retrying
from tui.domain.request import ModelRef
from tui.errors import ConfigError, ConnectFailed, RateLimited, RequestRejected
from tui.providers.base import RetryPolicy
from tui.providers.dialects import provider_for
from tui.providers.http import HttpClient


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault(name: str) -> None:
    fault = FAULTS[name]
    async with WireServer(make_handler()) as server:
        http = HttpClient()
        is_still = name.startswith(("stall", "silence", "held"))
        endpoint = endpoint_at(server.url, timeouts=LIMITS if is_still else PATIENT)
        provider = provider_for(endpoint, http, table_for=rows_of)
        turn = Turn(provider, request(f"fault: {name}"))
        reply = await run_turn(turn)
        await http.close()
    _check(fault, reply, len(server.requests))
    everything = repr((reply, turn.error, vars(turn.error) if turn.error else None))
    assert KEY not in everything


def _check(fault: Fault, reply: Any, requests: int) -> None:
    said = reply.error.message if reply.error else ""
    assert reply.text == fault.text, said
    match fault.outcome:
        case "ok":
            assert reply.error is None, said
            assert reply.finish == fault.finish
        case "cut short":
            assert reply.error is not None
            assert reply.error.kind == "stream-broken"
            assert reply.finish == "cut_short"
            assert "cut short" in said
        case "error":
            assert reply.error is not None
            assert reply.finish == "error"
            assert "127.0.0.1" in said
    assert requests == fault.requests, said
    assert not fault.kind or (reply.error and reply.error.kind == fault.kind), said
    for words in fault.words:
        assert words in said
    assert not {"\x1b", "\n", "\x07"} & set(said)
    assert len(reply.notes) >= fault.notes


@pytest.mark.parametrize(
    "name", ["gzip bomb", "gzip bomb of comments", "huge line", "header bomb", "error body of a bomb"]
)
async def test_a_bomb_takes_little_memory(name: str) -> None:
    async with WireServer(make_handler()) as server:
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            tracemalloc.reset_peak()
            await ask(endpoint_at(server.url), request(f"fault: {name}"))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak - before < 64 * 2**20


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_refused_and_nothing_leaves(status: int) -> None:
    def redirect(_: Any) -> Reply:
        return Reply(status=status, headers=(("Location", f"{other.url}/v1/chat/completions"),), framing="length")

    async with two_servers(redirect, OK) as (first, other):
        found = await ask(endpoint_at(first.url))
        assert len(first.requests) == 1
        assert (other.requests, other.connections) == ([], 0)
        assert isinstance(found.error, RequestRejected)
        assert f"127.0.0.1:{other.port}" in str(found.error)


# -- what is sent ------------------------------------------------------------------------------------------------------


async def test_the_request_is_recorded_masked_and_sent_as_prepared() -> None:
    asked = request(extra_headers={"x-team": "red", "User-Agent": "mine"})
    async with WireServer(OK) as server:
        endpoint = endpoint_at(
            server.url, headers={"X-Other": "blue", "X-Api-Secret": "hidden-value-1"}, query={"api-version": "7"}
        )
        found = await ask(endpoint, asked)
        call = provider_for(endpoint, HttpClient(), table_for=rows_of).prepare(asked)
    (sent,), (seen,) = found.of(RequestSent), server.requests
    assert sent.method == seen.method == "POST"
    assert sent.url == f"{server.url}/v1/chat/completions?api-version=7"
    assert seen.query == {"api-version": "7"}
    assert sent.json == seen.json == call.json
    assert {name.lower(): value for name, value in call.headers.items()}.items() <= seen.headers.items()
    assert (seen.headers["x-team"], seen.headers["x-other"], seen.headers["user-agent"]) == ("red", "blue", "mine")
    assert (sent.headers["Authorization"], sent.headers["X-Api-Secret"]) == ("***", "***")
    assert KEY not in repr(found.events)
    assert "hidden-value-1" not in repr(found.events)


@pytest.mark.parametrize("key", ["line\nbreak", "line\rbreak", "ключ", "nul\0", " padded ", "tab\x7f"])
async def test_a_key_that_no_header_can_carry_is_never_shown(key: str) -> None:
    async with WireServer(OK) as server:
        found = await ask(endpoint_at(server.url, key=key))
    assert isinstance(found.error, ConfigError)
    assert "Authorization" in str(found.error)
    assert key.strip() not in str(found.error)
    assert server.connections == 0


async def test_lone_surrogates_leave_as_replacement_characters_and_pairs_joined() -> None:
    found, server = await ask_server(OK, request("a\ud83d b \ud83d\ude00"))
    assert found.text == "Hello"
    assert server.requests[0].json["messages"][0]["content"] == "a\ufffd b 😀"


async def test_a_response_head_is_reported_masked() -> None:
    found, _ = await ask_server(
        events_reply(chunk("x", finish="stop"), headers=(("Set-Cookie", "a=b"), ("X-Request-Id", "r1")))
    )
    (started,) = found.of(ResponseStarted)
    assert started.status == 200
    assert started.headers["x-request-id"] == "r1"
    assert started.headers["set-cookie"] == "***"


async def test_the_head_of_a_refusal_is_reported_too() -> None:
    limited = json_reply({"error": {"message": "slow"}}, status=429, headers=(("Retry-After", "0.01"), ("X-Left", "0")))
    found, _ = await ask_server([limited, OK], request())
    assert [started.status for started in found.of(ResponseStarted)] == [429, 200]
    refused = json_reply({"error": {"message": "no"}}, status=400, headers=(("X-Request-Id", "r7"),))
    found, _ = await ask_server(refused)
    (started,) = found.of(ResponseStarted)
    assert (started.status, started.headers["x-request-id"]) == (400, "r7")


async def test_a_key_that_a_server_echoes_is_masked_in_what_is_kept() -> None:
    frames = [{"you": [{"sent": f"Bearer {KEY}"}], "choices": []}, f"{{{KEY}", chunk("x", finish="stop")]
    async with WireServer(events_reply(*frames, headers=(("X-You", f"sent {KEY}"),))) as server:
        http = HttpClient()
        found = await run_turn(Turn(provider_for(endpoint_at(server.url), http, table_for=rows_of), request()))
        await http.close()
    assert found.text == "x"
    assert found.meta["you"] == [{"sent": "***"}]
    assert found.meta["http"]["headers"]["x-you"] == "sent ***"
    assert found.notes
    assert KEY not in repr(found)


async def test_cookies_are_not_kept() -> None:
    async with WireServer(events_reply(chunk("x", finish="stop"), headers=(("Set-Cookie", "a=b"),))) as server:
        http = HttpClient()
        provider = provider_for(endpoint_at(server.url), http, table_for=rows_of)
        for _ in range(2):
            await run_turn(Turn(provider, request()))
        await http.close()
    assert all("cookie" not in seen.headers for seen in server.requests)


async def test_a_connection_is_used_again_after_done() -> None:
    async with WireServer(OK) as server:
        http = HttpClient()
        provider = provider_for(endpoint_at(server.url), http, table_for=rows_of)
        for _ in range(3):
            assert (await run_turn(Turn(provider, request()))).text == "Hello"
        await http.close()
    assert (len(server.requests), server.connections) == (3, 1)


async def test_raw_frames_come_only_when_wanted() -> None:
    without, _ = await ask_server(OK)
    wanted, _ = await ask_server(OK, request(wants_frames=True))
    assert without.of(RawFrame) == []
    assert [frame.text for frame in wanted.of(RawFrame)][-1] == "[DONE]"
    assert len(wanted.of(RawFrame)) == 4


async def test_a_request_without_stream_gets_a_document() -> None:
    found, server = await ask_server(json_reply({"choices": [{"message": {"content": "Hi"}}]}), request(stream=False))
    assert found.text == "Hi"
    assert server.requests[0].json["stream"] is False
    assert "stream_options" not in server.requests[0].json


# -- trying again ------------------------------------------------------------------------------------------------------


async def test_waits_are_told() -> None:
    found, _ = await ask_server([BUSY, OK])
    (retrying,) = found.of(Retrying)
    assert (retrying.attempt, retrying.attempts, retrying.cause) == (1, 3, "503 Service Unavailable")
    assert len(found.of(RequestSent)) == 2


@pytest.mark.parametrize(
    ("endpoint_attempts", "settings", "requests"),
    [(1, {}, 1), (2, {}, 2), (3, {"attempts": 1}, 1), (1, {"attempts": 4}, 4), (3, {"total_s": 0.0}, 1)],
)
async def test_attempts_count_requests_in_all(endpoint_attempts: int, settings: dict[str, Any], requests: int) -> None:
    retry = replace(QUICK, attempts=endpoint_attempts)
    found, server = await ask_server(BUSY, request(retry=settings), retry=retry)
    assert len(server.requests) == requests
    assert found.error is not None


async def test_statuses_and_connection_errors_are_settings() -> None:
    _, server = await ask_server([json_reply({}, status=423), OK], retry=replace(QUICK, statuses=(423,)))
    assert len(server.requests) == 2
    found, server = await ask_server(Reply([Reset()], framing="raw"), retry=replace(QUICK, connection_errors=False))
    assert len(server.requests) == 1
    assert isinstance(found.error, ConnectFailed)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"retry": {"attemps": 1}}, "retry.attemps"),
        ({"retry": {"attempts": 0}}, "retry.attempts"),
        ({"retry": {"attempts": "x"}}, "retry.attempts"),
        ({"retry": {"connection_errors": 1}}, "retry.connection_errors"),
        ({"timeout": {"idle_s": -1}}, "timeout.idle_s"),
        ({"timeout": {"idle_s": float("nan")}}, "timeout.idle_s"),
        ({"timeout": {"read_s": 1}}, "timeout.read_s"),
    ],
)
async def test_a_bad_setting_is_a_config_error(options: dict[str, Any], words: str) -> None:
    found, server = await ask_server(OK, request(**options))
    assert isinstance(found.error, ConfigError)
    assert words in str(found.error)
    assert server.requests == []


async def test_a_long_wait_is_shown_and_not_waited_for() -> None:
    found, _ = await ask_server(json_reply({}, status=429, headers=(("Retry-After", "99999"),)))
    assert isinstance(found.error, RateLimited)
    assert found.error.retry_after_s == 99999
    assert found.of(Retrying) == []


async def test_once_text_was_shown_nothing_is_sent_again() -> None:
    found, server = await ask_server([events_reply(chunk("so far"), {"error": {"code": 503, "message": "x"}}), OK])
    assert (found.text, len(server.requests)) == ("so far", 1)


async def test_a_refused_parameter_is_dropped_once_and_remembered() -> None:
    def strict(seen: Any) -> Reply:
        if "top_p" in seen.json:
            error = {"message": "Unsupported parameter: 'top_p'", "param": "top_p", "code": "unsupported_parameter"}
            return json_reply({"error": error}, status=400)
        return OK

    asked = replace(request(), model=ModelRef("work", "picky"), parameters={"top_p": 0.5, "temperature": 1})
    async with WireServer(strict) as server:
        first = await ask(endpoint_at(server.url, retry=RetryPolicy(attempts=1)), asked)
        second = await ask(endpoint_at(server.url), asked)
    assert (first.text, second.text) == ("Hello", "Hello")
    assert ["top_p" in seen.json for seen in server.requests] == [True, False, False]
    assert all(seen.json["temperature"] == 1 for seen in server.requests)
    assert [note.words.split()[0] for note in first.of(Note)] == ["top_p"]
    assert [note.words.split()[0] for note in second.of(Note)] == ["top_p"]


async def test_max_tokens_is_sent_under_its_other_name_when_refused() -> None:
    def strict(seen: Any) -> Reply:
        if "max_completion_tokens" in seen.json:
            return json_reply({"detail": [{"loc": ["body", "max_completion_tokens"], "msg": "Extra"}]}, status=422)
        return OK

    asked = replace(request(), parameters={"max_tokens": 7})
    found, server = await ask_server(strict, asked, family="openai")
    assert found.text == "Hello"
    assert server.requests[-1].json["max_tokens"] == 7
