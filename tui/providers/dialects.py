"""Which dialect speaks which wire, loaded when first asked for; and a provider for an endpoint.

A new dialect is one module with a `DIALECT` in it, called what the dialect is called. Refuses to guess: an unknown
name is an error with the nearest known one.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, get_args

from tui.config.sections import DialectName
from tui.errors import ConfigError
from tui.providers.base import Dialect, Endpoint, Provider

if TYPE_CHECKING:
    from tui.providers.exchange import FindTable
    from tui.providers.http import HttpClient

SCRIPTED = "scripted"
"""The one dialect without a wire; it has a provider of its own."""

NAMES: tuple[str, ...] = get_args(DialectName)
"""All dialects that an endpoint may name."""


def dialect(name: str) -> Dialect:
    """The dialect of this name.

    Raises:
        ConfigError: there is none; the nearest known name is given.
    """
    if name not in NAMES or name == SCRIPTED:
        import difflib  # only what is wrong needs it

        near = difflib.get_close_matches(name, NAMES, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(NAMES)}."
        raise ConfigError(f"“{name}” is no dialect; {hint}")
    found: Dialect = importlib.import_module(f"tui.providers.{name.replace('-', '_')}").DIALECT
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
