"""A session as a document that leaves the machine: Markdown, JSON, HTML, or CSV of its figures; secrets are masked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tui.errors import ConfigError
from tui.paths import atomic_write, is_dir
from tui.store.scrub import Redacts, Scrubber

if TYPE_CHECKING:
    from tui.store.attachments import AttachmentStore
    from tui.store.sessions import ReadSession

ExportFormat = Literal["md", "json", "html", "csv"]
FORMATS: tuple[ExportFormat, ...] = ("md", "json", "html", "csv")


@dataclass(frozen=True, slots=True)
class Export:
    """A finished document."""

    text: str
    masked: int
    """How many secrets were masked."""


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What goes into an export beside the session itself."""

    redactor: Redacts | None = None
    """Knows the keys in use."""
    attachments: AttachmentStore | None = None
    """Where attached files are; None leaves their content out."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Column id -> the name shown instead of its model, with its figures and settings hidden: votes still blind."""


def write_document(path: Path, text: str) -> None:
    """Write a finished document, whole or not at all; an existing file is replaced.

    Raises:
        ConfigError: the file cannot be written.
    """
    if not is_dir(path.parent):
        raise ConfigError(f"{path} cannot be written: there is no folder {path.parent}.")
    if is_dir(path):
        raise ConfigError(f"{path} is a folder; name a file.")
    try:
        atomic_write(path, text.encode("utf-8", "replace"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}.") from error


def export_session(read: ReadSession, form: ExportFormat, options: ExportOptions | None = None) -> Export:
    """The session as a document of the given format; while it is blind, without anything that tells the models.

    Raises:
        SessionError: the file cannot be read any more.
    """
    from tui.domain.blind import aliases, masked

    wanted = options or ExportOptions()
    if not wanted.aliases:
        wanted = replace(wanted, aliases=aliases(read.session))
    scrubber = Scrubber(wanted.redactor)
    match form:
        case "json":
            from tui.store.exports.json_ import export_json

            text = export_json(read, scrubber, wanted)
        case "md":
            from tui.store.exports.markdown import export_markdown

            text = export_markdown(masked(read.session), scrubber, wanted)
        case "html":
            from tui.store.exports.html import export_html, way_back
            from tui.store.exports.markdown import export_markdown

            session = masked(read.session)
            text = export_html(session, scrubber, wanted)
            text += way_back(export_markdown(session, Scrubber(wanted.redactor), wanted))
        case "csv":
            from tui.store.exports.csv_ import export_csv

            text = export_csv(masked(read.session), scrubber)
    return Export(text, scrubber.count)
