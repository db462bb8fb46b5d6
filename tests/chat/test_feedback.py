"""Ratings reach Humanloop by the ids of its replies, and nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.wire import humanloop
from tests.wire.server import WireServer
from tui.chat.connections import Connections
from tui.chat.conversation import Conversation, ForgetfulRecorder
from tui.chat.feedback import BAD, GOOD, pass_on_vote, rate, takes_ratings
from tui.config import Config, EndpointSection
from tui.domain import acts
from tui.domain.record import Voted
from tui.domain.session import Message, Session
from tui.errors import ConfigError, RequestRejected


@pytest.fixture
async def server() -> AsyncIterator[WireServer]:
    async with WireServer(humanloop.make_handler()) as found:
        yield found


def connected(server: WireServer, **environ: str) -> Connections:
    section = EndpointSection(base_url=f"{server.url}/v4")
    return Connections(Config(endpoints={"humanloop": section}), environ=environ)


@pytest.fixture
async def connections(server: WireServer) -> AsyncIterator[Connections]:
    found = connected(server, HUMANLOOP_API_KEY=humanloop.KEY, OPENAI_API_KEY="x")
    yield found
    await found.close()


async def asked(connections: Connections, prompt: str) -> Session:
    """A session with Humanloop's reply to a prompt."""
    session = Session()
    session.apply(acts.start(app="test"))
    added = acts.add_column("humanloop/gpt-4o")
    session.apply(added)
    column = session.columns[added.column]
    conversation = Conversation(session, ForgetfulRecorder())
    await conversation.ask([column], prompt)
    provider = connections.provider(column.model)
    run = await conversation.begin(column, provider, conversation.request(column))
    async for _ in conversation.events(run):
        pass
    return session


def replies(session: Session) -> list[Message]:
    return sorted((found for found in session.messages.values() if found.is_reply), key=lambda found: found.choice)


async def test_a_rating_names_the_reply_by_its_data_id(server: WireServer, connections: Connections) -> None:
    message = replies(await asked(connections, "Hi"))[0]
    assert takes_ratings(connections, message)
    assert await rate(connections, message, GOOD, user="ada")
    last = server.requests[-1]
    assert (last.method, last.path) == ("POST", "/v4/feedback")
    assert last.json == {"type": "rating", "value": "good", "data_id": "data_o", "user": "ada"}
    assert last.headers["x-api-key"] == humanloop.KEY


async def test_each_sample_has_its_own(server: WireServer, connections: Connections) -> None:
    first, second = replies(await asked(connections, "case: samples"))
    assert await rate(connections, second, BAD)
    assert server.requests[-1].json == {"type": "rating", "value": "bad", "data_id": "d1"}
    assert await rate(connections, first, GOOD)
    assert server.requests[-1].json["data_id"] == "d0"


async def test_a_vote_is_passed_on(server: WireServer, connections: Connections) -> None:
    session = await asked(connections, "case: samples")
    first, second = (message.id for message in replies(session))
    vote = Voted("2026-01-01T00:00:00Z", (first, second), second)
    before = len(server.requests)
    assert await pass_on_vote(connections, session, vote) == 1
    assert await pass_on_vote(connections, session, replace(vote, winner=None, verdict="tie")) == 0
    assert await pass_on_vote(connections, session, replace(vote, winner=None, verdict="all_bad")) == 2
    assert await pass_on_vote(connections, session, replace(vote, judge="openai/gpt-4.1")) == 0
    sent = [(request.json["data_id"], request.json["value"]) for request in server.requests[before:]]
    assert sent == [("d1", "good"), ("d0", "bad"), ("d1", "bad")]


async def test_others_have_no_place_for_it(server: WireServer, connections: Connections) -> None:
    message = replies(await asked(connections, "Hi"))[0]
    before = len(server.requests)
    for changed in (
        replace(message, meta={}),
        replace(message, meta={"data_ids": "d"}),
        replace(message, model="openai/gpt-4.1"),
        replace(message, model="gone/m"),
        replace(message, role="user"),
    ):
        assert not await rate(connections, changed, GOOD)
    assert len(server.requests) == before


async def test_a_refusal_is_said(connections: Connections, server: WireServer) -> None:
    message = replies(await asked(connections, "Hi"))[0]
    stranger = connected(server, HUMANLOOP_API_KEY="wrong")
    keyless = connected(server)
    try:
        with pytest.raises(RequestRejected):
            await rate(stranger, message, GOOD)
        with pytest.raises(ConfigError, match="HUMANLOOP_API_KEY"):
            await rate(keyless, message, GOOD)
    finally:
        await stranger.close()
        await keyless.close()
