"""The folder of session files: finding, opening, setting aside, deleting to the trash and bringing back.

A session file is called by its id. Ids come from outside (command line, other files), so only names that are plainly
ids reach the file system. Nothing here needs to look at all files to open one. This module refuses to overwrite or
remove what it cannot read.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tui.domain.record import SessionStarted, now
from tui.domain.session import Session
from tui.errors import ConfigError, SessionError
from tui.paths import ensure_private_dir, sweep_temp_files, sync_dir
from tui.store.attachments import AttachmentStore, named_hashes
from tui.store.codec import UNKNOWN_VERSION, VERSION, encode_event
from tui.store.journal import AsyncJournal, Journal
from tui.store.lines import LineFile, folder_lock
from tui.store.reading import Contents, HeaderDamaged, read_contents, to_session
from tui.store.scrub import Redacts
from tui.text.clean import clean_line

SUFFIX = ".jsonl"
TRASH = "trash"
_SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")
_RESERVED = re.compile(r"(?i:con|prn|aux|nul|com\d|lpt\d)")
_SHOWN_CANDIDATES = 5


@dataclass(slots=True)
class OpenSession:
    """A session that can be talked in, unless its journal is read-only."""

    session: Session
    journal: AsyncJournal
    problems: tuple[str, ...] = ()
    """Sentences about lines that were skipped, a file that was set aside, a later format."""


@dataclass(slots=True)
class ReadSession:
    """A session to be looked at."""

    session: Session
    contents: Contents
    path: Path
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A session file as the folder knows it."""

    id: str
    size_bytes: int
    changed_ns: int


def is_safe_id(text: str) -> bool:
    """Whether `text` can be part of a path without leading anywhere else."""
    return bool(_SAFE_ID.fullmatch(text)) and not _RESERVED.fullmatch(text)


