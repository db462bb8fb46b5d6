"""The dialect `ollama`: its own paths and options, models pulled and described."""

from __future__ import annotations

from typing import Any

import pytest

from tests.providers.asking import LINKED, PNG, call_for, chat, completion, endpoint_of
from tests.providers.wire_endpoints import reached
from tui.domain.events import TextDelta, UsageReport
from tui.domain.request import PromptMessage
from tui.errors import ConfigError
from tui.providers.base import Rejection, StreamError
from tui.providers.ollama import Ollama, OllamaReader, pull_call, pull_progress, show_call

DIALECT = Ollama()


def call(request: Any, base: str = "http://127.0.0.1:11434") -> Any:
    return call_for(DIALECT, request, base_url=base)


def test_chats_and_completions_have_their_own_paths() -> None:
    sent = call(chat(("user", "Hi"), system="s"))
    assert sent.url == "http://127.0.0.1:11434/api/chat"
    assert sent.json == {
        "model": "m",
        "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "Hi"}],
        "stream": True,
    }
    sent = call(completion("Once"), "http://127.0.0.1:11434/api")
    assert sent.url == "http://127.0.0.1:11434/api/generate"
    assert sent.json == {"model": "m", "prompt": "Once", "raw": True, "stream": True}


def test_a_gap_is_filled_by_the_models_own_template() -> None:
    assert call(completion("a", suffix="c")).json == {"model": "m", "prompt": "a", "suffix": "c", "stream": True}


def test_streaming_is_always_said_because_the_default_is_true() -> None:
    assert call(chat(stream=False)).json["stream"] is False


def test_images_go_as_bytes_only() -> None:
    sent = call(chat(PromptMessage("user", "What?", (PNG,))))
    assert sent.json["messages"][0] == {"role": "user", "content": "What?", "images": ["aGk="]}
    with pytest.raises(ConfigError, match="addresses"):
        call(chat(PromptMessage("user", "What?", (LINKED,))))


def test_several_prompts_are_refused() -> None:
    with pytest.raises(ConfigError, match="one text at a time"):
        call(completion(("a", "b")))


def test_ollamas_own_options_find_their_place() -> None:
    sent = call(chat(num_ctx=8192, keep_alive="10m", temperature=0.1, mirostat=2)).json
    assert sent["options"] == {"num_ctx": 8192, "temperature": 0.1, "mirostat": 2}
    assert sent["keep_alive"] == "10m"


def test_options_as_an_object_do_not_undo_the_rows() -> None:
    sent = call(chat(options={"num_ctx": 8192, "top_k": 3}, temperature=0.1, top_k=40)).json
    assert sent["options"] == {"num_ctx": 8192, "temperature": 0.1, "top_k": 3}


@pytest.mark.parametrize(("value", "wanted"), [("json_object", "json"), ({"type": "object"}, {"type": "object"})])
def test_formats(value: Any, wanted: Any) -> None:
    assert call(chat(response_format=value)).json["format"] == wanted
    assert "format" not in call(chat(response_format="text")).json


def test_logprobs_without_alternatives() -> None:
    sent = call(chat(logprobs=0)).json
    assert sent["logprobs"] is True
    assert sent["top_logprobs"] == 0


async def test_a_model_that_cannot_think_is_asked_without_and_remembered() -> None:
    async with reached("ollama") as there:
        for tries in (2, 3):
            reply = await there.ask("Hi", model="plain:1b", reasoning_effort="high")
            assert reply.error is None
            assert len(there.server.requests) == tries
            assert any("can't think" in note for note in reply.notes)


async def test_an_unknown_model_is_named() -> None:
    async with reached("ollama") as there:
        reply = await there.ask("Hi", model="missing")
    assert reply.error is not None
    assert reply.error.kind == "model-unknown"
    assert "missing" in reply.error.message


async def test_a_model_is_pulled_with_progress() -> None:
    async with reached("ollama") as there:
        lines = [line async for line in there.http.stream_lines(pull_call(there.endpoint, "m"), there.endpoint)]
        progress = [pull_progress(line) for line in lines]
        assert there.sent == {"model": "m", "stream": True}
        assert (progress[2].done_bytes, progress[2].total_bytes) == (60, 100)
        assert [step.is_done for step in progress] == [False, False, False, False, True]
        lines = [line async for line in there.http.stream_lines(pull_call(there.endpoint, "missing"), there.endpoint)]
        with pytest.raises(StreamError, match="does not exist"):
            pull_progress(lines[-1])


def test_what_a_model_can_do_is_asked_by_name() -> None:
    sent = show_call(endpoint_of(DIALECT, base_url="http://127.0.0.1:11434"), "m")
    assert (sent.method, sent.url, sent.json) == ("POST", "http://127.0.0.1:11434/api/show", {"model": "m"})


def test_a_server_that_knows_no_levels_is_asked_to_think_at_all() -> None:
    dialect = Ollama()
    first = call_for(dialect, chat(reasoning_effort="max"))
    again = dialect.second_call(first, 400, Rejection('invalid think value: "max"'))
    assert again is not None
    assert again.json["think"] is True
    assert call_for(dialect, chat(reasoning_effort="max")).json["think"] == "max"
    assert dialect.second_call(first, 400, Rejection("something about thinking")) is None
    assert dialect.second_call(call_for(dialect, chat()), 400, Rejection("does not support thinking")) is None


@pytest.mark.parametrize("line", [{"type": "error", "message": "boom"}, {"object": "error", "message": "boom"}])
def test_an_error_is_terminal_in_any_of_the_shapes_of_errors(line: dict[str, Any]) -> None:
    with pytest.raises(StreamError, match="boom"):
        list(OllamaReader().frame(line))


def test_text_on_the_line_of_an_error_is_kept() -> None:
    events = iter(OllamaReader().frame({"message": {"content": "half"}, "error": "gone"}))
    assert next(events) == TextDelta("half")
    with pytest.raises(StreamError, match="gone"):
        next(events)


def test_a_chat_has_no_gap_to_fill() -> None:
    sent = call(chat(suffix="c"))
    assert "suffix" not in sent.json
    assert any("only text completion takes it" in note for note in sent.notes)


@pytest.mark.parametrize(("spent_ns", "generation_s"), [(2_000_000_000, 2.0), (0, None), (-5, None), ("x", None)])
def test_the_server_tells_how_long_it_took(spent_ns: Any, generation_s: float | None) -> None:
    line = {"done": True, "done_reason": "stop", "eval_count": 10, "eval_duration": spent_ns}
    report = next(event for event in OllamaReader().frame(line) if isinstance(event, UsageReport))
    assert report.generation_s == generation_s
