"""What kind of picture some bytes are, and how large, told from the bytes alone: PNG, JPEG, GIF, WebP.

Reads headers only, whatever the file is called. Refuses to decode pictures, and to guess at kinds that no model takes.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

PNG, JPEG, GIF, WEBP = "image/png", "image/jpeg", "image/gif", "image/webp"
MEDIA_TYPES = (PNG, JPEG, GIF, WEBP)
"""What the vision models of all vendors take; anything else has to be saved as one of these first."""

_OTHER_KINDS: tuple[tuple[bytes, int, str], ...] = (
    (b"BM", 0, "BMP"),
    (b"II*\x00", 0, "TIFF"),
    (b"MM\x00*", 0, "TIFF"),
    (b"ftypheic", 4, "HEIC"),
    (b"ftypmif1", 4, "HEIF"),
    (b"ftypavif", 4, "AVIF"),
    (b"\x00\x00\x01\x00", 0, "ICO"),
    (b"8BPS", 0, "PSD"),
)
_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
# Start-of-frame markers; C4, C8 and CC are tables that stand between them.
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD9)})


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """A picture's kind and size in pixels."""

    media_type: str
    width: int
    height: int


def picture_kind(content: bytes) -> str:
    """The media type of a picture that models take; empty for everything else."""
    if content.startswith(_PNG_MAGIC):
        return PNG
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return WEBP
    return ""


def foreign_picture_kind(content: bytes) -> str:
    """The name of a kind of picture that models do not take, such as TIFF; empty for everything else."""
    return next((name for magic, at, name in _OTHER_KINDS if content[at : at + len(magic)] == magic), "")


def picture_facts(content: bytes) -> PictureFacts | None:
    """Kind and size of a picture that models take; None when it is no such picture, or its header is damaged."""
    kind = picture_kind(content)
    read = _READERS.get(kind)
    if read is None:
        return None
    try:
        size = read(content)
    except (struct.error, IndexError):
        return None  # cut off inside its header
    if size is None or min(size) < 1:
        return None
    return PictureFacts(kind, *size)


def is_cut_off(content: bytes) -> bool:
    """Whether the end of a picture is missing, as far as its kind says how long it is: PNG and WebP do."""
    kind, length, at = picture_kind(content), len(content), len(_PNG_MAGIC)
    if kind == WEBP:
        return length < 8 + int.from_bytes(content[4:8], "little")
    while kind == PNG and content[at + 4 : at + 8] != b"IEND":
        if at >= length:
            return True
        at += 12 + int.from_bytes(content[at : at + 4], "big")
    return False


def _png_size(content: bytes) -> tuple[int, int] | None:
    if content[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def _gif_size(content: bytes) -> tuple[int, int] | None:
    width, height = struct.unpack("<HH", content[6:10])
    return width, height


def _webp_size(content: bytes) -> tuple[int, int] | None:
    match content[12:16]:
        case b"VP8X" if len(content) >= 30:
            return 1 + int.from_bytes(content[24:27], "little"), 1 + int.from_bytes(content[27:30], "little")
        case b"VP8L" if len(content) >= 25 and content[20] == 0x2F:
            bits = int.from_bytes(content[21:25], "little")
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        case b"VP8 ":
            width, height = struct.unpack("<HH", content[26:30])
            return width & 0x3FFF, height & 0x3FFF
    return None


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    """The size in the first frame; what stands before it is skipped segment by segment."""
    at = 2
    while at + 4 <= len(content):
        if content[at] != 0xFF:
            return None
        marker = content[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
        elif marker in _JPEG_BARE:
            at += 2
        elif marker in _JPEG_FRAMES:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        else:
            at += 2 + max(2, int.from_bytes(content[at + 2 : at + 4], "big"))
    return None


_READERS: Mapping[str, Callable[[bytes], tuple[int, int] | None]] = {
    PNG: _png_size,
    JPEG: _jpeg_size,
    GIF: _gif_size,
    WEBP: _webp_size,
}
