"""Model listings: remembered, renewed, and old rather than none."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.wire.server import Pause, Reply, SeenRequest, WireServer, json_reply
from tui import paths
from tui.errors import ConfigError, ConnectFailed, RequestRejected
from tui.providers.base import Endpoint, ModelFacts, Price
from tui.providers.catalog import FRESH_S, Catalog
from tui.providers.http import HttpClient

KEY = "sk-canary-123456"


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now_s = 1_000_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    client = HttpClient()
    yield client
    await client.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def _listing(*names: str) -> Reply:
    return json_reply({"object": "list", "data": [{"id": name, "object": "model"} for name in names]})


def _endpoint(server: WireServer, **more: object) -> Endpoint:
    return replace(Endpoint("work", "openai-chat", f"{server.url}/v1", key=KEY), **more)  # type: ignore[arg-type]


def _files() -> list[Path]:
    return sorted((paths.cache_dir() / "models").glob("*"))


async def test_a_listing_is_asked_for_once_and_kept_on_disk(http: HttpClient, clock: Clock) -> None:
    async with WireServer(_listing("big", "small")) as server:
        endpoint = _endpoint(server)
        first = await Catalog(http, now=clock).models(endpoint)
        clock.now_s += 60
        second = await Catalog(http, now=clock).models(endpoint)  # another process
        assert [model.id for model in first.models] == [model.id for model in second.models] == ["big", "small"]
        assert (first.age_s, second.age_s) == (0, 60)
        assert not second.is_stale
        assert [request.path for request in server.requests] == ["/v1/models"]
        assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


async def test_a_listing_is_renewed_after_a_day_or_when_asked(http: HttpClient, clock: Clock) -> None:
    async with WireServer([_listing("a"), _listing("b"), _listing("c")]) as server:
        catalog, endpoint = Catalog(http, now=clock), _endpoint(server)
        await catalog.models(endpoint)
        clock.now_s += FRESH_S + 1
        assert [model.id for model in (await catalog.models(endpoint)).models] == ["b"]
        assert [model.id for model in (await catalog.models(endpoint, refresh=True)).models] == ["c"]


async def test_a_clock_turned_back_is_no_reason_to_keep_a_list_forever(http: HttpClient, clock: Clock) -> None:
    async with WireServer([_listing("a"), _listing("b")]) as server:
        endpoint = _endpoint(server)
        await Catalog(http, now=clock).models(endpoint)
        clock.now_s -= 100 * FRESH_S
        assert [model.id for model in (await Catalog(http, now=clock).models(endpoint)).models] == ["b"]


async def test_a_failure_leaves_the_old_list_with_words(http: HttpClient, clock: Clock) -> None:
    async with WireServer([_listing("a"), json_reply({"error": {"message": "maintenance"}}, status=503)]) as server:
        catalog, endpoint = Catalog(http, now=clock), _endpoint(server)
        await catalog.models(endpoint)
        clock.now_s += 3 * FRESH_S
        old = await catalog.models(endpoint)
        assert [model.id for model in old.models] == ["a"]
        assert (old.is_stale, old.age_s) == (True, 3 * FRESH_S)
        assert "maintenance" in old.error
        assert isinstance(old.failure, RequestRejected)
        again = await catalog.models(endpoint)  # the server is left alone for a while
        assert again.is_stale
        assert len(server.requests) == 2
        await catalog.models(endpoint, refresh=True)
        assert len(server.requests) == 3


async def test_nothing_remembered_and_nobody_there(http: HttpClient) -> None:
    endpoint = Endpoint("work", "openai-chat", "http://127.0.0.1:9/v1", models=("big",))
    listing = await Catalog(http).models(endpoint)
    assert isinstance(listing.failure, ConnectFailed)
    assert [model.id for model in listing.models] == ["big"]
    assert not listing.is_stale
    assert _files() == []


async def test_a_missing_key_is_a_failure_that_sends_nothing(http: HttpClient) -> None:
    async with WireServer(_listing("a")) as server:
        listing = await Catalog(http).models(_endpoint(server, key="", key_problem="work needs a key."))
        assert isinstance(listing.failure, ConfigError)
        assert server.requests == []


async def test_models_of_the_configuration_come_first_and_its_prices_win(http: HttpClient) -> None:
    reply = json_reply(
        {"data": [{"id": "a", "pricing": {"prompt": "0.000001", "completion": "0.000002"}}, {"id": "b"}]}
    )
    async with WireServer(reply) as server:
        endpoint = _endpoint(server, models=("own", "b"), prices={"a": Price(output=9.0), "own": Price(1.0, 2.0)})
        catalog = Catalog(http)
        listing = await catalog.models(endpoint)
        assert [model.id for model in listing.models] == ["own", "b", "a"]
        assert [model.price for model in listing.models] == [Price(1.0, 2.0), Price(), Price(1.0, 9.0)]
        known = catalog.known(endpoint, "a")
        assert known is not None
        assert known.price == Price(1.0, 9.0)


async def test_a_server_that_cannot_list_is_fine_when_models_are_named(http: HttpClient) -> None:
    async with WireServer(json_reply({"error": "no"}, status=404)) as server:
        named = await Catalog(http).models(_endpoint(server, models=("big",)))
        assert (named.error, [model.id for model in named.models]) == ("", ["big"])
        unnamed = await Catalog(http).models(_endpoint(server))
        assert unnamed.error


async def test_listings_are_not_tried_again(http: HttpClient) -> None:
    async with WireServer(json_reply({}, status=500)) as server:
        await Catalog(http).models(_endpoint(server))
        assert len(server.requests) == 1


async def test_asked_twice_at_once_the_server_hears_it_once(http: HttpClient) -> None:
    async with WireServer(_listing("a")) as server:
        catalog, endpoint = Catalog(http), _endpoint(server)
        await asyncio.gather(*(catalog.models(endpoint) for _ in range(5)))
        assert len(server.requests) == 1


async def test_another_address_is_another_listing(http: HttpClient) -> None:
    async with WireServer(_listing("a")) as one, WireServer(_listing("b")) as two:
        await Catalog(http).models(_endpoint(one))
        assert [model.id for model in (await Catalog(http).models(_endpoint(two))).models] == ["b"]
        assert len(_files()) == 2


async def test_the_file_holds_no_key_and_is_the_users_own(http: HttpClient) -> None:
    def echo(request: SeenRequest) -> Reply:
        return json_reply({"data": [{"id": "m", "name": request.headers["authorization"]}]})

    async with WireServer(echo) as server:
        await Catalog(http).models(_endpoint(server))
    (file,) = _files()
    assert "canary" not in file.read_text()
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["..", "a b", "x" * 300, ".hidden", "ä"])
async def test_names_make_no_paths(http: HttpClient, name: str) -> None:
    async with WireServer(_listing("a")) as server:
        await Catalog(http).models(_endpoint(server, name=name))
    (file,) = _files()
    assert file.name.startswith("endpoint-")


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"format":"other"}',
        b'{"format":"parley-models","version":2,"asked_at":1,"models":[]}',
        b'{"format":"parley-models","version":1,"asked_at":"x","models":[]}',
        b'{"format":"parley-models","version":1,"asked_at":1e999,"models":[{"id":"a","price":{"input":1}}]}',
        b'{"format":"parley-models","version":1,"asked_at":1' + b"0" * 400 + b',"models":[]}',
        b'{"format":"parley-models","version":1,"asked_at":1,"models":[{"name":"x"}]}',
        b'{"format":"parley-models","version":1,"asked_at":1,"models":[3]}',
        b'{"format":"parley-models","version":1,"asked_at":1,"models":[{"id":3}]}',
        b'{"format":"parley-models","version":1,"asked_at":1,"models":[{"id":"a","price":{"x":1}}]}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
async def test_a_damaged_file_is_asked_for_again(http: HttpClient, damage: bytes) -> None:
    async with WireServer(_listing("a")) as server:
        endpoint = _endpoint(server)
        await Catalog(http).models(endpoint)
        (file,) = _files()
        file.write_bytes(damage)
        assert [model.id for model in (await Catalog(http).models(endpoint)).models] == ["a"]
        assert len(server.requests) == 2


async def test_a_cache_that_cannot_be_written_is_no_failure(http: HttpClient) -> None:
    paths.cache_dir().parent.mkdir(parents=True, exist_ok=True)
    paths.cache_dir().write_text("in the way")
    async with WireServer(_listing("a")) as server:
        listing = await Catalog(http).models(_endpoint(server))
    assert listing.error == ""
    assert [model.id for model in listing.models] == ["a"]


async def test_everything_known_of_a_model_survives_the_file(http: HttpClient) -> None:
    model = {
        "id": "m",
        "name": "Model",
        "context_length": 1000,
        "supported_parameters": ["temperature", "max_tokens"],
        "pricing": {"prompt": "0.000001", "completion": "0.000002"},
        "top_provider": {"max_completion_tokens": 50},
        "description": "x" * 5000,
    }
    async with WireServer(json_reply({"data": [model]})) as server:
        endpoint = _endpoint(server)
        fresh = (await Catalog(http).models(endpoint)).models[0]
        kept = Catalog(http).known(endpoint, "m")
    assert kept is not None
    assert replace(kept, meta={}) == replace(fresh, meta={})
    assert "description" not in kept.meta
    (file,) = _files()
    assert "x" * 200 not in file.read_text()
    assert json.loads(file.read_text())["endpoint"] == "work"


async def test_tables_know_what_listings_say(http: HttpClient) -> None:
    async with WireServer(json_reply({"data": [{"id": "m", "supported_parameters": ["temperature"]}]})) as server:
        catalog, endpoint = Catalog(http), _endpoint(server, family="openrouter")
        assert catalog.table_for(endpoint, "m")["top_p"].is_taken
        await catalog.models(endpoint)
        assert not catalog.table_for(endpoint, "m")["top_p"].is_taken
        assert catalog.table_for(endpoint, "other")["top_p"].is_taken


async def test_what_somebody_else_lists_is_neither_asked_for_nor_kept(http: HttpClient) -> None:
    async def installed(endpoint: Endpoint) -> list[ModelFacts]:
        return [ModelFacts("default")]

    catalog = Catalog(http, sources={"local": installed})
    listing = await catalog.models(Endpoint("local", "openai-chat", ""))
    assert [model.id for model in listing.models] == ["default"]
    assert _files() == []


async def test_remembered_asks_nobody(http: HttpClient, clock: Clock) -> None:
    async with WireServer(_listing("a")) as server:
        catalog, endpoint = Catalog(http, now=clock), _endpoint(server)
        assert catalog.remembered(endpoint).models == ()
        await catalog.models(endpoint)
        clock.now_s += 10 * FRESH_S
        assert [model.id for model in Catalog(http, now=clock).remembered(endpoint).models] == ["a"]
        assert len(server.requests) == 1


async def test_a_cancelled_listing_lets_the_next_one_through(http: HttpClient) -> None:
    async with WireServer([Reply([Pause(30)]), _listing("a")]) as server:
        catalog, endpoint = Catalog(http), _endpoint(server)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await catalog.models(endpoint)
        assert [model.id for model in (await catalog.models(endpoint)).models] == ["a"]
