"""A model server on loopback for several columns at once: numbered tokens at a set rate, in two dialects.

Runs as a process of its own (`python -m benchmarks.columns_server RATE TOKENS`) and prints its port. Each reply's
tokens begin with a letter of their own, the first reply's with `a`, so that every token of every column can be told.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

CHAT_END = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
CLAUDE_START = (
    b'event: message_start\ndata: {"type":"message_start","message":{"id":"m","role":"assistant","content":[],'
    b'"usage":{"input_tokens":1,"output_tokens":1}}}\n\nevent: content_block_start\ndata: {"type":'
    b'"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n'
)
CLAUDE_END = (
    b'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\nevent: message_delta\ndata: '
    b'{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9}}\n\n'
    b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
)


def token(letter: str, number: int) -> str:
    """A word that says which reply it is of and which of its tokens."""
    return f"{letter}{number:04d} " + ("\n\n" if number % 80 == 79 else "")


def chat_piece(text: str) -> bytes:
    """A token as OpenAI's chat API sends it."""
    event = {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}
    return b"data: " + json.dumps(event).encode() + b"\n\n"


def claude_piece(text: str) -> bytes:
    """A token as Anthropic sends it."""
    event = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}
    return b"event: content_block_delta\ndata: " + json.dumps(event).encode() + b"\n\n"


class Server:
    """Counts the replies, to give each a letter."""

    def __init__(self, rate: float, tokens: int) -> None:
        self._rate = rate
        self._tokens = tokens
        self._replies = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request; a GET lists no models."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            if head.startswith(b"GET"):
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\nConnection: close\r\n\r\n" + b'{"data":[]}')
            else:
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
                await self._stream(writer, is_claude=b"/messages" in head.split(b"\r\n", 1)[0])
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    async def _stream(self, writer: asyncio.StreamWriter, *, is_claude: bool) -> None:
        letter = chr(ord("a") + self._replies % 26)
        self._replies += 1
        if is_claude:
            writer.write(CLAUDE_START)
        piece = claude_piece if is_claude else chat_piece
        began = time.monotonic()
        for number in range(self._tokens):
            await asyncio.sleep(max(0.0, began + number / self._rate - time.monotonic()))
            writer.write(piece(token(letter, number)))
            await writer.drain()
        writer.write(CLAUDE_END if is_claude else CHAT_END)


async def main(rate: float, tokens: int) -> None:
    """Serve until standard input closes."""
    server = await asyncio.start_server(Server(rate, tokens).answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]), int(sys.argv[2])))
