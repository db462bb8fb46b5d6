"""Attached files, kept beside the sessions by the hash of their content: the same file twice is stored once.

A session file names them by hash, name, media type and size. This module refuses to look into them, and to hand out
content that is not what its hash says.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from tui.domain.record import Attachment
from tui.errors import SessionError
from tui.paths import atomic_write
from tui.text.clean import clean_line
from tui.text.surrogates import scrub_surrogates

FOLDER = "attachments"
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
        shown = shown_name(name)
        if len(content) > LIMIT_BYTES:
            raise SessionError(
                f"{shown} is too large to attach: {len(content) / 1e6:.0f} MB, the limit is {LIMIT_BYTES / 1e6:.0f} MB."
            )
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.folder / sha256
        try:
            if not path.is_file() or path.stat().st_size != len(content):
                atomic_write(path, content)
        except OSError as error:
            raise SessionError(f"{shown} cannot be kept: {error.strerror}.") from error
        return Attachment(shown, media_type, sha256, len(content))

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

    def remove(self, hashes: Iterable[str]) -> None:
        """Remove the content with these hashes, as far as it is there."""
        for sha256 in hashes:
            if _HASH.fullmatch(sha256):
                (self.folder / sha256).unlink(missing_ok=True)


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
