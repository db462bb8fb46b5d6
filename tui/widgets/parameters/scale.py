"""The arithmetic of a slider: steps, places on a track, numbers as text. Pure functions."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tui.domain.parameters import Kind, ParameterSpec

LONGEST_TRACK = 100_000
"""A range with more steps cannot be felt on a track; such a parameter has a number box only."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Where values lie between the two ends of a track."""

    low: float
    high: float
    step: float
    is_whole: bool

    @classmethod
    def of(cls, spec: ParameterSpec) -> Scale | None:
        """The scale of a parameter, or None when its range has no sensible end."""
        low = spec.slider_minimum if spec.slider_minimum is not None else spec.minimum or 0.0
        if spec.minimum is not None:
            low = max(low, spec.minimum)
        high = spec.maximum if spec.slider_maximum is None else spec.slider_maximum
        if spec.maximum is not None and high is not None:
            high = min(high, spec.maximum)
        if high is None or high <= low or (high - low) / spec.step > LONGEST_TRACK:
            return None
        return cls(float(low), float(high), spec.step, spec.kind is Kind.INTEGER)

    def fraction(self, value: float) -> float:
        """Where `value` lies, from 0 to 1."""
        return (min(self.high, max(self.low, value)) - self.low) / (self.high - self.low)

    def cell(self, value: float, width_cells: int) -> int:
        """The cell of a track of `width_cells` that `value` lies in."""
        return round(self.fraction(value) * max(0, width_cells - 1))

    def value_at(self, cell: int, width_cells: int) -> float:
        """The value at a cell of the track, on a step."""
        if cell <= 0:
            return self.low
        if cell >= width_cells - 1:
            return self.high
        raw = self.low + (self.high - self.low) * cell / (width_cells - 1)
        return min(self.high, max(self.low, snap(raw, self.step)))


def snap(value: float, step: float) -> float:
    """The multiple of `step` nearest to `value`, without the dust of binary fractions."""
    return round(round(value / step) * step, decimals(step) + 2)


def decimals(step: float) -> int:
    """How many decimals a value on steps of `step` needs."""
    if step <= 0 or step >= 1:
        return 0 if step == int(step) else 2
    return min(6, max(0, math.ceil(-math.log10(step) - 1e-9)))


def stepped(spec: ParameterSpec, value: float, steps: int) -> float | int:
    """`value` moved by `steps` of the parameter, onto the next step and into its range.

    A value between two steps goes to the next one in the direction of the move.
    """
    step = spec.step
    raw = value / step
    base = math.floor(raw + 1e-9) if steps > 0 else math.ceil(raw - 1e-9)
    goal = base + steps
    moved = round(goal * step, decimals(step) + 2)
    low = spec.minimum
    if low is not None and moved < low <= value:
        moved = low
    clamped: float | int = spec.clamp(moved)
    return int(clamped) if spec.kind is Kind.INTEGER else clamped


def number_text(value: float | int) -> str:
    """A number as short as it can be said: `0.7`, `1`, `2048`."""
    if isinstance(value, int):
        return str(value)
    return f"{value:.10g}"
