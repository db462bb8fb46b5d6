"""The session's file while it is open: what another Parley appends is taken over, and trouble with the disk is said.

What others said appears as far as it continues what stands here; else it is a variant to be walked to. How another
instance arranges its columns is its own affair. Writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tui.domain.events import Finish
from tui.domain.record import (
    ColumnAdded,
    ColumnChanged,
    ColumnRemoved,
    HeadMoved,
    ReplyEnded,
    ReplyStarted,
    ReplyText,
    SessionEvent,
    SessionMarked,
    SessionStarted,
)
from tui.domain.session import Session
from tui.screens.bench import Bench
from tui.store.reading import CUT_SHORT_WORDS
from tui.transcript import Entry, MessageState, Transcript
from tui.widgets.column_view import ColumnView
from tui.widgets.desk import Desk
from tui.widgets.document_view import DocumentView
from tui.widgets.entries import entries_of
from tui.widgets.working import start_work

LOOK_EVERY_S = 1.0
ELSEWHERE_WORDS = "being written in another Parley"


class Company(Bench):
    """Looks after the open file."""

    _growing_elsewhere: frozenset[str] = frozenset()
    """Replies that another instance is still writing."""
    _was_company_said: str = ""
    """The session for which the user was told of company."""
    _looked_after: str = ""
    """The session that was looked at last."""

    def look_after_file(self) -> None:
        """Begin to look, regularly and whenever the terminal gets the focus."""
        self.screen.set_interval(LOOK_EVERY_S, self._look)
        self.screen.watch(self.app, "app_focus", self._look, init=False)

    def _look(self) -> None:
        self.show_trouble()
        if self.desk.journal is not None and self.app.app_focus and self.desk.read_only_words is None:
            if self._looked_after != self.session.id:
                self._looked_after = self.session.id
                if self.desk.journal.has_company:  # it was said when the session was opened
                    self._was_company_said = self.session.id
            start_work(self.screen, self.catch_up, group="company")

    async def catch_up(self) -> None:
        """Take over what others appended to the session's file since the last time."""
        desk = self.desk
        if desk.journal is None:
            return
        events = await desk.journal.poll()
        orphans = self._growing_elsewhere if not events and await self._is_left_alone(desk) else frozenset()
        if desk is not self.desk or not (events or orphans):
            return
        if events:
            self._welcome(desk)
            await self.keep_documents()  # what is being written here stays here, whatever was written there
        self._note_growth(events)
        self._end_orphans(orphans)
        moved = take_over(desk.session, events, busy={view.column_id for view in self.views if view.is_replying})
        if moved:
            self.show_columns()
        for view in self.views:
            if isinstance(view, DocumentView) and not view.is_replying:
                view.show(self.desk)
            elif not view.is_replying:
                self._show_what_is_new(view)
        self.show_title()

    def _welcome(self, desk: Desk) -> None:
        if self._was_company_said != desk.session.id:
            self._was_company_said = desk.session.id
            self.say("This session is open in another Parley too; what is said there appears here.")

    async def _is_left_alone(self, desk: Desk) -> bool:
        """Whether replies were growing elsewhere, and nobody is there any more to write on."""
        journal = desk.journal
        return bool(self._growing_elsewhere) and journal is not None and await journal.is_alone()

    def _end_orphans(self, ids: Iterable[str]) -> None:
        """Mark replies whose writer died as cut short, as the next opening of the file would; in memory only."""
        for name in ids:
            message = self.session.messages.get(name)
            if message is not None and message.finish is None:
                message.finish, message.finish_words = Finish.CUT_SHORT, CUT_SHORT_WORDS
        self._growing_elsewhere -= frozenset(ids)

    def _note_growth(self, events: Iterable[SessionEvent]) -> None:
        began = {event.id for event in events if isinstance(event, (ReplyStarted, ReplyText))}
        ended = {event.id for event in events if isinstance(event, ReplyEnded)}
        self._growing_elsewhere = (self._growing_elsewhere | began) - ended

    def _show_what_is_new(self, view: ColumnView) -> None:
        """Bring a column's transcript in line with its path, without moving the reader."""
        entries = entries_of(self.session, self.session.columns[view.column_id])
        for entry in entries:
            if entry.id in self._growing_elsewhere:
                entry.state, entry.notice = MessageState.STREAMING, ELSEWHERE_WORDS
        shown = [one.entry for one in view.transcript.conversation.views]
        if [one.id for one in shown] != [one.id for one in entries[: len(shown)]]:
            view.show(self.desk)
            return
        for before, after in zip(shown, entries, strict=False):
            _bring_up_to(view.transcript, before, after)
        for entry in entries[len(shown) :]:
            view.transcript.append_entry(entry)
        view.show_settings(self.desk)
        if entries and entries[-1].id in self._growing_elsewhere:
            view.head.state, view.head.state_words = "writing", "in another Parley"


def _bring_up_to(transcript: Transcript, before: Entry, after: Entry) -> None:
    names = ("text", "reasoning", "state", "notice", "detail", "variant", "starred", "note")
    changed = {name: getattr(after, name) for name in names if getattr(before, name) != getattr(after, name)}
    if changed:
        transcript.update_entry(after.id, **changed)


def take_over(session: Session, events: Iterable[SessionEvent], *, busy: set[str]) -> list[str]:
    """Fold in what another instance said; returns the columns that went on.

    A column goes on when the other one's head lies below its own and no reply is under way in it.
    """
    heads: dict[str, str] = {}
    for event in events:
        match event:
            case HeadMoved(column=column, head=head):
                if head is not None:
                    heads[column] = head
            case ColumnAdded() | ColumnChanged() | ColumnRemoved() | SessionStarted():
                pass
            case SessionMarked():
                session.apply(replace(event, layout=None))
            case _:
                session.apply(event)
    moved = []
    for column_id, head in heads.items():
        ours = session.columns.get(column_id)
        if ours is None or column_id in busy or head == ours.head:
            continue
        if ours.head is None or any(message.id == ours.head for message in session.path(head)):
            ours.head = head
            moved.append(column_id)
    return moved
