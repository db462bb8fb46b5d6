"""One of a few words: left and right choose, a click does, too. Also what is on or off.

Refuses to know what the words mean.
"""

from __future__ import annotations

from typing import Any, ClassVar

from tui.domain.parameters import Kind
from tui.text.clean import clean_line
from tui.text.widths import cell_width, cut_to_cells
from tui.widgets.parameters.row import CONTROL_LINE, ParameterRow, Piece

GAP_CELLS = 2


class ChoiceRow(ParameterRow):
    """Words side by side, the chosen one marked; only that one when they do not fit."""

    ACTIONS: ClassVar[frozenset[str]] = frozenset({"choose"})

    @property
    def _choices(self) -> tuple[tuple[str, Any], ...]:
        """What is shown, and what it means."""
        if self.spec.kind is Kind.BOOLEAN:
            return (("off", False), ("on", True))
        return tuple((clean_line(word), word) for word in self.spec.choices)

    def choose(self, step: int) -> None:
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

    def click(self, x: int, line: int, width: int) -> None:
        """Choose the word under the mouse."""
        if not self.spec.is_taken or line != CONTROL_LINE:
            return
        if not self._fits(width):
            self.choose(-1 if x < 2 else 1)
            return
        start = 0
        for words, value in self._choices:
            end = start + cell_width(words)
            if start <= x < end + 1:
                self.propose(value)
                return
            start = end + GAP_CELLS

    def wheel(self, steps: int) -> bool:
        """The wheel walks the words of the focused choice."""
        if not self.has_focus or not self.spec.is_taken:
            return False
        self.choose(-steps)
        return True

    def _fits(self, width: int) -> bool:
        return sum(cell_width(words) + GAP_CELLS for words, _ in self._choices) - GAP_CELLS <= width

    def control_line(self, width: int) -> list[Piece]:
        """All the words, or `‹ chosen ›`."""
        known = self.value if self.value is not None else self.spec.default
        if not self._fits(width):
            words = next((words for words, value in self._choices if value == known), "…")
            look = "value" if self.value is not None else "muted"
            return [("‹ ", "label"), (cut_to_cells(words, width - 4), look), (" ›", "label")]
        pieces: list[Piece] = []
        for words, value in self._choices:
            if pieces:
                pieces.append((" " * GAP_CELLS, "label"))
            is_chosen = self.value is not None and value == self.value and type(value) is type(self.value)
            is_default = self.value is None and value == self.spec.default
            pieces.append((words, "chosen" if is_chosen else "label" if is_default else "muted"))
        return pieces
