"""Endpoints and models as rows of a list: what can be asked on top, what is missing said for the others.

Pure functions over what is known so far; asks nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui.text.sizes import size_words
from tui.widgets.figures import count
from tui.widgets.pick_list import Row

if TYPE_CHECKING:
    from tui.providers.base import ModelFacts
    from tui.providers.catalog import Listing
    from tui.providers.endpoints import EndpointStatus

EMBEDDED = "local"
MODEL, ENDPOINT, INSTALL, MISSING = "model:", "endpoint:", "install:", "missing:"
"""What the ids of rows begin with, and what follows is."""
MOST_MATCHES = 200


@dataclass(frozen=True, slots=True)
class Installable:
    """An embedded model that could be installed."""

    name: str
    label: str
    size_bytes: int


@dataclass(slots=True)
class Shelf:
    """What is known about endpoints and their models."""

    statuses: list[EndpointStatus] = field(default_factory=list)
    running: frozenset[str] = frozenset()
    """Servers on this machine that answer."""
    probed: frozenset[str] = frozenset()
    """Endpoints that count only while they answer."""
    listings: dict[str, Listing] = field(default_factory=dict)
    loading: set[str] = field(default_factory=set)
    unfolded: set[str] = field(default_factory=set)
    installable: tuple[Installable, ...] = ()
    installed: tuple[str, ...] = ()
    """Embedded models on this machine."""
    was_probed: bool = False
    """Whether servers on this machine were looked for."""
    recent: list[str] = field(default_factory=list)
    """Models used lately, newest first."""

    def is_ready(self, status: EndpointStatus) -> bool:
        """Whether the endpoint can be asked, as far as is known."""
        return status.is_usable and (status.name not in self.probed or status.name in self.running)

    @property
    def ready_names(self) -> list[str]:
        """The endpoints that can be asked."""
        return [status.name for status in self.statuses if self.is_ready(status)]


def what_is_missing(status: EndpointStatus) -> str:
    """In a few words why an endpoint cannot be asked."""
    if status.problem:
        return status.problem
    if status.needs_key and not status.has_key:
        return status.key_variable or "needs a key"
    return status.base_url.partition("//")[2].partition("/")[0]


def known_models(shelf: Shelf) -> list[str]:
    """The names of all models that were seen: those used lately first."""
    listed = (
        f"{status.name}/{info.id}"
        for status in shelf.statuses
        if shelf.is_ready(status) and status.name in shelf.listings
        for info in shelf.listings[status.name].models
    )
    return list(dict.fromkeys([*shelf.recent, *listed]))


def model_rows(shelf: Shelf, query: str, current: str) -> list[Row]:
    """The list for `query`; the model named `current` is marked."""
    words = query.lower().split()
    return _matches(shelf, words, query.strip(), current) if words else _all(shelf, current)


def _all(shelf: Shelf, current: str) -> list[Row]:
    rows: list[Row] = []
    ready = [status for status in shelf.statuses if shelf.is_ready(status)]
    for status in ready:
        is_open = status.name in shelf.unfolded
        listing = shelf.listings.get(status.name)
        detail = str(len(listing.models)) if listing is not None and listing.models and not is_open else ""
        rows.append(Row(ENDPOINT + status.name, status.label or status.name, detail, mark="▾" if is_open else "▸"))
        if is_open:
            rows.extend(_under(shelf, status.name, current))
    others = [status for status in shelf.statuses if not shelf.is_ready(status)]
    if others:
        rows.append(Row("", ""))
    for heading, members in _not_ready(others):
        rows.append(Row("", heading, is_heading=True))
        rows.extend(Row(MISSING + one.name, one.name, what_is_missing(one), is_dim=True) for one in members)
    return rows


def _not_ready(others: list[EndpointStatus]) -> list[tuple[str, list[EndpointStatus]]]:
    """Endpoints that cannot be asked, by what they lack."""
    lacking_key = [one for one in others if one.needs_key and not one.has_key and not one.problem]
    broken = [one for one in others if one.problem]
    asleep = [one for one in others if one not in lacking_key and one not in broken]
    groups = [("Set a key to use", lacking_key), ("Not running here", asleep), ("Not usable", broken)]
    return [(heading, members) for heading, members in groups if members]


def _under(shelf: Shelf, name: str, current: str) -> Iterable[Row]:
    listing = shelf.listings.get(name)
    if listing is not None:
        for info in listing.models:
            yield _model_row(name, info, current, is_full=False)
        if listing.error:
            yield Row("", listing.error, indent=1, is_dim=True)
        elif not listing.models and not (name == EMBEDDED and shelf.installable):
            yield Row("", "lists no models", indent=1, is_dim=True)
    elif name in shelf.loading:
        yield Row("", "asking …", indent=1, is_dim=True)
    if name == EMBEDDED:
        for one in shelf.installable:
            yield Row(INSTALL + one.name, one.label, size_words(one.size_bytes), mark="↓", indent=1, is_dim=True)


def _model_row(endpoint: str, info: ModelFacts, current: str, *, is_full: bool) -> Row:
    model = f"{endpoint}/{info.id}"
    return Row(
        MODEL + model,
        model if is_full else info.id,
        context_words(info.context_tokens) if info.kinds else "writes no text",
        mark="●" if model == current else "",
        indent=0 if is_full else 1,
        is_dim=not info.kinds,
    )


def context_words(tokens: int | None) -> str:
    """A context length as vendors write it: `8k`, `128k`, `1M`; unknown is empty."""
    if not tokens:
        return ""
    if tokens % 1024 == 0 and tokens % 1000 and tokens < 1024 * 1024:
        return f"{tokens // 1024}k ctx"
    return f"{count(tokens)} ctx"


def _matches(shelf: Shelf, words: list[str], typed: str, current: str) -> list[Row]:
    rows = []
    seen = set()
    for name in shelf.ready_names:
        for info in shelf.listings[name].models if name in shelf.listings else ():
            text = f"{name}/{info.id} {info.name}".lower()
            if all(word in text for word in words):
                rows.append(_model_row(name, info, current, is_full=True))
                seen.add(f"{name}/{info.id}")
            if len(rows) >= MOST_MATCHES:
                break
    endpoint, slash, model = typed.partition("/")
    if slash and model and typed not in seen and any(status.name == endpoint for status in shelf.statuses):
        rows.insert(0, Row(MODEL + typed, typed, "as typed", mark="+"))
    for one in shelf.installable:
        if all(word in f"{EMBEDDED}/{one.name} {one.label}".lower() for word in words):
            rows.append(Row(INSTALL + one.name, one.label, size_words(one.size_bytes), mark="↓", is_dim=True))
    for status in shelf.statuses:
        if not shelf.is_ready(status) and all(word in f"{status.name} {status.label}".lower() for word in words):
            rows.append(Row(MISSING + status.name, status.label or status.name, what_is_missing(status), is_dim=True))
    if shelf.loading:
        rows.append(Row("", f"asking {len(shelf.loading)} more …", is_dim=True))
    return rows or [Row("", "no model matches", is_dim=True)]
