"""The keys that can be found without asking anybody, to be masked in what leaves the machine. Never shows one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from tui.errors import ParleyError
from tui.text.redact import Redactor, looks_secret

if TYPE_CHECKING:
    from tui.config.sections import Config, KeyReference

SHORTEST_KEY = 8
"""Shorter values of secret-looking variables are switches, and words that people write."""


def references_in(config: Config) -> Iterator[KeyReference]:
    """Where the configuration says that secrets are: keys, and headers written like keys."""
    for section in config.endpoints.values():
        if section.api_key is not None:
            yield section.api_key
        yield from (value for value in section.headers.values() if not isinstance(value, str))


def known_keys(references: Iterable[KeyReference]) -> Redactor:
    """What masks the values of secret-looking variables, and of the keys that `references` find in files."""
    from tui.providers.keys import read_key

    keys = {value for name, value in os.environ.items() if looks_secret(name)}
    for reference in references:
        if reference.env or reference.file:
            try:
                found = read_key(reference)
            except ParleyError:
                continue  # what cannot be found cannot stand in a session
            keys.update([found.value] if found is not None else [])
    return Redactor(key for key in keys if len(key) >= SHORTEST_KEY)
