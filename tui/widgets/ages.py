"""How long ago something was, in as few cells as possible.

Refuses to guess: what is no time has no age.
"""

from __future__ import annotations

from datetime import UTC, datetime

_UNITS = ((60, "s", 1), (3600, "m", 60), (86400, "h", 3600), (30 * 86400, "d", 86400))


def age_words(at: str, *, now: datetime | None = None) -> str:
    """`now`, `5m`, `3h`, `12d`, else the date; empty when `at` is no time.

    Args:
        at: ISO 8601.
        now: The moment to count from; None is this one.
    """
    try:
        then = datetime.fromisoformat(at)
    except ValueError:
        return ""
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    age_s = ((now or datetime.now(UTC)) - then).total_seconds()
    if age_s < 60:
        return "now"
    for limit_s, unit, size_s in _UNITS:
        if age_s < limit_s:
            return f"{age_s // size_s:.0f}{unit}"
    return then.date().isoformat()
