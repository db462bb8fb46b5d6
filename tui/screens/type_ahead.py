"""Keys that come faster than the screen follows: each reaches what the one before it has opened, shown or focused.

The toolkit hands every key to what has the focus when the key arrives; what the key before it is about to open is not
there yet then. Of a palette's key and the name of a command, as they come from a quick hand, a slow line or a script,
the name would end up in the prompt. Here a key that may move the focus holds those behind it back until the screen has
caught up, and waits itself for what was typed into a field before it. Text waits for nothing.
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
from tui.widgets.later import after

START = 0
"""The first wait: until there is a composer."""
WAITS_AT_MOST_S = 0.5
"""However long it takes what a key has begun: the next one passes then."""
HOPS = 4
"""Turns of the event loop until a key that has arrived is where it belongs."""
SHOWN_WITHIN_S = 0.02
"""Two frames of the toolkit: what was typed is on the screen then, unless something holds it up."""
LOOKS = 8
"""How often a screen that has just come is looked at for somebody to take the keys."""
STAYING = frozenset({"up", "down", "left", "right", "home", "end", "pageup", "pagedown", "backspace", "delete"})
"""Keys after which the focus is where it was."""


class KeyHandled(Message):
    """Follows a key through the same queues: where it arrives, the key has been dealt with."""

    def __init__(self, number: int, *, is_text: bool = False) -> None:
        super().__init__()
        self.number = number
        self.is_text = is_text
        """What it follows went into a field: nothing will have moved."""


class TypeAhead(Host):
    """An app that keeps keys in order, across screens and panes."""

    _awaited: int | None = None
    """The key that the others wait for; None: they need not wait."""
    _last: int = START
    _typed_into: Widget | Screen[object] | None = None
    """Where the last key went, if it was text."""
    _typed_at: float = 0.0

    def __init__(self) -> None:
        super().__init__()
        self._held: list[events.Key | events.Paste] = []
        """Those that wait, in order."""

    def hold_keys(self) -> None:
        """Keep what is typed from now on until `take_typed_ahead()`."""
        self._awaited = START

    async def let_keys_pass(self) -> None:
        """Between two pieces of work: let what was just typed be shown."""
        for _ in range(HOPS):
            await asyncio.sleep(0)
        if monotonic() - self._typed_at < SHOWN_WITHIN_S:
            await asyncio.sleep(SHOWN_WITHIN_S)

    async def take_typed_ahead(self) -> None:
        """What was kept goes where it belongs, in order."""
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
        may_move = isinstance(event, events.Key) and _may_move(event, target)
        field, self._typed_into = self._typed_into, None if may_move else target
        if may_move and field is not None and self._wait_for(field, is_text=True):
            self._held.insert(0, event)  # what it accepts or leaves is still on its way into the field
            return
        await super().on_event(event)
        if may_move:
            self._wait_for(target)

    def _wait_for(self, target: Widget | Screen[object], *, is_text: bool = False) -> bool:
        """Hold keys back until `target` has dealt with what it was sent; False: it is gone."""
        self._last += 1
        if not target.post_message(KeyHandled(self._last, is_text=is_text)):
            return False
        self._awaited = self._last
        after(WAITS_AT_MOST_S, self, self._let_through, self._last)
        return True

    @on(KeyHandled)
    async def _see_what_it_did(self, event: KeyHandled) -> None:
        event.stop()
        if event.is_text:
            await self._let_through(event.number)
        else:
            self._let_through_soon(event.number)

    def pop_screen(self) -> AwaitComplete:
        """Whatever closed a dialog is done; word of it may be lost with the dialog."""
        popped = super().pop_screen()
        if self._awaited:
            self._let_through_soon(self._awaited)
        return popped

    def _let_through_soon(self, number: int, looks: int = LOOKS) -> None:
        """The next key passes when what is on the screen has been laid out, and the focus is where it will be."""
        if number == self._awaited:
            self.screen.call_after_refresh(self.call_later, self._look, number, looks)

    async def _look(self, number: int, looks: int) -> None:
        screen = self.screen
        if looks and screen.focused is None and screen.focus_chain:  # it has just come, and will give it to somebody
            self._let_through_soon(number, looks - 1)
        else:
            await self._let_through(number)

    async def _let_through(self, number: int) -> None:
        if number == self._awaited:
            self._awaited = None
            while self._held and self._awaited is None:
                await self._take(self._held.pop(0))


def _may_move(key: events.Key, target: Widget | Screen[object]) -> bool:
    """Whether a key may take the focus, or the screen, elsewhere."""
    is_text = key.is_printable and isinstance(target, Input | TextArea)
    return not is_text and key.key.rpartition("+")[2] not in STAYING
