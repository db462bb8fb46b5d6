"""Which models there are: listings of all endpoints, remembered for a day.

A listing that fails leaves the old one in use, with words. What the configuration says of models and prices wins over
what a server says. The cache holds listings only, never a key. This module refuses to decide which endpoints to ask.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui import paths
from tui.domain.parameters import ParameterTable
from tui.errors import ConfigError, ParleyError, RequestRejected
from tui.providers.base import Endpoint, ModelFacts, Price
from tui.providers.dialects import SCRIPTED, provider_for
from tui.providers.endpoints import require_key
from tui.providers.parameters import table_for
from tui.text.redact import Redactor

if TYPE_CHECKING:
    from tui.providers.http import HttpClient

Source = Callable[[Endpoint], Awaitable[list[ModelFacts]]]
"""Lists the models of an endpoint that no server lists (the embedded one)."""

FRESH_S = 24 * 3600.0
"""A listing is asked for again after this long."""
SULK_S = 30.0
"""After a failure an endpoint is left alone for this long, unless the user asks."""

_CONNECT_S = 5.0
_ANSWER_S = 30.0
_CANNOT_LIST = (404, 405, 501)
_FILE_BYTES = 32 * 2**20
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Listing:
    """The models of one endpoint."""

    models: tuple[ModelFacts, ...] = ()
    age_s: float = 0.0
    """Seconds since the server was asked; 0 for models that are known without asking."""
    is_stale: bool = False
    """Whether this is an old list because a new one could not be had."""
    failure: ParleyError | None = None
    """Why there is no new list."""

    @property
    def error(self) -> str:
        """`failure` in words, or empty."""
        return str(self.failure) if self.failure is not None else ""


@dataclass(frozen=True, slots=True)
class _Remembered:
    models: tuple[ModelFacts, ...]
    asked_at: float
    """Seconds since the epoch."""


class Catalog:
    """The listings of a process, shared by all who ask."""

    def __init__(
        self,
        http: HttpClient,
        *,
        folder: Path | None = None,
        sources: Mapping[str, Source] | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Make an empty catalog.

        Args:
            http: What asks the servers.
            folder: Where listings are kept; None: `models/` in the cache folder.
            sources: Endpoints, by name, whose models somebody else knows.
            now: The clock, in seconds since the epoch.
        """
        self._http = http
        self._folder = folder
        self._sources = dict(sources or {})
        self._now = now
        self._remembered: dict[str, _Remembered | None] = {}
        self._failures: dict[str, tuple[float, ParleyError]] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def models(self, endpoint: Endpoint, *, refresh: bool = False) -> Listing:
        """The models of `endpoint`, asked for when the remembered list is older than a day.

        Args:
            endpoint: Whose models.
            refresh: Ask even so.

        Returns:
            The list; when asking failed, the old one or what the configuration names, with the failure.
        """
        key = _key(endpoint)
        async with self._locks.setdefault(key, asyncio.Lock()):
            old = await asyncio.to_thread(self._recall, endpoint)
            if old is not None and not refresh and 0 <= self._now() - old.asked_at < FRESH_S:
                return self._listing(endpoint, old)
            failed = self._failures.get(key)
            if failed is not None and not refresh and time.monotonic() - failed[0] < SULK_S:
                return self._listing(endpoint, old, failed[1])
            try:
                found = await self._ask(endpoint)
            except ParleyError as error:
                if _is_merely_unlisted(error, endpoint):
                    return self._listing(endpoint, old)
                self._failures[key] = (time.monotonic(), error)
                return self._listing(endpoint, old, error)
            self._failures.pop(key, None)
            fresh = _Remembered(tuple(found), self._now())
            self._remembered[key] = fresh
            if self._is_kept(endpoint):
                await asyncio.to_thread(self._keep, endpoint, fresh)
            return self._listing(endpoint, fresh)

    def remembered(self, endpoint: Endpoint) -> Listing:
        """What is known without asking anybody; may be empty or old. Reads at most one file, once."""
        return self._listing(endpoint, self._recall(endpoint))

    def known(self, endpoint: Endpoint, model: str) -> ModelFacts | None:
        """What is remembered of one model, or None."""
        recalled = self._recall(endpoint)
        found = next((info for info in recalled.models if info.id == model), None) if recalled else None
        if found is not None and recalled is not None and found.price != Price():
            day = datetime.fromtimestamp(recalled.asked_at, UTC).date().isoformat()
            found = replace(found, price=replace(found.price, origin=f"listed {day}"))
        price = endpoint.prices.get(model)
        if price is None:
            return found
        return replace(found or ModelFacts(model), price=_over(price, found.price if found else Price()))

    def table_for(self, endpoint: Endpoint, model: str, settings: Mapping[str, Any] | None = None) -> ParameterTable:
        """The parameter table of a model with what its listing says; for `dialects.provider_for`."""
        return table_for(endpoint, model, self.known(endpoint, model), settings)

    # -- asking --------------------------------------------------------------------------------------------------------

    async def _ask(self, endpoint: Endpoint) -> list[ModelFacts]:
        source = self._sources.get(endpoint.name)
        if source is not None:
            return await source(endpoint)
        if endpoint.dialect != SCRIPTED and not endpoint.base_url:
            return []
        require_key(endpoint)
        quick = replace(
            endpoint,
            timeouts=replace(
                endpoint.timeouts,
                connect_s=min(endpoint.timeouts.connect_s, _CONNECT_S),
                first_byte_s=min(endpoint.timeouts.first_byte_s, _ANSWER_S),
            ),
            retry=replace(endpoint.retry, attempts=1),  # whoever waits for a list can ask again
        )
        return await provider_for(quick, self._http, table_for=self.table_for).models()

    def _listing(self, endpoint: Endpoint, known: _Remembered | None, failure: ParleyError | None = None) -> Listing:
        models = _with_config(known.models if known else (), endpoint)
        age_s = max(0.0, self._now() - known.asked_at) if known else 0.0
        return Listing(models, age_s, is_stale=failure is not None and known is not None, failure=failure)

    # -- remembering ---------------------------------------------------------------------------------------------------

    def _is_kept(self, endpoint: Endpoint) -> bool:
        """Whether a listing is worth a file: not when asking costs nothing."""
        return endpoint.name not in self._sources and endpoint.dialect != SCRIPTED and bool(endpoint.base_url)

    def _file(self, endpoint: Endpoint) -> Path:
        folder = self._folder or paths.cache_dir() / "models"
        named = endpoint.name if _SAFE_NAME.fullmatch(endpoint.name) else "endpoint"
        return folder / f"{named}-{hashlib.sha256(_key(endpoint).encode()).hexdigest()[:12]}.json"

    def _recall(self, endpoint: Endpoint) -> _Remembered | None:
        key = _key(endpoint)
        if key not in self._remembered:
            self._remembered[key] = _read_file(self._file(endpoint)) if self._is_kept(endpoint) else None
        return self._remembered[key]

    def _keep(self, endpoint: Endpoint, fresh: _Remembered) -> None:
        """Write the listing; a cache that cannot be written is no reason to fail."""
        text = json.dumps(
            {
                "format": "parley-models",
                "version": 1,
                "endpoint": endpoint.name,
                "asked_at": fresh.asked_at,
                "models": [_plain(model) for model in fresh.models],
            },
            ensure_ascii=True,
        )
        text = Redactor(endpoint.secrets()).redact(text)  # a server may echo anything anywhere
        try:
            paths.atomic_write(self._file(endpoint), text.encode("ascii"))
        except (OSError, ConfigError):
            return


