"""Reading tokens off the wire, the same for every subject: one httpx stream, events split on bytes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import httpx


async def read_tokens(url: str) -> AsyncIterator[str]:
    """The tokens of a server-sent event stream, as they come."""
    async with httpx.AsyncClient(timeout=None) as client, client.stream("GET", url) as response:
        rest = b""
        async for data in response.aiter_raw():
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                if line.startswith(b"data: {"):
                    token = json.loads(line[6:])["choices"][0]["delta"]["content"]
                    if token:
                        yield token
