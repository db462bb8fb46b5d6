"""aimock, a mock server that nobody here wrote, is asked by the real command in each of its five dialects.

It is an npm package: `make referees` installs it where Node is, the suite says when it skips it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import Outcome, config_file, parley
from tests.referees.programs import ask_json, require, running

KEY = "sk-test"
HELLO = "Hello from the referee, streamed in pieces."
CUT = "This reply will be cut off before its end."
FIXTURES = {
    "fixtures": [
        {"match": {"userMessage": "hello"}, "response": {"content": HELLO}, "latency": 5, "chunkSize": 8},
        {
            "match": {"userMessage": "rate"},
            "response": {
                "error": {"message": "Rate limit reached", "type": "rate_limit_error", "code": "rate_limit_exceeded"},
                "status": 429,
                "retryAfter": 2,
            },
        },
        {
            "match": {"userMessage": "trunc"},
            "response": {"content": CUT},
            "chunkSize": 6,
            "latency": 40,
            "truncateAfterChunks": 6,
        },
    ]
}
DIALECTS = {
    "openai-chat": ("/v1", "gpt-4o"),
    "openai-responses": ("/v1", "gpt-4o"),
    "anthropic-messages": ("/v1", "claude-3-5-sonnet-20241022"),
    "gemini": ("/v1beta", "gemini-2.0-flash"),
    "ollama": ("", "llama3"),
}

pytestmark = pytest.mark.parametrize("dialect", DIALECTS)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    program = require("aimock", "node_modules", "@copilotkit", "aimock", "dist", "cli.js")
    folder = tmp_path_factory.mktemp("aimock")
    (folder / "fixtures.json").write_text(json.dumps(FIXTURES))
    command: list[str | Path] = [
        "node",
        program,
        "-p",
        "{port}",
        "-f",
        folder / "fixtures.json",
        "--strict",
        "--validate-on-load",
    ]
    with running(command, ready="/v1/models", log=folder / "log", env={"AIMOCK_API_KEYS": KEY}) as url:
        yield url


def ask(server: str, folder: Path, dialect: str, *arguments: str) -> Outcome:
    base, model = DIALECTS[dialect]
    text = (
        f'[endpoints.mock]\ndialect = "{dialect}"\nbase_url = "{server}{base}"\napi_key = {{ env = "MOCK_KEY" }}\n'
        'auth = "bearer"\n'
        if dialect == "ollama"
        else f'[endpoints.mock]\ndialect = "{dialect}"\nbase_url = "{server}{base}"\napi_key = {{ env = "MOCK_KEY" }}\n'
    )
    config = config_file(folder, text)
    return parley(
        "--config", config, "ask", "-m", f"mock/{model}", "--no-store", "--json", *arguments, env={"MOCK_KEY": KEY}
    )


def journal(server: str) -> list[Any]:
    found: list[Any] = ask_json(f"{server}/__aimock/journal", headers={"Authorization": f"Bearer {KEY}"})
    return found


@pytest.mark.parametrize("is_streamed", [True, False])
def test_a_reply(server: str, tmp_path: Path, dialect: str, is_streamed: bool) -> None:
    done = ask(server, tmp_path, dialect, "-p", f"stream={json.dumps(is_streamed)}", "-s", "Be kind.", "hello")
    assert done.code == 0, done.err
    reply = done.json
    assert (reply["text"], reply["finish"], reply["error"]) == (HELLO, "stop", None)
    assert reply["meta"]["http"]["status"] == 200
    assert [choice["text"] for choice in reply["choices"]] == [HELLO]
    assert done.err == ""


def test_a_rate_limit_is_waited_for_and_then_said(server: str, tmp_path: Path, dialect: str) -> None:
    before = len(journal(server))
    done = ask(server, tmp_path, dialect, "-p", "retry.attempts=2", "rate")
    assert done.code == 1
    error = done.json["error"]
    assert (error["kind"], error["status"], error["retry_after_s"]) == ("rate-limited", 429, 2)
    assert "Rate limit reached" in error["message"]
    assert done.json["finish"] == "error"
    asked = journal(server)[before:]
    assert [entry["response"]["status"] for entry in asked] == [429, 429]
    first, second = (entry["timestamp"] for entry in asked)
    assert second - first >= 1990, "Retry-After: 2 was not waited for"


def test_a_cut_reply_is_marked(server: str, tmp_path: Path, dialect: str) -> None:
    before = len(journal(server))
    done = ask(server, tmp_path, dialect, "trunc")
    assert done.code == 3, done.err
    reply = done.json
    assert reply["text"]
    assert CUT.startswith(reply["text"])
    assert len(reply["text"]) < len(CUT)
    assert reply["finish"] == "cut_short"
    assert reply["error"]["kind"] == "stream-broken"
    assert len(journal(server)) == before + 1, "a reply of which something was shown is not asked for again"
