"""How the columns share the screen: wider, narrower, folded away, one alone. It is kept with the session."""

from __future__ import annotations

from dataclasses import replace

from tui.domain.arrangement import Arrangement, arranged
from tui.screens.bench import Bench
from tui.screens.panes import NARROWEST_COLUMN_CELLS
from tui.widgets.edge import Edged

MOST_SHOWN = 6
"""More columns than this beside each other are no fun to read; the others wait behind the strip."""
SHARE_STEP = 1.25
"""What one key press makes a column wider or narrower by."""


class Spacing(Bench):
    """The acts on the columns' places."""

    async def arrange(self, arrangement: Arrangement) -> None:
        """Let the columns stand otherwise, and remember it with the session."""
        if arrangement != self.arrangement:
            await self.commit([arranged(self.session, arrangement)])
            self.fit_columns()

    def arrange_columns(self) -> None:
        """Show as many columns as fit, the current one among them; folded ones wait behind the strip."""
        views = self.views
        if not views:
            return
        how, current = self.arrangement, self.current_column.id
        open_views = [view for view in views if view.column_id not in how.folded or view.column_id == current]
        self.screen.make_room(1 if how.is_zoomed else len(open_views))
        width = self.screen.room_for_columns
        fits = 1 if how.is_zoomed else max(1, min(MOST_SHOWN, width // NARROWEST_COLUMN_CELLS))
        place = [view.column_id for view in open_views].index(current)
        first = max(0, min(place - fits // 2, len(open_views) - fits))
        shown = open_views[first : first + fits]
        for view in views:
            view.display = view in shown
            view.set_beside(is_beside=view in shown[1:])
            view.styles.width = f"{how.share(view.column_id)}fr"
        self.strip.set_class(len(views) > len(shown), "-shown")

    # -- width -----------------------------------------------------------------------------------------------------

    async def act_widen_column(self) -> None:
        """Give the current column more of the width, or the side pane with the focus."""
        await self._scale(1)

    async def act_narrow_column(self) -> None:
        """Give the current column less of the width, or the side pane with the focus."""
        await self._scale(-1)

    async def _scale(self, steps: int) -> None:
        side = self.screen.focused_side
        if side is not None:
            self.screen.resize_pane(side, steps)
            self.fit_columns()
            return
        if sum(bool(view.display) for view in self.views) < 2:
            self.say("Only one column is shown: it has all the room there is.")
            return
        how, column_id = self.arrangement, self.current_column.id
        await self.arrange(how.with_share(column_id, how.share(column_id) * SHARE_STEP**steps))

    async def act_even_columns(self) -> None:
        """Make all columns equally wide, and unfold those that are folded."""
        even = replace(self.arrangement, shares={}, folded=frozenset(), is_zoomed=False)
        if even == self.arrangement:
            self.say("The columns are equally wide, and none is folded.")
        await self.arrange(even)

    async def edge_dragged(self, event: Edged.EdgeDragged) -> None:
        """The line between two columns was moved: what one loses the other gets."""
        shown = [view for view in self.views if view.display]
        right = next((view for view in shown[1:] if view is event.edged), None)
        if right is None:
            return
        left, how = shown[shown.index(right) - 1], self.arrangement
        shares = how.share(left.column_id) + how.share(right.column_id)
        cells = left.size.width + right.size.width
        moved = shares * event.cells / max(1, cells)
        how = how.with_share(left.column_id, how.share(left.column_id) + moved)
        await self.arrange(how.with_share(right.column_id, shares - how.share(left.column_id)))

    # -- folding ---------------------------------------------------------------------------------------------------

    async def act_fold_column(self) -> None:
        """Fold the current column away; the strip holds it, and a click there brings it back."""
        how, current = self.arrangement, self.current_column.id
        ids = [view.column_id for view in self.views if view.column_id not in how.folded]
        if len(ids) < 2:
            self.say("This is the only open column.")
            return
        place = ids.index(current) if current in ids else 0
        after = ids[place + 1] if place + 1 < len(ids) else ids[place - 1]
        await self.commit([arranged(self.session, how.with_fold(current, is_folded=True))])
        await self.turn_to(after)
        self.fit_columns()

    async def unfold(self, column_id: str) -> None:
        """Bring a folded column back."""
        await self.arrange(self.arrangement.with_fold(column_id, is_folded=False))

    async def act_unfold_columns(self) -> None:
        """Bring all folded columns back."""
        if not self.arrangement.folded:
            self.say("No column is folded.")
        await self.arrange(replace(self.arrangement, folded=frozenset()))

    async def act_zoom_column(self) -> None:
        """Show the current column alone, or all that fit."""
        if len(self.views) == 1 and not self.arrangement.is_zoomed:
            self.say("This is the only column.")  # one that is added later would hide it
            return
        await self.arrange(replace(self.arrangement, is_zoomed=not self.arrangement.is_zoomed))
