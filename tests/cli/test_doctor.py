"""`parley doctor`: what works, what is missing, and where keys are, never what they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import config_file, endpoint, parley
from tests.wire import ollama
from tests.wire.server import Hold, Reply, SeenRequest, json_reply, served_in_thread
from tui.cli import diagnosis
from tui.cli.diagnosis import about_folders, about_terminal, colour_words

CANARY = "sk-canary-123456"


def test_the_report_on_a_bare_machine() -> None:
    done = parley("doctor")
    assert (done.code, done.err) == (0, "")
    for group in ("Configuration", "Endpoints", "Embedded model", "Terminal", "Folders"):
        assert f"\n{group}\n" in done.out
    assert "no key: set OPENAI_API_KEY" in done.out


def test_endpoints_and_keys_as_json(tmp_path: Path) -> None:
    def server_of(request: SeenRequest) -> Reply:
        if request.headers.get("authorization") == f"Bearer {CANARY}":
            return json_reply({"data": [{"id": "a"}, {"id": "b"}]})
        return json_reply({"error": {"message": f"bad key {request.headers.get('authorization')}"}}, status=401)

    with served_in_thread(server_of) as server:
        text = (
            endpoint(f"{server.url}/v1")
            + endpoint(f"{server.url}/v1", name="wrong").replace("WORK_KEY", "OTHER")
            + endpoint("http://127.0.0.1:9/v1", name="gone")
        )
        env = {"WORK_KEY": CANARY, "OTHER": "sk-second-canary-654321"}
        done = parley("doctor", "--json", "--config", config_file(tmp_path, text), env=env)
    assert done.code == 0
    assert "canary" not in done.out + done.err
    found = done.json["endpoints"]
    assert (found["work"]["state"], found["work"]["models"], found["work"]["key"]) == ("ok", 2, "WORK_KEY")
    assert found["work"]["is_reachable"] is True
    assert found["wrong"]["state"] == "fail"
    assert "OTHER" in found["wrong"]["error"]
    assert (found["gone"]["state"], found["gone"]["is_reachable"]) == ("fail", False)
    assert (found["openai"]["state"], found["openai"]["is_reachable"], found["openai"]["key"]) == ("off", None, None)
    assert found["ollama"]["state"] == "off"
    assert done.json["configuration"]["file"]["exists"] is True
    assert {"runtime", "processor", "weights"} == set(done.json["embedded_model"])
    assert {"sessions", "cache", "models"} == set(done.json["folders"])


def test_a_wrong_config_is_told_and_the_rest_still_looked_at(tmp_path: Path) -> None:
    text = 'theme = 3\n[endpoints.w]\nlabel = "W"\n'
    done = parley("doctor", "--config", config_file(tmp_path, text))
    assert done.code == 2
    assert "line 1: theme must be a text" in done.out
    assert "endpoints.w is not built in and has no dialect" in done.out
    assert "Terminal" in done.out
    broken = parley("doctor", "--json", "--config", config_file(tmp_path, "a = \n"))
    assert broken.code == 2
    assert broken.json["configuration"]["file"]["problems"]


def test_silent_servers_are_waited_for_together(tmp_path: Path) -> None:
    with served_in_thread(Reply([Hold()], framing="raw")) as server:
        text = "".join(endpoint(f"{server.url}/v1", name=f"w{i}") for i in range(8))
        done = parley("doctor", "--json", "--config", config_file(tmp_path, text), env={"WORK_KEY": "k"}, timeout_s=30)
    assert {done.json["endpoints"][f"w{i}"]["words"] for i in range(8)} == {
        "key from WORK_KEY; no answer within 5 seconds"
    }


def test_a_key_file_that_others_can_read_is_remarked(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(CANARY)
    (tmp_path / "key").chmod(0o644)
    with served_in_thread(json_reply({"data": [{"id": "a"}]})) as server:
        text = f'[endpoints.w]\ndialect = "openai-chat"\nbase_url = "{server.url}/v1"\napi_key = {{ file = "key" }}\n'
        done = parley("doctor", "--json", "--config", config_file(tmp_path, text))
    assert done.json["endpoints"]["w"]["state"] == "note"
    assert "can be read by others" in done.json["endpoints"]["w"]["words"]
    assert "canary" not in done.out


@pytest.mark.parametrize(
    ("environ", "colours"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, 2**24),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, 2),
        ({"TERM": "xterm-256color"}, 256),
        ({"TERM": "xterm-direct"}, 2**24),
        ({"TERM": "vt220"}, 16),
        ({"TERM": "dumb"}, 2),
        ({}, 2),
    ],
)
def test_colours(environ: dict[str, str], colours: int) -> None:
    assert colour_words(environ)[0] == colours


def test_the_terminal_says_what_it_can() -> None:
    plain = {finding.name: finding for finding in about_terminal({"TERM": "xterm"})}
    assert plain["screen"].state == "off"  # tests have no terminal
    assert plain["keyboard"].state == "note"
    kitty = {finding.name: finding for finding in about_terminal({"TERM": "xterm-kitty"})}
    assert kitty["keyboard"].state == "ok"
    inside = {finding.name: finding for finding in about_terminal({"TERM": "xterm-kitty", "TMUX": "x"})}
    assert (inside["keyboard"].state, inside["inside"].state) == ("note", "note")


def test_folders_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("PARLEY_DATA_DIR", str(blocked / "data"))
    folders = {finding.name: finding for finding in about_folders()}
    assert folders["sessions"].state == "fail"
    assert "is in the way" in folders["sessions"].words
    assert folders["cache"].state == "ok"
    opened = tmp_path / "open"
    opened.mkdir(mode=0o755)
    opened.chmod(0o755)
    monkeypatch.setenv("PARLEY_DATA_DIR", str(opened))
    assert next(finding for finding in about_folders() if finding.name == "sessions").state == "note"


def test_the_bound_is_what_the_documentation_says() -> None:
    assert diagnosis.BOUND_S <= 5


def test_models_that_a_local_server_holds_in_memory(tmp_path: Path) -> None:
    with served_in_thread(ollama.make_handler()) as server:
        config = config_file(tmp_path, f'[endpoints.ollama]\nbase_url = "{server.url}"\n')
        text = parley("doctor", "--config", config)
        data = parley("doctor", "--json", "--config", config)
    assert "3 models; loaded: qwen3:8b" in text.out
    assert data.json["endpoints"]["ollama"]["loaded"] == ["qwen3:8b"]
