"""Columns as a set: the same one several times, moved about, scrolled in step, saved as a layout and opened again.

What a layout holds is settings; what was said stays in its session. Refuses to know how wide columns are: `spacing`
does.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from tui.chat.conversation import last_reply
from tui.chat.documents import text_behind
from tui.domain.acts import MOST_COLUMNS, add_column
from tui.domain.comparing import prompt_message
from tui.domain.record import ColumnChanged, now
from tui.domain.session import Column
from tui.errors import ConfigError
from tui.paths import data_dir
from tui.screens.bench import Bench
from tui.screens.edit_text import TextDialog
from tui.store.layouts import FOLDER, layout_names, load_layout, save_layout
from tui.transcript import Transcript
from tui.widgets.pick_list import Row


class Arranging(Bench):
    """The acts on columns as a set."""

    # -- repeating -------------------------------------------------------------------------------------------------

    async def act_repeat_column(self) -> None:
        """Ask how often; let the current column's model answer its last prompt as often, in columns of their own."""
        if self.is_replying:
            self.say("Wait for the replies, or stop them.")
            return
        room = MOST_COLUMNS - len(self.session.columns) + 1
        if room < 2:
            self.say(f"There are {len(self.session.columns)} columns already; close some first.", is_problem=True)
            return

        def check(text: str) -> int:
            if text.strip() not in map(str, range(2, room + 1)):
                raise ConfigError(f"A whole number from 2 to {room}, this column included.")
            return int(text)

        async def chosen(text: str | None) -> None:
            if text is not None:
                await self._repeat(check(text))

        hint = "How many columns like this one in all? Those that are new answer its last prompt at once."
        proposed = str(min(3, room))
        dialog = TextDialog("Repeat", proposed, hint=hint, check=check, is_line=True, does="asks", is_proposal=True)
        self.app.push_screen(dialog, chosen)

    async def _repeat(self, times: int) -> None:
        await self.keep_settings()
        source = self.current_column
        reply = last_reply(self.session, source)
        prompt = prompt_message(self.session, reply.parent) if reply is not None else None
        head, behind = prompt.id if prompt is not None else source.head, ""
        if reply is not None and source.kind == "completion":  # which goes on from a reply, too, or fills a gap
            head, behind = reply.parent, text_behind(self.session, source, reply.parent)
        planned = [Column("", source.model, source.system, source.parameters, head, True, source.kind)] * (times - 1)

        async def begin() -> None:
            place, beside, views = list(self.session.columns).index(source.id), source.id, []
            for number in range(1, times):
                added = add_column(
                    source.model,
                    system=source.system,
                    parameters=source.parameters,
                    head=head,
                    kind=source.kind,
                    position=place + number,
                )
                views.append(await self.open_column(added, after=beside))
                beside = added.column
            await self.turn_to(source.id)
            if prompt is not None:
                for view in views:
                    view.reply(self.desk, suffix=behind)
            self.composer.focus()

        if prompt is None:
            await begin()
        else:
            await self.guard_budget(planned, "", begin, head=head)

    # -- moving ----------------------------------------------------------------------------------------------------

    async def act_move_column_left(self) -> None:
        """Move the current column one place to the left."""
        await self._move_column(-1)

    async def act_move_column_right(self) -> None:
        """Move the current column one place to the right."""
        await self._move_column(1)

    async def _move_column(self, step: int) -> None:
        ids = list(self.session.columns)
        column_id = self.current_column.id
        place = ids.index(column_id) + step
        if not 0 <= place < len(ids):
            self.say("The column stands at that edge already." if len(ids) > 1 else "This is the only column.")
            return
        view, other = self.view_of(column_id), self.view_of(ids[place])
        await self.commit([ColumnChanged(column_id, now(), position=place)])
        if step < 0:
            self.columns_box.move_child(view, before=other)
        else:
            self.columns_box.move_child(view, after=other)
        self.fit_columns()

    # -- in step ---------------------------------------------------------------------------------------------------

    async def act_scroll_in_step(self) -> None:
        """Scroll all columns together, or each apart."""
        is_in_step = not self.arrangement.is_in_step
        await self.arrange(replace(self.arrangement, is_in_step=is_in_step))
        self.say("The columns scroll in step." if is_in_step else "Each column scrolls apart.")

    def scrolled(self, event: Transcript.Scrolled) -> None:
        """The reader scrolled a column; in step, the others follow."""
        if self.arrangement.is_in_step:
            for view in self.views:
                if view.transcript is not event.transcript:
                    view.transcript.scroll_rows(event.rows)

    # -- layouts ---------------------------------------------------------------------------------------------------

    async def act_save_layout(self) -> None:
        """Save the columns' models and settings under a name."""
        await self.keep_settings()
        folder, columns = data_dir() / FOLDER, list(self.session.columns.values())

        async def named(name: str | None) -> None:
            if name is None or not name.strip():
                return
            try:
                path = await asyncio.to_thread(save_layout, folder, name, columns, self.arrangement)
            except ConfigError as error:
                self.say(str(error), is_problem=True)
            else:
                self.say(f"Saved in {path}.")

        names = await asyncio.to_thread(layout_names, folder)
        hint = f"A name that there is already is replaced: {', '.join(names)}." if names else ""
        self.app.push_screen(
            TextDialog("Save the columns as a layout", "", hint=hint, is_line=True, does="saves"), named
        )

    async def act_open_layout(self) -> None:
        """Open a new session with the columns of a layout."""
        from tui.screens.pick import PickDialog

        names = await asyncio.to_thread(layout_names, data_dir() / FOLDER)
        if not names:
            self.say("There is no layout yet; “Save the columns as a layout” makes one.")
            return

        async def picked(name: str | None) -> None:
            if name is None:
                return
            try:
                await self.use_layout(name)
            except ConfigError as error:
                self.say(str(error), is_problem=True)

        rows = await asyncio.to_thread(lambda: [Row(name, name, _layout_words(name)) for name in names])
        self.app.push_screen(PickDialog("New session with the layout", rows), picked)

    async def use_layout(self, name: str) -> None:
        """Open a new session with the columns of a layout.

        Raises:
            ConfigError: there is none of that name, or its file is broken.
        """
        columns, arrangement = await asyncio.to_thread(load_layout, data_dir() / FOLDER, name)
        await self.change_desk(self.desks.like(columns, arrangement=arrangement))


def _layout_words(name: str) -> str:
    """The models of a layout, for its row in the list."""
    try:
        columns, _ = load_layout(data_dir() / FOLDER, name)
    except ConfigError:
        return "cannot be read"  # why is said when it is chosen
    return ", ".join(str(column.model) for column in columns)
