"""The tokens of a reply, one after the other, each tinted and marked by how likely it was; a cursor walks them.

Painted line by line, as cheap for ten thousand tokens as for ten. Refuses to know where tokens come from.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.domain.events import TokenLogprob
from tui.text.clean import clean_line
from tui.text.widths import cell_width, cut_to_cells

LEVELS: tuple[tuple[float, str], ...] = (
    (0.9, "token-field--sure"),
    (0.5, "token-field--fair"),
    (0.1, "token-field--unlikely"),
    (0.0, "token-field--rare"),
)
"""Lowest probability of each level, and its look."""
TENTHS = "₀₁₂₃₄₅₆₇₈"
"""Stand behind tokens below 90 %: the tens of their percentage."""
UNKNOWN_MARK, UNKNOWN_LOOK = "?", "token-field--unknown"
BREAK = "⏎"
_VISIBLE = {"\n": BREAK, "\r": "␍", "\t": "→"}


@dataclass(frozen=True, slots=True)
class _Cell:
    """A token where it is painted."""

    place: int
    start: int
    text: str
    width: int
    look: str


class TokenField(ScrollView, can_focus=True):
    """The tokens, wrapped; the cursor is on one of them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", "Token before", id="odds-previous"),
        Binding("right", "step(1)", "Next token", id="odds-next"),
        Binding("up", "line(-1)", "Line above", show=False),
        Binding("down", "line(1)", "Line below", show=False),
        Binding("home", "edge(-1)", "First token", show=False),
        Binding("end", "edge(1)", "Last token", show=False),
    ]

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(look for _, look in LEVELS),
        UNKNOWN_LOOK,
        "token-field--cursor",
    }

    DEFAULT_CSS = """
    TokenField {
        padding: 0 2;
        background: $surface;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        overflow-x: hidden;
        & > .token-field--sure { color: $foreground; }
        & > .token-field--fair { color: $foreground; background: $warning 13%; }
        & > .token-field--unlikely { color: $foreground; background: $warning 26%; }
        & > .token-field--rare { color: $foreground; background: $error 22%; text-style: bold; }
        & > .token-field--unknown { color: $text-muted; }
        & > .token-field--cursor {
            color: $block-cursor-foreground; background: $block-cursor-background; text-style: bold;
        }
    }
    """

    place: reactive[int] = reactive(0)

    @dataclass
    class Moved(Message):
        """The cursor went to another token."""

        place: int

    def __init__(self, tokens: Sequence[TokenLogprob]) -> None:
        super().__init__()
        self._tokens = tuple(tokens)
        self._lines: list[list[_Cell]] = []
        self._width = 0

    # -- laying out ------------------------------------------------------------------------------------------------

    def _lay_out(self, width: int) -> None:
        self._width = width
        lines: list[list[_Cell]] = [[]]
        at = 0
        for place, token in enumerate(self._tokens):
            mark, look = level_of(token)
            text = cut_to_cells(token_words(token.token), max(1, width - 1)) + mark
            cells = cell_width(text)
            if at + cells > width and lines[-1]:
                lines.append([])
                at = 0
            lines[-1].append(_Cell(place, at, text, cells, look))
            at += cells
            if "\n" in token.token:
                lines.append([])
                at = 0
        self._lines = lines
        self.virtual_size = Size(width, len(lines))

    def on_resize(self, event: events.Resize) -> None:
        """Wrap at the new width."""
        width = self.scrollable_content_region.width
        if width > 0 and width != self._width:
            self._lay_out(width)
            self.refresh()

    # -- walking ---------------------------------------------------------------------------------------------------

    def move_to(self, place: int) -> None:
        """Put the cursor on a token."""
        self.place = min(len(self._tokens) - 1, max(0, place))

    def watch_place(self, place: int) -> None:
        """Keep the cursor in sight, tell."""
        line = self._line_of(place)
        if line is not None:
            self.scroll_to_region(Region(0, line, 1, 1), animate=False)
        self.refresh()
        self.post_message(self.Moved(place))

    def _line_of(self, place: int) -> int | None:
        return next((number for number, line in enumerate(self._lines) if line and line[-1].place >= place), None)

    def action_step(self, step: int) -> None:
        """One token on or back."""
        self.move_to(self.place + step)

    def action_edge(self, side: int) -> None:
        """To the first token or the last."""
        self.move_to(0 if side < 0 else len(self._tokens) - 1)

    def action_line(self, step: int) -> None:
        """To the token above or below."""
        number = self._line_of(self.place)
        if number is None:
            return
        start = next(cell.start for cell in self._lines[number] if cell.place == self.place)
        number += step
        while 0 <= number < len(self._lines):
            if self._lines[number]:
                self.move_to(_nearest(self._lines[number], start).place)
                return
            number += step

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the token under the mouse."""
        at = event.get_content_offset_capture(self) + self.scroll_offset
        if 0 <= at.y < len(self._lines) and self._lines[at.y]:
            self.move_to(_nearest(self._lines[at.y], at.x).place)

    # -- painting --------------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """One line of tokens."""
        number = y + self.scroll_offset.y
        width = self.size.width
        base = self.rich_style
        if number >= len(self._lines):
            return Strip.blank(width, base)
        segments: list[Segment] = []
        for cell in self._lines[number]:
            look = "token-field--cursor" if cell.place == self.place else cell.look
            segments.append(Segment(cell.text, self._style(look)))
        return Strip(segments).adjust_cell_length(width, base)

    def _style(self, look: str) -> Style:
        return self.get_component_rich_style(look)


def level_of(token: TokenLogprob) -> tuple[str, str]:
    """The mark behind a token, and its look."""
    if token.logprob is None:
        return UNKNOWN_MARK, UNKNOWN_LOOK
    share = math.exp(min(0.0, token.logprob))
    mark = TENTHS[int(share * 10)] if share < LEVELS[0][0] else ""
    return mark, next(look for least, look in LEVELS if share >= least)


def token_words(token: str) -> str:
    """A token on one line: breaks and tabs visible, everything hostile cleaned."""
    visible = "".join(_VISIBLE.get(one, one) for one in token)
    return clean_line(visible) or "∅"


def _nearest(line: Sequence[_Cell], x: int) -> _Cell:
    return min(line, key=lambda cell: 0 if cell.start <= x < cell.start + cell.width else abs(cell.start - x))
