"""`parley compare -o FILE`, interrupted and resumed: nothing asked twice, nothing missing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tests.cli.running import command, config_file, endpoint, environment, parley
from tests.wire.server import Hold, Reply, SeenRequest, WireServer, chunk, events_reply, json_reply, served_in_thread
from tui.domain.session import Session
from tui.paths import sessions_dir
from tui.store.sessions import SessionStore

ENV = {"WORK_KEY": "sk-canary-0123456789abcdef"}
PROMPTS = 6


class Desk:
    """Models answer by name; slow holds until it is told to go on, bad fails until then."""

    def __init__(self) -> None:
        self.is_going_on = False

    def __call__(self, request: SeenRequest) -> Reply:
        body = request.json
        words, model = body["messages"][-1]["content"], body["model"]
        if model == "slow" and not self.is_going_on:
            return Reply([Hold()])
        if model == "bad" and not self.is_going_on:
            return json_reply({"error": {"message": "not today"}}, status=400)
        return events_reply(chunk(f"{model}: {words}"), chunk("", finish="stop"), done=True)


def asked(server: WireServer) -> Counter[tuple[str, str]]:
    return Counter((one.json["model"], one.json["messages"][-1]["content"]) for one in server.requests)


def arguments(folder: Path, server: WireServer, *models: str) -> list[str]:
    file = config_file(folder, endpoint(server.url + "/v1"))
    prompts = folder / "prompts.txt"
    prompts.write_text("".join(f"prompt {number}\n" for number in range(PROMPTS)), encoding="utf-8")
    named = [part for model in models for part in ("-m", f"work/{model}")]
    return [
        *("compare", "--config", file, "--input", str(prompts), "-o", str(folder / "out.jsonl")),
        *(*named, "--concurrency", "3"),
    ]


def rows(folder: Path) -> list[Any]:
    return [json.loads(line) for line in (folder / "out.jsonl").read_text("utf-8").splitlines()]


def sessions() -> list[Session]:
    store = SessionStore(sessions_dir())
    return [store.read(entry.id).session for entry in store.entries()]


def lines_within(file: Path, count: int, seconds: float = 30) -> None:
    """Wait until a file has so many lines that are replies."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if file.exists() and file.read_text("utf-8").count('"reply"') >= count:
            return
        time.sleep(0.01)
    raise AssertionError(f"{file.name} has not {count} replies after {seconds} s")


def test_a_killed_run_asks_only_for_what_is_missing_and_goes_on_in_its_sessions(tmp_path: Path) -> None:
    desk = Desk()
    with served_in_thread(desk) as server:
        run = arguments(tmp_path, server, "fast", "slow")
        notes = tmp_path / "out.jsonl.unfinished"
        with subprocess.Popen(command(run), env=environment(ENV), stderr=subprocess.DEVNULL) as process:
            lines_within(notes, 3)
            process.send_signal(signal.SIGKILL)
        assert sum(asked(server).values()) == 6
        desk.is_going_on = True
        assert parley(*run, env=ENV).code == 0
        counts = asked(server)
    assert {counts["fast", f"prompt {number}"] for number in range(PROMPTS)} == {1}
    assert sorted(row["index"] for row in rows(tmp_path)) == list(range(PROMPTS))
    assert all(
        [reply["text"] for reply in row["replies"]] == [f"{model}: {row['prompt']}" for model in ("fast", "slow")]
        for row in rows(tmp_path)
    )
    assert not notes.exists()
    assert len(sessions()) == PROMPTS
    for session in sessions():
        prompts = [one for one in session.messages.values() if not one.is_reply]
        assert len(prompts) == 1
        assert [session.messages[column.head or ""].text for column in session.columns.values()] == [
            f"fast: {prompts[0].text}",
            f"slow: {prompts[0].text}",
        ]


