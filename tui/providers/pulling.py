"""Downloading a model into an Ollama server, with progress.

Refuses to believe a download that ends without the server's word that it succeeded.

Source: wire-contracts 2.5 (`POST /api/pull`)
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from tui.errors import ConfigError
from tui.providers import faults
from tui.providers.base import Endpoint, StreamError
from tui.providers.faults import Talk
from tui.providers.http import HttpClient
from tui.providers.ollama import PullProgress, pull_call, pull_progress


async def pull(http: HttpClient, endpoint: Endpoint, model: str) -> AsyncGenerator[PullProgress, None]:
    """Download `model`; ends normally only after the server said that it is there.

    Raises:
        ConfigError: the endpoint is no Ollama server, or no model is named.
        ProviderError: the server cannot be reached, refuses, or breaks off.
    """
    if endpoint.dialect != "ollama":
        raise ConfigError(f"Only Ollama servers download models; {endpoint.name} speaks {endpoint.dialect}.")
    if not model.strip():
        raise ConfigError("There is no model to download: name one, such as qwen3:8b.")
    call = pull_call(endpoint, model)
    talk = Talk.about(call, endpoint, model)
    async with aclosing(http.stream_lines(call, endpoint)) as lines:
        async for line in lines:
            try:
                progress = pull_progress(line)
            except StreamError as error:
                raise faults.broken_off(talk, error.rejection, error.status, 0) from error
            yield progress
            if progress.is_done:
                return
    raise faults.cut_short(talk, "the download ended before it was complete", 0)
