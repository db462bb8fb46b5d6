"""What decoding costs beside a bare httpx loop over the same bytes: `python -m benchmarks.decoding`.

A server of its own process sends 10,000 chunks as fast as they are taken. The yardstick reads lines with httpx,
decodes each with `json.loads` and forgets it; Parley reads the same reply with its provider: connection, framing,
dialect, events. Both are asked in turn; a figure is the ratio of their medians of processor time, goal 2 or less.
Then each dialect is fed byte by byte: a word must come out with the last byte of the chunk that holds it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import aclosing
from typing import Any

import httpx

from benchmarks.report import Figure, Report, add_arguments
from tui.domain.events import TextDelta
from tui.domain.request import ChatRequest, CompletionRequest, ModelRef, PromptMessage, Request
from tui.providers.base import Endpoint
from tui.providers.dialects import dialect as dialect_named
from tui.providers.dialects import provider_for
from tui.providers.exchange import LINE_DIALECTS
from tui.providers.framing import Framing
from tui.providers.http import HttpClient
from tui.providers.parameters import table_for
from tui.providers.reading import Reading

CHUNKS = 10_000
GOAL = 2.0
WORD = "word "


def _chat(delta: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1748880000,
        "model": "m",
        "choices": [choice],
    }


def _completion(text: str, finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "text": text, "finish_reason": finish, "logprobs": None}
    return {"id": "cmpl-1", "object": "text_completion", "created": 1748880000, "model": "m", "choices": [choice]}


def _response(number: int, text: str) -> dict[str, Any]:
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0, "sequence_number": number}
    return {"type": "response.output_text.delta", "delta": text, "logprobs": [], **place}


def _anthropic(text: str) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}


def _gemini(text: str, finish: str | None = None) -> dict[str, Any]:
    candidate: dict[str, Any] = {"index": 0, "content": {"role": "model", "parts": [{"text": text}]}}
    if finish:
        candidate["finishReason"] = finish
    usage = {"promptTokenCount": 9, "candidatesTokenCount": 3, "totalTokenCount": 12}
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "m", "responseId": "r"}


def _ollama(text: str, **end: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    return {"model": "m", "created_at": "2026-08-01T12:00:00Z", "message": message, "done": False, **end}


def _humanloop(text: str, finish: str | None = None) -> dict[str, Any]:
    ids = {"id": "data_o", "index": 0, "model_config_id": "prv_A"}
    sample = {**ids, "output": text, "raw_output": text, "inputs": {}, "finish_reason": finish}
    return {"data": [sample], "provider_responses": [], "project_id": "pr_e"}


def _ai_stats(text: str) -> dict[str, Any]:
    gateway = {"requestId": "01JE", "provider": "openai", "endpoint": "chat.completions", "model": "m"}
    choice = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None, "reasoning": False}
    return {
        "object": "chat.completion.chunk", "nativeResponseId": "resp_1", "created": 1764700000, "model": "m",
        "provider": "openai", "choices": [choice], "gateway": gateway,
    }  # fmt: skip


def _whole(text: str) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return {"object": "chat.completion", "choices": [choice]}


def frames_of(dialect: str, count: int) -> Iterable[Any]:
    """A reply of `count` words in the dialect's frames; a text is a frame as it stands."""
    words = range(count)
    match dialect:
        case "openai-chat":
            return [*(_chat({"content": WORD}) for _ in words), _chat({}, "stop"), "[DONE]"]
        case "openai-completions":
            return [*(_completion(WORD) for _ in words), _completion("", "stop"), "[DONE]"]
        case "openai-responses":
            end = {"type": "response.completed", "response": {"id": "r", "status": "completed", "output": []}}
            return [*(_response(number, WORD) for number in words), end]
        case "anthropic-messages":
            begin = {"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 9, "output_tokens": 1}}}
            end = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": count}}
            return [begin, *(_anthropic(WORD) for _ in words), end, {"type": "message_stop"}]
        case "gemini":
            return [*(_gemini(WORD) for _ in words), _gemini("", "STOP")]
        case "ollama":
            return [*(_ollama(WORD) for _ in words), _ollama("", done=True, done_reason="stop")]
        case "hatz":
            return [{"message": WORD, "type": "content"} for _ in words]
        case "humanloop":
            return [*(_humanloop(WORD) for _ in words), _humanloop("", "stop")]
        case "ai-stats":
            return [*(_ai_stats(WORD) for _ in words), _whole(WORD * count)]
    raise ValueError(dialect)


DIALECTS = (
    "openai-chat", "openai-completions", "openai-responses", "anthropic-messages", "gemini", "ollama", "hatz",
    "humanloop", "ai-stats",
)  # fmt: skip


def chunks_of(dialect: str, count: int) -> list[bytes]:
    """The same reply as bytes, one chunk a frame."""
    if dialect in LINE_DIALECTS:
        return [json.dumps(frame).encode() + b"\n" for frame in frames_of(dialect, count)]
    found = []
    for frame in frames_of(dialect, count):
        name = f"event: {frame['type']}\n" if isinstance(frame, dict) and "type" in frame else ""
        data = frame if isinstance(frame, str) else json.dumps(frame)
        found.append(f"{name}data: {data}\n\n".encode())
    return found


# -- the server, a process of its own ----------------------------------------------------------------------------------


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, replies: dict[str, bytes]) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    await reader.readexactly(length)
    dialect = head.split(b" ", 2)[1].decode().split("/")[1]
    if dialect not in replies:
        replies[dialect] = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in chunks_of(dialect, CHUNKS))
    kind = "application/x-ndjson" if dialect in LINE_DIALECTS else "text/event-stream"
    writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
    writer.write(replies[dialect] + b"0\r\n\r\n")
    await writer.drain()
    writer.close()
    await writer.wait_closed()


