"""The side panes' places: folded or open, beside the columns or over them. What is in them is the workbench's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from textual import events, getters
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size
from textual.screen import Screen
from textual.widgets import Static

from tui.widgets.composer import Composer

OVERLAY_BELOW_CELLS = 100
"""On narrower screens the side panes lie over the columns."""
WIDE_FROM_CELLS = 150
"""On wider screens the side panes are wider."""
LEAST_WIDTH_CELLS, LEAST_HEIGHT_CELLS = 30, 10
Side = Literal["left", "right"]


class Panes(Screen[None]):
    """A screen with a pane on each side."""

    composer = getters.query_one("#composer", Composer)

    def __init__(self) -> None:
        super().__init__()
        self._wanted: dict[Side, bool] = {"left": True, "right": True}
        self._is_veiled = False
        self._overlay: Side | None = None
        """The pane that lies over the columns; only on narrow screens."""

    @property
    def is_narrow(self) -> bool:
        """Whether the side panes lie over the columns."""
        return self.app.size.width < OVERLAY_BELOW_CELLS

    def is_open(self, side: Side) -> bool:
        """Whether a pane is on the screen."""
        if self._is_veiled:
            return False
        return self._overlay == side if self.is_narrow else self._wanted[side]

    def veil(self, is_veiled: bool) -> None:
        """Keep both panes folded, whatever is wanted, while what stands in them must not be seen."""
        if is_veiled != self._is_veiled:
            self._is_veiled = is_veiled
            self.arrange_panes()

    def want_open(self, side: Side, is_open: bool) -> None:
        """Whether a pane is open where there is room; for what was remembered."""
        self._wanted[side] = is_open

    def wants_open(self, side: Side) -> bool:
        """Whether a pane is open where there is room."""
        return self._wanted[side]

    def set_open(self, side: Side, is_open: bool) -> None:
        """Fold or unfold a pane."""
        if self.is_narrow:
            self._overlay = side if is_open else None
        else:
            self._wanted[side] = is_open
        if not is_open and self._place(side).has_focus_within:
            self.composer.focus()
        self.arrange_panes()

    def toggle(self, side: Side, go_inside: Callable[[], object]) -> None:
        """Show a pane and go there; from inside it, fold it."""
        if self.is_open(side) and self._place(side).has_focus_within:
            self.set_open(side, False)
            return
        if not self.is_open(side):
            self.set_open(side, True)
        self.call_after_refresh(go_inside)

    def close_overlay(self) -> bool:
        """Put the pane that lies over the columns away; returns whether there was one."""
        if self._overlay is None:
            return False
        self.set_open(self._overlay, False)
        return True

    def fold_both(self) -> None:
        """Fold both side panes, or unfold them."""
        if self.is_narrow:
            self.close_overlay()
            return
        is_any_open = self.is_open("left") or self.is_open("right")
        self.set_open("left", not is_any_open)
        self.set_open("right", not is_any_open)

    def _place(self, side: Side) -> Vertical:
        return self.query_one(f"#{side}", Vertical)

    def arrange_panes(self) -> None:
        """Bring the screen's classes in line with its size and with what is folded."""
        size = self.app.size
        if not self.is_narrow:
            self._overlay = None
        self.set_classes_for(size)
        if self.has_class("-too-small"):
            words = (
                f"Parley needs at least {LEAST_WIDTH_CELLS} × {LEAST_HEIGHT_CELLS} cells; "
                f"this terminal has {size.width} × {size.height}."
            )
            self.query_one("#too-small", Static).update(Content(words))

    def set_classes_for(self, size: Size) -> None:
        """Set the classes for a size; before the screen is mounted this spares it a second styling."""
        is_narrow = size.width < OVERLAY_BELOW_CELLS
        self.set_class(size.width < LEAST_WIDTH_CELLS or size.height < LEAST_HEIGHT_CELLS, "-too-small")
        self.set_class(is_narrow, "-narrow")
        self.set_class(size.width >= WIDE_FROM_CELLS, "-wide")
        self.set_class(self.is_open("left"), "-left-open")
        self.set_class(self.is_open("right"), "-right-open")

    def on_resize(self, event: events.Resize) -> None:
        """Another size may want another arrangement."""
        self.arrange_panes()