def _key(endpoint: Endpoint) -> str:
    """What makes a listing another one; a different key may see other models, but keys are kept nowhere."""
    return "\n".join((endpoint.name, endpoint.dialect, endpoint.base_url, str(endpoint.generation)))


def _is_merely_unlisted(error: ParleyError, endpoint: Endpoint) -> bool:
    """Whether the server cannot list, which its user knew and named the models."""
    return bool(endpoint.models) and isinstance(error, RequestRejected) and error.status in _CANNOT_LIST


def _with_config(listed: tuple[ModelFacts, ...], endpoint: Endpoint) -> tuple[ModelFacts, ...]:
    """The models that the configuration names first, then the listed ones; with the configuration's prices."""
    by_id = {model.id: model for model in listed}
    named = [by_id.pop(name, ModelFacts(name)) for name in dict.fromkeys(endpoint.models)]
    models = [*named, *by_id.values()]
    return tuple(
        replace(model, price=_over(endpoint.prices[model.id], model.price)) if model.id in endpoint.prices else model
        for model in models
    )


def _over(price: Price, below: Price) -> Price:
    return Price(
        price.input if price.input is not None else below.input,
        price.output if price.output is not None else below.output,
        " and ".join(dict.fromkeys(filter(None, (price.origin, below.origin if _is_needed(price) else "")))),
    )


def _is_needed(price: Price) -> bool:
    """Whether something has to be added to a price."""
    return price.input is None or price.output is None


# -- files -------------------------------------------------------------------------------------------------------------


def _plain(model: ModelFacts) -> dict[str, Any]:
    """A model as JSON: what is known, and of the server's own words the short ones (descriptions run to megabytes)."""
    plain = {name: value for name, value in asdict(model).items() if value not in (None, "", {}, ())}
    plain["meta"] = {
        str(name): value
        for name, value in model.meta.items()
        if isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= 100)
    }
    return plain


def _read_file(file: Path) -> _Remembered | None:
    """A listing from disk; None for anything that is not one."""
    try:
        if file.stat().st_size > _FILE_BYTES:
            return None
        data = json.loads(file.read_bytes())
        if data["format"] != "parley-models" or data["version"] != 1:
            return None
        asked_at = float(data["asked_at"])
        datetime.fromtimestamp(asked_at, UTC)  # refuses what is no time
        return _Remembered(tuple(_model(entry) for entry in data["models"]), asked_at)
    except (OSError, ValueError, OverflowError, KeyError, TypeError, AttributeError, RecursionError):
        return None


_KNOWN = frozenset(spot.name for spot in fields(ModelFacts))


def _model(entry: Mapping[str, Any]) -> ModelFacts:
    values = {name: value for name, value in entry.items() if name in _KNOWN}
    if not isinstance(values["id"], str):
        raise TypeError("an id is a text")
    for name in ("kinds", "parameters"):
        if values.get(name) is not None:
            values[name] = tuple(map(str, values[name]))
    values["price"] = Price(**values.get("price") or {})
    return ModelFacts(**values)
