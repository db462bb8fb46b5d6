"""PNG made small: every kind of colour and filter, and nothing but sound files."""

from __future__ import annotations

import contextlib
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.chat.files_of_all_kinds import png, png_chunk
from tui.chat.png import MOST_PIXELS, NotDrawable, Pixel, check_unpacks, read_png, small_png

WHITE: Pixel = (255, 255, 255)


def drawn(content: bytes, width: int = 2, height: int = 1, backdrop: Pixel = WHITE) -> list[list[Pixel]]:
    return small_png(read_png(content), width, height, backdrop)


@pytest.mark.parametrize(
    ("content", "pixels"),
    [
        (png([bytes((255, 0, 0, 0, 0, 255))], size=(2, 1)), [(255, 0, 0), (0, 0, 255)]),
        (png([b"\x00\xff"], size=(2, 1), colour=0), [(0, 0, 0), (255, 255, 255)]),
        (png([b"\x40"], size=(2, 1), colour=0, depth=1), [(0, 0, 0), (255, 255, 255)]),
        (png([b"\x3c"], size=(2, 1), colour=0, depth=4), [(51, 51, 51), (204, 204, 204)]),
        (png([b"\x12\x34\xff\xff"], size=(2, 1), colour=0, depth=16), [(18, 18, 18), (255, 255, 255)]),
        (png([bytes((9, 255, 200, 0))], size=(2, 1), colour=4), [(9, 9, 9), (255, 255, 255)]),
        (png([bytes((1, 2, 3, 255, 0, 0, 0, 0))], size=(2, 1), colour=6), [(1, 2, 3), (255, 255, 255)]),
        (
            png(
                [b"\x01\x00"],
                size=(2, 1),
                colour=3,
                extra=png_chunk(b"PLTE", bytes((1, 2, 3, 4, 5, 6))) + png_chunk(b"tRNS", b"\x00"),
            ),
            [(4, 5, 6), (255, 255, 255)],
        ),
    ],
)
def test_every_kind_of_colour_is_drawn(content: bytes, pixels: list[Pixel]) -> None:
    assert drawn(content) == [pixels]


def filtered(kind: int, rows: list[bytes], step: int) -> list[bytes]:
    """What a PNG writer would put into the file for these rows."""
    found = []
    before = bytes(len(rows[0]))
    for row in rows:
        out = bytearray()
        for at, value in enumerate(row):
            left = row[at - step] if at >= step else 0
            corner = before[at - step] if at >= step else 0
            above = before[at]
            guess = left + above - corner
            paeth = min((abs(guess - left), 0, left), (abs(guess - above), 1, above), (abs(guess - corner), 2, corner))
            expected = {0: 0, 1: left, 2: above, 3: (left + above) // 2, 4: paeth[2]}[kind]
            out.append((value - expected) & 255)
        found.append(bytes(out))
        before = row
    return found


@given(st.sampled_from([0, 1, 2, 3, 4]), st.lists(st.binary(min_size=9, max_size=9), min_size=2, max_size=4))
def test_every_filter_is_undone(kind: int, rows: list[bytes]) -> None:
    size = (3, len(rows))
    content = png(filtered(kind, rows, 3), size=size, filters=[kind] * len(rows))
    assert drawn(content, *size) == [[tuple(row[at : at + 3]) for at in (0, 3, 6)] for row in rows]


@given(st.integers(0, 200), st.integers(0, 255))
def test_a_damaged_file_is_refused_and_never_a_crash(place: int, value: int) -> None:
    content = bytearray(png(size=(5, 4)))
    content[place % len(content)] = value
    with contextlib.suppress(NotDrawable):
        found = read_png(bytes(content))
        check_unpacks(found)
        small_png(found, 3, 2, WHITE)


def test_a_file_cut_off_anywhere_is_refused() -> None:
    whole = png()
    for end in range(len(whole)):
        with pytest.raises(NotDrawable):
            read_png(whole[:end])


def test_a_bomb_is_found_before_it_fills_the_memory() -> None:
    header = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)
    bomb = zlib.compress(b"\0" * 50_000_000)
    content = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", bomb) + png_chunk(b"IEND", b"")
    with pytest.raises(NotDrawable, match="damaged"):
        check_unpacks(read_png(content))


def test_a_picture_that_would_take_seconds_is_described_instead() -> None:
    header = struct.pack(">IIBBBBB", MOST_PIXELS, 2, 8, 2, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", b"x") + png_chunk(b"IEND", b"")
    with pytest.raises(NotDrawable, match="too large"):
        drawn(content)
