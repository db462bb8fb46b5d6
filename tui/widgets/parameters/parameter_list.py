"""All parameters of a column in one widget: it paints the rows line by line, and hands keys and the mouse to them.

One widget for all rows keeps a change of column, and a slider under a finger, within a frame while replies stream.
Refuses to know what a parameter means: the rows do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui.text.widths import cell_width
from tui.widgets.parameters.number_row import BIG_STEPS
from tui.widgets.parameters.row import ParameterRow, Piece

ROW_LINES = 3
"""Name, control, a blank line."""
LEFT_CELLS, RIGHT_CELLS = 2, 1
"""The mark of the focused row and a blank; a blank at the right."""
LOOKS = ("label", "label-set", "value", "chosen", "accent", "muted", "faint", "reason", "problem", "current")
_OF_A_ROW = frozenset({"step", "to_end", "accept", "dismiss_typing", "choose", "edit", "edit_format"})


class ParameterList(Widget, can_focus=True):
    """The rows; one of them has the keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "leave(-1)", "Parameter above", id="parameter-above", show=False),
        Binding("down", "leave(1)", "Parameter below", id="parameter-below", show=False),
        Binding("left", "step(-1)", "Less", id="parameter-less"),
        Binding("right", "step(1)", "More", id="parameter-more"),
        Binding("shift+left", f"step(-{BIG_STEPS})", "Much less", id="parameter-much-less", show=False),
        Binding("shift+right", f"step({BIG_STEPS})", "Much more", id="parameter-much-more", show=False),
        Binding("home", "to_end(-1)", "Lowest", id="parameter-lowest", show=False),
        Binding("end", "to_end(1)", "Highest", id="parameter-highest", show=False),
        Binding("enter", "accept", "Accept", show=False),
        Binding("escape", "dismiss_typing", "Dismiss", show=False),
        Binding("enter", "edit_format", "Edit the response format", id="parameter-edit-format"),
        Binding("left", "choose(-1)", "Choice before", id="parameter-choice-before"),
        Binding("right,enter,space", "choose(1)", "Next choice", id="parameter-choice-next"),
        Binding("enter,space", "edit", "Edit", id="parameter-edit"),
        Binding("backspace,delete", "unset", "Unset", id="parameter-unset"),
    ]

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"parameter-list--{look}" for look in LOOKS}

    DEFAULT_CSS = """
    ParameterList {
        height: auto;
        & > .parameter-list--label { color: $foreground; }
        & > .parameter-list--label-set { color: $foreground; text-style: bold; }
        & > .parameter-list--value { color: $text-accent; text-style: bold; }
        & > .parameter-list--chosen { color: $text-accent; text-style: bold underline; }
        & > .parameter-list--accent { color: $accent; }
        & > .parameter-list--muted { color: $footer-description-foreground; }
        & > .parameter-list--faint { color: $footer-description-foreground; }
        & > .parameter-list--reason { color: $footer-description-foreground; text-style: italic; }
        & > .parameter-list--problem { color: $text-error; }
        & > .parameter-list--current { background: $boost; }
    }
    """

    @dataclass
    class Moved(Message):
        """There is something else to say: of the row that the keys or the mouse went to, or of none (None)."""

        row: ParameterRow | None

    @dataclass
    class LeftAbove(Message):
        """The user wants to go to what stands above the first row."""

    @dataclass
    class LetterTyped(Message):
        """A letter that no row takes."""

        letter: str

    def __init__(self) -> None:
        super().__init__()
        self.of = ""
        """Whose values are shown: goes with each change."""
        self.rows: list[ParameterRow] = []
        """From the top; those that are not shown, too."""
        self._shown: list[ParameterRow] = []
        self._current: ParameterRow | None = None
        self._held: ParameterRow | None = None
        """The row whose slider the mouse holds."""
        self._pointed: ParameterRow | None = None
        """The row under the mouse, when it says why it is not as one might expect."""
        self._said = ""
        """What was last said of the row that the keys are for."""
        self._strips: dict[int, tuple[Strip, Strip]] = {}
        self._strips_width = 0
        self._styles_of: dict[tuple[str, bool], Style] = {}
        self._blanks: dict[int, Strip] = {}

    # -- rows ------------------------------------------------------------------------------------------------------

    def set_rows(self, rows: Sequence[ParameterRow]) -> None:
        """Show these rows, as far as each is to be shown; the same ones as before keep what is typed in them."""
        self.rows = list(rows)
        for row in self.rows:
            row.owner = self
        shown = [row for row in self.rows if row.is_shown]
        if shown != self._shown:
            is_other_height = len(shown) != len(self._shown)
            self._shown = shown
            self.repaint_rows(layout=is_other_height)
        if self._current not in shown:
            self._move_to(self._first)

    @property
    def current_row(self) -> ParameterRow | None:
        """The row that the keys are for while the list has the focus."""
        return self._current

    @property
    def _first(self) -> ParameterRow | None:
        """The first row on which there is something to do; where there is none, the first that says why."""
        return next((row for row in self._shown if row.is_usable), next(iter(self._shown), None))

    def line_of(self, row: ParameterRow) -> int:
        """The line on which a row begins."""
        return self._shown.index(row) * ROW_LINES

    def is_at(self, row: ParameterRow) -> bool:
        """Whether the keys go to a row."""
        return self.has_focus and self._current is row

    def focus_row(self, row: ParameterRow) -> None:
        """Go to a row; also to one that is not taken: the foot of the pane says why."""
        if row in self._shown:
            self._move_to(row)
            self.focus(scroll_visible=False)
            self._bring_into_view(row)

    def focus_first(self) -> None:
        """Go to the first row that can be used."""
        if (row := self._first) is not None:
            self.focus_row(row)

    def _move_to(self, row: ParameterRow | None) -> None:
        if row is self._current:
            return
        before, self._current = self._current, row
        if before is not None:
            before.leave()
            self.repaint_row(before)
        if row is not None:
            self.repaint_row(row)
        if self.has_focus:
            self.post_message(self.Moved(row))

    def _bring_into_view(self, row: ParameterRow) -> None:
        if isinstance(self.parent, Widget) and row in self._shown:
            region = Region(0, self.virtual_region.y + self.line_of(row), self.size.width, ROW_LINES)
            self.parent.scroll_to_region(region, spacing=self.dock_gutter, animate=False)

    # -- keys ------------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What can be done depends on the row."""
        row = self._current
        if action == "leave":
            return row is not None
        if action == "unset":
            return row is not None and row.is_usable
        if action in _OF_A_ROW:
            return row is not None and row.does(action)
        return True

    def on_key(self, event: events.Key) -> None:
        """Digits type into a box; letters are for the filter."""
        letter = event.character or ""
        if len(letter) != 1 or self._current is None:
            return
        if self._current.type(letter):
            event.stop()
            event.prevent_default()
        elif letter.isalpha():
            event.stop()
            event.prevent_default()
            self.post_message(self.LetterTyped(letter))

    def _act(self, name: str, *arguments: Any) -> None:
        if self._current is not None:
            getattr(self._current, name)(*arguments)

    def action_step(self, steps: int) -> None:
        """Move a number by steps."""
        self._act("step", steps)

    def action_to_end(self, side: int) -> None:
        """The lowest or the highest value of a slider."""
        self._act("to_end", side)

    def action_accept(self) -> None:
        """Take what was typed."""
        self._act("accept")

    def action_dismiss_typing(self) -> None:
        """Forget what was typed."""
        self._act("dismiss_typing")

    def action_choose(self, step: int) -> None:
        """Choose the next word, or the one before."""
        self._act("choose", step)

    def action_edit(self) -> None:
        """Open an editor for the value."""
        self._act("edit")

    def action_edit_format(self) -> None:
        """Open the editor of the response format."""
        self._act("edit")

    def action_unset(self) -> None:
        """Back to the provider's default."""
        self._act("unset")

    def action_leave(self, step: int) -> None:
        """Go to the row above or below."""
        place = self._shown.index(self._current) + step if self._current in self._shown else 0
        if place < 0:
            self.post_message(self.LeftAbove())
        elif place < len(self._shown):
            self.focus_row(self._shown[place])

    def on_focus(self) -> None:
        """The row that had the keys last has them again."""
        if self._current is None:
            self._current = self._first
        self._repaint_current()
        self.post_message(self.Moved(self._current))

    def on_blur(self) -> None:
        """What was typed is taken."""
        if self._current is not None:
            self._current.leave()
        self._repaint_current()
        self.post_message(self.Moved(None))

    def watch_has_focus(self, _has_focus: bool) -> None:
        """Only the row that the keys are for looks different: no style depends on the focus, and none is asked for."""

    # -- mouse -----------------------------------------------------------------------------------------------------

    def _place(self, event: events.MouseEvent) -> tuple[ParameterRow | None, int, int]:
        """The row under the mouse, and the cell and line within it."""
        number, line = divmod(event.y, ROW_LINES)
        row = self._shown[number] if 0 <= number < len(self._shown) else None
        return row, event.x - LEFT_CELLS, line

    @property
    def _content_width(self) -> int:
        return max(1, self.size.width - LEFT_CELLS - RIGHT_CELLS)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Go to a row; take hold of its slider."""
        row, x, line = self._place(event)
        if row is None or event.button != 1:
            return
        self._move_to(row)
        if row.press(x, line, self._content_width):
            self._held = row
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Drag the slider that is held; else say of the row what its own line may cut."""
        if self._held is not None:
            self._held.drag(event.x - LEFT_CELLS, self._content_width)
        else:
            self._point_at(self._place(event)[0])

    def on_leave(self) -> None:
        """The mouse is elsewhere."""
        self._point_at(None)

    def _point_at(self, row: ParameterRow | None) -> None:
        pointed = row if row is not None and row.objection is not None else None
        if pointed is not self._pointed:
            self._pointed = pointed
            self.post_message(self.Moved(pointed or (self._current if self.has_focus else None)))

    def on_mouse_up(self) -> None:
        """Let go of the slider."""
        self._held = None
        self.release_mouse()

    def on_click(self, event: events.Click) -> None:
        """Choose a word, open an editor."""
        row, x, line = self._place(event)
        if row is not None:
            row.click(x, line, self._content_width)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel steps the focused row; over the others it scrolls the pane."""
        self._wheel(event, 1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel steps the focused row; over the others it scrolls the pane."""
        self._wheel(event, -1)

    def _wheel(self, event: events.MouseEvent, steps: int) -> None:
        row, _, _ = self._place(event)
        if row is not None and row.wheel(steps):
            event.stop()
            event.prevent_default()

    # -- painting --------------------------------------------------------------------------------------------------

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Three lines a row."""
        return len(self._shown) * ROW_LINES

    def repaint_row(self, row: ParameterRow) -> None:
        """Paint a row again."""
        if row in self._shown:
            self._strips.pop(id(row), None)
            self.refresh(Region(0, self.line_of(row), self.size.width, ROW_LINES - 1))
        if self.is_at(row) and row.about != self._said:
            self._said = row.about
            self.post_message(self.Moved(row))

    def _repaint_current(self) -> None:
        if self._current is not None:
            self.repaint_row(self._current)

    def repaint_rows(self, *, layout: bool = False) -> None:
        """Paint all rows again."""
        self._strips.clear()
        self.refresh(layout=layout)

    def notify_style_update(self) -> None:
        """Other colours."""
        super().notify_style_update()
        self._styles_of.clear()
        self._strips.clear()
        self._blanks.clear()

    def render_line(self, y: int) -> Strip:
        """One line of a row."""
        width = self.size.width
        if width != self._strips_width:
            self._strips_width = width
            self._strips.clear()
        number, line = divmod(y, ROW_LINES)
        if number >= len(self._shown) or line == ROW_LINES - 1:
            return self._blank(width)
        row = self._shown[number]
        strips = self._strips.get(id(row))
        if strips is None:
            is_current = self.is_at(row)
            name, control = row.lines(self._content_width)
            strips = (self._strip(name, is_current, width), self._strip(control, is_current, width))
            self._strips[id(row)] = strips
        return strips[line]

    def _blank(self, width: int) -> Strip:
        """A line between two rows; asking the toolkit for its style takes longer than painting it."""
        if width not in self._blanks:
            self._blanks = {width: Strip.blank(width, self.rich_style)}
        return self._blanks[width]

    def _strip(self, pieces: list[Piece], is_current: bool, width: int) -> Strip:
        blank = self._style("label", is_current)
        mark = Segment("█ ", self._style("accent", is_current)) if is_current else Segment("  ", blank)
        segments = [mark, *(Segment(text, self._style(look, is_current)) for text, look in pieces if text)]
        used = LEFT_CELLS + sum(cell_width(text) for text, _ in pieces)
        segments.append(Segment(" " * max(0, width - used), blank))
        return Strip(segments, max(width, used)).crop(0, width)

    def _style(self, look: str, is_current: bool) -> Style:
        """How a piece looks, on the background of its row."""
        style = self._styles_of.get((look, is_current))
        if style is None:
            style = self.get_component_rich_style(f"parameter-list--{look}")
            if is_current:
                style += Style(bgcolor=self.get_component_rich_style("parameter-list--current").bgcolor)
            self._styles_of[look, is_current] = style
        return style
