"""The keys of acts as they are bound now, from an app that knows them. Binds nothing."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class NamesKeys(Protocol):
    """An app that knows how its acts are bound."""

    def keys_of(self, binding_id: str) -> list[str]:
        """The keys of an act, in words."""
        ...


def first_key(app: object, binding_id: str) -> str:
    """The first key of an act, in words; empty where it has none, or nobody knows."""
    return next(iter(app.keys_of(binding_id)), "") if isinstance(app, NamesKeys) else ""
