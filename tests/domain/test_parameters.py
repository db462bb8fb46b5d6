"""Checking, clamping and describing parameter values."""

from __future__ import annotations

from typing import Any

import pytest

from tui.domain.parameters import Kind, ParameterSpec, within_limits
from tui.domain.request import ModelRef
from tui.errors import ConfigError

TEMPERATURE = ParameterSpec("temperature", Kind.NUMBER, minimum=0, maximum=2)
CAP = ParameterSpec("max_tokens", Kind.INTEGER, minimum=1, also=(-1,))
STOP = ParameterSpec("stop", Kind.LIST, max_items=2)
BIAS = ParameterSpec("logit_bias", Kind.MAP, minimum=-100, maximum=100)
EFFORT = ParameterSpec("reasoning_effort", Kind.CHOICE, choices=("low", "high"))


@pytest.mark.parametrize(
    ("spec", "value", "checked"),
    [
        (TEMPERATURE, 0, 0),
        (TEMPERATURE, 2, 2),
        (TEMPERATURE, 0.7, 0.7),
        (CAP, 5.0, 5),
        (CAP, -1, -1),
        (STOP, "end", ["end"]),
        (STOP, ["a", "b"], ["a", "b"]),
        (BIAS, {"1": -100}, {"1": -100}),
        (EFFORT, "low", "low"),
    ],
)
def test_good_values_come_back_in_the_type_of_the_wire(spec: ParameterSpec, value: Any, checked: Any) -> None:
    assert spec.check(value) == checked
    assert type(spec.check(value)) is type(checked)


@pytest.mark.parametrize(
    ("spec", "value"),
    [
        (TEMPERATURE, 2.01),
        (TEMPERATURE, -0.1),
        (TEMPERATURE, float("nan")),
        (TEMPERATURE, 10**400),
        (CAP, 10**400),
        (BIAS, {"1": -(10**400)}),
        (TEMPERATURE, True),
        (TEMPERATURE, "hot"),
        (CAP, 0),
        (CAP, 1.5),
        (STOP, ["a", "b", "c"]),
        (STOP, [""]),
        (STOP, [1]),
        (BIAS, {"1": 101}),
        (BIAS, {"1": "x"}),
        (BIAS, [1]),
        (EFFORT, "maximal"),
        (ParameterSpec("echo", Kind.BOOLEAN), 1),
    ],
)
def test_bad_values_are_one_sentence_that_names_the_parameter(spec: ParameterSpec, value: Any) -> None:
    with pytest.raises(ConfigError, match=spec.name) as caught:
        spec.check(value, model="demo/a")
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_clamping_keeps_type_and_single_values() -> None:
    assert TEMPERATURE.clamp(9) == 2
    assert CAP.clamp(-1) == -1
    assert CAP.clamp(-7) == 1


def test_numbers_set_for_another_model_become_the_nearest() -> None:
    table = {"temperature": TEMPERATURE, "max_tokens": CAP, "seed": ParameterSpec("seed", Kind.INTEGER, reason="no")}
    given = {"temperature": 9, "max_tokens": 1.5, "seed": 3, "own": 99}
    found, words = within_limits(given, table, "work/m")
    assert found == {**given, "temperature": 2}
    assert words == ["temperature was sent as 2, not 9: work/m takes between 0 and 2."]
    odd = {"temperature": True, "max_tokens": "many"}
    assert within_limits(odd, table, "work/m") == (odd, [])


@pytest.mark.parametrize(
    ("value", "choices", "wanted"),
    [
        ("max", ("none", "low", "high"), "high"),
        ("low", ("none", "high"), "high"),
        ("minimal", ("low", "medium"), "low"),
        ("none", ("minimal", "low"), "minimal"),
        ("high", ("none", "high"), "high"),
        ("high", ("none", "default"), "high"),
        ("loud", ("low", "high"), "loud"),
        ("high", (), "high"),
    ],
)
def test_degrees_set_for_another_model_become_the_nearest(value: str, choices: tuple[str, ...], wanted: str) -> None:
    table = {"reasoning_effort": ParameterSpec("reasoning_effort", Kind.CHOICE, choices=choices)}
    found, words = within_limits({"reasoning_effort": value}, table, "work/m")
    assert found == {"reasoning_effort": wanted}
    assert bool(words) is (wanted != value)


def test_numbers_beyond_all_bounds_are_left_to_the_check() -> None:
    values = {"temperature": 10**400, "max_tokens": -(10**400)}
    assert within_limits(values, {"temperature": TEMPERATURE, "max_tokens": CAP}, "m") == (values, [])


def test_values_of_any_type_are_no_degrees() -> None:
    table = {"reasoning_effort": ParameterSpec("reasoning_effort", Kind.CHOICE, choices=("low",))}
    assert within_limits({"reasoning_effort": ["high"]}, table, "work/m")[1] == []


@pytest.mark.parametrize("text", ["", "local", "/x", "local/", "  "])
def test_what_is_not_a_model_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        ModelRef.parse(text)


def test_the_first_slash_separates() -> None:
    reference = ModelRef.parse("atoma/meta-llama/Llama-3.3-70B-Instruct")
    assert (reference.endpoint, reference.model) == ("atoma", "meta-llama/Llama-3.3-70B-Instruct")


def test_a_range_of_one_value_is_that_value() -> None:
    with pytest.raises(ConfigError, match="n must be 1 for groq/m, not 2"):
        ParameterSpec("n", Kind.INTEGER, minimum=1, maximum=1).check(2, model="groq/m")
