"""Sizes in words."""

from __future__ import annotations

import pytest

from tui.text.sizes import size_words


@pytest.mark.parametrize(
    ("size_bytes", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (12_345, "12 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (9_949_999, "9.9 MB"),
        (9_950_000, "10 MB"),
        (98_362_432, "98 MB"),
        (999_499_999, "999 MB"),
        (999_500_000, "1.0 GB"),
        (1_117_320_768, "1.1 GB"),
        (1_500_000_000_000, "1,500 GB"),
    ],
)
def test_a_size_has_the_digits_that_matter(size_bytes: int, words: str) -> None:
    assert size_words(size_bytes) == words
