"""Prompts that wait for replies to end, one a line above the composer: taken back, removed, by key and by mouse.

Shows what it is given and posts what the user wants done. Refuses to send.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from tui.domain.draft import Draft
from tui.text.clean import clean_line
from tui.text.widths import cell_width, cut_to_cells
from tui.widgets.attachment_bar import files_words

MOST_LINES = 4
WaitingAct = Literal["edit", "remove"]
_EDIT, _REMOVE = "  edit ", " ✕ "


class WaitingBar(Widget, can_focus=True):
    """Hidden while nothing waits."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Prompt before", show=False),
        Binding("down", "move(1)", "Next prompt", show=False),
        Binding("enter,e", "ask('edit')", "Take the waiting prompt back to edit it", id="edit-waiting", show=False),
        Binding("delete,backspace", "ask('remove')", "Remove the waiting prompt", id="remove-waiting", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "waiting-bar--words",
        "waiting-bar--number",
        "waiting-bar--act",
        "waiting-bar--current",
    }
    DEFAULT_CSS = """
    WaitingBar {
        height: auto;
        padding: 0 1;
        display: none;
        background: $background;
        &.-shown { display: block; }
        & > .waiting-bar--number { color: $text-muted; }
        & > .waiting-bar--words { color: $foreground; }
        & > .waiting-bar--act { color: $text-accent; }
        & > .waiting-bar--current {
            color: $block-cursor-foreground;
            background: $block-cursor-background;
            text-style: $block-cursor-text-style;
        }
    }
    """

    drafts: reactive[tuple[Draft, ...]] = reactive((), layout=True)
    current: reactive[int] = reactive(0)

    @dataclass
    class Asked(Message):
        """Something is to be done with a waiting prompt."""

        act: WaitingAct
        place: int

    @dataclass
    class Left(Message):
        """The user goes back to the composer."""

    def watch_drafts(self, drafts: tuple[Draft, ...]) -> None:
        """Appear and disappear; the cursor stays on a prompt."""
        self.set_class(bool(drafts), "-shown")
        self.current = max(0, min(self.current, len(drafts) - 1))
        if not drafts and self.has_focus:
            self.post_message(self.Left())

    def action_move(self, step: int) -> None:
        """Go to the prompt above or below; below the last is the composer."""
        if self.current + step >= len(self.drafts):
            self.post_message(self.Left())
        self.current = max(0, min(self.current + step, len(self.drafts) - 1))

    def action_ask(self, act: WaitingAct) -> None:
        """Ask for something to be done with the current prompt."""
        if self.drafts:
            self.post_message(self.Asked(act, self.current))

    def on_click(self, event: events.Click) -> None:
        """Take back what was clicked; on its cross, remove it."""
        offset = event.get_content_offset(self)
        place = self._first + offset.y if offset is not None else -1
        if offset is not None and 0 <= place < len(self.drafts):
            is_cross = offset.x >= self.size.width - cell_width(_REMOVE)
            self.current = place
            self.post_message(self.Asked("remove" if is_cross else "edit", place))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line a prompt, up to a limit."""
        return min(MOST_LINES, len(self.drafts))

    @property
    def _first(self) -> int:
        """The prompt on the first line: with more of them than lines, the cursor stays in sight."""
        return max(0, min(self.current, len(self.drafts) - MOST_LINES))

    def render_line(self, y: int) -> Strip:
        """One prompt: its place in the queue, its beginning, what can be done."""
        width, place = self.size.width, self._first + y
        if not 0 <= place < len(self.drafts):
            return Strip.blank(width, self.rich_style)
        draft = self.drafts[place]
        number = "waits  " if len(self.drafts) == 1 else f"waits {place + 1}/{len(self.drafts)}  "
        acts = _EDIT + _REMOVE
        room = max(0, width - cell_width(number) - cell_width(acts))
        files = f"▤ {files_words(draft.files)}  " if draft.files else ""
        words = cut_to_cells(clean_line(files + " ".join(draft.text.split())), room)
        names = ("number", "words", "act")
        if self.has_focus and place == self.current:
            names = ("current", "current", "current")
        styles = [self.get_component_rich_style(f"waiting-bar--{name}") for name in names]
        padded = words + " " * (room - cell_width(words))
        strip = Strip([Segment(number, styles[0]), Segment(padded, styles[1]), Segment(acts, styles[2])])
        return strip.adjust_cell_length(width, self.rich_style)
