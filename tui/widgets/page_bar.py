"""One line with the names of pages, the shown one marked. Posts which one is wanted; knows nothing of the pages."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tui.text.widths import cell_width
from tui.widgets.looks import MUTED

GAP = "  "


class PageBar(Widget):
    """The names, each with the digit that turns to it."""

    DEFAULT_CSS = """
    PageBar { height: 1; padding: 0 1; margin: 0 0 1 0; }
    """

    names: reactive[tuple[str, ...]] = reactive(())
    current: reactive[int] = reactive(0)

    @dataclass
    class Picked(Message):
        """A page was clicked."""

        place: int

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__()
        self.set_reactive(PageBar.names, names)

    def _words(self) -> list[str]:
        full = [f"{place} {name}" for place, name in enumerate(self.names, 1)]
        room = self.content_size.width
        if sum(map(cell_width, full)) + len(GAP) * len(full) <= room:
            return full
        return [words if place == self.current else words.split()[0] for place, words in enumerate(full)]

    def render(self) -> Content:
        """The shown page's name underlined and bold, the others quiet."""
        parts: list[tuple[str, str]] = []
        for place, words in enumerate(self._words()):
            style = "bold underline $text-accent" if place == self.current else MUTED
            parts += [(words, style), (GAP, "")]
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        """Turn to the page under the mouse."""
        x = event.get_content_offset_capture(self).x
        start = 0
        for place, words in enumerate(self._words()):
            end = start + cell_width(words)
            if start <= x < end:
                self.post_message(self.Picked(place))
                return
            start = end + len(GAP)
