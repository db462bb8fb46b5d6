"""TOML files that the app writes for itself: read tolerantly, replaced whole, damaged ones set aside.

The user's `config.toml` is not one of them. This module refuses to overwrite what it could not read.
"""

from __future__ import annotations

import datetime
import math
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tui.errors import ConfigError
from tui.paths import atomic_write
from tui.text.clean import clean_line
from tui.text.surrogates import scrub_surrogates

READ_LIMIT_BYTES = 4 * 1024 * 1024


def read_toml(path: Path) -> dict[str, Any]:
    """The table in a file; empty when there is no file.

    Raises:
        ConfigError: it cannot be read or is not TOML.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(READ_LIMIT_BYTES + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error
    if len(raw) > READ_LIMIT_BYTES:
        raise ConfigError(f"{path} is too large to be a settings file.")
    try:
        return tomllib.loads(raw.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text.") from error
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        words = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "a value is out of bounds"
        raise ConfigError(f"{path} is not valid TOML: {words}.") from error


def write_toml(path: Path, table: Mapping[str, Any]) -> None:
    """Replace a file by `table`; nulls are left out, as TOML has none.

    Raises:
        ConfigError: the disk is full, read-only or gone, `path` is a symbolic link, or it could not be read again.
    """
    import tomli_w  # imported late: most runs save nothing

    raw = scrub_surrogates(tomli_w.dumps(_without_nulls(table))).encode()
    if len(raw) > READ_LIMIT_BYTES:
        raise ConfigError(f"{path} cannot be saved: it would be larger than {READ_LIMIT_BYTES // 2**20} MiB.")
    try:
        atomic_write(path, raw)
    except OSError as error:
        raise ConfigError(f"{path} cannot be saved: {error.strerror}.") from error


def check_parameters(path: Path, parameters: Mapping[str, Any]) -> None:
    """Refuse parameters that are lost or changed on the way between a TOML file and a request in JSON.

    Raises:
        ConfigError: one holds a date, a number that is not finite, or a null.
    """
    for name, value in parameters.items():
        if words := _unsayable(value):
            raise ConfigError(f"{path}: “parameters.{clean_line(name, 40)}” {words}.")


def _unsayable(value: Any) -> str:
    match value:
        case None:
            return "holds a null, for which TOML has no form"
        case float() if not math.isfinite(value):
            return "must be a finite number"
        case datetime.date() | datetime.time():
            return "holds a date or time, for which JSON has no form; put it in quotes"
        case Mapping():
            return next(filter(None, map(_unsayable, value.values())), "")
        case list() | tuple():
            return next(filter(None, map(_unsayable, value)), "")
        case _:
            return ""


def set_aside(path: Path) -> Path:
    """Rename a damaged file to `NAME.damaged-N`, so that a good one can take its place.

    Raises:
        ConfigError: it cannot be renamed.
    """
    number = 1
    while os.path.lexists(aside := path.with_name(f"{path.name}.damaged-{number}")):
        number += 1
    try:
        path.rename(aside)
    except OSError as error:
        raise ConfigError(f"{path} is damaged and cannot be set aside: {error.strerror}.") from error
    return aside


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [_without_nulls(item) for item in value if item is not None]
    return value
