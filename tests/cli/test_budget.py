"""Ceilings on the command line: asked before they are crossed, and where nobody can be asked, nothing is sent."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.running import command, environment, parley, session_files


def shop(folder: Path, budget: str) -> str:
    """A model that costs a dollar for each thousand tokens out, so ten cents as reckoned with a cap of 100."""
    (folder / "talk.toml").write_text('[[replies]]\ntext = "one two three"\n', encoding="utf-8")
    file = folder / "config.toml"
    file.write_text(
        f"[parameters]\nmax_tokens = 100\n[budget]\n{budget}\n"
        f'[endpoints.shop]\ndialect = "scripted"\nscript = "{folder / "talk.toml"}"\nmodels = ["talk"]\n'
        "[endpoints.shop.prices.talk]\ninput = 0\noutput = 1000\n",
        encoding="utf-8",
    )
    return str(file)


def on_a_terminal(arguments: list[str], answer: str, *, marker: str, for_s: float = 30) -> tuple[int, str]:
    """Run the command where somebody sits, and type `answer` when it asks."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        command(arguments), stdin=slave, stdout=subprocess.DEVNULL, stderr=slave, env=environment(), close_fds=True
    )
    os.close(slave)
    seen, deadline, is_typed = "", time.monotonic() + for_s, False
    while time.monotonic() < deadline:
        ready, _, _ = select.select([master], [], [], 0.1)
        if ready:
            try:
                seen += os.read(master, 4096).decode()
            except OSError:
                break
        if marker in seen and not is_typed:
            os.write(master, answer.encode())
            is_typed = True
        if process.poll() is not None and not ready:
            break
    code = process.wait(5)
    os.close(master)
    return code, seen


def test_what_crosses_a_ceiling_is_refused_where_nobody_can_be_asked(tmp_path: Path) -> None:
    file = shop(tmp_path, "session_usd = 0.05")
    refused = parley("ask", "--config", file, "-m", "shop/talk", "Hi")
    assert refused.code == 2
    assert "ceiling is $0.05" in refused.err
    assert "--over-budget" in refused.err
    assert not list(Path(os.environ["PARLEY_DATA_DIR"]).glob("sessions/*"))
    assert parley("ask", "--config", file, "-m", "shop/talk", "Hi", "--over-budget").out == "one two three\n"


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("\n", 2), ("n\n", 2)])
def test_on_a_terminal_it_asks(tmp_path: Path, answer: str, code: int) -> None:
    file = shop(tmp_path, "session_usd = 0.05")
    found, seen = on_a_terminal(["ask", "--config", file, "-m", "shop/talk", "Hi"], answer, marker="Send it?")
    assert "about $0.10" in seen
    assert found == code


def test_a_day_ceiling_stops_a_comparison_between_two_prompts(tmp_path: Path) -> None:
    file = shop(tmp_path, "day_usd = 0.45")
    prompts, output = tmp_path / "prompts.txt", tmp_path / "out.jsonl"
    prompts.write_text("".join(f"prompt {number}\n" for number in range(200)), encoding="utf-8")
    arguments = ("compare", "--config", file, "-m", "shop/talk", "-m", "shop/talk", "--concurrency", "1")
    done = parley(*arguments, "--input", str(prompts), "-o", str(output))
    assert done.code == 2
    assert "The day’s ceiling is $0.45" in done.err
    rows = [json.loads(line) for line in output.read_text("utf-8").splitlines()]
    assert 1 <= len(rows) < 200
    spent = sum(reply["cost_usd"] or 0 for row in rows for reply in row["replies"])
    assert spent <= 0.45
    assert len(session_files()) == len(rows)


def test_compare_says_on_a_terminal_what_it_takes(tmp_path: Path) -> None:
    file = shop(tmp_path, "")
    models = ["-m", "shop/talk", "-m", "shop/talk", "-m", "demo/echo"]
    code, seen = on_a_terminal(["compare", "--config", file, *models, "Hi"], "", marker="\0")
    assert code == 0
    assert "3 requests" in seen
    assert "about $0.20" in seen
    assert "no price is known for demo/echo" in seen


