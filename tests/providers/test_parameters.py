"""The parameter table against part 3 of the wire contracts, and against what endpoints and models refuse."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.providers.asking import call_for, chat
from tests.providers.columns import PART_3, PENALTIES
from tui.config import Config, parse_config
from tui.domain.parameters import Kind, ParameterTable
from tui.errors import ConfigError
from tui.providers.anthropic_messages import DIALECT
from tui.providers.base import Endpoint, ModelFacts
from tui.providers.endpoints import built_in, resolve
from tui.providers.parameters import narrowings, parse_parameter, row_names, table_data, table_for

SAMPLING = {"temperature", "top_p", "top_k"}
OPENAI_REFUSED = {"temperature", "top_p", "frequency_penalty", "presence_penalty", "logit_bias", "logprobs"}


def _endpoint(name: str, toml: str = "") -> Endpoint:
    return resolve(parse_config(toml), name, {})


def _table(name: str, model: str = "m", info: ModelFacts | None = None, **parameters: Any) -> ParameterTable:
    return table_for(_endpoint(name), model, info, parameters)


def _taken(table: ParameterTable) -> set[str]:
    """The rows that a model takes, without those that say how to send."""
    return {name for name, spec in table.items() if spec.is_taken} - {"stream", "extra_body"}


def _refused(name: str, model: str, **parameters: Any) -> set[str]:
    """What `model` does not take although its endpoint's other models do."""
    return _taken(_table(name, "no-known-family")) - _taken(_table(name, model, **parameters))


@pytest.mark.parametrize("name", PART_3)
def test_each_column_of_the_contracts(name: str) -> None:
    table = _table(name)
    taken = {
        row: (
            table[row].wire or "code",
            table[row].minimum,
            table[row].maximum,
            "?" if table[row].default is None else table[row].default,
        )
        for row in _taken(table)
    }
    assert taken == PART_3[name]


def test_the_third_generation_of_ai_stats() -> None:
    table = table_for(_endpoint("ai-stats", "[endpoints.ai-stats]\ngeneration = 3"), "m")
    assert table["max_tokens"].wire == "max_completion_tokens"
    assert table["stop"].wire == "stop"
    assert table["user"].wire == "user"
    assert not table["top_k"].is_taken
    assert table["reasoning_effort"].choices[-1] == "max"
    second = table_for(_endpoint("ai-stats", "[endpoints.ai-stats]\ngeneration = 2"), "m")
    assert second["reasoning_effort"].choices[-1] == "xhigh"
    assert not second["stop"].is_taken
    assert _table("ai-stats")["reasoning_effort"].choices == ("none", "minimal", "low", "medium", "high")


def test_how_many_stop_sequences() -> None:
    names = ("atoma", "openai", "gemini", "anthropic", "vllm", "openrouter")
    most = {name: _table(name)["stop"].max_items for name in names}
    assert most == {"atoma": 4, "openai": 4, "gemini": 5, "anthropic": None, "vllm": None, "openrouter": None}


@pytest.mark.parametrize("name", built_in())
def test_every_row_is_in_every_table_and_is_sound(name: str) -> None:
    table = _table(name)
    assert tuple(table) == row_names()
    for row, spec in table.items():
        assert spec.name == row
        assert spec.label
        assert spec.help.endswith(".")
        assert not spec.reason.endswith(".")
        if not spec.is_taken:
            continue
        if spec.kind in (Kind.NUMBER, Kind.INTEGER):
            assert spec.slider_maximum is not None
            assert spec.step > 0
            if spec.default is not None:
                assert spec.check(spec.default) == spec.default
        if spec.kind is Kind.CHOICE:
            assert spec.choices
            assert spec.default is None or spec.default in spec.choices


@pytest.mark.parametrize("name", built_in())
def test_how_to_send_is_everybodys(name: str) -> None:
    table = _table(name)
    assert table["stream"].is_taken
    assert table["extra_body"].is_taken


def test_the_data_names_what_exists() -> None:
    from tui.providers.dialects import NAMES

    assert set(table_data()["dialects"]) == set(NAMES)
    rows = set(row_names())
    for dialect in table_data()["dialects"].values():
        assert set(dialect["rows"]) <= rows
    for rule in narrowings():
        assert set(rule.dialect) <= set(NAMES)
        assert set(rule.family or ()) <= {"", *built_in()}
        assert set(rule.refuse) | set(rule.rows) <= rows
        assert bool(rule.refuse) == bool(rule.reason)
        re.compile(rule.model)
        re.compile(rule.except_model)


