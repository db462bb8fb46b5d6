"""Every dialect against its strict fake: each recorded reply, error and listing over a real connection."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.providers.cases import case_names, check_reply
from tests.providers.wire_endpoints import FAKES, reached
from tests.wire.rules import load_fixture
from tests.wire.server import Reply

REPLIES = [(f, n) for f in FAKES for n in case_names(f, on_wire=True)]
ERRORS = [(f, n) for f in FAKES for n in case_names(f, "errors")]


@pytest.mark.parametrize(("fake", "name"), REPLIES)
async def test_a_recorded_reply_arrives(fake: str, name: str) -> None:
    case = load_fixture(fake)["cases"][name]
    async with reached(fake, generation=case.get("generation", 1)) as there:
        if case.get("generation") == 3:
            there.provider.endpoint = replace(there.endpoint, base_url=there.server.url + "/g3/v1")
        reply = await there.ask(f"case: {name}", stream="document" not in case)
    expect = dict(case["expect"])
    is_silent = expect.get("text") == "" and not expect.get("tool_calls")
    if "error" in case:
        assert reply.error is not None
        assert case["error"]["words"] in reply.error.message
        assert reply.error.kind == ("stream-broken" if expect["text"] else reply.error.kind)
    elif "finish" in expect and expect["finish"] is None:
        assert reply.error is not None
        assert reply.error.kind == "stream-broken"
        expect["finish"] = "cut_short"
    elif expect.get("finish") == "error":
        assert reply.error is not None  # a finish that is an error is one, whether or not words come with it
        assert expect.get("finish_words", "") in reply.error.message
        return
    elif is_silent and expect["finish"] == "stop":
        assert reply.error is not None  # an empty reply is never a success
        assert reply.error.kind == "reply-unreadable"
        return
    else:
        assert reply.error is None, reply.error
    expect.pop("notes", None)
    if "choices" in expect:
        expect["choices"] = [choice for choice in expect["choices"] if choice["text"]]
        reply = replace(reply, choices=tuple(choice for choice in reply.choices if choice.text))
    check_reply(reply, expect)
    assert reply.meta["http"]["status"] == 200


@pytest.mark.parametrize(("fake", "name"), ERRORS)
async def test_a_recorded_error_becomes_words(fake: str, name: str) -> None:
    error = load_fixture(fake)["errors"][name]
    async with reached(fake) as there:
        reply = await there.ask(f"error: {name}")
        assert len(there.server.requests) == 1
    assert reply.error is not None
    assert reply.error.status == error["status"]
    words = error["rejection"].get("words", "")
    if words and "<html>" not in words:
        assert words.rstrip(".") in reply.error.message.replace("“", '"').replace("”", '"')
    assert "<html>" not in reply.error.message


@pytest.mark.parametrize("fake", [name for name in FAKES if name != "openai_completions"])
async def test_the_listing_is_fetched(fake: str) -> None:
    async with reached(fake) as there:
        models = await there.provider.models()
    assert [model.id for model in models] == [model["id"] for model in load_fixture(fake)["listing"]["expect"]]


@pytest.mark.parametrize("fake", [name for name in FAKES if name != "ollama"])
async def test_a_wrong_key_is_named_by_its_place_and_never_shown(fake: str) -> None:
    async with reached(fake, key="wrong-canary-key", key_source="SOME_VARIABLE") as there:
        reply = await there.ask("Hi")
    assert reply.error is not None
    assert reply.error.kind == "key-rejected"
    assert "SOME_VARIABLE" in reply.error.message
    assert "canary" not in repr(reply)


@pytest.mark.parametrize("fake", FAKES)
async def test_what_was_sent_is_recorded_with_the_key_masked(fake: str) -> None:
    async with reached(fake) as there:
        reply = await there.ask("Hi")
        assert reply.error is None
        assert reply.sent is not None
        assert reply.sent["json"] == there.sent
        assert there.endpoint.key == "" or there.endpoint.key not in repr(reply.sent)


@pytest.mark.parametrize("fake", FAKES)
async def test_the_endpoint_decides_about_streaming_when_nobody_says(fake: str) -> None:
    async with reached(fake, stream=False) as there:
        reply = await there.ask("Hi")
        assert reply.error is None
        assert reply.text
    request = there.server.requests[0]
    assert request.json.get("stream", False) is False
    assert "streamGenerateContent" not in request.path


async def test_what_no_file_can_hold_is_no_meta() -> None:
    deep: Any = "bottom"
    for _ in range(100):
        deep = [deep]
    frame = {"choices": [{"index": 0, "text": "ok", "finish_reason": "stop"}], "odd": 1, "deep": deep}
    line = json.dumps(frame).replace('"odd": 1', '"odd": 1e999, "huge": 1' + "0" * 400)
    async with reached("openai_completions") as there:
        there.server.script = Reply([f"data: {line}\n\ndata: [DONE]\n\n".encode()])
        reply = await there.ask("Hi")
    assert reply.error is None
    assert reply.meta["odd"] is None
    assert reply.meta["huge"] is None
    json.dumps(dict(reply.meta), allow_nan=False)
