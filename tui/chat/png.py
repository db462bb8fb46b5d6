"""PNG pictures made small enough for a terminal's cells, with the standard library alone.

Checked before anything is done with them: signature, the checksum of every chunk, dimensions, and that the data unpacks
to exactly as much as the header says. What passes may be handed on to a terminal that draws PNG itself. Refuses what
would take too long to unpack here, and every other kind of picture.

Source: https://www.w3.org/TR/png-3/
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from tui.errors import ConfigError

MOST_PIXELS = 4_000_000
"""Larger pictures are described, not drawn: unpacking them here would take seconds."""
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Colour type -> samples a pixel: grey, RGB, palette, grey with alpha, RGB with alpha."""
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}

Pixel = tuple[int, int, int]


class NotDrawable(ConfigError):
    """A picture that cannot be drawn here; one sentence says why."""


@dataclass(frozen=True, slots=True)
class Png:
    """A PNG whose structure is sound."""

    width: int
    height: int
    depth: int
    colour: int
    is_interlaced: bool
    palette: bytes
    alphas: bytes
    """The alphas of the palette's colours; missing ones are opaque."""
    packed: bytes

    @property
    def bits_per_pixel(self) -> int:
        """How many bits one pixel takes."""
        return self.depth * _CHANNELS[self.colour]

    @property
    def bytes_per_row(self) -> int:
        """How many bytes one row takes, without its filter."""
        return (self.width * self.bits_per_pixel + 7) // 8


def read_png(content: bytes) -> Png:
    """The parts of a PNG.

    Raises:
        NotDrawable: it is none, or damaged.
    """
    header, palette, alphas, packed, has_end = b"", b"", b"", [], False
    for kind, data in _chunks(content):
        match kind:
            case b"IHDR":
                header = data
            case b"PLTE":
                palette = data
            case b"tRNS":
                alphas = data
            case b"IDAT":
                packed.append(data)
            case b"IEND":
                has_end = True
                break
            case _:
                pass  # colour profiles, texts, dates
    if len(header) != 13 or not packed or not has_end:
        raise NotDrawable("This PNG is damaged.")
    width, height, depth, colour, compression, filtering, interlacing = struct.unpack(">IIBBBBB", header)
    is_known = depth in _DEPTHS.get(colour, ()) and (compression, filtering) == (0, 0) and interlacing in (0, 1)
    if not is_known or not 0 < width < 1 << 31 or not 0 < height < 1 << 31 or (colour == 3 and not palette):
        raise NotDrawable("This PNG is damaged.")
    return Png(width, height, depth, colour, bool(interlacing), palette, alphas, b"".join(packed))


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    if not content.startswith(_SIGNATURE):
        raise NotDrawable("This is no PNG.")
    at = len(_SIGNATURE)
    while at + 12 <= len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        kind, data = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        checksum = content[at + 8 + length : at + 12 + length]
        if len(checksum) != 4 or zlib.crc32(kind + data).to_bytes(4, "big") != checksum:
            raise NotDrawable("This PNG is damaged.")
        yield kind, data
        at += 12 + length


def check_unpacks(png: Png) -> None:
    """Make sure that the data unpacks to no more than the header says; takes memory for a piece at a time.

    Raises:
        NotDrawable: it does not.
    """
    expected = png.height * (png.bytes_per_row + 1)
    if png.is_interlaced:
        expected += 7 * png.height  # seven passes, each of whose rows has a filter of its own
    unpacker, total = zlib.decompressobj(), 0
    data = png.packed
    try:
        while data and total <= expected:
            total += len(unpacker.decompress(data, 1 << 20))
            data = unpacker.unconsumed_tail
    except zlib.error as error:
        raise NotDrawable("This PNG is damaged.") from error
    if total > expected:
        raise NotDrawable("This PNG is damaged.")


