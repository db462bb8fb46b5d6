"""The transcript: messages of one column, with a cursor, selection, find and what can be asked of a message.

Facts go up as messages; nothing is opened, copied or sent from here. This module refuses to know the session.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

from textual.binding import BindingType
from textual.message import Message

from tui.transcript import keys
from tui.transcript.conversation import Anchor
from tui.transcript.copying import CopyingView
from tui.transcript.entry import Entry, MessageState
from tui.transcript.inline import ALLOWED_LINK
from tui.transcript.message import MessageView
from tui.transcript.painting import MARGIN
from tui.transcript.search import Search

_SEARCHED_CHARS = 200_000
"""A longer message is not searched for code blocks before its menu is shown."""

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
    "difference",
]

_IN_VAIN = {
    "retry": "The message did not fail: ask for another reply instead.",
    "continue": "The message is complete: there is nothing to continue.",
    "variant-previous": "The message has no variants.",
    "variant-next": "The message has no variants.",
    "fold": "The message is too short to fold.",
    "reasoning": "The message came without any thinking.",
}
"""What is said of a key that can do nothing here: in silence it would be taken for lost."""


class Transcript(CopyingView):
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
    class LinkRequested(Message):
        """The reader clicked a link; it is http, https or mailto."""

        transcript: Transcript
        url: str

        @property
        def control(self) -> Transcript:
            """The transcript, for `on(..., selector)`."""
            return self.transcript

    # Entries.

    def set_entries(self, entries: Sequence[Entry]) -> None:
        """Show a whole conversation, its end first; nothing above the screen is laid out."""
        self._open.clear()
        self._forget_marks()
        self._search = None
        self._cursor_id = None
        self.conversation.set_entries(entries)
        self._anchor = Anchor()
        self._set_following(True)
        self.settle()

    def append_entry(self, entry: Entry) -> None:
        """Add a message at the end."""
        self._count_height(is_new=False)
        self.conversation.append(entry)
        self._count_height(is_new=True)
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

    def truncate_after(self, entry_id: str) -> None:
        """Take out every message after this one.

        Raises:
            KeyError: there is no such entry.
        """
        self.conversation.truncate(self._index(entry_id) + 1)
        self._forget_marks()
        if self._cursor_id is not None and self.conversation.find(self._cursor_id) is None:
            self._cursor_id = None
        if self._search is not None:
            self._search = Search(self.conversation, self._search.query)
        self.settle()

    def _forget_marks(self) -> None:
        """What lay over the rows is about other messages now; rows that look the same are not painted again else."""
        if self._cursor_id is not None or self._selected is not None or self._search is not None:
            self.refresh()
        self._selected = self._fixed = None

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
        else:
            self.notify(_IN_VAIN[action], markup=False)

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
            if not self._can_fold(view):
                self.notify(_IN_VAIN["fold"], markup=False)
                return
            view.toggle_fold()
        elif view.entry.reasoning:
            view.toggle_reasoning()
        else:
            self.notify(_IN_VAIN["reasoning"], markup=False)
            return
        self.conversation.remeasure(index)
        self._selected = None
        self.settle()
        self.refresh()

    def _can_fold(self, view: MessageView) -> bool:
        return view.is_folded or view.is_long or view.height >= 2 * self._page.height

    def offers(self, entry_id: str) -> list[tuple[str, str]]:
        """What the transcript itself can do with a message, for its menu: names for `perform`, each with words.

        Raises:
            KeyError: there is no such entry.
        """
        view = self.conversation.views[self._index(entry_id)]
        offers: list[tuple[str, str]] = []
        if "```" in view.entry.text or "~~~" in view.entry.text or "    " in view.entry.text:
            count = len(self.code_blocks(entry_id)) if len(view.entry.text) <= _SEARCHED_CHARS else 0
            offers += [(f"copy-code-{number}", f"Copy code block {number}") for number in range(1, min(count, 9) + 1)]
        if view.entry.reasoning:
            offers.append(("copy-reasoning", "Copy the thinking"))
            words = "Hide the thinking" if view.is_reasoning_open else "Show the thinking"
            offers.append(("fold-reasoning", words))
        if self._can_fold(view):
            offers.append(("fold", "Unfold" if view.is_folded else "Fold"))
        offers.append(("copy-conversation", "Copy the whole conversation"))
        return offers

    def perform(self, entry_id: str, offer: str) -> None:
        """Do what `offers` offered.

        Raises:
            KeyError: there is no such entry.
        """
        index = self._index(entry_id)
        if offer.startswith("copy-code-"):
            self._copy_code(index, int(offer.removeprefix("copy-code-")))
        elif offer == "copy-reasoning":
            self._copy_reasoning(index)
        elif offer == "copy-conversation":
            self.action_copy_conversation()
        elif offer in ("fold", "fold-reasoning"):
            self._toggle(index, offer)

    def _clicked(self, x: int, y: int) -> None:
        if self._painted_pill and y == self._page.height - 1 and x in range(*self._pill_span):
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
