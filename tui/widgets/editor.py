"""A text area for words that came from anywhere: pastes, old messages, files. Shows what could steer the terminal.

The text itself stays the user's; only control characters are dropped from a paste. On the screen every hostile
character has a stand-in of one cell. Refuses to know what the text is for.
"""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.widgets import TextArea

from tui.text.clean import MARK, clean, drop_controls
from tui.widgets.keys_in_order import KeysInOrder

UNDO_STEPS = 200


class Editor(KeysInOrder, TextArea):
    """TextArea with safe pastes, safe display, and keys in their order."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # ctrl+z belongs to the shell; these two are what readline's undo sends in old and in new terminals.
        Binding("ctrl+underscore,ctrl+slash", "undo", "Undo", id="undo", show=False),
        Binding("ctrl+home", "cursor_text_start", "To the beginning of the text", show=False),
        Binding("ctrl+end", "cursor_text_end", "To the end of the text", show=False),
        Binding("ctrl+shift+home", "cursor_text_start(True)", "Select to the beginning of the text", show=False),
        Binding("ctrl+shift+end", "cursor_text_end(True)", "Select to the end of the text", show=False),
    ]

    DEFAULT_CSS = """
    Editor {
        background: $surface;
        color: $foreground;
        border: none;
        padding: 0 1;
        scrollbar-size-vertical: 1;
        &:focus { border: none; }
        & .text-area--cursor-line { background: transparent; }
        & .text-area--placeholder { color: $text-muted; }
        & .text-area--matching-bracket { color: $foreground; background: $boost; }
        &:dark .text-area--cursor, &:light .text-area--cursor,
        &:dark.-read-only .text-area--cursor, &:light.-read-only .text-area--cursor {
            color: $input-cursor-foreground;
            background: $input-cursor-background;
        }
    }
    """

    def __init__(self, text: str = "", *, placeholder: str = "", id: str | None = None) -> None:
        super().__init__(
            drop_controls(text),
            id=id,
            soft_wrap=True,
            tab_behavior="focus",
            show_line_numbers=False,
            max_checkpoints=UNDO_STEPS,
            highlight_cursor_line=False,
            placeholder=placeholder,
        )

    def load_text(self, text: str) -> None:
        """Replace the whole text; the cursor goes to its end."""
        super().load_text(drop_controls(text))
        self.move_cursor(self.document.end)

    def undo(self) -> None:
        """Undo what was done last; not while nothing may be written, which the toolkit does not look at."""
        if not self.read_only:
            super().undo()

    def redo(self) -> None:
        """Do again what was undone; see `undo`."""
        if not self.read_only:
            super().redo()

    def action_cursor_text_start(self, select: bool = False) -> None:
        """Go to the first character."""
        self.move_cursor((0, 0), select=select)

    def action_cursor_text_end(self, select: bool = False) -> None:
        """Go behind the last character."""
        self.move_cursor(self.document.end, select=select)

    def get_line(self, line_index: int) -> Text:
        """A line as it is shown: one stand-in for each hostile character, so that columns stay where they are."""
        return Text(_shown_line(self.document.get_line(line_index)), end="", no_wrap=True)

    async def _on_key(self, event: events.Key) -> None:
        """Alt with a letter is a command, though older terminals report it with the letter as its character."""
        if event.key.startswith("alt+"):
            event.prevent_default()
            if await self.run_own_binding(event.key):
                event.stop()

    async def _on_paste(self, event: events.Paste) -> None:
        """Insert a paste as text: its controls are dropped, its line ends become new lines."""
        event.prevent_default()
        event.stop()
        if self.read_only:
            return
        text = drop_controls(event.text)
        if text and (result := self._replace_via_keyboard(text, *self.selection)):
            self.move_cursor(result.end_location)


def _shown_line(line: str) -> str:
    if line.isascii() and line.isprintable():
        return line
    if clean(line) == line:
        return line
    return "".join(one if one == "\t" or clean(one) == one else MARK for one in line)
