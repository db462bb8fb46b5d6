"""What a model takes depends on what it is asked for: a chat has no gap to fill in."""

from __future__ import annotations

import pytest

from tui.chat.connections import Connections
from tui.config import Config
from tui.domain.request import ChatRequest, ModelRef, PromptMessage


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


def test_a_suffix_is_grey_only_where_it_is_not_sent() -> None:
    connections = Connections(Config(), environ={"HUMANLOOP_API_KEY": "k"})
    request = ChatRequest(
        ModelRef.parse("humanloop/gpt-4o"), (PromptMessage("user", "Hi"),), parameters={"suffix": "end"}
    )
    assert connections.provider(request.model).prepare(request).json["suffix"] == "end"
    assert connections.parameters("humanloop/gpt-4o")["suffix"].is_taken
