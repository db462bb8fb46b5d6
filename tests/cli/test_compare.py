"""`parley compare` as scripts see it."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from tests.cli.running import command, config_file, endpoint, environment, parley, session_files
from tests.wire.server import Reply, SeenRequest, chunk, event, events_reply, json_reply, served_in_thread
from tui.cli.questions import count_questions, read_questions
from tui.errors import ConfigError

ENV = {"WORK_KEY": "sk-canary-0123456789abcdef"}


def test_a_file_in_another_encoding_is_refused_before_anybody_is_paid_for_it(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes("eins\nzwölf\n".encode("latin-1"))
    with pytest.raises(ConfigError, match="line 2 is not UTF-8; save the file as UTF-8"):
        list(read_questions(str(tmp_path / "x")))


def test_json_has_the_replies_in_the_order_of_the_models() -> None:
    done = parley("compare", "Hi there", "-m", "demo/tour", "-m", "demo/echo", "-m", "demo/echo", "--json")
    assert done.code == 0
    assert done.json["prompt"] == "Hi there"
    assert [reply["model"] for reply in done.json["replies"]] == ["demo/tour", "demo/echo", "demo/echo"]
    assert done.json["replies"][1]["text"] == "Hi there"
    (session,) = {reply["session"] for reply in done.json["replies"]}
    assert [file.stem for file in session_files()] == [session]


def test_one_failing_model_leaves_the_others_alone(tmp_path: Path) -> None:
    with served_in_thread(json_reply({"error": {"message": "No such model"}}, status=404)) as server:
        file = config_file(tmp_path, endpoint(server.url + "/v1"))
        done = parley("compare", "--config", file, "Hi", "-m", "work/x", "-m", "demo/echo", "--json", env=ENV)
    assert done.code == 1
    failed, fine = done.json["replies"]
    assert failed["error"]["kind"] == "model-unknown"
    assert failed["finish"] == "error"
    assert fine["text"] == "Hi"


def test_nothing_is_asked_when_one_model_cannot_be(tmp_path: Path) -> None:
    with served_in_thread(events_reply(chunk("x", finish="stop"), done=True)) as server:
        file = config_file(tmp_path, endpoint(server.url + "/v1"))
        done = parley("compare", "--config", file, "Hi", "-m", "work/x", "-m", "openai/gpt-4.1", env=ENV)
        assert server.requests == []
    assert done.code == 2
    assert "OPENAI_API_KEY" in done.err


def test_what_is_not_sent_as_it_was_set_is_said_once(tmp_path: Path) -> None:
    (tmp_path / "prompts.txt").write_text("one\ntwo\n")
    config = config_file(tmp_path, "[parameters]\ntemperature = 9\ntop_k = 5\n")
    models = ["-m", "demo/echo", "-m", "demo/tour"]
    done = parley("compare", "--config", config, *models, "--input", str(tmp_path / "prompts.txt"))
    assert done.err.splitlines() == [
        f"parley: {model}: {words}"
        for model in ("demo/echo", "demo/tour")
        for words in (
            f"temperature was sent as 2, not 9: {model} takes between 0 and 2.",
            "top_k was not sent: a script has no such parameter.",
        )
    ]


def test_repeat_asks_each_model_again() -> None:
    done = parley("compare", "Hi", "-m", "demo/echo", "--repeat", "3", "--json")
    assert [reply["text"] for reply in done.json["replies"]] == ["Hi", "Hi", "Hi"]


def test_a_file_of_prompts_is_plain_lines_or_json_lines(tmp_path: Path) -> None:
    prompts = tmp_path / "prompts.txt"
    prompts.write_text('first\n\n{"prompt": "second", "id": 7}\n', encoding="utf-8")
    done = parley("compare", "--input", str(prompts), "-m", "demo/echo", "--json")
    assert [(row["prompt"], row["replies"][0]["text"]) for row in done.json] == [
        ("first", "first"),
        ("second", "second"),
    ]
    assert done.json[1]["input"] == {"id": 7}
    lines = parley("compare", "--input", str(prompts), "-m", "demo/echo", "--jsonl").lines
    assert sorted(line["prompt"] for line in lines) == ["first", "second"]


def test_prompts_come_from_standard_input_too(tmp_path: Path) -> None:
    done = parley("compare", "--input", "-", "-m", "demo/echo", "--json", stdin='one\r\n{"prompt": "two"}')
    assert [row["prompt"] for row in done.json] == ["one", "two"]
    assert "Standard input, line 2" in parley("compare", "--input", "-", "-m", "demo/echo", stdin="one\n{}\n").err
    done = parley("compare", "--input", "-", "-m", "demo/echo", stdin="\n \n")
    assert (done.code, done.err) == (2, "parley: Standard input holds no prompt; write one a line.\n")


def test_a_byte_order_mark_is_no_part_of_the_first_prompt(tmp_path: Path) -> None:
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_bytes(b'\xef\xbb\xbf{"prompt": "first"}\n')
    assert [question.prompt for question in read_questions(str(prompts))] == ["first"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_prompts_as_powershell_writes_them_are_read(tmp_path: Path, encoding: str) -> None:
    prompts = tmp_path / "prompts.txt"
    prompts.write_bytes("\ufefffirst é\r\nsecond\r\n".encode(encoding))
    assert [question.prompt for question in read_questions(str(prompts))] == ["first é", "second"]


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"a\n" * 99_000 + b"b\0"], ids=["PNG", "late"])
def test_what_is_no_text_is_no_prompt(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(ConfigError, match="is no text: it holds"):
        assert "b" not in [question.prompt for question in read_questions(str(tmp_path / "x"))]


def test_a_lone_carriage_return_ends_a_line_wherever_it_comes_from(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"one\rtwo\n")
    assert [question.prompt for question in read_questions(str(tmp_path / "x"))] == ["one", "two"]
    done = parley("compare", "--input", "-", "-m", "demo/echo", "--json", stdin="one\rtwo\n")
    assert [row["prompt"] for row in done.json] == ["one", "two"]


def test_counting_prompts_takes_none_out_of_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert count_questions(str(pipe)) == 0
    assert count_questions("-") == 0


@pytest.mark.parametrize(
    "line", ['{"system": "x"}', '{"prompt": "  "}', '{"prompt": 7}', '{"prompt"', '{"prompt": []}']
)
def test_a_bad_json_line_is_named(tmp_path: Path, line: str) -> None:
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text('{"prompt": "fine"}\n' + line + "\n", encoding="utf-8")
    done = parley("compare", "--input", str(prompts), "-m", "demo/echo", "--no-store")
    assert done.code == 2
    assert "line 2" in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_an_interrupted_run_is_resumed_without_asking_twice(tmp_path: Path) -> None:
    prompts, output = tmp_path / "prompts.txt", tmp_path / "out.jsonl"
    prompts.write_text("\n".join(f"prompt {number}" for number in range(6)), encoding="utf-8")
    arguments = ("--input", str(prompts), "-o", str(output), "-m", "work/x", "--no-store")
    with served_in_thread(events_reply(chunk("fine"), chunk("", finish="stop"), done=True)) as server:
        file = config_file(tmp_path, endpoint(server.url + "/v1"))
        assert parley("compare", "--config", file, *arguments, env=ENV).code == 0
        lines = output.read_text().splitlines(keepends=True)
        output.write_text("".join(lines[:3]) + lines[3][:40])
        assert parley("compare", "--config", file, *arguments, env=ENV).code == 0
        assert len(server.requests) == 9
    rows = [json.loads(line) for line in output.read_text().splitlines()]
    assert sorted(row["index"] for row in rows) == list(range(6))


def test_a_cut_short_reply_is_exit_code_3(tmp_path: Path) -> None:
    half = {"choices": [{"index": 0, "delta": {"content": "half"}, "finish_reason": None}]}
    with served_in_thread(Reply([event(half)])) as server:
        file = config_file(tmp_path, endpoint(server.url + "/v1"))
        done = parley("compare", "--config", file, "Hi", "-m", "work/x", "-m", "demo/echo", "--json", env=ENV)
    assert done.code == 3
    assert done.json["replies"][0]["finish"] == "cut_short"
    assert done.json["replies"][0]["text"] == "half"


def test_a_table_names_every_model_and_says_what_is_unknown() -> None:
    done = parley("compare", "Hi", "-m", "demo/echo", "-m", "demo/tour")
    assert done.code == 0
    assert "demo/echo" in done.out
    assert "tokens/s" in done.out
    assert "–" in done.out


@pytest.mark.parametrize(
    "arguments",
    [["--repeat", "0", "Hi"], ["--input", "missing.txt"], ["--input", "x", "Hi"], ["-o", "x.jsonl", "Hi"]],
)
def test_bad_options_are_one_sentence(arguments: list[str]) -> None:
    done = parley("compare", "-m", "demo/echo", *arguments)
    assert done.code == 2
    assert len(done.err.strip().splitlines()) == 1


def _judging(request: SeenRequest) -> Reply:
    """Model “good” and “bad” answer with their name; the judge scores by finding the good answer."""
    body = request.json
    if body["model"] != "judge":
        return events_reply(chunk(f"a {body['model']} answer"), chunk("", finish="stop"), done=True)
    answers = re.findall(r"<answer>\n(.*?)\n</answer>", body["messages"][-1]["content"])
    scores = {letter: 9 if "good" in answer else 3 for letter, answer in zip("AB", answers, strict=True)}
    said = json.dumps({"scores": scores, "winner": max(scores, key=lambda name: scores[name]), "reason": "right"})
    return events_reply(chunk(said), chunk("", finish="stop"), done=True)


def test_a_judge_scores_blind_in_both_orders_and_feeds_the_board(tmp_path: Path) -> None:
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("\n".join(f"prompt {number}" for number in range(6)), encoding="utf-8")
    models = ("-m", "work/bad", "-m", "work/good", "--judge", "work/judge", "--input", str(prompts))
    with served_in_thread(_judging) as server:
        file = config_file(tmp_path, endpoint(server.url + "/v1"))
        done = parley("compare", "--config", file, *models, "--json", env=ENV)
        assert done.code == 0, done.err
        assert [row["verdict"]["outcome"] for row in done.json] == ["winner"] * 6
        assert done.json[0]["verdict"]["winner"] == 1
        asked = [request.json["messages"][-1]["content"] for request in server.requests]
        assert not any("work/good" in text for text in asked)
        failing = parley("compare", "--config", file, *models, "--fail-under", "5", env=ENV)
        assert failing.code == 1
        assert "work/bad" in failing.err
    board = parley("board", "--judges", "--json").json["standings"]
    assert [(line["model"], line["wins"], line["has_enough"]) for line in board] == [
        ("work/good", 12, True),
        ("work/bad", 0, True),
    ]
    assert parley("board", "--judges", "--json", "--tag", "none").json["standings"] == []
    assert "no votes yet" in parley("board").err


def test_repeats_show_their_spread_and_how_many_agree() -> None:
    done = parley("compare", "Hi", "-m", "demo/echo", "-m", "demo/tour", "--repeat", "3", "--no-store")
    assert "demo/echo × 3: characters 2, time" in done.out
    assert "; 3 equal" in done.out


def test_many_prompts_end_with_each_models_figures(tmp_path: Path) -> None:
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("one\ntwo\nthree\n", encoding="utf-8")
    done = parley("compare", "--input", str(prompts), "-m", "demo/echo", "-m", "demo/cut", "--no-store")
    assert done.code == 3
    table = done.out.partition("=== all 3 prompts")[2].split("\n")
    assert [line.split()[1:4] for line in table if line[:1].isdigit()] == [
        ["demo/echo", "3", "0"],
        ["demo/cut", "3", "3"],
    ]


def test_a_rubric_of_ones_own_reaches_the_judge(tmp_path: Path) -> None:
    rubric = tmp_path / "rubric.txt"
    rubric.write_text("Only rhymes count.", encoding="utf-8")
    models = ("-m", "work/bad", "-m", "work/good", "--judge", "work/judge")
    with served_in_thread(_judging) as server:
        file = config_file(tmp_path, endpoint(server.url + "/v1"))
        done = parley("compare", "--config", file, "Hi", *models, "--rubric", str(rubric), "--json", env=ENV)
        asked = [request.json["messages"][-1]["content"] for request in server.requests]
    assert done.json["verdict"]["winner"] == 1
    assert sum("Only rhymes count." in text for text in asked) == 2
    board = parley("board", "--judges", "--csv", "--until", "2999-01-01").out.splitlines()
    assert board[0] == "model,rating,low,high,wins,losses,ties,has_enough"
    assert board[1].startswith("work/good,")
    assert parley("board", "--judges", "--csv", "--until", "2000-01-01").out.splitlines() == board[:1]
    assert parley("board", "--until", "soon").code == 2
    assert "none with this tag" in parley("board", "--judges", "--since", "2999-01-01").err
    assert "No model has judged" not in parley("board", "--judges", "--tag", "x").err
    for zone, hours in (("EAST-14", 14), ("WEST12", -12)):  # a day is a day where the user is
        today = datetime.now(timezone(timedelta(hours=hours))).date().isoformat()
        narrowed = parley("board", "--judges", "--csv", "--since", today, "--until", today, env={"TZ": zone})
        assert narrowed.out.splitlines() == board


def test_a_hostile_model_name_is_cleaned_on_a_terminal_too(tmp_path: Path) -> None:
    hostile = "demo/echo\x1b]0;owned\x07\x9b31m\u202e"
    leader, follower = pty.openpty()
    with subprocess.Popen(
        command(("compare", "-m", "demo/echo", "-m", hostile, "--no-store", "Hi")),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=follower,
        env=environment(),
    ) as process:
        os.close(follower)
        told = b""
        with contextlib.suppress(OSError):  # the terminal is gone with the process
            while piece := os.read(leader, 65536):
                told += piece
        process.communicate(timeout=60)
    os.close(leader)
    for raw in (b"\x1b]0", b"\x07", b"\xc2\x9b", "\u202e".encode()):
        assert raw not in told
    assert b"2 requests" in told
