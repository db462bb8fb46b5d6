"""What the terminal says of itself is told from keys, however it is cut."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events

from tui.theming.choosing import is_dark_background, is_dark_environment
from tui.widgets.terminal_answers import TerminalSaid
from tui.widgets.terminal_input import PasteSafeParser

ANSWERS = "\x1b[?1u\x1b]11;rgb:fafa/fafa/fafa\x1b\\\x1b[?997;1n\x1b]11;rgb:00/00/00\x07"


@given(cuts=st.lists(st.integers(min_value=0, max_value=len(ANSWERS) + 4)))
def test_answers_are_read_however_they_are_cut_and_press_nothing(cuts: list[int]) -> None:
    data = f"ab{ANSWERS}cd"
    places = sorted({0, len(data), *(cut for cut in cuts if cut <= len(data))})
    parser = PasteSafeParser()
    found = [one for start, end in itertools.pairwise(places) for one in parser.feed(data[start:end])]
    said = [one for one in found if isinstance(one, TerminalSaid)]
    assert [one.reports_all_keys for one in said] == [True, False, False, False]
    assert [one.is_dark for one in said] == [None, None, True, None]
    assert [one.background for one in said] == ["", "rgb:fafa/fafa/fafa", "", "rgb:00/00/00"]
    assert "".join(one.character or "" for one in found if isinstance(one, events.Key)) == "abcd"


def test_an_answer_in_a_paste_is_text() -> None:
    found = list(PasteSafeParser().feed(f"\x1b[200~{ANSWERS}\x1b[201~"))
    assert not any(isinstance(one, TerminalSaid) for one in found)


@pytest.mark.parametrize(
    ("colour", "is_dark"),
    [
        ("rgb:1515/1818/1e1e", True),
        ("rgb:ffff/ffff/ffff", False),
        ("rgb:f/f/e", False),
        ("rgba:0000/0000/0000/ffff", True),
        ("", None),
        ("#ffffff", None),
        ("rgb:zz/00/00", None),
    ],
)
def test_a_background_is_dark_or_light_or_unreadable(colour: str, is_dark: bool | None) -> None:
    assert is_dark_background(colour) is is_dark


def test_the_environment_counts_where_the_terminal_is_silent() -> None:
    assert is_dark_environment({})
    assert is_dark_environment({"COLORFGBG": "15;0"})
    assert not is_dark_environment({"COLORFGBG": "0;15"})