async def serve() -> None:
    """Serve until stdin closes; prints the port."""
    replies: dict[str, bytes] = {}
    server = await asyncio.start_server(lambda reader, writer: _answer(reader, writer, replies), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)


# -- the two readers ---------------------------------------------------------------------------------------------------


def _request(dialect: str) -> Request:
    ref = ModelRef("bench", "m")
    if dialect == "openai-completions":
        return CompletionRequest(ref, "Say words.")
    return ChatRequest(ref, (PromptMessage("user", "Say words."),))


async def read_bare(url: str, dialect: str, client: httpx.AsyncClient) -> int:
    """The yardstick: lines and JSON, nothing kept. Returns how many frames there were."""
    count = 0
    async with client.stream("POST", f"{url}/{dialect}/x", json={}) as response:
        async for line in response.aiter_lines():
            if dialect in LINE_DIALECTS:
                json.loads(line)
                count += 1
            elif line.startswith("data: ") and line != "data: [DONE]":
                json.loads(line[6:])
                count += 1
    return count


async def read_ours(url: str, dialect: str, http: HttpClient) -> int:
    """Parley: the provider's events. Returns how many words came."""
    endpoint = Endpoint("bench", dialect, f"{url}/{dialect}", auth="none")
    provider = provider_for(endpoint, http, table_for=lambda at, model, settings=None: table_for(at, model))
    count = 0
    async with aclosing(provider.stream(_request(dialect))) as events:
        async for event in events:
            count += isinstance(event, TextDelta)
    return count


async def cpu_s(read: Callable[[], Any], expected: int) -> float:
    """Processor seconds that one reading takes."""
    began = time.process_time()
    count = await read()
    spent = time.process_time() - began
    if count < expected:
        raise AssertionError(f"only {count} of {expected} chunks came")
    return spent


async def compare(url: str, dialect: str, rounds: int) -> tuple[float, float]:
    """Median processor seconds of the yardstick and of Parley, read in turn."""
    http = HttpClient()
    bare, ours = [], []
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        for number in range(rounds + 1):
            bare.append(await cpu_s(lambda: read_bare(url, dialect, client), CHUNKS))
            ours.append(await cpu_s(lambda: read_ours(url, dialect, http), CHUNKS))
            if number == 0:  # imports, caches
                bare.clear()
                ours.clear()
    await http.close()
    return statistics.median(bare), statistics.median(ours)


def is_prompt(dialect: str) -> bool:
    """Whether each word is out with the last byte of its chunk, and none before."""
    found = dialect_named(dialect)
    request, endpoint = _request(dialect), Endpoint("bench", dialect, "http://127.0.0.1")
    reader = found.reader(request, endpoint, is_streamed=True)
    kind = "application/x-ndjson" if dialect in LINE_DIALECTS else "text/event-stream"
    reading = Reading(reader, Framing(is_streamed=True, content_type=kind, prefers_lines=dialect in LINE_DIALECTS))
    for part in chunks_of(dialect, 20):
        holds_word = json.dumps(WORD).encode() in part and b'chat.completion"' not in part
        early = [event for at in range(len(part) - 1) for event in reading.feed(part[at : at + 1])]
        last = reading.feed(part[-1:])
        is_late = holds_word and not any(isinstance(event, TextDelta) for event in last)
        if is_late or any(isinstance(event, TextDelta) for event in early):
            return False
    return True


def main() -> int:
    """Measure and print; exit code 1 when a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.decoding", description=__doc__)
    add_arguments(parser)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        asyncio.run(serve())
        return 0
    rounds = 3 if args.quick else 9
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.decoding", "--serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ,
    )
    assert server.stdout is not None
    assert server.stdin is not None
    words = "Processor time for a reply, as a multiple of bare httpx lines and `json.loads` over the same bytes."
    report = Report("decoding", f"Decoding {CHUNKS:,} chunks", args, words)
    try:
        url = f"http://127.0.0.1:{int(server.stdout.readline())}"
        for dialect in DIALECTS:
            bare, ours = asyncio.run(compare(url, dialect, rounds))
            when = "with its last byte" if is_prompt(dialect) else "LATE"
            note = f"{ours * 1e3:.0f} to {bare * 1e3:.0f} ms; a word comes out {when}"
            report.take(Figure(dialect, ours / bare if when != "LATE" else float("inf"), GOAL, "×", note))
    finally:
        server.stdin.close()
        server.wait(10)
    return report.end()


if __name__ == "__main__":
    raise SystemExit(main())
