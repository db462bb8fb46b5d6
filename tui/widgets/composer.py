"""Where the user writes the next prompt. Posts what was written; knows nothing of chats, columns or files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from tui.text.clean import drop_controls
from tui.text.widths import cell_width
from tui.widgets.border_hint import FROM_CORNER_CELLS, hint_cell
from tui.widgets.composer_completing import CompletingEditor
from tui.widgets.composer_pasting import dropped_paths, is_long

SHARE_OF_SCREEN = 3
"""The composer grows to one third of the screen, then scrolls."""
PROMPTS_REMEMBERED = 2_000
HINT_GAP = " · "


class Composer(CompletingEditor):
    """A multi-line prompt: Enter sends, ctrl+j starts a new line, up and down walk what was sent before."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "send", "Send", id="send-prompt"),
        Binding("ctrl+j,shift+enter,alt+enter", "new_line", "New line", id="new-line"),
        Binding("up", "cursor_up_or_older", "Older prompt", id="older-prompt", show=False),
        Binding("down", "cursor_down_or_newer", "Newer prompt", id="newer-prompt", show=False),
    ]

    DEFAULT_CSS = """
    Composer {
        height: 3;
        border: round $border-blurred;
        background: $background;
        padding: 0 1;
        border-title-color: $text-muted;
        border-title-align: left;
        border-subtitle-color: $text-muted;
        &:focus { border: round $border; }
    }
    """

    @dataclass
    class Submitted(Message):
        """The user wants this sent."""

        composer: Composer
        text: str

        @property
        def control(self) -> Composer:
            """The composer that it was written in."""
            return self.composer

    @dataclass
    class LongPasted(Message):
        """A text was pasted that is too long to be read here; it is not in the composer."""

        composer: Composer
        text: str

    @dataclass
    class PathsPasted(Message):
        """What was pasted, and stands in the composer now, looks like paths of files."""

        composer: Composer
        text: str
        paths: list[str]

    @dataclass
    class BackedOut(Message):
        """Backspace was pressed with nothing to delete."""

        composer: Composer

    def __init__(self, *, id: str | None = None) -> None:
        self._sent: list[str] = []
        self._place: int | None = None
        """Index of the older prompt that is shown; None: the user's own draft."""
        self._draft = ""
        self.key_hint = "enter sends, ctrl+j new line"
        """How to send and how to break the line, with `HINT_GAP` between."""
        self._waiting_words = ""
        self.has_files = False
        """Whether files go with the prompt, so that it may be sent without a word."""
        super().__init__(id=id)

    def take(self) -> str:
        """Empty the composer; returns what was in it, which is remembered among the older prompts."""
        text = self.text
        self.load_text("")
        self.history.clear()
        self._place = None
        if text.strip():
            self._sent.append(text)
            del self._sent[:-PROMPTS_REMEMBERED]
        return text

    def give_back(self, text: str) -> None:
        """Put a prompt that could not be sent back in front of whatever was typed since."""
        since = self.text
        self.load_text("\n".join(part for part in (text, since) if part))

    def remember(self, prompts: list[str]) -> None:
        """What was sent earlier, oldest first: what up and down walk. A walk that is under way goes on."""
        shown = self._sent[self._place] if self._place is not None else None
        self._sent = prompts[-PROMPTS_REMEMBERED:]
        if shown is not None:
            self._place = next((at for at in range(len(self._sent) - 1, -1, -1) if self._sent[at] == shown), None)

    @property
    def remembered(self) -> list[str]:
        """What was sent earlier, oldest first."""
        return self._sent

    def show_older(self, text: str) -> None:
        """Show an older prompt; going down from it leads back to the draft."""
        if self._place is None:
            self._draft = self.text
        place = next((at for at in range(len(self._sent) - 1, -1, -1) if self._sent[at] == text), None)
        if place is None:
            self._sent.append(text)
            place = len(self._sent) - 1
        self._show_sent(place)

    @property
    def draft(self) -> str:
        """What the user is writing: what stands here, or what was left to look at older prompts."""
        if self._place is not None and self.text == self._sent[self._place]:
            return self._draft
        return self.text

    def load_text(self, text: str) -> None:
        """Replace the whole text; nothing is suggested for what nobody typed."""
        super().load_text(text)
        self.withdraw()

    def show_destination(self, words: str) -> None:
        """Say above the text where it will go."""
        if words != str(self.border_title or ""):  # each setting paints
            self.border_title = Content(words)

    def show_waiting(self, words: str) -> None:
        """Say below the text what has not been sent yet; without words, how to send and how to break the line."""
        self._waiting_words = words
        shown = words or self._fitting_hint()
        if shown != str(self.border_subtitle or ""):
            self.border_subtitle = Content(shown)

    def _fitting_hint(self) -> str:
        """As much of the hint as the border has room for; a part of a key says nothing."""
        hint, room = self.key_hint, self.outer_size.width - 2 * FROM_CORNER_CELLS
        while self.outer_size.width and cell_width(hint) > max(0, room):
            hint = hint.rpartition(HINT_GAP)[0]
        return hint

    # -- keys ------------------------------------------------------------------------------------------------------

    async def _on_key(self, event: events.Key) -> None:
        """Enter is whatever it is bound to; TextArea would insert a line break."""
        if event.key == "enter":
            event.prevent_default()
            if await self.run_own_binding(event.key):
                event.stop()

    def action_send(self) -> None:
        """Take what is suggested; else post what was written, unless there is nothing to send."""
        suggested = self.current_suggestion
        if suggested is not None and not suggested.is_offer:
            self.accept()
            if not suggested.is_whole:
                return
        if self.text.strip() or self.has_files:
            self.withdraw()
            self.post_message(self.Submitted(self, self.text))

    def action_new_line(self) -> None:
        """Start a new line at the cursor."""
        if result := self._replace_via_keyboard("\n", *self.selection):
            self.move_cursor(result.end_location)
            self.scroll_cursor_visible()

    def action_delete_left(self) -> None:
        """Delete; with nothing to delete, say so."""
        if not self.text:
            self.post_message(self.BackedOut(self))
        super().action_delete_left()

    def action_cursor_up_or_older(self) -> None:
        """One suggestion or one line up; from the first line, the prompt before."""
        if self.is_suggesting:
            self.walk_suggestions(-1)
            return
        if not self.cursor_at_first_line or not self._sent or self._place == 0:
            self.action_cursor_up()
            return
        if self._place is None:
            self._draft = self.text
        self._show_sent(len(self._sent) - 1 if self._place is None else self._place - 1)

    def action_cursor_down_or_newer(self) -> None:
        """One suggestion or one line down; from the last line of an older prompt, the one after it, then the draft."""
        if self.is_suggesting:
            self.walk_suggestions(1)
            return
        if not self.cursor_at_last_line or self._place is None:
            self.action_cursor_down()
            return
        self._show_sent(self._place + 1 if self._place + 1 < len(self._sent) else None)

    def _show_sent(self, place: int | None) -> None:
        self._place = place
        self.load_text(self._draft if place is None else self._sent[place])

    # -- the mouse -------------------------------------------------------------------------------------------------

    async def _on_mouse_down(self, event: events.MouseDown) -> None:
        """The hint below the text is no place for the cursor."""
        if self._hint_at(event.screen_x, event.screen_y):
            event.prevent_default()
            event.stop()

    async def on_click(self, event: events.Click) -> None:
        """Do what the hint under the mouse says: whoever has only a mouse at hand must be able to send."""
        hint = self._hint_at(event.screen_x, event.screen_y)
        if hint:
            event.stop()
            await self.run_action(hint)

    def _hint_at(self, screen_x: int, screen_y: int) -> str:
        """The action of the key hint in the lower border at this place; empty: there is none."""
        cell = hint_cell(self, screen_x, screen_y)
        if cell is None or self._waiting_words:
            return ""
        return "send" if cell < cell_width(self.key_hint.partition(HINT_GAP)[0]) + 1 else "new_line"

    # -- pasting ---------------------------------------------------------------------------------------------------

    async def _on_paste(self, event: events.Paste) -> None:
        """A long paste is handed on; any other is inserted as text, and paths in it are pointed out."""
        event.prevent_default()
        event.stop()
        text = drop_controls(event.text)
        if self.read_only or not text:
            return
        self._is_typing = False
        if is_long(text):
            self.has_files = True  # Enter right behind the paste is meant for it
            self.post_message(self.LongPasted(self, text))
            return
        if result := self._replace_via_keyboard(text, *self.selection):
            self.move_cursor(result.end_location)
        if paths := dropped_paths(text):
            self.post_message(self.PathsPasted(self, text, paths))

    # -- size ------------------------------------------------------------------------------------------------------

    def _refresh_size(self) -> None:
        super()._refresh_size()
        self._fit()

    def on_mount(self) -> None:
        """Fit the draft that was there from the start."""
        self._fit()

    def _fit(self) -> None:
        """Grow and shrink with the text, between one line and a third of the screen."""
        if not self.is_attached:
            return
        most = max(1, self.app.size.height // SHARE_OF_SCREEN - self.gutter.height)
        wanted = min(max(1, self.wrapped_document.height), most) + self.gutter.height
        height = self.styles.height
        if height is None or height.value != wanted:
            self.styles.height = wanted

    def on_resize(self) -> None:
        """The screen's third is another one now, and so is the room for words in the border."""
        self._fit()
        if str(self.border_subtitle) != (self._waiting_words or self._fitting_hint()):
            self.show_waiting(self._waiting_words)
