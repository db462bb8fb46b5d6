"""The network's faults, row by row: what is kept, what is said, how often is asked, and that no key is shown."""

from __future__ import annotations

import asyncio
import socket
import tracemalloc
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, aclosing, contextmanager
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from tests.waiting import wait_until
from tests.wire import (
    Hold,
    Pause,
    Reply,
    Reset,
    Script,
    Step,
    Until,
    WireServer,
    chunk,
    event,
    events_reply,
    json_reply,
    two_servers,
)
from tests.wire.faults import FAULTS, OK, Fault, make_handler
from tui.chat.turn import Turn, run_turn
from tui.domain.events import Note, RawFrame, RequestSent, ResponseStarted, Retrying, StreamEvent, TextDelta
from tui.domain.request import ChatRequest, ModelRef, PromptMessage, RequestOptions
from tui.errors import ConfigError, ConnectFailed, ModelUnknown, ParleyError, RateLimited, RequestRejected
from tui.providers.base import Endpoint, HttpCall, RetryPolicy, Timeouts
from tui.providers.dialects import provider_for
from tui.providers.exchange import HttpProvider, wanted_choices
from tui.providers.http import HttpClient
from tui.providers.parameters import table_for

T = TypeVar("T")

KEY = "sk-canary-0123456789abcdef"
QUICK = RetryPolicy(first_wait_s=0.01, longest_wait_s=0.05)
LIMITS = Timeouts(connect_s=5, first_byte_s=0.6, idle_s=0.3)
"""For what is to run into them; elsewhere a machine that stalls would."""
PATIENT = Timeouts(5, 30, 30)


def _table(endpoint: Endpoint, model: str, settings: Mapping[str, Any] | None = None) -> Any:
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
        async with aclosing(provider_for(endpoint, http, table_for=_table).stream(asked or request())) as events:
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


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault(name: str) -> None:
    fault = FAULTS[name]
    async with WireServer(make_handler()) as server:
        http = HttpClient()
        is_still = name.startswith(("stall", "silence", "held"))
        endpoint = endpoint_at(server.url, timeouts=LIMITS if is_still else PATIENT)
        provider = provider_for(endpoint, http, table_for=_table)
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


# -- no connection -----------------------------------------------------------------------------------------------------


async def test_nobody_listens() -> None:
    async with WireServer() as server:
        endpoint = endpoint_at(server.url)
    found = await ask(endpoint)
    assert isinstance(found.error, ConnectFailed)
    assert "refused" in str(found.error)
    assert "Is the server running" in str(found.error)


@contextmanager
def deaf_port() -> Iterator[int]:
    """A port whose connections are never established: its queue is full."""
    with socket.socket() as listener, ExitStack() as clients:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            client = clients.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


async def test_a_connection_that_does_not_come_about() -> None:
    with deaf_port() as port:
        hasty = replace(LIMITS, connect_s=0.2, first_byte_s=9)
        found = await ask(endpoint_at(f"http://127.0.0.1:{port}", timeouts=hasty, retry=replace(QUICK, attempts=2)))
    assert isinstance(found.error, ConnectFailed)
    assert "no connection within 0.2 s" in str(found.error)
    assert len(found.of(RequestSent)) == 2


async def test_connecting_can_be_cancelled() -> None:
    with deaf_port() as port:
        task = asyncio.create_task(ask(endpoint_at(f"http://127.0.0.1:{port}", timeouts=Timeouts(30, 30, 30))))
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.wait({task}, timeout=10)
    assert task.cancelled()


async def test_an_unknown_host_is_named() -> None:
    found = await ask(endpoint_at("http://nowhere.invalid", retry=RetryPolicy(attempts=2, first_wait_s=0.01)))
    assert isinstance(found.error, ConnectFailed)
    assert "nowhere.invalid" in str(found.error)
    assert "DNS" in str(found.error)
    assert len(found.of(RequestSent)) == 2


async def test_a_retired_service_says_so() -> None:
    found = await ask(
        endpoint_at("http://nowhere.invalid", retry=RetryPolicy(attempts=1), quirks={"retired": "It is gone."})
    )
    assert str(found.error).endswith("It is gone.")


