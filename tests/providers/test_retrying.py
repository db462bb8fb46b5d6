"""When a request is sent again, and the wait before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from tui.errors import RateLimited, RequestRejected
from tui.providers.base import Rejection, RetryPolicy
from tui.providers.retrying import Tries, TryFailed, demanded_wait_s, is_about_quota

NOW = 1_750_000_000.0


def _date(seconds: float) -> str:
    return format_datetime(datetime.fromtimestamp(NOW, UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"retry-after": "2"}, 2),
        ({"retry-after": " 2.5 "}, 2.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after-ms": "x", "retry-after": "9"}, 9),
        ({"retry-after": _date(30)}, 30),
        ({"retry-after": _date(-30)}, None),
        ({"retry-after": "0"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "1e3"}, None),
        ({"retry-after": "1_000"}, None),
        ({"retry-after": "５"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "9" * 400}, None),
        ({"retry-after": "9" * 20}, 1e20),
        ({"retry-after": "Fri, 31 Dec 100000 23:59:59 GMT"}, None),
        ({"retry-after": "Fri, 99 Foo 2030 99:99:99 GMT"}, None),
        ({"retry-after": "Sunday, 06-Nov-94 08:49:37 GMT"}, None),
        ({"retry-after": "99999"}, 99999),
    ],
)
def test_demanded_waits(headers: dict[str, str], wait: float | None) -> None:
    assert demanded_wait_s(headers, now=NOW) == wait


def tries(policy: RetryPolicy | None = None, *, attempt: int = 1, elapsed_s: float = 0.0, jitter: float = 0.0) -> Tries:
    return Tries(
        policy or RetryPolicy(), attempt, 0.0, clock=lambda: elapsed_s, uniform=lambda low, high: high * jitter
    )


def failed(status: int = 503, **more: Any) -> TryFailed:
    return TryFailed(RequestRejected("no", status=status), "no", **more)


def test_the_wait_doubles_up_to_a_limit_and_jitter_shortens_it() -> None:
    policy = RetryPolicy(attempts=99)
    waits = [tries(policy, attempt=attempt).wait_after(failed()) for attempt in range(1, 8)]
    assert waits == [0.5, 1, 2, 4, 8, 8, 8]
    assert tries(policy, jitter=1.0).wait_after(failed()) == pytest.approx(0.375)
    assert tries(policy, attempt=98).wait_after(failed()) == 8


@pytest.mark.parametrize("status", [408, 409, 429, 500, 501, 502, 503, 504, 520, 529, 599])
def test_statuses_that_are_tried_again(status: int) -> None:
    assert tries().wait_after(failed(status)) is not None


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 413, 422, 302])
def test_statuses_that_are_not(status: int) -> None:
    assert tries().wait_after(failed(status)) is None


@pytest.mark.parametrize(
    "rejection",
    [
        Rejection(code="insufficient_quota"),
        Rejection(words="You exceeded your current quota, please check your plan"),
        Rejection(words="Your credit balance is too low"),
        Rejection(is_final=True),
    ],
)
def test_quota_is_never_tried_again(rejection: Rejection) -> None:
    assert tries().wait_after(failed(429, rejection=rejection, headers={"x-should-retry": "true"})) is None


def test_a_passing_limit_that_speaks_of_quota_is_tried_again() -> None:
    rejection = Rejection(words="You exceeded your current quota", code="RESOURCE_EXHAUSTED", retry_after_s=17)
    assert not is_about_quota(rejection)
    assert tries().wait_after(failed(429, rejection=rejection)) == 17


def test_the_server_may_say_whether() -> None:
    assert tries().wait_after(failed(500, headers={"x-should-retry": "false"})) is None
    assert tries().wait_after(failed(400, headers={"x-should-retry": "true"})) == 0.5
    assert tries().wait_after(failed(401, headers={"x-should-retry": "true"})) is None


def test_waits_up_to_a_minute_are_kept_and_longer_ones_not() -> None:
    assert tries().wait_after(failed(429, headers={"retry-after": "60"})) == 60
    assert tries().wait_after(failed(429, headers={"retry-after": "61"})) is None


def test_no_try_starts_too_late() -> None:
    assert tries(elapsed_s=59).wait_after(failed()) == 0.5
    assert tries(elapsed_s=61).wait_after(failed()) is None
    assert tries(elapsed_s=30).wait_after(failed(headers={"retry-after": "40"})) is None


def test_attempts_count_requests() -> None:
    assert tries(RetryPolicy(attempts=1)).wait_after(failed()) is None
    assert tries(RetryPolicy(attempts=2)).wait_after(failed()) is not None
    assert tries(RetryPolicy(attempts=2), attempt=2).wait_after(failed()) is None


def test_connection_errors() -> None:
    lost = TryFailed(RateLimited("x"), "lost", is_connection=True)
    assert tries().wait_after(lost) is not None
    assert tries(RetryPolicy(connection_errors=False)).wait_after(lost) is None
    assert tries().wait_after(TryFailed(RateLimited("x"), "TLS", is_connection=True, is_hopeful=False)) is None


def test_some_statuses_are_tried_again_once() -> None:
    atoma = RetryPolicy(once=(404, 500))
    for status in atoma.once:
        assert tries(atoma).wait_after(failed(status)) is not None
        assert tries(atoma, attempt=2).wait_after(failed(status)) is None
    assert tries(atoma, attempt=2).wait_after(failed(503)) is not None


def test_what_a_gateway_calls_the_users_fault_is_not_tried_again() -> None:
    mine, theirs = ({"x-gateway-error-attribution": whose} for whose in ("user", "upstream"))
    assert tries().wait_after(failed(429, headers=mine)) is None
    assert tries().wait_after(failed(502, headers=theirs)) is not None
