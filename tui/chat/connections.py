"""From a model's name to a provider that is ready to stream: endpoints, keys, the HTTP client, the embedded model.

One per process, made by whoever holds the configuration, closed by the same. Refuses to know sessions and screens.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from tui.domain.parameters import ParameterSpec, ParameterTable
from tui.domain.record import ColumnKind
from tui.domain.request import ModelRef
from tui.errors import ParleyError
from tui.providers.base import Endpoint, HttpCall, ModelFacts, Price, Provider
from tui.providers.endpoints import EndpointStatus, known_endpoints, require_key, resolve
from tui.providers.parameters import table_for

if TYPE_CHECKING:
    from tui.chat.embedded import Embedded
    from tui.config import Config
    from tui.providers.catalog import Catalog, Listing
    from tui.providers.http import HttpClient
    from tui.providers.ollama import PullProgress
    from tui.text.redact import Redactor

SHORTEST_REDACTED = 8
"""A shorter key, such as the “none” of a local server, would blank ordinary words in what is saved."""
TEXT_ONLY_DIALECTS = frozenset({"hatz", "humanloop", "scripted", "openai-completions"})
"""Their messages have no place for pictures, whatever a model behind them could see."""
EMBEDDED = "local"
"""The endpoint whose server is a child of this process."""


@cache
def _not_in_chats(spec: ParameterSpec) -> ParameterSpec:
    """The same one for the same: controls that show it already are left alone."""
    return replace(spec, reason="only text completion takes it (parley complete)")


class Connections:
    """Everything that can be talked to."""

    def __init__(
        self,
        config: Config,
        *,
        on_status: Callable[[str], None] | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.config = config
        self._environ = os.environ if environ is None else environ
        self._on_status = on_status
        self._http: HttpClient | None = None
        self._embedded: Embedded | None = None
        self._catalog: Catalog | None = None
        self._endpoints: dict[str, Endpoint] = {}
        self._redacted: tuple[Endpoint, ...] = ()
        self._redactor: Redactor | None = None
        """Knows the secrets of `_redacted`."""

    def report_to(self, on_status: Callable[[str], None] | None) -> None:
        """Tell `on_status` in a few words what takes time; "" when it is over."""
        self._on_status = on_status

    def _say(self, words: str) -> None:
        if self._on_status is not None:
            self._on_status(words)

    # -- parts, made when first needed -------------------------------------------------------------------------------

    @property
    def http(self) -> HttpClient:
        """The HTTP client of the process."""
        if self._http is None:
            from tui.providers.http import HttpClient

            self._http = HttpClient()
        return self._http

    @property
    def embedded(self) -> Embedded:
        """The embedded model's server; the child starts with the first request."""
        if self._embedded is None:
            from tui.chat.embedded import Embedded

            self._embedded = Embedded(self.config, self.http, table_for=self._table_for, on_status=self._say)
        return self._embedded

    @property
    def catalog(self) -> Catalog:
        """Model lists, cached."""
        if self._catalog is None:
            from tui.providers.catalog import Catalog

            self._catalog = Catalog(self.http)
        return self._catalog

    def endpoint(self, name: str) -> Endpoint:
        """An endpoint with its key looked up.

        Raises:
            ConfigError: there is no such endpoint, or its settings or key cannot be used.
        """
        found = self._endpoints.get(name)
        if found is None:
            found = self._endpoints[name] = resolve(self.config, name, self._environ)
        return found

    async def look_up(self, *names: str) -> None:
        """Find endpoints with their keys without holding up the loop: a key may come from a command that takes long.

        Raises:
            ConfigError: as `endpoint`.
        """
        for name in dict.fromkeys(names):
            if name not in self._endpoints:
                await asyncio.to_thread(self.endpoint, name)

    # -- what callers ask for ------------------------------------------------------------------------------------------

    def canonical(self, model: str) -> str:
        """`model` as it is recorded; `local/default` stays, since it is the user's choice.

        Raises:
            ConfigError: not `endpoint/model`, or no such endpoint.
        """
        reference = ModelRef.parse(model)
        self.endpoint(reference.endpoint)
        return str(reference)

    def provider(self, model: str | ModelRef) -> Provider:
        """A provider for `model`.

        Raises:
            ConfigError: no such endpoint, or its key is missing (names the variable).
        """
        reference = model if isinstance(model, ModelRef) else ModelRef.parse(model)
        endpoint = self.endpoint(reference.endpoint)
        if reference.endpoint == EMBEDDED and not endpoint.base_url:
            return self.embedded.provider(endpoint)
        require_key(endpoint)
        if endpoint.dialect == "scripted":  # apart, so that the demo needs no HTTP library
            from tui.providers.scripted import ScriptedProvider

            return ScriptedProvider(endpoint)
        from tui.providers.dialects import provider_for

        return provider_for(endpoint, self.http, table_for=self._table_for)

    def only_completes(self, model: str) -> bool:
        """Whether `model` is known to continue texts alone, by the protocol of its endpoint; it cannot chat then."""
        try:
            return self.endpoint(ModelRef.parse(model).endpoint).dialect == "openai-completions"
        except ParleyError:
            return False  # what cannot be asked says why when it is

    def parameters(
        self, model: str, settings: Mapping[str, Any] | None = None, *, kind: ColumnKind = "chat"
    ) -> ParameterTable:
        """What `model` takes, given what is set already, in a chat or in a text completion."""
        reference = ModelRef.parse(model)
        endpoint = self.endpoint(reference.endpoint)
        if kind == "completion" and endpoint.dialect == "openai-chat" and endpoint.quirks.get("completions"):
            endpoint = replace(endpoint, dialect="openai-completions")
        table = self._table_for(endpoint, reference.model, settings)
        suffix = table.get("suffix")
        is_sent = kind == "completion" or endpoint.dialect == "humanloop"  # whose chats have the field, too
        if is_sent or suffix is None or not suffix.is_taken:
            return table
        return {**table, "suffix": _not_in_chats(suffix)}  # Ollama's models do both

    def _table_for(self, endpoint: Endpoint, model: str, settings: Mapping[str, Any] | None = None) -> ParameterTable:
        return table_for(endpoint, model, self._known_model(endpoint, model), settings)

    def _known_model(self, endpoint: Endpoint, model: str) -> ModelFacts | None:
        if endpoint.name == EMBEDDED and not endpoint.base_url:
            return self.embedded.known(model)
        if endpoint.dialect == "scripted":  # apart, so that the demo needs no HTTP library
            from tui.providers.scripted import known_script

            return known_script(endpoint, model)
        return self.catalog.known(endpoint, model)

    def price(self, model: str) -> Price | None:
        """The price from the configuration, else from a listing seen; None when unknown."""
        reference = ModelRef.parse(model)
        endpoint = self.endpoint(reference.endpoint)
        configured = endpoint.prices.get(reference.model)
        if configured is not None:
            return configured
        info = self._known_model(endpoint, reference.model)
        return info.price if info is not None else None

    def context_tokens(self, model: str) -> int | None:
        """How much conversation `model` takes; None is unknown."""
        try:
            reference = ModelRef.parse(model)
            endpoint = self.endpoint(reference.endpoint)
        except ParleyError:
            return None  # what cannot be asked has no limit that one could show
        info = self._known_model(endpoint, reference.model)
        return info.context_tokens if info is not None else None

    def takes_images(self, model: str) -> bool | None:
        """Whether `model` takes pictures in messages; None is unknown."""
        try:
            reference = ModelRef.parse(model)
            endpoint = self.endpoint(reference.endpoint)
        except ParleyError:
            return None  # asking it fails with the reason
        if endpoint.dialect in TEXT_ONLY_DIALECTS or (endpoint.name == EMBEDDED and not endpoint.base_url):
            return False
        info = self._known_model(endpoint, reference.model)
        return info.takes_images if info is not None else None

    def image_limit_bytes(self, model: str) -> int | None:
        """How large a picture may be for `model`; None where nothing is known beyond what any file may be."""
        from tui.chat.attaching import IMAGE_LIMIT_BYTES

        try:
            return IMAGE_LIMIT_BYTES.get(self.endpoint(ModelRef.parse(model).endpoint).dialect)
        except ParleyError:
            return None

    def endpoints(self) -> list[EndpointStatus]:
        """All endpoints, with what they still need."""
        return known_endpoints(self.config, self._environ)

    async def models(self, endpoint: str, *, refresh: bool = False) -> Listing:
        """The models of one endpoint, from the cache while it is fresh."""
        found = self.endpoint(endpoint)
        if endpoint == EMBEDDED and not found.base_url:
            return self.embedded.listing()
        return await self.catalog.models(found, refresh=refresh)

    def redact(self, text: str) -> str:
        """`text` without the keys in use; what the store passes everything through before it is written."""
        redactor = self._known_secrets()
        return text if redactor is None else redactor.redact(text)

    def begun(self, text: str) -> int:
        """How many characters at the end of `text` are the beginning of a key in use."""
        redactor = self._known_secrets()
        return 0 if redactor is None else redactor.begun(text)

    def _known_secrets(self) -> Redactor | None:
        """What masks the keys and secret headers in use; None when there are none."""
        endpoints = tuple(self._endpoints.values())
        if list(map(id, self._redacted)) != list(map(id, endpoints)):
            keys = {key for one in endpoints for key in one.secrets() if len(key) >= SHORTEST_REDACTED}
            self._redacted, self._redactor = endpoints, None
            if keys:
                from tui.text.redact import Redactor

                self._redactor = Redactor(keys)
        return self._redactor

    async def pull(self, endpoint: str, model: str) -> AsyncGenerator[PullProgress, None]:
        """Download `model` into an Ollama server; afterwards its list is asked for anew.

        Raises:
            ConfigError: no such endpoint, or it is no Ollama server.
            ProviderError: the server refuses, or breaks off.
        """
        from tui.providers.pulling import pull

        found = self.endpoint(endpoint)
        require_key(found)
        async with aclosing(pull(self.http, found, model)) as steps:
            async for step in steps:
                yield step
        await self.catalog.models(found, refresh=True)

    def masked(self, call: HttpCall) -> dict[str, Any]:
        """A request as it may be shown: `{"method","url","headers","json"}`, secrets as `***`."""
        from tui.text.redact import Redactor, mask_headers, mask_json

        secrets = {secret for endpoint in self._endpoints.values() for secret in endpoint.secrets()}
        redact = Redactor(secrets | {call.headers.get(name, "") for name in call.secret_headers}).redact
        return {
            "method": call.method,
            "url": redact(call.url),
            "headers": {name: redact(value) for name, value in mask_headers(call.headers).items()},
            "json": mask_json(call.json),
        }

    async def close(self) -> None:
        """Stop the child, close connections."""
        if self._embedded is not None:
            await self._embedded.stop()
        if self._http is not None:
            await self._http.close()
