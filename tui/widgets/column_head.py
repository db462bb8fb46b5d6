"""A column's head line: model, state, first-token time, tokens/s, tokens in and out, money, context used.

Paints what it is given, shortened to the room there is; takes no measurements.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tui.text.clean import clean_line
from tui.text.widths import cell_width, cut_to_cells
from tui.widgets.figures import Figures, figure_texts, is_all_unknown
from tui.widgets.looks import MUTED

ONE_LINE_CELLS = 64
"""Narrower columns put the figures on a line of their own."""
STATE_COLOURS = {
    "ready": MUTED,
    "off": MUTED,
    "waiting": "$text-warning",
    "retrying": "$text-warning",
    "writing": "$text-success",
    "done": MUTED,
    "stopped": "$text-warning",
    "cut short": "$text-warning",
    "failed": "$text-error",
}
UNREMARKABLE = ("ready", "done")
STATE_SIGNS = {
    "off": "○",
    "waiting": "◌",
    "retrying": "◌",
    "writing": "●",
    "failed": "✕",
    "cut short": "◐",
    "stopped": "◐",
}


class ColumnHead(Widget):
    """One or two lines above a column's transcript."""

    DEFAULT_CSS = """
    ColumnHead {
        height: auto;
        padding: 0 1;
        background: $surface;
        color: $foreground;
    }
    """

    model: reactive[str] = reactive("")
    label: reactive[str] = reactive("")
    """What the user must know about the model at once: “small local model”."""
    apart: reactive[str] = reactive("")
    """What tells the column from others with its model: “temperature 0.5”."""
    state: reactive[str] = reactive("ready")
    state_words: reactive[str] = reactive("")
    """More about the state: “in 2 s (2 of 3)”, “8.4 s”."""
    figures: reactive[Figures | None] = reactive(None)
    is_current: reactive[bool] = reactive(False)
    """Whether the panes beside the columns show this column's settings, where there are several."""

    @dataclass
    class ModelClicked(Message):
        """The user clicked the head: a model is to be chosen."""

        head: ColumnHead

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line when there is room for everything."""
        return 1 if width >= ONE_LINE_CELLS else 2

    def on_click(self) -> None:
        """Clicking the head chooses a model."""
        self.post_message(self.ModelClicked(self))

    def render(self) -> Content:
        """The line or lines."""
        width = self.content_size.width
        state = f"{self.state} {self.state_words}".strip()
        if width >= ONE_LINE_CELLS:
            figures = self._figures(width - cell_width(self.model) - cell_width(state) - 8)
            left = self._left(state, width - (cell_width(figures) + 2 if figures else 0))
            gap = max(1, width - left.cell_length - cell_width(figures))
            return Content.assemble(left, " " * gap, (figures, MUTED))
        return Content.assemble(self._left(state, width), "\n", (self._figures(width), MUTED))

    def _left(self, state: str, room: int) -> Content:
        colour = STATE_COLOURS.get(self.state, MUTED)
        sign = STATE_SIGNS.get(self.state, "●" if self.is_current else "○")
        model_style = "bold $text-primary" if self.is_current else "bold"
        name = cut_to_cells(clean_line(self.model), max(8, room - cell_width(state) - 4))
        parts: list[tuple[str, str]] = [(f"{sign} ", colour), (name, model_style)]
        used = cell_width(name) + 2
        label, state = self._label(state, room - used - 5)
        if label:
            parts.append((f"  {label}", f"{MUTED} italic"))
            used += cell_width(label) + 2
        parts.append((f"  {cut_to_cells(clean_line(state), max(0, room - used - 2))}", colour))
        return Content.assemble(*parts)

    def _label(self, state: str, room: int) -> tuple[str, str]:
        """What is said of the model beside its state, and the state; that is left out where nothing came of it."""
        said = [clean_line(one) for one in (self.apart, self.label) if one]
        for label in dict.fromkeys((" · ".join(said), *said)):
            if cell_width(label) + cell_width(state) <= room:
                return label, state
            if self.state in UNREMARKABLE and cell_width(label) <= room:
                return label, ""  # that it is a small model matters more than that it is done
        return "", state

    def _figures(self, room: int) -> str:
        """The most telling form of the figures that fits into `room` cells."""
        if self.figures is None or is_all_unknown(self.figures):
            return ""
        for length, joint in (("full", "  ·  "), ("medium", " · "), ("short", "  ")):
            text = joint.join(figure_texts(self.figures, length=length))
            if cell_width(text) <= room:
                return text
        texts = figure_texts(self.figures, length="short")
        while texts and cell_width("  ".join(texts)) > room:
            texts.pop()
        return "  ".join(texts)
