"""Every parameter row on every dialect: sent exactly when set, refused when out of range, left out when not taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from tests.providers.test_fixtures import DIALECTS
from tui.domain.request import ChatRequest, CompletionRequest, ModelRef, PromptMessage, Request
from tui.errors import ConfigError
from tui.providers.base import Endpoint, HttpCall
from tui.providers.parameters import row_names, table_for

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
PLAIN_WIRE = {"stream", "extra_body"}


@dataclass(frozen=True)
class Row:
    """A good value, what it adds to the body, and values that are refused before anything is sent."""

    value: Any
    adds: Mapping[str, Any]
    bad: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Wire:
    """A dialect as one model speaks it, and all rows that it takes."""

    fixture: str
    model: str
    rows: Mapping[str, Row]
    generation: int = 1
    completes: bool = False
    quirks: Mapping[str, Any] = field(default_factory=dict)

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(
            "there",
            DIALECTS[self.fixture].name,
            "http://127.0.0.1:9/v1",
            generation=self.generation,
            quirks=self.quirks,
        )

    def call(self, parameters: Mapping[str, Any]) -> HttpCall:
        ref = ModelRef("there", self.model)
        request: Request = ChatRequest(ref, (PromptMessage("user", "Hi"),), parameters=parameters)
        if self.completes:
            request = CompletionRequest(ref, "Hi", parameters=parameters)
        table = table_for(self.endpoint, self.model, parameters=parameters)
        return DIALECTS[self.fixture].call(request, self.endpoint, table)


def at(path: str, value: Any) -> dict[str, Any]:
    """`value` inside nested objects."""
    for name in reversed(path.split(".")):
        value = {name: value}
    return dict(value)


def penalties(below: str = "", names: tuple[str, str] = ("frequency_penalty", "presence_penalty")) -> dict[str, Row]:
    return {
        "frequency_penalty": Row(-1.5, at(below + names[0], -1.5), (-2.1, 2.1, "x")),
        "presence_penalty": Row(1.5, at(below + names[1], 1.5), (-2.1, 2.1, True)),
    }


FORMATS = (5, "xml", {"type": "json_schema"})

COMPLETION_ROWS = {
    "temperature": Row(0.5, {"temperature": 0.5}, (-0.1, 2.1, "hot", True)),
    "top_p": Row(0.5, {"top_p": 0.5}, (-0.1, 1.1)),
    "max_tokens": Row(7, {"max_tokens": 7}, (0, 1.5)),
    **penalties(),
    "seed": Row(3, {"seed": 3}, (1.5, "x")),
    "stop": Row(["a", "b"], {"stop": ["a", "b"]}, (["a"] * 5, [""], 5)),
    "n": Row(2, {"n": 2}, (0,)),
    "logprobs": Row(3, {"logprobs": 3}, (-1, 21)),
    "logit_bias": Row({"50256": -100}, {"logit_bias": {"50256": -100}}, ({"1": 101}, {"1": "x"}, 5)),
    "suffix": Row("end", {"suffix": "end"}, ([],)),
    "best_of": Row(1, {"best_of": 1}, (0,)),
    "echo": Row(True, {"echo": True}, ("yes",)),
    "user": Row("u1", {"user": "u1"}, ([],)),
}

RESPONSES = Wire(
    "openai_responses",
    "gpt-4.1",
    {
        "temperature": Row(0.5, {"temperature": 0.5}, (-0.1, 2.1)),
        "top_p": Row(0.5, {"top_p": 0.5}, (-0.1, 1.1)),
        "max_tokens": Row(16, {"max_output_tokens": 16}, (15,)),
        "logprobs": Row(3, {"top_logprobs": 3, "include": ["message.output_text.logprobs"]}, (-1, 21)),
        "response_format": Row(
            SCHEMA, at("text.format", {"type": "json_schema", "name": "reply", "schema": SCHEMA}), FORMATS
        ),
        "user": Row("u1", {"user": "u1"}, ([],)),
        "service_tier": Row("flex", {"service_tier": "flex"}, ("fast",)),
    },
)
RESPONSES_REASONING = Wire(
    "openai_responses",
    "o4-mini",
    {
        "max_tokens": RESPONSES.rows["max_tokens"],
        "reasoning_effort": Row("high", {"reasoning": {"effort": "high", "summary": "auto"}}, ("huge", 5)),
        "response_format": RESPONSES.rows["response_format"],
        "user": RESPONSES.rows["user"],
        "service_tier": RESPONSES.rows["service_tier"],
    },
)
RESPONSES_GPT5 = Wire(
    "openai_responses",
    "gpt-5",
    {
        **RESPONSES_REASONING.rows,
        "verbosity": Row("low", at("text.verbosity", "low"), ("loud",)),
    },
)
ANTHROPIC = Wire(
    "anthropic_messages",
    "claude-3-5-haiku-latest",
    {
        "temperature": Row(0.5, {"temperature": 0.5}, (-0.1, 1.1)),
        "top_p": Row(0.5, {"top_p": 0.5}, (-0.1, 1.1)),
        "top_k": Row(5, {"top_k": 5}, (0, 1.5)),
        "max_tokens": Row(7, {"max_tokens": 7}, (0,)),
        "stop": Row(["a"] * 9, {"stop_sequences": ["a"] * 9}, ([""],)),
        "response_format": Row(
            SCHEMA, at("output_config.format", {"type": "json_schema", "schema": SCHEMA}), (*FORMATS, "json_object")
        ),
        "user": Row("u1", at("metadata.user_id", "u1"), ([],)),
        "service_tier": Row("standard_only", {"service_tier": "standard_only"}, ("flex",)),
    },
)
ANTHROPIC_NEWEST = Wire(
    "anthropic_messages",
    "claude-opus-4-8",
    {
        **{name: row for name, row in ANTHROPIC.rows.items() if name not in ("temperature", "top_p", "top_k")},
        "reasoning_effort": Row(
            "max",
            {"output_config": {"effort": "max"}, "thinking": {"type": "adaptive", "display": "summarized"}},
            ("huge",),
        ),
    },
)
ANTHROPIC_BUDGET = Wire(
    "anthropic_messages",
    "claude-sonnet-4-5",
    {
        **ANTHROPIC.rows,
        "reasoning_effort": Row(
            "low", {"thinking": {"type": "enabled", "budget_tokens": 2048}, "max_tokens": 6144}, ("huge",)
        ),
    },
)
_CONFIG = "generationConfig."
GEMINI = Wire(
    "gemini",
    "gemini-2.5-flash",
    {
        "temperature": Row(1.5, at(_CONFIG + "temperature", 1.5), (-0.1, 2.1)),
        "top_p": Row(0.5, at(_CONFIG + "topP", 0.5), (-0.1, 1.1)),
        "top_k": Row(5, at(_CONFIG + "topK", 5), (0,)),
        "max_tokens": Row(7, at(_CONFIG + "maxOutputTokens", 7), (0,)),
        **penalties(_CONFIG, ("frequencyPenalty", "presencePenalty")),
        "seed": Row(3, at(_CONFIG + "seed", 3), (2**31, 1.5)),
        "stop": Row(["a"] * 5, at(_CONFIG + "stopSequences", ["a"] * 5), (["a"] * 6,)),
        "n": Row(8, at(_CONFIG + "candidateCount", 8), (0, 9)),
        "logprobs": Row(3, {"generationConfig": {"responseLogprobs": True, "logprobs": 3}}, (-1, 21)),
        "reasoning_effort": Row(
            "low", at(_CONFIG + "thinkingConfig", {"includeThoughts": True, "thinkingBudget": 1024}), ("huge",)
        ),
        "response_format": Row(
            SCHEMA, {"generationConfig": {"responseMimeType": "application/json", "responseSchema": SCHEMA}}, FORMATS
        ),
    },
)
GEMINI_3 = Wire(
    "gemini",
    "gemini-3-pro-preview",
    {
        **GEMINI.rows,
        "reasoning_effort": Row(
            "high", at(_CONFIG + "thinkingConfig", {"includeThoughts": True, "thinkingLevel": "high"}), ("huge", "none")
        ),
    },
)
OLLAMA = Wire(
    "ollama",
    "qwen3:8b",
    {
        "temperature": Row(3, at("options.temperature", 3), (-0.1,)),
        "top_p": Row(0.5, at("options.top_p", 0.5), (-0.1, 1.1)),
        "top_k": Row(0, at("options.top_k", 0), (-1,)),
        "min_p": Row(0.1, at("options.min_p", 0.1), (-0.1, 1.1)),
        "max_tokens": Row(-1, at("options.num_predict", -1), (0, -2)),
        **penalties("options."),
        "repetition_penalty": Row(1.1, at("options.repeat_penalty", 1.1), (-0.1,)),
        "seed": Row(3, at("options.seed", 3), (1.5,)),
        "stop": Row("a", at("options.stop", ["a"]), ([""],)),
        "logprobs": Row(3, {"logprobs": True, "top_logprobs": 3}, (-1, 21)),
        "reasoning_effort": Row("none", {"think": False}, ("huge",)),
        "response_format": Row(SCHEMA, {"format": SCHEMA}, FORMATS),
    },
)
OLLAMA_GENERATE = Wire(
    "ollama",
    "qwen3:8b",
    {**OLLAMA.rows},
    completes=True,
)
HATZ = Wire("hatz", "gpt-4o", {})
_MODEL = "model_config."
HUMANLOOP = Wire(
    "humanloop",
    "gpt-4o",
    {
        "temperature": Row(3, at(_MODEL + "temperature", 3), (-0.1,)),
        "top_p": Row(0.5, at(_MODEL + "top_p", 0.5), (-0.1, 1.1)),
        "max_tokens": Row(-1, at(_MODEL + "max_tokens", -1), (0, -2)),
        **penalties(_MODEL),
        "seed": Row(3, at(_MODEL + "seed", 3), (1.5,)),
        "stop": Row(["a"], at(_MODEL + "stop", ["a"]), ([""],)),
        "n": Row(2, {"num_samples": 2}, (0,)),
        "logprobs": Row(3, {"logprobs": 3}, (-1, 21)),
        "response_format": Row("json_object", at(_MODEL + "response_format", {"type": "json_object"}), FORMATS),
        "suffix": Row("end", {"suffix": "end"}, ([],)),
        "user": Row("u1", {"user": "u1"}, ([],)),
    },
)
HUMANLOOP_SAVED = Wire(
    "humanloop",
    "config:cfg_1",
    {
        "seed": Row(3, {"seed": 3}, (1.5,)),
        **{name: HUMANLOOP.rows[name] for name in ("n", "logprobs", "suffix", "user")},
    },
)
AI_STATS_1 = Wire(
    "ai_stats",
    "openai/gpt-4o",
    {
        "temperature": Row(0.5, {"temperature": 0.5}, (-0.1, 2.1)),
        "top_p": Row(0.5, {"top_p": 0.5}, (-0.1, 1.1)),
        "top_k": Row(5, {"top_k": 5}, (0,)),
        "max_tokens": Row(7, {"max_output_tokens": 7}, (0,)),
        **penalties(),
        "seed": Row(3, {"seed": 3}, (1.5,)),
        "logprobs": Row(3, {"logprobs": True, "top_logprobs": 3}, (-1, 21)),
        "logit_bias": Row({"1": 5}, {"logit_bias": {"1": 5}}, ({"1": "x"},)),
        "reasoning_effort": Row("low", at("reasoning.effort", "low"), ("xhigh",)),
        "response_format": Row(SCHEMA, {"response_format": {"type": "json_schema", "schema": SCHEMA}}, FORMATS),
        "user": Row("u1", {"user_id": "u1"}, ([],)),
        "service_tier": Row("flex", {"service_tier": "flex"}, ("auto",)),
    },
)
AI_STATS_2 = replace(
    AI_STATS_1,
    generation=2,
    rows={**AI_STATS_1.rows, "reasoning_effort": Row("xhigh", at("reasoning.effort", "xhigh"), ("max",))},
)
AI_STATS_3 = replace(
    AI_STATS_1,
    generation=3,
    rows={
        **{name: row for name, row in AI_STATS_1.rows.items() if name != "top_k"},
        "max_tokens": Row(7, {"max_completion_tokens": 7}, (0,)),
        "stop": Row(["a"], {"stop": ["a"]}, ([""],)),
        "reasoning_effort": Row("max", {"reasoning_effort": "max"}, ("huge",)),
        "response_format": Row(
            SCHEMA,
            {"response_format": {"type": "json_schema", "json_schema": {"name": "reply", "schema": SCHEMA}}},
            FORMATS,
        ),
        "user": Row("u1", {"user": "u1"}, ([],)),
    },
)
COMPLETIONS = Wire("openai_completions", "base", COMPLETION_ROWS, completes=True)

WIRES = {
    "completions": COMPLETIONS,
    "responses": RESPONSES,
    "responses-reasoning": RESPONSES_REASONING,
    "responses-gpt5": RESPONSES_GPT5,
    "anthropic": ANTHROPIC,
    "anthropic-newest": ANTHROPIC_NEWEST,
    "anthropic-budget": ANTHROPIC_BUDGET,
    "gemini": GEMINI,
    "gemini-3": GEMINI_3,
    "ollama": OLLAMA,
    "ollama-generate": OLLAMA_GENERATE,
    "hatz": HATZ,
    "humanloop": HUMANLOOP,
    "humanloop-saved": HUMANLOOP_SAVED,
    "ai-stats-1": AI_STATS_1,
    "ai-stats-2": AI_STATS_2,
    "ai-stats-3": AI_STATS_3,
}
ALL = [(name, row) for name, wire in WIRES.items() for row in wire.rows]


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(below)
    for key, value in above.items():
        is_both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if is_both else value
    return result


@pytest.mark.parametrize("name", WIRES)
def test_the_rows_that_a_model_takes_are_all_tested_here(name: str) -> None:
    wire = WIRES[name]
    table = table_for(wire.endpoint, wire.model)
    taken = {row for row, spec in table.items() if spec.is_taken} - PLAIN_WIRE
    by_request = {"suffix"} if wire.fixture == "ollama" else set()  # on another path; tested beside its fixture
    assert taken - by_request == set(wire.rows)


@pytest.mark.parametrize(("name", "row"), ALL)
def test_a_set_row_adds_its_field_and_nothing_else(name: str, row: str) -> None:
    wire = WIRES[name]
    spec = wire.rows[row]
    assert wire.call({row: spec.value}).json == merged(wire.call({}).json, spec.adds)


@pytest.mark.parametrize(("name", "row"), ALL)
def test_a_value_out_of_range_is_refused_in_words(name: str, row: str) -> None:
    wire = WIRES[name]
    for bad in wire.rows[row].bad:
        with pytest.raises(ConfigError, match=row):
            wire.call({row: bad})


@pytest.mark.parametrize("name", WIRES)
def test_rows_that_are_not_taken_never_reach_the_wire(name: str) -> None:
    wire = WIRES[name]
    plain = wire.call({})
    assert plain.notes == ()
    for row in set(row_names()) - set(wire.rows) - PLAIN_WIRE - {"suffix"}:
        call = wire.call({row: 1})
        assert call.json == plain.json, row
        assert len(call.notes) == 1
        assert row in call.notes[0]


@pytest.mark.parametrize("name", WIRES)
def test_unset_is_absent(name: str) -> None:
    wire = WIRES[name]
    assert wire.call({row: None for row in wire.rows}).json == wire.call({}).json


@pytest.mark.parametrize("name", WIRES)
def test_extra_body_and_own_fields_reach_the_wire_untouched(name: str) -> None:
    wire = WIRES[name]
    extra = {"brand_new": {"deep": [1, None, "ü"]}, "stop_at": 5}
    assert wire.call({"extra_body": extra}).json == {**wire.call({}).json, **extra}
    assert wire.call({"file_uuids": ["x"]}).json == {**wire.call({}).json, "file_uuids": ["x"]}
    with pytest.raises(ConfigError, match="extra_body"):
        wire.call({"extra_body": [1]})


@pytest.mark.parametrize("name", WIRES)
def test_a_request_chooses_whether_to_stream(name: str) -> None:
    wire = WIRES[name]
    for wanted in (True, False):
        call = wire.call({"stream": wanted})
        assert call.is_streamed is wanted
        if wire.fixture == "gemini":
            assert (":streamGenerateContent?alt=sse" in call.url) is wanted
        else:
            assert call.json.get("stream", False) is wanted
    with pytest.raises(ConfigError, match="stream"):
        wire.call({"stream": "yes"})


@pytest.mark.parametrize("name", WIRES)
def test_no_nulls_are_sent(name: str) -> None:
    wire = WIRES[name]
    everything = {row: spec.value for row, spec in wire.rows.items()}
    if name == "anthropic-budget":
        everything |= {"max_tokens": 5000, "top_p": 0.95}  # thinking needs room, and takes little else
    if "best_of" in everything:
        everything["best_of"] = everything["n"]  # fewer are refused

    def walk(value: Any) -> None:
        assert value is not None
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            walk(inner)

    walk(wire.call(everything).json)
