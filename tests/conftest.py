"""What holds for every test: a clean environment, folders of its own, and no way out of this machine."""

from __future__ import annotations

import ipaddress
import os
import re
import signal
import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# A busy machine draws slowly, which says nothing about the code.
settings.register_profile("parley", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("parley")

# A suite that was started in the background ignores Ctrl+C, and so would every program that it starts and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

_SECRETIVE = re.compile(
    r"KEY|TOKEN|SECRET|PASSWORD|AUTH|PROXY|BASE_URL|_HOST$|^PARLEY_|^SSL_|^HATZ|^XDG_|^NO_COLOR", re.I
)
_KEPT = frozenset({"PARLEY_FUZZ", "PARLEY_TORTURE", "PARLEY_TEST_MODELS_DIR"})


def _models_dir() -> str:
    """Where the embedded model's real weights are, as the process that started the tests sees it."""
    from tui.paths import models_dir

    return os.environ.get("PARLEY_TEST_MODELS_DIR") or str(models_dir())


_REAL_MODELS_DIR = _models_dir()


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """No key, proxy or setting of the developer's reaches a test; folders are new for each. Returns the folder."""
    for name in list(os.environ):
        if _SECRETIVE.search(name) and name not in _KEPT:
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    for name, folder in {
        "HOME": "",
        "XDG_CONFIG_HOME": "config",
        "XDG_DATA_HOME": "share",
        "XDG_CACHE_HOME": "cache",
        "XDG_STATE_HOME": "state",
        "XDG_RUNTIME_DIR": "run",
        "PARLEY_DATA_DIR": "data",
        "PARLEY_CACHE_DIR": "parley-cache",
    }.items():
        monkeypatch.setenv(name, str(home / folder))
    monkeypatch.setenv("PARLEY_MODELS_DIR", _REAL_MODELS_DIR)
    return home


@pytest.fixture(autouse=True)
def no_blinking(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cursor that blinks is there or not by when a slow machine gets round to taking a picture."""
    if "snap_compare" in request.fixturenames:
        from textual.widgets import Input, TextArea

        monkeypatch.setattr(Input, "_toggle_cursor", lambda self: None)
        monkeypatch.setattr(TextArea, "_toggle_cursor_blink_visible", lambda self: None)


class LeftLoopback(AssertionError):
    """A test tried to reach another machine."""


def _is_local(host: Any) -> bool:
    if not isinstance(host, str):
        return False
    name = host.partition("%")[0].lower()
    if name in ("", "localhost") or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback or ipaddress.ip_address(name).is_unspecified
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def no_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connecting anywhere but to loopback fails loudly; every foreign name is unknown to the resolver."""
    connect, connect_ex, resolve = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def check(sock: socket.socket, address: Any) -> None:
        if sock.family in (socket.AF_INET, socket.AF_INET6) and not _is_local(address[0]):
            raise LeftLoopback(f"a test tried to connect to {address!r}")

    def guarded_connect(self: socket.socket, address: Any) -> None:
        check(self, address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        check(self, address)
        return connect_ex(self, address)

    def guarded_resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if name is not None and not _is_local(name):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_resolve)
