"""Differences: words, both texts to the character, time by their length."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.growth import grows_at_most
from tui.text.diff import DiffPiece, diff_words

TEXTS = st.lists(
    st.sampled_from(["alpha", "beta", "gamma's", " ", " ", "\n", "x", ".", "(", "日", "é", "\r\n", "नि", "🇩🇪", "\x85"]),
    max_size=30,
).map("".join) | st.text(st.characters(categories=None), max_size=30)


def drawn(pieces: tuple[DiffPiece, ...]) -> str:
    marks = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    return "".join(marks[piece.kind].format(piece.text) for piece in pieces)


@pytest.mark.parametrize(
    ("old", "new", "picture"),
    [
        ("", "", ""),
        ("same", "same", "same"),
        ("", "new", "{+new+}"),
        ("old", "", "[-old-]"),
        (
            "The quick brown fox jumps.",
            "The slow brown fox leaps.",
            "The [-quick-]{+slow+} brown fox [-jumps-]{+leaps+}.",
        ),
        ("total = a + b\n", "total = a - b\n", "total = a [-+-]{+-+} b\n"),
        ("keep\ndrop\nkeep too\n", "keep\nkeep too\n", "keep\n[-drop\n-]keep too\n"),
        ("say it loud now", "say that quietly now", "say [-it loud-]{+that quietly+} now"),
        ("我喜欢苹果", "我爱苹果", "我[-喜欢-]{+爱+}苹果"),
        ("end", "end\n", "end{+\n+}"),
        ("नमस्ते दुनिया", "नमस्ते भारत", "नमस्ते [-दुनिया-]{+भारत+}"),
    ],
)
def test_words_are_compared(old: str, new: str, picture: str) -> None:
    assert drawn(diff_words(old, new)) == picture


@given(TEXTS, TEXTS)
def test_pieces_join_to_both_texts(old: str, new: str) -> None:
    pieces = diff_words(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind != "added") == old
    assert "".join(piece.text for piece in pieces if piece.kind != "removed") == new
    assert all(piece.text for piece in pieces)
    for left, right in pairwise(pieces):
        assert left.kind != right.kind
        assert (left.kind, right.kind) != ("added", "removed")


def unrelated(count: int) -> tuple[str, str]:
    return (
        " ".join(f"w{(index * 7919) % (index % 97 + 2)}" for index in range(count)),
        " ".join(f"w{(index * 104729) % (index % 89 + 2)}" for index in range(count)),
    )


@pytest.mark.parametrize(
    "texts",
    [
        lambda count: ("a b " * count, "b a c " * count),
        lambda count: ("x\n" * count, "y\n" * count + "x\n"),
        lambda count: (" ".join(map(str, range(count))), " ".join(map(str, range(count, 0, -1)))),
        unrelated,
    ],
)
def test_long_texts_take_time_by_their_length(texts: object) -> None:
    small, large = texts(4_000), texts(32_000)  # type: ignore[operator]
    assert grows_at_most(8 * 5, lambda: diff_words(*small), lambda: diff_words(*large))
