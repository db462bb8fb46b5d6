"""`parley serve`: nothing without the token, nothing but loopback, and a real browser in which one can chat."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest

from tests.cli.running import command, environment, parley
from tests.waiting import wait_until
from tui.paths import sessions_dir

pytest.importorskip("textual_serve", reason="the extra “serve” is not installed")

WEBSOCKET = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


class Served:
    """A running `parley serve`."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            command(["serve", "-m", "demo/echo"]),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        assert self.process.stderr is not None
        found = re.search(r"http://\S+", self.process.stderr.readline())
        assert found is not None
        self.url = found[0]
        parts = urlsplit(self.url)
        assert parts.port is not None
        self.port = parts.port
        self.path = parts.path

    def status(self, path: str, **headers: str) -> int:
        return self.get(path, headers)[0]

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers=headers or {})
            answer = connection.getresponse()
            if answer.status == 101:
                return 101, dict(answer.headers), ""
            return answer.status, dict(answer.headers), answer.read().decode("utf-8", "replace")
        finally:
            connection.close()

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate(timeout=10)
            raise
        return self.process.returncode


@pytest.fixture
def served() -> Iterator[Served]:
    made = Served()
    try:
        yield made
    finally:
        made.stop()


def test_nothing_without_the_token(served: Served) -> None:
    wrong = served.path[:-2] + ("A" if served.path[-2] != "A" else "B") + "/"
    for path in ("/", "/ws", "/static/js/textual.js", "/download/x", wrong, f"{wrong}ws", served.path.upper(), "//"):
        assert served.status(path) == 404, path
    assert len(served.path) > 40


def test_with_it_the_page_is_ours_and_names_no_other_host(served: Served) -> None:
    status, headers, page = served.get(served.path)
    assert status == 200
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert {urlsplit(url).hostname for url in re.findall(r'\w+://[^"\s]+', page)} == {"127.0.0.1"}
    for name in re.findall(r'(?:href|src)="([^"]+)"|url\("([^"]+)"\)', page):
        assert served.status("".join(name)) == 200


def test_other_hosts_and_other_pages_are_turned_away(served: Served) -> None:
    assert served.status(served.path, Host="evil.example") == 404
    assert served.status(served.path, Host=f"evil.example:{served.port}") == 404
    assert served.get(f"{served.path}ws", {**WEBSOCKET, "Origin": "http://evil.example"})[0] == 404
    assert served.get("/ws", WEBSOCKET)[0] == 404


def test_only_this_computer_can_connect(served: Served) -> None:
    listening = [
        one.laddr.ip for one in psutil.Process(served.process.pid).net_connections("inet") if one.status == "LISTEN"
    ]
    assert listening == ["127.0.0.1"]


def test_ctrl_c_ends_it_quietly(served: Served) -> None:
    assert served.stop() == 0


def test_a_taken_port_is_said(served: Served) -> None:
    done = parley("serve", "--port", str(served.port))
    assert done.code == 2
    assert f"Port {served.port} cannot be used" in done.err


def test_each_start_has_a_token_of_its_own(served: Served) -> None:
    other = Served()
    try:
        assert other.path != served.path
    finally:
        other.stop()


# -- in a browser ------------------------------------------------------------------------------------------------------


class Tab:
    """One page of a real browser, spoken to by its own debugging protocol."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._number = 0

    async def call(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
        while True:
            answer = await self._socket.receive_json(timeout=30)
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]

    async def value_of(self, script: str) -> Any:
        found = await self.call("Runtime.evaluate", expression=script, returnByValue=True)
        return found["result"].get("value")

    async def wait_for(self, script: str) -> None:
        async with asyncio.timeout(60):
            while not await self.value_of(script):  # noqa: ASYNC110 - the page tells nobody
                await asyncio.sleep(0.05)

    async def press_enter(self) -> None:
        for kind in ("keyDown", "keyUp"):
            await self.call(
                "Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", text="\r", windowsVirtualKeyCode=13
            )


@asynccontextmanager
async def browser_at(url: str, folder: Path) -> AsyncIterator[Tab]:
    import aiohttp

    program = shutil.which("chromium") or "chromium"
    quiet = ["background-networking", "component-update", "sync", "gpu", "quic"]
    process = await asyncio.create_subprocess_exec(
        program,
        "--headless",
        "--no-sandbox",
        "--no-first-run",
        "--remote-debugging-port=0",
        f"--user-data-dir={folder}",
        *(f"--disable-{name}" for name in quiet),
        url,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        port_file = folder / "DevToolsActivePort"
        await wait_until(lambda: port_file.exists() and "\n" in port_file.read_text(), at_most_s=60)
        port = port_file.read_text().split("\n")[0]
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                pages = [page for page in await answer.json() if page["type"] == "page"]
            async with session.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                yield Tab(socket)
    finally:
        process.terminate()
        await process.wait()


def replies() -> list[str]:
    found = []
    for file in sessions_dir().glob("*.jsonl"):
        events = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        found += [event.get("text", "") for event in events if event.get("event") == "reply-ended"]
    return found


async def test_one_can_chat_over_the_socket(served: Served) -> None:
    import aiohttp

    url = f"ws{served.url.removeprefix('http')}ws?width=80&height=24"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        painted = b""
        while b"demo/echo" not in painted:
            painted += await socket.receive_bytes(timeout=60)
        await socket.send_json(["focus"])
        await socket.send_json(["stdin", "hello over a socket"])
        await socket.send_json(["stdin", "\r"])
        await wait_until(lambda: replies() == ["hello over a socket"], at_most_s=60)


@pytest.mark.skipif(shutil.which("chromium") is None, reason="Chromium is not installed")
async def test_one_can_chat_in_a_real_browser(served: Served, tmp_path: Path) -> None:
    async with browser_at(served.url, tmp_path / "profile") as tab:
        await tab.wait_for("document.body && document.body.classList.contains('-first-byte')")
        await tab.wait_for("document.activeElement.classList.contains('xterm-helper-textarea')")
        await tab.call("Input.insertText", text="hello from a browser")
        await tab.press_enter()
        await wait_until(lambda: replies() == ["hello from a browser"], at_most_s=60)
        hosts = await tab.value_of(
            "[...new Set(performance.getEntriesByType('resource').map(entry => new URL(entry.name).host))].join()"
        )
        assert hosts == f"127.0.0.1:{served.port}"
