"""The transcript: messages of one column, with a cursor, selection, find and what can be asked of a message.

Facts go up as messages; nothing is opened, copied or sent from here. This module refuses to know the session.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

from rich.segment import Segment
from textual import events
from textual.binding import BindingType
from textual.message import Message

from tui.transcript import keys
from tui.transcript.conversation import Anchor, Line
from tui.transcript.document import Document
from tui.transcript.entry import Entry, MessageState
from tui.transcript.inline import ALLOWED_LINK
from tui.transcript.palette import Palette
from tui.transcript.search import Search
from tui.transcript.selecting import SelectingView
from tui.transcript.selection import code_blocks, message_markdown
from tui.transcript.view import MARGIN, WHEEL_ROWS

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


class Transcript(SelectingView):
    """The messages of one column.

    Texts are handed in exactly as they came; they are cleaned before they are parsed. `extend` only keeps what came:
    it is painted by `paint_frame`, which the screen's one `FrameClock` calls.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*keys.BINDINGS]

    @dataclass
    class ActionRequested(Message):
        """The reader wants something done with a message."""

        transcript: Transcript
        entry_id: str
        action: Action

        @property
        def control(self) -> Transcript:
            """The transcript, for `on(..., selector)`."""
            return self.transcript

    @dataclass
    class MenuRequested(Message):
        """The reader wants to see what can be done with a message."""

        transcript: Transcript
        entry_id: str

        @property
        def control(self) -> Transcript:
            """The transcript, for `on(..., selector)`."""
            return self.transcript

    @dataclass
    class Scrolled(Message):
        """The reader scrolled by `rows`; others may want to keep in step."""

        transcript: Transcript
        rows: int

        @property
        def control(self) -> Transcript:
            """The transcript, for `on(..., selector)`."""
            return self.transcript

    @dataclass
    class LinkRequested(Message):
        """The reader clicked a link; it is http, https or mailto."""

        transcript: Transcript
        url: str

        @property
        def control(self) -> Transcript:
            """The transcript, for `on(..., selector)`."""
            return self.transcript

    @dataclass
    class CopyRequested(Message):
        """The reader wants exactly this text on the clipboard; `what` names it in words."""

        transcript: Transcript
        text: str
        what: str

        @property
        def control(self) -> Transcript:
            """The transcript, for `on(..., selector)`."""
            return self.transcript

    @dataclass
    class FollowChanged(Message):
        """The reader began or ceased to follow the end."""

        transcript: Transcript
        is_following: bool

        @property
        def control(self) -> Transcript:
            """The transcript, for `on(..., selector)`."""
            return self.transcript

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None, disabled: bool = False
    ) -> None:
        super().__init__(name=name, id=id, classes=classes, disabled=disabled)
        self._cursor_id: str | None = None

    def _follow_changed(self, is_following: bool) -> None:
        self.post_message(self.FollowChanged(self, is_following))

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

    def action_unselect(self) -> None:
        """Clear the selection, else the cursor."""
        if self._selected is None and self._caret is None:
            self._cursor_id = None
        super().action_unselect()

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
            "continue": entry.state.is_broken or bool(entry.notice),  # the length limit is no breakage, but a cut
            "variant-previous": entry.variant is not None,
            "variant-next": entry.variant is not None,
        }.get(action, True)
        if is_possible:
            self.post_message(self.ActionRequested(self, entry.id, action))  # type: ignore[arg-type]

    # Going about.

    def action_scroll_rows(self, rows: int) -> None:
        """Scroll by rows."""
        self._scroll_as_asked(rows)

    def action_scroll_pages(self, pages: float) -> None:
        """Scroll by screens, two rows short."""
        self._scroll_as_asked(round(pages * max(2, self._page.height - 2)))

    def _scroll_as_asked(self, rows: int) -> None:
        self.scroll_rows(rows)
        self.post_message(self.Scrolled(self, rows))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Say that the reader scrolled; the view has done it."""
        if not (event.ctrl or event.shift):
            self.post_message(self.Scrolled(self, WHEEL_ROWS))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Say that the reader scrolled; the view has done it."""
        if not (event.ctrl or event.shift):
            self.post_message(self.Scrolled(self, -WHEEL_ROWS))

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
        texts = [message_markdown(entry) for entry in self.conversation.views.entries]
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
            document = Document(view.entry.text)
            document.advance()
            return code_blocks(document, view.entry.text)
        view.apply()
        view.open()
        view.advance()
        assert view.document is not None
        return code_blocks(view.document, view.entry.text)

    def _clicked(self, x: int, y: int) -> None:
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
