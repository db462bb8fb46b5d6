"""`parley ask` as scripts see it: stdout, stderr, exit codes, files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import config_file, endpoint, parley, session_files
from tests.wire.server import Close, Reply, WireServer, chunk, event, events_reply, json_reply, served_in_thread
from tui.store.sessions import SessionStore

KEY = "sk-canary-0123456789abcdef"
ENV = {"WORK_KEY": KEY}


@pytest.fixture
def hello() -> Iterator[WireServer]:
    with _served(events_reply(chunk("Hel"), chunk("lo"), chunk("", finish="stop"), done=True)) as server:
        yield server


def _served(*script: Reply) -> AbstractContextManager[WireServer]:
    return served_in_thread(list(script))


def _ask(server: WireServer, folder: Path, *arguments: str, **more: Any) -> Any:
    file = config_file(folder, endpoint(server.url + "/v1"))
    return parley("ask", "--config", file, "-m", "work/big", *arguments, env=ENV, **more)


def test_the_reply_is_all_that_stdout_gets() -> None:
    done = parley("ask", "-m", "demo/echo", "Hello there")
    assert (done.code, done.err) == (0, "")
    assert "Hello there" in done.out
    assert done.out.endswith("\n")


def test_standard_input_is_the_prompt_or_stands_after_it(hello: WireServer, tmp_path: Path) -> None:
    assert _ask(hello, tmp_path, stdin="from a pipe\n").code == 0
    assert _ask(hello, tmp_path, "Explain", stdin="from a pipe\n").code == 0
    first, second = (request.json["messages"][-1]["content"] for request in hello.requests)
    assert first.strip() == "from a pipe"
    assert second == "Explain\n\nfrom a pipe"
    assert _ask(hello, tmp_path, "-", stdin="by its name").code == 0
    assert hello.requests[-1].json["messages"][-1]["content"] == "by its name"


def test_a_locale_without_characters_loses_none(tmp_path: Path) -> None:
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", **ENV}
    with _served(events_reply(chunk("h\u00e9llo \U0001f600", finish="stop"), done=True)) as server:
        file = config_file(tmp_path, endpoint(server.url + "/v1"))
        asked = ("ask", "--config", file, "-m", "work/big", "-s", "süß", "h\u00e9llo \U0001f600")
        done = parley(*asked, "--json", env=plain)
        assert parley(*asked, env=plain).out == "h?llo ?\n"
        said = [message["content"] for message in server.requests[0].json["messages"]]
    assert done.code == 0
    assert done.json["text"] == "h\u00e9llo \U0001f600"
    assert said == ["süß", "h\u00e9llo \U0001f600"]


def test_a_key_file_that_others_can_read_is_said_once_and_used(hello: WireServer, tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text(KEY)
    secret.chmod(0o644)
    table = (
        f'[endpoints.work]\ndialect = "openai-chat"\nbase_url = "{hello.url}/v1"\napi_key = {{ file = "{secret}" }}\n'
    )
    done = parley("ask", "--config", config_file(tmp_path, table), "-m", "work/big", "Hi")
    assert (done.code, done.out) == (0, "Hello\n")
    assert done.err.count("can be read by others") == 1
    assert KEY not in done.err
    secret.chmod(0o600)
    assert parley("ask", "--config", config_file(tmp_path, table), "-m", "work/big", "Hi").err == ""


def test_no_prompt_at_all_is_a_usage_error() -> None:
    done = parley("ask", "-m", "demo/echo", stdin="")
    assert done.code == 2
    assert "prompt" in done.err
    assert done.err.count("\n") == 1


def test_json_has_the_promised_shape(hello: WireServer, tmp_path: Path) -> None:
    done = _ask(hello, tmp_path, "--json", "Hi")
    assert done.code == 0
    reply = done.json
    assert reply["text"] == "Hello"
    assert reply["finish"] == "stop"
    assert set(reply["usage"]) >= {"input_tokens", "output_tokens", "reasoning_tokens"}
    assert set(reply["timings"]) >= {"first_token_s", "total_s", "tokens_per_s"}
    assert reply["choices"] == [{"index": 0, "text": "Hello", "finish": "stop"}]
    assert reply["meta"]["http"]["status"] == 200
    assert reply["error"] is None
    assert reply["cost_usd"] is None
    assert reply["usage"]["input_tokens"] is None
    assert session_files()[0].stem == reply["session"]


def test_jsonl_is_one_event_a_line(hello: WireServer, tmp_path: Path) -> None:
    lines = _ask(hello, tmp_path, "--jsonl", "Hi").lines
    assert "".join(line["text"] for line in lines if line["event"] == "text") == "Hello"
    assert lines[-1]["event"] == "end"
    assert lines[-1]["text"] == "Hello"


def test_a_dry_run_prints_the_request_masked_and_sends_nothing(hello: WireServer, tmp_path: Path) -> None:
    done = _ask(hello, tmp_path, "--dry-run", "-p", "temperature=0.5", "-s", "Be brief.", "Hi")
    assert done.code == 0
    call = done.json
    assert set(call) == {"method", "url", "headers", "json"}
    assert call["method"] == "POST"
    assert call["url"] == hello.url + "/v1/chat/completions"
    assert call["json"]["temperature"] == 0.5
    assert call["json"]["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
    ]
    assert KEY not in done.out + done.err
    assert call["headers"]["Authorization"] == "***"
    assert hello.requests == []
    assert session_files() == []


def test_a_dry_run_is_what_is_sent(hello: WireServer, tmp_path: Path) -> None:
    arguments = ("-p", "temperature=0.5", "-p", "max_tokens=9", "-p", 'extra_body={"x":{"y":1}}', "Hi")
    promised = _ask(hello, tmp_path, "--dry-run", *arguments).json
    assert _ask(hello, tmp_path, *arguments).code == 0
    (sent,) = hello.requests
    assert sent.json == promised["json"]
    assert sent.headers["authorization"] == f"Bearer {KEY}"


def test_unset_parameters_are_not_sent(hello: WireServer, tmp_path: Path) -> None:
    assert _ask(hello, tmp_path, "Hi").code == 0
    (sent,) = hello.requests
    assert not {"temperature", "top_p", "max_tokens", "max_completion_tokens", "seed"} & set(sent.json)
    assert None not in sent.json.values()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-m", "nowhere/model", "x"], ["nowhere"]),
        (["-m", "openai/gpt-4.1", "x"], ["OPENAI_API_KEY"]),
        (["-m", "anthropic/claude", "x"], ["ANTHROPIC_API_KEY"]),
        (["-m", "model", "x"], ["endpoint/model"]),
        (["-m", "demo/echo", "-p", "temperature=9", "x"], ["temperature"]),
        (["-m", "demo/echo", "-p", "temperature=hot", "x"], ["temperature"]),
        (["-m", "demo/echo", "-p", "nonsense", "x"], ["name=value"]),
        (["--no-such-option", "x"], ["--no-such-option"]),
        (["-m", "demo/echo", "-a", "missing.txt", "x"], ["missing.txt"]),
        (["-m", "demo/echo", "--session", "zzzz", "x"], ["zzzz"]),
        (["-m", "demo/echo", "--session", "", "x"], ["not a session id"]),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(arguments: list[str], words: list[str]) -> None:
    done = parley("ask", *arguments)
    assert done.code == 2
    assert done.out == ""
    assert len(done.err.strip().splitlines()) == 1
    assert "Traceback" not in done.err
    assert all(word in done.err for word in words), done.err
    assert session_files() == []


def test_an_unreachable_server_is_exit_code_1_and_names_the_host(tmp_path: Path) -> None:
    file = config_file(tmp_path, endpoint("http://127.0.0.1:9/v1", more="retry = { attempts = 1 }"))
    done = parley("ask", "--config", file, "-m", "work/big", "Hi", env=ENV)
    assert done.code == 1
    assert "127.0.0.1" in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_a_reply_cut_short_prints_what_came_and_exits_with_3(tmp_path: Path) -> None:
    with _served(Reply([event(_delta("half a")), Close()])) as server:
        done = _ask(server, tmp_path, "Hi")
    assert done.code == 3
    assert done.out == "half a\n"
    assert "cut short" in done.err


def test_an_error_inside_the_stream_is_3_after_text_and_1_before(tmp_path: Path) -> None:
    failure = event({"error": {"message": "The engine gave up.", "type": "server_error"}})
    with _served(Reply([event(_delta("half")), failure])) as server:
        done = _ask(server, tmp_path, "Hi")
        assert (done.code, done.out) == (3, "half\n")
        assert "The engine gave up" in done.err
    with _served(Reply([failure])) as server:
        done = _ask(server, tmp_path, "Hi")
        assert (done.code, done.out) == (1, "")
        assert "The engine gave up" in done.err


def test_an_echoed_key_is_shown_nowhere(tmp_path: Path) -> None:
    refusal = json_reply({"error": {"message": f"Incorrect API key provided: {KEY}", "param": None}}, status=401)
    with _served(refusal) as server:
        done = _ask(server, tmp_path, "--json", "Hi")
    assert done.code == 1
    assert done.json["error"]["kind"] == "key-rejected"
    assert done.json["error"]["status"] == 401
    assert "WORK_KEY" in done.err
    written = "".join(file.read_text() for file in session_files())
    assert KEY not in done.out + done.err + written


def test_a_session_is_continued(hello: WireServer, tmp_path: Path) -> None:
    first = _ask(hello, tmp_path, "--json", "One").json["session"]
    assert _ask(hello, tmp_path, "--continue", "Two").code == 0
    assert _ask(hello, tmp_path, "--session", first[:6], "Three").code == 0
    said = [message["content"] for message in hello.requests[-1].json["messages"]]
    assert said == ["One", "Hello", "Two", "Hello", "Three"]
    assert len(session_files()) == 1


def test_a_column_of_a_session_is_found_by_its_model(hello: WireServer, tmp_path: Path) -> None:
    file = config_file(tmp_path, endpoint(hello.url + "/v1"))
    compared = parley("compare", "--config", file, "-m", "demo/echo", "-m", "work/big", "--json", "One", env=ENV)
    session = compared.json["replies"][0]["session"]
    assert _ask(hello, tmp_path, "--session", session, "Two").code == 0
    said = [message["content"] for message in hello.requests[-1].json["messages"]]
    assert said == ["One", "Hello", "Two"]
    columns = parley("sessions", "show", session, "--json").json["columns"]
    assert [column["model"] for column in columns] == ["demo/echo", "work/big"]


def test_values_set_for_one_model_are_clamped_for_another_but_not_those_that_were_just_given(tmp_path: Path) -> None:
    more = 'like = "mistral"\nmodels = ["m"]'  # takes up to 1.5
    file = config_file(tmp_path, "[parameters]\nmax_tokens = 0\n" + endpoint("http://127.0.0.1:9/v1", more=more))
    session = parley("ask", "-m", "demo/echo", "-p", "temperature=1.9", "--json", "One").json["session"]
    switched = ("ask", "--config", file, "--session", session, "-m", "work/m", "--dry-run", "Two")
    done = parley(*switched, env=ENV)
    assert (done.json["json"]["temperature"], done.json["json"]["max_tokens"]) == (1.5, 1)
    assert "temperature was sent as 1.5, not 1.9: work/m takes between 0 and 1.5." in done.err
    compared = ("compare", "--config", file, "-m", "demo/echo", "-m", "work/m", "Hi")
    for command_line in (switched, compared):
        refused = parley(*command_line, "-p", "temperature=1.9", env=ENV)
        assert (refused.code, "between 0 and 1.5 for work/m" in refused.err) == (2, True)


def test_nothing_is_stored_when_so_asked(hello: WireServer, tmp_path: Path) -> None:
    done = _ask(hello, tmp_path, "--no-store", "--json", "Hi")
    assert done.json["session"] is None
    assert session_files() == []


async def test_who_comes_second_to_a_session_is_told() -> None:
    first = parley("ask", "-m", "demo/echo", "--json", "One").json["session"]
    assert parley("ask", "--session", first, "Two").err == ""
    held = SessionStore(session_files()[0].parent).open(first)
    try:
        done = parley("ask", "--session", first, "Three")
    finally:
        await held.journal.close()
    assert done.code == 0
    assert done.err.count("open in another Parley") == 1
    assert parley("ask", "--session", first, "Four").err == ""


def test_a_reply_of_thinking_alone_is_said_to_be_no_answer(tmp_path: Path) -> None:
    thought = {"choices": [{"index": 0, "delta": {"reasoning_content": "hm"}, "finish_reason": "stop"}]}
    with _served(events_reply(thought, done=True)) as server:
        done = _ask(server, tmp_path, "Hi")
    assert (done.code, done.out, done.err) == (0, "", "parley: The model thought, and ended without an answer.\n")


def test_one_choice_that_breaks_off_cuts_the_reply_short(tmp_path: Path) -> None:
    whole = {"choices": [{"index": 0, "delta": {"content": "A"}, "finish_reason": "stop"}]}
    half = {"choices": [{"index": 1, "delta": {"content": "B"}, "finish_reason": None}]}
    with _served(events_reply(whole, half)) as server:
        done = _ask(server, tmp_path, "-p", "n=2", "--json", "Hi")
        compared = parley(
            "compare", "--config", str(tmp_path / "config.toml"), "-m", "work/big", "-p", "n=2", "Hi", env=ENV
        )
    assert (done.code, compared.code) == (3, 3)
    assert [choice["finish"] for choice in done.json["choices"]] == ["stop", "cut_short"]


def test_the_only_choice_is_printed_whatever_its_number(tmp_path: Path) -> None:
    choice = {"choices": [{"index": 1, "delta": {"content": "Here"}, "finish_reason": "stop"}]}
    with _served(events_reply(choice, done=True)) as server:
        done = _ask(server, tmp_path, "Hi")
    assert (done.code, done.out) == (0, "Here\n")


def test_an_error_behind_the_finish_mark_is_3_too(tmp_path: Path) -> None:
    failure = {"error": {"message": "The engine gave up.", "type": "server_error"}}
    with _served(events_reply(chunk("whole"), chunk("", finish="stop"), failure)) as server:
        done = _ask(server, tmp_path, "Hi")
    assert (done.code, done.out) == (3, "whole\n")
    assert "The engine gave up" in done.err


def test_errors_inside_replies_say_how_often_was_asked_and_which_request_it_was(tmp_path: Path) -> None:
    failure = event({"error": {"message": "Busy.", "type": "server_error"}})
    headers = (("X-Request-ID", "req_7"),)
    early, late = Reply([failure], headers=headers), Reply([event(_delta("half")), failure], headers=headers)
    with _served(early, early, early, late) as server:
        file = config_file(tmp_path, endpoint(server.url + "/v1", more="retry = { first_wait_s = 0.01 }"))
        done = parley("ask", "--config", file, "-m", "work/big", "Hi", env=ENV)
        cut = parley("ask", "--config", file, "-m", "work/big", "Hi", env=ENV)
    assert "Tried 3 times. (Request req_7.)" in done.err
    assert "Busy (request req_7)." in cut.err


def test_a_system_prompt_that_a_text_completion_has_no_place_for_is_said() -> None:
    done = parley("complete", "-m", "demo/echo", "-s", "Be kind.", "Once")
    assert done.code == 0
    assert "The system prompt was not sent" in done.err


def test_tools_of_a_reply_that_broke_off_were_asked_for_and_not_used(tmp_path: Path) -> None:
    call = {"index": 0, "id": "c", "function": {"name": "look", "arguments": "{}"}}
    with _served(events_reply({"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]})) as server:
        done = _ask(server, tmp_path, "Hi")
    assert done.code == 1
    assert "asks for the tool look({})" in done.err
    assert "broke off in a tool call" in done.err
    assert "cut short" not in done.err


def test_control_characters_never_reach_stdout(tmp_path: Path) -> None:
    hostile = "a\x1b[31mb\x9bc\u202ed\x07\tz"
    with _served(events_reply(chunk(hostile), chunk("", finish="stop"), done=True)) as server:
        done = _ask(server, tmp_path, "Hi")
        as_json = _ask(server, tmp_path, "--json", "Hi")
    assert not set(done.out) & {"\x1b", "\x9b", "\u202e", "\x07", "\t"}
    assert not set(as_json.out) & {"\x1b", "\x9b", "\u202e", "\x07"}
    assert as_json.json["text"] == hostile


def _delta(text: str) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}


def test_a_key_that_comes_back_in_a_reply_is_not_saved(tmp_path: Path) -> None:
    with _served(events_reply(chunk(f"your key is {KEY}!"), chunk("", finish="stop"), done=True)) as server:
        assert _ask(server, tmp_path, "Hi").code == 0
    written = "".join(file.read_text() for file in session_files())
    assert "your key is ***!" in written
    assert KEY not in written
