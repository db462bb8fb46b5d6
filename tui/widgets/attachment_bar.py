"""The files that go with the next prompt, as chips above the composer: looked at, removed, by key and by mouse.

Shows what it is given and posts what the user wants done. Refuses to read files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from tui.domain.draft import DraftFile
from tui.text.clean import clean_line
from tui.text.widths import cell_width, cut_to_cells
from tui.widgets.figures import count

MOST_LINES = 3
LONGEST_NAME_CELLS = 28
REMOVE = "✕"
ChipAct = Literal["open", "remove", "into-text"]


class _Place(NamedTuple):
    """Where a chip stands."""

    line: int
    left: int
    width: int


class AttachmentBar(Widget, can_focus=True):
    """Hidden while nothing is attached."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", "Chip before", show=False),
        Binding("right", "move(1)", "Next chip", show=False),
        Binding("enter,space", "ask('open')", "Look at the attachment", id="open-attachment", show=False),
        Binding("delete,backspace", "ask('remove')", "Remove the attachment", id="remove-attachment", show=False),
        Binding("e", "ask('into-text')", "Put the attachment's text into the prompt", id="inline-attachment"),
        Binding("down", "leave", "Back to the prompt", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "attachment-bar--chip",
        "attachment-bar--current",
        "attachment-bar--detail",
        "attachment-bar--problem",
    }
    DEFAULT_CSS = """
    AttachmentBar {
        height: auto;
        padding: 0 1;
        display: none;
        background: $background;
        &.-shown { display: block; }
        & > .attachment-bar--chip { color: $foreground; background: $panel; }
        & > .attachment-bar--detail { color: $text-muted; background: $panel; }
        & > .attachment-bar--problem { color: $text-warning; }
        & > .attachment-bar--current {
            color: $block-cursor-foreground;
            background: $block-cursor-background;
            text-style: $block-cursor-text-style;
        }
    }
    """

    files: reactive[tuple[DraftFile, ...]] = reactive((), layout=True)
    problem: reactive[str] = reactive("", layout=True)
    """What somebody who is about to be sent these cannot take, in a sentence; empty: nothing."""
    current: reactive[int] = reactive(0)

    @dataclass
    class Asked(Message):
        """Something is to be done with an attachment."""

        act: ChipAct
        place: int

    @dataclass
    class Left(Message):
        """The user goes back to the prompt."""

    def watch_files(self, files: tuple[DraftFile, ...]) -> None:
        """Appear and disappear; the cursor stays on a chip."""
        self.set_class(bool(files), "-shown")
        self.current = max(0, min(self.current, len(files) - 1))
        if not files and self.has_focus:
            self.post_message(self.Left())

    # -- keys and mouse --------------------------------------------------------------------------------------------

    def action_move(self, step: int) -> None:
        """Go to the chip beside."""
        self.current = max(0, min(self.current + step, len(self.files) - 1))

    def action_ask(self, act: ChipAct) -> None:
        """Ask for something to be done with the current attachment."""
        if self.files:
            self.post_message(self.Asked(act, self.current))

    def action_leave(self) -> None:
        """Go back to the prompt."""
        self.post_message(self.Left())

    def on_click(self, event: events.Click) -> None:
        """Look at what was clicked; on its cross, remove it."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        for number, place in enumerate(self._places(self.size.width)):
            if place.line == offset.y and place.left <= offset.x < place.left + place.width:
                self.current = number
                is_cross = offset.x >= place.left + place.width - 3
                self.post_message(self.Asked("remove" if is_cross else "open", number))
                return

    # -- painting --------------------------------------------------------------------------------------------------

    def _words(self, file: DraftFile) -> tuple[str, str]:
        name = cut_to_cells(clean_line(file.attachment.name), LONGEST_NAME_CELLS)
        detail = " · ".join(
            part for part in (clean_line(file.words), f"~{count(file.tokens)} tokens" if file.tokens else "") if part
        )
        return f" ▤ {name}", f" {detail} {REMOVE} "

    def _places(self, width: int) -> list[_Place]:
        """Where the chips stand in a bar of `width` cells, as far as there is room."""
        found: list[_Place] = []
        line = left = 0
        for file in self.files:
            cells = min(width, sum(map(cell_width, self._words(file))))
            if left and left + cells > width:
                line, left = line + 1, 0
            found.append(_Place(line, left, cells))
            left += cells + 1
        return found

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the chips take, and one for a problem."""
        places = self._places(width)
        return min(MOST_LINES, places[-1].line + 1 if places else 0) + bool(self.problem)

    def render_line(self, y: int) -> Strip:
        """One line of chips, or the problem below them."""
        width = self.size.width
        places = self._places(width)
        lines = min(MOST_LINES, places[-1].line + 1 if places else 0)
        if y >= lines:
            words = cut_to_cells(clean_line(self.problem), width) if self.problem and y == lines else ""
            style = self.get_component_rich_style("attachment-bar--problem")
            return Strip([Segment(words, style)]).adjust_cell_length(width, self.rich_style)
        segments: list[Segment] = []
        shown = [(number, place) for number, place in enumerate(places) if place.line == y]
        for number, place in shown:
            segments += self._chip(number, place)
            segments.append(Segment(" ", self.rich_style))
        hidden = sum(place.line >= MOST_LINES for place in places)
        if hidden and y == MOST_LINES - 1:
            more = f" +{hidden} more "
            strip = Strip(segments).crop(0, width - len(more))
            segments = [*strip.adjust_cell_length(width - len(more), self.rich_style), Segment(more, self.rich_style)]
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def _chip(self, number: int, place: _Place) -> list[Segment]:
        name, detail = self._words(self.files[number])
        if self.has_focus and number == self.current:
            style = detail_style = self.get_component_rich_style("attachment-bar--current")
        else:
            style = self.get_component_rich_style("attachment-bar--chip")
            detail_style = self.get_component_rich_style("attachment-bar--detail")
        room = place.width - cell_width(name)
        if cell_width(detail) > room:  # the cross stays in reach whatever else is cut
            detail = cut_to_cells(detail, max(1, room - 3)) + f" {REMOVE} "
        return [Segment(name, style), Segment(detail, detail_style)]


def files_words(files: Sequence[DraftFile]) -> str:
    """Some files in a few words: the one, or how many."""
    if len(files) == 1:
        return clean_line(files[0].attachment.name, LONGEST_NAME_CELLS)
    return f"{len(files)} files"
