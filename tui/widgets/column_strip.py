"""The columns in one line, where not all of them are on the screen: which there are, which one is shown."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tui.text.clean import clean_line
from tui.text.widths import cell_width, cut_to_cells
from tui.widgets.looks import MUTED


@dataclass(frozen=True, slots=True)
class Tab:
    """One column."""

    column_id: str
    model: str
    is_shown: bool
    is_current: bool
    is_on: bool
    is_replying: bool
    is_folded: bool = False
    apart: str = ""
    """What tells it from others with its model: “temperature 0.5”."""


class ColumnStrip(Widget):
    """One line of tabs; a click goes to the column."""

    DEFAULT_CSS = """
    ColumnStrip {
        height: 1;
        padding: 0 1;
        background: $panel;
        color: $text-muted;
        display: none;
        &.-shown { display: block; }
    }
    """

    tabs: reactive[tuple[Tab, ...]] = reactive(())

    @dataclass
    class Picked(Message):
        """A column was clicked."""

        column_id: str

    def _labels(self) -> list[str]:
        names = []
        for place, tab in enumerate(self.tabs, 1):
            sign = "●" if tab.is_replying else "○" if not tab.is_on else "▸" if tab.is_folded else ""
            names.append(f"{place} {sign}{clean_line(tab.model)}")
        room = self.content_size.width - 2 * len(names)
        longer = [f"{name} {clean_line(tab.apart)}".strip() for name, tab in zip(names, self.tabs, strict=True)]
        if sum(map(cell_width, longer)) <= room:
            return longer
        return [cut_to_cells(name, max(6, room // len(names))) for name in names]

    def render(self) -> Content:
        """The tabs."""
        parts: list[tuple[str, str]] = []
        for label, tab in zip(self._labels(), self.tabs, strict=True):
            style = "bold $text-primary" if tab.is_current else "$foreground" if tab.is_shown else MUTED
            parts += [(label, style), ("  ", "")]
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        """Go to the column under the mouse."""
        x = event.get_content_offset_capture(self).x
        start = 0
        for label, tab in zip(self._labels(), self.tabs, strict=True):
            end = start + cell_width(label)
            if start <= x < end + 2:
                self.post_message(self.Picked(tab.column_id))
                return
            start = end + 2
