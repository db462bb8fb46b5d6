"""Sweeps: one parameter over several values, a column for each, all at the same message.

Refuses to ask: the next prompt does.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from tui.domain.acts import MOST_COLUMNS, add_column
from tui.domain.parameters import Kind, ParameterTable
from tui.domain.record import ColumnChanged, SessionEvent, now
from tui.errors import ConfigError, ParleyError
from tui.providers.parameters import JSON_OR_WORD, is_read_as_json, parse_parameter
from tui.screens.bench import Bench
from tui.screens.edit_text import TextDialog
from tui.text.clean import clean_line
from tui.widgets.parameters.json_rules import check_json
from tui.widgets.parameters.text_row import unescaped


class Sweeping(Bench):
    """The act that makes a sweep."""

    async def act_sweep(self) -> None:
        """Ask for a parameter and its values; make a column for each value."""
        await self.keep_settings()
        if self.is_replying:
            self.say("Wait for the replies before a sweep begins.", is_problem=True)
            return
        column = self.current_column
        room = MOST_COLUMNS - len(self.session.columns) + 1
        if room < 2:
            self.say(f"There are {len(self.session.columns)} columns already; close some first.", is_problem=True)
            return
        try:
            table = self.desk.connections.parameters(column.model, column.parameters, kind=column.kind)
        except ParleyError as error:
            self.say(str(error), is_problem=True)
            return

        async def chosen(text: str | None) -> None:
            if text is not None:
                await self._sweep(*read_sweep(text, table, room))

        dialog = TextDialog(
            "Sweep",
            "temperature = 0, 0.5, 1",
            hint=f"A parameter and its values, at most {room}; this column takes the first, new ones the others.",
            check=lambda text: read_sweep(text, table, room),
            is_line=True,
            does="makes the columns",
            is_proposal=True,
        )
        self.app.push_screen(dialog, chosen)

    async def _sweep(self, name: str, values: list[Any]) -> None:
        column = self.current_column
        place = list(self.session.columns).index(column.id)
        first, *others = values
        events: list[SessionEvent] = [ColumnChanged(column.id, now(), parameters=_with(column.parameters, name, first))]
        events += [
            add_column(
                column.model,
                system=column.system,
                parameters=_with(column.parameters, name, value),
                head=column.head,
                kind=column.kind,
                position=place + number,
            )
            for number, value in enumerate(others, 1)
        ]
        await self.commit(events)
        await self.build_columns()
        self.show_settings()
        shown = ", ".join("unset" if value is None else json.dumps(value, ensure_ascii=False) for value in values)
        self.say(f"Columns with {name} {shown}, from the left.")


_NO_PARAMETERS = frozenset({"model", "system", "messages", "prompt"})
"""What a request has besides parameters: as a field of the endpoint's own it would take the place of the right one."""


def _with(parameters: Mapping[str, Any], name: str, value: Any) -> dict[str, Any]:
    return {one: kept for one, kept in {**parameters, name: value}.items() if one != name or value is not None}


def _values_in(name: str, text: str, *, has_escapes: bool) -> Iterator[Any]:
    """Values between commas: JSON, whose own commas part nothing, else words, with escapes in them or without."""
    place = 0
    while place < len(text):
        place += len(text[place:]) - len(text[place:].lstrip())
        try:
            value, end = JSON_OR_WORD.raw_decode(text, place)
        except (ValueError, RecursionError):
            value, end = None, -1
        is_whole = end >= 0 and text[end:].lstrip()[:1] in ("", ",") and is_read_as_json(name, value)
        comma = text.find(",", end if is_whole else place)
        until = comma if comma >= 0 else len(text)
        if is_whole:
            yield value
        elif word := text[place:until].strip():
            yield unescaped(word) if has_escapes else word
        place = until + 1


def read_sweep(text: str, table: ParameterTable, most: int) -> tuple[str, list[Any]]:
    """A parameter and the values it is to take: `temperature = 0, 0.5, 1`, or a JSON list; null is unset.

    Raises:
        ConfigError: the model does not take the parameter or a value, or there are too few or too many.
    """
    name, given = parse_parameter(text)
    spec = table.get(name)
    near = difflib.get_close_matches(name.lower(), list(table), n=1, cutoff=0.85)
    if name in _NO_PARAMETERS:
        raise ConfigError(f"{name} is no parameter; to compare several, add columns and set each.")
    if spec is None and near:
        raise ConfigError(f"{clean_line(name, 40)} is no parameter; did you mean {near[0]}?")
    if spec is not None and not spec.is_taken:
        raise ConfigError(f"{clean_line(name, 40)} cannot be swept: {spec.reason}.")
    values = given if isinstance(given, list) else [given]
    if isinstance(given, str):
        values = list(_values_in(name, given, has_escapes=spec is not None and spec.kind is Kind.LIST))
    checked = [value if spec is None or value is None else check_json(name, spec.check(value)) for value in values]
    if not 2 <= len(checked) <= most:
        raise ConfigError(f"Give between 2 and {most} values, separated by commas.")
    return name, checked
