"""The menu of a message: everything that can be done with it, each with its key; and how its variants differ.

This module refuses to do the acts of others: it hands them to whoever does them when their key is pressed.
"""

from __future__ import annotations

from tui.domain.session import Message, Session
from tui.screens.bench import Bench
from tui.screens.host import host_of
from tui.screens.pick import PickDialog
from tui.screens.tree import can_continue
from tui.transcript import Transcript
from tui.widgets.column_view import ColumnView
from tui.widgets.entries import pager_variants
from tui.widgets.pick_list import Row

MESSAGE_MENU = (
    ("copy", "Copy"),
    ("edit", "Edit"),
    ("attachments", "Look at the attachments"),
    ("regenerate", "Regenerate"),
    ("regenerate-with", "Regenerate with another model"),
    ("retry", "Retry"),
    ("continue", "Continue the reply"),
    ("fork", "Fork into a new column"),
    ("fork-session", "Fork into a new session"),
    ("variant-previous", "Variant before"),
    ("variant-next", "Next variant"),
    ("difference", "How the variants differ"),
    ("spread", "Spread the variants into columns"),
    ("star", "Star"),
    ("note", "Note"),
    ("inspect", "Inspect the request"),
    ("tokens", "Token probabilities"),
    ("delete", "Delete"),
)


class MessageMenu(Bench):
    """Asks what is to be done with a message."""

    def menu_requested(self, event: Transcript.MenuRequested) -> None:
        """Offer what can be done with a message."""
        view = self.view_around(event.transcript)
        message = self.session.messages.get(event.entry_id)
        if message is None:
            return
        message.settle()
        transcript = event.transcript
        own = transcript.offers(message.id)
        rows = [self._row(action, words) for action, words in _possible(self.session, message)]
        rows[1:1] = [self._row(action, words) for action, words in own]

        async def picked(action: str | None) -> None:
            if action is None:
                return
            if any(action == offered for offered, _ in own):
                transcript.perform(message.id, action)
            else:
                await self.act_on(view, message, action)

        self.app.push_screen(PickDialog("Message", rows), picked)

    def _row(self, action: str, words: str) -> Row:
        keys = host_of(self.app).keys_of(f"transcript-{action}")
        return Row(action, words, detail=keys[0] if keys else "")

    async def act_further(self, view: ColumnView, message: Message, action: str) -> None:
        """Show how variants differ; what is left belongs to others."""
        if action == "difference":
            self._show_difference(message)
        else:
            await super().act_further(view, message, action)

    def _show_difference(self, message: Message) -> None:
        """The variants of a message against each other, beginning with it and the one before."""
        from tui.screens.difference import DifferenceScreen, Version

        variants = pager_variants(self.session, message)
        if len(variants) < 2:
            self.say("There is nothing to compare: the message has no variants.")
            return
        for variant in variants:
            variant.settle()
        place = [variant.id for variant in variants].index(message.id)
        versions = [Version(f"variant {number}", one.text) for number, one in enumerate(variants, 1)]
        self.app.push_screen(DifferenceScreen(versions, max(0, place - 1), max(1, place)))


def _possible(session: Session, message: Message) -> list[tuple[str, str]]:
    """The acts that the message allows, each with its name."""
    impossible: set[str] = set()
    if not message.is_reply:
        impossible |= {"retry", "inspect", "tokens"}
    if len(pager_variants(session, message)) < 2:
        impossible |= {"variant-previous", "variant-next", "difference", "spread"}
    if not message.attachments:
        impossible |= {"attachments"}
    if message.is_complete:
        impossible |= {"retry"}
    if not can_continue(message):
        impossible |= {"continue"}
    return [
        (action, "No star any more" if action == "star" and message.is_starred else words)
        for action, words in MESSAGE_MENU
        if action not in impossible
    ]
