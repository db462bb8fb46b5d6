"""A number as a slider and a box that show one value: arrows step, shift+arrows step by ten, digits type.

Refuses to reckon: `scale` does.
"""

from __future__ import annotations

import re
from typing import ClassVar

from tui.domain.parameters import Kind
from tui.widgets.parameters.row import CONTROL_LINE, ParameterRow, Piece
from tui.widgets.parameters.scale import Scale, number_text, stepped

BIG_STEPS = 10
LONGEST_NUMBER = 20
"""Characters; no parameter needs more, and a longer run of digits is a cat on the keyboard."""
_WHOLE = re.compile(r"-?[0-9]*")
_FRACTION = re.compile(r"-?[0-9]*(\.[0-9]*)?|-?[0-9]+(\.[0-9]*)?[eE]-?[0-9]*")
"""What may stand in the box while one types: the beginning of a number."""


class NumberRow(ParameterRow):
    """Slider and number box."""

    ACTIONS: ClassVar[frozenset[str]] = frozenset({"step", "to_end", "accept", "dismiss_typing"})

    typed = ""
    """What was typed into the box and not yet accepted."""

    # -- keys ------------------------------------------------------------------------------------------------------

    def does(self, action: str) -> bool:
        """Escape belongs to the box only while something is typed in it."""
        if action == "dismiss_typing":
            return bool(self.typed or self.problem)
        return super().does(action)

    def type(self, character: str) -> bool:
        """Digits type into the box; a comma is a point there, as many write it."""
        if self._takes_fractions:
            character = "." if character == "," else character
        if not self.spec.is_taken or not (_WHOLE, _FRACTION)[self._takes_fractions].fullmatch(self.typed + character):
            return False
        if len(self.typed) < LONGEST_NUMBER:
            self.problem = ""
            self.typed += character
            self.repaint()
        return True

    @property
    def is_unfinished(self) -> bool:
        """See `ParameterRow.is_unfinished`."""
        return bool(self.typed)

    @property
    def _takes_fractions(self) -> bool:
        return self.spec.kind is Kind.NUMBER

    def step(self, steps: int) -> None:
        """Move by steps; an unset parameter starts from its default."""
        self.accept()
        start = self.value if isinstance(self.value, int | float) else self._start()
        self.propose(stepped(self.spec, start, steps))

    def _start(self) -> float:
        if isinstance(self.spec.default, int | float) and not isinstance(self.spec.default, bool):
            return self.spec.default
        return (self.spec.slider_minimum if self.spec.slider_minimum is not None else self.spec.minimum) or 0

    def to_end(self, side: int) -> None:
        """The lowest or the highest value of the slider."""
        scale = Scale.of(self.spec)
        self.typed = ""
        if scale is not None:
            self._propose_number(scale.low if side < 0 else scale.high)
        elif side < 0 and self.spec.minimum is not None:
            self._propose_number(self.spec.minimum)
        else:
            self.repaint()

    def unset(self) -> None:
        """Delete what is being typed, digit by digit; else back to the default."""
        if self.typed:
            self.typed = self.typed[:-1]
            self.repaint()
        else:
            super().unset()

    def dismiss_typing(self) -> None:
        """Forget what was typed."""
        self.typed = ""
        self.judge()
        self.repaint()

    def leave(self) -> None:
        """Leaving the box takes what was typed in it."""
        self.accept()

    def accept(self) -> None:
        """Take what was typed."""
        text, self.typed = self.typed, ""
        if not text:
            return
        try:
            number = float(text) if self._takes_fractions else int(text)
        except ValueError:
            self.problem = f"{self.spec.name} must be {self.spec.range_words()}."
            self.repaint()
            return
        self._propose_number(number)

    def _propose_number(self, number: float) -> None:
        self.propose(int(number) if self.spec.kind is Kind.INTEGER or float(number).is_integer() else number)

    # -- mouse -----------------------------------------------------------------------------------------------------

    def press(self, x: int, line: int, width: int) -> bool:
        """Take hold of the slider."""
        if not self.spec.is_taken or line != CONTROL_LINE or Scale.of(self.spec) is None:
            return False
        self.drag(x, width)
        return True

    def drag(self, x: int, width: int) -> None:
        """Drag the slider."""
        scale = Scale.of(self.spec)
        if scale is not None:
            self.typed = ""
            self._propose_number(scale.value_at(x, width))

    def wheel(self, steps: int) -> bool:
        """The wheel steps the focused slider; over the others it scrolls the pane."""
        if not self.has_focus or not self.spec.is_taken:
            return False
        self.step(steps)
        return True

    # -- painting --------------------------------------------------------------------------------------------------

    def value_content(self) -> Piece:
        """What is being typed comes before the value."""
        if self.typed:
            return f"{self.typed}▏", "value"
        return super().value_content()

    def value_words(self) -> str:
        """The number, or whatever else an older session has here."""
        return number_text(self.value) if isinstance(self.value, int | float) else super().value_words()

    def control_line(self, width: int) -> list[Piece]:
        """The track, with a handle at the value; unset, a hollow one at the default."""
        scale = Scale.of(self.spec)
        if scale is None:
            return [(self.spec.range_words(), "faint")]
        known = self.value if self.value is not None else self.spec.default
        if not isinstance(known, int | float) or isinstance(known, bool):
            return [("─" * width, "faint")]
        place = scale.cell(known, width)
        if self.value is None:
            return [("─" * place, "faint"), ("○", "muted"), ("─" * (width - place - 1), "faint")]
        return [("━" * place, "accent"), ("●", "accent"), ("─" * (width - place - 1), "faint")]
