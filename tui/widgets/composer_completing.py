"""The composer's suggestions: asked for while one types, walked by arrows, taken by Tab or Enter, closed by Escape.

All happens between two keys, so that fast typing is never ahead of what it is about. Whatever is offered, typing goes
on as if nothing were. Refuses to know what is suggested and to draw it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.document._document import Selection
from textual.message import Message
from textual.widgets import TextArea

from tui.widgets.editor import Editor


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One thing that could be meant."""

    words: str
    """What is listed; foreign words are cleaned by the list."""
    start: int
    """Where in what the completer was given it begins to replace."""
    insert: str
    """What stands there instead, when it is accepted."""
    detail: str = ""
    is_whole: bool = False
    """Whether Enter sends right away what was completed."""
    paths: tuple[str, ...] = ()
    """The files that are to be attached when it is accepted."""
    offered_for: str = ""
    """What was pasted before the cursor, in place of which this is offered; only Tab accepts such an offer, since what
    was pasted makes sense as it is."""

    @property
    def is_offer(self) -> bool:
        """Whether only Tab accepts it."""
        return bool(self.offered_for)


Completer = Callable[[str, str], Sequence[Suggestion]]
"""Suggestions for what stands in the line before the cursor, and what after it; must be quick.

Below the first line, a line break comes first.
"""


_TYPING_KEYS = frozenset({"backspace", "delete"})
_OWN_ACTIONS = frozenset({"accept_suggestion", "close_suggestions"})


class CompletingEditor(Editor):
    """An editor that offers what could be meant."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "accept_suggestion", "Take what is suggested", id="accept-suggestion", show=False),
        Binding("escape", "close_suggestions", "Close the suggestions", id="close-suggestions", show=False),
    ]

    @dataclass
    class Suggested(Message):
        """What is offered has changed; an empty list is nothing."""

        suggestions: Sequence[Suggestion]
        place: int

    @dataclass
    class FilesChosen(Message):
        """Files were chosen to be attached."""

        paths: tuple[str, ...]

    def __init__(self, *, id: str | None = None) -> None:
        self.completer: Completer | None = None
        self._suggestions: Sequence[Suggestion] = ()
        self._suggested_place = 0
        self._is_typing = False
        super().__init__(id=id)  # moves the cursor, which is watched

    @property
    def is_suggesting(self) -> bool:
        """Whether anything is offered."""
        return bool(self._suggestions)

    @property
    def current_suggestion(self) -> Suggestion | None:
        """What Enter or Tab would take."""
        return self._suggestions[self._suggested_place] if self._suggestions else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Tab and Escape are the suggestions' only while there are some."""
        return self.is_suggesting if action in _OWN_ACTIONS else True

    # -- asking ----------------------------------------------------------------------------------------------------

    async def _on_key(self, event: events.Key) -> None:
        """Suggestions follow what is typed, not where the cursor wanders."""
        self._is_typing = event.is_printable or event.key in _TYPING_KEYS

    def action_delete_left(self) -> None:
        """Deleting is typing, too."""
        self._is_typing = True
        super().action_delete_left()

    def watch_selection(self, old: Selection, new: Selection) -> None:
        """The cursor moved: other things could be meant."""
        self.suggest_again()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """The text changed under the cursor."""
        self.suggest_again()

    def suggest_again(self) -> None:
        """Ask anew what could be meant; for news about what can be suggested, too."""
        if not self._is_typing or self.completer is None or not self.selection.is_empty:
            self.offer(())
            return
        row, column = self.cursor_location
        line = self.document.get_line(row)
        below = self.document.get_line(row + 1) if row + 1 < self.document.line_count else ""
        # One line is enough, and a long text costs no more than a short one.
        self.offer(self.completer(("\n" if row else "") + line[:column], line[column:] + below))

    def offer(self, suggestions: Sequence[Suggestion]) -> None:
        """Offer these, in place of whatever was offered."""
        if not suggestions and not self._suggestions:
            return
        if list(suggestions) != list(self._suggestions):
            self._suggested_place = 0
        self._suggestions = suggestions
        self.post_message(self.Suggested(suggestions, self._suggested_place))

    def withdraw(self) -> None:
        """Offer nothing until something is typed."""
        self._is_typing = False
        self.offer(())

    # -- taking ----------------------------------------------------------------------------------------------------

    def walk_suggestions(self, step: int) -> None:
        """Go to another suggestion; after the last comes the first."""
        self._suggested_place = (self._suggested_place + step) % len(self._suggestions)
        self.post_message(self.Suggested(self._suggestions, self._suggested_place))

    def accept(self, place: int | None = None) -> Suggestion | None:
        """Take a suggestion, the current one if none is named; returns it."""
        number = self._suggested_place if place is None else place
        if not 0 <= number < len(self._suggestions):
            return None
        taken = self._suggestions[number]
        end = self.cursor_location
        start = (end[0], max(0, taken.start - (1 if end[0] else 0)))
        if taken.offered_for:
            lines = taken.offered_for.split("\n")
            row = max(0, end[0] - len(lines) + 1)
            start = (row, max(0, (end[1] if len(lines) == 1 else len(self.document.get_line(row))) - len(lines[0])))
        result = self.replace(taken.insert, start, end)
        self.move_cursor(result.end_location)
        if taken.paths:
            self.post_message(self.FilesChosen(taken.paths))
        if taken.is_whole or taken.paths or taken.is_offer:
            self.withdraw()
        else:  # a word is complete; what comes after it may be suggested, too
            self._is_typing = True
            self.suggest_again()
        return taken

    def action_accept_suggestion(self) -> None:
        """Take the current suggestion."""
        self.accept()

    def action_close_suggestions(self) -> None:
        """Offer nothing until something else is typed."""
        self.withdraw()
