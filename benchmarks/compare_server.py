"""A chat server on loopback that keeps a log: each request by model and prompt, each reply with its times.

Three endpoints of a comparison are three ports of it.
Runs as a process of its own (`python -m benchmarks.compare_server LOG --ports 3 --tokens 20 --rate 100`), prints its
ports, and appends one JSON line to LOG for each request that came (`asked`) and each reply that went out whole
(`answered`). Keeps connections alive, as hosted endpoints do.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

NO_MODELS = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"data":[]}'


@dataclass(slots=True)
class Server:
    """What it answers with, and where it writes what happened."""

    log: TextIO
    tokens: int
    rate: float
    """Tokens per second; 0: all at once."""
    first_s: float
    """Seconds before the first token."""
    lines: list[str] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until the other side closes it."""
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                if head.startswith(b"get"):
                    writer.write(NO_MODELS)
                    continue
                length = next(
                    int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"content-length")
                )
                asked = json.loads(await reader.readexactly(length))
                await self._answer(asked, writer)
        writer.close()

    def _note(self, **values: Any) -> None:
        self.log.write(json.dumps(values) + "\n")
        self.log.flush()

    async def _answer(self, asked: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        came = time.monotonic()
        model, prompt = asked["model"], asked["messages"][-1]["content"]
        self._note(event="asked", model=model, prompt=prompt, at=came)
        if self.first_s:
            await asyncio.sleep(self.first_s)
        first = 0.0
        writer.write(HEAD)
        for number in range(self.tokens):
            if self.rate and number:
                wait_s = first + number / self.rate - time.monotonic()
                if wait_s > 0:
                    await asyncio.sleep(wait_s)
            writer.write(_chunk({"choices": [{"index": 0, "delta": {"content": f"t{number:05d} "}}]}))
            first = first or time.monotonic()
            if self.rate:
                await writer.drain()
        usage = {"prompt_tokens": 9, "completion_tokens": self.tokens}
        writer.write(_chunk({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}))
        writer.write(_chunk({"choices": [], "usage": usage}) + _framed(b"data: [DONE]\n\n") + b"0\r\n\r\n")
        await writer.drain()
        ended = time.monotonic()
        self._note(event="answered", model=model, prompt=prompt, first_s=first - came, total_s=ended - came, at=ended)


def _chunk(values: dict[str, Any]) -> bytes:
    return _framed(b"data: " + json.dumps(values).encode() + b"\n\n")


def _framed(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


async def serve(server: Server, ports: int) -> None:
    """Listen on so many ports until standard input closes."""
    listening = [await asyncio.start_server(server.talk, "127.0.0.1", 0) for _ in range(ports)]
    print(*(one.sockets[0].getsockname()[1] for one in listening), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("log", type=Path)
    parser.add_argument("--ports", type=int, default=1)
    parser.add_argument("--tokens", type=int, default=20)
    parser.add_argument("--rate", type=float, default=0)
    parser.add_argument("--first-s", type=float, default=0)
    args = parser.parse_args()
    with args.log.open("a", encoding="utf-8") as log:
        asyncio.run(serve(Server(log, args.tokens, args.rate, args.first_s), args.ports))


if __name__ == "__main__":
    main()
