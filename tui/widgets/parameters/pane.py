"""The right pane: the focused column's system prompt and a control for each row of its parameter table.

Shows the settings it is given, posts what the user changes. Refuses to know how settings are recorded and sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from tui.domain.parameters import Kind, ParameterSpec, ParameterTable
from tui.widgets.editor import Editor
from tui.widgets.filter_input import FilterInput
from tui.widgets.parameters.choice_row import ChoiceRow
from tui.widgets.parameters.format_row import FormatRow
from tui.widgets.parameters.number_row import NumberRow
from tui.widgets.parameters.parameter_list import ParameterList
from tui.widgets.parameters.row import ParameterRow
from tui.widgets.parameters.text_row import TextRow

KEYS_WORDS = "Arrows set, backspace unsets, ctrl+x unsets all; letters filter."
"""Stands at the bottom while no parameter has the keys."""


class SystemPrompt(Editor):
    """The column's system prompt, in place. What was written counts when the editor is left."""

    DEFAULT_CSS = """
    SystemPrompt {
        height: auto;
        min-height: 2;
        max-height: 8;
        margin: 0 1 1 1;
        padding: 0 1;
        background: $background;
    }
    """

    @dataclass
    class Written(Message):
        """The user wrote another system prompt."""

        text: str
        of: str = ""
        """The column whose prompt it is: when this arrives, another's may be shown."""

    def __init__(self) -> None:
        super().__init__(placeholder="No system prompt", id="system-prompt")
        self._shown = ""
        self._of = ""

    def show(self, text: str, of: str = "") -> None:
        """Show a column's system prompt, unless this one is being written."""
        if of != self._of or text != self._shown or (not self.has_focus and self.text != text):
            self._of = of
            self._shown = text
            if text != self.text:
                self.load_text(text)
            else:
                self.history.clear()  # what was undone here would be another column's

    def commit(self) -> None:
        """Post what was written, if it is new."""
        if self.text != self._shown:
            self._shown = self.text
            self.post_message(self.Written(self._shown, self._of))

    def on_blur(self) -> None:
        """Leaving the editor is enough to keep what was written."""
        self.commit()


class ParameterPane(VerticalScroll, can_focus=False):
    """System prompt and parameters of one column."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+x", "reset", "Unset all parameters", id="parameter-reset-all"),
    ]

    @dataclass
    class ResetRequested(Message):
        """The user wants every parameter unset."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, ParameterRow] = {}
        """Every row there ever was, by parameter: another column finds its own again."""
        self._names: tuple[str, ...] = ()
        """The rows of the table that is shown, in its order."""

    DEFAULT_CSS = """
    ParameterPane {
        height: 1fr;
        scrollbar-size-vertical: 1;
        & > .pane-heading { color: $text-muted; text-style: bold; padding: 0 2; margin: 0 0 1 0; height: 1; }
        & > .pane-hint { display: none; color: $text-muted; padding: 0 2; }
        &.-nothing > .pane-hint { display: block; }
        & > .pane-about {
            dock: bottom; height: 4; padding: 0 2; background: $surface; color: $text-muted; border-top: solid $panel;
        }
    }
    """

    def compose(self) -> ComposeResult:
        """Headings, the system prompt, the list; what the current parameter is for at the bottom."""
        yield Static("System prompt", classes="pane-heading")
        yield SystemPrompt()
        yield Static("Parameters", classes="pane-heading")
        yield FilterInput("type to filter", id="parameter-filter")
        yield Static("Nothing matches.", classes="pane-hint")
        yield ParameterList()
        yield Static(KEYS_WORDS, classes="pane-about", markup=False)

    @property
    def system_prompt(self) -> SystemPrompt:
        """The editor of the system prompt."""
        return self.query_one(SystemPrompt)

    @property
    def parameter_list(self) -> ParameterList:
        """The list of the controls."""
        return self.query_one(ParameterList)

    @property
    def rows(self) -> list[ParameterRow]:
        """The controls, from the top."""
        return [self._rows[name] for name in self._names]

    @property
    def current_row(self) -> ParameterRow | None:
        """The control that has the keys, if any has."""
        found = self.parameter_list
        return found.current_row if found.has_focus else None

    def show(self, system: str, table: ParameterTable, values: Mapping[str, Any], of: str = "") -> None:
        """Show the settings of the column `of`; controls that are there already are reused."""
        self.system_prompt.show(system, of)
        self.parameter_list.of = of
        for name, spec in table.items():
            row = self._rows.get(name)
            if row is None or (row.spec is not spec and type(row) is not type_of_control(spec)):
                self._rows[name] = control_for(spec, values.get(name))
            else:
                row.show(spec, values.get(name))
        self._names = tuple(table)
        self._narrow()

    def focus_first(self) -> None:
        """Go to the first control that can be used, if any is shown."""
        if any(row.is_shown for row in self.rows):
            self.parameter_list.focus_first()
        else:
            self.system_prompt.focus()

    # -- filtering and resetting -----------------------------------------------------------------------------------

    @property
    def filter_input(self) -> FilterInput:
        """The field that narrows the list."""
        return self.query_one("#parameter-filter", FilterInput)

    def _narrow(self) -> None:
        """Show the rows that the table has and the filter lets through."""
        words = self.filter_input.value.lower().split()
        rows = self.rows
        for row in rows:
            row.is_shown = all(word in row.search_text for word in words)
        self.parameter_list.set_rows(rows)
        self.set_class(bool(words) and not any(row.is_shown for row in rows), "-nothing")

    @on(Input.Changed, "#parameter-filter")
    def _filter_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._narrow()

    @on(FilterInput.HandedOn)
    def _leave_filter(self, event: FilterInput.HandedOn) -> None:
        event.stop()
        if event.step < 0:
            self.system_prompt.focus()
        else:
            self.focus_first()

    @on(ParameterList.LetterTyped)
    def _letter_typed(self, event: ParameterList.LetterTyped) -> None:
        """Letters typed on a control narrow the list."""
        event.stop()
        self.filter_input.focus()
        self.filter_input.insert_text_at_cursor(event.letter)

    @on(ParameterList.LeftAbove)
    def _left_above(self, event: ParameterList.LeftAbove) -> None:
        """Above the first control is the filter."""
        event.stop()
        self.filter_input.focus()

    @on(ParameterList.Moved)
    def _moved(self, event: ParameterList.Moved) -> None:
        """Say what the parameter is for, or why it is not to be had."""
        self.query_one(".pane-about", Static).update(Content(KEYS_WORDS if event.row is None else event.row.about))

    def action_reset(self) -> None:
        """Back to the provider's defaults, all at once."""
        if any(row.value is not None for row in self.rows):
            self.post_message(self.ResetRequested())


def type_of_control(spec: ParameterSpec) -> type[ParameterRow]:
    """The control that suits a parameter's kind."""
    match spec.kind:
        case Kind.NUMBER | Kind.INTEGER:
            return NumberRow
        case Kind.JSON if spec.name == "response_format":
            return FormatRow
        case Kind.BOOLEAN | Kind.CHOICE:
            return ChoiceRow
        case Kind.LIST | Kind.MAP | Kind.JSON | Kind.TEXT:
            return TextRow


def control_for(spec: ParameterSpec, value: Any) -> ParameterRow:
    """A control for a parameter."""
    return type_of_control(spec)(spec, value)
