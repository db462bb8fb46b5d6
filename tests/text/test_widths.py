"""Widths and clusters, held to what Rich measures."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len, get_character_cell_size

from tests.text import hostile
from tui.text.clean import clean
from tui.text.widths import cell_width, clusters, cut_to_cells, spans

WRITING = st.text(
    st.sampled_from("ab é日本क्षत\u200d\ufe0f\ufe0e❤☎1\u20e3👩🏽👧🇩🇪🏳\u0301\u0302한각ᄒ\n⟨␛")
    | st.characters(categories=None),
    max_size=20,
)


def test_every_character_has_the_width_that_rich_paints() -> None:
    differing = [hex(code) for code in hostile.CODES if cell_width(chr(code)) != get_character_cell_size(chr(code))]
    assert differing == []


@pytest.mark.parametrize("text", hostile.REAL)
def test_real_writing_has_the_width_that_rich_paints(text: str) -> None:
    assert cell_width(text) == cell_len(text)


@given(WRITING)
@example("\u200d")
@example("❤\ufe0f\ufe0f")
@example("\u200d❤\ufe0f")
def test_widths_agree_with_rich(text: str) -> None:
    assert cell_width(text) == cell_len(text)
    assert sum(width for _, _, width in spans(text)) == cell_len(text)


@given(WRITING)
def test_clusters_lose_nothing(text: str) -> None:
    assert "".join(clusters(text)) == text


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("e\u0301a", ["e\u0301", "a"]),
        ("🇩🇪🇫🇷🇯", ["🇩🇪", "🇫🇷", "🇯"]),
        ("👩\u200d👩\u200d👧x", ["👩\u200d👩\u200d👧", "x"]),
        ("👍🏽❤\ufe0f", ["👍🏽", "❤\ufe0f"]),
        ("नि", ["नि"]),
        (f"{hostile.ENGLAND}!", [hostile.ENGLAND, "!"]),
        ("\u0301a", ["\u0301", "a"]),
    ],
)
def test_clusters_are_what_readers_call_characters(text: str, parts: list[str]) -> None:
    assert list(clusters(text)) == parts


@pytest.mark.parametrize(
    ("text", "width", "cut"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("abc", 1, "…"),
        ("abc", 0, ""),
        ("abc", -5, ""),
        ("日本語", 6, "日本語"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("日本語", 1, "…"),
        ("🇩🇪🇫🇷", 3, "🇩🇪…"),
        ("e\u0301e\u0301e\u0301", 2, "e\u0301…"),
        ("❤\ufe0f❤\ufe0f", 3, "❤\ufe0f…"),
    ],
)
def test_a_cut_keeps_whole_clusters(text: str, width: int, cut: str) -> None:
    assert cut_to_cells(text, width) == cut


def test_the_mark_may_be_any_text() -> None:
    assert cut_to_cells("abcdef", 5, mark="...") == "ab..."
    assert cut_to_cells("abcdef", 2, mark="...") == ".."
    assert cut_to_cells("abcdef", 3, mark="") == "abc"


@given(WRITING, st.integers(0, 12))
def test_a_cut_fits_and_is_a_beginning(text: str, width: int) -> None:
    cut = cut_to_cells(text, width)
    assert cell_len(cut) <= width
    assert cut == text or width == 0 or (cut.endswith("…") and text.startswith(cut[:-1]))
    if cell_len(text) <= width:
        assert cut == text or width == 0


def test_a_huge_text_is_not_measured_to_its_end() -> None:
    class Counted(str):
        looked_at = 0

        def __getitem__(self, key: object) -> str:
            Counted.looked_at += 1
            return super().__getitem__(key)  # type: ignore[index]

    cut_to_cells(Counted("日" * 100_000), 10)
    assert Counted.looked_at < 100


@given(st.text(st.characters(categories=None)))
def test_what_clean_lets_through_is_measured_alike(text: str) -> None:
    assert cell_width(clean(text)) == cell_len(clean(text))
