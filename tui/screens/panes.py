"""The side panes' places: folded or open, beside the columns or over them. What is in them is the workbench's."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from textual import events, getters
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size
from textual.widgets import Static

from tui.screens.repainting import Repainting
from tui.widgets.composer import Composer
from tui.widgets.working import EndsItsWork

if TYPE_CHECKING:
    from tui.store.state import AppState

OVERLAY_BELOW_CELLS = 100
"""On narrower screens the side panes lie over the columns."""
WIDE_FROM_CELLS = 150
"""On wider screens the side panes are wider."""
OVERLAY_CELLS = 40
"""How wide a pane is that lies over the columns."""
LEAST_WIDTH_CELLS, LEAST_HEIGHT_CELLS = 30, 10
NARROWEST_COLUMN_CELLS = 38
"""A column with less room than this is not worth reading."""
COLUMNS_BEFORE_PANES = 3
"""So many columns side by side are worth more than a pane beside them: comparing them is why they are there."""
Side = Literal["left", "right"]
PANE_CELLS: dict[Side, tuple[int, int]] = {"left": (32, 40), "right": (34, 42)}
"""How wide a pane is beside the columns, and on wide screens, until somebody wants it otherwise; as in `chat.tcss`."""
NARROWEST_PANE_CELLS, WIDEST_PANE_CELLS = 24, 80
PANE_STEP_CELLS = 4
"""What one key press makes a pane wider or narrower by."""


class Panes(Repainting[None], EndsItsWork):
    """A screen with a pane on each side."""

    composer = getters.query_one("#composer", Composer)

    def __init__(self) -> None:
        super().__init__()
        self._wanted: dict[Side, bool] = {"left": True, "right": True}
        self._widths: dict[Side, int] = {}
        """How wide the panes are that somebody made wider or narrower, in cells."""
        self._is_veiled = False
        self._overlay: Side | None = None
        """The pane that lies over the columns, where it may not stand beside them."""
        self._columns = 1
        """How many columns want to be seen side by side."""

    @property
    def is_narrow(self) -> bool:
        """Whether there is no room for any pane beside the columns."""
        return self.app.size.width < OVERLAY_BELOW_CELLS

    def lies_over(self, side: Side) -> bool:
        """Whether a pane, when it is open, lies over the columns: the right one makes way first."""
        width = self.app.size.width
        if width < OVERLAY_BELOW_CELLS:
            return True
        shown = min(self._columns, COLUMNS_BEFORE_PANES, width // NARROWEST_COLUMN_CELLS)
        taken = self.width_cells(side)
        if side == "right" and self._wanted["left"]:
            taken += self.width_cells("left")
        return shown > 1 and width - taken < shown * NARROWEST_COLUMN_CELLS

    @property
    def room_for_columns(self) -> int:
        """Cells across that the open panes leave to the columns; known before the next layout."""
        beside = [side for side in PANE_CELLS if self.is_open(side) and not self.lies_over(side)]
        return self.app.size.width - sum(map(self.width_cells, beside))

    # -- width -----------------------------------------------------------------------------------------------------

    def width_cells(self, side: Side) -> int:
        """How wide a pane is where it stands beside the columns."""
        usual = PANE_CELLS[side][self.app.size.width >= WIDE_FROM_CELLS]
        return min(self._widths.get(side, usual), max(usual, self.app.size.width // 2))

    @property
    def focused_side(self) -> Side | None:
        """The pane that has the focus."""
        return next((side for side in PANE_CELLS if self._place(side).has_focus_within), None)

    def resize_pane(self, side: Side, steps: int) -> None:
        """Make a pane wider, or narrower by negative steps."""
        wanted = self.width_cells(side) + steps * PANE_STEP_CELLS
        self._widths[side] = max(NARROWEST_PANE_CELLS, min(wanted, WIDEST_PANE_CELLS, self.app.size.width // 2))
        self.arrange_panes()

    # -- what the next start remembers -----------------------------------------------------------------------------

    def take_up(self, state: AppState) -> None:
        """Have the panes as they were; before they are there."""
        self._wanted = {"left": state.left_is_open is not False, "right": state.right_is_open is not False}
        widths: dict[Side, int | None] = {"left": state.left_width_cells, "right": state.right_width_cells}
        self._widths = {
            side: max(NARROWEST_PANE_CELLS, min(cells, WIDEST_PANE_CELLS)) for side, cells in widths.items() if cells
        }

    def note(self, state: AppState) -> None:
        """Remember how the panes are."""
        state.left_is_open, state.right_is_open = self._wanted["left"], self._wanted["right"]
        state.left_width_cells, state.right_width_cells = self._widths.get("left"), self._widths.get("right")

    # -- folded or open --------------------------------------------------------------------------------------------

    def make_room(self, columns: int) -> None:
        """Let the panes make way, as far as needed, for so many columns side by side."""
        if columns != self._columns:
            self._columns = columns
            self.arrange_panes()

    def is_open(self, side: Side) -> bool:
        """Whether a pane is on the screen."""
        if self._is_veiled:
            return False
        return self._overlay == side if self.lies_over(side) else self._wanted[side]

    def veil(self, is_veiled: bool) -> None:
        """Keep both panes folded, whatever is wanted, while what stands in them must not be seen."""
        if is_veiled != self._is_veiled:
            self._is_veiled = is_veiled
            self.arrange_panes()

    def set_open(self, side: Side, is_open: bool) -> None:
        """Fold or unfold a pane."""
        if self.lies_over(side):
            self._overlay = side if is_open else None
        else:
            if side == "left" and not is_open and self.lies_over("right"):
                self._wanted["right"] = False  # what made way does not come back because there is room now
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

    def fold_both(self) -> bool:
        """Fold both side panes, or unfold them; returns whether that is to be seen."""
        if self.close_overlay():
            return True
        before = [self.is_open(side) for side in PANE_CELLS]
        if self.is_narrow:
            return False
        is_any_open = self.is_open("left") or self.is_open("right")
        self._wanted = {"left": not is_any_open, "right": not is_any_open}
        if any(self._place(side).has_focus_within for side in self._wanted):
            self.composer.focus()
        self.arrange_panes()
        return before != [self.is_open(side) for side in PANE_CELLS]

    def _place(self, side: Side) -> Vertical:
        return self.query_one(f"#{side}", Vertical)

    def arrange_panes(self) -> None:
        """Bring the screen's classes in line with its size and with what is folded."""
        size = self.app.size
        if self._overlay is not None and not self.lies_over(self._overlay):
            self._overlay = None
        self.set_classes_for(size)
        for side in PANE_CELLS:
            self.place_pane(side, self._place(side))
        if self.has_class("-too-small"):
            words = (
                f"Parley needs at least {LEAST_WIDTH_CELLS} × {LEAST_HEIGHT_CELLS} cells; "
                f"this terminal has {size.width} × {size.height}."
            )
            self.query_one("#too-small", Static).update(Content(words))

    def set_classes_for(self, size: Size) -> None:
        """Set the classes for a size; before the screen is mounted this spares it a second styling."""
        self.set_class(size.width < LEAST_WIDTH_CELLS or size.height < LEAST_HEIGHT_CELLS, "-too-small")
        self.set_class(size.width >= WIDE_FROM_CELLS, "-wide")

    def place_pane(self, side: Side, place: Vertical) -> None:
        """Show a pane beside the columns or over them, or fold it.

        By styles of its own: a class, of the screen or of the pane, would have everything in it styled anew, which
        takes longer than a frame.
        """
        is_over = self.lies_over(side)
        styles = place.styles
        styles.display = "block" if self.is_open(side) else "none"
        styles.layer = "overlay" if is_over else "default"
        styles.dock = side if is_over else "none"
        if is_over:
            styles.width, styles.max_width = OVERLAY_CELLS, "90%"
        else:
            if side in self._widths:
                styles.width = self.width_cells(side)
            else:
                styles.clear_rule("width")
            styles.clear_rule("max_width")

    def on_resize(self, event: events.Resize) -> None:
        """Another size may want another arrangement."""
        self.arrange_panes()
