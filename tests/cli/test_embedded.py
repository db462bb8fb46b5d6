"""The embedded model end to end on the command line."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from tests.cli.running import command, environment, parley
from tests.embedded import require_embedded_model

pytestmark = pytest.mark.embedded


@pytest.fixture(autouse=True)
def _model() -> None:
    require_embedded_model()


def test_it_answers_and_streams() -> None:
    done = parley("ask", "-m", "local/default", "--jsonl", "-p", "temperature=0.2", "What is the capital of France?")
    assert done.code == 0, done.err
    texts = [line["text"] for line in done.lines if line["event"] == "text"]
    assert len(texts) > 2
    assert "Paris" in "".join(texts)
    end = done.lines[-1]
    assert end["usage"]["output_tokens"] > 0
    assert end["timings"]["first_token_s"] > 0


def test_it_completes_text() -> None:
    done = parley("complete", "-m", "local/default", "-p", "max_tokens=8", "--json", "One, two, three,")
    assert done.code == 0, done.err
    assert done.json["finish"] == "length"
    assert done.json["text"]


def test_one_seed_gives_one_text() -> None:
    arguments = ("ask", "-m", "local/default", "--json", "-p", "seed=7", "-p", "max_tokens=16", "Tell me a story.")
    assert parley(*arguments).json["text"] == parley(*arguments).json["text"]


def test_a_prompt_beyond_the_context_is_said_so() -> None:
    done = parley("ask", "-m", "local/default", "--json", "word " * 6000)
    assert done.code == 1
    assert done.json["error"]["kind"] == "context-too-long"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_child_ends_with_its_parent(number: int) -> None:
    with subprocess.Popen(
        command(["ask", "-m", "local/default", "Write a very long story about a fox and a crow."]),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        assert process.stdout is not None
        assert process.stdout.read(1)
        children = psutil.Process(process.pid).children(recursive=True)
        assert children
        process.send_signal(number)
        process.communicate(timeout=30)
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []


def test_a_missing_model_is_one_sentence(tmp_path: Path) -> None:
    done = parley("ask", "-m", "local/default", "Hi", env={"PARLEY_MODELS_DIR": str(tmp_path)})
    assert done.code == 2
    assert "parley local install" in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_what_is_no_gguf_is_one_sentence(tmp_path: Path) -> None:
    junk = tmp_path / "junk.gguf"
    junk.write_bytes(os.urandom(4096))
    done = parley("ask", "-m", f"local/{junk}", "Hi")
    assert done.code == 2
    assert "GGUF" in done.err
