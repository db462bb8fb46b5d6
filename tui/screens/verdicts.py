"""Comparing what stands side by side: voting, going on from the winner, blind mode, the difference of two replies.

Every verdict is an event of the session. While columns are blind, what they are called comes from `tui.domain.blind`.
Refuses to add verdicts up: `tui.chat.votes` does.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui.domain import blind
from tui.domain.comparing import Bout, ballot, continue_from, last_bout, winner_of
from tui.domain.record import SessionEvent, Voted
from tui.domain.session import Column, Message, Session
from tui.errors import ParleyError
from tui.screens.bench import Bench
from tui.widgets.apart import same_model, told_apart
from tui.widgets.working import start_work

if TYPE_CHECKING:
    from tui.screens.difference import Version
    from tui.screens.vote import Ballot

NOTHING_TO_COMPARE = "There is nothing to compare: two columns must have answered the same prompt."


class Verdicts(Bench):
    """The acts on replies as competitors."""

    def last_bout(self) -> Bout | None:
        """The newest prompt that several of the columns that are on have answered, in the order of the screen."""
        return last_bout(self.session, (column for column in blind.shown_columns(self.session) if column.is_on))

    def bout_or_words(self) -> Bout | None:
        """The last bout; says why there is none."""
        if self.is_replying:
            self.say("Wait for the replies, or stop them.")
            return None
        bout = self.last_bout()
        if bout is None:
            self.say(self._switched_off_words() or NOTHING_TO_COMPARE)
        return bout

    def _switched_off_words(self) -> str:
        """Which columns there would be something to compare with, were they on; empty when that is not the cause."""
        bout = last_bout(self.session, blind.shown_columns(self.session))
        off = [self.column_name(one.column) for one in bout.candidates if not one.column.is_on] if bout else []
        if not off:
            return ""
        key = self.screen.key_of("switch-column")
        names = " and ".join(filter(None, [", ".join(off[:-1]), off[-1]]))
        are, which = ("is", "that") if len(off) == 1 else ("are", "such a")
        offer = f"; {key} in {which} column switches it on" if key else ""
        return f"There is nothing to compare: {names} {are} switched off{offer}."

    def column_name(self, column: Column) -> str:
        """What a column is called: its letter while blind, else its model, told apart from others with the same."""
        names = self.desk.blind
        if names.is_on:
            return names.name(column.id)
        if len(same_model(self.session, column)) < 2:
            return column.model
        place = list(self.session.columns).index(column.id) + 1
        return f"{column.model} #{place} {told_apart(self.session, column)}".strip()

    # -- voting ----------------------------------------------------------------------------------------------------

    def act_vote(self) -> None:
        """Give a verdict on the last replies."""
        from tui.screens.vote import Contender, VoteDialog

        bout = self.bout_or_words()
        if bout is None:
            return
        contenders = [Contender(one.reply.id, self.column_name(one.column), one.reply.text) for one in bout.candidates]

        async def voted(decided: Ballot | None) -> None:
            if decided is not None:
                await self._record_vote(bout, decided)

        self.app.push_screen(VoteDialog(bout.prompt, contenders), voted)

    async def _record_vote(self, bout: Bout, decided: Ballot) -> None:
        """Put the vote on record; in blind mode that lifts the veil."""
        names = self.desk.blind
        is_all_bad = decided.outcome == "all-bad"
        vote = ballot(bout, decided.winner, is_all_bad=is_all_bad, note=decided.note, is_blind=names.is_on)
        events: list[SessionEvent] = [vote]
        if names.is_on:
            events.append(blind.end(self.session))
        await self.commit(events, durable=True)
        if names.is_on:
            await self._show_anew()
        revealed = ", ".join(
            f"{names.name(one.column.id)} was {self.column_name(one.column)}" for one in bout.candidates
        )
        winner = next((one.column for one in bout.candidates if one.reply.id == decided.winner), None)
        words = f"{self.column_name(winner)} wins." if winner else "All bad." if is_all_bad else "A tie."
        self.say(f"{words} {revealed}." if names.is_on else words)
        self.list_sessions()
        start_work(self.screen, partial(self._pass_on, vote), group="feedback")

    async def _pass_on(self, vote: Voted) -> None:
        """Tell providers that keep ratings of their replies; the vote itself is on record whatever they say."""
        from tui.chat.feedback import pass_on_vote

        try:
            count = await pass_on_vote(self.desk.connections, self.session, vote)
        except ParleyError as error:
            self.say(f"The vote is kept here, but its provider was not told: {error}", is_problem=True)
        else:
            if count:
                self.say(f"Passed on to the provider: {count} rating{'s' if count > 1 else ''}.")

    async def act_continue_from_winner(self) -> None:
        """Move all columns that are on to the winning reply, so that the next prompt goes on from there."""
        bout = self.bout_or_words()
        if bout is None:
            return
        winner = winner_of(self.session, bout)
        if winner is None:
            keys = self.screen.key_of("vote")
            self.say(f"These replies have no winner yet{f'; {keys} votes' if keys else ''}.")
            return
        await self.keep_settings()
        await self.commit(continue_from(self.session.on_columns, winner), durable=True)
        for view in self.views:
            view.show(self.desk)
        self.show_columns()
        self.say(f"All columns go on from {self.session.messages[winner].model}.")

    # -- blind -----------------------------------------------------------------------------------------------------

    async def act_blind(self) -> None:
        """Compare blind, or stop doing so."""
        if self.is_replying:
            self.say("Wait for the replies, or stop them.")
        elif self.desk.blind.is_on:
            self._offer_to_reveal()
        elif len(self.session.columns) < 2:
            keys = self.screen.key_of("add-column")
            self.say(f"Blind comparing needs a second column{f'; {keys} adds one' if keys else ''}.")
        elif blind.can_begin(self.session):
            await self._begin_blind()
        else:
            self._offer_new_session()

    async def _begin_blind(self) -> None:
        await self.keep_settings()
        await self.commit([blind.begin(self.session)], durable=True)
        self.current_id = blind.shown_columns(self.session)[0].id
        await self._show_anew()
        self.composer.focus()
        self.say("Names, prices and speeds are hidden until you vote.")

    def _offer_to_reveal(self) -> None:
        from tui.screens.confirm import ConfirmDialog

        async def answered(is_agreed: bool | None) -> None:
            if is_agreed:
                await self.commit([blind.end(self.session)], durable=True)
                await self._show_anew()

        question = "Show who is who without a vote? This comparison is blind no longer then."
        self.app.push_screen(ConfirmDialog("Blind", question, yes="Show", no="Stay blind"), answered)

    def _offer_new_session(self) -> None:
        """Columns that went different ways are known by what they said: blind begins afresh."""
        from tui.screens.confirm import ConfirmDialog

        async def answered(is_agreed: bool | None) -> None:
            if is_agreed:
                await self.change_desk(self.desks.like(self.session.columns.values()))
                await self._begin_blind()

        question = (
            "These columns have been seen under their names and went different ways. Start a new session with the same "
            "columns, blind? (“All columns go on from the winner” would do, too.)"
        )
        self.app.push_screen(ConfirmDialog("Blind", question, yes="New session", no="Stay here"), answered)

    async def _show_anew(self) -> None:
        """Bring everything in line with what may be told now."""
        await self.build_columns()
        self.show_settings()
        self.show_models()

    # -- difference ------------------------------------------------------------------------------------------------

    def act_difference(self) -> None:
        """Show how replies differ: of the columns at the last prompt, else the variants of the last reply."""
        from tui.screens.difference import DifferenceScreen

        versions, left, right = self._versions()
        if len(versions) < 2:
            self.say(self._switched_off_words() or "There is nothing to compare: no second reply to the same prompt.")
            return
        self.app.push_screen(DifferenceScreen(versions, left, right))

    def _versions(self) -> tuple[list[Version], int, int]:
        """The texts to choose from, and the two to begin with: the current column's and the next one."""
        from tui.screens.difference import Version

        bout = self.last_bout()
        if bout is not None:
            versions = [Version(self.column_name(one.column), one.reply.text) for one in bout.candidates]
            ids = [one.column.id for one in bout.candidates]
            left = ids.index(self.current_column.id) if self.current_column.id in ids else 0
            return versions, left, (left + 1) % len(versions)
        variants, place = _variants(self.session, self.current_column)
        versions = [Version(f"variant {number}", one.text) for number, one in enumerate(variants, 1)]
        return versions, max(0, place - 1), max(1, place)


def _variants(session: Session, column: Column) -> tuple[list[Message], int]:
    """The variants of the column's last message that has any, and which one is shown."""
    for message in reversed(session.path(column.head)):
        variants = session.variants(message.id)
        if len(variants) > 1:
            return variants, variants.index(message)
    return [], 0
