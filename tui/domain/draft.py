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

    @property
    def tokens(self) -> int:
        """About how many tokens its files take."""
        return sum(file.tokens for file in self.files)
