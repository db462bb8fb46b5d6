"""What can be attached to a prompt: text and code, the text of PDF files, pictures. Told by content, not by name.

A file becomes an `Attachable`: its bytes as they are, which are kept, and what a model reads of them. Everything that
cannot be attached is a ConfigError with one sentence. Refuses to keep anything, and to follow links to the network.
"""

from __future__ import annotations

import mimetypes
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tui.chat.pictures import (
    MEDIA_TYPES,
    PictureFacts,
    foreign_picture_kind,
    is_cut_off,
    picture_facts,
    picture_kind,
)
from tui.chat.prices import TOKENS_PER_IMAGE, estimate_tokens
from tui.errors import ConfigError
from tui.paths import from_home
from tui.text.clean import clean_line
from tui.text.surrogates import scrub_surrogates

Kind = Literal["text", "pdf", "image"]

LIMIT_BYTES = 20 * 1024 * 1024
"""Larger files fit no model's request."""
PDF = "application/pdf"
PLAIN = "text/plain"

IMAGE_LIMIT_BYTES = {"anthropic-messages": 5 * 1024 * 1024}
"""Dialects that take less for one picture than `LIMIT_BYTES`.

Source: https://docs.claude.com/en/docs/build-with-claude/vision
"""

_PDF_WITHIN_BYTES = 1024
"""A PDF may have other bytes before its mark."""
_RUN = re.compile("`{3,}")
_LANGUAGE = re.compile(r"[^.]\.([A-Za-z0-9+#_-]{1,16})\Z")
"""A name's suffix, which most highlighters know as a language."""
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_TEXT_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True, slots=True)
class Attachable:
    """A file that can be attached."""

    name: str
    """The last part of its path; not cleaned."""
    media_type: str
    content: bytes
    text: str = ""
    """What a model reads of it; empty for pictures."""
    picture: PictureFacts | None = None
    pages: int | None = None
    """How many pages a PDF has."""

    @property
    def kind(self) -> Kind:
        """What it is to a model."""
        return kind_of(self.media_type)

    @property
    def tokens(self) -> int:
        """About how many tokens it takes."""
        return TOKENS_PER_IMAGE if self.picture is not None else estimate_tokens(as_prompt(self.name, self.text))

    @property
    def words(self) -> str:
        """What there is to say about it besides name and size, in a few words."""
        if self.picture is not None:
            kind = self.media_type.removeprefix("image/").upper()
            return f"{kind} {self.picture.width} × {self.picture.height}"
        if self.pages is not None:
            return f"PDF, {self.pages:,} page{'' if self.pages == 1 else 's'}"
        lines = self.text.count("\n") + (not self.text.endswith("\n"))
        return f"{lines:,} line{'' if lines == 1 else 's'}"


def kind_of(media_type: str) -> Kind:
    """What a file of this media type is to a model."""
    if media_type in MEDIA_TYPES:
        return "image"
    return "pdf" if media_type == PDF else "text"


