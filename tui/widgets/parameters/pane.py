"""The right pane: the focused column's system prompt and a control for each row of its parameter table.

Shows the settings it is given, posts what the user changes. Refuses to know how settings are recorded and sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widgets import Static

from tui.domain.parameters import Kind, ParameterSpec, ParameterTable
from tui.widgets.editor import Editor
from tui.widgets.parameters.choice_row import ChoiceRow
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

    DEFAULT_CSS = """
    ParameterPane {
        height: 1fr;
        scrollbar-size-vertical: 1;
        & > .pane-heading { color: $text-muted; text-style: bold; padding: 0 2; margin: 0 0 1 0; height: 1; }
        & > .pane-hint { color: $text-disabled; padding: 0 2; }
    }
    """

    def compose(self) -> ComposeResult:
        """Headings and the system prompt; the rows come with the first table."""
        yield Static("System prompt", classes="pane-heading")
        yield SystemPrompt()
        yield Static("Parameters", classes="pane-heading")

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
            row.display = spec is not None
            if spec is not None:
                row.show(spec, values.get(name))
        if missing:
            self.mount_all([control_for(spec, values.get(spec.name)) for spec in missing])

    def focus_first(self) -> None:
        """Go to the first control that can be used."""
        row = next((row for row in self.rows if row.focusable), None)
        (row or self.system_prompt).focus()

    def on_parameter_row_leave_requested(self, event: ParameterRow.LeaveRequested) -> None:
        """Up and down walk the controls; above the first one is the system prompt."""
        event.stop()
        rows = [row for row in self.rows if row.focusable]
        place = rows.index(event.row) + event.step if event.row in rows else 0
        if place < 0:
            self.system_prompt.focus()
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
        case Kind.BOOLEAN | Kind.CHOICE:
            return ChoiceRow(spec, value)
        case Kind.LIST | Kind.MAP | Kind.JSON | Kind.TEXT:
            return TextRow(spec, value)
