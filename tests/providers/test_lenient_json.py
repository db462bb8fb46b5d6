"""JSON that may be anything."""

from __future__ import annotations

import json
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.providers.chopping import rounds
from tui.providers.lenient_json import BadJson, argument_text, keepable, list_of, loads, mapping_of, number_of, text_of


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": NaN, "b": Infinity, "c": -Infinity}', {"a": None, "b": None, "c": -math.inf}),
        ("\ufeff{}", {}),
        (b'"\xff"', "\ufffd"),
        ('"\\ud83d"', "\ud83d"),
        (" [1] ", [1]),
        ('{"a":1,"a":2}', {"a": 2}),
    ],
)
def test_what_can_be_read(text: str | bytes, value: object) -> None:
    assert loads(text) == value


@pytest.mark.parametrize(
    "text", ["", " ", "{", "nope", "{'a':1}", "[1,]", '{"a":1}x', "9" * 5000, "[" * 100_000, '{"a":' * 100_000, "\x00"]
)
def test_everything_else_is_bad_json(text: str) -> None:
    with pytest.raises(BadJson):
        loads(text)


@pytest.mark.parametrize(
    ("value", "number"),
    [(3, 3), (3.0, 3), (3.7, 3), (True, None), ("3", None), (None, None), (math.inf, None), (math.nan, None),
     (2**70, None), (-(2**70), None), (1e300, None), (-1, -1), ([], None)],
)  # fmt: skip
def test_numbers(value: object, number: int | None) -> None:
    assert number_of(value) == number


def test_other_types_become_neutral_values() -> None:
    values: list[object] = [None, 1, True, 1.5, "x", [], {}]
    for value in values:
        assert isinstance(text_of(value), str)
        assert isinstance(list_of(value), list)
        assert isinstance(mapping_of(value), dict)


def test_metadata_is_made_keepable() -> None:
    deep: object = 1
    for _ in range(500):
        deep = [deep]
    kept = keepable({"a": 1e999, "b": [float("nan"), 1], "deep": deep, "n": 10**5000, "t": True})
    assert kept["a"] is None
    assert kept["b"] == [None, 1]
    assert kept["n"] is None
    assert kept["t"] is True
    json.dumps(kept, allow_nan=False)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)
    )
)
def test_valid_json_comes_back(value: object) -> None:
    assert loads(json.dumps(value)) == value


_PIECES = ('{"', '":', "[", "]", "}", ",", '"', "\\u", "\\ud83d", "1", "e9", "-", "NaN", "null", "\x00", "é", "9" * 400)


def test_random_text_raises_bad_json_or_nothing() -> None:
    dice = random.Random(4)
    for _ in range(rounds(100_000, 3_000)):
        text = "".join(dice.choice(_PIECES) for _ in range(dice.randint(0, 14)))
        try:
            loads(text)
        except BadJson:
            continue


def test_arguments_of_a_tool_call_are_json_whatever_a_server_sends() -> None:
    assert argument_text('{"city": "Os') == '{"city": "Os'  # a piece: the rest comes
    assert argument_text(loads('{"city": "Tromsø", "far": 1e999}')) == '{"city": "Tromsø", "far": null}'
    deep: dict[str, object] = {}
    for _ in range(5_000):
        deep = {"in": deep}
    assert json.loads(argument_text(deep))
