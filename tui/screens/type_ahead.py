"""Keys that come faster than the screen follows: each reaches what the one before it has opened, shown or focused.

The toolkit hands every key to what has the focus when the key arrives; what the key before it is about to open is not
there yet then. Of a palette's key and the name of a command, as they come from a quick hand, a slow line or a script,
the name would end up in the prompt. Here a key that may move the focus holds those behind it back until the screen has
caught up. Text that is typed into a field waits for nothing.
"""

from __future__ import annotations

import asyncio
from time import monotonic

from textual import events, on
from textual.await_complete import AwaitComplete
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, TextArea

from tui.screens.host import Host

START = 0
"""The first wait: until there is a composer."""
WAITS_AT_MOST_S = 0.5
"""However long it takes what a key has begun: the next one passes then."""
HOPS = 4
"""Turns of the event loop until a key that has arrived is where it belongs."""
SHOWN_WITHIN_S = 0.02
"""Two frames of the toolkit: what was typed is on the screen then, unless something holds it up."""
STAYING = frozenset({"up", "down", "left", "right", "home", "end", "pageup", "pagedown", "backspace", "delete"})
"""Keys after which the focus is where it was."""


class KeyHandled(Message):
    """Follows a key through the same queues: where it arrives, the key has been dealt with."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class TypeAhead(Host):
    """An app that keeps keys in order, across screens and panes."""

    _held: list[events.Key | events.Paste]
    _awaited: int | None = None
    """The key that the others wait for; None: they need not wait."""
    _last: int = START
    _typed_at: float = 0.0

    def hold_keys(self) -> None:
        """Keep what is typed from now on until `take_typed_ahead()`."""
        self._held = []
        self._awaited = START

    async def let_keys_pass(self) -> None:
        """Between two pieces of work: let what was just typed be shown."""
        for _ in range(HOPS):
            await asyncio.sleep(0)
        if monotonic() - self._typed_at < SHOWN_WITHIN_S:
            await asyncio.sleep(SHOWN_WITHIN_S)

    async def take_typed_ahead(self) -> None:
        """There is a composer now: what was typed before it came goes there, in order."""
        await self._let_through(START)

    async def on_event(self, event: events.Event) -> None:
        """Hand a key on, unless it has to wait for another."""
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
        elif self._awaited is None:
            await self._take(event)
        else:
            self._held.append(event)

    async def _take(self, event: events.Key | events.Paste) -> None:
        self._typed_at = monotonic()
        target = self.focused or self.screen
        await super().on_event(event)
        if isinstance(event, events.Key) and _may_move(event, target):
            self._last += 1
            if target.post_message(KeyHandled(self._last)):
                self._awaited = self._last
                self.set_timer(WAITS_AT_MOST_S, lambda number=self._last: self._let_through(number))

    @on(KeyHandled)
    def _see_what_it_did(self, event: KeyHandled) -> None:
        event.stop()
        self._let_through_soon(event.number)

    def pop_screen(self) -> AwaitComplete:
        """Whatever closed a dialog is done; word of it may be lost with the dialog."""
        popped = super().pop_screen()
        if self._awaited:
            self._let_through_soon(self._awaited)
        return popped

    def _let_through_soon(self, number: int) -> None:
        """The next key passes when what is on the screen has been laid out, and the focus is where it will be."""
        if number == self._awaited:
            self.screen.call_after_refresh(self.call_later, self._let_through, number)

    async def _let_through(self, number: int) -> None:
        if number == self._awaited:
            self._awaited = None
            while self._held and self._awaited is None:
                await self._take(self._held.pop(0))


def _may_move(key: events.Key, target: Widget | Screen[object]) -> bool:
    """Whether a key may take the focus, or the screen, elsewhere."""
    is_text = key.is_printable and isinstance(target, Input | TextArea)
    return not is_text and key.key.rpartition("+")[2] not in STAYING
