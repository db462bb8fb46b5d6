"""Building calls without a server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.domain.request import ChatRequest, CompletionRequest, Image, ModelRef, PromptMessage, Request, Role
from tui.providers.base import Dialect, Endpoint, HttpCall
from tui.providers.parameters import table_for

PNG = Image("image/png", "aGk=")
LINKED = Image(url="https://example.org/cat.png")


def chat(
    *turns: tuple[Role, str] | PromptMessage, model: str = "m", system: str = "", **parameters: Any
) -> ChatRequest:
    """A chat request."""
    messages = tuple(turn if isinstance(turn, PromptMessage) else PromptMessage(*turn) for turn in turns)
    return ChatRequest(ModelRef("there", model), messages or (PromptMessage("user", "Hi"),), system, parameters)


def completion(prompt: Any = "Once", *, model: str = "m", suffix: str = "", **parameters: Any) -> CompletionRequest:
    """A completion request."""
    return CompletionRequest(ModelRef("there", model), prompt, suffix, parameters)


def endpoint_of(dialect: Dialect, **changes: Any) -> Endpoint:
    """An endpoint of a dialect."""
    settings: Mapping[str, Any] = {"base_url": "http://127.0.0.1:9/v1", "key": "secret-key", **changes}
    return Endpoint("there", dialect.name, **settings)


def call_for(dialect: Dialect, request: Request, **changes: Any) -> HttpCall:
    """The call that a dialect makes of a request, with the real parameter table."""
    endpoint = endpoint_of(dialect, **changes)
    table = table_for(endpoint, request.model.model, parameters=request.parameters)
    return dialect.call(request, endpoint, table)
