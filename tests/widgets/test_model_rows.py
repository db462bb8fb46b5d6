"""What the list of models says of a model."""

from __future__ import annotations

import pytest

from tui.widgets.model_rows import context_words


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        (None, ""),
        (4096, "4k ctx"),
        (8192, "8k ctx"),
        (32768, "32k ctx"),
        (128_000, "128k ctx"),  # a multiple of 1,024 that nobody calls 125k
        (131_072, "128k ctx"),
        (200_000, "200k ctx"),
        (1_000_000, "1M ctx"),
        (1_048_576, "1.05M ctx"),
    ],
)
def test_a_context_length_is_written_as_vendors_do(tokens: int | None, words: str) -> None:
    assert context_words(tokens) == words