async def test_https_to_a_plain_server_is_a_tls_error() -> None:
    async def answer_at_once(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer_at_once, "127.0.0.1", 0) as server:
        found = await ask(endpoint_at(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"))
    assert isinstance(found.error, ConnectFailed)
    assert "TLS" in str(found.error)
    assert "http://" in str(found.error)
    assert len(found.of(RequestSent)) == 1


async def test_a_proxy_is_used_for_others_and_named_but_never_for_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    async with two_servers(Reply(status=407, framing="length"), OK) as (proxy, here):
        monkeypatch.setenv("HTTP_PROXY", f"http://user:secret@127.0.0.1:{proxy.port}")
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:secret@127.0.0.1:{proxy.port}")
        found = await ask(endpoint_at("https://api.example", retry=RetryPolicy(attempts=1)))
        assert isinstance(found.error, ConnectFailed)
        assert f"proxy 127.0.0.1:{proxy.port}" in str(found.error)
        assert "secret" not in str(found.error)
        assert [seen.method for seen in proxy.requests] == ["CONNECT"]
        assert (await ask(endpoint_at(here.url))).text == "Hello"
        assert (await ask(endpoint_at(here.url.replace("127.0.0.1", "localhost")))).text == "Hello"
        assert len(proxy.requests) == 1


async def test_a_proxy_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    async with WireServer() as server:
        pass
    monkeypatch.setenv("ALL_PROXY", server.url)
    found = await ask(endpoint_at("http://api.example", retry=RetryPolicy(attempts=1)))
    assert f"by the proxy 127.0.0.1:{server.port}" in str(found.error)


@pytest.mark.parametrize("url", ["ftp://x.example", "http://", "http://[::1", "nonsense", "http://x.example:99999"])
async def test_a_bad_base_url_is_a_config_error(url: str) -> None:
    found = await ask(endpoint_at(url))
    assert isinstance(found.error, ConfigError | ConnectFailed)
    assert KEY not in str(found.error)


# -- what is sent ------------------------------------------------------------------------------------------------------


async def test_the_request_is_recorded_masked_and_sent_as_prepared() -> None:
    asked = request(extra_headers={"x-team": "red", "User-Agent": "mine"})
    async with WireServer(OK) as server:
        endpoint = endpoint_at(
            server.url, headers={"X-Other": "blue", "X-Api-Secret": "hidden-value-1"}, query={"api-version": "7"}
        )
        found = await ask(endpoint, asked)
        call = provider_for(endpoint, HttpClient(), table_for=_table).prepare(asked)
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
        found = await run_turn(Turn(provider_for(endpoint_at(server.url), http, table_for=_table), request()))
        await http.close()
    assert found.text == "x"
    assert found.meta["you"] == [{"sent": "***"}]
    assert found.meta["http"]["headers"]["x-you"] == "sent ***"
    assert found.notes
    assert KEY not in repr(found)


async def test_cookies_are_not_kept() -> None:
    async with WireServer(events_reply(chunk("x", finish="stop"), headers=(("Set-Cookie", "a=b"),))) as server:
        http = HttpClient()
        provider = provider_for(endpoint_at(server.url), http, table_for=_table)
        for _ in range(2):
            await run_turn(Turn(provider, request()))
        await http.close()
    assert all("cookie" not in seen.headers for seen in server.requests)


async def test_a_connection_is_used_again_after_done() -> None:
    async with WireServer(OK) as server:
        http = HttpClient()
        provider = provider_for(endpoint_at(server.url), http, table_for=_table)
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

BUSY = json_reply({"error": {"message": "Not now"}}, status=503)


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


# -- stopping ----------------------------------------------------------------------------------------------------------

FLOOD: list[Step] = [b": ping\n\n", Pause(0.001)]

STATES: dict[str, Script] = {
    "waiting for the head": Reply([Hold()], framing="raw"),
    "waiting for content": Reply([Hold()]),
    "between two pieces": Reply([event(chunk("so far")), Hold()]),
    "under a flood of pings": Reply(FLOOD * 20_000),
    "in an error's body": Reply([b"{", Hold()], status=400),
    "in a document": Reply([b'{"choices":', Hold()]),
    "after done": events_reply(chunk("x", finish="stop"), "[DONE]", Hold()),
}


@pytest.mark.parametrize("state", STATES)
async def test_cancelling_ends_at_once_and_hangs_up(state: str) -> None:
    async with WireServer(STATES[state]) as server:
        slow = Timeouts(30, 30, 30)
        task = asyncio.create_task(ask(endpoint_at(server.url, timeouts=slow)))
        await server.asked()
        await asyncio.sleep(0.05)
        before = asyncio.get_running_loop().time()
        task.cancel()
        await asyncio.wait({task}, timeout=20)
        took = asyncio.get_running_loop().time() - before
        assert task.done()
        assert took < 5.0  # the promise is 0.2 s; this is a bound on hangs
        await server.hung_up()


async def test_a_wait_before_the_next_try_can_be_cancelled() -> None:
    async with WireServer(json_reply({}, status=429, headers=(("Retry-After", "50"),))) as server:
        task = asyncio.create_task(ask(endpoint_at(server.url)))
        await wait_until(lambda: server.replies_finished)
        await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.wait({task}, timeout=10)
        assert task.cancelled()


async def test_closing_the_generator_closes_the_connection() -> None:
    async with WireServer(Reply([event(chunk("so far")), Hold()])) as server:
        http = HttpClient()
        stream = provider_for(endpoint_at(server.url), http, table_for=_table).stream(request())
        async for found in stream:
            if isinstance(found, TextDelta):
                break
        await stream.aclose()
        await server.hung_up()
        await http.close()


async def test_an_event_is_out_before_the_next_chunk_is_sent() -> None:
    more = asyncio.Event()
    async with WireServer(events_reply(chunk("one"), Until(more), chunk(" two", finish="stop"), done=True)) as server:
        http, seen = HttpClient(), []
        async with aclosing(provider_for(endpoint_at(server.url), http, table_for=_table).stream(request())) as stream:
            async with asyncio.timeout(5):
                async for found in stream:
                    if isinstance(found, TextDelta):
                        seen.append(found.text)
                        more.set()
        await http.close()
    assert seen == ["one", " two"]


async def test_one_failing_provider_leaves_the_others_alone() -> None:
    async with two_servers(Reply([event(chunk("a")), Pause(0.05), Reset()]), OK) as (bad, good):
        broken, fine = await asyncio.gather(ask(endpoint_at(bad.url)), ask(endpoint_at(good.url)))
    assert broken.error is not None
    assert (fine.error, fine.text) == (None, "Hello")


# -- listings ----------------------------------------------------------------------------------------------------------


async def _models(script: Script, **changes: Any) -> Any:
    http = HttpClient()
    async with WireServer(script) as server:
        provider = provider_for(endpoint_at(server.url, **changes), http, table_for=_table)
        assert isinstance(provider, HttpProvider)
        try:
            return await provider.models()
        finally:
            await http.close()


async def test_models_are_listed_also_after_a_failure() -> None:
    listing = json_reply({"data": [{"id": "a"}]})
    assert [model.id for model in await _models([BUSY, listing])] == ["a"]


async def test_a_second_listing_may_fail() -> None:
    def atoma(seen: Any) -> Reply:
        return (
            json_reply({"error": "x"}, status=500)
            if "open_router" in seen.path
            else json_reply({"data": [{"id": "a"}]})
        )

    found = await _models(atoma, quirks={"extra_models_url": "/open_router/models"}, retry=RetryPolicy(attempts=1))
    assert [model.id for model in found] == ["a"]


async def test_a_second_listing_adds_prices() -> None:
    def atoma(seen: Any) -> Reply:
        if "open_router" in seen.path:
            extra = {
                "id": "a",
                "name": "A",
                "context_length": 99,
                "pricing": {"prompt": "0.000001", "completion": "0.000002"},
            }
            return json_reply({"data": [extra]})
        return json_reply({"data": [{"id": "a", "owned_by": "atoma"}, {"id": "b"}]})

    first, second = await _models(atoma, quirks={"extra_models_url": "/open_router/models"})
    assert (first.price.input, first.price.output, first.context_tokens, first.name) == (1.0, 2.0, 99, "A")
    assert second.price.input is None


async def test_a_listing_that_is_not_there_names_the_address() -> None:
    with pytest.raises(ModelUnknown, match="/v1/models"):
        await _models(json_reply({"detail": "Not Found"}, status=404))


@pytest.mark.parametrize("page", [None, [], {}, 5, "x", {"data": None}, {"data": [None, 5, {}, {"id": 7}]}])
async def test_a_hostile_listing_is_empty(page: Any) -> None:
    assert await _models(json_reply(page)) == []


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ({}, 1),
        ({"n": 3}, 3),
        ({"num_samples": 2}, 2),
        ({"generationConfig": {"candidateCount": 4}}, 4),
        ({"prompt": ["a", "b"], "n": 2}, 4),
        ({"prompt": [1, 2, 3]}, 1),
        ({"prompt": [[1], [2]]}, 2),
        ({"prompt": "a", "n": "many"}, 1),
    ],
)
def test_how_many_replies_are_awaited(body: Any, count: int) -> None:
    assert wanted_choices(HttpCall("POST", "http://127.0.0.1:9", json=body)) == count
