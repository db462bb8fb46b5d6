"""Attached files, kept beside the sessions by the hash of their content: the same file twice is stored once.

A session file names them by hash, name, media type and size. The text of a PDF stands beside it, as something that can
be made again. This module refuses to look into them, and to hand out
content that is not what its hash says.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from tui.domain.record import Attachment
from tui.errors import ParleyError, SessionError
from tui.paths import atomic_write
from tui.text.clean import clean_line
from tui.text.surrogates import scrub_surrogates

FOLDER = "attachments"
TEXT_SUFFIX = ".txt"
"""What was read out of an attachment stands beside it, under its hash and this."""
LIMIT_BYTES = 20 * 1024 * 1024
"""Larger files fit no model's request."""
LONGEST_NAME_BYTES = 200
_HASH = re.compile("[0-9a-f]{64}")
_NAMED = re.compile(rb'"sha256": ?"([0-9a-f]{64})"')


class AttachmentStore:
    """The attachments of the sessions in one folder."""

    def __init__(self, sessions_folder: Path) -> None:
        self.folder = sessions_folder / FOLDER

    def add(self, name: str, media_type: str, content: bytes) -> Attachment:
        """Keep `content`; on disk when this returns.

        Raises:
            SessionError: it is too large, or cannot be written.
        """
        attachment = _described(name, media_type, content)
        path = self.folder / attachment.sha256
        try:
            if not path.is_file() or path.stat().st_size != len(content):
                atomic_write(path, content)
            else:
                os.utime(path)  # somebody wants it still; see `discard`
        except OSError as error:
            raise SessionError(f"{attachment.name} cannot be kept: {error.strerror}.") from error
        return attachment

    def add_noting(self, name: str, media_type: str, content: bytes) -> tuple[Attachment, int]:
        """Keep `content`, and say when it was put there, for `discard`; 0 when it was there before.

        Raises:
            SessionError: it is too large, or cannot be written.
        """
        was_there = self.added_ns(_described(name, media_type, content)) > 0
        attachment = self.add(name, media_type, content)
        return attachment, 0 if was_there else self.added_ns(attachment)

    def read(self, attachment: Attachment) -> bytes:
        """The content of an attachment.

        Raises:
            SessionError: it is not there, or not what it was.
        """
        path = self.path(attachment)
        shown = clean_line(attachment.name, 80)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise SessionError(f"The attachment {shown} is not there any more: {error.strerror}.") from error
        if hashlib.sha256(content).hexdigest() != attachment.sha256:
            raise SessionError(f"The attachment {shown} is damaged: its content is not what was attached.")
        return content

    def path(self, attachment: Attachment) -> Path:
        """Where an attachment is.

        Raises:
            SessionError: its hash is none, so that no path may be made of it.
        """
        if not _HASH.fullmatch(attachment.sha256):
            raise SessionError(f"The attachment {clean_line(attachment.name, 80)} has no valid hash.")
        return self.folder / attachment.sha256

    def keep_text(self, attachment: Attachment, text: str) -> None:
        """Keep what was read out of an attachment (the text of a PDF) beside it, so that it need not be read again.

        Best effort: what cannot be kept is read again when it is needed.
        """
        with contextlib.suppress(OSError, ParleyError):
            atomic_write(self._text_path(attachment), text.encode("utf-8", "replace"))

    def text(self, attachment: Attachment) -> str | None:
        """What was read out of an attachment, or None when that was not kept."""
        try:
            return self._text_path(attachment).read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def _text_path(self, attachment: Attachment) -> Path:
        return self.path(attachment).with_suffix(TEXT_SUFFIX)

    def discard(self, attachment: Attachment, *, added_ns: int) -> None:
        """Take back what was added at `added_ns` for nothing: stays when anybody added the same content since."""
        path = self.path(attachment)
        with contextlib.suppress(OSError):
            if path.stat().st_mtime_ns == added_ns:
                self.remove([attachment.sha256])

    def added_ns(self, attachment: Attachment) -> int:
        """When the content was added last; 0 when it is not there."""
        try:
            return self.path(attachment).stat().st_mtime_ns
        except OSError:
            return 0

    def remove(self, hashes: Iterable[str]) -> None:
        """Remove the content with these hashes, as far as it is there."""
        for sha256 in hashes:
            if _HASH.fullmatch(sha256):
                (self.folder / sha256).unlink(missing_ok=True)
                (self.folder / sha256).with_suffix(TEXT_SUFFIX).unlink(missing_ok=True)


class PassingAttachments(AttachmentStore):
    """The attachments of a chat that is never stored: in memory; those of saved sessions can be read, too."""

    def __init__(self, sessions_folder: Path) -> None:
        super().__init__(sessions_folder)
        self._contents: dict[str, tuple[Attachment, bytes]] = {}
        self._texts: dict[str, str] = {}

    def add(self, name: str, media_type: str, content: bytes) -> Attachment:
        """Keep `content` until the chat is left; nothing is written."""
        attachment = _described(name, media_type, content)
        self._contents[attachment.sha256] = attachment, content
        return attachment

    def keep_on_disk(self) -> None:
        """Write what was added, since the chat is stored after all.

        Raises:
            SessionError: it cannot be written.
        """
        disk = AttachmentStore(self.folder.parent)
        for attachment, content in self._contents.values():
            disk.add(attachment.name, attachment.media_type, content)
            if attachment.sha256 in self._texts:
                disk.keep_text(attachment, self._texts[attachment.sha256])

    def read(self, attachment: Attachment) -> bytes:
        """The content of an attachment.

        Raises:
            SessionError: it is not there, or not what it was.
        """
        found = self._contents.get(attachment.sha256)
        return super().read(attachment) if found is None else found[1]

    def keep_text(self, attachment: Attachment, text: str) -> None:
        """Keep what was read out of an attachment, in memory."""
        self._texts[attachment.sha256] = text

    def text(self, attachment: Attachment) -> str | None:
        """What was read out of an attachment, or None when that was not kept."""
        found = self._texts.get(attachment.sha256)
        return super().text(attachment) if found is None else found

    def discard(self, attachment: Attachment, *, added_ns: int) -> None:
        """Nothing was written, so nothing is to be taken back."""

    def remove(self, hashes: Iterable[str]) -> None:
        """Nothing on disk belongs to this chat."""


def _described(name: str, media_type: str, content: bytes) -> Attachment:
    shown = shown_name(name)
    if len(content) > LIMIT_BYTES:
        raise SessionError(
            f"{shown} is too large to attach: {len(content) / 1e6:.0f} MB, the limit is {LIMIT_BYTES / 1e6:.0f} MB."
        )
    return Attachment(shown, media_type, hashlib.sha256(content).hexdigest(), len(content))


def named_hashes(raw: bytes) -> set[str]:
    """The hashes of all attachments that a session file names."""
    return {found.decode() for found in _NAMED.findall(raw)}


def shown_name(name: str) -> str:
    """The last part of a file's name, cleaned and cut to 200 bytes."""
    last = PurePosixPath(scrub_surrogates(name).replace("\\", "/")).name or "attachment"
    cleaned = clean_line(last)
    while len(cleaned.encode()) > LONGEST_NAME_BYTES:
        cleaned = cleaned[:-1]
    return cleaned
