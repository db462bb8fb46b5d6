"""The dialect `humanloop`: four operations, one template variable, keys in the body."""

from __future__ import annotations

from typing import Any

import pytest

from tests.providers.asking import PNG, call_for, chat, completion, endpoint_of
from tests.providers.wire_endpoints import reached
from tui.domain.request import PromptMessage
from tui.errors import ConfigError
from tui.providers.base import StreamError
from tui.providers.humanloop import DIALECT, feedback_call, target_of
from tui.providers.humanloop_reader import HumanloopReader

CANARY = "sk-canary-1234567890"


def call(request: Any) -> Any:
    return call_for(DIALECT, request, base_url="http://127.0.0.1:9/v4", auth="x-api-key")


def test_an_inline_config_never_reads_a_users_words_as_a_template() -> None:
    sent = call(chat(("user", "What is {{this}}?"), model="gpt-4o"))
    assert sent.url == "http://127.0.0.1:9/v4/completion"
    assert sent.json == {
        "model_config": {"model": "gpt-4o", "endpoint": "chat", "prompt_template": "{{prompt}}"},
        "inputs": {"prompt": "What is {{this}}?"},
        "stream": True,
    }
    assert call(completion("Once", model="davinci")).json["model_config"]["endpoint"] == "complete"


@pytest.mark.parametrize(
    ("model", "path", "fields"),
    [
        ("deployed:poems", "/completion-deployed", {"project": "poems"}),
        ("deployed:poems@staging", "/completion-deployed", {"project": "poems", "environment": "staging"}),
        ("deployed:a@b@prod", "/completion-deployed", {"project": "a@b", "environment": "prod"}),
        ("deployed:pr_1", "/completion-deployed", {"project_id": "pr_1"}),
        ("experiment:exp_1", "/completion-experiment", {"experiment_id": "exp_1"}),
        ("config:cfg_1", "/completion-model-config", {"model_config_id": "cfg_1"}),
        ("other:thing", "/completion", {}),
    ],
)
def test_the_models_name_says_which_operation(model: str, path: str, fields: Any) -> None:
    target = target_of(model)
    assert (target.path, dict(target.fields)) == (path, fields)


@pytest.mark.parametrize("model", ["deployed:", "deployed:@prod", "experiment:", "config:"])
def test_a_target_without_a_name_is_refused(model: str) -> None:
    with pytest.raises(ConfigError, match="names nothing"):
        target_of(model)


def test_a_conversation_becomes_one_text() -> None:
    sent = call(chat(("user", "Hi"), ("assistant", "Ho"), ("user", "So?"), system="Be kind.", model="config:c"))
    assert sent.json["inputs"] == {"prompt": "System: Be kind.\n\nUser: Hi\n\nAssistant: Ho\n\nUser: So?\n\nAssistant:"}


def test_the_users_own_template_is_checked_before_sending() -> None:
    template = "Write about {{ topic }} for {{reader}}: {{prompt}}"
    with pytest.raises(ConfigError, match="reader"):
        call(chat(model="gpt-4o", prompt_template=template, inputs={"topic": "AI"}))
    sent = call(chat(model="gpt-4o", prompt_template=template, inputs={"topic": "AI", "reader": "me"})).json
    assert sent["model_config"]["prompt_template"] == template
    assert sent["inputs"] == {"prompt": "Hi", "topic": "AI", "reader": "me"}
    without = call(chat(model="gpt-4o", prompt_template="On {{topic}}", inputs={"topic": "AI"}))
    assert "The prompt was not sent" in without.notes[0]
    sent = without.json
    assert sent["inputs"] == {"topic": "AI"}
    with pytest.raises(ConfigError, match="inputs must be"):
        call(chat(model="gpt-4o", inputs=["x"]))


def test_own_fields_find_their_level() -> None:
    sent = call(chat(model="claude", provider="anthropic", project="poems", metadata={"a": 1}, other={"top_k": 3})).json
    assert sent["model_config"]["provider"] == "anthropic"
    assert sent["model_config"]["other"] == {"top_k": 3}
    assert sent["project"] == "poems"
    assert sent["metadata"] == {"a": 1}
    sent = call(chat(model="gpt-4o", model_config={"endpoint": "complete", "name": "mine"})).json
    assert sent["model_config"]["endpoint"] == "complete"
    assert sent["model_config"]["name"] == "mine"


