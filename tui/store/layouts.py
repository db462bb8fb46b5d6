"""Column sets under a name: which models stand side by side, each with its system prompt and parameters. TOML files.

A layout says how columns are set and nothing of what was said in them. Secret-looking parameters are masked before they
are written, as in presets. This module refuses to know any screen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tui.domain.session import Column
from tui.errors import ConfigError
from tui.store.presets import SUFFIX, preset_path
from tui.store.scrub import mask_parameters
from tui.store.toml_files import read_toml, write_toml
from tui.text.clean import clean_line

FOLDER = "layouts"
MOST_COLUMNS = 64


def save_layout(folder: Path, name: str, columns: Sequence[Column]) -> Path:
    """Write the columns' settings under `name`, replacing a layout of the same name.

    Raises:
        ConfigError: the name cannot be a file's, or the file cannot be written.
    """
    path = preset_path(folder, name)
    table = {"columns": [_table(column) for column in columns]}
    write_toml(path, table)
    return path


def layout_names(folder: Path) -> list[str]:
    """The layouts there are, by name."""
    return sorted(path.stem for path in folder.glob(f"*{SUFFIX}") if not path.name.startswith("."))


def load_layout(folder: Path, name: str) -> list[Column]:
    """The columns of a layout, without heads.

    Raises:
        ConfigError: there is none of that name, or its file cannot be used.
    """
    path = preset_path(folder, name)
    if not path.is_file():
        raise ConfigError(f"There is no layout “{clean_line(name, 60)}”.")
    listed = read_toml(path).get("columns")
    if not isinstance(listed, list) or not listed or len(listed) > MOST_COLUMNS:
        raise ConfigError(f"{clean_line(str(path))} holds no columns.")
    return [_column(path, place, values) for place, values in enumerate(listed, 1)]


def _table(column: Column) -> dict[str, Any]:
    table: dict[str, Any] = {"model": column.model}
    if column.system:
        table["system"] = column.system
    if column.parameters:
        table["parameters"] = mask_parameters(column.parameters)
    if column.kind != "chat":
        table["kind"] = column.kind
    return table


def _column(path: Path, place: int, values: Any) -> Column:
    if not isinstance(values, Mapping) or not isinstance(values.get("model"), str):
        raise ConfigError(f"{clean_line(str(path))}: column {place} names no model.")
    system, parameters = values.get("system", ""), values.get("parameters", {})
    if not isinstance(system, str) or not isinstance(parameters, Mapping):
        raise ConfigError(f"{clean_line(str(path))}: column {place} has a system prompt or parameters of a wrong type.")
    is_document = values.get("kind") == "completion"
    return Column("", values["model"], system, dict(parameters), kind="completion" if is_document else "chat")
