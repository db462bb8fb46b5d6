"""The right pane: the focused column's system prompt and a control for each row of its parameter table.

Shows the settings it is given, posts what the user changes. Refuses to know how settings are recorded and sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widgets import Input, Static

from tui.domain.parameters import Kind, ParameterSpec, ParameterTable
from tui.widgets.editor import Editor
from tui.widgets.filter_input import FilterInput
from tui.widgets.parameters.choice_row import ChoiceRow
from tui.widgets.parameters.format_row import FormatRow
from tui.widgets.parameters.number_row import NumberRow
from tui.widgets.parameters.row import ParameterRow
from tui.widgets.parameters.text_row import TextRow

SYSTEM_LINES = 8
"""The system prompt's editor grows to this height, then scrolls."""


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

    def __init__(self) -> None:
        super().__init__(placeholder="No system prompt", id="system-prompt")
        self._shown = ""

    def show(self, text: str) -> None:
        """Show a column's system prompt, unless this one is being written."""
        if text != self._shown or (not self.has_focus and self.text != text):
            self._shown = text
            self.load_text(text)

    def commit(self) -> None:
        """Post what was written, if it is new."""
        if self.text != self._shown:
            self._shown = self.text
            self.post_message(self.Written(self._shown))

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
        self._names: frozenset[str] = frozenset()
        """The rows of the table that is shown."""

    DEFAULT_CSS = """
    ParameterPane {
        height: 1fr;
        scrollbar-size-vertical: 1;
        & > .pane-heading { color: $text-muted; text-style: bold; padding: 0 2; margin: 0 0 1 0; height: 1; }
        & > .pane-hint { display: none; color: $text-muted; padding: 0 2; }
        &.-nothing > .pane-hint { display: block; }
    }
    """

    def compose(self) -> ComposeResult:
        """Headings and the system prompt; the rows come with the first table."""
        yield Static("System prompt", classes="pane-heading")
        yield SystemPrompt()
        yield Static("Parameters", classes="pane-heading")
        yield FilterInput("type to filter", id="parameter-filter")
        yield Static("Nothing matches.", classes="pane-hint")

    @property
    def system_prompt(self) -> SystemPrompt:
        """The editor of the system prompt."""
        return self.query_one(SystemPrompt)

    @property
    def rows(self) -> list[ParameterRow]:
        """The controls, from the top."""
        return list(self.query(ParameterRow))

    def show(self, system: str, table: ParameterTable, values: Mapping[str, Any]) -> None:
        """Show a column's settings; controls that are there already are reused."""
        self.system_prompt.show(system)
        rows = {row.spec.name: row for row in self.rows}
        missing = [spec for name, spec in table.items() if name not in rows]
        for name, row in rows.items():
            spec = table.get(name)
            if spec is not None:
                row.show(spec, values.get(name))
        self._names = frozenset(table)
        if missing:
            self.mount_all([control_for(spec, values.get(spec.name)) for spec in missing])
        self._narrow()

    def focus_first(self) -> None:
        """Go to the first control that can be used."""
        row = next((row for row in self.rows if row.focusable and row.display), None)
        (row or self.system_prompt).focus()

    # -- filtering and resetting -----------------------------------------------------------------------------------

    @property
    def filter_input(self) -> FilterInput:
        """The field that narrows the list."""
        return self.query_one("#parameter-filter", FilterInput)

    def _narrow(self) -> None:
        """Show the rows that the table has and the filter lets through."""
        words = self.filter_input.value.lower().split()
        is_any = False
        for row in self.rows:
            row.display = row.spec.name in self._names and all(word in row.search_text for word in words)
            is_any = is_any or bool(row.display)
        self.set_class(bool(words) and not is_any, "-nothing")

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

    def on_key(self, event: events.Key) -> None:
        """Letters typed on a control narrow the list."""
        letter = event.character or ""
        if isinstance(self.app.focused, ParameterRow) and len(letter) == 1 and letter.isalpha():
            event.stop()
            event.prevent_default()
            self.filter_input.focus()
            self.filter_input.insert_text_at_cursor(letter)

    def action_reset(self) -> None:
        """Back to the provider's defaults, all at once."""
        if any(row.value is not None for row in self.rows):
            self.post_message(self.ResetRequested())

    def on_parameter_row_leave_requested(self, event: ParameterRow.LeaveRequested) -> None:
        """Up and down walk the controls; above the first one is the filter."""
        event.stop()
        rows = [row for row in self.rows if row.focusable and row.display]
        place = rows.index(event.row) + event.step if event.row in rows else 0
        if place < 0:
            self.filter_input.focus()
        elif place < len(rows):
            rows[place].focus()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Keep the focused control in sight, with its explanation as a tooltip."""
        if isinstance(event.widget, ParameterRow):
            event.widget.scroll_visible(animate=False)


def control_for(spec: ParameterSpec, value: Any) -> ParameterRow:
    """The control that suits a parameter's kind."""
    match spec.kind:
        case Kind.NUMBER | Kind.INTEGER:
            return NumberRow(spec, value)
        case Kind.JSON if spec.name == "response_format":
            return FormatRow(spec, value)
        case Kind.BOOLEAN | Kind.CHOICE:
            return ChoiceRow(spec, value)
        case Kind.LIST | Kind.MAP | Kind.JSON | Kind.TEXT:
            return TextRow(spec, value)
