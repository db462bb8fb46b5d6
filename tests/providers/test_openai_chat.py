"""What the dialect `openai-chat` puts on the wire, vendor by vendor."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.providers.cases import check_listing
from tests.providers.wire_endpoints import reached
from tests.wire import chunk, events_reply
from tui.domain.events import Finish, Finished, ReasoningDelta, TextDelta
from tui.domain.reply import ReplyFold
from tui.domain.request import ChatRequest, CompletionRequest, Image, ModelRef, PromptMessage
from tui.errors import ConfigError
from tui.providers.base import Endpoint, HttpCall, Rejection, StreamError
from tui.providers.openai_chat import DIALECT, OpenAIChat, token_ids, tokenize_call
from tui.providers.openai_reader import OpenAIChatReader
from tui.providers.parameters import table_for

ENDPOINT = Endpoint("there", "openai-chat", "http://127.0.0.1:9/v1", key="k")
PIXEL = "iVBORw0KGgo="


def body(parameters: dict[str, Any] | None = None, *, model: str = "m", **changes: Any) -> Any:
    return call(parameters, model=model, **changes).json


def call(
    parameters: dict[str, Any] | None = None,
    *turns: PromptMessage,
    model: str = "m",
    system: str = "",
    **changes: Any,
) -> HttpCall:
    endpoint = replace(ENDPOINT, **changes)
    asked = ChatRequest(ModelRef("there", model), turns or (PromptMessage("user", "Hi"),), system, parameters or {})
    return DIALECT.call(asked, endpoint, table_for(endpoint, model, parameters=parameters))


def quirks(**values: Any) -> dict[str, Any]:
    return {"quirks": values}


def test_only_what_is_set_is_sent() -> None:
    assert body() == {
        "model": "m",
        "messages": [{"role": "user", "content": "Hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert body({"stream": False}) == {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "stream": False}
    assert body({"temperature": None}) == body()


def test_the_address_and_the_head() -> None:
    found = call()
    assert (found.method, found.url) == ("POST", "http://127.0.0.1:9/v1/chat/completions")
    assert found.headers["Authorization"] == "Bearer k"
    assert call(base_url="https://x/deployments/{model}", model="a b/c", query={"api-version": "1"}).url == (
        "https://x/deployments/a%20b%2Fc/chat/completions?api-version=1"
    )


def test_roles_and_images() -> None:
    image = Image("image/png", PIXEL)
    found = call(
        None,
        PromptMessage("user", "Look", (image, Image(url="https://x.example/a.png"))),
        PromptMessage("assistant", ""),
        PromptMessage("user", "", (image,)),
        system="Be brief.",
    )
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
    assert found.json["messages"] == [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Look"},
                picture,
                {"type": "image_url", "image_url": {"url": "https://x.example/a.png"}},
            ],
        },
        {"role": "assistant", "content": ""},
        {"role": "user", "content": [picture]},
    ]


@pytest.mark.parametrize(
    ("model", "role"),
    [("o3-mini", "developer"), ("gpt-5", "developer"), ("gpt-5-chat-latest", "system"), ("gpt-4.1", "system")],
)
def test_the_system_prompt_of_reasoning_models(model: str, role: str) -> None:
    assert call(None, model=model, system="x", **quirks(developer_role=True)).json["messages"][0]["role"] == role
    assert call(None, model=model, system="x").json["messages"][0]["role"] == "system"


@pytest.mark.parametrize(
    ("parameters", "changes", "fields"),
    [
        ({"max_tokens": 5}, {}, {"max_completion_tokens": 5}),
        ({"max_tokens": 5}, quirks(max_tokens_field="max_tokens"), {"max_tokens": 5}),
        ({}, quirks(default_max_tokens=4096), {"max_completion_tokens": 4096}),
        ({"max_tokens": 5}, quirks(default_max_tokens=4096), {"max_completion_tokens": 5}),
        ({"extra_body": {"max_tokens": 7}}, quirks(default_max_tokens=4096), {"max_tokens": 7}),
        ({"logprobs": 3}, {}, {"logprobs": True, "top_logprobs": 3}),
        ({"logprobs": 0}, {}, {"logprobs": True, "top_logprobs": 0}),
        ({"logprobs": 0}, quirks(logprobs_style="counted"), {"logprobs": True}),
        ({"logprobs": 3}, quirks(logprobs_style="counted"), {"logprobs": True, "top_logprobs": 3}),
        ({"logprobs": 3}, quirks(logprobs_style="integer"), {"logprobs": 3}),
        ({"top_logprobs": 3}, {}, {"logprobs": True, "top_logprobs": 3}),
        ({"top_logprobs": 3}, quirks(logprobs_style="integer"), {"logprobs": 3}),
        ({"top_logprobs": 3, "logprobs": 1}, {}, {"logprobs": True, "top_logprobs": 1}),
        ({"reasoning_effort": "low"}, {}, {"reasoning_effort": "low"}),
        ({"reasoning_effort": "low"}, quirks(reasoning_object=True), {"reasoning": {"effort": "low"}}),
        ({"response_format": "json_object"}, {}, {"response_format": {"type": "json_object"}}),
        (
            {"response_format": {"type": "object", "properties": {}}},
            {},
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "reply", "schema": {"type": "object", "properties": {}}},
                }
            },
        ),
        ({}, quirks(usage_include=True), {"usage": {"include": True}}),
        ({"stream_options": {"include_usage": False}}, {}, {"stream_options": {"include_usage": False}}),
        ({"safe_prompt": True}, {}, {"safe_prompt": True}),
        ({"extra_body": {"a": {"b": 1}, "temperature": 9}}, {}, {"a": {"b": 1}, "temperature": 9}),
    ],
)
def test_fields(parameters: dict[str, Any], changes: dict[str, Any], fields: dict[str, Any]) -> None:
    assert {**body(), **fields} == body(parameters, **changes)


def test_without_a_stream_nothing_is_asked_of_one() -> None:
    streamed = body()
    assert streamed.pop("stream_options")
    assert body({"extra_body": {"stream": False}}) == {**streamed, "stream": False}
    both = {"stream": False, "stream_options": {"a": 1}}
    assert body({"extra_body": both}) == {
        **streamed,
        "stream": False,
        "stream_options": {"include_usage": True, "a": 1},
    }


def test_usage_is_not_asked_for_where_that_is_refused() -> None:
    assert "stream_options" not in body(**quirks(stream_options=False))


def test_a_reply_is_continued() -> None:
    turns = (PromptMessage("user", "Hi"), PromptMessage("assistant", "Hel"))
    assert call(None, *turns, **quirks(prefix_style="prefix")).json["messages"][-1]["prefix"] is True
    flags = call(None, *turns, **quirks(prefix_style="flags")).json
    assert (flags["add_generation_prompt"], flags["continue_final_message"]) == (False, True)
    assert "prefix" not in call(None, *turns).json["messages"][-1]
    assert "prefix" not in call(None, **quirks(prefix_style="prefix")).json["messages"][-1]


def test_a_completion_and_an_empty_prompt_are_refused() -> None:
    with pytest.raises(ConfigError, match="parley ask"):
        DIALECT.call(CompletionRequest(ModelRef("there", "m"), "x"), ENDPOINT, {})
    with pytest.raises(ConfigError, match="empty"):
        call(None, PromptMessage("user", "  "))


# -- a second call -----------------------------------------------------------------------------------------------------


def test_a_refused_cap_gets_its_other_name() -> None:
    asked = HttpCall("POST", "u", {}, {"model": "m", "max_tokens": 5, "n": 1})
    words = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    found = OpenAIChat().second_call(asked, 400, Rejection(words, "unsupported_parameter", "max_tokens"))
    assert found is not None
    assert found.json == {"model": "m", "max_completion_tokens": 5, "n": 1}
    assert "max_completion_tokens" in found.notes[0]


@pytest.mark.parametrize(
    ("status", "rejection"),
    [
        (400, Rejection("max_tokens is too large: 5", "invalid_value", "max_tokens")),
        (400, Rejection("Something else")),
        (500, Rejection("x", "unsupported_parameter", "n")),
        (400, Rejection("x", "unsupported_parameter", "messages")),
        (400, Rejection("x", "context_length_exceeded", "messages")),
    ],
)
def test_other_refusals_are_final(status: int, rejection: Rejection) -> None:
    asked = HttpCall("POST", "u", {}, {"model": "m", "messages": [], "max_tokens": 5, "n": 1})
    assert OpenAIChat().second_call(asked, status, rejection) is None


# -- listings and token ids --------------------------------------------------------------------------------------------


def test_a_listing_is_read_and_never_followed_elsewhere() -> None:
    check_listing(DIALECT, "openai_chat", replace(ENDPOINT, base_url="http://127.0.0.1:9/v1"))


def test_an_endpoint_without_a_listing_has_the_configured_models() -> None:
    pages = DIALECT.model_pages(replace(ENDPOINT, models=("a", "b"), **quirks(models_path="")))
    with pytest.raises(StopIteration) as end:
        next(pages)
    assert [model.id for model in end.value.value] == ["a", "b"]


def test_token_ids() -> None:
    assert tokenize_call(ENDPOINT, "m", "x") is None
    found = tokenize_call(replace(ENDPOINT, **quirks(tokenize_url="/tokenize")), "m", "x")
    assert found is not None
    assert found.url == "http://127.0.0.1:9/tokenize"
    assert found.json["content"] == found.json["prompt"] == "x"
    assert token_ids({"tokens": [1, {"id": 2, "piece": "x"}, "y", None]}) == [1, 2]
    assert token_ids(None) == []


# -- tool calls --------------------------------------------------------------------------------------------------------


def _called(call_id: str | None, name: str | None, arguments: str) -> dict[str, Any]:
    given = {"index": 0, "id": call_id, "function": {"name": name, "arguments": arguments}}
    return {"choices": [{"index": 0, "delta": {"tool_calls": [given]}, "finish_reason": None}]}


def test_calls_that_all_have_the_index_0_are_told_apart_by_id() -> None:
    fold, reader = ReplyFold("there/m"), OpenAIChatReader(ENDPOINT, "m")
    frames = [_called("a", "f", "{"), _called(None, None, "}"), _called("b", "g", "["), _called("b", "", "]")]
    for frame in [*frames, _called("made-up-anew", None, " "), chunk(finish="stop")]:
        for event in reader.frame(frame):
            fold.add(event)
    (choice,) = fold.reply().choices
    assert [(call.name, call.arguments) for call in choice.tool_calls] == [("f", "{}"), ("g", "[] ")]
    assert (choice.finish, choice.finish_words) == (Finish.TOOL_CALLS, "stop")


def test_a_whole_message_behind_its_pieces_is_not_said_twice() -> None:
    reader = OpenAIChatReader(ENDPOINT, "m")
    whole = {"choices": [{"index": 0, "message": {"content": "Hello"}, "finish_reason": "stop"}]}
    events = [event for frame in (chunk("Hel"), chunk("lo"), whole) for event in reader.frame(frame)]
    assert [event.text for event in events if isinstance(event, TextDelta)] == ["Hel", "lo"]
    assert Finished(Finish.STOP) in events
    late = OpenAIChatReader(ENDPOINT, "m")
    assert TextDelta("Hello") in [*late.frame({"choices": [{"delta": {"role": "assistant"}}]}), *late.frame(whole)]


@pytest.mark.parametrize("detail", ["out of memory", [{"loc": ["body"], "msg": "out of memory"}]])
def test_a_detail_alone_is_an_error(detail: Any) -> None:
    with pytest.raises(StreamError) as caught:
        list(OpenAIChatReader(ENDPOINT, "m").frame({"detail": detail}))
    assert "out of memory" in caught.value.rejection.words
    list(OpenAIChatReader(ENDPOINT, "m").frame({**chunk("a"), "detail": "of the chunk"}))


# -- thinking inside the text ------------------------------------------------------------------------------------------


def thinking(pieces: list[str], model: str = "m", **values: Any) -> tuple[str, str]:
    reader = OpenAIChatReader(replace(ENDPOINT, quirks=values), model)
    events = [event for piece in pieces for event in reader.frame(chunk(piece))]
    events += [*reader.frame(chunk(finish="stop"))]
    kinds = {"ReasoningDelta": "", "TextDelta": ""}
    for event in events:
        name = type(event).__name__
        if name in kinds:
            kinds[name] += event.text  # type: ignore[union-attr]
    return kinds["ReasoningDelta"], kinds["TextDelta"]


@pytest.mark.parametrize(
    ("pieces", "model", "values", "found"),
    [
        (["<think>a</think>b"], "m", {}, ("a", "b")),
        ([*"<think>a</think>b"], "m", {}, ("a", "b")),
        ([*"\n<thinking>a</thinking>\n\nb"], "m", {}, ("a", "b")),
        (["b <think>a</think>"], "m", {}, ("", "b <think>a</think>")),
        (["<think>a</think>b"], "m", {"inline_thinking": False}, ("", "<think>a</think>b")),
        (["a</think>b"], "m", {"inline_thinking": "opened"}, ("a", "b")),
        (["a</th", "ink>b"], "deepseek-r1:8b", {"inline_thinking": True}, ("a", "b")),
        (["<think>a</think>b"], "deepseek-r1", {"inline_thinking": True}, ("a", "b")),
        (["a</think>b"], "llama", {"inline_thinking": True}, ("", "a</think>b")),
        (["<think>never closed </thin"], "m", {}, ("never closed </thin", "")),
        (["  "], "m", {}, ("", "  ")),
        (["", "<", "b"], "m", {}, ("", "<b")),
        (["it was ", "an answer</th"], "qwq", {"inline_thinking": True}, ("it was an answer</th",) * 2),
        (["<think>never closed"], "qwq", {"inline_thinking": True}, ("never closed", "")),
    ],
)
def test_inline_thinking(pieces: list[str], model: str, values: dict[str, Any], found: tuple[str, str]) -> None:
    assert thinking(pieces, model, **values) == found


@pytest.mark.parametrize("finish", ["length", "stop"])
def test_a_server_that_keeps_thinking_apart_is_believed(finish: str) -> None:
    endpoint = replace(ENDPOINT, quirks={"inline_thinking": True})
    streamed = OpenAIChatReader(endpoint, "deepseek-r1")
    frames = [chunk(reasoning_content="hm"), chunk("Hel"), chunk("lo"), chunk(finish=finish)]
    message = {"message": {"reasoning": "hm", "content": "Hello"}, "finish_reason": finish}
    whole = OpenAIChatReader(endpoint, "deepseek-r1").document({"choices": [message]})
    for events in ([event for frame in frames for event in streamed.frame(frame)], whole):
        found = [event for event in events if isinstance(event, ReasoningDelta | TextDelta)]
        assert "".join(event.text for event in found if isinstance(event, ReasoningDelta)) == "hm"
        assert "".join(event.text for event in found if isinstance(event, TextDelta)) == "Hello"


def test_an_answer_that_was_taken_for_thinking_is_an_answer_in_the_end() -> None:
    reader = OpenAIChatReader(replace(ENDPOINT, quirks={"inline_thinking": True}), "deepseek-r1")
    events = [*reader.frame(chunk("a")), *reader.done_mark()]
    assert [events[0], *events[2:]] == [ReasoningDelta("a"), TextDelta("a"), Finished(Finish.STOP)]
    whole = OpenAIChatReader(replace(ENDPOINT, quirks={"inline_thinking": True}), "deepseek-r1")
    found = list(whole.document({"choices": [{"message": {"content": "a"}}, {"message": {"content": "b</think>c"}}]}))
    assert found[:3] == [TextDelta("a"), ReasoningDelta("b", 1), TextDelta("c", 1)]
    cut = OpenAIChatReader(replace(ENDPOINT, quirks={"inline_thinking": True}), "deepseek-r1")
    assert TextDelta("a") not in [*cut.frame(chunk("a")), *cut.frame(chunk(finish="length"))]


def test_reasoning_fields_are_a_quirk() -> None:
    reader = OpenAIChatReader(replace(ENDPOINT, quirks={"reasoning_fields": ["thoughts"]}), "m")
    (event,) = [found for found in reader.frame(chunk(thoughts="hm")) if hasattr(found, "text")]
    assert event.text == "hm"


# -- over a real connection --------------------------------------------------------------------------------------------


async def test_a_reasoning_model_is_asked_again_without_what_it_refuses() -> None:
    async with reached("openai_chat") as there:
        reply = await there.ask("Hi", model="o9-test", top_p=0.5)
        assert reply.error is None
        assert "top_p" not in there.sent
        assert any("top_p" in note for note in reply.notes)


async def test_an_echoed_key_is_masked() -> None:
    async with reached("openai_chat", key="sk-wrong-key-123", key_source="WRONG") as there:
        reply = await there.ask("Hi")
    assert reply.error is not None
    assert reply.error.kind == "key-rejected"
    assert "sk-wrong-key-123" not in repr(reply)
    assert "WRONG" in reply.error.message
    assert "req_test" in reply.error.message


async def test_several_choices_are_several_answers() -> None:
    script = events_reply(
        chunk("a", index=1), chunk("b"), chunk(finish="stop"), chunk("c", index=1, finish="length"), done=True
    )
    async with reached("openai_chat") as there:
        there.server.script = script
        reply = await there.ask("Hi", n=2)
        assert there.sent["n"] == 2
    assert [(choice.text, choice.finish) for choice in reply.choices] == [("b", "stop"), ("ac", "length")]


async def test_a_choice_that_never_ends_is_a_cut() -> None:
    script = events_reply(chunk("a", index=1), chunk("b"), chunk(finish="stop"))
    async with reached("openai_chat") as there:
        there.server.script = script
        reply = await there.ask("Hi", n=2)
    assert reply.error is not None
    assert [choice.finish for choice in reply.choices] == ["stop", "cut_short"]
