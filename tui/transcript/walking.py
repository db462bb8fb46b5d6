"""Going about a conversation: a cursor over its messages, pages, ends, code blocks.

This module refuses to do anything with the message that the cursor is on.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from rich.segment import Segment
from textual import events
from textual.actions import SkipAction
from textual.message import Message

from tui.transcript.conversation import Anchor, Line
from tui.transcript.painting import MARGIN
from tui.transcript.palette import Palette
from tui.transcript.selecting import SelectingView
from tui.transcript.view import WHEEL_ROWS

if TYPE_CHECKING:
    from tui.transcript.transcript import Transcript


class WalkingView(SelectingView):
    """A view with a cursor over messages."""

    @dataclass
    class Scrolled(Message, namespace="transcript"):
        """The reader scrolled by `rows`; others may want to keep in step."""

        transcript: Transcript
        rows: int

        @property
        def control(self) -> Transcript:
            """The transcript, for `on(..., selector)`."""
            return self.transcript

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None, disabled: bool = False
    ) -> None:
        super().__init__(name=name, id=id, classes=classes, disabled=disabled)
        self._cursor_id: str | None = None

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
        """The message an action is for: the cursor's, else the last if it can be seen, else what fills the screen."""
        if not self.conversation.views:
            return None
        if self._cursor is not None:
            return self._cursor
        last = len(self.conversation.views) - 1
        rows = Counter(line.message for line in self._lines)
        return last if last in rows or not rows else rows.most_common(1)[0][0]

    def action_unselect(self) -> None:
        """Clear the selection and the caret; else the cursor, and leave the key to whoever leads back to the prompt."""
        is_marked = self._selected is not None or self._caret is not None
        if not is_marked:
            self._cursor_id = None
        super().action_unselect()
        if not is_marked:
            raise SkipAction

    # Going about.

    def action_scroll_rows(self, rows: int) -> None:
        """Scroll by rows, or move the caret where one is shown."""
        if self.has_caret:
            self._move_caret(0, rows)
        else:
            self._scroll_as_asked(rows)

    def action_scroll_pages(self, pages: float) -> None:
        """Scroll by screens, two rows short."""
        self._scroll_as_asked(round(pages * max(2, self._page.height - 2)))

    def _scroll_as_asked(self, rows: int) -> None:
        self.scroll_rows(rows)
        self.post_message(self.Scrolled(cast("Transcript", self), rows))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Say that the reader scrolled; the view has done it."""
        if not (event.ctrl or event.shift):
            self.post_message(self.Scrolled(cast("Transcript", self), WHEEL_ROWS))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Say that the reader scrolled; the view has done it."""
        if not (event.ctrl or event.shift):
            self.post_message(self.Scrolled(cast("Transcript", self), -WHEEL_ROWS))

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
        self.notify(f"There is no code block further {'down' if step > 0 else 'up'}.", markup=False)

    def _gutter(self, line: Line, palette: Palette) -> Segment:
        entry_id = self.conversation.views[line.message].entry.id
        if entry_id != self._cursor_id:
            return Segment(" " * MARGIN, palette.base)
        return Segment("▌" + " " * (MARGIN - 1), palette.style(("cursor",)))
