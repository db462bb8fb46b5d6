"""A provider for a model that cannot be asked: its one reply is the reason.

With it a missing key or an unknown endpoint takes the same way as any failed request: it is recorded, shown in the turn
and can be tried again. Refuses to ask anybody.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator

from tui.domain.events import StreamEvent
from tui.domain.parameters import ParameterTable
from tui.domain.request import Request
from tui.errors import ParleyError
from tui.providers.base import Endpoint, HttpCall, ModelFacts


class Unavailable:
    """A Provider that fails with `error` whatever it is asked."""

    def __init__(self, error: ParleyError, endpoint_name: str = "") -> None:
        self.endpoint = Endpoint(endpoint_name, "", "")
        self.error = error

    async def stream(self, request: Request) -> AsyncGenerator[StreamEvent, None]:
        """Raise the reason.

        Raises:
            ParleyError: always.
        """
        nothing: tuple[StreamEvent, ...] = ()
        for event in nothing:
            yield event  # makes this an async generator, as the protocol wants
        raise self.error

    def prepare(self, request: Request) -> HttpCall:
        """Raise the reason.

        Raises:
            ParleyError: always.
        """
        raise self.error

    def parameters(self, model: str) -> ParameterTable:
        """Nothing is taken."""
        return {}

    async def models(self) -> list[ModelFacts]:
        """Raise the reason.

        Raises:
            ParleyError: always.
        """
        raise self.error
