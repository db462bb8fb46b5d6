"""Other ways a reply could have gone: its tokens with their odds, its variants side by side in columns.

Refuses to ask for odds: they came with the reply, or are not there.
"""

from __future__ import annotations

from tui.chat.conversation import last_reply
from tui.chat.documents import text_behind
from tui.chat.prefilling import can_prefill
from tui.domain.acts import MOST_COLUMNS, add_column
from tui.domain.record import HeadMoved, MessageAdded, new_id, now
from tui.domain.session import Message
from tui.screens.inspecting import BLIND_WORDS, Inspecting
from tui.screens.sweeping import Sweeping
from tui.screens.token_odds import Branch, TokenOdds
from tui.widgets.column_view import ColumnView
from tui.widgets.entries import pager_variants

NO_REPLY = "There is no reply in this column yet."
NO_ODDS = "This reply came without token probabilities; set “Logprobs” where the model takes it, and ask again."
NO_ODDS_SENT = "The server sent no token probabilities with this reply, though it was asked for them."


class Choices(Inspecting, Sweeping):
    """The acts on what else could have been said."""

    async def look_into(self, view: ColumnView, message: Message, action: str) -> None:
        """Inspect a reply, look at its tokens, spread its variants."""
        match action:
            case "inspect" if message.is_reply:
                self.inspect(view, message)
            case "tokens" if message.is_reply:
                self.show_odds(view, message)
            case "spread":
                await self.spread(view, message)
            case _:
                pass  # not for this kind of message

    # -- tokens ----------------------------------------------------------------------------------------------------

    def act_token_odds(self) -> None:
        """Show the tokens of the current column's last reply with their probabilities."""
        reply = last_reply(self.session, self.current_column)
        if reply is not None:
            self.show_odds(self.current_view, reply)
        else:
            self.say(NO_REPLY)

    def show_odds(self, view: ColumnView, message: Message) -> None:
        """Open the view of a reply's tokens."""
        if self.desk.blind.is_on:
            self.say(BLIND_WORDS, is_problem=True)
            return
        if not message.logprobs:
            self.say(NO_ODDS_SENT if message.parameters.get("logprobs") else NO_ODDS)
            return
        column = self.session.columns[view.column_id]
        reason = can_prefill(self.desk.connections, column.model, column.kind)

        async def answered(branch: Branch | None) -> None:
            if branch is not None:
                await self.branch_from(view, message, branch.text)

        self.app.push_screen(TokenOdds(message, why_not=reason), answered)

    async def branch_from(self, view: ColumnView, message: Message, text: str) -> None:
        """Begin another variant of a reply with `text`, and let the model go on from there."""
        if view.is_replying:
            self.say("Wait for the reply, or stop it, before another one begins.", is_problem=True)
            return
        await self.keep_settings()
        column = self.session.columns[view.column_id]
        behind = text_behind(self.session, column, message.parent) if column.kind == "completion" else ""
        at = now()
        begun = MessageAdded(
            new_id(), at, message.parent, "assistant", text, model=message.model, edited_from=message.id
        )
        moved = [] if behind else [HeadMoved(view.column_id, at, begun.id)]  # a gap's document stays whole till then
        await self.commit([begun, *moved], durable=True)
        view.show(self.desk)
        view.reply(self.desk, parent=begun.id, continues=begun.id, suffix=behind)

    # -- variants --------------------------------------------------------------------------------------------------

    async def act_spread_variants(self) -> None:
        """Show the variants of the current column's last reply side by side."""
        reply = last_reply(self.session, self.current_column)
        if reply is not None:
            await self.spread(self.current_view, reply)
        else:
            self.say(NO_REPLY)

    async def spread(self, view: ColumnView, message: Message) -> None:
        """Give each variant of a message, that no column stands at, a column of its own."""
        if self.is_replying:
            self.say("Wait for the replies before their variants are spread.", is_problem=True)
            return
        await self.keep_settings()
        source = self.session.columns[view.column_id]
        shown = {one.id for column in self.session.columns.values() for one in self.session.path(column.head)}
        variants = pager_variants(self.session, message)
        others = [one for one in variants if one.id not in shown]
        room = MOST_COLUMNS - len(self.session.columns)
        if not others:
            self.say("The reply has no variants." if len(variants) < 2 else "Every variant stands in a column already.")
            return
        if room <= 0:
            self.say(f"There are {len(self.session.columns)} columns already; close some first.", is_problem=True)
            return
        place = list(self.session.columns).index(source.id)
        added = [
            add_column(
                source.model,
                system=source.system,
                parameters={name: value for name, value in source.parameters.items() if name != "n"},
                head=self.session.leaf_below(one.id),
                kind=source.kind,
                position=place + number,
            )
            for number, one in enumerate(others[:room], 1)
        ]
        await self.commit(added)
        await self.build_columns()
        if len(others) > room:
            self.say(f"{len(others) - room} more stay behind the pager: there is room for {MOST_COLUMNS} columns.")
