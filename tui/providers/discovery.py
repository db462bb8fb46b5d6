"""Finding model servers on this machine: are the usual ports of Ollama, LM Studio, llama.cpp and vLLM answered?

Quick and silent: all ports at once, a fraction of a second, loopback only, no key sent, no proxy asked. A plain socket
does; loading the HTTP library would take longer than the search. Refuses to believe a port: the answer must look like
a model server's, since 8000 and 8080 are everybody's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from tui.config import Config
from tui.providers.addresses import is_loopback
from tui.providers.endpoints import EndpointStatus, built_in, known_endpoints

TIMEOUT_S = 0.3
_MAXIMUM_BYTES = 64 * 1024
_SIGNS = (b'"data"', b'"models"', b'"version"')
"""What the answers of model servers hold: a list of models, or Ollama's version."""


async def running_servers(
    config: Config, environ: Mapping[str, str] | None = None, *, timeout_s: float = TIMEOUT_S
) -> frozenset[str]:
    """The built-in endpoints on this machine that answer now, by name.

    Args:
        config: The user's configuration; a changed `base_url` is where it is looked for.
        environ: The environment; None is the process's own.
        timeout_s: The most that this takes, in seconds.
    """
    candidates = list(local_candidates(known_endpoints(config, environ)))
    answers = await asyncio.gather(*(_answers(status, timeout_s) for status in candidates))
    return frozenset(status.name for status, is_there in zip(candidates, answers, strict=True) if is_there)


def local_candidates(statuses: Iterable[EndpointStatus]) -> Iterable[EndpointStatus]:
    """Those endpoints that are servers on this machine and may or may not run."""
    for status in statuses:
        base = built_in().get(status.name)
        if base is not None and base.probe and status.base_url.startswith("http://") and is_loopback(status.base_url):
            yield status


def not_running(config: Config, statuses: Iterable[EndpointStatus], running: Iterable[str]) -> frozenset[str]:
    """The built-in endpoints on this machine that do not run; one that the user set up is always worth asking."""
    there = frozenset(running)
    return frozenset(
        status.name
        for status in local_candidates(statuses)
        if status.name not in there
        and status.name not in config.endpoints
        and status.base_url == built_in()[status.name].base_url
    )


async def _answers(status: EndpointStatus, timeout_s: float) -> bool:
    parts = urlsplit(status.base_url)
    path = parts.path.rstrip("/") + built_in()[status.name].probe
    try:
        async with asyncio.timeout(timeout_s):
            return await _looks_right(parts.hostname or "127.0.0.1", parts.port or 80, path, has_key=status.has_key)
    except (OSError, TimeoutError, ValueError):
        return False


async def _looks_right(host: str, port: int, path: str, *, has_key: bool) -> bool:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(f"GET {path} HTTP/1.0\r\nHost: {host}:{port}\r\nAccept: application/json\r\n\r\n".encode())
        await writer.drain()
        answer = b""
        while len(answer) < _MAXIMUM_BYTES:
            piece = await reader.read(_MAXIMUM_BYTES)
            answer += piece
            status = answer[9:12]
            if has_key and status in (b"401", b"403"):  # it runs, and wants the key that is not shown to strangers
                return True
            if len(answer) >= 12 and status != b"200":
                return False
            if any(sign in answer for sign in _SIGNS):
                return True
            if not piece:
                return False
        return False
    finally:
        writer.close()
