"""Asks a strict fake with a vendor's official SDK: `python sdk_checks.py NAME URL CASES`, where the SDK is installed.

Refuses nothing on its own account: when the SDK can read what the fake says, and the fake takes what the SDK sends, the
script ends with 0. Stands alone: Parley is not installed where it runs.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterable
from typing import Any


def refusal(kind: type[Exception], ask: Callable[[], Any]) -> Any:
    """The error of this kind that `ask` raises."""
    try:
        ask()
    except kind as error:
        return error
    raise AssertionError("an error was taken for a reply")


def check_chat(url: str, cases: Iterable[str]) -> None:
    """OpenAI's SDK on chat completions."""
    openai: Any = importlib.import_module("openai")
    client = openai.OpenAI(api_key="sk-test", base_url=f"{url}/v1", max_retries=0)
    asked = {"model": "gpt-test"}
    parts = [
        {"type": "text", "text": "Hi"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}},
    ]
    turns = [{"role": "system", "content": "s"}, {"role": "user", "content": parts}]
    settings = {"temperature": 0.5, "top_p": 0.9, "seed": 3, "stop": ["x"], "logit_bias": {"5": -100}, "user": "u"}
    reply = client.chat.completions.create(
        messages=turns, max_completion_tokens=9, logprobs=True, top_logprobs=2, **asked, **settings
    )
    assert reply.choices[0].message.content == "Hello!"
    assert reply.choices[0].finish_reason == "stop"
    assert reply.usage.completion_tokens
    for case in cases:
        chunks = list(
            client.chat.completions.create(
                messages=[{"role": "user", "content": f"case: {case}"}],
                stream=True,
                stream_options={"include_usage": True},
                **asked,
            )
        )
        assert any(choice.finish_reason for chunk in chunks for choice in chunk.choices), case
    hello = [{"role": "user", "content": "Hi"}]
    ask = lambda: client.chat.completions.create(model="o9-test", messages=hello, temperature=0.5)  # noqa: E731
    assert refusal(openai.BadRequestError, ask).param == "temperature"
    missing = lambda: client.chat.completions.create(model="missing", messages=hello)  # noqa: E731
    assert refusal(openai.NotFoundError, missing).code == "model_not_found"
    assert client.models.list().data


def check_responses(url: str, cases: Iterable[str]) -> None:
    """OpenAI's SDK on the Responses API."""
    openai: Any = importlib.import_module("openai")
    client = openai.OpenAI(api_key="sk-test", base_url=f"{url}/v1", max_retries=0)
    events = client.responses.create(model="gpt-5.4", input="Hi", stream=True)
    assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == "Hello"
    reply = client.responses.create(
        model="gpt-5.4",
        input=[
            {"role": "user", "content": [{"type": "input_text", "text": "Hi"}]},
            {"role": "assistant", "content": [{"type": "output_text", "text": "Ho"}]},
            {"role": "user", "content": [{"type": "input_image", "image_url": "data:image/png;base64,aGk="}]},
        ],
        reasoning={"effort": "low", "summary": "auto"},
        text={"format": {"type": "json_schema", "name": "reply", "schema": {"type": "object"}}},
        store=False,
    )
    assert reply.output_text == "Hello"
    assert reply.usage.output_tokens == 5
    for case in cases:
        assert list(client.responses.create(model="gpt-5.4", input=f"case: {case}", stream=True)), case
    ask = lambda: client.responses.create(model="o4-mini", input="Hi", temperature=0.5)  # noqa: E731
    assert refusal(openai.BadRequestError, ask).param == "temperature"
    assert client.models.list().data


def check_completions(url: str, cases: Iterable[str]) -> None:
    """OpenAI's SDK on text completions."""
    openai: Any = importlib.import_module("openai")
    client = openai.OpenAI(api_key="atoma-test", base_url=f"{url}/v1", max_retries=0)
    asked = {"model": "m", "max_tokens": 5}
    reply = client.completions.create(prompt="Hi", logprobs=2, echo=True, suffix="x", stop=["a"], **asked)
    assert reply.choices[0].text == " world"
    for case in cases:
        stream = client.completions.create(
            prompt=f"case: {case}", stream=True, stream_options={"include_usage": True}, **asked
        )
        assert any(chunk.choices for chunk in stream), case
    found = client.completions.create(prompt="case: echo-logprobs", **asked).choices[0].logprobs
    assert found.token_logprobs == [None, -0.1]


