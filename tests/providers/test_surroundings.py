"""What stands around a request: proxies, certificates, redirects of any kind, headers that are secret by reference."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.cli.running import config_file, parley
from tests.providers.exchanging import KEY, ask, ask_server, endpoint_at, listening, request
from tests.wire import Close, Reply, WireServer, chunk, events_reply, json_reply, served_in_thread
from tests.wire.faults import HELLO, OK
from tui.config import KeyReference, parse_config
from tui.domain.events import RequestSent, ResponseStarted
from tui.domain.request import RequestOptions
from tui.errors import ConfigError, ConnectFailed, ContextTooLong, RequestRejected
from tui.providers.base import HttpCall, RetryPolicy
from tui.providers.endpoints import resolve
from tui.providers.faults import Talk
from tui.providers.keys import read_key
from tui.text.redact import MASK

SECRET = "tea-4-two-and-2-4-tea"
"""Stands in a header whose name says nothing."""
HEADERS = 'headers = { X-Team = "red", X-Cup = { env = "CUP" } }'


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("http://[bad", "a redirect to what is no address"),
        ("http://evil.example:abc/", "a redirect to evil.example:abc"),
        ("http://user:pass@evil.example:99999/v1", "a redirect to evil.example:99999"),
        ("javascript:alert(1)", "a redirect to an address of another kind (javascript)"),
        ("//evil.example", "a redirect to evil.example"),
        ("/elsewhere", "a redirect to 127.0.0.1"),
        (None, "a redirect to 127.0.0.1"),
    ],
)
async def test_every_redirect_is_refused_as_one(location: str | None, words: str) -> None:
    headers = (("Location", location),) if location is not None else ()
    result, server = await ask_server(Reply(status=307, headers=headers))
    assert isinstance(result.error, RequestRejected)
    assert (result.error.status, len(server.requests)) == (307, 1)
    assert words in str(result.error)
    assert "pass@" not in str(result.error)
    head = next(iter(result.of(ResponseStarted)))
    assert head.headers.get("location") == location


async def test_not_modified_is_no_redirect() -> None:
    result, server = await ask_server(Reply(status=304))
    assert isinstance(result.error, RequestRejected)
    assert (result.error.status, len(server.requests)) == (304, 1)
    assert "nothing has changed (304), as a cache would" in str(result.error)
    assert "redirect" not in str(result.error)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"ALL_PROXY": "socks5://me:pass@127.0.0.1:1"}, "ALL_PROXY names is a SOCKS proxy, which needs a package"),
        ({"HTTP_PROXY": "foo://me:pass@127.0.0.1:1"}, "HTTP_PROXY names has no address that can be used"),
        ({"HTTPS_PROXY": "http://me:pass@127.0.0.1:port"}, "HTTPS_PROXY names has no address that can be used"),
        ({"SSL_CERT_FILE": "/nothing-of-this-name"}, "SSL_CERT_FILE names cannot be used: no such file"),
        ({"SSL_CERT_FILE": __file__}, "SSL_CERT_FILE names cannot be used: they are none"),
    ],
)
async def test_an_environment_that_cannot_be_used_is_a_sentence(
    variables: dict[str, str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    result = await ask(endpoint_at("https://nowhere.invalid"))
    assert isinstance(result.error, ConfigError)
    assert words in str(result.error)
    assert "pass@" not in str(result.error)
    async with WireServer(OK) as server:  # what is on this machine goes past all that
        assert (await ask(endpoint_at(server.url))).error is None


async def test_a_header_given_by_reference_is_a_secret_whatever_its_name() -> None:
    toml = f'[endpoints.work]\ndialect = "openai-chat"\nbase_url = "http://127.0.0.1"\n{HEADERS}\n'
    endpoint = resolve(parse_config(toml), "work", {"CUP": SECRET})
    assert endpoint.secrets() == {SECRET}
    echo = json_reply({"error": {"message": f"who is {SECRET}?"}}, status=400, headers=(("X-Back", SECRET),))
    result, server = await ask_server(echo, headers=endpoint.headers, secret_headers=endpoint.secret_headers)
    assert server.requests[0].headers["x-cup"] == SECRET
    assert SECRET not in repr((result.events, result.error, vars(result.error) if result.error else None))
    assert result.of(RequestSent)[0].headers["X-Cup"] == "***"
    assert result.of(RequestSent)[0].headers["X-Team"] == "red"


def test_it_is_shown_and_kept_nowhere(tmp_path: Path, clean_environment: Path) -> None:
    def answer(request: object) -> Reply:
        return json_reply({"choices": [{"message": {"content": f"You are {SECRET}."}, "finish_reason": "stop"}]})

    with served_in_thread(answer) as server:
        text = f'[endpoints.work]\ndialect = "openai-chat"\nbase_url = "{server.url}/v1"\nstream = false\n{HEADERS}\n'
        file = config_file(tmp_path, text)
        env = {"CUP": SECRET}
        dry = parley("ask", "-m", "work/m", "--dry-run", "hi", "--config", file, env=env)
        done = parley("ask", "-m", "work/m", "hi", "--config", file, env=env)
        exported = parley("sessions", "export", done_id(env), "--format", "json", "--config", file, env=env)
    assert (dry.json["headers"]["X-Cup"], dry.json["headers"]["X-Team"]) == ("***", "red")
    assert (dry.code, done.code, exported.code) == (0, 0, 0)
    assert SECRET not in dry.out + dry.err + done.err + exported.out
    kept = [path.read_bytes() for path in clean_environment.rglob("*") if path.is_file()]
    assert kept
    assert not any(SECRET.encode() in content for content in kept)


def done_id(env: dict[str, str]) -> str:
    found: str = parley("sessions", "list", "--json", env=env).json[0]["id"]
    return found


def test_no_representation_shows_it() -> None:
    endpoint = endpoint_at("http://127.0.0.1", headers={"X-Cup": SECRET})
    options = RequestOptions(extra_headers={"X-Cup": SECRET})
    call = HttpCall("POST", "http://127.0.0.1", {"X-Cup": SECRET})
    assert SECRET not in repr(
        (endpoint, options, call, Talk.about(call, endpoint), read_key(KeyReference(env="CUP"), {"CUP": SECRET}))
    )


def test_a_header_of_one_request_is_a_secret_as_well(tmp_path: Path, clean_environment: Path) -> None:
    with served_in_thread(json_reply({"error": {"message": f"who is {SECRET}?"}}, status=400)) as server:
        text = f'[endpoints.work]\ndialect = "openai-chat"\nbase_url = "{server.url}/v1"\n'
        asking = ("ask", "-m", "work/m", "-p", 'headers={"X-Cup": {"env": "CUP"}}', "hi")
        env = {"CUP": SECRET}
        dry = parley(*asking, "--dry-run", "--config", config_file(tmp_path, text), env=env)
        done = parley(*asking, "--config", config_file(tmp_path, text), env=env)
        assert [request.headers["x-cup"] for request in server.requests] == [SECRET]
    assert (dry.json["headers"]["X-Cup"], done.code) == ("***", 1)
    kept = b"".join(path.read_bytes() for path in clean_environment.rglob("*") if path.is_file())
    assert SECRET not in dry.out + dry.err + done.out + done.err + kept.decode("utf-8", "replace")


async def test_a_proxy_that_refuses_plain_http_is_named_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    async with WireServer(Reply(status=407, framing="length")) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://user:secret@127.0.0.1:{proxy.port}")
        found = await ask(endpoint_at("http://api.example"))
    assert isinstance(found.error, ConnectFailed)
    assert f"the proxy 127.0.0.1:{proxy.port} refused" in str(found.error)
    assert "secret" not in str(found.error)
    assert len(proxy.requests) == 1


@pytest.mark.parametrize(
    ("demand", "words"), [("60.2", "61 s, longer"), ("61", "61 s, longer"), ("99999", "28 h, longer")]
)
async def test_a_wait_too_long_is_not_rounded_to_one_that_would_do(demand: str, words: str) -> None:
    found, server = await ask_server(Reply(status=429, headers=[("Retry-After", demand)], framing="length"))
    assert words in str(found.error)
    assert len(server.requests) == 1


async def test_half_an_answer_that_refuses_is_shown() -> None:
    reply = Reply((b'{"detail":"no roo', Close()), status=400, framing="length", length=999)
    found, _ = await ask_server(reply)
    assert isinstance(found.error, RequestRejected)
    assert "no roo" in str(found.error)
    assert "the rest of its answer did not come" in str(found.error)


TOO_LARGE = (
    b"HTTP/1.1 413 Content Too Large\r\nContent-Type: application/json\r\nContent-Length: 35\r\n\r\n"
    b'{"error":{"message":"Over 1 MiB."}}'
)


@pytest.mark.parametrize("end", ["close", "abort", "read on"])
async def test_a_large_request_that_is_refused_on_its_way_is_told_so_at_once(end: str) -> None:
    connections = 0

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(TOO_LARGE)
        await writer.drain()
        while end == "read on" and await reader.read(2**16):
            pass
        if end == "abort":
            writer.transport.abort()

    async with listening(refuse) as url:
        found = await ask(endpoint_at(url), request("x" * 32 * 2**20))
    assert isinstance(found.error, ContextTooLong)
    assert (found.error.status, connections) == (413, 1)
    assert "Over 1 MiB" in str(found.error)


async def test_a_large_request_can_be_stopped_on_its_way() -> None:
    is_on_its_way, is_stopped = asyncio.Event(), asyncio.Event()

    async def stay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        is_on_its_way.set()
        await is_stopped.wait()
        writer.transport.abort()

    async with listening(stay) as url:
        asking = asyncio.create_task(ask(endpoint_at(url), request("x" * 32 * 2**20)))
        await is_on_its_way.wait()
        asking.cancel()
        await asyncio.wait({asking}, timeout=10)
        is_stopped.set()
    assert asking.cancelled()


async def test_a_large_request_is_answered_like_any_other() -> None:
    found, server = await ask_server(events_reply(*HELLO), request("x" * 4 * 2**20))
    assert (found.error, found.text) == (None, "Hello")
    assert len(server.requests[0].body) > 4 * 2**20


async def test_a_large_request_that_breaks_off_says_how_large_it_is() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.abort()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        found = await ask(endpoint_at(url, retry=RetryPolicy(attempts=1)), request("x" * 32 * 2**20))
    assert isinstance(found.error, ConnectFailed)
    assert "while 32 MiB were on their way. The server may take less" in str(found.error)


@pytest.mark.parametrize(
    "reply",
    [
        events_reply({f"x_{KEY}": {KEY: 1}}, *HELLO),
        Reply(events_reply(*HELLO).steps, headers=((f"X-{KEY}", "1"), ("X-Host", f"{KEY.upper()}.example"))),
        events_reply(chunk("Hello"), chunk(finish=KEY)),
        Reply((b"data: {" + b"E" * 60 + KEY.encode() + b"\n\n", *events_reply(*HELLO).steps)),
        Reply((b"data: {" + b"E" * 380 + KEY.encode() + b"\n\n", *events_reply(*HELLO).steps)),
        json_reply({"error": {"message": "E" * 280 + KEY + "E" * 2**18}}, status=400),
        json_reply(
            {"error": {"message": "No", "metadata": {"provider_name": "Up", "raw": "E" * 490 + KEY + "E" * 9}}},
            status=400,
        ),
        Reply((b'{"detail":"' + KEY[:14].encode(), Close()), status=400, framing="length", length=999),
        Reply((b"E" * (2**16 - 14) + KEY.encode() * 9,), status=500, framing="length"),
    ],
    ids=[
        "names",
        "headers",
        "finish",
        "bad line",
        "long bad line",
        "long error",
        "upstream",
        "cut error",
        "cut at limit",
    ],
)
async def test_no_half_of_a_key_is_in_what_a_server_adds(reply: Reply) -> None:
    found, _ = await ask_server(reply, request(wants_frames=True), retry=RetryPolicy(attempts=1))
    error = found.error
    said = repr([found.events, str(error), getattr(error, "body", ""), getattr(error, "fragment", "")])
    assert KEY[:10].lower() not in said.lower()
    assert MASK in said
