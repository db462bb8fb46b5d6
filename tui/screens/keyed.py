"""The app's keys: bound at the start, shown as help by place, and every act by its name in the palette.

Refuses to know what the acts do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.binding import Binding
from textual.dom import DOMNode

from tui.screens.acts import APP_ACTS, CHAT_ACTS, GROUPS
from tui.screens.host import Host
from tui.screens.keymap import all_bindings, key_words, keymap_of, own_bindings, places
from tui.screens.repainting import Repainting

if TYPE_CHECKING:
    from tui.screens.help import HelpGroup, HelpLine
    from tui.widgets.document_editor import DocumentEditor
    from tui.widgets.pick_list import Row

TITLES = {
    "composer": "In the composer",
    "attachments": "Among attachments",
    "waiting": "Among prompts that wait",
    "transcript": "In the conversation",
    "document": "In a document",
    "parameters": "In the parameters",
    "sessions": "In a list of sessions",
    "finder": "While finding sessions",
    "map": "On the map",
    "inspector": "In the inspector",
    "odds": "Among token probabilities",
    "difference": "In the difference",
    "figures": "In the figures",
    "board": "On the board",
    "dialog": "In dialogs",
}
"""What help calls the places of `keymap.places`."""
UNLISTED = frozenset({"commands", "back", "interrupt"})
"""Acts that the palette leaves out: they are about what is on the screen when the key is pressed."""
SEND_ID = "send-prompt"
"""The composer's act that the palette has, too: for whoever has only a mouse at hand."""


class Keyed(Host):
    """An app that knows its keys."""

    def bind_keys(self) -> None:
        """Bind what the configuration says; what cannot be is said at the start."""
        config = self.opening.config
        if not config.keys and config.ui.keys == "default":
            return  # looking at every widget's bindings would cost the start what nobody asked for
        keymap, problems = keymap_of(config)
        self.set_keymap(keymap)
        self.start_problems += [problem.words for problem in problems]

    def keys_of(self, binding_id: str) -> list[str]:
        """The keys of an act as they are bound now, in words."""
        if binding_id == "new-line" and binding_id not in self._keymap:
            return key_words(",".join(self.new_line_keys))
        found = self._binding_of(binding_id)
        return [] if found is None else key_words(self._keymap.get(binding_id) or found.key)

    def _binding_of(self, binding_id: str) -> Binding | None:
        from tui.widgets.composer import Composer

        focused = own_bindings(type(self.focused)) if self.focused is not None else ()
        near = (*(act.binding for act in (*CHAT_ACTS, *APP_ACTS)), *own_bindings(Composer), *focused)
        found = next((one for one in near if one.id == binding_id), None)
        if found is None and not any(act.id == binding_id for act in CHAT_ACTS):
            found = next((one for _, one in all_bindings() if one.id == binding_id), None)
        return found

    def handle_bindings_clash(self, clashed_bindings: set[Binding], node: DOMNode) -> None:
        """Clashes were said when the keys were bound; saying it at every key would be noise."""

    async def on_event(self, event: events.Event) -> None:
        """What a key changes is painted at once, and before the next frame of the replies that stream in."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            clock = getattr(self.chat_screen, "frame_clock", None)  # not there before the columns are
            if clock is not None:
                clock.give_way()
            for screen in self.screen_stack[-1:]:
                if isinstance(screen, Repainting):
                    screen.key_pressed()
        await super().on_event(event)

    # -- help ------------------------------------------------------------------------------------------------------

    def action_help(self) -> None:
        """Show every key, those that count here first."""
        from tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self._help_groups()))

    def _help_groups(self) -> list[HelpGroup]:
        from tui.screens.help import HelpGroup, HelpLine

        grouped: dict[str, list[HelpLine]] = {}
        names = {act.id: act.group for act in (*CHAT_ACTS, *APP_ACTS)}
        own = {binding.id for binding in own_bindings(type(self.screen))} if len(self.screen_stack) > 1 else None
        for place, binding in all_bindings():
            if place == "dialog" and own is not None and binding.id not in own:
                continue  # what other dialogs know does nothing in this one
            title = names.get(binding.id or "", TITLES.get(place, place))
            lines = grouped.setdefault(title, [])
            keys = ", ".join(key_words(self._keymap.get(binding.id or "") or binding.key))
            if all(
                line.binding_id != binding.id and (line.keys, line.words) != (keys, binding.description)
                for line in lines
            ):
                lines.append(HelpLine(keys or "–", binding.description, binding.id or ""))
        here = [title for title in self._titles_here() if title in grouped]
        order = dict.fromkeys([*here, *(group for group in GROUPS if group in grouped), *grouped])
        return [HelpGroup(title, grouped[title], is_here=title in here) for title in order]

    def _titles_here(self) -> list[str]:
        """The places that the focus is in, from the inside out."""
        node: DOMNode | None = self.focused or self.screen
        found: list[str] = []
        while node is not None:
            found += [TITLES[place] for place, owner in places() if isinstance(node, owner)]
            node = node.parent
        return found

    # -- palette ---------------------------------------------------------------------------------------------------

    def action_commands(self) -> None:
        """Choose an act by its name."""
        from tui.screens.pick import PickDialog

        if len(self.screen_stack) > 1:  # a dialog is open: its own keys count
            return

        document = {one.id: one for one in self._document_bindings}

        async def picked(act_id: str | None) -> None:
            act = next((act for act in (*CHAT_ACTS, *APP_ACTS) if act.id == act_id), None)
            if act_id == SEND_ID and self.chat_screen is not None:
                self.chat_screen.composer.action_send()
            elif act_id in document and self._document is not None:
                await self.run_action(document[act_id].action, self._document)
            elif act is not None:
                await self.run_action(act.action if act in APP_ACTS else f"screen.{act.action}")

        self.push_screen(PickDialog("Commands", self._act_rows(), placeholder="what do you want to do?"), picked)

    @property
    def _document(self) -> DocumentEditor | None:
        """The editor of the current column, if that is a document."""
        chat = self.chat_screen
        if chat is None or not chat.is_ready or chat.bench.current_column.kind != "completion":
            return None
        from tui.widgets.document_editor import DocumentEditor

        return next(iter(chat.bench.current_view.query(DocumentEditor)), None)

    @property
    def _document_bindings(self) -> list[Binding]:
        """What the palette offers in a document: what the model wrote can be kept or taken back while it is fresh."""
        editor = self._document
        if editor is None:
            return []
        found = [one for one in type(editor).__dict__["BINDINGS"] if isinstance(one, Binding)]
        return [one for one in found if one.action == "go_on" or editor.has_fresh]

    def _act_rows(self) -> list[Row]:
        from tui.screens.sought import sought_words
        from tui.widgets.pick_list import Row

        acts = [act for act in (*CHAT_ACTS, *APP_ACTS) if act.id not in UNLISTED]
        named = [(SEND_ID, "Send the prompt"), *((act.id, act.name) for act in acts)]
        named[1:1] = [(one.id or "", one.description) for one in self._document_bindings]
        return [Row(one, name, ", ".join(self.keys_of(one)), sought=sought_words(one)) for one, name in named]
