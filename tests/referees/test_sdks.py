"""The vendors' official SDKs agree that the strict fakes are faithful.

They are no dependency of the project: `PARLEY_REFEREES` names a folder with one virtual environment per set, `sdks`
(openai, anthropic 1.x, google-genai, ollama) and `sdks-anthropic-2` (anthropic 2.x). Without it the suite says that it
skips them.
"""

from __future__ import annotations

import json
import os
import subprocess
from importlib import import_module
from pathlib import Path

import pytest

from tests.wire.rules import load_fixture
from tests.wire.server import served_in_thread

FOLDER = os.environ.get("PARLEY_REFEREES", "")
SCRIPT = Path(__file__).with_name("sdk_checks.py")

pytestmark = pytest.mark.skipif(not FOLDER, reason="PARLEY_REFEREES names no folder with the SDKs of referees")


def faithful_cases(fake: str) -> list[str]:
    """The streamed cases that a real server would send: not those that are broken or odd on purpose."""
    named = load_fixture(fake)["cases"]
    cases = {name: case for name, case in named.items() if "frames" in case and "error" not in case}
    return [
        name
        for name, case in cases.items()
        if not case.get("is_cut") and not case.get("is_raw") and not name.startswith(("odd", "bare", "done", "nulls"))
    ]


@pytest.mark.parametrize(
    ("fake", "environment"),
    [
        ("openai_chat", "sdks"),
        ("openai_responses", "sdks"),
        ("openai_completions", "sdks"),
        ("anthropic_messages", "sdks"),
        ("anthropic_messages", "sdks-anthropic-2"),
        ("gemini", "sdks"),
        ("ollama", "sdks"),
    ],
)
def test_the_official_sdk_and_the_fake_understand_each_other(fake: str, environment: str) -> None:
    python = Path(FOLDER) / environment / "bin" / "python"
    with served_in_thread(import_module(f"tests.wire.{fake}").make_handler()) as server:
        done = subprocess.run(
            [python, SCRIPT, fake, server.url, json.dumps(faithful_cases(fake))],
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
            env={"PATH": os.environ["PATH"], "NO_PROXY": "*"},
        )
    assert done.returncode == 0, done.stderr[-3000:]
