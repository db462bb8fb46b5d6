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

INSERTING = frozenset({"enter"})
"""Keys that are no characters, for which a text area inserts one."""


class KeysInOrder(Widget):
    """A mixin for fields that insert what is typed; stands before the field's own class."""

    async def _on_key(self, event: events.Key) -> None:
        """Do what this field has bound to a key that inserts nothing.

        The field's own class sees of the other keys only those that insert: the rest would make its blinking cursor
        visible, and what the key does elsewhere would be painted after that.
        """
        if event.is_printable:
            return
        if await self.run_own_binding(event.key):
            event.stop()
            event.prevent_default()
        elif event.key not in INSERTING:
            event.prevent_default()

    async def run_own_binding(self, key: str) -> bool:
        """Run what this field has bound to a key; returns whether there was anything that could be done."""
        bindings = self._bindings.copy()
        bindings.apply_keymap(self.app._keymap)
        for binding in bindings.key_to_bindings.get(key, ()):
            can = self.app._check_action_state(binding.action, self)
            if can is not False:
                return bool(can) and await self.app.run_action(binding.action, self)
        return False
