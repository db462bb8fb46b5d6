"""A dialog to write a session as a document: which form, which file. What is wrong is said in place.

Refuses to write over a file that is there, but when it is asked for twice.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tui.errors import ParleyError
from tui.paths import from_home, is_file
from tui.screens.dialog import Dialog
from tui.text.clean import clean
from tui.widgets.filter_input import FilterInput, PathInput
from tui.widgets.pick_list import PickList, Row

if TYPE_CHECKING:
    from tui.store.exports import ExportFormat

FORM_WORDS = {
    "md": ("Markdown", "models, parameters, figures; what the columns show"),
    "html": ("HTML", "one page to print or send; needs nothing from elsewhere"),
    "json": ("JSON", "everything, all branches; can be imported again"),
    "csv": ("CSV", "figures and verdicts, one line a reply"),
}
LONGEST_NAME_CHARS = 60

Write = Callable[["ExportFormat", Path], Awaitable[str]]
"""Writes the document and gives a sentence about it. Raises ParleyError."""


def file_name(title: str, session_id: str) -> str:
    """A session's title as a file name without suffix: words joined by hyphens; without a title its id."""
    words = re.findall(r"\w+", title.lower())
    return "-".join(words)[:LONGEST_NAME_CHARS].strip("-_") or f"session-{session_id}"


class ExportDialog(Dialog[str | None]):
    """Gives a sentence about the file that was written, or None."""

    DEFAULT_CSS = """
    ExportDialog {
        & PickList { height: 4; }
    }
    """

    def __init__(self, name: str, forms: tuple[ExportFormat, ...], write: Write) -> None:
        """A dialog.

        Args:
            name: The file's name without suffix, to begin with.
            forms: What can be chosen, the usual one first.
            write: Does it.
        """
        super().__init__()
        self._name = name
        self._forms = forms
        self._write = write
        self._agreed: Path | None = None
        """The existing file that the user wants replaced."""
        self._ours = ""
        """The name as this dialog wrote it last; another one is the user's."""

    def compose(self) -> ComposeResult:
        """File, forms, complaint."""
        with self.frame(Vertical(), "Export the session", "↑ ↓ form · enter writes · esc cancels"):
            yield PathInput("where to write it")
            yield PickList([Row(form, *FORM_WORDS[form]) for form in self._forms])
            yield Static(classes="dialog-problem", markup=False)

    def on_mount(self) -> None:
        """The file's name can be changed at once."""
        self.query_one(PickList).is_driven = True
        field = self.query_one(PathInput)
        self._name_it(str(_folder() / f"{self._name}.{self._forms[0]}"))
        field.focus()

    @property
    def _form(self) -> ExportFormat:
        row = self.query_one(PickList).current
        return next(form for form in self._forms if row is not None and form == row.id)

    @on(PickList.Highlighted)
    def _change_form(self, event: PickList.Highlighted) -> None:
        event.stop()
        field = self.query_one(PathInput)
        stem, dot, suffix = field.value.rpartition(".")
        if dot and suffix in FORM_WORDS and suffix != event.row.id:
            self._name_it(f"{stem}.{event.row.id}")

    def _name_it(self, name: str) -> None:
        """Put a name into the field, with the cursor behind it."""
        field = self.query_one(PathInput)
        self._ours = field.value = name
        field.cursor_position = len(name)

    @on(Input.Changed)
    def _written(self, event: Input.Changed) -> None:
        event.stop()
        self._agreed = None
        self._say("")
        suffix = event.value.strip().rpartition(".")[2]
        if event.value != self._ours and suffix in self._forms:
            forms = self.query_one(PickList)
            forms.set_rows(forms.rows, current=suffix)

    @on(PickList.Picked)
    def _picked(self, event: PickList.Picked) -> None:
        event.stop()
        if not event.is_click:  # whoever points at a form has not yet seen what the file would be called
            self._start()

    @on(FilterInput.HandedOn)
    def _act_on_list(self, event: FilterInput.HandedOn) -> None:
        event.stop()
        if event.action == "move":
            self.query_one(PickList).action_move(event.step)
        elif event.action == "pick":
            self._start()

    def _start(self) -> None:
        text = self.query_one(PathInput).value.strip()
        if not text:
            self._say("Name a file.")
            return
        path = from_home(text)
        if is_file(path) and self._agreed != path:
            self._agreed = path
            self._say(f"{path} is there already; enter replaces it.")
            return
        self._write_it(path)

    @work(exclusive=True)
    async def _write_it(self, path: Path) -> None:
        try:
            words = await self._write(self._form, path)
        except ParleyError as error:
            self._say(str(error))
            return
        self.dismiss(words)

    def _say(self, words: str) -> None:
        self.query_one(".dialog-problem", Static).update(Content(clean(words)))


def _folder() -> Path:
    """Where exports go unless the user says otherwise: the folder that Parley was started in."""
    try:
        return Path.cwd()
    except OSError:
        return Path.home()  # the folder was removed meanwhile
