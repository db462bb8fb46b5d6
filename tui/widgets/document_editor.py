"""The text of a completion column: written by the user, continued or filled in by the model, in one editor.

What the model wrote last is marked until it is kept. Refuses to know sessions: it posts what the user wants.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.color import Color, ColorParseError
from textual.document._document import Document
from textual.document._edit import Edit
from textual.document._history import EditHistory
from textual.message import Message

from tui.text.clean import drop_controls
from tui.widgets.editor import Editor
from tui.widgets.named_keys import first_key

GO_ON, KEEP, TAKE_BACK = "document-go-on", "document-keep", "document-take-back"


class _History(EditHistory):
    """What a model writes is one step, in however many pieces it comes."""

    is_one_step: bool = False

    def record(self, edit: Edit) -> None:
        if self.is_one_step and self._undo_stack:
            self._undo_stack[-1].append(edit)
        else:
            super().record(edit)


class DocumentEditor(Editor):
    """The editor; `fresh` is the stretch that the model wrote last and nobody has kept yet."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+l,ctrl+enter", "go_on", "Let the model go on at the end, or fill in here", id=GO_ON),
        Binding("tab", "keep", "Keep what the model wrote", id=KEEP),
        Binding("ctrl+z", "take_back", "Take back what the model wrote, else undo", id=TAKE_BACK),
    ]

    DEFAULT_CSS = """
    DocumentEditor { height: 1fr; background: $background; padding: 0 1; }
    """

    @dataclass
    class GoOn(Message):
        """The model is to go on after `before`, or to fill the gap in front of `after`."""

        editor: DocumentEditor
        before: str
        after: str

    @dataclass
    class TakenBack(Message):
        """What the model wrote last is not wanted."""

        editor: DocumentEditor

    @dataclass
    class Kept(Message):
        """What the model wrote is the user's now."""

        editor: DocumentEditor

    @dataclass
    class Left(Message):
        """The editor was left; what was written counts."""

        editor: DocumentEditor

    def __init__(self) -> None:
        super().__init__()
        usual = self.history
        self.history: _History = _History(
            usual.max_checkpoints, usual.checkpoint_timer, usual.checkpoint_max_characters
        )
        self.shown = ""
        """The text that was put here, and not by the user."""
        self._fresh: tuple[int, int] = (0, 0)
        self._pieces: list[str] = []

    def on_mount(self) -> None:
        """Say how to begin."""
        self.placeholder = f"Write the beginning of a text; {first_key(self.app, GO_ON)} lets the model go on."

    # -- showing ---------------------------------------------------------------------------------------------------

    def show_document(self, text: str, fresh: tuple[int, int] = (0, 0)) -> None:
        """Show a text; what the user wrote since must be on record by then."""
        text = drop_controls(text)
        self._pieces.clear()
        self._fresh = fresh
        if text != self.text:
            self.load_text(text)
            self.history.clear()
            self.move_cursor(self._characters.get_location_from_index(min(fresh[1] or len(text), len(text))))
        self.shown = text
        self._line_cache.clear()
        self.refresh()

    def begin(self, before: str) -> None:
        """The model is about to write behind `before`."""
        place = len(drop_controls(before))
        self._fresh = (place, place)
        self.history.checkpoint()
        self.read_only = True

    def extend(self, piece: str) -> None:
        """Take the next piece of the reply; it is shown with the next `flush`."""
        self._pieces.append(piece)

    def flush(self) -> None:
        """Show what came since the last time."""
        if not self._pieces:
            return
        text = drop_controls("".join(self._pieces))
        self._pieces.clear()
        start, end = self._fresh
        location = self._characters.get_location_from_index(end)
        is_following = self.cursor_location == location
        self.edit_unasked(text, location)
        self._fresh = (start, end + len(text))
        if is_following:
            self.move_cursor(self._characters.get_location_from_index(self._fresh[1]))
        self.shown = self.text

    def edit_unasked(self, text: str, location: tuple[int, int]) -> None:
        """Insert the model's words, although the user may not write now."""
        self.insert(text, location, maintain_selection_offset=True)
        self.history.is_one_step = True

    def settle(self) -> None:
        """The reply has ended; the user may write again."""
        self.flush()
        self.history.is_one_step = False
        self.history.checkpoint()
        self.read_only = False

    @property
    def _characters(self) -> Document:
        """The text as one run of characters."""
        assert isinstance(self.document, Document)
        return self.document

    @property
    def is_in_gap(self) -> bool:
        """Whether the cursor has text behind it: the model would fill in, not go on."""
        return bool(self.text[self._characters.get_index_from_location(self.cursor_location) :].strip())

    @property
    def halves(self) -> tuple[str, str]:
        """The text before the gap at the cursor and the one behind it, which is empty when there is no gap."""
        place = self._characters.get_index_from_location(self.cursor_location) if self.is_in_gap else len(self.text)
        return self.text[:place], self.text[place:]

    @property
    def has_fresh(self) -> bool:
        """Whether the model's last words stand here, not yet kept."""
        return self._fresh[0] < self._fresh[1]

    @property
    def is_changed(self) -> bool:
        """Whether the user wrote something since the text was shown."""
        return self.text != self.shown

    def get_line(self, line_index: int) -> Text:
        """A line; the model's last words are underlined, in a colour of their own."""
        line = super().get_line(line_index)
        start, end = self._fresh
        if start < end:
            first = self._characters.get_index_from_location((line_index, 0))
            low, high = max(0, start - first), min(len(line.plain), end - first)
            if low < high:
                line.stylize(self._fresh_style(), low, high)
        return line

    def _fresh_style(self) -> Style:
        try:
            colour = Color.parse(self.app.theme_variables.get("text-accent", "").split(" ")[0])
        except ColorParseError:
            return Style(underline=True)
        return Style(underline=True, color=colour.rich_color)

    # -- acts ------------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Tab keeps what is fresh; else it goes to the next widget, as everywhere."""
        if action == "keep":
            return self.has_fresh and not self.read_only
        return super().check_action(action, parameters)

    def action_go_on(self) -> None:
        """Ask for more: at the end of the text, or in the gap at the cursor."""
        self.post_message(self.GoOn(self, *self.halves))

    def action_keep(self) -> None:
        """What the model wrote is the user's now."""
        self._fresh = (0, 0)
        self.post_message(self.Kept(self))
        self._line_cache.clear()
        self.refresh()

    def action_take_back(self) -> None:
        """Take the model's last words back; when they were kept or changed, undo as in every editor."""
        if self.has_fresh and not self.is_changed and not self.read_only:
            self.post_message(self.TakenBack(self))
        else:
            self.action_undo()

    def on_blur(self) -> None:
        """Leaving the editor is enough to keep what was written."""
        if self.is_changed and not self.read_only:
            self.post_message(self.Left(self))