# -- endpoints --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "row", "reason"),
    [
        ("groq", "logprobs", "Groq refuses it"),
        ("groq", "logit_bias", "Groq refuses it"),
        ("mistral", "user", "Mistral refuses it"),
        ("mistral", "logit_bias", "Mistral refuses it"),
        ("mistral", "logprobs", "Mistral refuses it"),
        ("openrouter", "n", "OpenRouter has no such parameter"),
        ("openai", "top_k", "OpenAI's chat API has no such parameter"),
        ("openai", "suffix", "only text completion takes it (parley complete)"),
        ("hatz", "temperature", "Hatz AI documents no such parameter (extra_body sends anything)"),
        ("ai-stats", "stop", "this generation of AI Stats has no stop sequences"),
    ],
)
def test_reasons(name: str, row: str, reason: str) -> None:
    assert _table(name)[row].reason == reason


def test_quirks_of_endpoints() -> None:
    assert _table("mistral")["temperature"].maximum == 1.5
    assert _table("mistral")["seed"].wire == "random_seed"
    assert _table("groq")["n"].maximum == 1
    assert _table("together")["n"].maximum == 128
    completing = replace(_endpoint("together"), dialect="openai-completions")
    assert not table_for(completing, "m")["reasoning_effort"].is_taken
    assert table_for(completing, "m")["top_k"].is_taken
    assert _table("vllm")["repetition_penalty"].wire == "repetition_penalty"
    assert _table("llamacpp")["repetition_penalty"].wire == "repeat_penalty"
    assert {_table(name)["max_tokens"].wire for name in ("groq", "openai", "atoma", "xai")} == {"max_completion_tokens"}
    names = ("mistral", "together", "openrouter", "deepseek", "vllm", "llamacpp", "lmstudio", "local")
    assert {_table(name)["max_tokens"].wire for name in names} == {"max_tokens"}
    assert _table("groq", "qwen/qwen3-32b")["reasoning_effort"].choices == ("none", "default")
    assert _table("groq", "openai/gpt-oss-20b")["reasoning_effort"].choices == ("low", "medium", "high")


def test_biases_are_whole_numbers_at_openai_and_any_elsewhere() -> None:
    bias = _table("openai")["logit_bias"]
    assert bias.check({"50256": -100.0, "1": 5}) == {"50256": -100, "1": 5}
    assert isinstance(bias.check({"50256": 1.0})["50256"], int)
    with pytest.raises(ConfigError, match="whole numbers"):
        bias.check({"50256": 1.5})
    assert _table("atoma")["logit_bias"].check({"50256": 1.5}) == {"50256": 1.5}


def test_a_server_of_ones_own_is_openais_until_it_says_what_it_is_like() -> None:
    lines = 'dialect = "openai-chat"\nbase_url = "http://127.0.0.1:1/v1"\n'
    plain = table_for(_endpoint("w", f"[endpoints.w]\n{lines}"), "m")
    assert plain["max_tokens"].wire == "max_completion_tokens"
    assert plain["temperature"].default is None
    assert "like =" in plain["top_k"].reason
    alike = table_for(_endpoint("w", f'[endpoints.w]\nlike = "vllm"\n{lines}'), "m")
    assert (alike["top_k"].wire, alike["max_tokens"].wire) == ("top_k", "max_tokens")
    named = table_for(_endpoint("w", f'[endpoints.w]\nquirks = {{ max_tokens_field = "max_tokens" }}\n{lines}'), "m")
    assert named["max_tokens"].wire == "max_tokens"


def test_completions_on_a_chat_endpoint() -> None:
    endpoint = replace(_endpoint("vllm"), dialect="openai-completions")
    table = table_for(endpoint, "m")
    assert table["max_tokens"].wire == "max_tokens"
    assert (table["top_k"].wire, table["logprobs"].wire, table["echo"].wire) == ("top_k", "logprobs", "echo")
    assert not table["reasoning_effort"].is_taken


# -- models -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "model", ["o1", "o3-mini", "gpt-5", "gpt-5-mini", "gpt-5-2025-08-07", "gpt-5.2-pro", "gpt-5.6-pro"]
)
def test_openai_models_that_always_reason(model: str) -> None:
    assert _refused("openai", model) >= OPENAI_REFUSED
    assert _refused("openai", model, reasoning_effort="none") >= OPENAI_REFUSED
    assert {"temperature", "top_p", "logprobs"} <= _refused("openai-responses", model)


@pytest.mark.parametrize(
    "model", ["gpt-5-chat-latest", "gpt-5.1-chat-latest", "gpt-4.1", "gpt-4o", "chatgpt-4o-latest"]
)
def test_openai_models_that_do_not_reason(model: str) -> None:
    assert not OPENAI_REFUSED & _refused("openai", model)
    assert "reasoning_effort" in _refused("openai", model)


