"""The dialect `openai-completions`: texts to be continued, and gaps to be filled."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.providers.asking import call_for, chat, completion, endpoint_of
from tests.providers.wire_endpoints import reached
from tui.errors import ConfigError
from tui.providers.openai_completions import OpenAICompletions, stop_reason_of
from tui.providers.parameters import table_for

DIALECT = OpenAICompletions()
ATOMA = {"default_max_tokens": 16}


def body(request: Any, **changes: Any) -> Any:
    return call_for(DIALECT, request, **changes).json


def test_a_plain_request_asks_for_usage_and_nothing_else() -> None:
    assert body(completion()) == {
        "model": "m",
        "prompt": "Once",
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert body(completion(stream=False)) == {"model": "m", "prompt": "Once"}
    assert "stream_options" not in body(completion(), quirks={"stream_options": False})


@pytest.mark.parametrize(
    ("prompt", "wanted"), [("a", "a"), (("a", "b"), ["a", "b"]), ((1, 2, 3), [1, 2, 3])], ids=["text", "texts", "ids"]
)
def test_prompts_of_all_kinds(prompt: Any, wanted: Any) -> None:
    assert body(completion(prompt))["prompt"] == wanted


def test_a_chat_is_told_what_completes_texts_here_and_on_the_command_line() -> None:
    with pytest.raises(ConfigError, match=r"`parley complete -m [^`]+`, or a document in the app\."):
        call_for(DIALECT, chat())


def test_the_suffix_of_the_request_is_the_row_too() -> None:
    assert body(completion("a", suffix="b"))["suffix"] == "b"
    assert body(completion("", suffix="b"))["prompt"] == ""


def test_a_suffix_that_would_be_dropped_is_an_error() -> None:
    endpoint = endpoint_of(DIALECT)
    table = dict(table_for(endpoint, "m"))
    table["suffix"] = replace(table["suffix"], reason="it has no idea of gaps")
    with pytest.raises(ConfigError, match="takes no suffix: it has no idea of gaps"):
        DIALECT.call(completion("a", suffix="b"), endpoint, table)


@pytest.mark.parametrize("request_", [completion(""), chat()], ids=["empty", "chat"])
def test_what_cannot_be_sent_is_said(request_: Any) -> None:
    with pytest.raises(ConfigError, match=r"nothing to send|parley complete"):
        call_for(DIALECT, request_)


def test_a_cap_is_always_sent_where_the_server_reserves_money() -> None:
    assert body(completion(), quirks=ATOMA)["max_tokens"] == 16
    assert body(completion(max_tokens=5), quirks=ATOMA)["max_tokens"] == 5


def test_best_of_works_without_streaming_and_is_at_least_n() -> None:
    assert body(completion(best_of=3, n=2, stream=False))["best_of"] == 3
    call = call_for(DIALECT, completion(best_of=3, n=2, stream=True))
    assert "best_of" not in call.json
    assert "best_of was not sent" in call.notes[0]
    with pytest.raises(ConfigError, match="best_of must be at least n"):
        body(completion(best_of=1, n=2, stream=False))
    with pytest.raises(ConfigError, match="best_of must be at least n"):
        body(completion(best_of=1, n=2))


def test_best_of_turns_streaming_off_where_nobody_asked_for_it() -> None:
    call = call_for(DIALECT, completion(best_of=3, n=2))
    assert call.json["best_of"] == 3
    assert "stream" not in call.json
    assert not call.is_streamed
    assert "one piece" in call.notes[0]
    assert call_for(DIALECT, completion(best_of=2, n=2)).is_streamed


@pytest.mark.parametrize("key", ["token", "-1", "4294967296", "1.5", "٣", ""])
def test_biased_tokens_are_named_by_id(key: str) -> None:
    assert body(completion(logit_bias={"4294967295": 1}))["logit_bias"] == {"4294967295": 1}
    with pytest.raises(ConfigError, match="token ids"):
        body(completion(logit_bias={key: 1}))


@pytest.mark.parametrize("raw", [None, 128001, "\n", {"Int": 128001}, {"String": "\n"}])
def test_stop_reasons_come_bare_or_wrapped(raw: Any) -> None:
    assert stop_reason_of(raw) == (next(iter(raw.values())) if isinstance(raw, dict) else raw)


async def test_the_strict_server_takes_everything_at_once() -> None:
    everything: dict[str, Any] = {
        "temperature": 0.5, "top_p": 0.9, "max_tokens": 5, "frequency_penalty": -1, "presence_penalty": 1, "seed": 3,
        "stop": ["a"], "n": 2, "best_of": 2, "logprobs": 3, "logit_bias": {"5": 1}, "suffix": "x", "echo": True,
        "user": "u",
    }  # fmt: skip
    async with reached("openai_completions") as there:
        for is_streamed in (True, False):
            reply = await there.ask("Hi", stream=is_streamed, **everything)
            assert reply.error is None
            assert reply.text == " world"


async def test_a_bad_parameter_dressed_as_500_is_not_sent_again() -> None:
    from tui.providers.base import RetryPolicy

    async with reached("openai_completions", retry=RetryPolicy(attempts=3, first_wait_s=0.01)) as there:
        reply = await there.ask("error: bad-request")
        assert len(there.server.requests) == 1
        assert reply.error is not None
        reply = await there.ask("error: stack")
        assert reply.error is not None


def test_the_chats_listing_is_the_completions_too() -> None:
    pages = DIALECT.model_pages(endpoint_of(DIALECT))
    assert next(pages).url == "http://127.0.0.1:9/v1/models"
    with pytest.raises(StopIteration) as end:
        pages.send({"object": "list", "data": [{"id": "base"}]})
    assert [(model.id, model.kinds) for model in end.value.value] == [("base", ("completion",))]
