"""Small files of every kind that can be attached, made here so that nobody has to wonder what is in them."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence

from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

RED = (255, 0, 0)


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(
    rows: Sequence[bytes] | None = None,
    *,
    size: tuple[int, int] = (4, 2),
    depth: int = 8,
    colour: int = 2,
    extra: bytes = b"",
    filters: Sequence[int] | None = None,
) -> bytes:
    """A PNG of the given rows, unfiltered unless `filters` says what they are already; red without rows."""
    width, height = size
    given = list(rows) if rows is not None else [bytes(RED) * width] * height
    kinds = filters or [0] * len(given)
    packed = zlib.compress(b"".join(bytes([kind]) + row for kind, row in zip(kinds, given, strict=True)))
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + extra + png_chunk(b"IDAT", packed) + png_chunk(b"IEND", b"")
    )


def jpeg(width: int = 30, height: int = 20) -> bytes:
    """The header of a JPEG: nobody here looks further."""
    app = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    frame = b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", height, width) + b"\x03" + b"\x01\x11\x00" * 3
    return b"\xff\xd8" + app + frame + b"\xff\xd9"


def gif(width: int = 7, height: int = 5) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\x00\x00\x00;"


def webp(width: int = 9, height: int = 8) -> bytes:
    extended = b"\0\0\0\0" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + extended


def pdf(*pages: str, password: str = "") -> bytes:
    """A PDF whose pages say this."""
    writer = PdfWriter()
    for words in pages:
        page = writer.add_blank_page(300, 300)
        font = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Font"),
                NameObject("/Subtype"): NameObject("/Type1"),
                NameObject("/BaseFont"): NameObject("/Helvetica"),
            }
        )
        fonts = DictionaryObject({NameObject("/F1"): font})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        content = DecodedStreamObject()
        content.set_data(f"BT /F1 18 Tf 20 200 Td ({words}) Tj ET".encode() if words else b"")
        page[NameObject("/Contents")] = content
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
