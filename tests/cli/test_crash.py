"""A bug in Parley: one sentence, a log that says where and nothing else, and no key in either."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui.cli import ask, main
from tui.cli.crash import crash_report, report_crash
from tui.paths import log_file

CANARY = "sk-canary-0123456789abcdef"


def failing(key: str) -> None:
    try:
        int(key)
    except ValueError as error:
        raise RuntimeError(f"the key {key} is no number") from error


def bug() -> RuntimeError:
    with pytest.raises(RuntimeError) as caught:
        failing(CANARY)
    return caught.value


def test_the_report_says_where_and_what_kind_but_no_value_and_no_words() -> None:
    report = crash_report(bug())
    assert "builtins.RuntimeError" in report
    assert "builtins.ValueError" in report, "what caused it"
    assert "tests/cli/test_crash.py" in report
    assert "in failing" in report
    assert "canary" not in report
    assert "no number" not in report


def test_causes_that_go_in_a_circle_end() -> None:
    first, second = RuntimeError(CANARY), ValueError(CANARY)
    first.__cause__, second.__cause__ = second, first
    assert crash_report(first).count("builtins.") == 2


def test_what_failed_in_a_worker_is_in_it() -> None:
    carrier = RuntimeError("a worker failed")
    carrier.error = bug()  # type: ignore[attr-defined]
    assert "in failing" in crash_report(carrier)


def test_the_user_is_told_where_it_is_noted() -> None:
    words = report_crash(bug())
    assert str(log_file()) in words
    assert "canary" not in words
    assert "in failing" in log_file().read_text("utf-8")
    assert log_file().stat().st_mode & 0o777 == 0o600


def test_where_nothing_can_be_noted_the_sentence_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("PARLEY_CACHE_DIR", str(tmp_path / "file" / "below"))
    assert report_crash(bug()).endswith("please start it again.")


def test_a_command_with_a_bug_ends_with_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ask, "run", lambda args: failing(CANARY))
    assert main.run(["ask", "-m", "demo/echo", "Hi"]) == main.FAILED
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert "wrong inside Parley (RuntimeError)" in told.err
    assert "canary" not in told.err + log_file().read_text("utf-8")
