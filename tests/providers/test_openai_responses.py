"""The dialect `openai-responses`: items, chained replies, summaries of thinking."""

from __future__ import annotations

from typing import Any

import pytest

from tests.providers.asking import PNG, call_for, chat, completion
from tests.providers.wire_endpoints import reached
from tui.domain.events import Finish, Finished, MetaReport, ReasoningDelta, TextDelta
from tui.domain.request import PromptMessage
from tui.errors import ConfigError
from tui.providers.openai_responses import OpenAIResponses, ResponsesReader

DIALECT = OpenAIResponses()


def body(request: Any) -> Any:
    return call_for(DIALECT, request).json


def test_nothing_is_stored_unless_replies_are_chained() -> None:
    assert body(chat()) == {
        "model": "m",
        "input": [{"role": "user", "content": [{"type": "input_text", "text": "Hi"}]}],
        "store": False,
        "stream": True,
    }
    assert "store" not in body(chat(previous_response_id="resp_1"))
    assert body(chat(store=True))["store"] is True


def test_replayed_turns_and_images_have_their_own_parts() -> None:
    request = chat(("user", "Hi"), ("assistant", "Ho"), PromptMessage("user", "What?", (PNG,)), system="s")
    sent = body(request)
    assert sent["instructions"] == "s"
    assert sent["input"][1] == {"role": "assistant", "content": [{"type": "output_text", "text": "Ho"}]}
    assert sent["input"][2]["content"] == [
        {"type": "input_text", "text": "What?"},
        {"type": "input_image", "image_url": "data:image/png;base64,aGk="},
    ]


@pytest.mark.parametrize("request_", [chat(("user", "")), completion()], ids=["empty", "completion"])
def test_what_cannot_be_sent_is_said(request_: Any) -> None:
    with pytest.raises(ConfigError, match=r"nothing to send|parley ask"):
        call_for(DIALECT, request_)


def test_the_users_own_objects_are_kept_beside_ours() -> None:
    sent = body(chat(include=["file_search_call.results"], logprobs=2, reasoning={"summary": "detailed"}))
    assert sent["include"] == ["file_search_call.results", "message.output_text.logprobs"]
    assert sent["top_logprobs"] == 2
    sent = body(chat(model="gpt-5", reasoning={"summary": "detailed"}, reasoning_effort="low", verbosity="high"))
    assert sent["reasoning"] == {"summary": "detailed", "effort": "low"}
    assert sent["text"] == {"verbosity": "high"}


def test_no_summary_is_asked_for_when_nothing_is_thought() -> None:
    assert body(chat(model="gpt-5.4", reasoning_effort="none"))["reasoning"] == {"effort": "none"}


async def test_a_refused_summary_is_dropped_and_the_effort_stays() -> None:
    async with reached("openai_responses") as there:
        reply = await there.ask("Hi", model="gpt-5-unverified", reasoning_effort="low")
        assert reply.error is None
        assert there.sent["reasoning"] == {"effort": "low"}
        assert any("reasoning.summary" in note for note in reply.notes)
        await there.ask("Hi", model="gpt-5-unverified", reasoning_effort="low")
        assert len(there.server.requests) == 3


async def test_reasoning_models_are_never_sent_a_temperature() -> None:
    async with reached("openai_responses") as there:
        reply = await there.ask("Hi", model="o4-mini", temperature=0.5, top_p=0.5)
        assert reply.error is None
        assert len(there.server.requests) == 1
        assert len(reply.notes) == 2


def test_what_no_delta_brought_is_read_where_it_is_whole() -> None:
    reader = ResponsesReader()
    frames = [
        {"type": "response.reasoning_summary_text.done", "item_id": "r", "summary_index": 0, "text": "hm"},
        {"type": "response.output_text.done", "item_id": "m", "content_index": 0, "text": "Hel"},
        {"type": "response.output_text.done", "item_id": "m", "content_index": 1, "text": "lo"},
        {"type": "response.completed", "response": {"status": "completed", "output": []}},
    ]
    events = [event for frame in frames for event in reader.frame(frame)]
    assert [event for event in events if not isinstance(event, MetaReport)] == [
        ReasoningDelta("hm"),
        TextDelta("Hel"),
        TextDelta("lo"),
        Finished(Finish.STOP),
    ]


def test_what_deltas_brought_is_not_read_again() -> None:
    reader = ResponsesReader()
    frames = [
        {"type": "response.reasoning_text.delta", "delta": "hm"},
        {"type": "response.reasoning_text.done", "item_id": "r", "text": "hm"},
        {"type": "response.refusal.delta", "delta": "No."},
        {"type": "response.refusal.done", "item_id": "m", "refusal": "No."},
        {"type": "response.output_text.done", "item_id": "m", "text": "No."},
    ]
    assert [event for frame in frames for event in reader.frame(frame)] == [ReasoningDelta("hm"), TextDelta("No.")]