def read_file(path: Path, *, takes_pipes: bool = False) -> Attachable:
    """Read a file that is to be attached. Blocks while it is read; a PDF takes a moment.

    Args:
        path: Where it is; a `~` at the beginning is the home folder.
        takes_pipes: Whether a pipe is read to its end too, as `<(command)` on a command line makes one.

    Raises:
        ConfigError: it is missing, a folder, a device, too large, or of a kind that no model takes.
    """
    place = from_home(path)
    shown = clean_line(scrub_surrogates(str(path)))
    try:
        mode = place.stat().st_mode
        if stat.S_ISDIR(mode):
            raise ConfigError(f"{shown} is a folder; attach the files in it.")
        if not stat.S_ISREG(mode) and not (takes_pipes and stat.S_ISFIFO(mode)):
            raise ConfigError(f"{shown} is no ordinary file, so it cannot be attached.")
        size = place.stat().st_size
        if size > LIMIT_BYTES:
            raise _too_large(shown, size)
        with place.open("rb") as file:
            content = file.read(LIMIT_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{shown} cannot be attached: {error.strerror}.") from error
    except ValueError as error:  # a NUL in the name
        raise ConfigError(f"{shown} cannot be attached: it is no path.") from error
    name = place.name if stat.S_ISREG(mode) else "pipe"
    return from_content(name, content, shown=shown)


def from_content(name: str, content: bytes, *, shown: str = "") -> Attachable:
    """What some bytes are, when they are attached under `name`.

    Args:
        name: The file's name, without folders.
        content: All of it.
        shown: What errors call it; empty: its name.

    Raises:
        ConfigError: they are too many, or of a kind that no model takes.
    """
    shown = shown or clean_line(name, 80)
    if len(content) > LIMIT_BYTES:
        raise _too_large(shown, len(content))
    if not content:
        raise ConfigError(f"{shown} is empty, so there is nothing to attach.")
    if picture_kind(content):
        facts = picture_facts(content)
        if facts is None:
            raise ConfigError(f"{shown} is a damaged picture: its header cannot be read.")
        if is_cut_off(content):
            raise ConfigError(f"{shown} is a damaged picture: its end is missing.")
        return Attachable(name, facts.media_type, content, picture=facts)
    if b"%PDF-" in content[:_PDF_WITHIN_BYTES]:
        from tui.chat.pdf_text import read_pdf

        found = read_pdf(content, shown)
        return Attachable(name, PDF, content, found.text, pages=found.pages)
    text = decoded(content)
    if text is None:
        raise _unknown_kind(shown, name, content)
    return Attachable(name, _text_type(name), content, text)


def from_text(name: str, text: str) -> Attachable:
    """Text that stands in no file, such as a long paste."""
    text = scrub_surrogates(text)
    return Attachable(name, PLAIN, text.encode(), text)


def decoded(content: bytes) -> str | None:
    """The text that some bytes are: UTF-8, UTF-16 with its mark, or Windows-1252; None when they are none."""
    for mark, encoding in _TEXT_MARKS:
        if content.startswith(mark):
            try:
                return _plain_lines(content.decode(encoding))
            except UnicodeDecodeError:
                return None
    if b"\x00" in content:
        return None
    try:
        return _plain_lines(content.decode("utf-8"))
    except UnicodeDecodeError:
        pass
    if _BINARY.search(content):
        return None
    try:
        return _plain_lines(content.decode("cp1252"))
    except UnicodeDecodeError:
        return None


def as_prompt(name: str, text: str) -> str:
    """Text as it stands in a prompt: under its name, in a fence that nothing in it closes."""
    longest = max((len(run) for run in _RUN.findall(text)), default=2)
    fence = "`" * (longest + 1)
    suffix = _LANGUAGE.search(name)
    language = suffix[1] if suffix is not None and suffix[1].lower() != "pdf" else ""
    return f"{clean_line(name)}:\n{fence}{language}\n{text.rstrip()}\n{fence}"


def _plain_lines(text: str) -> str:
    return text.replace("\r\n", "\n")


def _text_type(name: str) -> str:
    guess = mimetypes.guess_type(name)[0] or ""
    return guess if guess.startswith("text/") or guess == "application/json" else PLAIN


def _too_large(shown: str, size: int) -> ConfigError:
    return ConfigError(f"{shown} is too large to attach: {size / 1e6:.0f} MB, the limit is {LIMIT_BYTES >> 20} MB.")


def _unknown_kind(shown: str, name: str, content: bytes) -> ConfigError:
    kind = foreign_picture_kind(content)
    if kind:
        return ConfigError(f"{shown} is a {kind} picture, which models do not take; save it as PNG or JPEG.")
    guess = mimetypes.guess_type(name)[0] or "unknown kind"
    return ConfigError(f"{shown} ({guess}) cannot be attached; attach text, a PDF or an image (PNG, JPEG, GIF, WebP).")
