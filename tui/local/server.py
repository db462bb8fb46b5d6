"""The embedded model as a server of our own: a child process that is started on first use and never outlives us.

One child runs at a time, with one model; asking for another model replaces it. `turn()` lends the server to one
request at a time: on a laptop two at once only make both slower, and a change of model must not cut a reply.
This module refuses to speak HTTP: whoever holds an Address talks to it like to any other endpoint.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import os
import secrets
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tui.errors import LocalModelError
from tui.local.child import KEY_VARIABLE
from tui.local.cpu import check_cpu, generation_threads
from tui.local.library import InstalledModel, check_model
from tui.local.obituary import Obituary
from tui.local.openmp import openmp_folder, require_openmp

MOST_CHOICES = 4
"""How many choices (`n`) one request may ask for. They share the context and cost no memory unless used."""

START_TIMEOUT_S = 120.0
STOP_WAIT_S = 2.0
_CHILD_FILE = Path(__file__).with_name("child.py")
_LONGEST_REPORT_BYTES = 64 * 1024

_KEPT_VARIABLES = (
    "PATH",
    "HOME",
    "TMPDIR",
    "TEMP",
    "TMP",
    "LANG",
    "VIRTUAL_ENV",
    "SYSTEMROOT",
    "USERPROFILE",
    "APPDATA",
)
_KEPT_PREFIXES = ("PYTHON", "LC_", "LD_", "DYLD_", "OMP_", "GGML_")


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """Where the child listens, and the key it was given; both end with it."""

    base_url: str
    """Without a path: `http://127.0.0.1:PORT`."""
    key: str

    def __repr__(self) -> str:
        return f"Address({self.base_url!r})"  # never the key


@dataclass(frozen=True, slots=True)
class StartSettings:
    """What a child is started with; a change of any of them means another child."""

    model: InstalledModel
    context_tokens: int
    threads: int

    def as_json(self) -> str:
        """The child's first argument."""
        entry = self.model.entry
        return json.dumps(
            {
                "model": str(self.model.path),
                "context_tokens": self.context_tokens,
                "threads": self.threads,
                "choices": MOST_CHOICES,
                "saves_memory": bool(entry and entry.saves_memory),
                "sampling": dict(self.model.sampling),
                "parent_pid": os.getpid(),
            }
        )


@dataclass(slots=True)
class _Child:
    settings: StartSettings
    process: asyncio.subprocess.Process
    obituary: Obituary
    draining: asyncio.Task[None]
    address: Address = field(default_factory=lambda: Address("", ""))

    @property
    def is_alive(self) -> bool:
        return self.process.returncode is None


