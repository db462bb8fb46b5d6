"""`parley models`: all endpoints at once, each failing alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.running import config_file, endpoint, parley
from tests.wire import ollama
from tests.wire.server import Reply, SeenRequest, json_reply, served_in_thread
from tui.cli.models import age_words, table_lines

DEAD = "http://127.0.0.1:9"
KEY = {"WORK_KEY": "sk-canary-123456"}
LISTING = {
    "data": [
        {
            "id": "big",
            "name": "The big one",
            "context_length": 128_000,
            "pricing": {"prompt": "0.0000025", "completion": "0.00001"},
            "supported_parameters": ["temperature", "max_tokens"],
        },
        {"id": "small"},
    ]
}


def _listing(request: SeenRequest) -> Reply:
    return json_reply(LISTING)


def test_json_is_what_the_product_promises(tmp_path: Path) -> None:
    with served_in_thread(_listing) as server:
        config = config_file(tmp_path, endpoint(f"{server.url}/v1", more="[endpoints.work.prices.small]\ninput = 0.5"))
        done = parley("models", "work", "--json", "--config", config, env=KEY)
    assert (done.code, done.err) == (0, "")
    assert done.json == [
        {
            "model": "work/big",
            "name": "The big one",
            "kinds": ["chat"],
            "context_tokens": 128_000,
            "prices": {"input": 2.5, "output": 10.0},
            "parameters": ["temperature", "max_tokens"],
        },
        {
            "model": "work/small",
            "name": None,
            "kinds": ["chat"],
            "context_tokens": None,
            "prices": {"input": 0.5, "output": None},
            "parameters": None,
        },
    ]


def test_an_unreachable_endpoint_is_a_line_not_a_failure_of_the_rest(tmp_path: Path) -> None:
    with served_in_thread(_listing) as server:
        text = endpoint(f"{server.url}/v1") + endpoint(f"{DEAD}/v1", name="gone") + '[endpoints.broken]\nlabel = "x"\n'
        done = parley("models", "--json", "--config", config_file(tmp_path, text), env=KEY)
    assert done.code == 0
    names = [model["model"] for model in done.json]
    assert {"work/big", "work/small", "demo/echo"} <= set(names)
    lines = done.err.splitlines()
    assert len(lines) == 2
    assert any("gone" in line for line in lines)
    assert any("endpoints.broken" in line for line in lines)
    assert "canary" not in done.out + done.err


def test_without_keys_and_servers_it_is_quiet() -> None:
    done = parley("models")
    assert (done.code, done.err) == (0, "")
    assert any(line.startswith("demo/echo") for line in done.out.splitlines())


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("gone", 1, "gone"),
        ("opnai", 2, "did you mean openai?"),
        ("openai", 2, "OPENAI_API_KEY"),
        ("bad", 2, "base_url"),
    ],
)
def test_a_named_endpoint_fails_by_its_exit_code(tmp_path: Path, name: str, code: int, words: str) -> None:
    text = endpoint(f"{DEAD}/v1", name="gone") + '[endpoints.bad]\ndialect = "ollama"\n'
    done = parley("models", name, "--config", config_file(tmp_path, text), env=KEY)
    assert done.code == code
    assert done.out == ""
    assert words in done.err
    assert len(done.err.splitlines()) == 1


def test_the_list_is_remembered_until_refresh(tmp_path: Path) -> None:
    seen: list[SeenRequest] = []

    def listing(request: SeenRequest) -> Reply:
        seen.append(request)
        return json_reply({"data": [{"id": f"model-{len(seen)}"}]})

    with served_in_thread(listing) as server:
        config = config_file(tmp_path, endpoint(f"{server.url}/v1"))
        for arguments, expected in (((), "work/model-1"), ((), "work/model-1"), (("--refresh",), "work/model-2")):
            done = parley("models", "work", *arguments, "--config", config, env=KEY)
            assert done.out.split() == [expected]
    old = parley("models", "work", "--refresh", "--config", config, env=KEY)
    assert old.code == 1  # asked for a new list by name, and there is none
    assert old.out.startswith("work/model-2")
    assert "this is its list of a moment ago" in old.err


def test_hostile_names_are_harmless(tmp_path: Path) -> None:
    evil = "a\x1b[31m\u202eb\nc"

    def listing(request: SeenRequest) -> Reply:
        return json_reply({"data": [{"id": evil, "name": evil}]})

    with served_in_thread(listing) as server:
        config = config_file(tmp_path, endpoint(f"{server.url}/v1"))
        done = parley("models", "work", "--config", config, env=KEY)
        scripts = parley("models", "work", "--json", "--config", config, env=KEY)
    assert "\x1b" not in done.out + scripts.out
    assert "\u202e" not in done.out + scripts.out
    assert len(done.out.splitlines()) == 1
    assert scripts.json[0]["model"] == f"work/{evil}"  # exact, escaped


def test_a_local_server_is_found_by_itself() -> None:
    def ollama(request: SeenRequest) -> Reply:
        if request.path == "/api/version":
            return json_reply({"version": "0.9"})
        return json_reply({"models": [{"name": "qwen3:8b", "model": "qwen3:8b"}]})

    with served_in_thread(ollama) as server:
        done = parley("models", env={"OLLAMA_HOST": server.url.removeprefix("http://")})
    assert done.code == 0
    assert "ollama/qwen3:8b" in done.out


def test_nothing_is_asked_without_a_key(tmp_path: Path) -> None:
    with served_in_thread(_listing) as server:
        config = config_file(tmp_path, endpoint(f"{server.url}/v1"))
        done = parley("models", "work", "--config", config)
        assert server.requests == []
    assert done.code == 2
    assert "WORK_KEY is not set" in done.err


def test_ages_are_told_in_their_largest_unit() -> None:
    ages = [age_words(age_s) for age_s in (5, 60, 7200, 86400, 300_000)]
    assert ages == ["a moment", "1 minute", "2 hours", "1 day", "3 days"]


def test_tables_align_by_cells() -> None:
    assert table_lines([("日本", "1"), ("abc", "10")]) == ["日本   1", "abc   10"]
    assert table_lines([]) == []


def test_the_environment_of_these_tests_is_clean() -> None:
    assert not any(name.endswith("_API_KEY") for name in os.environ)


def test_an_ollama_server_downloads_a_model(tmp_path: Path) -> None:
    with served_in_thread(ollama.make_handler()) as server:
        config = config_file(tmp_path, f'[endpoints.ollama]\nbase_url = "{server.url}"\n')
        done = parley("models", "ollama", "--pull", "qwen3:8b", "--config", config)
        again = parley("models", "ollama", "--pull", "missing", "--config", config)
        asked = [request.json for request in server.requests if request.path == "/api/pull"]
    assert done.code == 0, done.err
    assert [line for line in done.err.splitlines() if "pulling abc" in line] == ["parley: pulling abc"]
    assert "parley: success" in done.err
    assert "60 %" in done.err or "50 %" in done.err
    assert "ollama/qwen3:8b" in done.out
    assert asked[0] == {"model": "qwen3:8b", "stream": True}
    assert (again.code, again.out) == (1, "")
    assert "file does not exist" in again.err


def test_only_ollama_servers_download(tmp_path: Path) -> None:
    done = parley("models", "openai", "--pull", "x", env={"OPENAI_API_KEY": "sk-x"})
    assert done.code == 2
    assert "Only Ollama servers" in done.err
    assert parley("models", "--pull", "x").code == 2
