"""The columns: adding, closing, switching on and off, zooming, and how many of them fit on the screen.

Refuses to know what is said in them.
"""

from __future__ import annotations

from tui.domain.acts import add_column
from tui.domain.blind import shown_columns
from tui.domain.record import ColumnAdded, ColumnChanged, ColumnRemoved, now
from tui.domain.session import Message
from tui.screens.bench import Bench
from tui.widgets.apart import told_apart
from tui.widgets.column_head import ColumnHead
from tui.widgets.column_strip import ColumnStrip, Tab
from tui.widgets.column_view import ColumnView
from tui.widgets.document_view import view_of_kind


class Columns(Bench):
    """The acts on columns."""

    async def build_columns(self) -> None:
        """Make the widgets of the session's columns, and show them."""
        box = self.columns_box
        await box.remove_children()
        await box.mount_all([view_of_kind(column.kind, column.id) for column in shown_columns(self.session)])
        if self.current_id not in self.session.columns:
            self.current_id = shown_columns(self.session)[0].id
        self.screen.veil(self.desk.blind.is_on)
        for view in self.views:
            view.show(self.desk)
        self.arrange_columns()
        self.show_columns()

    # -- showing ---------------------------------------------------------------------------------------------------

    def show_columns(self) -> None:
        """Bring the head lines, the strip and the composer in line with the session."""
        blind = self.desk.blind
        is_many, folded = len(self.session.columns) > 1, self.arrangement.folded
        for view in self.views:
            if view.is_whole and view.column_id in self.session.columns:
                view.show_settings(self.desk)
                view.head.is_current = is_many and view.column_id == self.current_column.id
        self.strip.tabs = tuple(
            Tab(
                view.column_id,
                blind.model_name(view.column_id, self.session.columns[view.column_id].model),
                bool(view.display),
                view.column_id == self.current_column.id,
                self.session.columns[view.column_id].is_on,
                view.is_replying,
                view.column_id in folded,
                "" if blind.is_on else told_apart(self.session, self.session.columns[view.column_id]),
            )
            for view in self.views
            if view.column_id in self.session.columns
        )
        self.show_destination()

    async def turn_to(self, column_id: str) -> None:
        """Make a column the one that the side panes are about."""
        if await self._turn_panes_to(column_id):
            self.fit_columns()

    async def _turn_panes_to(self, column_id: str) -> bool:
        """Only the side panes; returns whether they were about another column before."""
        if column_id == self.current_id or column_id not in self.session.columns:
            return False
        await self.keep_settings()
        self.current_id = column_id
        self.show_settings()
        return True

    async def column_chosen(self, event: ColumnView.Chosen) -> None:
        """The user turned to a column."""
        await self.turn_to(event.column_view.column_id)

    async def tab_picked(self, event: ColumnStrip.Picked) -> None:
        """A column was picked in the strip; a folded one comes back."""
        await self.turn_to(event.column_id)
        await self.unfold(event.column_id)

    async def head_clicked(self, event: ColumnHead.ModelClicked) -> None:
        """The head of a column was clicked: a model is to be chosen for it."""
        await self.turn_to(self.view_around(event.head).column_id)
        self.open_models()

    def fit_columns(self) -> None:
        """Show as many columns as there is room for now."""
        self.arrange_columns()
        self.show_columns()

    # -- acts ------------------------------------------------------------------------------------------------------

    async def act_add_column(self) -> None:
        """Add a column beside the current one: the same model and settings, at the same message."""
        await self._fork(self.current_column.head)
        self.open_models()

    async def _fork(self, head: str | None) -> None:
        await self.keep_settings()
        source = self.current_column
        if self.view_of(source.id).is_replying:
            self.say("Wait for the reply, or stop it, before a column starts from it.", is_problem=True)
            return
        place = list(self.session.columns).index(source.id) + 1
        added = add_column(
            source.model,
            system=source.system,
            parameters=source.parameters,
            head=head,
            kind=source.kind,
            position=place,
        )
        await self.open_column(added, after=source.id)

    async def open_column(self, added: ColumnAdded, *, after: str | None = None) -> ColumnView:
        """Put a new column on record and on the screen, at the right end or `after` another, and turn to it.

        Who was in a conversation is in the new one: its keys are about the column that is marked as the current one.
        """
        was_inside = any(view.has_focus_within for view in self.views)
        await self.commit([added])
        view = view_of_kind(added.kind, added.column)
        await self.columns_box.mount(view, after=self.view_of(after) if after is not None else None)
        view.show(self.desk)
        self.current_id = added.column
        self.arrange_columns()
        self.show_columns()
        self.show_settings()
        if was_inside:
            view.take_focus()
        return view

    async def act_close_column(self) -> None:
        """Close the current column; its messages stay in the session."""
        column = self.current_column
        if len(self.session.columns) == 1:
            words = f"This is the only column{self._how_to('new-session', 'starts a new session')}."
            self.say(words, is_problem=True)
            return
        view = self.view_of(column.id)
        view.stop()
        await view.finished()
        place = list(self.session.columns).index(column.id)
        await self.commit([ColumnRemoved(column.id, now())])
        await view.remove()
        ids = list(self.session.columns)
        self.current_id = ids[min(place, len(ids) - 1)]
        self.arrange_columns()
        self.show_columns()
        self.show_settings()
        self.composer.focus()

    async def act_next_column(self) -> None:
        """Turn to the next column."""
        await self._step_column(1)

    async def act_previous_column(self) -> None:
        """Turn to the column before."""
        await self._step_column(-1)

    async def _step_column(self, step: int) -> None:
        folded, current = self.arrangement.folded, self.current_column.id
        ids = [one.column_id for one in self.views if one.column_id not in folded or one.column_id == current]
        was_inside = any(view.has_focus_within for view in self.views)
        if len(ids) == 1:
            self.say(f"There is no other open column{self._how_to('add-column', 'adds one')}.")
        if not await self._turn_panes_to(ids[(ids.index(current) + step) % len(ids)]):
            return
        if self.screen.is_open("right") and not self.current_view.display:
            # The pane is about the column within a frame; to lay out and paint all columns anew takes longer.
            self.screen.call_after_refresh(self._bring_into_view, takes_focus=was_inside)
        else:
            self._bring_into_view(takes_focus=was_inside)

    def _bring_into_view(self, *, takes_focus: bool) -> None:
        self.fit_columns()
        if takes_focus:
            self.current_view.take_focus()

    def _how_to(self, act_id: str, does: str) -> str:
        """Which key helps, as the end of a sentence; nothing where the act has none."""
        key = self.screen.key_of(act_id)
        return f"; {key} {does}" if key else ""

    async def act_switch_column(self) -> None:
        """Switch the current column on or off."""
        column = self.current_column
        await self.commit([ColumnChanged(column.id, now(), is_on=not column.is_on)])
        self.show_columns()

    async def act_this_column_only(self) -> None:
        """Let prompts go to the current column alone, or to all of them again."""
        current, columns = self.current_column, self.session.columns.values()
        is_alone = [column.id for column in self.session.on_columns] == [current.id]
        changed = [
            ColumnChanged(column.id, now(), is_on=is_alone or column.id == current.id)
            for column in columns
            if column.is_on != (is_alone or column.id == current.id)
        ]
        if changed:
            await self.commit(changed)
            self.show_columns()
        else:
            self.say("This is the only column: prompts go to it anyway.")

    async def act_further(self, view: ColumnView, message: Message, action: str) -> None:
        """Fork; what is left looks into a reply."""
        match action:
            case "fork":
                await self.turn_to(view.column_id)
                await self._fork(message.id)
            case _:
                await self.look_into(view, message, action)
