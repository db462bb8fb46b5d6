"""Presets: a model, a system prompt, parameters and a prompt template under a name, any subset of them.

One TOML file each in the presets folder, made to be edited and shared:

    description = "Answers as briefly as can be"
    model = "openai/gpt-4.1"
    system = "Answer in one sentence, for {{audience}}."
    prompt = "Explain {{topic}}."
    [parameters]
    temperature = 0.2
    [variables]
    audience = "engineers"

`{{name}}` in system or prompt is a template variable, asked for on use; `[variables]` holds what is offered. This
module refuses to check whether a model takes a parameter.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tui.domain.record import ColumnChanged, now
from tui.domain.session import Column
from tui.errors import ConfigError
from tui.store.scrub import mask_parameters
from tui.store.toml_files import READ_LIMIT_BYTES, check_parameters, read_toml, write_toml
from tui.text.clean import clean_line

SUFFIX = ".toml"
LONGEST_NAME_BYTES = 120
_VARIABLE = re.compile(r"\{\{\s*(\w[\w-]*)\s*\}\}")
"""A word of any script, also one that begins with a digit: what Humanloop takes is among them."""
_SYSTEM = "system.md"
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff/\\:*?\"<>|]")
_RESERVED = re.compile(r"(?i:con|prn|aux|nul|com\d|lpt\d)")
_KEYS = ("description", "model", "system", "prompt", "parameters", "variables")


@dataclass(frozen=True, slots=True)
class Preset:
    """What a preset sets; None or empty is not set."""

    name: str
    description: str = ""
    model: str | None = None
    system: str | None = None
    prompt: str | None = None
    """A template for the question; `{{input}}` is what the user typed."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    """Template variable -> the value that is offered."""

    @property
    def asked(self) -> tuple[str, ...]:
        """The template variables of system and prompt, each once, in order; `input` is not asked."""
        names = _VARIABLE.findall(f"{self.system or ''}\n{self.prompt or ''}")
        return tuple(dict.fromkeys(name for name in names if name != "input"))

    def question(self, typed: str, values: Mapping[str, str] | None = None) -> str:
        """What is asked: `typed` in the place of the prompt's `{{input}}`, or after the prompt when it has none."""
        if not self.prompt:
            return typed
        text = fill_template(self.prompt, {**self.variables, **(values or {}), "input": typed})
        if any(found[1] == "input" for found in _VARIABLE.finditer(self.prompt)):
            return text
        return "\n\n".join(part for part in (text, typed) if part.strip())

    def changes(self, columns: Iterable[Column]) -> list[ColumnChanged]:
        """The events that give columns what is pinned here, but for the model; none where that is nothing."""
        if self.system is None and not self.parameters:
            return []
        return [
            ColumnChanged(
                column.id,
                now(),
                system=self.system,
                parameters={**column.parameters, **self.parameters} if self.parameters else None,
            )
            for column in columns
        ]

    def filled(self, values: Mapping[str, str]) -> Preset:
        """The preset with its variables replaced: by `values`, else by what is offered; others stay as they are."""
        known = {**self.variables, **values}
        return Preset(
            self.name,
            self.description,
            self.model,
            None if self.system is None else fill_template(self.system, known),
            None if self.prompt is None else fill_template(self.prompt, known),
            self.parameters,
            self.variables,
        )


@dataclass(frozen=True, slots=True)
class LoadedPresets:
    """All presets of a folder, and a sentence for each file that is none."""

    presets: tuple[Preset, ...]
    failed: tuple[ConfigError, ...]


def fill_template(text: str, values: Mapping[str, str]) -> str:
    """`text` with each `{{name}}` that `values` knows replaced; what comes in is not looked through again."""
    return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), text)


def load_presets(folder: Path) -> LoadedPresets:
    """All presets in `folder`, by name; a bad file is a sentence and hides nothing else."""
    presets, failed = [], []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        if path.name.startswith("."):
            continue
        try:
            presets.append(_read(path))
        except ConfigError as error:
            failed.append(error)
    return LoadedPresets(tuple(presets), tuple(failed))


def load_preset(folder: Path, name: str) -> Preset:
    """The preset called `name`.

    Raises:
        ConfigError: there is none, naming the nearest, or its file cannot be used.
    """
    path = path_of_preset(folder, name)
    if path.exists():
        return _read(path)
    known = {other.stem.casefold(): other.stem for other in sorted(folder.glob(f"*{SUFFIX}")) if other.is_file()}
    near = difflib.get_close_matches(name.casefold(), known, 1)
    hint = f"; the nearest is “{clean_line(known[near[0]])}”" if near else f"; presets are files in {folder}"
    raise ConfigError(f"There is no preset “{clean_line(name, 60)}”{hint}.")


def save_preset(folder: Path, preset: Preset) -> Path:
    """Write a preset to its file, replacing one of the same name; secret-looking parameters are masked.

    Raises:
        ConfigError: the name cannot be a file's, or the file cannot be written.
    """
    path = preset_path(folder, preset.name)
    table: dict[str, Any] = {}
    for key in _KEYS:
        value = getattr(preset, key)
        if value not in (None, "", {}):
            table[key] = mask_parameters(value) if key == "parameters" else value
    check_parameters(path, preset.parameters)
    write_toml(path, table)
    return path


