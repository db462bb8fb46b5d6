"""`parley models ENDPOINT --pull NAME`: an Ollama server downloads a model, and says how far it is, on stderr.

Refuses to know how a download is asked for: `tui.providers.pulling` does.
"""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from tui.cli.download_progress import DownloadProgress
from tui.cli.output import say

if TYPE_CHECKING:
    from tui.config import Config


async def pull_model(config: Config, endpoint: str, model: str) -> None:
    """Download `model` at `endpoint`; returns when the server has it.

    Raises:
        ConfigError: no such endpoint, or it is no Ollama server.
        ProviderError: the server refuses, or breaks off.
    """
    from tui.chat.connections import Connections
    from tui.local.install import Progress
    from tui.text.clean import clean_line

    connections = Connections(config)
    shown, status = DownloadProgress(model), ""
    try:
        async with aclosing(connections.pull(endpoint, model)) as steps:
            async for step in steps:
                if step.status != status:  # the next layer, or the next thing to do
                    shown.close()
                    shown, status = DownloadProgress(model), step.status
                    say(clean_line(status, 120))
                if step.total_bytes:
                    shown.update(Progress("downloading", step.done_bytes or 0, step.total_bytes))
    finally:
        shown.close()
        await connections.close()