class SessionStore:
    """The sessions in one folder."""

    def __init__(self, folder: Path, *, redactor: Redacts | None = None) -> None:
        """The store in `folder`, which need not exist; `redactor` knows the keys that must not be written."""
        self.folder = folder
        self._redactor = redactor

    # -- opening ---------------------------------------------------------------------------------------------------

    def create(self, session_id: str, *, is_synced: bool = True) -> AsyncJournal:
        """The journal of a new session; its file appears with the first thing said.

        Unless `is_synced`, a write does not wait for the disk: who wants that sees to it with `lines.sync_file`.
        """
        journal = Journal(self.path(session_id), session_id, redactor=self._redactor, is_synced=is_synced)
        return AsyncJournal(journal, is_inline=not is_synced)

    def open(self, prefix: str) -> OpenSession:
        """Open a session to go on in it.

        Raises:
            SessionError: there is none, several begin so, or the file cannot be read (it was set aside then).
        """
        found_id = self.find(prefix)
        path = self.path(found_id)
        notices: list[str] = []
        try:
            contents = read_contents(path)
        except HeaderDamaged as error:
            contents, words = self._rescue(path, error.contents)
            notices.append(words)
        journal = self._journal(path, found_id, contents)
        session = to_session(contents, is_growing_elsewhere=journal.has_company)
        session.id = found_id
        notices += [f"{path.name}: {problem}" for problem in contents.problems]
        if journal.read_only_words:
            notices.append(journal.read_only_words)
        if journal.has_company:
            notices.append("This session is open in another Parley too; both may write to it.")
        return OpenSession(session, AsyncJournal(journal), tuple(notices))

    def read(self, prefix: str) -> ReadSession:
        """Read a session without opening it for writing; nothing on disk changes.

        Raises:
            SessionError: there is none, several begin so, or the file cannot be read.
        """
        found_id = self.find(prefix)
        path = self.path(found_id)
        notices: tuple[str, ...] = ()
        try:
            contents = read_contents(path)
        except HeaderDamaged as error:
            contents = error.contents
            if not contents.events:
                raise SessionError(f"{path} is not a session file, or is damaged beyond reading.") from error
            notices = (str(error),)
        if contents.is_newer:
            notices = (f"{path.name} was written by a newer Parley; there may be more in it than this one knows.",)
        session = to_session(contents)
        session.id = found_id
        return ReadSession(session, contents, path, (*notices, *map(str, contents.problems)))

    def _journal(self, path: Path, session_id: str, contents: Contents) -> Journal:
        if contents.is_newer:
            theirs = f"format {contents.version}" if contents.version < UNKNOWN_VERSION else "format unknown"
            words = (
                f"{path.name} was written by a newer Parley ({theirs}, this one knows {VERSION}); "
                "it is open for reading only. Fork it to go on."
            )
        elif path.is_symlink():
            words = f"{path.name} is a symbolic link; it is open for reading only. Fork it to go on."
        else:
            return Journal(
                path, session_id, known_bytes=contents.size_bytes, sent=contents.sent, redactor=self._redactor
            )
        journal = Journal(self.folder / f"{session_id}.read-only", session_id)
        journal.read_only_words = words
        return journal

    def _rescue(self, path: Path, contents: Contents) -> tuple[Contents, str]:
        """Set a file without a header aside, and put what can be read of it into a new one."""
        aside = self.set_aside(path)
        if not contents.events:
            raise SessionError(
                f"{path.name} is not a session file, or is damaged beyond reading; it is now {aside.name}."
            )
        started = SessionStarted(path.stem, getattr(contents.events[0], "at", "") or now())
        contents.events.insert(0, started)
        raw = b"".join(map(encode_event, contents.events))
        file = LineFile(path)
        try:
            file.append(raw)
        except OSError as error:
            raise SessionError(f"{aside.name} could not be mended: {error.strerror}.") from error
        finally:
            file.close()
        contents.size_bytes = len(raw)
        return contents, f"{path.name} had lost its header and was mended; the file as it was is now {aside.name}."

    def set_aside(self, path: Path) -> Path:
        """Rename a damaged file so that nothing writes to it; it keeps its content.

        Raises:
            SessionError: it cannot be renamed.
        """
        try:
            with folder_lock(path.parent):
                number = 1
                while os.path.lexists(aside := path.with_name(f"{path.name}.damaged-{number}")):
                    number += 1
                path.rename(aside)
                sync_dir(path.parent)
        except OSError as error:
            raise SessionError(f"{path} is damaged and cannot be set aside: {error.strerror}.") from error
        return aside

    # -- finding ---------------------------------------------------------------------------------------------------

    def path(self, session_id: str) -> Path:
        """Where the session's file is, or would be.

        Raises:
            SessionError: `session_id` cannot be an id.
        """
        if not is_safe_id(session_id):
            raise SessionError(f"“{clean_line(session_id, 60)}” is not a session id.")
        return self.folder / f"{session_id}{SUFFIX}"

    def entries(self) -> Iterator[FileEntry]:
        """All session files, in no order; files that are not called by an id are left out."""
        try:
            scanned = os.scandir(self.folder)
        except OSError:
            return
        with scanned:
            for entry in scanned:
                stem = entry.name[: -len(SUFFIX)]
                if not entry.name.endswith(SUFFIX) or not is_safe_id(stem):
                    continue
                try:
                    if entry.is_file():
                        stat = entry.stat()
                        yield FileEntry(stem, stat.st_size, stat.st_mtime_ns)
                except OSError:
                    continue  # deleted meanwhile

    def find(self, prefix: str) -> str:
        """The id that begins with `prefix`.

        Raises:
            SessionError: none does, or several do.
        """
        if self.path(prefix).is_file():
            return prefix
        return self._unique(prefix, [entry.id for entry in self.entries()], "session")

    def _unique(self, prefix: str, ids: list[str], noun: str) -> str:
        found = sorted(name for name in ids if name.startswith(prefix)) or sorted(
            name for name in ids if name.lower().startswith(prefix.lower())
        )
        if len(found) == 1:
            return found[0]
        if found:
            shown = ", ".join(found[:_SHOWN_CANDIDATES])
            more = f" and {len(found) - _SHOWN_CANDIDATES} more" if len(found) > _SHOWN_CANDIDATES else ""
            raise SessionError(f"Several {noun}s begin with “{prefix}”: {shown}{more}.")
        near = difflib.get_close_matches(prefix, [name[: len(prefix) + 1] for name in ids], 1, 0.7)
        nearest = next((name for name in ids if near and name.startswith(near[0])), None)
        hint = f"; the nearest is {nearest}" if nearest else "; “parley sessions list” shows them"
        raise SessionError(f"There is no {noun} “{prefix}”{hint}.")

    def latest(self) -> str:
        """The id of the session that changed last.

        Raises:
            SessionError: there is none.
        """
        newest = max(self.entries(), key=lambda entry: entry.changed_ns, default=None)
        if newest is None:
            raise SessionError("There is no session yet.")
        return newest.id

    # -- deleting --------------------------------------------------------------------------------------------------

    def delete(self, prefix: str) -> str:
        """Move a session to the trash; returns its id, for `restore`.

        Raises:
            SessionError: there is none, or the folder may not be written.
        """
        found_id = self.find(prefix)
        self._move(self.path(found_id), self._trashed_path(found_id))
        return found_id

    def restore(self, prefix: str) -> str:
        """Bring a session back from the trash; returns its id.

        Raises:
            SessionError: it is not in the trash, or one with its id is there again.
        """
        found_id = self._unique(prefix, [entry.id for entry in self.trashed()], "session in the trash")
        if os.path.lexists(self.path(found_id)):
            raise SessionError(f"A session {found_id} is there already; the one in the trash stays in the trash.")
        self._move(self._trashed_path(found_id), self.path(found_id))
        return found_id

    def trashed(self) -> list[FileEntry]:
        """What is in the trash, newest first."""
        found = SessionStore(self.folder / TRASH).entries()
        return sorted(found, key=lambda entry: entry.changed_ns, reverse=True)

    def read_trashed(self, session_id: str) -> ReadSession:
        """A session in the trash, to be looked at.

        Raises:
            SessionError: it is not there, or cannot be read.
        """
        return SessionStore(self.folder / TRASH).read(session_id)

    def empty_trash(self) -> int:
        """Remove everything in the trash for good, with its drafts, and the attachments that only it named.

        What was paid in it today goes on counting.

        Returns:
            How many sessions that were.

        Raises:
            SessionError: the folder may not be written.
        """
        from tui.store.drafts import DraftStore  # which knows sessions by their ids
        from tui.store.spending import as_written, keep_spent, paid_in_file, start_of_day

        paths = list((self.folder / TRASH).glob(f"*{SUFFIX}*"))
        hashes: set[str] = set()
        since_at = as_written(start_of_day())
        drafts = DraftStore(self.folder.parent)
        try:
            keep_spent(self.folder, [paid for path in paths for paid in paid_in_file(path, since_at)])
            for path in paths:
                hashes |= named_hashes(path.read_bytes())
                path.unlink(missing_ok=True)
                drafts.forget([path.name.partition(".")[0]])
            if hashes:
                self._remove_unnamed(hashes - drafts.hashes())
        except OSError as error:
            raise SessionError(f"The trash cannot be emptied: {error.strerror}.") from error
        return len(paths)

    def _remove_unnamed(self, hashes: set[str]) -> None:
        """Remove the attachments among `hashes` that no file names, damaged ones included."""
        for path in self.folder.glob(f"*{SUFFIX}*"):
            hashes -= named_hashes(path.read_bytes())
            if not hashes:
                return
        AttachmentStore(self.folder).remove(hashes)

    def _trashed_path(self, session_id: str) -> Path:
        return self.folder / TRASH / f"{session_id}{SUFFIX}"

    def _move(self, source: Path, target: Path) -> None:
        try:
            ensure_private_dir(target.parent)
            with folder_lock(self.folder):
                if os.path.lexists(target):  # deleted, restored by hand, deleted again: both are kept
                    target.rename(target.with_name(f"{target.name}.{now().replace(':', '')}"))
                source.rename(target)
                sync_dir(target.parent)
                sync_dir(source.parent)
        except OSError as error:
            raise SessionError(f"{source.name} cannot be moved to {target.parent}: {error.strerror}.") from error

    def sweep(self) -> int:
        """Remove what killed processes left behind; returns how many files that were.

        Under the folder's lock every temporary file is a leftover, however young.
        """
        try:
            with folder_lock(self.folder):
                return sweep_temp_files(self.folder, older_than_s=0)
        except (OSError, ConfigError):
            return 0
