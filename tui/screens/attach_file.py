"""A dialog to choose a file by typing: part of a name below the working directory, or a path from elsewhere.

Refuses to read the file: it gives back the path.
"""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from tui.paths import from_home
from tui.screens.dialog import Dialog
from tui.store.nearby import best_matches, entries_of, files_below, is_path, split_path
from tui.text.clean import clean_line
from tui.text.surrogates import scrub_surrogates
from tui.widgets.filter_input import FilterInput, PathInput
from tui.widgets.pick_list import PickList, Row
from tui.widgets.working import start_work

MOST_LISTED = 500


class AttachDialog(Dialog[str | None]):
    """Gives the path of the chosen file, or None. Whether it can be attached is for the caller to find out."""

    DEFAULT_CSS = """
    AttachDialog {
        & > .dialog-box { width: 96; height: 80%; max-height: 28; padding: 1 0; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._paths: list[str] = []

    def compose(self) -> ComposeResult:
        """Field and list."""
        keys = "enter attaches · a path from elsewhere begins with / or ~/ · esc closes"
        with self.frame(Vertical(), "Attach a file", keys):
            yield PathInput("part of a file's name, or a path")
            yield PickList()

    def on_mount(self) -> None:
        """List what is nearby."""
        self.query_one(PickList).is_driven = True
        self.query_one(PathInput).focus()
        self._look("")

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        event.stop()
        self._look(event.value)

    def _look(self, typed: str) -> None:
        start_work(self, partial(self._list, typed), group="look", exclusive=True)

    async def _list(self, typed: str) -> None:
        folder, name, names = await asyncio.to_thread(_found, typed)
        if self.query_one(PathInput).value != typed:
            return
        self._paths = [folder + one for one in best_matches(names, name, MOST_LISTED)]
        rows = [Row(str(number), clean_line(scrub_surrogates(path))) for number, path in enumerate(self._paths)]
        pick_list = self.query_one(PickList)
        pick_list.set_rows(rows or [Row("", "no file of that name here", is_dim=True)])
        if typed:
            pick_list.action_edge(-1)

    @on(FilterInput.HandedOn)
    def _act_on_list(self, event: FilterInput.HandedOn) -> None:
        event.stop()
        pick_list = self.query_one(PickList)
        typed = event.field.value.strip()
        if event.action == "pick" and pick_list.current is None and typed:
            self.dismiss(typed)  # the caller says what is wrong with it
        else:
            pick_list.obey(event.action, event.step)

    @on(PickList.Picked)
    def _choose(self, event: PickList.Picked) -> None:
        event.stop()
        path = self._paths[int(event.row.id)]
        if not path.endswith("/"):
            self.dismiss(path)
            return
        field = self.query_one(PathInput)
        field.value = path
        field.cursor_position = len(path)


def _found(typed: str) -> tuple[str, str, list[str]]:
    """The folder that was typed already, the beginning of a name, and the names it may be of."""
    if not is_path(typed):
        return "", typed, files_below(Path.cwd(), with_hidden=typed.startswith("."))
    folder, name = split_path(typed if typed not in ("~", ".", "..") else f"{typed}/")
    return folder, name, entries_of(from_home(folder), with_hidden=name.startswith("."))
