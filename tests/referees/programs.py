"""Starts the referees that are servers, each a process of its own on a free port of loopback.

`PARLEY_REFEREES` names the folder where `make referees` put them; tests skip, saying so, what is not there.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

FOLDER = os.environ.get("PARLEY_REFEREES", "")
"""Read at import: the tests' own environment is clean."""
_READY_WITHIN_S = 60.0


def require(*parts: str) -> Path:
    """A file in the folder of the referees; skips the test when it is not there."""
    if not FOLDER:
        pytest.skip("PARLEY_REFEREES names no folder with referees: run make test-referees")
    found = Path(FOLDER, *parts)
    if not found.exists():
        pytest.skip(f"the referee {parts[0]} is not installed: make referees says why")
    return found


@contextmanager
def running(
    command: Sequence[str | Path], *, ready: str, log: Path, env: Mapping[str, str] | None = None
) -> Iterator[str]:
    """A server while it runs; `{port}` in its command is a free port. Gives its address once `ready` answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    argv = [str(part).replace("{port}", str(port)) for part in command]
    with log.open("wb") as output:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **(env or {})},
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(process, url + ready, log)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + _READY_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except urllib.error.HTTPError as error:
            error.close()
            return  # it speaks
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"the referee did not start: {log.read_text('utf-8', 'replace')[-2000:]}")


def ask_json(url: str, body: Any = None, *, headers: Mapping[str, str] | None = None) -> Any:
    """GET, or POST when there is a body; the decoded answer."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **(headers or {})})
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.loads(response.read() or b"null")