def small_png(png: Png, width: int, height: int, backdrop: Pixel) -> list[list[Pixel]]:
    """The picture in `width` × `height` pixels, transparent parts over `backdrop`; takes a moment.

    Raises:
        NotDrawable: it is too large, interlaced, or damaged.
    """
    if png.width * png.height > MOST_PIXELS:
        raise NotDrawable("This picture is too large to be drawn here.")
    if png.is_interlaced:
        raise NotDrawable("This picture is interlaced, which is not drawn here.")
    # Two by two samples of the picture for each pixel of the small one, a quarter and three quarters into it.
    columns = [[(4 * x + quarter) * png.width // (4 * width) for quarter in (1, 3)] for x in range(width)]
    wanted: dict[int, list[int]] = {}
    for y in range(height):
        for quarter in (1, 3):
            wanted.setdefault((4 * y + quarter) * png.height // (4 * height), []).append(y)
    sums = [[[0, 0, 0, 0] for _ in range(width)] for _ in range(height)]
    for number, row in enumerate(_rows(png)):
        for y in wanted.get(number, ()):
            for x, pair in enumerate(columns):
                cell = sums[y][x]
                for place in pair:
                    red, green, blue = _pixel(png, row, place, backdrop)
                    cell[0] += red
                    cell[1] += green
                    cell[2] += blue
                    cell[3] += 1
    return [[_mean(cell, backdrop) for cell in line] for line in sums]


def _mean(cell: list[int], backdrop: Pixel) -> Pixel:
    red, green, blue, count = cell
    return (red // count, green // count, blue // count) if count else backdrop


def _rows(png: Png) -> Iterator[bytearray]:
    """The rows without their filters.

    Raises:
        NotDrawable: there are fewer than the header says.
    """
    size, step = png.bytes_per_row, max(1, png.bits_per_pixel // 8)
    unpacker, data, buffer = zlib.decompressobj(), png.packed, b""
    before = bytearray(size)
    for _ in range(png.height):
        while len(buffer) < size + 1:
            try:
                piece = unpacker.decompress(data, max(1 << 18, size + 1))
            except zlib.error as error:
                raise NotDrawable("This PNG is damaged.") from error
            data = unpacker.unconsumed_tail
            if not piece:
                raise NotDrawable("This PNG is damaged.")
            buffer += piece
        row = bytearray(buffer[1 : size + 1])
        _unfilter(buffer[0], row, before, step)
        buffer = buffer[size + 1 :]
        yield row
        before = row


def _unfilter(kind: int, row: bytearray, before: bytearray, step: int) -> None:
    """Undo one row's filter in place.

    Source: https://www.w3.org/TR/png-3/#9Filters
    """
    match kind:
        case 0:
            return
        case 1:
            for at in range(step, len(row)):
                row[at] = (row[at] + row[at - step]) & 255
        case 2:
            row[:] = bytes((one + above) & 255 for one, above in zip(row, before, strict=True))
        case 3:
            for at in range(len(row)):
                left = row[at - step] if at >= step else 0
                row[at] = (row[at] + (left + before[at]) // 2) & 255
        case 4:
            _undo_paeth(row, before, step)
        case _:
            raise NotDrawable("This PNG is damaged.")


def _undo_paeth(row: bytearray, before: bytearray, step: int) -> None:
    for at in range(len(row)):
        left, corner = (row[at - step], before[at - step]) if at >= step else (0, 0)
        above = before[at]
        guess = left + above - corner
        to_left, to_above, to_corner = abs(guess - left), abs(guess - above), abs(guess - corner)
        nearest = left if to_left <= to_above and to_left <= to_corner else above if to_above <= to_corner else corner
        row[at] = (row[at] + nearest) & 255


def _pixel(png: Png, row: bytearray, x: int, backdrop: Pixel) -> Pixel:
    if png.depth < 8:
        per_byte = 8 // png.depth
        shift = 8 - png.depth * (x % per_byte + 1)
        samples = [row[x // per_byte] >> shift & ((1 << png.depth) - 1)]
    else:
        width = png.depth // 8  # of 16 bits, the upper 8
        start = x * _CHANNELS[png.colour] * width
        samples = [row[start + number * width] for number in range(_CHANNELS[png.colour])]
    match png.colour:
        case 0:
            grey = samples[0] * 255 // ((1 << min(png.depth, 8)) - 1)
            return grey, grey, grey
        case 2:
            return samples[0], samples[1], samples[2]
        case 3:
            place = samples[0]
            colour = tuple(png.palette[place * 3 : place * 3 + 3].ljust(3, b"\0"))
            alpha = png.alphas[place] if place < len(png.alphas) else 255
            return _over((colour[0], colour[1], colour[2]), alpha, backdrop)
        case 4:
            return _over((samples[0], samples[0], samples[0]), samples[1], backdrop)
        case _:
            return _over((samples[0], samples[1], samples[2]), samples[3], backdrop)


def _over(colour: Pixel, alpha: int, backdrop: Pixel) -> Pixel:
    if alpha == 255:
        return colour
    red, green, blue = (
        (one * alpha + below * (255 - alpha)) // 255 for one, below in zip(colour, backdrop, strict=True)
    )
    return red, green, blue