def delete_preset(folder: Path, name: str) -> None:
    """Remove a preset's file.

    Raises:
        ConfigError: there is none, or it cannot be removed.
    """
    path = path_of_preset(folder, name)
    try:
        path.unlink()
    except OSError as error:
        raise ConfigError(f"The preset “{clean_line(name, 60)}” cannot be deleted: {error.strerror}.") from error


def preset_path(folder: Path, name: str) -> Path:
    """Where the preset called `name` is, or would be.

    Raises:
        ConfigError: `name` cannot be a file's name.
    """
    stripped = name.strip()
    is_unsafe = _UNSAFE.search(stripped) or stripped.startswith(".") or _RESERVED.fullmatch(stripped)
    if not stripped or is_unsafe or len(os.fsencode(stripped)) > LONGEST_NAME_BYTES:
        raise ConfigError(
            f"“{clean_line(name, 60)}” cannot be a preset's name; use a short one without / \\ : * ? \" < > |."
        )
    return folder / f"{stripped}{SUFFIX}"


def path_of_preset(folder: Path, name: str) -> Path:
    """The file of the preset `name`: also one that was named by hand, as Parley would not name it.

    Raises:
        ConfigError: there is none, and `name` cannot be a file's name.
    """
    there = next((path for path in folder.glob(f"*{SUFFIX}") if path.stem == name), None)
    return there or preset_path(folder, name)


def import_patterns(source: Path, folder: Path) -> tuple[tuple[str, ...], tuple[ConfigError, ...]]:
    """Take over Fabric-style patterns: each folder with a `system.md` becomes a preset called like the folder.

    Args:
        source: A folder of pattern folders, one pattern folder, or a copy of Fabric's own repository.
        folder: The presets folder; presets that are there already are kept as they are.

    Returns:
        The names that were added, and a sentence for each pattern that could not be taken.
    """
    added, failed = [], []
    for pattern in patterns_in(source):
        try:
            system = _read_text(pattern / _SYSTEM, source)
            prompt = _read_text(pattern / "user.md", source)
            if not system.strip() or preset_path(folder, pattern.name).exists():
                continue
            save_preset(folder, preset_of_pattern(pattern.name, system, prompt))
            added.append(pattern.name)
        except ConfigError as error:
            failed.append(error)
    return tuple(added), tuple(failed)


def patterns_in(source: Path) -> list[Path]:
    """The pattern folders that `import_patterns` takes from `source`."""
    source = source.resolve() if source.name in ("", "..") else source
    if (source / _SYSTEM).is_file():
        return [source]
    for place in (source, source / "patterns", source / "data" / "patterns"):
        found = sorted(path for path in place.glob("*") if (path / _SYSTEM).is_file())
        if found:
            return found
    return []


def preset_of_pattern(name: str, system: str, prompt: str) -> Preset:
    """A pattern as a preset. One that says where the input belongs is a prompt: there the input can be put into it.

    Source: Fabric, “Custom patterns” (`{{input}}`).
    """
    if any(found[1] == "input" for found in _VARIABLE.finditer(system)):
        return Preset(name, prompt="\n\n".join(part.strip() for part in (system, prompt) if part.strip()))
    return Preset(name, system=system, prompt=prompt.strip() or None)


def _read_text(path: Path, source: Path) -> str:
    """The text of a file; empty when there is none. What a link brings in from outside of `source` is refused."""
    if not path.is_file():
        return ""
    if not path.resolve().is_relative_to(source.resolve()):
        raise ConfigError(f"{path} leads out of {source}; copy the file there to import it.")
    try:
        with path.open("rb") as file:
            raw = file.read(READ_LIMIT_BYTES + 1)
        if len(raw) > READ_LIMIT_BYTES:
            raise ConfigError(f"{path} is too large for a preset, which holds {READ_LIMIT_BYTES // 2**20} MiB.")
        return raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read as text.") from error


def _read(path: Path) -> Preset:
    if not path.exists():
        raise ConfigError(f"{path} is a link to a file that is not there.")
    table = read_toml(path)
    for key in table:
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, 1)
            hint = f"; did you mean “{near[0]}”?" if near else f"; known are {', '.join(_KEYS)}."
            raise ConfigError(f"{path}: unknown key “{clean_line(key)}”{hint}")
    for key in ("description", "model", "system", "prompt"):
        if not isinstance(table.get(key, ""), str):
            raise ConfigError(f"{path}: “{key}” must be a text.")
    for key in ("parameters", "variables"):
        if not isinstance(table.get(key, {}), dict):
            raise ConfigError(f"{path}: “{key}” must be a table.")
    variables = table.get("variables", {})
    if not all(isinstance(value, (str, int, float)) for value in variables.values()):
        raise ConfigError(f"{path}: each of “variables” must be a text.")
    check_parameters(path, table.get("parameters", {}))
    if "model" in table and "/" not in table["model"]:
        raise ConfigError(f"{path}: “model” must be endpoint/model, for example local/default.")
    return Preset(
        path.stem,
        table.get("description", ""),
        table.get("model"),
        table.get("system"),
        table.get("prompt"),
        table.get("parameters", {}),
        {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in variables.items()},
    )
