"""A dialog to bring sessions in: Parley's own exports and the histories of other programs, with progress and a report.

Histories of programs that live on this machine are offered; a path is completed as one types. Stopping keeps what
came so far, and importing again goes on without doubles.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static
from textual.worker import Worker

from tui.errors import ParleyError
from tui.paths import from_home, is_dir, is_file
from tui.screens.dialog import Dialog
from tui.text.clean import clean, clean_line
from tui.text.sizes import size_words
from tui.widgets.filter_input import FilterInput, PathInput
from tui.widgets.pick_list import PickList, Row

if TYPE_CHECKING:
    from tui.store.imports import ImportReport
    from tui.store.scrub import Redacts
    from tui.store.sessions import SessionStore

SUFFIXES = frozenset({".json", ".jsonl", ".zip", ".db", ".sqlite", ".md"})
MOST_LISTED = 200
REPORT_EVERY_S = 0.1
KNOWN_HISTORIES = (
    ("llm", ".config/io.datasette.llm/logs.db"),
    ("llm", "Library/Application Support/io.datasette.llm/logs.db"),
    ("oterm", ".local/share/oterm/store.db"),
    ("oterm", "Library/Application Support/oterm/store.db"),
    ("Elia", ".local/share/elia/elia.sqlite"),
)
"""Where programs keep their chats, under the home folder. Source: their documentation."""


class ImportDialog(Dialog[bool | None]):
    """True when sessions came in."""

    DEFAULT_CSS = """
    ImportDialog {
        & > .dialog-box { width: 84; height: 70%; max-height: 24; padding: 1 0; }
        & VerticalScroll { height: 1fr; display: none; }
        &.-done VerticalScroll { display: block; }
        &.-done PickList { display: none; }
        & #import-words { padding: 0 2; height: auto; }
    }
    """

    def __init__(self, store: SessionStore, redactor: Redacts) -> None:
        super().__init__()
        self._store = store
        self._redactor = redactor
        self._worker: Worker[None] | None = None
        self._is_stopped = Event()
        self._said_at = 0.0
        self._has_changed = False

    def compose(self) -> ComposeResult:
        """File, what could be meant, what came of it."""
        with self.frame(Vertical(), "Import sessions", "enter imports · tab completes · esc closes"):
            yield PathInput("a file: Parley, ChatGPT, Open WebUI, llm, oterm, Elia")
            yield PickList()
            yield Static(id="import-words", markup=False)
            with VerticalScroll():
                yield Static(id="import-report", classes="dialog-words", markup=False)

    def on_mount(self) -> None:
        """Offer what is there."""
        self.query_one(PickList).is_driven = True
        self.query_one(PathInput).focus()
        self._list()

    @on(Input.Changed)
    def _written(self, event: Input.Changed) -> None:
        event.stop()
        self.remove_class("-done")
        if not self._is_importing:
            self._say("")  # what was said is about another file
        self._list()

    @work(exclusive=True, group="candidates")
    async def _list(self) -> None:
        rows = await asyncio.to_thread(candidate_rows, self.query_one(PathInput).value)
        for pick_list in self.query(PickList):  # none when the dialog was closed meanwhile
            pick_list.set_rows(rows)

    def key_tab(self) -> None:
        """Take over the path under the cursor."""
        row = self.query_one(PickList).current
        field = self.query_one(PathInput)
        if row is not None and row.id:
            field.value = row.id
            field.cursor_position = len(field.value)
        field.focus()

    @on(FilterInput.HandedOn)
    def _act_on_list(self, event: FilterInput.HandedOn) -> None:
        event.stop()
        typed = self.query_one(PathInput).value.strip()
        if event.action == "pick" and typed and is_file(from_home(typed)):
            self._take(from_home(typed))
        else:
            self.query_one(PickList).obey(event.action, event.step)

    @on(PickList.Picked)
    def _picked(self, event: PickList.Picked) -> None:
        event.stop()
        path = from_home(event.row.id)
        if is_dir(path):
            self.key_tab()
        else:
            self._take(path)

    @on(PickList.Highlighted)
    def _swallow(self, event: PickList.Highlighted) -> None:
        event.stop()

    def action_cancel(self) -> None:
        """Stop an import, which keeps what came; else close."""
        if self._is_importing:
            self._is_stopped.set()
            return
        self.dismiss(self._has_changed)

    @property
    def _is_importing(self) -> bool:
        return self._worker is not None and not self._worker.is_finished

    # -- importing -------------------------------------------------------------------------------------------------

    def _take(self, path: Path) -> None:
        if not self._is_importing:
            self._is_stopped.clear()
            self._say(f"Reading {path.name} …")
            self._worker = self._import(path)

    @work(group="import")
    async def _import(self, path: Path) -> None:
        try:
            report, was_stopped = await asyncio.to_thread(self._import_in_thread, path)
        except ParleyError as error:
            self._say(str(error))
            return
        self._has_changed |= bool(report.added or report.extended)
        self._say(report_words(path.name, report, was_stopped=was_stopped))
        self.query_one("#import-report", Static).update(Content(clean("\n".join(report.failed))))
        self.set_class(bool(report.failed), "-done")

    def _import_in_thread(self, path: Path) -> tuple[ImportReport, bool]:
        from tui.store.imports import ImportReport, import_file

        done = 0

        def follow(number: int, total: int) -> None:
            nonlocal done
            done = number
            if self._is_stopped.is_set():
                raise _Stopped
            if monotonic() - self._said_at >= REPORT_EVERY_S:
                self._said_at = monotonic()
                share = f" · {number / total:.0%}" if total else ""
                words = f"{number:,} of {total:,} chats{share}" if total else f"{number:,} chats"
                self.app.call_from_thread(self._say, f"{words} · esc stops and keeps what came")

        try:
            return import_file(path, self._store, on_progress=follow, redactor=self._redactor), False
        except _Stopped:
            return ImportReport(kind=f"stopped after {done:,} chats"), True

    def _say(self, words: str) -> None:
        self.query_one("#import-words", Static).update(Content(clean(words)))


class _Stopped(Exception):
    """The user wants no more of an import; internal."""


def report_words(name: str, report: ImportReport, *, was_stopped: bool = False) -> str:
    """What an import did, in one sentence."""
    if was_stopped:
        return f"{clean_line(name)}: {report.kind}; what came is kept, and importing again goes on."
    added = len(report.added)
    words = [f"{added:,} session{'' if added == 1 else 's'} added"]
    words += [f"{len(report.extended):,} extended"] if report.extended else []
    words += [f"{report.unchanged:,} there already"] if report.unchanged else []
    words += [f"{report.trashed:,} left in the trash"] if report.trashed else []
    problems = len(report.failed)
    words += [f"{problems:,} problem{'' if problems == 1 else 's'}:"] if problems else []
    sentence = f"{clean_line(name)} ({clean_line(report.kind)}): {', '.join(words)}"
    return sentence if problems else f"{sentence}."


def candidate_rows(typed: str) -> Sequence[Row]:
    """Files that could be meant by what was typed; without anything typed, the histories found on this machine."""
    if not typed.strip():
        found = [(name, from_home(Path("~", place))) for name, place in KNOWN_HISTORIES]
        rows = [Row(str(path), f"{name}: {path}", _size(path)) for name, path in found if path.is_file()]
        return rows or [Row("", "type the path of a file", is_dim=True)]
    path = from_home(typed.strip())
    folder, start = (path, "") if typed.endswith("/") or is_dir(path) else (path.parent, path.name.lower())
    try:
        there = sorted(folder.iterdir(), key=lambda one: one.name.lower())
    except OSError:
        return [Row("", f"there is no folder {folder}", is_dim=True)]
    rows = [
        Row(f"{one}/" if one.is_dir() else str(one), f"{one.name}/" if one.is_dir() else one.name, _size(one))
        for one in there
        if one.name.lower().startswith(start)
        and (start.startswith(".") or not one.name.startswith("."))
        and (one.is_dir() or one.suffix.lower() in SUFFIXES)
    ]
    return rows[:MOST_LISTED] or [Row("", "no such file", is_dim=True)]


def _size(path: Path) -> str:
    try:
        return "" if path.is_dir() else size_words(path.stat().st_size)
    except OSError:
        return ""
