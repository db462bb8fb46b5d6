"""What the current column is set to: model, system prompt, parameters. Every change is an event of the session.

Refuses to paint: panes and heads do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from tui.chat.sending import NAMES as SENDING_NAMES
from tui.chat.tokenizing import can_tokenize, token_ids
from tui.domain.parameters import Kind, ParameterSpec, ParameterTable, within_limits
from tui.domain.record import ColumnChanged, now
from tui.domain.session import Column
from tui.errors import ConfigError, ParleyError
from tui.screens.bench import Bench
from tui.screens.edit_large import LargeTextDialog
from tui.screens.edit_text import TextDialog
from tui.screens.edit_token_map import TokenMapDialog
from tui.widgets.later import after
from tui.widgets.library_pane import LibraryPane
from tui.widgets.parameters.pane import SystemPrompt
from tui.widgets.parameters.row import ParameterRow
from tui.widgets.parameters.text_row import HINTS, text_of, value_of

SETTLE_S = 0.5
"""A slider under a finger makes one event of the session, not fifty."""


@lru_cache(maxsize=256)
def own_field(name: str) -> ParameterSpec:
    """The row of a value that no table knows."""
    is_option = name.partition(".")[0] in SENDING_NAMES
    words = (
        "How the request is sent; not in its body." if is_option else "A field of the endpoint's own, sent as it is."
    )
    return ParameterSpec(name, Kind.JSON, help=words)


class Settings(Bench):
    """The acts on a column's settings."""

    _unkept: Mapping[str, Mapping[str, Any]] = {}
    """The parameters of columns as the right pane has them, while they are not yet recorded."""
    _keeper: asyncio.TimerHandle | None = None

    # -- showing ---------------------------------------------------------------------------------------------------

    def show_settings(self) -> None:
        """Show the current column's settings in the right pane."""
        column = self.current_column
        values = self._values(column)
        self.right.show(column.system, self._table(column, values), values, column.id)

    def _values(self, column: Column) -> Mapping[str, Any]:
        return self._unkept.get(column.id, column.parameters)

    def _table(self, column: Column, values: Mapping[str, Any]) -> ParameterTable:
        """What the model takes, and whatever else is set and sent: nothing is sent that the pane does not show."""
        try:
            table = self.desk.connections.parameters(column.model, values, kind=column.kind)
        except ParleyError:
            return {}  # the first request says what is wrong with the endpoint
        row = self.right.current_row
        names = [*values, row.spec.name] if row else values  # a row stays under the keys that just unset it
        return {**table, **{name: own_field(name) for name in names if name not in table}}

    # -- changing --------------------------------------------------------------------------------------------------

    def parameter_changed(self, event: ParameterRow.Changed) -> None:
        """A parameter was given another value."""
        self._note(event.of, event.name, event.value)
        self.show_settings()  # what one parameter is set to may decide whether another is taken
        if self._keeper is not None:
            self._keeper.cancel()
        self._keeper = after(SETTLE_S, self.screen, self._keep_parameters)

    def _note(self, column_id: str, name: str, value: Any) -> None:
        """Note that a column's parameter has another value; a column that is gone needs none."""
        column = self.session.columns.get(column_id)
        if column is not None:
            values = {key: one for key, one in self._values(column).items() if key != name or value is not None}
            self._unkept = {**self._unkept, column_id: values if value is None else {**values, name: value}}

    async def keep_settings(self) -> None:
        """Record what was set in the right pane and not yet recorded; what is typed in a box counts."""
        row = self.right.current_row
        if row is not None and row.is_unfinished:
            row.leave()
            self._note(self.right.parameter_list.of, row.spec.name, row.value)
        await self._keep_parameters()
        prompt = self.right.system_prompt
        if prompt.has_focus:
            await self._keep_system(prompt.text, self.current_column.id)

    async def _keep_parameters(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            self._keeper = None
        unkept, self._unkept = self._unkept, {}
        changed = [
            ColumnChanged(column.id, now(), parameters=dict(unkept[column.id]))
            for column in self.session.columns.values()
            if dict(unkept.get(column.id, column.parameters)) != dict(column.parameters)
        ]
        if changed:
            await self.commit(changed)
            self.show_columns()  # what tells columns of one model apart stands in their heads

    def parameter_edit_requested(self, event: ParameterRow.EditRequested) -> None:
        """A parameter's value needs an editor."""
        row = event.row

        def edited(text: str | None) -> None:
            if text is not None:
                value = value_of(row.spec, text)
                if value is None:
                    row.unset()
                else:
                    row.propose(value)

        self.app.push_screen(self._editor_for(row), edited)

    def _editor_for(self, row: ParameterRow) -> TextDialog:
        spec, model = row.spec, self.current_column.model
        title, text = spec.label or spec.name, text_of(spec, row.draft)
        hint = f"{spec.help} {HINTS[spec.kind]}".strip()

        def check(text: str) -> object:
            return value_of(spec, text)

        if spec.name == "logit_bias" and can_tokenize(self.desk.connections, model):

            async def look_up(words: str) -> list[int]:
                return await token_ids(self.desk.connections, model, words)

            return TokenMapDialog(title, text, hint=hint, check=check, look_up=look_up)
        kind = LargeTextDialog if spec.kind is Kind.JSON else TextDialog
        return kind(title, text, hint=hint, check=check)

    async def system_written(self, event: SystemPrompt.Written) -> None:
        """The system prompt was written anew."""
        await self._keep_system(event.text, event.of)

    async def _keep_system(self, text: str, column_id: str) -> None:
        column = self.session.columns.get(column_id)
        if column is not None and text != column.system:
            await self.commit([ColumnChanged(column.id, now(), system=text)])

    async def set_system(self, text: str) -> None:
        """Give the current column a system prompt."""
        await self.keep_settings()
        await self._keep_system(text, self.current_column.id)
        self.show_settings()
        self.say("The column has a new system prompt.")

    async def set_parameter(self, name: str, value: Any) -> None:
        """Set a parameter of the current column; None unsets it."""
        await self.keep_settings()
        column = self.current_column
        values = {key: one for key, one in column.parameters.items() if key != name}
        if value is not None:
            values[name] = value
        await self.commit([ColumnChanged(column.id, now(), parameters=values)])
        self.show_columns()
        self.show_settings()

    # -- the model -------------------------------------------------------------------------------------------------

    async def model_picked(self, event: LibraryPane.ModelPicked) -> None:
        """A model was chosen."""
        await self.choose_model(event.model)
        self.leave_panes()

    async def choose_model(self, model: str) -> None:
        """Give the current column another model; values that it does not take are kept and not sent."""
        await self.keep_settings()
        column = self.current_column
        if model == column.model:
            return
        before = self._table(column, column.parameters)
        await self.commit([ColumnChanged(column.id, now(), model=model)])
        self.state.remember_model(model)
        self.show_columns()
        self.show_settings()
        self.show_models()
        if column.kind == "chat" and self.desk.connections.only_completes(model):
            key = self.screen.key_of("add-document")
            how = f"; {key} adds a document, which it continues" if key else ""
            self.say(f"{model} can only complete text, not chat{how}.", is_problem=True)
        after = self._table(column, column.parameters)
        lost = [
            spec.label or name
            for name in column.parameters
            if (spec := after.get(name)) is not None and not spec.is_taken and name in before and before[name].is_taken
        ]
        if lost:
            self.say(f"{model} does not take {', '.join(lost)}; the values are kept, not sent.")
        sent, clamped = within_limits(column.parameters, after, model)
        if clamped:
            self.say(" ".join(words.replace(" was sent as ", " will be sent as ", 1) for words in clamped))
        for name, value in sent.items():
            spec = after.get(name)
            if spec is not None and spec.is_taken:
                try:
                    spec.check(value, model=model)
                except ConfigError as error:
                    self.say(f"{error} The value is kept; change or unset it before you ask.", is_problem=True)

    async def reset_requested(self) -> None:
        """Every parameter of the current column is to be unset."""
        await self.keep_settings()
        column = self.current_column
        count = len(column.parameters)
        if count:
            await self.commit([ColumnChanged(column.id, now(), parameters={})])
            self.show_columns()
            self.show_settings()
            self.say(f"{count} parameter{'s' if count > 1 else ''} unset.")
