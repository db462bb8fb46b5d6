"""What a paste is, and how pictures are written for terminals that draw them."""

from __future__ import annotations

import base64
import re
import unicodedata

import pytest
from rich.cells import cell_len

from tests.chat.files_of_all_kinds import png
from tui.chat.png import read_png
from tui.screens.words import all_words, matching_words, parse_word
from tui.widgets.composer_pasting import FOLD_FROM_CHARS, FOLD_FROM_LINES, dropped_paths, is_long
from tui.widgets.kitty_graphics import CHUNK_CHARS, MARKS, draws_placeholders, forget, placeholders, send
from tui.widgets.picture_view import fitting_cells


@pytest.mark.parametrize(
    ("pasted", "paths"),
    [
        ("/home/me/a.png", ["/home/me/a.png"]),
        ("/home/me/a b.png\n", ["/home/me/a b.png"]),
        ("/home/me/a\\ b.png", ["/home/me/a b.png"]),
        ("'/home/me/a b.png'", ["/home/me/a b.png"]),
        ('"/home/me/it\'s.png"', ["/home/me/it's.png"]),
        ("file:///home/me/a%20b.png", ["/home/me/a b.png"]),
        ("file://elsewhere/a.png", []),
        ("~/a.png", ["~/a.png"]),
        ("/a/b.png /a/c.png", ["/a/b.png", "/a/c.png"]),
        ("'/a/b 1.png' '/a/c.png' ", ["/a/b 1.png", "/a/c.png"]),
        ("/a/b.png\n/a/c.png\n", ["/a/b.png", "/a/c.png"]),
        ("C:\\pictures\\a.png", ["C:\\pictures\\a.png"]),
        ("hello", []),
        ("a.png", []),
        ("https://example.org/a.png", []),
        ("'/open", []),
        ("words /a/b.png", []),
        ("", []),
        ("/x\n" * 50, []),
    ],
)
def test_paths_are_known_as_terminals_paste_them(pasted: str, paths: list[str]) -> None:
    assert dropped_paths(pasted) == paths


def test_a_long_paste_is_one_that_nobody_reads_here() -> None:
    assert not is_long("x\n" * (FOLD_FROM_LINES - 1))
    assert is_long("x\n" * FOLD_FROM_LINES)
    assert is_long("x" * FOLD_FROM_CHARS)


# -- words -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/model a/b", ("model", "a/b")),
        ("/model", ("model", "")),
        ("/vote ", ("vote", "")),
        ("/system two\nlines", ("system", "two\nlines")),
        ("/model two\nlines", None),
        ("/vote for me", None),
        ("/etc/hosts", None),
        ("//model", None),
        (" /model", None),
        ("/Model", None),
        ("/", None),
    ],
)
def test_a_word_is_only_what_names_one(text: str, found: tuple[str, str] | None) -> None:
    parsed = parse_word(text)
    assert (None if parsed is None else (parsed[0].name, parsed[1])) == found


def test_words_are_unique_and_the_exact_one_comes_first() -> None:
    names = [word.name for word in all_words()]
    assert len(names) == len(set(names))
    assert matching_words("new")[0].name == "new"
    assert {"retry", "retry-saving"} <= {word.name for word in matching_words("retr")}


# -- pictures ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "can"),
    [
        ({"TERM": "xterm-kitty"}, True),
        ({"KITTY_WINDOW_ID": "1"}, True),
        ({"TERM_PROGRAM": "ghostty"}, True),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/x"}, False),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM_PROGRAM": "Apple_Terminal"}, False),
        ({}, False),
    ],
)
def test_placeholders_go_only_to_terminals_that_draw_them(environ: dict[str, str], can: bool) -> None:
    assert draws_placeholders(environ) is can


def test_a_picture_is_sent_whole_in_pieces_and_nothing_else() -> None:
    content = png(size=(200, 200)) + b"\0" * 9000
    sequences = list(send(content, 7, 20, 10))
    parts = [re.fullmatch(r"\x1b_G([a-zA-Z0-9=,]*);([A-Za-z0-9+/=]*)\x1b\\", one) for one in sequences]
    found = [part for part in parts if part is not None]
    assert len(found) == len(sequences) > 1
    assert found[0][1] == "a=T,U=1,q=2,f=100,t=d,i=7,c=20,r=10,m=1"
    assert all(part[1] == "q=2,m=1" for part in found[1:-1])
    assert found[-1][1] == "q=2,m=0"
    assert all(len(part[2]) <= CHUNK_CHARS for part in found)
    assert base64.b64decode("".join(part[2] for part in found)) == content
    assert forget(7) == "\x1b_Ga=d,d=I,q=2,i=7\x1b\\"


def test_each_cell_says_its_row_and_column_and_takes_one_cell() -> None:
    row = placeholders(2, 5)
    assert cell_len(row) == 5
    assert row[3:6] == "\U0010eeee" + MARKS[2] + MARKS[1]
    assert len(set(MARKS)) == len(MARKS) >= 100
    assert all(unicodedata.combining(mark) == 230 for mark in MARKS)


@pytest.mark.parametrize(
    ("size", "room", "cells"),
    [
        ((640, 480), (80, 24), (64, 24)),
        ((10, 10), (80, 24), (10, 5)),
        ((1000, 1), (80, 24), (80, 1)),
        ((1, 1000), (80, 24), (1, 24)),
    ],
)
def test_a_picture_keeps_its_proportions(size: tuple[int, int], room: tuple[int, int], cells: tuple[int, int]) -> None:
    picture = read_png(png([b"\0" * size[0]] * size[1], size=size, colour=0))
    assert fitting_cells(picture, *room) == cells
