"""Ceilings on what is spent: which of them a prompt may cross, and what the user has agreed to already.

An agreement to cross a ceiling holds until as much again is spent. Knows neither where the sums come from nor how the
user is asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Ceiling:
    """One ceiling and what is spent of it, in US dollars."""

    name: str
    """Whose it is: “session”, “day”."""
    height_usd: float
    spent_usd: float


@dataclass(frozen=True, slots=True)
class Crossing:
    """A ceiling that would be crossed."""

    ceiling: Ceiling
    times: int
    """How often the ceiling would be full then."""


@dataclass(slots=True)
class Agreements:
    """What the user has agreed to in this run of the program."""

    _times: dict[str, int] = field(default_factory=dict)

    def crossings(self, cost_usd: float, ceilings: Iterable[Ceiling]) -> list[Crossing]:
        """The ceilings that `cost_usd` more would cross without an agreement."""
        found = []
        for one in ceilings:
            after = one.spent_usd + cost_usd
            times = int(after / one.height_usd) if one.height_usd else 1
            if after > one.height_usd and times > self._times.get(one.name, 0):
                found.append(Crossing(one, times))
        return found

    def agree(self, crossings: Iterable[Crossing]) -> None:
        """The user wants to cross these."""
        self._times.update({one.ceiling.name: one.times for one in crossings})
