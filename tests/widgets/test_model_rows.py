"""What the list of models says of a model."""

from __future__ import annotations

import pytest

from tui.providers.base import ModelFacts
from tui.providers.catalog import Listing
from tui.providers.endpoints import EndpointStatus
from tui.widgets.model_rows import Shelf, context_words, model_rows


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


def test_a_model_that_only_embeds_is_listed_as_one_that_writes_no_text() -> None:
    models = (ModelFacts("nomic", kinds=(), context_tokens=2048), ModelFacts("qwen", context_tokens=2048))
    status = EndpointStatus("ollama", "Ollama", "ollama", False, False, "", "http://127.0.0.1:11434")
    shelf = Shelf(statuses=[status], listings={"ollama": Listing(models)}, unfolded={"ollama"})
    for query in ("", "ollama"):
        told = {row.text.rpartition("/")[2]: (row.detail, row.is_dim) for row in model_rows(shelf, query, "")}
        assert told["nomic"] == ("writes no text", True)
        assert told["qwen"] == ("2k ctx", False)