def test_a_row_with_a_failure_is_completed_by_asking_the_failed_model_alone(tmp_path: Path) -> None:
    desk = Desk()
    with served_in_thread(desk) as server:
        run = arguments(tmp_path, server, "fast", "bad")
        assert parley(*run, env=ENV).code == 1
        assert all(row["replies"][1]["error"] for row in rows(tmp_path))
        desk.is_going_on = True
        assert parley(*run, env=ENV).code == 0
        counts = asked(server)
    assert {counts["fast", f"prompt {number}"] for number in range(PROMPTS)} == {1}
    assert {counts["bad", f"prompt {number}"] for number in range(PROMPTS)} == {2}
    assert sorted(row["index"] for row in rows(tmp_path)) == list(range(PROMPTS))
    assert all(reply["error"] is None for row in rows(tmp_path) for reply in row["replies"])
    assert len(sessions()) == PROMPTS


def test_what_is_there_needs_no_session_to_be_resumed(tmp_path: Path) -> None:
    desk = Desk()
    with served_in_thread(desk) as server:
        run = [*arguments(tmp_path, server, "fast", "bad"), "--no-store"]
        parley(*run, env=ENV)
        desk.is_going_on = True
        assert parley(*run, env=ENV).code == 0
        assert sum(asked(server).values()) == 3 * PROMPTS
    assert not Path(os.environ["PARLEY_DATA_DIR"], "sessions").exists()


def test_a_verdict_that_is_missing_is_asked_for_and_earlier_scores_count(tmp_path: Path) -> None:
    verdict = json.dumps({"scores": {"A": 4, "B": 4}, "winner": "tie", "reason": "both"})

    def script(request: SeenRequest) -> Reply:
        words = verdict if request.json["model"] == "judge" else request.json["model"]
        return events_reply(chunk(words), chunk("", finish="stop"), done=True)

    with served_in_thread(script) as server:
        run = arguments(tmp_path, server, "one", "two")
        assert parley(*run, env=ENV).code == 0
        judged = [*run, "--judge", "work/judge", "--fail-under", "5"]
        assert parley(*judged, env=ENV).code == 1
        counts = Counter(one.json["model"] for one in server.requests)
        assert counts == {"one": PROMPTS, "two": PROMPTS, "judge": 2 * PROMPTS}
        again = parley(*judged, env=ENV)
        assert again.code == 1
        assert "mean score of 4.00" in again.err
        assert len(server.requests) == 4 * PROMPTS