def test_a_saved_config_is_not_overridden() -> None:
    sent = call(chat(model="config:cfg_1", temperature=0.5, provider="openai", n=2))
    assert sent.json == {"model_config_id": "cfg_1", "num_samples": 2, "inputs": {"prompt": "Hi"}, "stream": True}
    assert len(sent.notes) == 2


@pytest.mark.parametrize(
    "request_",
    [
        chat(("user", "")),
        chat(PromptMessage("user", "What?", (PNG,))),
        completion(("a", "b")),
        chat(model_config=5),
        chat(provider_api_keys={"unknown": {"env": "X"}}),
        chat(provider_api_keys={"openai": {"env": "NOT_SET_ANYWHERE"}}),
        chat(provider_api_keys="x"),
    ],
)
def test_what_cannot_be_sent_is_said(request_: Any) -> None:
    with pytest.raises(ConfigError):
        call(request_)


def test_a_literal_key_is_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigError) as refused:
        call(chat(provider_api_keys={"openai": CANARY}))
    assert "canary" not in str(refused.value)
    assert "env" in str(refused.value)
    with pytest.raises(ConfigError) as refused:
        call(chat(extra_body={"provider_api_keys": {"openai": CANARY}}))
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize(
    "fields",
    [
        {"project": "poems", "project_id": "pr_1"},
        {"session_id": "a", "session_reference_id": "b"},
        {"parent_id": "a", "extra_body": {"parent_reference_id": "b"}},
    ],
)
def test_two_names_for_one_thing_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="not both"):
        call(chat(model="gpt-4o", **fields))


async def test_keys_of_other_providers_are_resolved_at_send_and_masked_everywhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    keys = {"openai": {"env": "OPENAI_API_KEY"}}
    async with reached("humanloop") as there:
        reply = await there.ask("Hi", provider_api_keys=keys)
        assert reply.error is None
        assert there.sent["provider_api_keys"] == {"openai": CANARY}
        assert reply.sent is not None
        assert reply.sent["json"]["provider_api_keys"] == {"openai": "***"}
        assert CANARY not in repr(reply)


async def test_samples_are_choices_and_their_ids_take_ratings() -> None:
    async with reached("humanloop") as there:
        reply = await there.ask("case: samples", n=2)
        assert [choice.text for choice in reply.choices] == [" Aa", " Bb"]
        assert there.sent["num_samples"] == 2
        rating = feedback_call(there.endpoint, reply.meta["data_ids"]["1"], "good", user="me")
        assert await there.http.get_json(rating, there.endpoint) == {"id": "ann_1"}
        assert there.sent == {"type": "rating", "value": "good", "data_id": "d1", "user": "me"}


@pytest.mark.parametrize("model", ["gpt-4o", "deployed:poems@staging", "experiment:exp_1", "config:cfg_1"])
@pytest.mark.parametrize("is_streamed", [True, False])
async def test_all_four_operations_answer(model: str, is_streamed: bool) -> None:
    async with reached("humanloop") as there:
        reply = await there.ask("Hi", model=model, stream=is_streamed, user="u", logprobs=2)
        assert reply.error is None
        assert reply.text


@pytest.mark.parametrize(
    "frame",
    [
        {"data": [], "error": {"message": "boom"}},
        {"data": [], "detail": "boom"},
        {"type": "error", "message": "boom"},
        {"object": "error", "message": "boom"},
        {"data": [{"id": "d", "index": 0, "output": "A"}], "error": "boom"},
    ],
)
def test_an_error_is_terminal_wherever_it_stands(frame: dict[str, Any]) -> None:
    events: list[Any] = []
    with pytest.raises(StreamError, match="boom"):
        events.extend(HumanloopReader().frame(frame))


def test_the_key_stays_out_of_the_calls_repr() -> None:
    assert "secret" not in repr(feedback_call(endpoint_of(DIALECT), "d", "good"))


def test_a_format_goes_with_the_chat_endpoint_alone() -> None:
    wanted = {"type": "json_object"}
    assert call(chat(model="gpt-4o", response_format="json_object")).json["model_config"]["response_format"] == wanted
    for sent in (
        call(completion(model="gpt-4o", response_format="json_object")),
        call(chat(model="gpt-4o", response_format="json_object", endpoint="complete")),
    ):
        assert "response_format" not in sent.json["model_config"]
        assert any("response_format was not sent" in note for note in sent.notes)
    own = call(completion(model="gpt-4o", model_config={"response_format": wanted}))
    assert own.json["model_config"]["response_format"] == wanted