def test_linear_mode_asks_before_each_prompt(tmp_path: Path) -> None:
    file = shop(tmp_path, "session_usd = 0.05")
    done = parley("--linear", "--config", file, "-m", "shop/talk", stdin="Hi\nHello\n")
    assert done.err.count("ceiling is $0.05") == 2
    assert "one two three" not in done.out


def test_what_a_judge_takes_is_reckoned_beforehand_paid_and_said(tmp_path: Path) -> None:
    said = json.dumps({"scores": {"A": 7, "B": 7}, "winner": "tie", "reason": "Equal."})
    (tmp_path / "judge.toml").write_text(f"[[replies]]\ntext = '{said}'\n", encoding="utf-8")
    court = (
        f'[endpoints.court]\ndialect = "scripted"\nscript = "{tmp_path / "judge.toml"}"\nmodels = ["judge"]\n'
        "[endpoints.court.prices.judge]\ninput = 0\noutput = 1000\n"
    )
    arguments = ("-m", "demo/echo", "-m", "demo/echo", "--judge", "court/judge", "Hi")
    file = Path(shop(tmp_path, "session_usd = 0.9"))  # two requests with replies of 500 tokens are reckoned a dollar
    file.write_text(file.read_text("utf-8") + court, encoding="utf-8")
    refused = parley("compare", "--config", str(file), *arguments)
    assert refused.code == 2
    assert "This takes 4 requests" in refused.err
    done = parley("compare", "--config", str(file), "--over-budget", "--json", *arguments)
    verdict = done.json["verdict"]
    assert verdict["outcome"] == "tie"
    assert verdict["cost_usd"] > 0
    assert verdict["usage"]["output_tokens"] > 0
    session = parley("sessions", "show", "--json", done.json["replies"][0]["session"]).json
    assert sum(aside["cost_usd"] for aside in session["asides"]) == pytest.approx(verdict["cost_usd"])
    listed = parley("sessions", "list", "--json").json
    assert listed[0]["cost_usd"] == pytest.approx(verdict["cost_usd"])
    file.write_text(file.read_text("utf-8").replace("session_usd = 0.9", "day_usd = 0.001"), encoding="utf-8")
    spent = parley("ask", "--config", str(file), "-m", "demo/echo", "Hi")
    assert "ceiling is $0.001" in spent.err
    shown = parley("compare", "--config", str(file), "--over-budget", "--no-store", *arguments)
    assert "Judging took 2 requests, " in shown.out


@pytest.mark.parametrize("command_line", [["ask"], ["compare"]])
def test_what_is_not_stored_counts_for_the_day_all_the_same(tmp_path: Path, command_line: list[str]) -> None:
    file = shop(tmp_path, "day_usd = 0.104")
    arguments = [*command_line, "--config", file, "-m", "shop/talk", "--no-store", "Hi"]
    assert parley(*arguments).code == 0
    assert parley(*arguments).code == 0
    refused = parley(*arguments)
    assert refused.code == 2
    assert "The day’s ceiling is $0.10" in refused.err
    assert not list(Path(os.environ["PARLEY_DATA_DIR"]).glob("sessions/*.jsonl"))


def test_lines_that_are_not_stored_count_for_the_day_at_once_and_later(tmp_path: Path) -> None:
    file = shop(tmp_path, "day_usd = 0.104")
    arguments = ["--linear", "--config", file, "-m", "shop/talk", "--no-store"]
    for prompts in ("one\n/new\ntwo\nthree\n", "four\n"):
        done = parley(*arguments, stdin=prompts)
        assert done.code == 2
        assert "The day’s ceiling is $0.10" in done.err
    assert done.out == ""
