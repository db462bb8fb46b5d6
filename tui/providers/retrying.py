"""When a failed request is sent again, and after how long a wait.

Pure decisions; whoever asks does the waiting, visibly. Refuses to retry what cannot get better: quota, payment, keys.

Source: wire-contracts 1.0, 1.2, 2.1 (the wait of the vendors' own SDKs); RFC 9110 10.2.3 (Retry-After).
"""

from __future__ import annotations

import math
import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from tui.errors import ConfigError, ProviderError
from tui.providers.base import Endpoint, Rejection, RetryPolicy, Timeouts

Settings = TypeVar("Settings", RetryPolicy, Timeouts)

LONGEST_DEMAND_S = 60.0
"""Waits that a server asks for are kept up to this; longer ones are shown instead."""

_JITTER = 0.25
_LARGEST = 1e9
"""No setting of a request, in seconds or tries, is larger."""
_ATTRIBUTION = "x-gateway-error-attribution"
"""A gateway's word on whose fault it is; what is the user's does not get better. Source: wire-contracts 1.5"""
_NEVER = frozenset({401, 402, 403})
_QUOTA_CODES = frozenset(
    {"insufficient_quota", "insufficient_funds", "insufficient_balance", "billing_hard_limit_reached", "billing_error"}
)
_QUOTA_WORDS = re.compile(
    r"exceeded your current quota|insufficient[ _](?:quota|balance|funds|credit)|out of credit|credit balance|no credit"
    r"|(?:more|enough) credits?\b|billing|payment required",
    re.IGNORECASE,
)
_PLAIN_NUMBER = re.compile(r"\d{1,20}(?:\.\d{1,9})?", re.ASCII)


def demanded_wait_s(headers: Mapping[str, str], *, now: float | None = None) -> float | None:
    """The wait that response headers ask for, in seconds; None when there is none that makes sense.

    Args:
        headers: By lower-case name.
        now: Seconds since the epoch; the present when None.
    """
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None and milliseconds > 0:
        return milliseconds / 1000
    text = headers.get("retry-after", "").strip()
    seconds = _number(text)
    if seconds is None and text:
        seconds = _seconds_until(text, time.time() if now is None else now)
    return seconds if seconds is not None and seconds > 0 else None


def is_about_quota(rejection: Rejection) -> bool:
    """Whether money or quota ran out; a body that names a wait means a passing limit (Gemini), whatever its words."""
    if rejection.code.lower() in _QUOTA_CODES:
        return True
    return rejection.retry_after_s is None and bool(_QUOTA_WORDS.search(rejection.words[:2000]))


def _number(text: str) -> float | None:
    return float(text) if _PLAIN_NUMBER.fullmatch(text.strip()) else None


def _seconds_until(text: str, now: float) -> float | None:
    if not text.isascii() or len(text) > 64:
        return None
    try:
        from email.utils import parsedate_to_datetime  # late: a mail library, for the rare date

        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return (when - datetime.fromtimestamp(now, UTC)).total_seconds()


class TryFailed(Exception):
    """One try failed before anything of the reply was shown."""

    def __init__(
        self,
        error: ProviderError,
        cause: str,
        *,
        is_connection: bool = False,
        headers: Mapping[str, str] | None = None,
        rejection: Rejection | None = None,
        is_hopeful: bool = True,
    ) -> None:
        super().__init__(str(error))
        self.error = error
        self.cause = cause
        """A few words for the note beside the wait."""
        self.is_connection = is_connection
        self.headers = headers or {}
        self.rejection = rejection
        self.is_hopeful = is_hopeful
        """Whether the same request could succeed; a certificate does not get better."""

    @property
    def demand_s(self) -> float | None:
        """The wait that the server asked for."""
        wait = demanded_wait_s(self.headers)
        if wait is None and self.rejection is not None:
            wait = self.rejection.retry_after_s
        return wait if wait is not None and math.isfinite(wait) and wait > 0 else None


