"""Column sets under a name: which models stand side by side, each with its system prompt and parameters. TOML files.

A layout says how columns are set and nothing of what was said in them. Secret-looking parameters are masked before they
are written, as in presets. This module refuses to know any screen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tui.domain.arrangement import USUAL_SHARE, Arrangement
from tui.domain.session import Column
from tui.errors import ConfigError
from tui.store.presets import SUFFIX, preset_path
from tui.store.scrub import mask_parameters
from tui.store.toml_files import check_parameters, read_toml, write_toml
from tui.text.clean import clean_line

FOLDER = "layouts"
MOST_COLUMNS = 64
AS_USUAL = Arrangement()
"""Columns equally wide, none folded."""


def save_layout(folder: Path, name: str, columns: Sequence[Column], arrangement: Arrangement = AS_USUAL) -> Path:
    """Write the columns' settings and places under `name`, replacing a layout of the same name.

    Raises:
        ConfigError: the name cannot be a file's, or the file cannot be written.
    """
    path = preset_path(folder, name)
    table: dict[str, Any] = {"scroll_in_step": True} if arrangement.is_in_step else {}
    table["columns"] = [_table(column, arrangement) for column in columns]
    for column in columns:
        check_parameters(path, column.parameters)
    write_toml(path, table)
    return path


def layout_names(folder: Path) -> list[str]:
    """The layouts there are, by name."""
    return sorted(path.stem for path in folder.glob(f"*{SUFFIX}") if not path.name.startswith("."))


def load_layout(folder: Path, name: str) -> tuple[list[Column], Arrangement]:
    """The columns of a layout, without heads, named by their places; and how they stand.

    Raises:
        ConfigError: there is none of that name, or its file cannot be used.
    """
    path = preset_path(folder, name)
    if not path.is_file():
        raise ConfigError(f"There is no layout “{clean_line(name, 60)}”.")
    values = read_toml(path)
    listed = values.get("columns")
    if not isinstance(listed, list) or not listed or len(listed) > MOST_COLUMNS:
        raise ConfigError(f"{clean_line(str(path))} holds no columns.")
    columns = [_column(path, place, table) for place, table in enumerate(listed, 1)]
    arrangement = Arrangement(is_in_step=values.get("scroll_in_step") is True)
    for column, table in zip(columns, listed, strict=True):
        width, is_folded = table.get("width", USUAL_SHARE), table.get("folded", False)
        if isinstance(width, bool) or not isinstance(width, int | float) or not isinstance(is_folded, bool):
            raise ConfigError(f"{clean_line(str(path))}: column {column.id} has a width or a fold of a wrong type.")
        arrangement = arrangement.with_share(column.id, width).with_fold(column.id, is_folded=is_folded)
    return columns, arrangement


def _table(column: Column, arrangement: Arrangement) -> dict[str, Any]:
    table: dict[str, Any] = {"model": column.model}
    if column.system:
        table["system"] = column.system
    if column.parameters:
        table["parameters"] = mask_parameters(column.parameters)
    if column.kind != "chat":
        table["kind"] = column.kind
    if arrangement.share(column.id) != USUAL_SHARE:
        table["width"] = arrangement.share(column.id)
    if column.id in arrangement.folded:
        table["folded"] = True
    return table


def _column(path: Path, place: int, values: Any) -> Column:
    if not isinstance(values, Mapping) or not isinstance(values.get("model"), str):
        raise ConfigError(f"{clean_line(str(path))}: column {place} names no model.")
    system, parameters = values.get("system", ""), values.get("parameters", {})
    if not isinstance(system, str) or not isinstance(parameters, Mapping):
        raise ConfigError(f"{clean_line(str(path))}: column {place} has a system prompt or parameters of a wrong type.")
    check_parameters(path, parameters)
    is_document = values.get("kind") == "completion"
    return Column(str(place), values["model"], system, dict(parameters), kind="completion" if is_document else "chat")
