"""A token server on loopback: server-sent events at a set rate, or as fast as the reader takes them.

Runs as a process of its own (`python -m benchmarks.transcript_server`), prints its port, and writes when each marked
token was sent to the file it is given. Times are the monotonic clock, which all processes of one machine share.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

PARAGRAPH = (
    "The *first* thing to **measure** is what `reading` costs, because [nothing](https://example.org/why) else is "
    "paid for on every token. A second sentence follows, and then a third one that is a little longer than these.\n\n"
)
SECTION = (
    "## A heading of section {number}\n\n" + PARAGRAPH * 2 + "- one item of a list\n- another with `code` in it\n"
    "  - a nested one\n- the last\n\n```python\ndef area(radius: float) -> float:\n    # a comment\n"
    '    return 3.14159 * radius ** 2  # "text"\n```\n\n| name | size | note |\n|---|---:|---|\n'
    "| alpha | 10 | the first |\n| beta | 200 | the second |\n\n> A quote that goes on for a while, as quotes do.\n\n"
)


def markdown_tokens(count: int) -> list[str]:
    """So many tokens of Markdown, about four characters each; the last one says END."""
    text, number = "", 0
    while len(text) < count * 4 + 16:
        number += 1
        text += SECTION.format(number=number)
    tokens = [text[first : first + 4] for first in range(0, count * 4, 4)]
    return [*tokens, "\n\nEND-OF-STREAM\n"]


def marked_tokens(count: int) -> list[str]:
    """Words with numbers, so that each can be told on the screen; a paragraph every 120."""
    return [f"t{number:05d} " + ("\n\n" if number % 120 == 119 else "") for number in range(count)]


def single_tokens(count: int) -> list[str]:
    """One letter each: a second of them stays on one line."""
    return ["abcdefghij"[number % 10] for number in range(count)]


KINDS = {"markdown": markdown_tokens, "marked": marked_tokens, "single": single_tokens}


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, times: dict[str, float]) -> None:
    """Answer one request: `/KIND?tokens=N&rate=R` (rate 0: as fast as possible)."""
    request = (await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)[1].decode()
    address = urlsplit(request)
    query = {name: values[0] for name, values in parse_qs(address.query).items()}
    tokens = KINDS[address.path.strip("/")](int(query.get("tokens", "100")))
    rate = float(query.get("rate", "0"))
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
    began = time.monotonic()
    for number, token in enumerate(tokens):
        if rate:
            wait_s = began + number / rate - time.monotonic()
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            times[token.strip()] = time.monotonic()
        event = {"choices": [{"index": 0, "delta": {"content": token}, "finish_reason": None}]}
        writer.write(b"data: " + json.dumps(event).encode() + b"\n\n")
        if rate or number % 50 == 0:
            await writer.drain()
    writer.write(b"data: [DONE]\n\n")
    await writer.drain()
    writer.close()


async def main(times_file: Path) -> None:
    """Serve until standard input closes; write the times after each request."""
    times: dict[str, float] = {}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer, times)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        await asyncio.to_thread(times_file.write_text, json.dumps(times))

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