@pytest.mark.parametrize("model", ["gpt-5.1", "gpt-5.2", "gpt-5.4-mini"])
def test_openai_models_that_reason_when_asked(model: str) -> None:
    assert not OPENAI_REFUSED & _refused("openai", model)
    assert not OPENAI_REFUSED & _refused("openai", model, reasoning_effort="none")
    assert _refused("openai", model, reasoning_effort="low") >= OPENAI_REFUSED


@pytest.mark.parametrize("model", ["gpt-5.5", "gpt-5.6-mini", "gpt-6"])
def test_openai_models_that_reason_unless_told(model: str) -> None:
    assert _refused("openai", model) >= OPENAI_REFUSED
    assert not OPENAI_REFUSED & _refused("openai", model, reasoning_effort="none")


def test_stop_and_the_small_reasoners() -> None:
    assert "stop" in _refused("openai", "o3")
    assert "stop" in _refused("openai", "o4-mini")
    assert "stop" not in _refused("openai", "o1")
    assert "stop" not in _refused("openai", "gpt-5")


def test_open_weights_with_a_similar_name_are_not_touched() -> None:
    assert _refused("vllm", "openai/gpt-oss-20b") == set()
    assert _refused("openrouter", "openai/gpt-5") == set()


@pytest.mark.parametrize(
    "model",
    [
        "claude-opus-4-7",
        "claude-opus-4-8-20260301",
        "claude-opus-5",
        "claude-sonnet-5",
        "claude-fable-5",
        "claude-mythos-5",
    ],
)
def test_the_newest_claudes_take_no_sampling(model: str) -> None:
    assert _refused("anthropic", model) == SAMPLING


@pytest.mark.parametrize("model", ["claude-sonnet-4-5", "claude-opus-4-6", "our-claude"])
def test_what_thinking_leaves_out_is_known_before_it_is_sent(model: str) -> None:
    assert _table("anthropic", model, reasoning_effort="none")["top_p"].minimum == 0
    assert _refused("anthropic", model, reasoning_effort="none") == set()
    settings: dict[str, Any] = {"reasoning_effort": "low", "temperature": 0.5, "top_k": 5, "top_p": 0.97}
    table = _table("anthropic", model, **settings)
    assert _refused("anthropic", model, **settings) == {"temperature", "top_k"}
    assert (table["top_p"].minimum, table["top_p"].maximum) == (0.95, 1)
    assert SAMPLING & set(call_for(DIALECT, chat(model=model, **settings)).json) == {"top_p"}


@pytest.mark.parametrize("name", ["local", "llamacpp"])
def test_a_seed_that_llama_cpp_would_cut_off_is_refused(name: str) -> None:
    seed = _table(name)["seed"]
    assert [seed.check(value) for value in (0, 4294967294, -1)] == [0, 4294967294, -1]
    for value in (4294967295, 4294967297, -2, 2**63 - 1):
        with pytest.raises(ConfigError, match="between 0 and 4294967294 or -1"):
            seed.check(value)


def test_older_claudes() -> None:
    assert _refused("anthropic", "claude-sonnet-4-5") == set()
    assert _refused("anthropic", "claude-sonnet-4-5", reasoning_effort="high") == {"temperature", "top_k"}
    assert _refused("anthropic", "claude-sonnet-4-5", reasoning_effort="none") == set()
    assert _refused("anthropic", "claude-3-5-haiku-latest") == {"reasoning_effort"}
    assert _refused("anthropic", "claude-3.5-sonnet", reasoning_effort="high") == {"reasoning_effort"}
    assert _refused("anthropic", "claude-3-7-sonnet-latest") == set()
    assert _refused("anthropic", "claude-3.7-sonnet", reasoning_effort="high") == {"temperature", "top_k"}


def test_anthropics_second_header_generation_has_no_sampling() -> None:
    toml = '[endpoints.anthropic]\nauth = "bearer"\nheaders = { Anthropic-Version = "2026-10-21" }'
    table = table_for(_endpoint("anthropic", toml), "claude-sonnet-4-5")
    assert not any(table[row].is_taken for row in SAMPLING)


def test_grok() -> None:
    trio = {"frequency_penalty", "presence_penalty", "stop"}
    for model in ("grok-4", "grok-4-fast-reasoning", "grok-code-fast-1", "grok-3-mini", "grok-4.3", "grok-4.5"):
        assert _refused("xai", model) == trio
    for model in ("grok-3", "grok-4-fast-non-reasoning"):
        assert _refused("xai", model) == set()
    assert _table("xai", "grok-3-mini")["reasoning_effort"].choices == ("low", "high")
    assert _table("xai", "grok-4.3")["reasoning_effort"].choices[0] == "none"
    assert not _table("xai", "grok-4")["reasoning_effort"].is_taken


