"""The keys that can be found without asking anybody, to be masked in what leaves the machine. Never shows one."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tui.errors import ParleyError
from tui.text.redact import Redactor, looks_secret

if TYPE_CHECKING:
    from tui.config.sections import KeyReference

SHORTEST_KEY = 8
"""Shorter values of secret-looking variables are switches, and words that people write."""


def known_keys(references: Iterable[KeyReference | None]) -> Redactor:
    """What masks the values of secret-looking variables, and of the keys that `references` find in files."""
    from tui.providers.keys import read_key

    keys = {value for name, value in os.environ.items() if looks_secret(name)}
    for reference in references:
        if reference is not None and (reference.env or reference.file):
            try:
                found = read_key(reference)
            except ParleyError:
                continue  # what cannot be found cannot stand in a session
            keys.update([found.value] if found is not None else [])
    return Redactor(key for key in keys if len(key) >= SHORTEST_KEY)
