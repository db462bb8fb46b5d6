"""A list to pick from: one line a row, painted from plain values, as cheap with ten thousand rows as with ten.

Rows hold foreign words (model names, titles); they are cleaned here and never meet markup. Refuses to know what a row
stands for: it gives back the row's id.
"""

from __future__ import annotations

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

from tui.text.clean import clean_line
from tui.text.widths import cell_width, cut_to_cells

GAP_CELLS = 2
"""Between a row's words and its detail at the right."""
SHORT_DETAIL_CELLS = 10
"""A detail as short as an age or a date keeps its place; the words are cut for it."""
RIGHT_BUTTON = 3
_FOUND = Style(bold=True, underline=True)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list."""

    id: str
    """What is posted when it is picked; empty for headings and remarks, which the cursor skips."""
    text: str
    detail: str = ""
    """Stands at the right edge, dim; cut before the words are."""
    mark: str = ""
    """One cell in front of the words, such as ● for what is chosen."""
    indent: int = 0
    is_dim: bool = False
    is_heading: bool = False
    ranges: tuple[tuple[int, int], ...] = ()
    """Where in `text`, which is clean then, stand the words that were looked for."""
    sought: str = ""
    """Words in small letters that find it, though they stand nowhere in it."""

    @property
    def is_pickable(self) -> bool:
        """Whether the cursor stops here."""
        return bool(self.id)


class PickList(ScrollView, can_focus=True):
    """A scrolling list with a cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home,g", "edge(-1)", "First", show=False),
        Binding("end,G", "edge(1)", "Last", show=False),
        Binding("enter,space", "pick", "Choose", show=False),
    ]

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "pick-list--row",
        "pick-list--dim",
        "pick-list--detail",
        "pick-list--heading",
        "pick-list--mark",
        "pick-list--cursor",
        "pick-list--hover",
    }

    DEFAULT_CSS = """
    PickList {
        height: 1fr;
        scrollbar-size-vertical: 1;
        background: transparent;
        & > .pick-list--row { color: $foreground; }
        & > .pick-list--dim { color: $text-muted; }
        & > .pick-list--detail { color: $text-muted; }
        & > .pick-list--heading { color: $text-muted; text-style: bold; }
        & > .pick-list--mark { color: $accent; }
        & > .pick-list--hover { background: $boost; }
        & > .pick-list--cursor {
            color: $block-cursor-foreground;
            background: $block-cursor-background;
            text-style: $block-cursor-text-style;
        }
    }
    """

    cursor: reactive[int] = reactive(-1)
    hovered: reactive[int] = reactive(-1)
    is_driven: reactive[bool] = reactive(False)
    """Whether a field with the focus hands its keys on to this list, so that the cursor matters."""

    @dataclass
    class Picked(Message):
        """A row was chosen."""

        pick_list: PickList
        row: Row
        is_click: bool = False
        """Whether the mouse chose it, in one go with moving the cursor there."""

        @property
        def control(self) -> PickList:
            """The list that it stands in."""
            return self.pick_list

    @dataclass
    class Highlighted(Message):
        """The cursor moved to a row."""

        pick_list: PickList
        row: Row

        @property
        def control(self) -> PickList:
            """The list that it stands in."""
            return self.pick_list

    def __init__(self, rows: Sequence[Row] = (), *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: tuple[Row, ...] = tuple(rows)
        self._fit_size()
        self.set_reactive(PickList.cursor, self._nearest(0, 1))

    @property
    def rows(self) -> tuple[Row, ...]:
        """What is listed."""
        return self._rows

    @property
    def current(self) -> Row | None:
        """The row under the cursor."""
        return self._rows[self.cursor] if 0 <= self.cursor < len(self._rows) else None

    def set_rows(self, rows: Sequence[Row], *, current: str | None = None) -> None:
        """Replace the rows; the cursor stays on the row with the same id, or goes to the one named `current`."""
        wanted = current if current is not None else (self.current.id if self.current else "")
        self._rows = tuple(rows)
        self._fit_size()
        place = next((index for index, row in enumerate(self._rows) if wanted and row.id == wanted), None)
        self.cursor = place if place is not None else self._nearest(min(max(self.cursor, 0), len(self._rows)), 1)
        self.refresh()

    def _fit_size(self) -> None:
        self.virtual_size = Size(0, len(self._rows))

    def _nearest(self, start: int, step: int) -> int:
        """The pickable row at `start` or after it in the direction of `step`, else before it; -1 when there is none."""
        for direction in (step, -step):
            place = start
            while 0 <= place < len(self._rows):
                if self._rows[place].is_pickable:
                    return place
                place += direction
        if self._rows and not 0 <= start < len(self._rows):
            return self._nearest(max(0, min(start, len(self._rows) - 1)), step)
        return -1

    # -- keys and mouse --------------------------------------------------------------------------------------------

    def action_move(self, step: int) -> None:
        """Move the cursor by one row."""
        place = self.cursor + step
        while 0 <= place < len(self._rows) and not self._rows[place].is_pickable:
            place += step
        if 0 <= place < len(self._rows):
            self.cursor = place
        elif step < 0:
            self.scroll_to(y=0, animate=False)

    def action_page(self, step: int) -> None:
        """Move the cursor by one screen."""
        if self._rows:
            goal = self.cursor + step * max(1, self.size.height - 1)
            self.cursor = self._nearest(min(max(goal, 0), len(self._rows) - 1), step)

    def obey(self, action: str, step: int) -> None:
        """Do what a field above this list handed on to it: `move` or `page` by `step`, or `pick`."""
        match action:
            case "move":
                self.action_move(step)
            case "page":
                self.action_page(step)
            case _:
                self.action_pick()

    def action_edge(self, step: int) -> None:
        """Move the cursor to the first or the last row."""
        if self._rows:
            self.cursor = self._nearest(0 if step < 0 else len(self._rows) - 1, -step)

    def action_pick(self) -> None:
        """Choose the row under the cursor."""
        self._pick(is_click=False)

    def _pick(self, *, is_click: bool) -> None:
        if (row := self.current) is not None and row.is_pickable:
            self.post_message(self.Picked(self, row, is_click))

    def watch_cursor(self, old: int, new: int) -> None:
        """Keep the cursor in sight and say where it is."""
        if not self.is_attached:
            return
        for place in (old, new):
            self._refresh_row(place)
        if (row := self.current) is not None:
            top = max(0, new - 1) if new and self._rows[new - 1].is_heading else new
            self.scroll_to_region(Region(0, top, 1, new - top + 1), animate=False, force=True)
            self.post_message(self.Highlighted(self, row))

    def watch_hovered(self, old: int, new: int) -> None:
        """Repaint what the mouse left and entered."""
        for place in (old, new):
            self._refresh_row(place)

    def _refresh_row(self, place: int) -> None:
        line = place - self.scroll_offset.y
        if 0 <= line < self.size.height:
            self.refresh(Region(0, line, self.size.width, 1))

    def _place_at(self, y: int) -> int:
        place = y + self.scroll_offset.y
        return place if 0 <= place < len(self._rows) and self._rows[place].is_pickable else -1

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Show what a click would choose."""
        self.hovered = self._place_at(event.y)

    def on_leave(self) -> None:
        """Nothing is under the mouse."""
        self.hovered = -1

    def on_click(self, event: events.Click) -> None:
        """Choose what was clicked; the right button only goes there, for what else can be done to it."""
        if (place := self._place_at(event.y)) >= 0:
            self.cursor = place
            if event.button != RIGHT_BUTTON:
                self._pick(is_click=True)

    # -- painting --------------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """One row as a strip of the widget's width."""
        place = y + self.scroll_offset.y
        width = self.size.width
        if not 0 <= place < len(self._rows) or width <= 0:
            return Strip.blank(width, self.rich_style)
        row = self._rows[place]
        name = "heading" if row.is_heading else "dim" if row.is_dim else "row"
        base = self.get_component_rich_style(f"pick-list--{name}")
        detail_style = self.get_component_rich_style("pick-list--detail")
        mark_style = self.get_component_rich_style("pick-list--mark")
        if place == self.cursor and (self.has_focus or self.is_driven):
            cursor = self.get_component_rich_style("pick-list--cursor")
            base = detail_style = mark_style = cursor
        elif place == self.hovered:
            hover = Style(bgcolor=self.get_component_rich_style("pick-list--hover").bgcolor)
            base, detail_style, mark_style = base + hover, detail_style + hover, mark_style + hover
        return Strip(_segments(row, width, base, detail_style, mark_style), width)


def _marked(words: str, ranges: Sequence[tuple[int, int]], base: Style) -> list[Segment]:
    """The words, those looked for underlined, so that colour is not the only sign."""
    found, at = [], 0
    for start, end in ranges:
        found += [Segment(words[at:start], base), Segment(words[start:end], base + _FOUND)]
        at = max(at, end)
    return [*found, Segment(words[at:], base)]


def _segments(row: Row, width: int, base: Style, detail_style: Style, mark_style: Style) -> list[Segment]:
    """Mark, words and detail laid out in exactly `width` cells."""
    lead = " " * (1 + row.indent * 2)
    mark = "" if row.is_heading else f"{row.mark or ' '} "
    room = max(0, width - cell_width(lead) - cell_width(mark) - 1)
    words = clean_line(row.text)
    detail = clean_line(row.detail)
    words_cells = min(cell_width(words), room)
    if cell_width(detail) > SHORT_DETAIL_CELLS:
        detail = cut_to_cells(detail, max(0, room - words_cells - GAP_CELLS))
    words = cut_to_cells(words, room - (cell_width(detail) + GAP_CELLS if detail else 0))
    fill = room - cell_width(words) - cell_width(detail)
    whole = [
        Segment(lead, base),
        Segment(mark, mark_style),
        *_marked(words, row.ranges, base),
        Segment(" " * max(0, fill), base),
        Segment(detail, detail_style),
        Segment(" ", base),
    ]
    return Segment.adjust_line_length([part for part in whole if part.text], width, base)
