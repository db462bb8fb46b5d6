"""The real command in a process of its own, as a script would run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


def parley(
    *arguments: str, stdin: str | bytes | None = None, env: Mapping[str, str] | None = None, timeout_s: float = 60
) -> Outcome:
    """Run `parley` with the test's own folders."""
    done = subprocess.run(
        command(arguments),
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        env=environment(env),
        timeout=timeout_s,
        check=False,
    )
    return Outcome(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


def command(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "tui", *arguments]


def environment(env: Mapping[str, str] | None = None) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}


def session_files() -> list[Path]:
    """The sessions on disk, oldest name first."""
    return sorted(Path(os.environ["PARLEY_DATA_DIR"], "sessions").glob("*.jsonl"))


def config_file(folder: Path, text: str) -> str:
    """A config file with `text`; returns its path."""
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def endpoint(url: str, *, name: str = "work", more: str = "") -> str:
    """The four lines of an endpoint."""
    return (
        f'[endpoints.{name}]\ndialect = "openai-chat"\nbase_url = "{url}"\napi_key = {{ env = "WORK_KEY" }}\n{more}\n'
    )
