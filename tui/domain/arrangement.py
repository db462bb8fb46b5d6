"""How a session's columns stand on the screen: how wide, which are folded, one alone, scrolled in step.

Part of the session's layout, so that it comes back with the session. Pure values; refuses to know what a screen is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tui.domain.record import SessionMarked, now
from tui.domain.session import Session

LAYOUT_KEY = "columns"
USUAL_SHARE = 1.0
LEAST_SHARE, MOST_SHARE = 0.4, 4.0
"""A narrower column cannot be read beside others; a wider one leaves them no room."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What the user did to the columns' places."""

    shares: Mapping[str, float] = field(default_factory=dict)
    """Column id -> its part of the width, where it is not the usual one."""
    folded: frozenset[str] = frozenset()
    is_zoomed: bool = False
    """Whether only the current column is shown."""
    is_in_step: bool = False
    """Whether all columns scroll together."""

    def share(self, column_id: str) -> float:
        """A column's part of the width."""
        return self.shares.get(column_id, USUAL_SHARE)

    def with_share(self, column_id: str, share: float) -> Arrangement:
        """This, with a column of another width."""
        shares = {**self.shares, column_id: round(max(LEAST_SHARE, min(MOST_SHARE, share)), 3)}
        return replace(self, shares={name: one for name, one in shares.items() if one != USUAL_SHARE})

    def with_fold(self, column_id: str, *, is_folded: bool) -> Arrangement:
        """This, with a column folded or not."""
        return replace(self, folded=self.folded | {column_id} if is_folded else self.folded - {column_id})

    def renamed(self, names: Mapping[str, str]) -> Arrangement:
        """This, for other columns: `names` are their ids by those of the columns that it was for."""
        shares = {names[name]: share for name, share in self.shares.items() if name in names}
        return replace(self, shares=shares, folded=frozenset(names[name] for name in self.folded if name in names))


def arrangement_of(session: Session) -> Arrangement:
    """The session's arrangement; what is damaged, or of columns that are gone, is left out."""
    values = session.layout.get(LAYOUT_KEY)
    if not isinstance(values, Mapping):
        return Arrangement()
    shares, folded = values.get("shares"), values.get("folded")
    found = Arrangement(is_zoomed=values.get("zoomed") is True, is_in_step=values.get("in_step") is True)
    for name, share in shares.items() if isinstance(shares, Mapping) else ():
        if name in session.columns and isinstance(share, int | float) and not isinstance(share, bool):
            found = found.with_share(name, share)
    for name in folded if isinstance(folded, list | tuple) else ():
        if name in session.columns:
            found = found.with_fold(name, is_folded=True)
    return found


def arranged(session: Session, arrangement: Arrangement) -> SessionMarked:
    """The event that gives the session another arrangement."""
    values: dict[str, Any] = {}
    if arrangement.shares:
        values["shares"] = dict(arrangement.shares)
    if arrangement.folded:
        values["folded"] = sorted(arrangement.folded)
    if arrangement.is_zoomed:
        values["zoomed"] = True
    if arrangement.is_in_step:
        values["in_step"] = True
    others = {name: value for name, value in session.layout.items() if name != LAYOUT_KEY}
    return SessionMarked(now(), layout={**others, **({LAYOUT_KEY: values} if values else {})})
