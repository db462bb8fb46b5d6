"""A dialog to edit a text: a parameter's value, a message, a title. What is wrong is said while one edits.

Refuses to know what the text is for: whoever opens the dialog says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static, TextArea

from tui.errors import ParleyError
from tui.screens.dialog import Dialog
from tui.text.clean import clean
from tui.widgets.editor import Editor

_WARNING = "esc again throws away what you changed here."


class TextDialog(Dialog[str | None]):
    """Gives the edited text, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "accept", "Keep", priority=True, id="dialog-accept"),
    ]

    DEFAULT_CSS = """
    TextDialog {
        & Editor { height: auto; min-height: 3; max-height: 50vh; background: $background; }
    }
    """

    def __init__(
        self,
        title: str,
        text: str,
        *,
        hint: str = "",
        check: Callable[[str], object] | None = None,
        is_line: bool = False,
        does: str = "keeps",
        is_proposal: bool = False,
    ) -> None:
        """An editor with `text` in it.

        Args:
            title: What is edited.
            text: What it is now.
            hint: How it is written.
            check: Raises ParleyError for a text that cannot be accepted.
            is_line: Whether Enter accepts, because the text is one line.
            does: What accepting does, for the line that names the keys.
            is_proposal: Whether `text` is a guess that is replaced by typing.
        """
        super().__init__()
        self._title = title
        self._text = text
        self._hint = hint
        self._check = check
        self._keys = f"{'enter' if is_line else 'ctrl+s'} {does}, esc cancels"
        self._is_line = is_line
        self._is_proposal = is_proposal
        self._is_warned = False

    def compose(self) -> ComposeResult:
        """Hint, editor, complaint."""
        with self.frame(Vertical(), self._title, self._keys):
            if self._hint:
                yield Static(Content(clean(self._hint)), classes="dialog-words")
            yield _LineEditor(self._text) if self._is_line else Editor(self._text)
            yield Static(classes="dialog-problem", markup=False)

    def on_mount(self) -> None:
        """The cursor goes to the end of the text; what is only proposed is marked, so that typing replaces it."""
        editor = self.query_one(Editor)
        editor.move_cursor(editor.document.end)
        if self._is_proposal:
            editor.select_all()
        editor.focus()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Say what is wrong as soon as it is."""
        event.stop()
        self._is_warned = False
        self._problem()

    def _problem(self) -> bool:
        words = ""
        if self._check is not None:
            try:
                self._check(self.query_one(Editor).text)
            except ParleyError as error:
                words = str(error)
        self.query_one(".dialog-problem", Static).update(Content(clean(words)))
        return bool(words)

    @property
    def has_unsaved_text(self) -> bool:
        """See `Dialog.has_unsaved_text`."""
        return self.query_one(Editor).text != self._text

    def action_cancel(self) -> None:
        """Close without a result; what was written in several lines is thrown away by a second Escape only."""
        if self._is_line or self._is_warned or not self.has_unsaved_text:
            super().action_cancel()
            return
        self._is_warned = True
        self.query_one(".dialog-problem", Static).update(Content(_WARNING))

    def action_accept(self) -> None:
        """Close with the text, unless something is wrong with it."""
        if not self._problem():
            self.dismiss(self.query_one(Editor).text)


class _LineEditor(Editor):
    """An editor in which Enter accepts."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "screen.accept", "Keep", priority=True)]
