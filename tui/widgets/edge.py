"""The line between two columns: drawn on the left of the right one, and moved by mouse.

Refuses to know what the columns hold, and how wide they become.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.containers import Vertical
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip


class Edged(Vertical):
    """What stands beside others; the class `-beside` says that another stands on its left."""

    @dataclass
    class EdgeDragged(Message):
        """The line on the left was moved by so many cells, to the right when positive."""

        edged: Edged
        cells: int

    _edge_at: float | None = None
    """Where the line was taken hold of."""

    def set_beside(self, *, is_beside: bool) -> None:
        """Draw the line, or not; what is inside looks the same either way, and is not styled anew."""
        if self.has_class("-beside") != is_beside:
            self.set_class(is_beside, "-beside", update=False)
            self.app.stylesheet.update_nodes([self])

    def render_lines(self, crop: Region) -> list[Strip]:
        """The ground and the line: one row is like all others."""
        return super().render_lines(Region(crop.x, crop.y, crop.width, min(1, crop.height))) * crop.height

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """The line is taken hold of."""
        if event.x == 0 and event.y >= 0 and self.has_class("-beside"):
            event.stop()
            self._edge_at = event.screen_x
            self.capture_mouse()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """The line is let go, where it is to be."""
        if self._edge_at is not None:
            event.stop()
            cells, self._edge_at = event.screen_x - self._edge_at, None
            self.release_mouse()
            self.post_message(self.EdgeDragged(self, round(cells)))
