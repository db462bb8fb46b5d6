"""The embedded model as just another provider: its child process is started when it is first asked.

Joins `tui.local` (files, child process) with the openai-chat dialect. A conversation without a system prompt gets the
model's own, which says what it is; sampling defaults are the child's. Refuses to download anything.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.domain.events import StreamEvent
from tui.domain.parameters import ParameterTable
from tui.domain.request import ChatRequest, CompletionRequest, Request
from tui.errors import ConfigError, ConnectFailed, LocalModelError, ParleyError, StreamBroken
from tui.local.library import InstalledModel, installed_models, resolve_model
from tui.local.server import LocalServer
from tui.providers.base import Endpoint, HttpCall, ModelFacts, Provider
from tui.providers.dialects import provider_for

if TYPE_CHECKING:
    from tui.config import Config
    from tui.providers.catalog import Listing
    from tui.providers.exchange import FindTable
    from tui.providers.http import HttpClient

UNSTARTED_URL = "http://127.0.0.1/v1"
"""What a dry run shows: the port is free choice, made when the child starts."""


class Embedded:
    """The models installed here, and the one child process that runs one of them."""

    def __init__(
        self,
        config: Config,
        http: HttpClient,
        *,
        table_for: FindTable,
        on_status: Callable[[str], None] | None = None,
    ) -> None:
        self._config = config
        self._http = http
        self.table_for = table_for
        self.server = LocalServer(threads=config.local.threads, on_status=on_status)

    def model(self, name: str) -> InstalledModel:
        """The installed model that `local/NAME` means.

        Raises:
            ConfigError: there is no such model.
            LocalModelError: it is not installed.
        """
        return resolve_model(name, preferred=self._config.local.default)

    def provider(self, endpoint: Endpoint) -> EmbeddedProvider:
        """A provider for the embedded models."""
        return EmbeddedProvider(endpoint, self)

    @asynccontextmanager
    async def turn(self, endpoint: Endpoint, model: InstalledModel) -> AsyncGenerator[Endpoint, None]:
        """Borrow the child for one request: the endpoint with its address and key, `model` running.

        Raises:
            LocalModelError: it cannot be started.
        """
        async with self.server.turn(model, context_tokens=self._config.local.context_tokens) as address:
            yield replace(endpoint, base_url=f"{address.base_url}/v1", key=address.key, auth="bearer")

    def speaking_to(self, endpoint: Endpoint) -> Provider:
        """A provider for the child at `endpoint`."""
        return provider_for(endpoint, self._http, table_for=self.table_for)

    def listing(self) -> Listing:
        """What is installed."""
        from tui.providers.catalog import Listing

        return Listing(tuple(self._info(model) for model in installed_models()))

    def known(self, name: str) -> ModelFacts | None:
        """What is known of `local/NAME`; None when it is not installed."""
        try:
            return self._info(self.model(name))
        except (ConfigError, LocalModelError):
            return None

    def _info(self, model: InstalledModel) -> ModelFacts:
        sampling = dict(model.entry.sampling) if model.entry else {}
        if "repeat_penalty" in sampling:
            sampling["repetition_penalty"] = sampling.pop("repeat_penalty")
        return ModelFacts(
            id=model.name,
            name=f"{model.label} (small local model)",
            kinds=("chat", "completion") if model.has_chat_template else ("completion",),
            context_tokens=self._config.local.context_tokens or model.context_tokens,
            meta={"default_parameters": sampling},
        )

    async def stop(self) -> None:
        """End the child."""
        await self.server.stop()


class EmbeddedProvider:
    """`local/…`: starts the child when asked, then speaks to it like to any server."""

    def __init__(self, endpoint: Endpoint, embedded: Embedded) -> None:
        self.endpoint = endpoint
        self._embedded = embedded

    async def stream(self, request: ChatRequest | CompletionRequest) -> AsyncGenerator[StreamEvent, None]:
        """The child's events; see `Provider.stream`."""
        model = self._embedded.model(request.model.model)
        async with self._embedded.turn(self.endpoint, model) as running:
            provider = self._embedded.speaking_to(running)
            try:
                async with aclosing(provider.stream(with_system(request, model))) as events:
                    async for event in events:
                        yield event
            except (ConnectFailed, StreamBroken) as error:
                raise await self._explained(error) from error

    async def _explained(self, error: ConnectFailed | StreamBroken) -> ParleyError:
        """Why the child died, when that is why the reply broke off."""
        words = await self._embedded.server.why_it_died()
        if words is None:
            return error
        if isinstance(error, StreamBroken):
            return StreamBroken(words, received_chars=error.received_chars, endpoint=error.endpoint, model=error.model)
        return LocalModelError(words)

    def prepare(self, request: ChatRequest | CompletionRequest) -> HttpCall:
        """See `Provider.prepare`; the child is not started for it."""
        model = self._embedded.model(request.model.model)
        shown = replace(self.endpoint, base_url=UNSTARTED_URL, key="chosen when it starts", auth="bearer")
        provider = self._embedded.speaking_to(shown)
        return provider.prepare(with_system(request, model))

    def parameters(self, model: str) -> ParameterTable:
        """What the embedded models take."""
        return self._embedded.table_for(self.endpoint, model)

    async def models(self) -> list[ModelFacts]:
        """What is installed."""
        return list(self._embedded.listing().models)


def with_system(request: Request, model: InstalledModel) -> Request:
    """`request` with the model's own system prompt when it has none."""
    if isinstance(request, ChatRequest) and not request.system and model.system_prompt:
        return replace(request, system=model.system_prompt)
    return request