def test_an_interrupted_run_says_how_to_go_on(tmp_path: Path) -> None:
    with served_in_thread(Desk()) as server:
        process = subprocess.Popen(
            command(arguments(tmp_path, server, "quick", "slow")),
            env=environment(ENV),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        lines_within(tmp_path / "out.jsonl.unfinished", 3)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "the same command goes on from here" in said.decode()


def test_what_others_wrote_into_the_files_is_left_alone(tmp_path: Path) -> None:
    foreign = '{"replies":[{"model":"work/one"}],"verdict":{"outcome":"x","scores":["a",5]}}\nno JSON\n[1]\n'
    (tmp_path / "out.jsonl").write_text(foreign + '{"index":0,"pro')
    (tmp_path / "out.jsonl.unfinished").write_text('{"index":{},"models":5}\n{"models":[],"place":"x","reply":{}}\n')
    with served_in_thread(Desk()) as server:
        run = arguments(tmp_path, server, "one")
        assert parley(*run, env=ENV).code == 0
        written = (tmp_path / "out.jsonl").read_text("utf-8")
        assert written.startswith(foreign)
        assert len(written.splitlines()) == 3 + PROMPTS
        (tmp_path / "out.jsonl").write_text("Dear diary,\nno end of line")
        refused = parley(*run, env=ENV)
    assert (refused.code, "holds something else" in refused.err) == (2, True)
    assert (tmp_path / "out.jsonl").read_text("utf-8") == "Dear diary,\nno end of line"


def test_another_system_prompt_and_other_parameters_are_asked_anew(tmp_path: Path) -> None:
    with served_in_thread(Desk()) as server:
        plain = arguments(tmp_path, server, "quick")
        warm = [*plain, "-p", "temperature=0.5"]
        runs = (plain, warm, [*warm, "-s", "Be brief."], [*warm, "-p", "retry.attempts=1"], plain, warm)
        for run, count in zip(runs, (1, 2, 3, 3, 3, 3), strict=True):
            assert parley(*run, env=ENV).code == 0
            assert len(server.requests) == count * PROMPTS
    marks = Counter(row.get("settings", "") for row in rows(tmp_path))
    assert sorted(marks.values()) == [PROMPTS] * 3
    assert marks[""] == PROMPTS


def test_what_waits_of_other_settings_is_not_thrown_away(tmp_path: Path) -> None:
    notes = tmp_path / "out.jsonl.unfinished"
    desk = Desk()
    with served_in_thread(desk) as server:
        run = arguments(tmp_path, server, "quick", "bad")
        assert parley(*run, "-p", "temperature=0.5", env=ENV).code == 1
        desk.is_going_on = True
        assert parley(*run, env=ENV).code == 0
        server.requests.clear()
        assert parley(*run, "-p", "temperature=0.5", env=ENV).code == 0
        assert {model for model, _ in asked(server)} == {"bad"}
    assert len(rows(tmp_path)) == 2 * PROMPTS
    assert not notes.exists()


def test_a_line_whose_own_system_prompt_was_edited_is_asked_anew(tmp_path: Path) -> None:
    def write(system: str) -> None:
        line = {"prompt": "Which?", "system": system}
        (tmp_path / "prompts.txt").write_text(json.dumps(line) + '\n{"prompt": "Why?"}\n', encoding="utf-8")

    with served_in_thread(Desk()) as server:
        run = arguments(tmp_path, server, "quick")
        for system, count in (("Be brief.", 2), ("Be long.", 3), ("Be brief.", 3), ("Be long.", 3)):
            write(system)
            assert parley(*run, env=ENV).code == 0
            assert len(server.requests) == count
    assert Counter(row.get("system") for row in rows(tmp_path)) == Counter(["Be brief.", "Be long.", None])


def test_only_scores_of_what_is_compared_count(tmp_path: Path) -> None:
    def script(request: SeenRequest) -> Reply:
        words = request.json["messages"][-1]["content"]
        score = 2 if "poor" in words else 8
        verdict = json.dumps({"scores": {"A": score, "B": score}, "winner": "tie"})
        said = verdict if request.json["model"] == "judge" else "fine"
        return events_reply(chunk(said), chunk("", finish="stop"), done=True)

    prompts = tmp_path / "prompts.txt"
    with served_in_thread(script) as server:
        run = [*arguments(tmp_path, server, "one", "two"), "--judge", "work/judge", "--fail-under", "5"]
        prompts.write_text("good\npoor\n", encoding="utf-8")
        assert parley(*run, env=ENV).code == 0  # 8 and 2: 5, which is not below 5
        prompts.write_text("poor\npoor too\n", encoding="utf-8")
        assert parley(*run, env=ENV).code == 1
        prompts.write_text("good\n", encoding="utf-8")
        asked_for = len(server.requests)
        again = parley(*run, env=ENV)
        assert (again.code, len(server.requests)) == (0, asked_for)


def test_output_is_a_file_that_can_be_gone_on_from_and_not_the_prompts(tmp_path: Path) -> None:
    with served_in_thread(Desk()) as server:
        run = arguments(tmp_path, server, "quick")
        prompts = tmp_path / "prompts.txt"
        for output, words in (("-", "needs a file"), (str(prompts), "write into the prompts")):
            refused = parley(*run, "-o", output, env=ENV)
            assert (refused.code, refused.out) == (2, "")
            assert words in refused.err
        assert server.requests == []
    assert prompts.read_text("utf-8").count("\n") == PROMPTS
    for score in ("nan", "inf", "-1", "11"):
        refused = parley(*run, "--judge", "work/judge", f"--fail-under={score}", env=ENV)
        assert refused.code == 2
        assert "a score from 1 to 10" in refused.err
