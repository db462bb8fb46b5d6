"""What a model takes depends on what it is asked for: a chat has no gap to fill in."""

from __future__ import annotations

import pytest

from tui.chat.connections import Connections
from tui.config import Config


@pytest.mark.parametrize("model", ["ollama/qwen3", "demo/echo", "openai/gpt-4.1"])
def test_only_text_completion_takes_a_suffix(model: str) -> None:
    connections = Connections(Config(), environ={"OPENAI_API_KEY": "k"})
    suffix = connections.parameters(model)["suffix"]
    assert suffix.reason == "only text completion takes it (parley complete)"
    assert suffix is connections.parameters(model)["suffix"]
    if model != "openai/gpt-4.1":
        table = connections.parameters(model, kind="completion")
        assert table["suffix"].is_taken
        assert list(table) == list(connections.parameters(model))
