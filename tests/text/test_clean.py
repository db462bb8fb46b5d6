"""The one gate: hostile characters show themselves, real writing passes."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.growth import grows_at_most
from tests.text import hostile
from tui.text.clean import clean, clean_line, drop_controls
from tui.text.widths import cell_width
from tui.widgets.editor import Editor

ANYTHING = st.text(st.characters(categories=None), max_size=60)


@pytest.mark.parametrize("text", hostile.REAL)
def test_real_writing_comes_back_as_it_is(text: str) -> None:
    assert clean(text) is text or clean(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "␛[31mred"),
        ("\x00\x07\x08\x0b\x0c\x1f", "␀␇␈␋␌␟"),
        ("a\tb", "a    b"),
        ("a\nb", "a\nb"),
        ("a\r\nb", "a\nb"),
        ("a\rb\r", "a␍b␍"),
        ("a\r\r\nb", "a␍\nb"),
        ("\x7f", "␡"),
        ("\x80\x85\x9b\x9f", "\ufffd" * 4),
        ("\u202ecod\u202c", "⟨U+202E⟩cod⟨U+202C⟩"),
        ("\u2067x\u2069", "⟨U+2067⟩x⟨U+2069⟩"),
        ("pass\u200bword\ufeff", "pass⟨U+200B⟩word⟨U+FEFF⟩"),
        ("soft\u00adhyphen", "soft⟨U+00AD⟩hyphen"),
        ("a\u2028b\u2029c", "a⟨U+2028⟩b⟨U+2029⟩c"),
        ("\u3164\U0001d173", "⟨U+3164⟩⟨U+1D173⟩"),
        ("\ufffe\U0010ffff", "⟨U+FFFE⟩⟨U+10FFFF⟩"),
        ("葛\U000e0100", "葛\ufffd"),
        ("hi\U000e0068\U000e0069", "hi\ufffd\ufffd"),
        ("\U0001f3f4\U000e0067\U000e0062", "\U0001f3f4\ufffd\ufffd"),
        ("\U0001f3f4\U000e007f", "\U0001f3f4\ufffd"),
        (f"\x1b{hostile.ENGLAND}\x1b", f"␛{hostile.ENGLAND}␛"),
        (f"{hostile.ENGLAND}\U000e0067", f"{hostile.ENGLAND}\ufffd"),
        ("\ud83d \ude00", "\ufffd \ufffd"),
        ("e" + "\u0301" * 50 + "f", "e" + "\u0301" * 8 + "f"),
        ("\u0489" * 9, "\u0489" * 8),
        ("e" + "\u0301\u200d" * 20, "e" + "\u0301\u200d" * 4),
        ("\U00011480" + "\U000114b3" * 12, "\U00011480" + "\U000114b3" * 8),
        ("ក\u200bក", "ក·ក"),
    ],
)
def test_hostile_characters_show_themselves(text: str, shown: str) -> None:
    assert clean(text) == shown


@pytest.mark.parametrize("char", hostile.BIDI + hostile.INVISIBLE, ids=lambda char: f"U+{ord(char):04X}")
def test_every_invisible_character_becomes_its_code(char: str) -> None:
    assert clean(f"a{char}b") == f"a⟨U+{ord(char):04X}⟩b"


@pytest.mark.parametrize("char", hostile.TAGS + hostile.SELECTORS + hostile.SURROGATES, ids=lambda char: hex(ord(char)))
def test_tags_selectors_and_surrogates_become_a_mark(char: str) -> None:
    assert clean(f"a{char}b") == "a\ufffdb"


def test_every_character_there_is_is_harmless_alone() -> None:
    assert hostile.faults_of("\n".join(clean(f"a{chr(code)}b") for code in hostile.CODES)) == []


def test_each_control_but_the_line_feed_is_one_visible_cell() -> None:
    for control in hostile.CONTROLS.replace("\t", ""):
        assert cell_width(clean(control)) == 1


def test_mixed_hostile_pieces_never_get_through() -> None:
    rng = random.Random("clean")
    for _ in range(hostile.FUZZ):
        text = hostile.mixed(rng)
        shown = clean(text)
        assert hostile.faults_of(shown) == [], ascii(text)
        assert clean(shown) == shown, ascii(text)
        shown.encode("utf-8")


@given(ANYTHING)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    shown = clean(text)
    assert hostile.faults_of(shown) == []
    assert clean(shown) == shown


@given(ANYTHING, st.integers(0, 60))
def test_a_sequence_cut_anywhere_is_harmless_in_both_halves(text: str, cut: int) -> None:
    assert hostile.faults_of(clean(text[:cut])) == []
    assert hostile.faults_of(clean(text[cut:])) == []


@given(ANYTHING, st.integers(-1, 20))
def test_a_line_is_one_line_and_fits(text: str, limit: int) -> None:
    line = clean_line(text, limit)
    assert "\n" not in line
    assert cell_width(line) <= max(0, limit)
    assert "\n" not in clean_line(text)


def test_a_long_line_says_that_it_was_cut() -> None:
    assert clean_line("first\nsecond", 40) == "first⏎second"
    assert clean_line("first\r\nsecond", 8) == "first⏎s…"
    assert clean_line("日本語", 5) == "日本…"
    assert clean_line("fits", 4) == "fits"


def test_a_paste_keeps_its_text_and_loses_its_controls() -> None:
    assert drop_controls("a\tb\r\nc\rd\n\x1b[201~\x03\x7f\x9b\u202e") == "a\tb\nc\nd\n[201~\u202e"
    assert drop_controls("a\u2028b\u2029") == Editor("a\u2028b\u2029").text == "a\nb\n"


@pytest.mark.parametrize(
    "unit",
    [
        "plain ",
        "日本",
        "\x1b",
        "a\x1b",
        "e" + "\u0301" * 20,
        "\u200b",
        "\U0001f3f4\U000e0067",
        hostile.ENGLAND,
        "\r\n",
        "नि",
    ],
    ids=ascii,
)
def test_time_grows_with_the_text_and_no_faster(unit: str) -> None:
    small, large = unit * 20_000, unit * 160_000
    assert grows_at_most(8 * 4, lambda: clean(small), lambda: clean(large))
