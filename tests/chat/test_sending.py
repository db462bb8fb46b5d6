"""Parameters that say how to send never reach a body; they do reach the wire."""

from __future__ import annotations

from typing import Any

import pytest

from tests.providers.wire_endpoints import reached
from tui.chat.sending import split_options
from tui.chat.turn import Turn, run_turn
from tui.domain.request import ChatRequest, ModelRef, PromptMessage, RequestOptions
from tui.errors import ConfigError


def test_they_are_taken_out_of_the_parameters() -> None:
    given = {"temperature": 0.5, "headers": {"X-Team": "red"}, "retry": {"attempts": 1}, "timeout": {"idle_s": 5}}
    asked, options = split_options(given)
    assert asked == {"temperature": 0.5}
    assert options == RequestOptions(extra_headers={"X-Team": "red"}, retry={"attempts": 1}, timeout={"idle_s": 5})


def test_a_point_reaches_into_them() -> None:
    asked, options = split_options({"retry.attempts": 1, "retry": {"total_s": 9}, "a.b": 1})
    assert asked == {"a.b": 1}
    assert options.retry == {"attempts": 1, "total_s": 9}


def test_without_them_nothing_changes() -> None:
    wanted = RequestOptions(stream=False)
    assert split_options({"stream": True}, wanted) == ({"stream": True}, wanted)


def test_what_the_caller_wants_wins() -> None:
    _, options = split_options({"retry": {"attempts": 5}}, RequestOptions(stream=False, retry={"attempts": 1}))
    assert (options.stream, options.retry) == (False, {"attempts": 1})


def test_a_secret_header_is_a_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATE", "s3cret")
    _, options = split_options({"headers": {"X-Gate-Token": {"env": "GATE"}}})
    assert options.extra_headers == {"X-Gate-Token": "s3cret"}
    with pytest.raises(ConfigError, match="say where it is found") as caught:
        split_options({"headers": {"Authorization": "Bearer s3cret"}})
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("given", [{"headers": 1}, {"retry": "no"}, {"timeout": 5}, {"headers": {"X-Team": 5}}])
def test_wrong_shapes_are_said(given: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        split_options(given)


async def test_the_wire_gets_the_header_and_no_body_the_names() -> None:
    async with reached("openai_chat") as at:
        parameters, options = split_options({"headers": {"X-Team": "red"}, "retry": {"attempts": 1}})
        messages = (PromptMessage("user", "Hi"),)
        request = ChatRequest(ModelRef("there", "gpt-test"), messages, "", parameters, options)
        reply = await run_turn(Turn(at.provider, request))
        assert reply.error is None
        assert at.server.requests[0].headers["x-team"] == "red"
        assert not {"headers", "retry", "timeout"} & set(at.sent)


@pytest.mark.parametrize("given", [{"retry": {"tries": 2}}, {"timeout": {"idle_s": -1}}])
async def test_unknown_settings_are_refused_before_anything_is_sent(given: dict[str, Any]) -> None:
    async with reached("openai_chat") as at:
        parameters, options = split_options(given)
        request = ChatRequest(ModelRef("there", "gpt-test"), (PromptMessage("user", "Hi"),), "", parameters, options)
        with pytest.raises(ConfigError):
            at.provider.prepare(request)
        assert at.server.requests == []