class LocalServer:
    """Starts, lends, replaces and ends the child process. Belongs to one event loop.

    Args:
        on_status: Told in a few words what is going on while it takes time; told "" when that is over.
        threads: How many threads a model gets; None: one less than there are cores.
        start_timeout_s: How long a model may take to load, in seconds.
    """

    def __init__(
        self,
        *,
        on_status: Callable[[str], None] | None = None,
        threads: int | None = None,
        start_timeout_s: float = START_TIMEOUT_S,
    ) -> None:
        self._on_status = on_status or (lambda _: None)
        self._threads = threads
        self._start_timeout_s = start_timeout_s
        self._lent = asyncio.Lock()
        self._child: _Child | None = None

    @property
    def is_running(self) -> bool:
        """Whether a child is there and alive."""
        return self._child is not None and self._child.is_alive

    @contextlib.asynccontextmanager
    async def turn(self, model: InstalledModel, *, context_tokens: int | None = None) -> AsyncIterator[Address]:
        """Borrow the server, started and running `model`, for one request; others wait for their turn.

        Raises:
            LocalModelError: it cannot be started; the sentence says why and what helps.
        """
        if self._lent.locked():
            self._on_status(f"waiting: {model.label} answers one question at a time")
        async with self._lent:
            try:
                address = await self._ensure(model, context_tokens)
            finally:
                self._on_status("")
            yield address

    async def stop(self) -> None:
        """End the child: at once when it still loads, else by closing its input; killed after two seconds."""
        child, self._child = self._child, None
        if child is not None:
            await _end(child)

    async def why_it_died(self) -> str | None:
        """One sentence about a child that ended by itself, for whoever saw its reply break off; None while it lives."""
        child = self._child
        if child is None:
            return None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.2):  # the connection breaks a moment before the process ends
                await _see_out(child.process)
        if child.process.returncode is None:
            return None
        return child.obituary.sentence(child.settings.model, child.process.returncode)

    # -- starting ------------------------------------------------------------------------------------------------------

    async def _ensure(self, model: InstalledModel, context_tokens: int | None) -> Address:
        threads = self._threads if self._threads is not None else generation_threads()
        settings = StartSettings(model, context_tokens or model.context_tokens, threads)
        if self._child is not None and self._child.is_alive and self._child.settings == settings:
            return self._child.address
        await self.stop()
        check_cpu()
        require_runtime()
        require_openmp()
        await asyncio.to_thread(check_whole, model)
        self._on_status(f"starting the small local model {model.label} …")
        self._child = await self._spawn(settings)
        try:
            async with asyncio.timeout(self._start_timeout_s):
                await self._await_ready(self._child)
        except TimeoutError:
            await self.stop()
            raise LocalModelError(
                f"{model.label} was not ready within {self._start_timeout_s:.0f} s; "
                "close other programs, or choose a smaller model."
            ) from None
        except BaseException:
            await self.stop()  # cancelled, or failed: nothing half-started stays
            raise
        return self._child.address

    async def _spawn(self, settings: StartSettings) -> _Child:
        key = secrets.token_urlsafe(32)
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-P", "-u", str(_CHILD_FILE), settings.as_json()),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=_child_environment(key),
                start_new_session=True,  # Ctrl+C in the terminal is not for it
            )
        except OSError as error:
            reason = error.strerror or "the system refused"
            raise LocalModelError(f"The local model's process could not be started: {reason}.") from error
        obituary = Obituary()
        assert process.stderr is not None
        draining = asyncio.create_task(obituary.listen(process.stderr))
        return _Child(settings, process, obituary, draining, Address("", key))

    async def _await_ready(self, child: _Child) -> None:
        report = _parsed(await _first_line(child.process))
        if isinstance(report.get("ready"), str):
            child.address = Address(report["ready"].rstrip("/"), child.address.key)
            return
        if "error" in report:
            child.obituary.add_cause(str(report["error"]))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_WAIT_S):
                await _see_out(child.process)
        ended_with = child.process.returncode  # None when it goes on without making sense; we end it now
        await _end(child)
        raise LocalModelError(child.obituary.sentence(child.settings.model, ended_with, is_starting=True))


def require_runtime() -> None:
    """Make sure that the runtime is installed; does not import it.

    Raises:
        LocalModelError: it is not; the sentence says what to run.
    """
    if importlib.util.find_spec("xllamacpp") is None:
        raise LocalModelError(
            "The runtime for embedded models is not installed; run “pip install 'parley-tui[local]'” "
            "(or “uv tool install 'parley-tui[local]'”)."
        )


def check_whole(model: InstalledModel) -> None:
    """Make sure that a model's file is there, whole, and a GGUF; reads its header, all of it only if it was touched.

    Raises:
        LocalModelError: it is not.
    """
    from tui.local.gguf import read_header

    check_model(model)
    read_header(model.path)


async def _first_line(process: asyncio.subprocess.Process) -> bytes:
    """What the child reports; an endless line is cut, it is not from our child."""
    assert process.stdout is not None
    line = b""
    while b"\n" not in line and len(line) < _LONGEST_REPORT_BYTES:
        chunk = await process.stdout.read(4096)
        if not chunk:
            break
        line += chunk
    return line.partition(b"\n")[0]


async def _see_out(process: asyncio.subprocess.Process) -> None:
    """Wait for the end; asyncio knows of it only once everything the child wrote is read."""
    assert process.stdout is not None
    while await process.stdout.read(1 << 16):
        pass
    await process.wait()


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        report = json.loads(line)
    except ValueError:
        return {}
    return report if isinstance(report, dict) else {}


def _child_environment(key: str) -> dict[str, str]:
    """What the child needs, and nothing that is a secret of ours."""
    kept = {
        name: value for name, value in os.environ.items() if name in _KEPT_VARIABLES or name.startswith(_KEPT_PREFIXES)
    }
    if (ours := openmp_folder()) is not None:
        kept["LD_LIBRARY_PATH"] = os.pathsep.join([*filter(None, [kept.get("LD_LIBRARY_PATH")]), str(ours)])
    return {**kept, KEY_VARIABLE: key}


async def _end(child: _Child) -> None:
    """See a child out, whatever state it is in; it holds nothing that could be lost."""
    process = child.process
    try:
        if process.returncode is None and child.address.base_url and process.stdin is not None:
            process.stdin.close()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STOP_WAIT_S):
                    await _see_out(process)
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await asyncio.shield(_see_out(process))
        with contextlib.suppress(asyncio.CancelledError):
            await child.draining
        if process.stdin is not None:
            process.stdin.close()