def test_deepseek_and_gemini_and_humanloop() -> None:
    assert _refused("deepseek", "deepseek-reasoner") == {"temperature", "top_p", "logprobs", *PENALTIES}
    assert _refused("deepseek", "deepseek-chat") == set()
    assert _refused("gemini", "gemini-2.0-flash") == {"reasoning_effort"}
    assert "none" in _table("gemini", "gemini-2.5-flash")["reasoning_effort"].choices
    assert "none" not in _table("gemini", "gemini-3-pro-preview")["reasoning_effort"].choices
    for target in ("deployed:mail@live", "experiment:e1", "config:c1"):
        table = _table("humanloop", target)
        assert _taken(table) == {"seed", "n", "logprobs", "suffix", "user"}
        assert table["seed"].wire == "seed"


# -- listings ---------------------------------------------------------------------------------------------------------


def test_a_listing_narrows_what_it_speaks_of() -> None:
    info = ModelFacts("m", parameters=("temperature", "max_tokens"), output_tokens=500)
    table = _table("openrouter", "m", info)
    assert _taken(table) == {"temperature", "max_tokens", "user"}
    assert table["top_p"].reason == "its listing says that the model does not take it"
    assert table["max_tokens"].slider_maximum == 500
    assert table["max_tokens"].maximum is None


def test_a_listing_is_the_limit_where_the_vendor_says_so() -> None:
    gemini = _table("gemini", "m", ModelFacts("m", output_tokens=8192, meta={"maxTemperature": 1.0}))
    assert (gemini["max_tokens"].maximum, gemini["temperature"].maximum) == (8192, 1.0)
    old = _table("anthropic", "m", ModelFacts("m", output_tokens=1024))
    assert (old["max_tokens"].maximum, old["max_tokens"].default) == (1024, 1024)


def test_a_model_may_bring_its_own_defaults() -> None:
    info = ModelFacts(
        "m", meta={"default_parameters": {"temperature": 0.2, "nothing": 1, "top_p": None, "verbosity": "x"}}
    )
    table = _table("local", "m", info)
    assert (table["temperature"].default, table["top_p"].default) == (0.2, None)
    assert "nothing" not in table
    assert not table["verbosity"].is_taken


def test_hostile_listings_change_nothing() -> None:
    info = ModelFacts("m", meta={"maxTemperature": "hot", "default_parameters": [1]})
    assert _table("gemini", "m", info) == _table("gemini", "m")


def test_tables_are_made_once() -> None:
    assert _table("openai", "gpt-4o") is _table("openai", "gpt-4o")
    with pytest.raises(TypeError):
        _table("openai")["temperature"] = None  # type: ignore[index]  # the shared table must not be written to


@given(st.text(max_size=40), st.sampled_from(list(built_in())), st.none() | st.text(max_size=8) | st.integers())
def test_any_model_name_has_a_table(model: str, name: str, effort: Any) -> None:
    table = table_for(resolve(Config(), name, {}), model, parameters={"reasoning_effort": effort})
    assert tuple(table) == row_names()


# -- the command line -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("temperature=0.2", ("temperature", 0.2)),
        ("stop=[\"a\"]", ("stop", ["a"])),
        ("stop=END", ("stop", "END")),
        ("stream=false", ("stream", False)),
        ("user=a=b", ("user", "a=b")),
        ("user=", ("user", "")),
        ("extra_body={\"a\": null}", ("extra_body", {"a": None})),
        (" seed =1", ("seed", 1)),
        ("x=NaN", ("x", "NaN")),
        ("x=1e999", ("x", "1e999")),
        ("x=1.10", ("x", 1.1)),
        ("user=123e4567", ("user", "123e4567")),
        ("user=1.10", ("user", "1.10")),
        ("user=\"7\"", ("user", "7")),
        ("user=null", ("user", None)),
        ("suffix=[]", ("suffix", "[]")),
        ("stop=42", ("stop", "42")),
        ("stop={}", ("stop", "{}")),
        ("x=" + "[" * 3000, ("x", "[" * 3000)),
    ],
)  # fmt: skip
def test_parameters_of_the_command_line(text: str, pair: tuple[str, Any]) -> None:
    assert parse_parameter(text) == pair


@pytest.mark.parametrize("text", ["temperature", "=1", "", "\x1b[31m"])
def test_a_parameter_without_a_name_is_a_sentence(text: str) -> None:
    with pytest.raises(ConfigError, match="write it as name=value") as caught:
        parse_parameter(text)
    assert "\x1b" not in str(caught.value)


def test_large_whole_numbers_are_written_out() -> None:
    with pytest.raises(ConfigError, match="between -2147483648 and 2147483647"):
        _table("gemini")["seed"].check(2**40)