@dataclass(slots=True)
class Tries:
    """Counts the tries of one request."""

    policy: RetryPolicy
    attempt: int = 1
    began_at: float = -1.0
    clock: Callable[[], float] = time.monotonic
    uniform: Callable[[float, float], float] = random.uniform

    def __post_init__(self) -> None:
        if self.began_at < 0:
            self.began_at = self.clock()

    @property
    def attempts(self) -> int:
        """How many tries there are in all."""
        return max(1, self.policy.attempts)

    def wait_after(self, failed: TryFailed) -> float | None:
        """Seconds until the next try, or None when there is none."""
        if self.attempt >= self.attempts or not self._may_retry(failed):
            return None
        demand = failed.demand_s
        if demand is not None and demand > LONGEST_DEMAND_S:
            return None
        wait = self._backoff_s() if demand is None else demand
        elapsed = self.clock() - self.began_at
        is_late = elapsed + wait > self.policy.total_s * 1.02  # a wait of the whole time is still one of it
        return None if is_late else wait

    def _backoff_s(self) -> float:
        exponent = min(self.attempt - 1, 60)
        wait = min(self.policy.first_wait_s * 2.0**exponent, self.policy.longest_wait_s)
        return max(0.0, wait * (1 - self.uniform(0, _JITTER)))

    def _may_retry(self, failed: TryFailed) -> bool:
        if not failed.is_hopeful:
            return False
        if failed.is_connection:
            return self.policy.connection_errors
        status = failed.error.status or 0
        if status in _NEVER or _is_hopeless(failed.rejection):
            return False
        match failed.headers.get("x-should-retry", "").strip().lower():
            case "true":
                return True
            case "false":
                return False
        if status in self.policy.never or failed.headers.get(_ATTRIBUTION, "").strip().lower() == "user":
            return False
        if status in self.policy.once:
            return self.attempt < 2
        return status >= 500 or status in self.policy.statuses


def _is_hopeless(rejection: Rejection | None) -> bool:
    return rejection is not None and (rejection.is_final or is_about_quota(rejection))


# -- settings of one request -------------------------------------------------------------------------------------------


def retry_policy(endpoint: Endpoint, settings: Mapping[str, Any]) -> RetryPolicy:
    """The endpoint's policy with a request's own settings over it.

    Raises:
        ConfigError: an unknown name or an unusable value.
    """
    return _overlaid(endpoint.retry, settings, "retry")


def time_limits(endpoint: Endpoint, settings: Mapping[str, Any]) -> Timeouts:
    """The endpoint's time limits with a request's own settings over them.

    Raises:
        ConfigError: an unknown name or an unusable value.
    """
    return _overlaid(endpoint.timeouts, settings, "timeout")


def _overlaid(base: Settings, settings: Mapping[str, Any], what: str) -> Settings:
    if not settings:
        return base
    allowed = {field.name: getattr(base, field.name) for field in fields(base)}
    changes: dict[str, Any] = {}
    for name, value in settings.items():
        if name not in allowed:
            raise ConfigError(f"{what}.{name} is no setting; there are {', '.join(allowed)}.")
        changes[name] = _checked(f"{what}.{name}", value, allowed[name])
    return replace(base, **changes)


def _checked(name: str, value: Any, model: Any) -> Any:
    if isinstance(model, bool):
        if isinstance(value, bool):
            return value
        raise ConfigError(f"{name} must be true or false.")
    if isinstance(model, tuple):
        if isinstance(value, list | tuple) and all(type(item) is int for item in value):
            return tuple(value)
        raise ConfigError(f"{name} must be a list of HTTP statuses.")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LARGEST:
        raise ConfigError(f"{name} must be a number of at least 0.")
    if isinstance(model, int):
        if value != int(value) or value < 1:
            raise ConfigError(f"{name} must be a whole number of at least 1.")
        return int(value)
    return float(value)
