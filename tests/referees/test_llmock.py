"""llmock breaks its replies and passes a verdict on the client: the real command must be found without fault.

A truncated stream that was shown cannot be taken back: the command says “cut short” and ends with 3, and the user asks
again. One that was cut before its first word is asked for again at once. Both leave the verdict clean.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import Outcome, config_file, parley
from tests.referees.programs import ask_json, require, running

PROMPT = "tell me about the sea and the sky"
SAID = f"You said: {PROMPT}"
DIALECTS = {
    "openai-chat": ("/v1", "gpt-4o", 1),
    "openai-responses": ("/v1", "gpt-4o", 4),
    "anthropic-messages": ("/anthropic/v1", "claude-sonnet-4-5", 3),
    "gemini": ("/gemini/v1beta", "gemini-2.5-flash", 0),
}
"""Where each is, a model, and how many frames come before the first word."""
PIECES = 3
"""How many frames with words a broken stream gives."""

pytestmark = pytest.mark.parametrize("dialect", DIALECTS)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    program = require("llmock", "bin", "llmock")
    log = tmp_path_factory.mktemp("llmock") / "log"
    command: list[str | Path] = [
        program,
        "serve",
        "--host",
        "127.0.0.1",
        "--port",
        "{port}",
        "--response-style",
        "echo",
    ]
    with running(command, ready="/health", log=log) as url:
        yield url


class Referee:
    """The server with a client under its eyes."""

    def __init__(self, url: str, folder: Path, dialect: str) -> None:
        base, self.model, self.frames_before = DIALECTS[dialect]
        self.url = url
        self.config = config_file(
            folder,
            f'[endpoints.mock]\ndialect = "{dialect}"\nbase_url = "{url}{base}"\napi_key = {{ env = "MOCK_KEY" }}\n'
            "retry = { first_wait_s = 0.1 }\n",
        )

    def plan(self, **behaviour: Any) -> None:
        """What happens to the next requests."""
        ask_json(f"{self.url}/_llmock/scenario", {"behaviors": [behaviour]})

    def ask(self, *arguments: str) -> Outcome:
        return parley(
            "--config", self.config, "ask", "-m", f"mock/{self.model}", "--no-store", "--json", *arguments, PROMPT,
            env={"MOCK_KEY": "sk-test"},
        )  # fmt: skip

    def verdict(self) -> dict[str, Any]:
        found: dict[str, Any] = ask_json(f"{self.url}/_llmock/verdict")
        return found


@pytest.fixture
def referee(server: str, tmp_path: Path, dialect: str) -> Referee:
    ask_json(f"{server}/_llmock/reset", {})
    return Referee(server, tmp_path, dialect)


def assert_clean(verdict: dict[str, Any], *, attempts: int) -> None:
    assert verdict["findings"] == []
    assert verdict["passed"]
    assert verdict["attempts"] == attempts


@pytest.mark.parametrize("is_streamed", [True, False])
def test_a_reply(referee: Referee, is_streamed: bool) -> None:
    done = referee.ask("-p", f"stream={json.dumps(is_streamed)}")
    assert done.code == 0, done.err
    assert SAID in done.json["text"]
    assert done.json["finish"] == "stop"
    assert done.json["usage"]["output_tokens"] > 0
    assert_clean(referee.verdict(), attempts=1)


def test_a_rate_limit_is_waited_for(referee: Referee) -> None:
    referee.plan(type="fail", status=429, retry_after=0.3, times=2)
    done = referee.ask()
    assert done.code == 0, done.err
    assert SAID in done.json["text"]
    assert_clean(referee.verdict(), attempts=3)


@pytest.mark.parametrize("status", [500, 503])
def test_a_failure_is_tried_again(referee: Referee, status: int) -> None:
    referee.plan(type="fail", status=status, times=1)
    assert referee.ask().code == 0
    assert_clean(referee.verdict(), attempts=2)


@pytest.mark.parametrize(("status", "kind"), [(400, "request-rejected"), (401, "key-rejected"), (403, "key-rejected")])
def test_a_refusal_is_not_tried_again(referee: Referee, status: int, kind: str) -> None:
    referee.plan(type="fail", status=status, message="no such luck", times=1)
    done = referee.ask()
    assert done.code == 1
    assert done.json["error"]["kind"] == kind
    assert done.json["error"]["status"] == status
    assert "no such luck" in done.json["error"]["message"]
    assert_clean(referee.verdict(), attempts=1)


@pytest.mark.parametrize("kind", ["disconnect", "truncate"])
def test_a_stream_that_breaks_before_its_first_word_is_asked_for_again(referee: Referee, kind: str) -> None:
    referee.plan(type="stream_fault", kind=kind, after_chunks=referee.frames_before)
    done = referee.ask()
    if (
        kind == "truncate" and not referee.frames_before
    ):  # a whole answer without a byte: said, and the user's to repeat
        assert done.code == 1
        assert "empty reply" in done.json["error"]["message"]
        done = referee.ask()
    assert done.code == 0, done.err
    assert SAID in done.json["text"]
    assert_clean(referee.verdict(), attempts=2)


@pytest.mark.parametrize("kind", ["disconnect", "truncate"])
def test_a_stream_that_breaks_later_is_cut_short_and_can_be_asked_for_again(referee: Referee, kind: str) -> None:
    referee.plan(type="stream_fault", kind=kind, after_chunks=referee.frames_before + PIECES)
    done = referee.ask()
    assert done.code == 3, done.err
    assert done.json["finish"] == "cut_short"
    assert done.json["error"]["kind"] == "stream-broken"
    assert done.json["text"]
    assert SAID not in done.json["text"]
    assert referee.verdict()["attempts"] == 1, "what was shown is not asked for again by itself"
    assert referee.ask().code == 0
    assert_clean(referee.verdict(), attempts=2)


def test_a_stalled_stream_is_given_up(referee: Referee) -> None:
    after = referee.frames_before + PIECES
    referee.plan(type="stream_fault", kind="stall", after_chunks=after, stall_seconds=30)
    done = referee.ask("-p", "timeout.idle_s=1")
    assert done.code == 3, done.err
    assert "nothing came for 1 s" in done.json["error"]["message"]
    assert_clean(referee.verdict(), attempts=1)


def test_a_malformed_piece_is_skipped_with_a_note(referee: Referee) -> None:
    referee.plan(type="stream_fault", kind="malformed", after_chunks=referee.frames_before + PIECES)
    done = referee.ask()
    assert done.code == 0, done.err
    assert done.json["text"]
    assert any("skipped" in note for note in done.json["notes"])
    assert not referee.verdict()["errors"]