def check_anthropic(url: str, cases: Iterable[str]) -> None:
    """Anthropic's SDK of either header generation."""
    anthropic: Any = importlib.import_module("anthropic")
    client = anthropic.Anthropic(api_key="sk-ant-test", base_url=url, max_retries=0)
    asked = {"model": "claude-opus-4-8", "max_tokens": 10}
    reply = client.messages.create(messages=[{"role": "user", "content": "Hi"}], system="s", **asked)
    assert reply.content[0].text == "Hello"
    for case in cases:
        with client.messages.stream(messages=[{"role": "user", "content": f"case: {case}"}], **asked) as stream:
            assert stream.get_final_message().stop_reason, case
    begins_wrong = [{"role": "assistant", "content": "Hi"}]
    assert refusal(anthropic.BadRequestError, lambda: client.messages.create(messages=begins_wrong, **asked))
    overload = [{"role": "user", "content": "error: overloaded"}]
    assert refusal(anthropic.APIStatusError, lambda: client.messages.create(messages=overload, **asked))
    assert client.models.list(limit=1000).data


def check_gemini(url: str, cases: Iterable[str]) -> None:
    """Google's SDK."""
    genai: Any = importlib.import_module("google.genai")
    types = genai.types
    client = genai.Client(api_key="AIza-test", http_options=types.HttpOptions(base_url=url))
    config = types.GenerateContentConfig(
        system_instruction="s",
        temperature=0.5,
        top_p=0.9,
        top_k=5,
        candidate_count=1,
        max_output_tokens=9,
        stop_sequences=["x"],
        seed=3,
        presence_penalty=1,
        frequency_penalty=1,
        response_logprobs=True,
        logprobs=2,
        thinking_config=types.ThinkingConfig(include_thoughts=True, thinking_budget=1024),
    )
    asked = {"model": "gemini-2.5-flash"}
    assert client.models.generate_content(contents="Hi", config=config, **asked).text == "Hello"
    for case in cases:
        chunks = list(client.models.generate_content_stream(contents=f"case: {case}", **asked))
        assert chunks[-1].candidates[0].finish_reason, case
    blocked = client.models.generate_content(contents="case: blocked", **asked)
    assert blocked.prompt_feedback.block_reason == "PROHIBITED_CONTENT"
    assert list(client.models.list(config={"page_size": 1000}))
    ask = lambda: client.models.generate_content(contents="error: wrapped", **asked)  # noqa: E731
    assert refusal(genai.errors.ClientError, ask).code == 429


def check_ollama(url: str, cases: Iterable[str]) -> None:
    """Ollama's SDK."""
    ollama: Any = importlib.import_module("ollama")
    client = ollama.Client(host=url)
    hello = [{"role": "user", "content": "Hi"}]
    reply = client.chat(model="qwen3:8b", messages=hello, options={"temperature": 0.5}, think=True)
    assert reply.message.content == "Hello"
    assert client.generate(model="m", prompt="Hi", suffix="x").response == " world"
    for case in cases:
        asked = [{"role": "user", "content": f"case: {case}"}]
        assert list(client.chat(model="m", messages=asked, stream=True))[-1].done, case
    error = refusal(ollama.ResponseError, lambda: client.chat(model="missing", messages=hello))
    assert error.status_code == 404
    assert client.list().models
    assert client.ps().models
    assert "vision" in client.show("x").capabilities
    assert [step.status for step in client.pull("m", stream=True)][-1] == "success"


CHECKS: dict[str, Callable[[str, Iterable[str]], None]] = {
    "openai_chat": check_chat,
    "openai_responses": check_responses,
    "openai_completions": check_completions,
    "anthropic_messages": check_anthropic,
    "gemini": check_gemini,
    "ollama": check_ollama,
}

if __name__ == "__main__":
    CHECKS[sys.argv[1]](sys.argv[2], json.loads(sys.argv[3]))
