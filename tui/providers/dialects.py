"""Which dialect speaks which wire, loaded when first asked for; and a provider for an endpoint.

A new dialect is one module with a `DIALECT` in it and one line here. Refuses to guess: an unknown name is an error
with the nearest known one.
"""

from __future__ import annotations

import difflib
import importlib
from typing import TYPE_CHECKING

from tui.errors import ConfigError
from tui.providers.base import Dialect, Endpoint, Provider

if TYPE_CHECKING:
    from tui.providers.exchange import FindTable
    from tui.providers.http import HttpClient

_MODULES = {
    "openai-chat": "openai_chat",
    "openai-completions": "openai_completions",
    "openai-responses": "openai_responses",
    "anthropic-messages": "anthropic_messages",
    "gemini": "gemini",
    "ollama": "ollama",
    "hatz": "hatz",
    "humanloop": "humanloop",
    "ai-stats": "ai_stats",
}
SCRIPTED = "scripted"
"""The one dialect without a wire; it has a provider of its own."""

NAMES: tuple[str, ...] = (*_MODULES, SCRIPTED)
"""All dialects that an endpoint may name."""


def dialect(name: str) -> Dialect:
    """The dialect of this name.

    Raises:
        ConfigError: there is none; the nearest known name is given.
    """
    module = _MODULES.get(name)
    if module is None:
        near = difflib.get_close_matches(name, NAMES, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(NAMES)}."
        raise ConfigError(f"“{name}” is no dialect; {hint}")
    found: Dialect = importlib.import_module(f"tui.providers.{module}").DIALECT
    return found


def provider_for(endpoint: Endpoint, http: HttpClient, *, table_for: FindTable) -> Provider:
    """A provider for an endpoint.

    An `openai-chat` endpoint with the quirk `completions` also completes text, on that wire's own path.

    Raises:
        ConfigError: its dialect is unknown.
    """
    if endpoint.dialect == SCRIPTED:
        from tui.providers.scripted import ScriptedProvider

        return ScriptedProvider(endpoint)
    from tui.providers.exchange import HttpProvider

    own = dialect(endpoint.dialect)
    also_completes = endpoint.dialect == "openai-chat" and endpoint.quirks.get("completions") is True
    return HttpProvider(
        endpoint,
        http,
        own,
        table_for=table_for,
        completion_dialect=dialect("openai-completions") if also_completes else None,
    )
