"""Keys of a text field in the order in which they were pressed, however fast they come.

The toolkit inserts a letter in the field itself, but looks up what a key is bound to only after the key has wandered up
to the app, one message queue after another. Of backspace and a letter that arrive together, as they do over a slow line
or from a script, the letter would win. Here the field runs what it has bound itself, before it takes the next key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events

if TYPE_CHECKING:
    from textual.widget import Widget
else:
    Widget = object  # styles and component classes come from a widget's first widget class, which must be the field's


class KeysInOrder(Widget):
    """A mixin for fields that insert what is typed; stands before the field's own class."""

    async def _on_key(self, event: events.Key) -> None:
        """Do what this field has bound to a key that inserts nothing."""
        if not event.is_printable and await self.run_own_binding(event.key):
            event.stop()
            event.prevent_default()

    async def run_own_binding(self, key: str) -> bool:
        """Run what this field has bound to a key; returns whether there was anything that could be done."""
        active = self.screen.active_bindings.get(key)
        if active is None or active.node is not self or not active.enabled:
            return False
        return await self.app.run_action(active.binding.action, self)
