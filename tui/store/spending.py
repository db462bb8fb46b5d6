"""What was spent since some moment, over all sessions: for the budget of a day. Reads only files changed since then.

Counts known costs, those of deleted replies, of judges and of sessions in the trash too: they were paid for. Refuses
to guess unknown ones.
"""

from __future__ import annotations

from datetime import UTC, datetime

from tui.store.codec import LineError, decode_values
from tui.store.sessions import TRASH, SessionStore

_MARK = b'"cost_usd":'
_PAID = ("reply-ended", "asked-aside")


def start_of_day(now: datetime | None = None) -> datetime:
    """Midnight of this day where the user is."""
    here = (now or datetime.now(UTC)).astimezone()
    return here.replace(hour=0, minute=0, second=0, microsecond=0)


def as_written(moment: datetime) -> str:
    """A moment as sessions write it: ISO 8601 in UTC with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def spent_since(store: SessionStore, moment: datetime, *, leave_out: str = "") -> float:
    """US dollars known to be spent on what ended since `moment`, without the session `leave_out`."""
    since_ns, since_at = int(moment.timestamp() * 1e9), as_written(moment)
    total = 0.0
    for place in (store, SessionStore(store.folder / TRASH)):
        for entry in place.entries():
            if entry.id == leave_out or entry.changed_ns < since_ns:
                continue
            try:
                with place.path(entry.id).open("rb") as file:
                    total += sum(_cost(line, since_at) for line in file if _MARK in line)
            except OSError:
                continue  # gone since the folder was listed
    return total


def _cost(line: bytes, since_at: str) -> float:
    try:
        values = decode_values(line.rstrip(b"\n"))
    except LineError:
        return 0.0
    cost = values.get("cost_usd")
    if values.get("event") not in _PAID or str(values.get("at")) < since_at or isinstance(cost, bool):
        return 0.0
    return float(cost) if isinstance(cost, int | float) else 0.0
