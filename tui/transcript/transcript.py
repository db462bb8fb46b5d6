"""The transcript: messages of one column, with a cursor, selection, find and what can be asked of a message.

Facts go up as messages; nothing is opened, copied or sent from here. This module refuses to know the session.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal, get_args

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.widget import Widget

from tui.transcript import keys
from tui.transcript.conversation import Anchor, Line
from tui.transcript.entry import Entry, MessageState
from tui.transcript.inline import ALLOWED_LINK
from tui.transcript.palette import Palette
from tui.transcript.search import Match, Search
from tui.transcript.selection import (
    REASONING,
    TEXT,
    Point,
    Range,
    code_blocks,
    message_markdown,
    ordered,
    point_at,
    section_of,
    selected_source,
)
from tui.transcript.view import MARGIN, TranscriptView

Action = Literal[
    "retry",
    "copy",
    "edit",
    "regenerate",
    "fork",
    "delete",
    "star",
    "note",
    "variant-previous",
    "variant-next",
    "continue",
    "inspect",
    "tokens",
]


class Transcript(TranscriptView):
    """The messages of one column.

    Texts are handed in exactly as they came; they are cleaned before they are parsed. `extend` only keeps what came:
    it is painted by `paint_frame`, which the screen's one `FrameClock` calls.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*keys.BINDINGS]

    class ActionRequested(Message):
        """The reader wants something done with a message."""

        def __init__(self, transcript: Transcript, entry_id: str, action: Action) -> None:
            super().__init__()
            self.transcript = transcript
            self.entry_id = entry_id
            self.action: Action = action

        @property
        def control(self) -> Widget:
            """The transcript, for `on(..., selector)`."""
            return self.transcript

    class MenuRequested(Message):
        """The reader wants to see what can be done with a message."""

        def __init__(self, transcript: Transcript, entry_id: str) -> None:
            super().__init__()
            self.transcript = transcript
            self.entry_id = entry_id

        @property
        def control(self) -> Widget:
            """The transcript, for `on(..., selector)`."""
            return self.transcript

    class LinkRequested(Message):
        """The reader clicked a link; it is http, https or mailto."""

        def __init__(self, transcript: Transcript, url: str) -> None:
            super().__init__()
            self.transcript = transcript
            self.url = url

        @property
        def control(self) -> Widget:
            """The transcript, for `on(..., selector)`."""
            return self.transcript

    class CopyRequested(Message):
        """The reader wants exactly this text on the clipboard; `what` names it in words."""

        def __init__(self, transcript: Transcript, text: str, what: str) -> None:
            super().__init__()
            self.transcript = transcript
            self.text = text
            self.what = what

        @property
        def control(self) -> Widget:
            """The transcript, for `on(..., selector)`."""
            return self.transcript

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None, disabled: bool = False
    ) -> None:
        super().__init__(name=name, id=id, classes=classes, disabled=disabled)
        self._cursor_id: str | None = None
        self._search: Search | None = None
        self._selected: Range | None = None
        self._fixed: Point | None = None  # where the selection began
        self._caret: tuple[int, int] | None = None  # where on the screen the keyboard's selection ends
        self._is_dragging = False

    # Entries.

    def set_entries(self, entries: Sequence[Entry]) -> None:
        """Show a whole conversation, its end first; nothing above the screen is laid out."""
        self._open.clear()
        self._search = None
        self._selected = self._fixed = None
        self._cursor_id = None
        self.conversation.set_entries(entries)
        self._anchor = Anchor()
        self._set_following(True)
        self.settle()

    def append_entry(self, entry: Entry) -> None:
        """Add a message at the end."""
        self.conversation.append(entry)
        self._look_again(len(self.conversation.views) - 1)
        self.settle()

    def update_entry(self, entry_id: str, **changes: Any) -> None:
        """Replace fields of an entry.

        Raises:
            KeyError: there is no such entry.
            TypeError: an entry has no such field.
        """
        index = self._index(entry_id)
        view = self.conversation.views[index]
        for field in ("text", "reasoning"):
            if field in changes and changes[field] == view.awaited(field):
                del changes[field]  # it is what was streamed: nothing has to be read again
                self._open[entry_id] = None
                self.want_frame()
        for field, value in changes.items():
            if field not in Entry.__slots__ or field == "id":
                raise TypeError(f"an entry has no field {field!r} to change")
            setattr(view.entry, field, value)
        if "text" in changes or "reasoning" in changes or "role" in changes:
            view.replace_text()
            self._look_again(index)
        else:
            view.redo_head()
        self.conversation.remeasure(index)
        self.settle()

    def remove_entry(self, entry_id: str) -> None:
        """Take a message out; nothing happens when it is not there."""
        index = self.conversation.find(entry_id)
        if index is None:
            return
        self.conversation.remove(index)
        self._entries_left()

    def truncate_after(self, entry_id: str) -> None:
        """Take out every message after this one.

        Raises:
            KeyError: there is no such entry.
        """
        self.conversation.truncate(self._index(entry_id) + 1)
        self._entries_left()

    def _entries_left(self) -> None:
        self._selected = self._fixed = None
        if self._cursor_id is not None and self.conversation.find(self._cursor_id) is None:
            self._cursor_id = None
        if self._search is not None:
            self._search = Search(self.conversation, self._search.query)
        self.settle()

    def extend(self, entry_id: str, text: str = "", reasoning: str = "") -> None:
        """Keep more text of an open message until the next frame.

        Raises:
            KeyError: there is no such entry.
        """
        self.conversation.views[self._index(entry_id)].buffer(text, reasoning)
        self._open[entry_id] = None
        self.want_frame()

    def close_entry(self, entry_id: str, state: MessageState, *, notice: str = "", detail: str = "") -> None:
        """End an open message: what was buffered is painted with its last state.

        Raises:
            KeyError: there is no such entry.
        """
        index = self._index(entry_id)
        view = self.conversation.views[index]
        view.entry.state = state
        view.entry.notice = notice or view.entry.notice
        view.entry.detail = detail or view.entry.detail
        view.redo_head()
        self._open[entry_id] = None
        self.want_frame()

    def _index(self, entry_id: str) -> int:
        index = self.conversation.find(entry_id)
        if index is None:
            raise KeyError(entry_id)
        return index

    # The cursor.

    @property
    def cursor_entry(self) -> str | None:
        """The id of the message the cursor is on."""
        return self._cursor_id

    @property
    def _cursor(self) -> int | None:
        return self.conversation.find(self._cursor_id) if self._cursor_id is not None else None

    def move_cursor(self, entry_id: str | None) -> None:
        """Put the cursor on a message and show its head."""
        self._cursor_id = entry_id
        index = self._cursor
        if index is not None and not any(line.message == index and line.kind == "head" for line in self._lines):
            self.go_to(Anchor(index, 0, 0))
        self.refresh()

    def action_step_message(self, step: int) -> None:
        """Move the cursor to the next or previous message."""
        if not self.conversation.views:
            return
        index = self._cursor
        if index is None:
            heads = [line.message for line in self._lines if line.kind == "head"]
            index = heads[-1] if heads and step < 0 else (self._lines[0].message if self._lines else 0)
        else:
            index = max(0, min(index + step, len(self.conversation.views) - 1))
        self.move_cursor(self.conversation.views[index].entry.id)

    def _target(self) -> int | None:
        """The message an action is for: the cursor's, else the last."""
        if not self.conversation.views:
            return None
        return self._cursor if self._cursor is not None else len(self.conversation.views) - 1

    def action_menu(self) -> None:
        """Ask for the menu of a message."""
        index = self._target()
        if index is not None:
            self.post_message(self.MenuRequested(self, self.conversation.views[index].entry.id))

    def action_request(self, action: str) -> None:
        """Ask for something to be done with a message."""
        index = self._target()
        if index is not None and action in get_args(Action):
            self._request(index, action)

    def _request(self, index: int, action: str) -> None:
        entry = self.conversation.views[index].entry
        is_possible = {
            "retry": entry.state.is_broken,
            "continue": entry.state.is_broken,
            "variant-previous": entry.variant is not None,
            "variant-next": entry.variant is not None,
        }.get(action, True)
        if is_possible:
            self.post_message(self.ActionRequested(self, entry.id, action))  # type: ignore[arg-type]

    # Going about.

    def action_scroll_rows(self, rows: int) -> None:
        """Scroll by rows."""
        self.scroll_rows(rows)

    def action_scroll_pages(self, pages: int) -> None:
        """Scroll by screens, two rows short."""
        self.scroll_rows(pages * max(1, self._page.height - 2))

    def action_go_home(self) -> None:
        """Show the first message."""
        self.go_to(Anchor())

    def action_go_end(self) -> None:
        """Show the end and follow it."""
        self.follow()

    def action_step_code(self, step: int) -> None:
        """Go to the next or previous code block."""
        for anchor in self.conversation.walk_slots(self._anchor, step):
            slot = self.conversation.views[anchor.message].slots[anchor.slot]
            if slot.part is not None and slot.part.code_count:
                rows = self.conversation.views[anchor.message].rows(anchor.slot)
                labels = (at for at, row in enumerate(rows) if any("code-label" in run.look for run in row.runs))
                self._cursor_id = self.conversation.views[anchor.message].entry.id
                self.go_to(anchor._replace(row=next(labels, 0)))
                self.refresh()
                return

    def action_fold(self) -> None:
        """Fold or unfold the message."""
        index = self._target()
        if index is not None:
            self._toggle(index, "fold")

    def action_fold_reasoning(self) -> None:
        """Show or hide the reasoning."""
        index = self._target()
        if index is not None:
            self._toggle(index, "fold-reasoning")

    def _toggle(self, index: int, what: str) -> None:
        view = self.conversation.views[index]
        if what == "fold":
            if not view.is_folded and not view.is_long and view.height < 2 * self._page.height:
                return
            view.toggle_fold()
        elif view.entry.reasoning:
            view.toggle_reasoning()
        self.conversation.remeasure(index)
        self._selected = None
        self.settle()
        self.refresh()

    # Copying.

    def selected_source(self) -> str:
        """The source text of the selection, without wraps, borders or padding; "" without one."""
        return selected_source(self.conversation, self._selected) if self._selected is not None else ""

    def action_copy(self) -> None:
        """Copy the selection, or the whole message."""
        text = self.selected_source()
        if text:
            self.post_message(self.CopyRequested(self, text, "the selection"))
            return
        index = self._target()
        if index is not None:
            self.post_message(self.CopyRequested(self, self.conversation.views[index].entry.text, "the message"))

    def action_copy_conversation(self) -> None:
        """Copy every message, as Markdown."""
        texts = [message_markdown(view.entry) for view in self.conversation.views]
        self.post_message(self.CopyRequested(self, "\n".join(texts), "the conversation"))

    def action_copy_code(self, number: int) -> None:
        """Copy a code block of the message, by its number."""
        index = self._target()
        if index is not None:
            self._copy_code(index, number)

    def _copy_code(self, index: int, number: int) -> None:
        blocks = self.code_blocks(self.conversation.views[index].entry.id)
        if 1 <= number <= len(blocks):
            self.post_message(self.CopyRequested(self, blocks[number - 1], f"code block {number}"))

    def code_blocks(self, entry_id: str) -> list[str]:
        """The exact text of a message's code blocks, in order.

        Raises:
            KeyError: there is no such entry.
        """
        view = self.conversation.views[self._index(entry_id)]
        if view.is_folded:
            from tui.transcript.document import Document

            document = Document(view.entry.text)
            document.advance()
            return code_blocks(document, view.entry.text)
        view.apply()
        view.open()
        view.advance()
        assert view.document is not None
        return code_blocks(view.document, view.entry.text)

    # Finding.

    def find(self, query: str) -> int:
        """Find every occurrence of `query`, case ignored; "" clears.

        Returns:
            How many there are.
        """
        self._search = Search(self.conversation, query) if query else None
        self.refresh()
        return len(self._search) if self._search is not None else 0

    def clear_find(self) -> None:
        """Forget what was looked for."""
        self.find("")

    @property
    def match_position(self) -> tuple[int, int]:
        """The number of the current match, from 1 (0: none yet), and how many there are."""
        return (self._search.current + 1, len(self._search)) if self._search is not None else (0, 0)

    def find_next(self) -> bool:
        """Go to the next match; after the last comes the first."""
        return self._step_match(1)

    def find_previous(self) -> bool:
        """Go to the match before."""
        return self._step_match(-1)

    def action_find_next(self) -> None:
        """Go to the next match."""
        self._step_match(1)

    def action_find_previous(self) -> None:
        """Go to the match before."""
        self._step_match(-1)

    def _step_match(self, by: int) -> bool:
        if self._search is None:
            return False
        start = self._lines[0].message if self._lines else 0
        match = self._search.step(by, start)
        if match is None:
            return False
        self._show(match)
        return True

    def _show(self, match: Match) -> None:
        view = self.conversation.views[match.message]
        if match.section == REASONING and not view.is_reasoning_open:
            view.toggle_reasoning()
        if match.section == TEXT and view.is_folded:
            view.toggle_fold()
        view.open()
        view.advance()
        self.conversation.remeasure(match.message)
        kind: Literal["reasoning", "text"] = "reasoning" if match.section == REASONING else "text"
        slot = self.conversation.slot_of(match.message, match.start, kind)
        row = self.conversation.row_showing(match.message, slot, match.start)
        place = Anchor(match.message, slot, row)
        self.settle()
        shown = [(line.message, line.slot, line.at) for line in self._lines]
        if tuple(place) not in shown:
            self.go_to(self.conversation.move(place, -self._page.height // 3))
        self.refresh()

    def _look_again(self, message: int) -> None:
        if self._search is not None:
            self._search.look_again(message)

    def _text_grew(self, message: int) -> None:
        self._look_again(message)

    # Selecting.

    def action_extend(self, columns: int, rows: int) -> None:
        """Extend the selection by the keyboard, beginning at the first text on the screen."""
        if not self._lines:
            return
        if self._caret is None or self._fixed is None:
            at = next((y for y, line in enumerate(self._lines) if line.row.source_span() is not None), None)
            if at is None:
                return
            self._caret = (self._first_column(at), at)
            self._fixed = self._point(*self._caret)
            self._select(self._fixed, self._fixed)
            return
        x, y = self._caret[0], self._caret[1] + rows
        if y < 0 or y >= len(self._lines):
            self.scroll_rows(rows)
            y = max(0, min(y, len(self._lines) - 1))
        if columns:  # up and down keep the column, as far as the rows reach
            x = self._step_column(min(x, self._lines[y].row.width) + columns, y, columns)
        self._caret = (x, y)
        self._select(self._fixed, self._point(self._step_column(x, y, 0), y))

    def _first_column(self, y: int) -> int:
        return next((column for column, run, _ in self._lines[y].row.cells() if run.start >= 0), 0)

    def _step_column(self, x: int, y: int, step: int) -> int:
        """A column that begins a cluster, in the direction of the step."""
        row = self._lines[y].row
        x = max(0, min(x, max(0, row.width - 1)))
        if step:
            for column, _, cluster in row.cells():
                if column <= x < column + cluster.width_cells:
                    return column if step < 0 or column == x else column + cluster.width_cells
        return x

    def action_unselect(self) -> None:
        """Clear the selection, else the cursor."""
        if self._selected is None and self._caret is None:
            self._cursor_id = None
        self._selected = self._fixed = self._caret = None
        self.refresh()

    def _point(self, x: int, y: int) -> Point:
        line = self._lines[max(0, min(y, len(self._lines) - 1))]
        point = point_at(line, max(0, x))
        if point.start >= 0:
            return point
        for later in self._lines[y + 1 :]:  # an empty row: the text that follows it
            if later.message != line.message or later.kind != line.kind:
                break
            span = later.row.source_span()
            if span is not None:
                return point._replace(start=span[0], end=span[0])
        return point._replace(start=1 << 61, end=1 << 61)

    def _select(self, one: Point, other: Point) -> None:
        selected = ordered(one, other)
        if selected != self._selected:
            self._selected = selected
            self.refresh()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin to select, or click."""
        if event.button != 1 or not self._lines:
            return
        self._caret = None
        self._is_dragging = False
        if self._selected is not None:
            self._selected = None
            self.refresh()
        if event.y < len(self._lines):
            self._fixed = self._point(event.x - MARGIN, event.y)
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Extend the selection; beyond the edges the page scrolls."""
        if self._fixed is None or self.app.mouse_captured is not self:
            return
        self._is_dragging = True
        if event.y < 0 or event.y >= self._page.height:
            self.scroll_rows(-1 if event.y < 0 else 1)
        y = max(0, min(event.y, len(self._lines) - 1))
        self._select(self._fixed, self._point(event.x - MARGIN, y))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """End of a selection, or a click."""
        if self.app.mouse_captured is self:
            self.release_mouse()
        if self._is_dragging:
            self._is_dragging = False
            return
        self._fixed = None
        if event.button == 1:
            self._click(event.x, event.y)

    def _click(self, x: int, y: int) -> None:
        if self._painted_pill and y == self._page.height - 1:
            self.follow()
            return
        if not 0 <= y < len(self._lines):
            return
        line = self._lines[y]
        run = line.row.run_at(x - MARGIN) if x >= MARGIN else None
        entry = self.conversation.views[line.message].entry
        if run is None or not run.link:
            self._cursor_id = entry.id
            self.refresh()
            return
        scheme, _, action = run.link.partition(":")
        if scheme != "action":
            if ALLOWED_LINK.match(run.link):
                self.post_message(self.LinkRequested(self, run.link))
        elif action in ("fold", "fold-reasoning"):
            self._toggle(line.message, action)
        elif action.startswith("copy-code:"):
            self._copy_code(line.message, int(action.removeprefix("copy-code:")))
        else:
            self._request(line.message, action)

    # Painting.

    def _gutter(self, line: Line, palette: Palette) -> Segment:
        entry_id = self.conversation.views[line.message].entry.id
        if entry_id != self._cursor_id:
            return Segment(" " * MARGIN, palette.base)
        return Segment("▌" + " " * (MARGIN - 1), palette.style(("cursor",)))

    def _overlays(self, line: Line, palette: Palette) -> list[tuple[int, int, Style]]:
        found: list[tuple[int, int, Style]] = []
        section = section_of(line)
        if self._search is not None and section in (REASONING, TEXT):
            span = line.row.source_span()
            current = self._search.current_match
            for match in self._search.in_section(line.message, section) if span is not None else ():
                assert span is not None
                if match.start < span[1] and match.end > span[0]:
                    style = palette.overlay("match-current" if match == current else "match")
                    found += [(first, last, style) for first, last in line.row.columns_of(match.start, match.end)]
        if self._selected is not None and section in (REASONING, TEXT):
            within = self._selected.within(line.message, section)
            if within is not None:
                style = palette.overlay("selection")
                found += [(first, last, style) for first, last in line.row.columns_of(*within)]
        return found
