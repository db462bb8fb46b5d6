"""What the app remembers by itself between two runs: `state.toml`.

Nothing here is needed: a missing or damaged file is the state of a first run. Keys of a newer Parley are kept. This
module refuses to hold settings, which are the user's and live in `config.toml`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from tui.errors import ConfigError
from tui.store.toml_files import read_toml, set_aside, write_toml

RECENT_MODELS = 12
WIDEST_PANE_CELLS = 400
RETIRED = "drafts"
"""A key of earlier versions; drafts have files of their own now (`tui.store.drafts`)."""


@dataclass(slots=True)
class AppState:
    """What was last in use. Empty or None: never set."""

    last_model: str = ""
    last_models: list[str] = field(default_factory=list)
    """Of the columns of the last session, from the left."""
    last_session: str = ""
    theme: str = ""
    """Chosen in the app; the config's theme counts when this is empty."""
    recent_models: list[str] = field(default_factory=list)
    """Newest first."""
    left_width_cells: int | None = None
    right_width_cells: int | None = None
    left_is_open: bool | None = None
    right_is_open: bool | None = None
    was_welcomed: bool = False
    """Whether the first-run screen was shown."""
    rubric: str = ""
    """What judges go by, when the user wrote a rubric of their own."""
    others: dict[str, Any] = field(default_factory=dict)
    """Keys that this version does not know."""

    def remember_model(self, model: str) -> None:
        """`model` is the last and the most recent one."""
        self.last_model = model
        self.recent_models = [model, *(name for name in self.recent_models if name != model)][:RECENT_MODELS]


_CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "last_models": lambda value: isinstance(value, list) and all(isinstance(name, str) for name in value),
    "recent_models": lambda value: isinstance(value, list) and all(isinstance(name, str) for name in value),
    "left_width_cells": lambda value: type(value) is int and 0 < value <= WIDEST_PANE_CELLS,
    "right_width_cells": lambda value: type(value) is int and 0 < value <= WIDEST_PANE_CELLS,
    "left_is_open": lambda value: isinstance(value, bool),
    "right_is_open": lambda value: isinstance(value, bool),
    "was_welcomed": lambda value: isinstance(value, bool),
    "last_model": lambda value: isinstance(value, str),
    "last_session": lambda value: isinstance(value, str),
    "theme": lambda value: isinstance(value, str),
    "rubric": lambda value: isinstance(value, str),
}


def load_state(path: Path) -> AppState:
    """The state in a file; values of a wrong type are as if never set, a damaged file is as if not there."""
    try:
        table = read_toml(path)
    except ConfigError:
        return AppState()
    known = {name: table[name] for name, is_good in _CHECKS.items() if name in table and is_good(table[name])}
    return AppState(**known, others={name: value for name, value in table.items() if name not in (*_CHECKS, RETIRED)})


def save_state(path: Path, state: AppState) -> None:
    """Replace the file by `state`; a damaged one is set aside first.

    Raises:
        ConfigError: it cannot be written.
    """
    try:
        read_toml(path)
    except ConfigError:
        if path.is_file() and not path.is_symlink():
            set_aside(path)
    values = {item.name: getattr(state, item.name) for item in fields(state) if item.name != "others"}
    write_toml(path, {**state.others, **values})
