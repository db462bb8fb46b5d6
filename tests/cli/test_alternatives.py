"""What is said where the embedded model is not here and nobody chose another."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import parley
from tests.wire import json_reply, served_in_thread
from tui.cli.alternatives import found_words
from tui.config import parse_config


def test_who_chose_nobody_hears_what_was_found_instead(tmp_path: Path) -> None:
    with served_in_thread(json_reply({"version": "0.12", "models": []})) as server:
        env = {"PARLEY_MODELS_DIR": str(tmp_path), "OLLAMA_HOST": server.url, "OPENAI_API_KEY": "sk-canary-0123456789"}
        asked, talked = parley("ask", "Hi", env=env), parley("--linear", stdin="", env=env)
        as_json = parley("ask", "--json", "Hi", env=env)
    for done in (asked, talked, as_json):
        assert "parley local install" in done.err
        assert "Found: Ollama (answers on this machine)" in done.err
        assert "“parley models ollama” lists what -m takes." in done.err
        assert "canary" not in done.err
    assert (asked.code, as_json.json["error"]["kind"]) == (2, "local-model-error")
    chosen = parley("ask", "-m", "local/default", "Hi", env=env)
    assert "Found" not in chosen.err


async def test_keys_are_named_by_where_they_are_and_a_choice_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", "sk-canary-0123456789")
    words = await found_words(parse_config(""))
    assert "Mistral (key from MISTRAL_API_KEY)" in words
    assert "canary" not in words
    assert await found_words(parse_config('model = "openai/gpt-4.1"')) == ""
