"""From a message's attachments to what a model is sent of them: text in a fence, or a picture.

What a model cannot take is named in its place, so that a conversation with pictures goes on with a model that has no
eyes, and one whose files are gone goes on without them; nothing is left out in silence. What was sent is recorded with
pictures as references to the attachment, which holds the bytes already. Refuses to decide what is attached.
"""

from __future__ import annotations

import base64
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from tui.chat.attaching import as_prompt, decoded, kind_of
from tui.domain.record import Attachment
from tui.domain.request import Image
from tui.errors import ParleyError

CACHE_BYTES = 64 * 1024 * 1024
"""What is kept in memory of attachments that were read; enough for the pictures of one conversation."""
REFERENCE = "sha256:"
"""Begins what stands for a picture's bytes in records; no base64 holds a colon."""
SHORTEST_REPLACED = 64


class Shelf(Protocol):
    """Where attachments are kept; `tui.store.attachments` has two."""

    def read(self, attachment: Attachment) -> bytes:
        """The content.

        Raises:
            SessionError: it is not there, or not what it was.
        """
        ...

    def text(self, attachment: Attachment) -> str | None:
        """What was read out of it earlier, or None."""
        ...

    def keep_text(self, attachment: Attachment, text: str) -> None:
        """Keep what was read out of it."""
        ...


TakesImages = Callable[[str], bool | None]
"""Whether a model takes pictures; None is unknown, and it is tried."""


class AttachedFiles:
    """The attachments of one conversation, as models get them."""

    def __init__(self, shelf: Shelf, takes_images: TakesImages = lambda _: None) -> None:
        """Attachments from a shelf.

        Args:
            shelf: Where their content is.
            takes_images: Asked with `endpoint/model`.
        """
        self.shelf = shelf
        self._takes_images = takes_images
        self._parts: OrderedDict[str, Image | str] = OrderedDict()
        self._held_bytes = 0

    def part(self, attachment: Attachment, model: str) -> Image | str:
        """What `model` is sent of an attachment; text is ready to stand in a prompt.

        Reads the file the first time, which blocks for a moment: `warm` does that beside the event loop.
        """
        if kind_of(attachment.media_type) == "image" and self._takes_images(model) is False:
            return f"[The image {attachment.name} was attached here; this model takes no images.]"
        found = self._parts.get(attachment.sha256)
        if found is None:
            try:
                found = self._read(attachment)
            except ParleyError as error:
                return f"[The file {attachment.name} was attached here and cannot be read any more: {error}]"
            self._hold(attachment, found)
        else:
            self._parts.move_to_end(attachment.sha256)
        return as_prompt(attachment.name, found) if isinstance(found, str) else found

    def in_words(self, attachment: Attachment) -> str:
        """An attachment for a model that is told of a prompt, not asked it: text as it is, pictures by name."""
        part = self.part(attachment, "") if kind_of(attachment.media_type) != "image" else None
        return part if isinstance(part, str) else f"[The image {attachment.name} was attached here.]"

    def warm(self, attachments: Iterable[Attachment]) -> None:
        """Read what has not been read yet; to be called in a thread."""
        for attachment in attachments:
            if attachment.sha256 not in self._parts:
                self.part(attachment, "")

    def _read(self, attachment: Attachment) -> Image | str:
        text = plain_text(self.shelf, attachment)
        if text is not None:
            return text
        encoded = base64.b64encode(self.shelf.read(attachment)).decode("ascii")
        return Image(media_type=attachment.media_type, base64=encoded)

    def _hold(self, attachment: Attachment, part: Image | str) -> None:
        self._parts[attachment.sha256] = part
        self._held_bytes += _weight(part)
        while self._held_bytes > CACHE_BYTES and len(self._parts) > 1:
            _, dropped = self._parts.popitem(last=False)
            self._held_bytes -= _weight(dropped)

    # -- records -------------------------------------------------------------------------------------------------------

    def without_bytes(self, sent: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        """A request as it is recorded: each picture's bytes as a reference to the attachment."""
        known = {part.base64: sha256 for sha256, part in self._parts.items() if isinstance(part, Image)}
        if sent is None or not known:
            return sent

        def shortened(text: str) -> str:
            if len(text) < SHORTEST_REPLACED:
                return text
            head, comma, encoded = text.partition(",") if text.startswith("data:") else ("", "", text)
            sha256 = known.get(encoded)
            return text if sha256 is None else f"{head}{comma}{REFERENCE}{sha256}"

        found: Mapping[str, Any] = _map_texts(sent, shortened)
        return found

    def with_bytes(self, body: Any, attachments: Iterable[Attachment]) -> Any:
        """A recorded request's JSON with the bytes of `attachments` back in it, so that it can be sent again."""
        parts = {one.sha256: self.part(one, "") for one in attachments if kind_of(one.media_type) == "image"}
        encoded = {REFERENCE + name: part.base64 for name, part in parts.items() if isinstance(part, Image)}
        if not encoded:
            return body

        def whole(text: str) -> str:
            head, comma, reference = text.rpartition(",")
            found = encoded.get(reference) if not head or head.startswith("data:") else None
            return text if found is None else f"{head}{comma}{found}"

        return _map_texts(body, whole)


def plain_text(shelf: Shelf, attachment: Attachment) -> str | None:
    """What an attachment says, without fence and name; None for a picture. Blocks while it is read.

    Raises:
        SessionError: it is not there any more.
        ConfigError: a PDF whose text was not kept cannot be read.
    """
    match kind_of(attachment.media_type):
        case "image":
            return None
        case "pdf":
            kept = shelf.text(attachment)
            if kept is None:
                from tui.chat.pdf_text import read_pdf

                kept = read_pdf(shelf.read(attachment), attachment.name).text
                shelf.keep_text(attachment, kept)
            return kept
        case _:
            return decoded(shelf.read(attachment)) or ""


def _weight(part: Image | str) -> int:
    return len(part) if isinstance(part, str) else len(part.base64)


def _map_texts(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: _map_texts(item, change) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_map_texts(item, change) for item in value]
    return value
