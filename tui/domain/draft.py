"""What somebody is about to say: text and files that are not sent yet. Values only."""

from __future__ import annotations

from dataclasses import dataclass

from tui.domain.record import Attachment


@dataclass(frozen=True, slots=True)
class DraftFile:
    """A file that will go with a prompt."""

    attachment: Attachment
    words: str = ""
    """What there is to say about it: “PNG 640 × 480”, “3 pages”, “5,000 lines”."""
    tokens: int = 0
    """About how many tokens it takes."""

    @property
    def is_image(self) -> bool:
        """Whether it is a picture, which some models cannot be sent."""
        return self.attachment.media_type.startswith("image/")


@dataclass(frozen=True, slots=True)
class Draft:
    """A prompt that is being written, or waits."""

    text: str = ""
    files: tuple[DraftFile, ...] = ()

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing to send."""
        return not self.text.strip() and not self.files

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """Its files as parts of a message."""
        return tuple(file.attachment for file in self.files)


@dataclass(frozen=True, slots=True)
class DocumentDraft:
    """A document that was written on and is not on record so far."""

    column: str
    head: str | None
    """Where the column stood; when it stands elsewhere, this is out of date."""
    text: str
    """All of the document."""
