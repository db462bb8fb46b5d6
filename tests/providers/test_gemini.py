"""The dialect `gemini`: where everything is placed, and what it does not take."""

from __future__ import annotations

from typing import Any

import pytest

from tests.providers.asking import LINKED, PNG, call_for, chat, completion
from tests.providers.wire_endpoints import reached
from tui.domain.request import PromptMessage
from tui.errors import ConfigError
from tui.providers.base import Rejection
from tui.providers.gemini import DIALECT, Gemini, thinking_config

BASE = "http://127.0.0.1:9/v1beta"


def body(request: Any) -> Any:
    return call_for(DIALECT, request, base_url=BASE, auth="x-goog-api-key").json


def test_the_path_names_model_and_operation_and_no_key() -> None:
    streamed = call_for(DIALECT, chat(model="gemini-2.5-flash"), base_url=BASE, auth="x-goog-api-key")
    whole = call_for(DIALECT, chat(model="models/gemini-2.5-flash", stream=False), base_url=BASE, auth="x-goog-api-key")
    assert streamed.url == f"{BASE}/models/gemini-2.5-flash:streamGenerateContent?alt=sse"
    assert whole.url == f"{BASE}/models/gemini-2.5-flash:generateContent"
    assert streamed.headers["x-goog-api-key"] == "secret-key"
    assert "secret" not in streamed.url
    assert streamed.json == {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}


def test_a_models_name_cannot_leave_its_place_in_the_path() -> None:
    call = call_for(DIALECT, chat(model="x?key=1#y z"), base_url=BASE)
    assert call.url.startswith(f"{BASE}/models/x%3Fkey%3D1%23y%20z:")


def test_roles_system_and_images_are_placed() -> None:
    request = chat(
        ("system", "Be brief."),
        PromptMessage("user", "What?", (PNG, LINKED)),
        ("assistant", "A cat."),
        ("user", "Sure?"),
        ("user", "Really?"),
        system="Be kind.",
    )
    sent = body(request)
    assert sent["systemInstruction"] == {"parts": [{"text": "Be kind.\n\nBe brief."}]}
    assert sent["contents"] == [
        {
            "role": "user",
            "parts": [
                {"inlineData": {"mimeType": "image/png", "data": "aGk="}},
                {"fileData": {"fileUri": "https://example.org/cat.png"}},
                {"text": "What?"},
            ],
        },
        {"role": "model", "parts": [{"text": "A cat."}]},
        {"role": "user", "parts": [{"text": "Sure?"}, {"text": "Really?"}]},
    ]


@pytest.mark.parametrize("request_", [chat(("user", "")), completion()], ids=["empty", "completion"])
def test_what_cannot_be_sent_is_said(request_: Any) -> None:
    with pytest.raises(ConfigError, match=r"nothing to send|parley ask"):
        call_for(DIALECT, request_)


@pytest.mark.parametrize(
    ("model", "effort", "wanted"),
    [
        ("gemini-2.5-flash", "none", {"thinkingBudget": 0}),
        ("gemini-2.5-pro", "none", {"includeThoughts": True, "thinkingBudget": 128}),
        ("gemini-2.5-flash", "medium", {"includeThoughts": True, "thinkingBudget": 8192}),
        ("gemini-2.5-flash", "max", {"includeThoughts": True, "thinkingBudget": -1}),
        ("gemini-3-flash", "low", {"includeThoughts": True, "thinkingLevel": "low"}),
        ("gemini-3-pro", "none", {"includeThoughts": True, "thinkingLevel": "minimal"}),
        ("gemini-4", "max", {"includeThoughts": True, "thinkingLevel": "high"}),
    ],
)
def test_thinking_is_a_budget_or_a_level_never_both(model: str, effort: str, wanted: Any) -> None:
    assert thinking_config(model, effort, []) == wanted


def test_a_schema_loses_what_gemini_refuses() -> None:
    schema = {"$schema": "x", "type": "object", "additionalProperties": False, "properties": {"a": {"type": "string"}}}
    wrapped = {"type": "json_schema", "json_schema": {"name": "n", "strict": True, "schema": schema}}
    config = body(chat(response_format=wrapped))["generationConfig"]
    assert config["responseMimeType"] == "application/json"
    assert config["responseSchema"] == {"type": "object", "properties": {"a": {"type": "string"}}}
    assert body(chat(response_format="json_object"))["generationConfig"] == {"responseMimeType": "application/json"}
    assert body(chat(response_format="text"))["generationConfig"] == {"responseMimeType": "text/plain"}


def test_logprobs_without_alternatives_ask_for_the_tokens_own() -> None:
    assert body(chat(logprobs=0))["generationConfig"] == {"responseLogprobs": True, "logprobs": 0}


@pytest.mark.parametrize("base", ["/v1", "/v1beta"])
async def test_both_versions_of_the_path_answer(base: str) -> None:
    async with reached("gemini") as there:
        url = f"{there.server.url}{base}"
        async with reached("gemini", base_url=url) as other:
            reply = await other.ask("Hi", reasoning_effort="low", logprobs=2, stop=["x"], n=2)
    assert reply.error is None
    assert reply.text == "Hello"


async def test_a_bad_key_is_a_key_error_although_the_status_is_400() -> None:
    async with reached("gemini", key="bad", key_source="GEMINI_API_KEY") as there:
        reply = await there.ask("Hi")
    assert reply.error is not None
    assert reply.error.kind == "key-rejected"


async def test_the_wait_that_the_body_asks_for_is_told() -> None:
    async with reached("gemini") as there:
        reply = await there.ask("error: wrapped")
    assert reply.error is not None
    assert reply.error.kind == "rate-limited"
    assert reply.error.retry_after_s == 17


def test_geminis_own_fields_find_their_place() -> None:
    sent = body(chat(mediaResolution="MEDIA_RESOLUTION_LOW", safetySettings=[], temperature=0.1))
    assert sent["generationConfig"] == {"mediaResolution": "MEDIA_RESOLUTION_LOW", "temperature": 0.1}
    assert sent["safetySettings"] == []
    own = {"thinkingBudget": 77}
    sent = body(chat(model="gemini-2.5-flash", thinkingConfig=own, reasoning_effort="low"))
    assert sent["generationConfig"]["thinkingConfig"] == own
    sent = body(chat(model="gemini-2.5-flash", thinkingBudget=-1, includeThoughts=True, topK=3, reasoning_effort="low"))
    assert sent["generationConfig"] == {"thinkingConfig": {"thinkingBudget": -1, "includeThoughts": True}, "topK": 3}
    assert sent.keys() == {"contents", "generationConfig"}


def test_what_a_model_does_not_do_is_left_out_once_and_remembered() -> None:
    dialect = Gemini()
    request = chat(model="gemini-2.5-flash", presence_penalty=1, seed=1)
    first = call_for(dialect, request, base_url=BASE)
    words = Rejection("Penalty is not enabled for models/gemini-2.5-flash")
    again = dialect.second_call(first, 400, words)
    assert again is not None
    assert again.json["generationConfig"] == {"seed": 1}
    assert call_for(dialect, request, base_url=BASE).json == again.json
    assert dialect.second_call(first, 400, Rejection("API key not valid")) is None
    assert dialect.second_call(first, 500, words) is None
