"""One of a few words: left and right choose, a click does, too. Also what is on or off."""

from __future__ import annotations

from typing import Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content

from tui.domain.parameters import Kind
from tui.text.clean import clean_line
from tui.text.widths import cell_width, cut_to_cells
from tui.widgets.looks import MUTED
from tui.widgets.parameters.row import ParameterRow

GAP_CELLS = 2


class ChoiceRow(ParameterRow):
    """Words side by side, the chosen one marked; only that one when they do not fit."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "choose(-1)", "Choice before", id="parameter-choice-before"),
        Binding("right,enter,space", "choose(1)", "Next choice", id="parameter-choice-next"),
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A value that is not taken can only be unset."""
        return self.spec.is_taken or action != "choose"

    @property
    def _choices(self) -> tuple[tuple[str, Any], ...]:
        """What is shown, and what it means."""
        if self.spec.kind is Kind.BOOLEAN:
            return (("off", False), ("on", True))
        return tuple((clean_line(word), word) for word in self.spec.choices)

    def action_choose(self, step: int) -> None:
        """Choose the next word, or the one before; an unset parameter starts beside its default."""
        choices = self._choices
        if not choices:
            return
        values = [value for _, value in choices]
        known = self.value if self.value is not None else self.spec.default
        if known in values:
            place = min(len(values) - 1, max(0, values.index(known) + step))
        else:
            place = 0 if step > 0 else len(values) - 1
        self.propose(values[place])

    def on_click(self, event: events.Click) -> None:
        """Choose the word under the mouse."""
        place = event.get_content_offset_capture(self)
        if not self.spec.is_taken or place.y != 1:
            return
        if not self._fits(self.content_size.width):
            self.action_choose(-1 if place.x < 2 else 1)
            return
        start = 0
        for words, value in self._choices:
            end = start + cell_width(words)
            if start <= place.x < end + 1:
                self.propose(value)
                return
            start = end + GAP_CELLS

    def _fits(self, width: int) -> bool:
        return sum(cell_width(words) + GAP_CELLS for words, _ in self._choices) - GAP_CELLS <= width

    def control_line(self, width: int) -> Content:
        """All the words, or `‹ chosen ›`."""
        known = self.value if self.value is not None else self.spec.default
        if not self._fits(width):
            words = next((words for words, value in self._choices if value == known), "…")
            style = "bold $text-accent" if self.value is not None else MUTED
            return Content.assemble("‹ ", (cut_to_cells(words, width - 4), style), " ›")
        parts: list[tuple[str, str]] = []
        for words, value in self._choices:
            if parts:
                parts.append((" " * GAP_CELLS, ""))
            is_chosen = self.value is not None and value == self.value and type(value) is type(self.value)
            is_default = self.value is None and value == self.spec.default
            parts.append(
                (words, "bold underline $text-accent" if is_chosen else "$foreground" if is_default else MUTED)
            )
        return Content.assemble(*parts)
