"""Listings of models: also after failures, from two places, and hostile ones."""

from __future__ import annotations

from typing import Any

import pytest

from tests.providers.exchanging import BUSY, endpoint_at, rows_of
from tests.wire import Reply, Script, WireServer, json_reply
from tui.errors import ModelUnknown
from tui.providers.base import HttpCall, RetryPolicy
from tui.providers.dialects import provider_for
from tui.providers.exchange import HttpProvider, wanted_choices
from tui.providers.http import HttpClient


async def _models(script: Script, **changes: Any) -> Any:
    http = HttpClient()
    async with WireServer(script) as server:
        provider = provider_for(endpoint_at(server.url, **changes), http, table_for=rows_of)
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
