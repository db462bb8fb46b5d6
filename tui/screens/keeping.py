"""What is done to saved sessions, open or not: finding, naming, pinning, tagging, the trash, export and import.

The open session is changed through its conversation, any other one by a line appended to its file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tui.domain.record import SessionMarked, now
from tui.errors import ParleyError, SessionError
from tui.paths import from_home
from tui.screens.edit_text import TextDialog
from tui.screens.session_finder import Place, SessionFinder, Trashed
from tui.screens.sessions import Sessions
from tui.screens.undoing import Undo, Undoing
from tui.widgets.asking import price_of
from tui.widgets.session_list import SessionAct, SessionList
from tui.widgets.working import start_work

if TYPE_CHECKING:
    from tui.store.exports import ExportFormat
    from tui.store.index import Summary
    from tui.store.sessions import ReadSession
    from tui.text.redact import Redactor

MOST_TRASH_READ = 200
"""Titles of this many sessions in the trash are read; older ones show their ids."""
After = Callable[[], Awaitable[None]]


class Keeping(Sessions, Undoing):
    """The acts on saved sessions."""

    # -- finding ---------------------------------------------------------------------------------------------------

    def act_find_sessions(self) -> None:
        """Show all sessions, to search them."""
        self.find_sessions("")

    def find_sessions(self, query: str) -> None:
        """Show the sessions in which something was said."""
        if isinstance(self.app.screen, SessionFinder):
            return

        def chosen(place: Place | None) -> None:
            self.list_sessions()
            if place is not None:
                start_work(self.screen, partial(self.go_to_place, place), group="opening")

        self.app.push_screen(SessionFinder(self.index, self, self.session.id, query=query), chosen)

    async def go_to_place(self, place: Place) -> None:
        """Open a session, and show the message that was found in it."""
        if await self.open_session(place.session_id) and place.message_id:
            self.screen.close_overlay()
            await self.show_message(place.message_id, place.query)

    def session_act_requested(self, event: SessionList.ActRequested) -> None:
        """Something is to be done to a session in the left pane's list."""
        if event.act == "find":
            self.act_find_sessions()
        else:
            self.act_on_session(event.act, event.session_id)

    def act_on_session(self, act: SessionAct, session_id: str, finder: SessionFinder | None = None) -> None:
        """Do an act of a session list."""

        async def after() -> None:
            if finder is not None and finder.is_attached:
                await finder.show_again()
            self.list_sessions()

        async def do() -> None:
            if act == "undo":
                await self.act_undo_delete()
                await after()
                return
            summary = await self._summary_of(session_id)
            match act:
                case "pin":
                    await self._mark(session_id, SessionMarked(now(), is_pinned=not summary.is_pinned), after)
                case "rename":
                    self._rename(session_id, summary.title, after)
                case "tag":
                    self._tag(session_id, summary.tags, after)
                case "trash":
                    await self._trash(session_id, summary.title, after)
                case "export":
                    self._export(session_id, summary.title)
                case "find":
                    self.act_find_sessions()

        start_work(self.screen, do, group="keeping")

    async def _summary_of(self, session_id: str) -> Summary:
        found = await self.index.summary(session_id)
        if found is None:
            from tui.store.index import Summary

            return Summary(session_id, "", (), "", "", 0, 0, None, False, ())
        return found

    # -- marking ---------------------------------------------------------------------------------------------------

    async def _mark(self, session_id: str, mark: SessionMarked, after: After) -> None:
        """Set title, pin or tags; the index knows it when `after` is called."""
        from tui.store.marking import mark_session

        try:
            if session_id == self.session.id:
                if self.desk.read_only_words:
                    raise SessionError(self.desk.read_only_words)
                await self.commit([mark], durable=True)
                self.show_title()
            else:
                await asyncio.to_thread(mark_session, self.desks.library, session_id, mark)
        except ParleyError as error:
            self.say(str(error), is_problem=True)
            return
        await self.index.update(session_id)
        await after()

    def _rename(self, session_id: str, title: str, after: After) -> None:
        async def named(text: str | None) -> None:
            if text is not None:
                await self._mark(session_id, SessionMarked(now(), title=" ".join(text.split())), after)

        self.app.push_screen(TextDialog("Title of the session", title, is_line=True), named)

    def _tag(self, session_id: str, tags: tuple[str, ...], after: After) -> None:
        from tui.store.marking import parse_tags

        async def tagged(text: str | None) -> None:
            if text is not None:
                await self._mark(session_id, SessionMarked(now(), tags=parse_tags(text)), after)

        dialog = TextDialog("Tags of the session", " ".join(tags), hint="Words divided by spaces.", is_line=True)
        self.app.push_screen(dialog, tagged)

    async def set_title(self, title: str) -> None:
        """Give the open session a title."""
        await self._mark(self.session.id, SessionMarked(now(), title=" ".join(title.split())), self._listed_again)

    async def _listed_again(self) -> None:
        self.list_sessions()

    def act_rename_session(self) -> None:
        """Give the open session a title."""
        self._rename(self.session.id, self.session.shown_title, self._listed_again)

    def act_tag_session(self) -> None:
        """Set the open session's tags."""
        self._tag(self.session.id, self.session.tags, self._listed_again)

    async def act_pin_session(self) -> None:
        """Pin the open session, or not."""
        is_pinned = not self.session.is_pinned
        await self._mark(self.session.id, SessionMarked(now(), is_pinned=is_pinned), self._listed_again)
        self.say("The session is pinned." if is_pinned else "The session is not pinned any more.")

    async def act_suggest_title(self) -> None:
        """Ask the current column's model for a title; the user decides on it."""
        from tui.chat.titles import title_prompt
        from tui.domain.request import ChatRequest, ModelRef, PromptMessage

        if self.session.is_empty:
            self.say("There is nothing yet that a title could be about.", is_problem=True)
            return
        if self.refuses_while_blind():
            return
        column = self.current_column
        prompt = PromptMessage("user", title_prompt(self.session.path(column.head)))
        request = ChatRequest(ModelRef.parse(column.model), (prompt,))

        async def ask() -> None:
            start_work(self.screen, self._suggest_title, group="title", exclusive=True)

        await self.guard_requests([(request, price_of(self.desk, column))], ask)

    async def _suggest_title(self) -> None:
        from tui.chat.titles import suggest_title
        from tui.domain.request import ModelRef

        column, session, paid = self.current_column, self.session, self.paid_aside()
        self.say(f"Asking {column.model} for a title …")
        try:
            reference = ModelRef.parse(column.model)
            await asyncio.to_thread(self.desk.connections.endpoint, reference.endpoint)
            provider = await asyncio.to_thread(self.desk.connections.provider, reference)
            price = price_of(self.desk, column)
            title = await suggest_title(provider, reference, session.path(column.head), price=price, tell=paid)
        except ParleyError as error:
            self.say(str(error), is_problem=True)
            return
        if session is self.session:
            self._rename(session.id, title, self._listed_again)

    # -- the trash -------------------------------------------------------------------------------------------------

    async def _trash(self, session_id: str, title: str, after: After) -> None:
        if session_id == self.session.id:
            if self.refuses_while_blind():
                return
            await self.change_desk(self.desks.like(self.session.columns.values()))
        try:
            await asyncio.to_thread(self.desks.library.delete, session_id)
        except ParleyError as error:
            self.say(str(error), is_problem=True)
            return

        async def bring_back() -> bool:
            return await self.restore(session_id)

        await self.index.refresh()
        name = f"“{title}”" if title else "The session"
        self.keep_undo(f"{name} is in the trash", Undo(f"{name} is back.", "", bring_back))
        await after()

    def act_delete_session(self) -> None:
        """Move the open session to the trash."""
        if self.session.is_empty or self.desk.journal is None:
            self.say("This session is not on disk.", is_problem=True)
        else:
            self.act_on_session("trash", self.session.id)

    async def trashed(self) -> list[Trashed]:
        """What is in the trash, newest first."""
        return await asyncio.to_thread(self._read_trash)

    def _read_trash(self) -> list[Trashed]:
        library = self.desks.library
        found = []
        for place, entry in enumerate(library.trashed()):
            title = ""
            if place < MOST_TRASH_READ:
                try:
                    title = library.read_trashed(entry.id).session.shown_title
                except SessionError:
                    title = ""  # damaged: shown by its id
            found.append(Trashed(entry.id, title, entry.size_bytes))
        return found

    async def restore(self, session_id: str) -> bool:
        """Bring a session back; returns whether it is back."""
        try:
            await asyncio.to_thread(self.desks.library.restore, session_id)
        except ParleyError as error:
            self.say(str(error), is_problem=True)
            return False
        await self.index.refresh()
        self.list_sessions()
        return True

    def empty_trash(self, finder: SessionFinder) -> None:
        """Ask, and remove what is in the trash for good."""
        from tui.screens.confirm import ConfirmDialog

        count = len(self.desks.library.trashed())
        if not count:
            self.say("The trash is empty.")
            return

        async def answered(is_sure: bool | None) -> None:
            if not is_sure:
                return
            try:
                removed = await asyncio.to_thread(self.desks.library.empty_trash)
            except ParleyError as error:
                self.say(str(error), is_problem=True)
                return
            self.forget_undos("")
            self.say(f"{_sessions(removed)} removed for good.")
            if finder.is_attached:
                await finder.show_again()

        question = f"Remove {_sessions(count)} for good, with the attachments that nothing else names?"
        self.app.push_screen(ConfirmDialog("Empty the trash", question, yes="Remove", no="Keep"), answered)

    # -- out and in ------------------------------------------------------------------------------------------------

    def act_export_session(self) -> None:
        """Write the open session as a document."""
        if self.session.is_empty:
            self.say("There is nothing yet to export.", is_problem=True)
        else:
            self._export(self.session.id, self.session.shown_title)

    def _export(self, session_id: str, title: str) -> None:
        from tui.screens.export_session import ExportDialog, file_name
        from tui.store.scrub import Scrubber

        is_kept = session_id != self.session.id or self.desk.journal is not None
        forms: tuple[ExportFormat, ...] = ("md", "html", "json", "csv") if is_kept else ("md", "html", "csv")

        async def write(form: ExportFormat, path: Path) -> str:
            if session_id == self.session.id and self.desk.journal is not None:
                await self.keep_settings()
                await self.desk.journal.flush()
            return await asyncio.to_thread(self._write_export, session_id, form, path)

        def written(words: str | None) -> None:
            if words is not None:
                self.say(words)

        mask = Scrubber(self._known_keys()).text
        shown = self.session.titled(mask) if session_id == self.session.id else mask(title)
        self.app.push_screen(ExportDialog(file_name(shown, session_id), forms, write), written)

    async def export_to(self, path: Path) -> None:
        """Write the open session to a file; its suffix says in which form.

        Raises:
            ParleyError: the suffix is none of them, or the file cannot be written.
        """
        path = await asyncio.to_thread(from_home, path)
        forms: dict[str, ExportFormat] = {".md": "md", ".html": "html", ".json": "json", ".csv": "csv"}
        form = forms.get(path.suffix.lower())
        if self.session.is_empty or form is None or (form == "json" and self.desk.journal is None):
            raise SessionError(
                "There is nothing yet to export."
                if self.session.is_empty
                else f"The file's name must end in {', '.join(forms)}; JSON is for sessions that are stored."
            )
        await self.keep_settings()
        if self.desk.journal is not None:
            await self.desk.journal.flush()
        self.say(await asyncio.to_thread(self._write_export, self.session.id, form, path))

    def _known_keys(self) -> Redactor:
        from tui.chat.known_keys import known_keys, references_in

        return known_keys(references_in(self.desks.config))

    def _write_export(self, session_id: str, form: ExportFormat, path: Path) -> str:
        from tui.store.attachments import AttachmentStore
        from tui.store.exports import ExportOptions, export_session, write_document

        library = self.desks.library
        options = ExportOptions(self._known_keys(), AttachmentStore(library.folder))
        export = export_session(self._read(session_id), form, options)
        write_document(path, export.text)
        masked = f" {export.masked} secret{'' if export.masked == 1 else 's'} masked." if export.masked else ""
        return f"Exported to {path}.{masked}"

    def _read(self, session_id: str) -> ReadSession:
        from tui.store.reading import Contents
        from tui.store.sessions import ReadSession

        if session_id == self.session.id and self.desk.journal is None:
            return ReadSession(self.session, Contents(), Path(session_id))
        return self.desks.library.read(session_id)

    def act_import_sessions(self) -> None:
        """Bring sessions in from a file."""
        from tui.screens.import_sessions import ImportDialog

        async def closed(has_changed: bool | None) -> None:
            if has_changed:
                await self.index.refresh()
                self.list_sessions()

        self.app.push_screen(ImportDialog(self.desks.library, self.desk.connections), closed)


def _sessions(count: int) -> str:
    return f"{count:,} session{'' if count == 1 else 's'}"
