"""Which session a command talks in, and the column of it that it speaks for.

What opening changes is folded into the session at once and recorded only by `Opened.record`, after the request was
found to be sound: a mistake on the command line leaves no trace on disk.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tui import __version__
from tui.chat.conversation import Conversation, ForgetfulRecorder, Recorder
from tui.cli.asking import read_parameters
from tui.cli.output import complain
from tui.domain import acts
from tui.domain.record import Attachment, ColumnChanged, ColumnKind, SessionEvent, now
from tui.domain.session import Column, Session
from tui.errors import SessionError

if TYPE_CHECKING:
    from tui.chat.attaching import Attachable
    from tui.chat.connections import Connections
    from tui.config import Config
    from tui.store.attachments import AttachmentStore, PassingAttachments
    from tui.store.journal import AsyncJournal
    from tui.store.presets import Preset
    from tui.store.scrub import Redacts
    from tui.store.sessions import SessionStore

APP = f"parley {__version__}"


@dataclass(slots=True)
class Opened:
    """An open conversation and the column that the command speaks for."""

    conversation: Conversation
    column: Column
    journal: AsyncJournal | None = None
    """None when nothing is stored."""
    unrecorded: list[SessionEvent] = field(default_factory=list)
    attachments: PassingAttachments | None = None
    """Files that were attached and are not on disk before `record`."""

    @property
    def session_id(self) -> str | None:
        """The id under which the session can be found again, or None."""
        return None if self.journal is None else self.conversation.session.id

    def apply(self, events: Sequence[SessionEvent]) -> None:
        """Fold events in, to be recorded later."""
        for event in events:
            self.conversation.session.apply(event)
        self.unrecorded.extend(events)

    def let_models_see(self, connections: Connections, *, is_picture_asked_about: bool) -> None:
        """Have attachments read for the model; what it is known not to take is named instead.

        When the prompt is about a picture itself, nothing is put in its place: the request is refused with the reason.
        """
        from tui.chat.attached import AttachedFiles
        from tui.paths import sessions_dir
        from tui.store.attachments import PassingAttachments

        self.attachments = PassingAttachments(sessions_dir())
        files = AttachedFiles(self.attachments)
        if not is_picture_asked_about:
            files = AttachedFiles(self.attachments, connections.takes_images)
        self.conversation.attached = files

    def attach(self, files: Sequence[Attachable]) -> tuple[Attachment, ...]:
        """The files as parts of the session."""
        return () if self.attachments is None else attach_all(self.attachments, files)

    async def record(self) -> None:
        """Record what was folded in; on disk when this returns."""
        if self.attachments is not None and self.journal is not None:
            try:
                self.attachments.keep_on_disk()
            except SessionError as error:
                complain(str(error))  # the prompt itself is worth more than the copy of a file
        events, self.unrecorded = self.unrecorded, []
        await self.conversation.recorder.append(events, durable=True)

    async def close(self) -> None:
        """Let go of the session file."""
        if self.journal is not None:
            await self.journal.close()


def attach_all(shelf: AttachmentStore, files: Sequence[Attachable]) -> tuple[Attachment, ...]:
    """Put files on a shelf, and the text that was read out of them."""
    found = []
    for file in files:
        attachment = shelf.add(file.name, file.media_type, file.content)
        if file.kind == "pdf":
            shelf.keep_text(attachment, file.text)
        found.append(attachment)
    return tuple(found)


def open_conversation(
    args: argparse.Namespace,
    config: Config,
    *,
    kind: ColumnKind,
    is_stored: bool,
    redactor: Redacts,
    preset: Preset | None = None,
) -> Opened:
    """The session that `--session`, `--continue` or neither asks for, with the column set as the options say.

    Raises:
        SessionError: no such session.
        ConfigError: a parameter that cannot be used.
    """
    is_new = args.session is None and not args.go_on
    store = _store(redactor)
    opened = _new(store if is_stored else None) if is_new else _existing(store, args.session, is_stored=is_stored)
    _settle_column(opened, args, config, preset, kind)
    return opened


def _store(redactor: Redacts) -> SessionStore:
    from tui.paths import sessions_dir
    from tui.store.sessions import SessionStore

    return SessionStore(sessions_dir(), redactor=redactor)


def _new(store: SessionStore | None) -> Opened:
    session = Session()
    journal: AsyncJournal | None = None
    recorder: Recorder = ForgetfulRecorder()
    started = acts.start(app=APP)
    if store is not None:
        recorder = journal = store.create(started.id)
    opened = Opened(Conversation(session, recorder), Column("", ""), journal)
    opened.apply([started])
    return opened


def _existing(store: SessionStore, prefix: str | None, *, is_stored: bool) -> Opened:
    found = store.open(store.latest() if prefix is None else prefix)
    for problem in found.problems:
        if problem != found.journal.read_only_words:  # that one is the end of the command, and said there
            complain(problem)
    if not is_stored:
        return Opened(Conversation(found.session, ForgetfulRecorder()), Column("", ""))
    return Opened(Conversation(found.session, found.journal), Column("", ""), found.journal)


def _settle_column(
    opened: Opened, args: argparse.Namespace, config: Config, preset: Preset | None, kind: ColumnKind
) -> None:
    """Find or add the column, and give it the settings that the options ask for."""
    session = opened.conversation.session
    columns = [column for column in session.columns.values() if column.kind == kind]
    # Whoever names the model of one of several columns means that column.
    named = [column for column in columns if args.model and column.model == args.model[-1]] or columns
    column = next((column for column in named if column.is_on), named[0] if named else None)
    model = args.model[-1] if args.model else (preset.model if preset else None)
    system = args.system if args.system is not None else (preset.system if preset else None)
    values: dict[str, Any] = dict(column.parameters) if column is not None else {}
    values.update(preset.parameters if preset else {})
    parameters = read_parameters(config, args.parameter, below=values)
    if getattr(args, "suffix", None) is not None:
        parameters["suffix"] = args.suffix
    if column is None:
        added = acts.add_column(
            model or config.model, system=config.system if system is None else system, parameters=parameters, kind=kind
        )
        opened.apply([added])
        opened.column = session.columns[added.column]
        return
    opened.column = column
    changed = ColumnChanged(
        column.id,
        now(),
        model=model if model != column.model else None,
        system=system if system != column.system else None,
        parameters=parameters if parameters != dict(column.parameters) else None,
    )
    if (changed.model, changed.system, changed.parameters) != (None, None, None):
        opened.apply([changed])
