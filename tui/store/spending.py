"""What was spent since some moment, over all sessions: for the budget of a day. Reads only files changed since then.

Counts known costs, those of deleted replies, of judges and of sessions in the trash too: they were paid for. What no
session file can say any more, or ever could, is kept for the day as moments and amounts, without a word of what they
were paid for. Refuses to guess unknown costs.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from tui.errors import ConfigError
from tui.paths import atomic_write, ensure_private_dir
from tui.store.codec import LineError, decode_values, encode_values
from tui.store.lines import folder_lock
from tui.store.sessions import TRASH, SessionStore

KEPT = "spent.jsonl"
"""Beside the folder of sessions: what was paid today for what is in no session file."""
_MARK = b'"cost_usd":'
_KEPT_EVENT = "spent"
_PAID = ("reply-ended", "asked-aside", _KEPT_EVENT)
Paid = tuple[str, float]
"""When something ended, as sessions write it, and what it cost in US dollars."""


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
            total += _sum(paid_in_file(place.path(entry.id), since_at))
    return total + _sum(paid_in_file(_kept_file(store.folder), since_at))


def paid_in_file(path: Path, since_at: str) -> list[Paid]:
    """What a file, damaged or not, says was paid for what ended at `since_at` or later; nothing of one that is gone."""
    try:
        with path.open("rb") as file:
            return [paid for line in file if _MARK in line for paid in _paid(line) if paid[0] >= since_at]
    except OSError:
        return []


def keep_spent(folder: Path, paid: Iterable[Paid]) -> None:
    """Let what was paid today count although no session in `folder` says it; what is older is forgotten.

    A disk that does not take it is no reason to fail: the trash is emptied because the disk is full.
    """
    since_at = as_written(start_of_day())
    new = [one for one in paid if one[0] >= since_at]
    if not new:
        return
    path = _kept_file(folder)
    with suppress(OSError, ConfigError), folder_lock(ensure_private_dir(path.parent)):
        kept = (*paid_in_file(path, since_at), *new)
        lines = [encode_values({"event": _KEPT_EVENT, "at": at, "cost_usd": cost}) for at, cost in kept]
        atomic_write(path, b"".join(lines))


def _kept_file(folder: Path) -> Path:
    return folder.parent / KEPT


def _sum(paid: Iterable[Paid]) -> float:
    return sum(cost for _, cost in paid)


def _paid(line: bytes) -> list[Paid]:
    """What a line says was paid; empty for lines about something else."""
    try:
        values = decode_values(line.rstrip(b"\n"))
    except LineError:
        return []
    cost = values.get("cost_usd")
    if values.get("event") not in _PAID or isinstance(cost, bool) or not isinstance(cost, int | float):
        return []
    return [(str(values.get("at")), float(cost))]
