"""What every parameter's control has in common: a line with name and value, a line with the control, unsetting.

A row shows what it is given and posts what the user wants; whether that is allowed is the spec's word. Refuses to know
sessions and requests.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tui.domain.parameters import ParameterSpec
from tui.errors import ConfigError
from tui.text.clean import clean_line
from tui.text.widths import cell_width, cut_to_cells
from tui.widgets.looks import FAINT, MUTED

UNSET_WORDS = "unset"


class ParameterRow(Widget, can_focus=True):
    """One parameter. `value` None is unset: nothing is sent."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "leave(-1)", "Parameter above", id="parameter-above", show=False),
        Binding("down", "leave(1)", "Parameter below", id="parameter-below", show=False),
        Binding("backspace,delete", "unset", "Unset", id="parameter-unset"),
    ]

    DEFAULT_CSS = """
    ParameterRow {
        height: 2;
        padding: 0 1;
        margin-bottom: 1;
        border-left: blank;
        background: transparent;
        &:focus { background: $boost; border-left: thick $accent; }
    }
    """

    value: reactive[Any] = reactive(None)
    problem: reactive[str] = reactive("")
    """Why what was just entered is not taken."""

    @dataclass
    class Changed(Message):
        """The user gave a parameter another value; None unsets it."""

        row: ParameterRow
        name: str
        value: Any

        @property
        def control(self) -> ParameterRow:
            """The row."""
            return self.row

    @dataclass
    class EditRequested(Message):
        """The value needs an editor of its own."""

        row: ParameterRow

    @dataclass
    class LeaveRequested(Message):
        """The user wants to go to the row above (-1) or below (1)."""

        row: ParameterRow
        step: int

    def __init__(self, spec: ParameterSpec, value: Any = None) -> None:
        super().__init__(id=f"parameter-{spec.name.replace('_', '-')}")
        self.spec = spec
        self.set_reactive(ParameterRow.value, value)
        self.set_reactive(ParameterRow.problem, self._misfit())
        self.can_focus = spec.is_taken or value is not None

    def show(self, spec: ParameterSpec, value: Any) -> None:
        """Show the same parameter of another model or column."""
        if spec is self.spec and value == self.value:
            return
        self.spec = spec
        self.value = value
        self.problem = self._misfit()
        self.can_focus = spec.is_taken or value is not None
        self.refresh()

    def _misfit(self) -> str:
        """Why a value that was good for another model cannot be sent to this one."""
        if self.value is None or not self.spec.is_taken:
            return ""
        try:
            self.spec.check(self.value)
        except ConfigError as error:
            return str(error)
        return ""

    @property
    def search_text(self) -> str:
        """What the filter looks in."""
        return f"{self.spec.name} {self.spec.label}{' set changed' if self.value is not None else ''}".lower()

    @property
    def draft(self) -> Any:
        """What an editor starts with."""
        return self.value

    def propose(self, value: Any) -> bool:
        """Take a value if the model does; returns whether it was taken."""
        try:
            checked = self.spec.check(value)
        except ConfigError as error:
            self.problem = str(error)
            return False
        self.problem = ""
        if checked != self.value or type(checked) is not type(self.value):
            self.value = checked
            self.post_message(self.Changed(self, self.spec.name, checked))
        return True

    # -- keys ------------------------------------------------------------------------------------------------------

    def action_unset(self) -> None:
        """Back to the provider's default."""
        self.problem = ""
        if self.value is not None:
            self.value = None
            self.post_message(self.Changed(self, self.spec.name, None))

    def action_leave(self, step: int) -> None:
        """Go to the row above or below."""
        self.post_message(self.LeaveRequested(self, step))

    # -- painting --------------------------------------------------------------------------------------------------

    def watch_value(self) -> None:
        """A mark in front of the name says that it is set."""
        self.set_class(self.value is not None, "-set")

    def render(self) -> Content:
        """The two lines."""
        width = self.content_size.width
        if not self.spec.is_taken:
            kept = f"{self.value_words()} is kept, not sent: " if self.value is not None else ""
            reason = cut_to_cells(f"{kept}{clean_line(self.spec.reason)}", width)
            return Content.assemble(self._headline(width), "\n", (reason, f"{FAINT} italic"))
        if self.problem:
            return Content.assemble(
                self._headline(width), "\n", (cut_to_cells(clean_line(self.problem), width), "$text-error")
            )
        return Content.assemble(self._headline(width), "\n", self.control_line(width))

    def _headline(self, width: int) -> Content:
        label = clean_line(self.spec.label or self.spec.name)
        is_set = self.value is not None
        if not self.spec.is_taken:
            return Content.styled(cut_to_cells(label, width), FAINT)
        value, style = self.value_content()
        value = cut_to_cells(value, max(4, width - cell_width(label) - (3 if is_set else 1)))
        gap = " " * max(1, width - cell_width(label) - cell_width(value) - (2 if is_set else 0))
        mark = [("● ", "$accent")] if is_set else []
        return Content.assemble(*mark, (label, "bold" if is_set else ""), gap, (value, style))

    def value_content(self) -> tuple[str, str]:
        """The value at the right of the first line, and its style; unset shows the provider's default dim."""
        if self.value is not None:
            return self.value_words(), "bold $text-accent"
        if self.spec.default is not None:
            return f"default {value_words(self.spec.default)}", MUTED
        return UNSET_WORDS, MUTED

    def value_words(self) -> str:
        """The value in one line."""
        return value_words(self.value)

    def control_line(self, width: int) -> Content:
        """The second line."""
        raise NotImplementedError


def value_words(value: Any) -> str:
    """Any value in one line, line breaks and controls visible."""
    match value:
        case bool():
            return "on" if value else "off"
        case int() | float():
            return f"{value:.10g}" if isinstance(value, float) else str(value)
        case str():
            return clean_line(value)
        case list() | tuple():
            return clean_line(", ".join(json.dumps(item, ensure_ascii=False) for item in value))
        case _:
            return clean_line(json.dumps(value, ensure_ascii=False))
