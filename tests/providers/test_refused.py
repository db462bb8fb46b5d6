"""Parameters that a model refused: dropped once, remembered, and no others."""

from __future__ import annotations

from typing import Any

import pytest

from tui.providers.base import HttpCall, Rejection
from tui.providers.refused import RefusedParameters

BODY = {
    "model": "m",
    "messages": [],
    "temperature": 0.5,
    "user": "me",
    "n": 2,
    "logprobs": True,
    "top_logprobs": 3,
    "reasoning": {"effort": "low", "summary": "auto"},
    "output_config": {"effort": "low"},
    "response_format": {"type": "json_object"},
}


def call(**changes: Any) -> HttpCall:
    return HttpCall("POST", "http://127.0.0.1:9/v1/x", json={**BODY, **changes})


@pytest.mark.parametrize(
    ("rejection", "gone"),
    [
        (Rejection("Unsupported parameter: 'temperature' is not supported.", parameter="temperature"), ["temperature"]),
        (Rejection("no", parameter="temperature"), ["temperature"]),
        (Rejection("no", code="unsupported_value", parameter="temperature"), ["temperature"]),
        (Rejection("`temperature` is deprecated for this model."), ["temperature"]),
        (Rejection("temperature: Extra inputs are not permitted"), ["temperature"]),
        (Rejection("top_logprobs is not supported"), ["logprobs", "top_logprobs"]),
        (Rejection("Your organization must be verified", parameter="reasoning.summary"), ["reasoning.summary"]),
        (Rejection("This model does not support 'output_config.effort'"), ["output_config"]),
        (Rejection("Unknown name 'n'"), ["n"]),
        (Rejection("unsupported", parameter="response_format"), ["response_format"]),
    ],
)
def test_the_named_field_goes(rejection: Rejection, gone: list[str]) -> None:
    again = RefusedParameters().second_call(call(), 400, rejection)
    assert again is not None
    expected: Any = {**BODY}
    for path in gone:
        first, _, rest = path.partition(".")
        if rest:
            expected[first] = {key: value for key, value in expected[first].items() if key != rest}
        else:
            del expected[first]
    assert again.json == expected
    assert len(again.notes) == 1


@pytest.mark.parametrize(
    ("status", "rejection"),
    [
        (400, Rejection("model is unsupported", parameter="model")),
        (400, Rejection("unsupported", parameter="messages")),
        (400, Rejection("Invalid schema", parameter="response_format")),
        (400, Rejection("too long", code="context_length_exceeded", parameter="temperature")),
        (400, Rejection("user messages with images are not supported")),
        (400, Rejection("something else is unsupported")),
        (400, Rejection("temperature is too high")),
        (404, Rejection("Unsupported parameter", parameter="temperature")),
        (500, Rejection("Unsupported parameter", parameter="temperature")),
        (422, Rejection("unknown", parameter="not_there")),
    ],
)
def test_what_is_not_a_refused_field_is_left(status: int, rejection: Rejection) -> None:
    assert RefusedParameters().second_call(call(), status, rejection) is None


def test_refusals_are_remembered_by_address_and_model() -> None:
    refused = RefusedParameters()
    refused.second_call(call(), 400, Rejection("'temperature' is not supported", parameter="temperature"))
    assert "temperature" not in refused.without_refused(call()).json
    assert "temperature" in refused.without_refused(call(model="other")).json
    refused.forget()
    assert refused.without_refused(call()).notes == ()


def test_a_bad_value_is_not_held_against_the_parameter() -> None:
    refused = RefusedParameters()
    assert refused.second_call(call(), 400, Rejection("must be below 0.4", parameter="temperature")) is not None
    assert "temperature" in refused.without_refused(call()).json


def test_the_call_that_was_sent_stays_as_it_was() -> None:
    sent = call()
    RefusedParameters().second_call(sent, 400, Rejection("no", parameter="reasoning.summary"))
    assert sent.json == BODY
