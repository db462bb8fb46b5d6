"""The child process: the real runtime where it is about the model, the real process everywhere."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import httpx
import psutil
import pytest

from tests.local.making import small_model
from tests.waiting import wait_until
from tui.errors import LocalModelError
from tui.local import server as serving
from tui.local.library import InstalledModel, resolve_model
from tui.local.server import Address, LocalServer

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def server() -> AsyncGenerator[LocalServer, None]:
    running = LocalServer(threads=1)
    yield running
    await running.stop()


async def started(server: LocalServer, model: InstalledModel, *, context_tokens: int | None = None) -> Address:
    """Where the server runs `model`, with nothing asked of it."""
    async with server.turn(model, context_tokens=context_tokens) as address:
        return address


def process_id(server: LocalServer) -> int:
    assert server._child is not None
    return server._child.process.pid


def client(address: Address) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {address.key}"}
    return httpx.AsyncClient(base_url=address.base_url, headers=headers, trust_env=False, timeout=60)


def body(prompt: str, **fields: object) -> dict[str, object]:
    return {"messages": [{"role": "user", "content": prompt}], **fields}


async def kill_in_mid_reply(server: LocalServer, http: httpx.AsyncClient) -> None:
    request = http.stream("POST", "/v1/chat/completions", json=body("Tell a long story.", stream=True))
    async with request as reply:
        async for _ in reply.aiter_bytes():
            if server.is_running:
                os.kill(process_id(server), signal.SIGKILL)


def stand_in(tmp_path: Path) -> InstalledModel:
    """A file that passes every check of ours and that the runtime cannot load."""
    file = tmp_path / "stand-in.gguf"
    file.write_bytes(small_model())
    return resolve_model(str(file))


def use_child(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str) -> None:
    """Run `program` as the child instead."""
    file = tmp_path / "other_child.py"
    file.write_text(program)
    monkeypatch.setattr(serving, "_CHILD_FILE", file)


READY = "import os, sys, time, json\nprint(json.dumps({'ready': 'http://127.0.0.1:1'}), flush=True)\n"


# -- the real model ----------------------------------------------------------------------------------------------------


@pytest.mark.embedded
async def test_it_answers_and_everything_else_is_closed(server: LocalServer, embedded_model: InstalledModel) -> None:
    async with server.turn(embedded_model) as address, client(address) as http:
        reply = (
            await http.post("/v1/chat/completions", json=body("What is the capital of France?", n=2, max_tokens=30))
        ).json()
        assert len(reply["choices"]) == 2
        assert all(choice["message"]["content"] for choice in reply["choices"])
        async with httpx.AsyncClient(trust_env=False) as stranger:
            url, page = f"{address.base_url}/v1/chat/completions", {"Origin": "https://evil.example"}
            refused = await stranger.post(url, json=body("Hi"), headers=page)
            assert refused.status_code == 401
            assert not refused.headers.get("access-control-allow-origin")
        assert (await http.get("/")).status_code == 404
        assert (await http.get("/slots")).status_code == 501
    listening = [
        link.laddr.ip for link in psutil.Process(process_id(server)).net_connections() if link.status == "LISTEN"
    ]
    assert listening == ["127.0.0.1"]


@pytest.mark.embedded
async def test_secrets_are_not_handed_down(
    server: LocalServer, embedded_model: InstalledModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    address = await started(server, embedded_model)
    child = psutil.Process(process_id(server))
    assert address.key not in " ".join(child.cmdline())
    assert "sk-canary" not in str(child.environ())
    assert address.key not in repr(address)


@pytest.mark.embedded
async def test_the_next_turn_reuses_the_child(server: LocalServer, embedded_model: InstalledModel) -> None:
    first = await started(server, embedded_model)
    assert await started(server, embedded_model) == first
    assert server.is_running
    assert await server.why_it_died() is None


@pytest.mark.embedded
async def test_another_context_or_model_means_another_child(
    server: LocalServer, embedded_model: InstalledModel
) -> None:
    first = await started(server, embedded_model)
    old = process_id(server)
    second = await started(server, embedded_model, context_tokens=512)
    assert second != first
    assert not psutil.pid_exists(old)
    async with client(second) as http:
        props = (await http.get("/props")).json()
    assert props["default_generation_settings"]["n_ctx"] == 512


@pytest.mark.embedded
async def test_after_a_crash_it_says_why_and_starts_again(server: LocalServer, embedded_model: InstalledModel) -> None:
    async with server.turn(embedded_model) as address, client(address) as http:
        with pytest.raises(httpx.RemoteProtocolError):
            await kill_in_mid_reply(server, http)
        assert "stopped by the system" in (await server.why_it_died() or "")
    async with server.turn(embedded_model) as address, client(address) as http:
        assert (await http.get("/health")).status_code == 200


@pytest.mark.embedded
async def test_requests_take_turns(server: LocalServer, embedded_model: InstalledModel) -> None:
    order: list[str] = []

    async def ask(name: str) -> None:
        async with server.turn(embedded_model) as address, client(address) as http:
            order.append(f"{name} starts")
            await http.post("/v1/chat/completions", json=body("Hi", max_tokens=8))
            order.append(f"{name} ends")

    await asyncio.gather(ask("a"), ask("b"), ask("c"))
    assert order == [f"{name} {what}" for name in "abc" for what in ("starts", "ends")]


@pytest.mark.embedded
async def test_stopping_in_mid_reply_does_not_wait_for_it(server: LocalServer, embedded_model: InstalledModel) -> None:
    async with server.turn(embedded_model) as address, client(address) as http:
        request = http.stream("POST", "/v1/chat/completions", json=body("Tell a long story.", stream=True))
        async with request as reply:
            await anext(reply.aiter_bytes())
            pid = process_id(server)
            async with asyncio.timeout(10):  # the runtime's own shutdown takes half a minute
                await server.stop()
            assert not psutil.pid_exists(pid)


@pytest.mark.embedded
@pytest.mark.parametrize("is_loading", [True, False])
async def test_it_does_not_outlive_a_killed_parent(embedded_model: InstalledModel, is_loading: bool) -> None:
    program = (
        "import asyncio, sys\n"
        "from tui.local.library import resolve_model\n"
        "from tui.local.server import LocalServer\n"
        "async def main():\n"
        "    server = LocalServer(threads=1)\n"
        "    start = asyncio.create_task(server.turn(resolve_model('smollm2-135m')).__aenter__())\n"
        "    while server._child is None: await asyncio.sleep(0.001)\n"
        f"    {'pass' if is_loading else 'await start'}\n"
        "    print(server._child.process.pid, flush=True)\n"
        "    await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    child = psutil.Process(pid)
    parent.kill()
    await parent.wait()
    await wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


@pytest.mark.embedded
async def test_an_interrupt_of_the_terminal_does_not_reach_it(
    server: LocalServer, embedded_model: InstalledModel
) -> None:
    await started(server, embedded_model)
    pid = process_id(server)
    assert os.getsid(pid) != os.getsid(0)
    os.kill(pid, signal.SIGINT)
    async with client(await started(server, embedded_model)) as http:
        assert (await http.get("/health")).status_code == 200
    assert process_id(server) == pid


@pytest.mark.embedded
async def test_what_the_runtime_cannot_load_is_said_in_its_words(server: LocalServer, tmp_path: Path) -> None:
    with pytest.raises(LocalModelError) as caught:
        await started(server, stand_in(tmp_path))
    assert "could not be started; it said:" in str(caught.value)
    assert not server.is_running


# -- any child ---------------------------------------------------------------------------------------------------------


async def test_files_are_checked_before_a_process_is_started(server: LocalServer, tmp_path: Path) -> None:
    model = stand_in(tmp_path)
    model.path.write_bytes(b"junk")
    with pytest.raises(LocalModelError, match="not a GGUF"):
        await started(server, model)
    model.path.unlink()
    with pytest.raises(LocalModelError, match="is gone"):
        await started(server, model)


async def test_a_missing_runtime_names_the_extra(
    server: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(LocalModelError, match=r"parley-tui\[local\]"):
        await started(server, stand_in(tmp_path))


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGILL)", "lacks AVX2"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "stopped by the system"),
        ("import sys; sys.exit('0.0 E srv  the\\x1b[2J cause')", "it said: srv the␛[2J cause"),
        ("print('not json', flush=True); import sys; sys.exit(3)", "exit code 3"),
        ("print('[1]', flush=True); import sys; sys.exit(3)", "exit code 3"),
        ("print('x' * 1000000, flush=True); import time; time.sleep(60)", "could not be started"),
        ('print(\'{"error": "ImportError: no"}\', flush=True); import sys; sys.exit(2)', "ImportError: no"),
    ],
)
async def test_a_child_that_fails_is_put_in_words(
    server: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, words: str
) -> None:
    use_child(monkeypatch, tmp_path, program)
    with pytest.raises(LocalModelError) as caught:
        await started(server, stand_in(tmp_path))
    assert words in str(caught.value)
    assert not server.is_running


async def test_a_child_that_never_gets_ready_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_child(monkeypatch, tmp_path, "import time; time.sleep(600)")
    server = LocalServer(threads=1, start_timeout_s=0.3)
    with pytest.raises(LocalModelError, match="not ready"):
        await started(server, stand_in(tmp_path))
    assert not server.is_running


async def test_cancelling_a_start_leaves_no_child(
    server: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_child(monkeypatch, tmp_path, "import time; time.sleep(600)")
    task = asyncio.create_task(started(server, stand_in(tmp_path)))
    await wait_until(lambda: server._child)
    pid = process_id(server)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not psutil.pid_exists(pid)


async def test_a_child_that_ignores_its_input_is_killed(
    server: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "STOP_WAIT_S", 0.1)
    use_child(monkeypatch, tmp_path, READY + "time.sleep(600)")
    await started(server, stand_in(tmp_path))
    pid = process_id(server)
    await server.stop()
    assert not psutil.pid_exists(pid)
    await server.stop()


async def test_what_takes_time_is_announced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_child(monkeypatch, tmp_path, READY + "sys.stdin.read()")
    said: list[str] = []
    server = LocalServer(on_status=said.append, threads=1)
    model = replace(stand_in(tmp_path), label="Tiny")
    async with server.turn(model):
        assert said == ["starting the small local model Tiny …", ""]
        said.clear()
        waiting = asyncio.create_task(started(server, model))
        await wait_until(lambda: said)
        assert said == ["waiting: Tiny answers one question at a time"]
    await waiting
    assert said[-1] == ""
    await server.stop()


async def test_a_talkative_child_does_not_block(
    server: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_child(
        monkeypatch, tmp_path, "import sys; sys.stderr.write('x' * 3_000_000 + '\\n')\n" + READY + "sys.stdin.read()"
    )
    assert (await started(server, stand_in(tmp_path))).base_url == "http://127.0.0.1:1"


def test_the_settings_reach_the_child(tmp_path: Path) -> None:
    settings = serving.StartSettings(stand_in(tmp_path), 1024, 3)
    told = json.loads(settings.as_json())
    assert (told["context_tokens"], told["threads"], told["choices"]) == (1024, 3, serving.MOST_CHOICES)
    assert told["sampling"]["max_tokens"] > 0
