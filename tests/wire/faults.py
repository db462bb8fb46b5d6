"""Everything that goes wrong on a network, by name: what the server does, and what the user must see.

The server speaks `openai-chat`; a prompt `fault: NAME` makes it misbehave so. `FAULTS` is the table of the reliability
rules, row by row; tests walk through it, and `python -m tests.wire faults` serves it to a running app.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tests.wire.server import (
    Close,
    Handler,
    Hold,
    Pause,
    Reply,
    Reset,
    SeenRequest,
    Step,
    chunk,
    event,
    events_reply,
    json_reply,
    lines_reply,
    text_reply,
)

Outcome = Literal["ok", "cut short", "error"]


@dataclass(frozen=True)
class Fault:
    """One row."""

    replies: Sequence[Reply]
    """One per request; the last repeats."""
    outcome: Outcome = "ok"
    text: str = ""
    requests: int = 1
    words: Sequence[str] = ()
    """What the message says."""
    kind: str = ""
    """The error's class, in kebab-case."""
    finish: str = "stop"
    notes: int = 0
    """How many notes come with the reply, at least."""


HELLO = [chunk("Hel", role="assistant"), chunk("lo"), chunk(finish="stop")]
OK = events_reply(*HELLO, done=True)
SO_FAR = event(chunk("so far"))


def _cut(*end: Step, **more: Any) -> Reply:
    return Reply([SO_FAR, *end], **more)


def _flood(step: bytes) -> list[Step]:
    return [step, Pause(0.02)] * 60


def _status(status: int, error: Any, *headers: tuple[str, str]) -> Reply:
    body = {"error": error} if isinstance(error, dict) else error
    return json_reply(body, status=status, headers=headers)


def _packed(data: bytes, encoding: str = "gzip", **more: Any) -> Reply:
    headers = (("Content-Encoding", encoding), ("Content-Type", "text/event-stream"))
    return Reply([data[: len(data) // 2], data[len(data) // 2 :]], headers=headers, **more)


def _bare_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def _half_an_archive() -> bytes:
    packer = zlib.compressobj(wbits=31)
    return packer.compress(SO_FAR) + packer.flush(zlib.Z_SYNC_FLUSH) + packer.compress(BODY)


def _bomb(unit: bytes, size: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    block = unit * (2**20 // len(unit))
    return b"".join(packer.compress(block) for _ in range(size // len(block))) + packer.flush()


BODY = b"".join(event(value) for value in HELLO) + b"data: [DONE]\n\n"
PING = b": ping\n\n"
_429 = {"message": "Rate limit reached", "type": "requests", "code": "rate_limit_exceeded"}


def _refuses(status: int, *, wait: str = "0.01") -> Reply:
    return _status(status, {"message": "Not now", "code": "busy"}, ("Retry-After", wait))


def _retried(status: int) -> Fault:
    return Fault([_refuses(status), OK], text="Hello", requests=2)


def _with_wait(**headers: str) -> Fault:
    """A wait that makes no sense counts as absent: backoff, then the reply."""
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Fault([_status(429, _429, *pairs), OK], text="Hello", requests=2)


ENDS: dict[str, Fault] = {
    "clean end without finish": Fault([_cut()], "cut short", "so far", words=["finish mark"]),
    "clean end, length right": Fault([_cut(framing="length")], "cut short", "so far", words=["finish mark"]),
    "clean end by closing": Fault([_cut(framing="close")], "cut short", "so far", words=["finish mark"]),
    "reset": Fault([_cut(Reset())], "cut short", "so far", words=["connection"]),
    "chunked short": Fault([_cut(Close())], "cut short", "so far", words=["closed before the end"]),
    "length short": Fault(
        [_cut(Close(), framing="length", length=999)], "cut short", "so far", words=["closed before"]
    ),
    "truncated gzip": Fault(
        [_packed(_half_an_archive(), framing="close")], "cut short", "so far", words=["compressed"]
    ),
    "damaged gzip": Fault([_packed(b"\x1f\x8b\x08" + b"x" * 90)], "error", requests=3, words=["compressed"]),
    "stall": Fault([_cut(Hold())], "cut short", "so far", words=["nothing came for 0.3 s"]),
    "stall with pings": Fault([_cut(*_flood(PING), Hold())], "cut short", "so far", words=["nothing came for 0.3 s"]),
    "stall with metadata": Fault(
        [_cut(*_flood(event({"id": "x", "choices": []})), Hold())], "cut short", "so far", words=["nothing"]
    ),
    "reset before anything": Fault([Reply([Reset()]), OK], text="Hello", requests=2),
    "always reset before anything": Fault([Reply([Reset()])], "error", requests=3, kind="stream-broken"),
    "role only, then nothing": Fault(
        [events_reply(chunk(role="assistant"))], "error", requests=3, kind="stream-broken"
    ),
    "role only, then nothing; then ok": Fault([events_reply(chunk(role="assistant")), OK], text="Hello", requests=2),
    "stall before anything": Fault([Reply([PING, Hold()])], "error", kind="response-timeout", words=["0.6 s"]),
    "silence": Fault([Reply([Hold()], framing="raw")], "error", kind="response-timeout", words=["127.0.0.1"]),
    "done without finish": Fault([events_reply(chunk("Hello"), done=True)], text="Hello"),
    "doubled done": Fault([events_reply(*HELLO, "[DONE]", "[DONE]")], text="Hello"),
    "data after done": Fault([events_reply(*HELLO, "[DONE]", chunk(" more"))], text="Hello"),
    "error after done": Fault([events_reply(*HELLO, "[DONE]", {"error": {"message": "no"}})], text="Hello"),
    "held open after done": Fault([events_reply(*HELLO, "[DONE]", Hold())], text="Hello"),
    "held open after finish": Fault([events_reply(*HELLO, Hold())], text="Hello"),
    "reset after finish": Fault([events_reply(*HELLO, Reset())], text="Hello", notes=1),
    "no final blank line": Fault([Reply([BODY.rstrip(b"\n")])], text="Hello"),
    "finish in an unfinished block": Fault(
        [Reply([event(chunk("Hel")) + event(chunk("lo", finish="stop")).rstrip(b"\n")])],
        "cut short",
        "Hello",
        words=["finish mark"],
    ),
    "done in an unfinished block": Fault(
        [Reply([event(chunk("Hello")), b"data: [DONE]"])], "cut short", "Hello", words=["finish mark"]
    ),
    "finish length": Fault([events_reply(chunk("Hello", finish="length"), done=True)], text="Hello", finish="length"),
    "finish length without text": Fault([events_reply(chunk("", finish="length"), done=True)], finish="length"),
    "finish filter": Fault([events_reply(chunk("He", finish="content_filter"), done=True)], text="He", finish="filter"),
}

INSIDE: dict[str, Fault] = {
    "error object midway": Fault(
        [events_reply(chunk("so far"), {"error": {"message": "Out of \x1b[31mmemory", "code": 500}})],
        "cut short",
        "so far",
        words=["Out of ␛[31mmemory"],
        kind="stream-broken",
    ),
    "error text midway": Fault(
        [events_reply(chunk("so far"), {"error": "Out of memory"})], "cut short", "so far", words=["Out of memory"]
    ),
    "error event midway": Fault(
        [Reply([SO_FAR, event({"message": "Out of memory"}, "error")])], "cut short", "so far", words=["Out of memory"]
    ),
    "error event of plain text": Fault(
        [Reply([SO_FAR, event("Out of memory", "error")])], "cut short", "so far", words=["Out of memory"]
    ),
    "bare error line midway": Fault(
        [Reply([SO_FAR, b'{"error":{"message":"Out of memory"}}\n'])], "cut short", "so far", words=["Out of memory"]
    ),
    "error object at once": Fault(
        [events_reply({"error": {"message": "Bad thing"}})], "error", words=["Bad thing"], kind="request-rejected"
    ),
    "overloaded at once, then ok": Fault(
        [events_reply({"error": {"message": "Busy", "type": "overloaded_error"}}), OK], text="Hello", requests=2
    ),
    "rate limit at once": Fault(
        [events_reply({"error": {"message": "Slow down", "code": 429}})], "error", requests=3, kind="rate-limited"
    ),
    "quota at once": Fault(
        [events_reply({"error": {"message": "No", "code": "insufficient_quota"}})], "error", kind="rate-limited"
    ),
    "bad utf-8": Fault([Reply([SO_FAR.replace(b"far", b"f\xffr"), BODY])], text="so f\ufffdrHello"),
    "bad json line": Fault([Reply([b"data: {nope\n\n", BODY])], text="Hello", notes=1),
    "many bad json lines": Fault([Reply([b"data: {nope\n\n" * 500, BODY])], text="Hello", notes=4),
    "nan": Fault([Reply([SO_FAR.replace(b"null", b"NaN").replace(b"1748880000", b"1e999"), BODY])], text="so farHello"),
    "huge number": Fault([Reply([b'data: {"x":' + b"9" * 5000 + b"}\n\n", BODY])], text="Hello", notes=1),
    "deep nesting": Fault([Reply([b"data: " + b"[" * 100_000 + b"\n\n", BODY])], text="Hello", notes=1),
    "wrong types": Fault(
        [
            events_reply(
                [], 5, "x", None, {"choices": 7}, {"choices": [5, {"delta": [1]}, {"delta": {"content": 9}}]}, *HELLO
            )
        ],
        text="Hello",
    ),
    "ping only blocks": Fault([Reply([PING * 50, b"id: 1\n\n", b"retry: 9\n\n", b"event: x\n\n", BODY])], text="Hello"),
    "empty data": Fault([Reply([b"data\n\n", b"data:\n\n", BODY])], text="Hello"),
    "byte order mark": Fault([Reply([b"\xef\xbb", b"\xbf" + BODY])], text="Hello"),
    "empty choices, nulls, role only": Fault(
        [events_reply({"choices": []}, chunk(role="assistant"), {"choices": [{"index": 0, "delta": None}]}, *HELLO)],
        text="Hello",
    ),
    "crlf": Fault([Reply([BODY.replace(b"\n", b"\r\n")])], text="Hello"),
    "byte by byte": Fault([Reply([BODY[at : at + 1] for at in range(len(BODY))])], text="Hello"),
}

BODIES: dict[str, Fault] = {
    "web page": Fault(
        [text_reply("<!DOCTYPE html><title>Hotel \x1b]0;x\x07login</title>", content_type="text/html")],
        "error",
        kind="reply-unreadable",
        words=["web page", "Hotel", "not an API answer"],
    ),
    "json error": Fault(
        [json_reply({"error": {"message": "No such thing"}})], "error", words=["No such thing"], kind="request-rejected"
    ),
    "json error text": Fault([json_reply({"error": "No such thing"})], "error", words=["No such thing"]),
    "json text": Fault([json_reply("No such thing")], "error", words=["No such thing"], kind="reply-unreadable"),
    "other json": Fault(
        [json_reply({"hello": "world"})], "error", words=["not an API answer"], kind="reply-unreadable"
    ),
    "plain text": Fault([text_reply("No such thing")], "error", words=["No such thing"], kind="reply-unreadable"),
    "broken json": Fault(
        [text_reply('{"choices": [', content_type="application/json")], "error", kind="reply-unreadable"
    ),
    "empty": Fault([Reply(framing="length")], "error", words=["empty reply"], kind="reply-unreadable"),
    "blank": Fault([Reply([b"\n\n\n"])], "error", words=["empty reply"], kind="reply-unreadable"),
    "pings only": Fault([Reply([PING * 9])], "error", words=["empty reply"], kind="reply-unreadable"),
    "no content": Fault([Reply(status=204)], "error", words=["empty reply"], kind="reply-unreadable"),
    "done only": Fault([Reply([b"data: [DONE]\n\n"])], "error", words=["empty reply"], kind="reply-unreadable"),
    "finish without text": Fault(
        [events_reply(chunk("", role="assistant"), chunk(finish="stop"), done=True)],
        "error",
        words=["empty reply"],
        kind="reply-unreadable",
    ),
    "document instead of a stream": Fault([json_reply({"choices": [{"message": {"content": "Hello"}}]})], text="Hello"),
    "pretty document": Fault(
        [text_reply(json.dumps({"choices": [{"message": {"content": "Hello"}}]}, indent=2))], text="Hello"
    ),
    "document cut": Fault(
        [Reply([b'{"choices": [{"message": {"content": "Hel', Close()], framing="length", length=500)],
        "error",
        requests=3,
        words=["closed before the end"],
    ),
    "lines instead of events": Fault([lines_reply(*HELLO)], text="Hello"),
    "wrong content type": Fault([Reply([BODY], headers=(("Content-Type", "text/html"),))], text="Hello"),
    "gzip": Fault([_packed(gzip.compress(BODY))], text="Hello"),
    "gzip in two archives": Fault([_packed(gzip.compress(BODY[:40]) + gzip.compress(BODY[40:]))], text="Hello"),
    "deflate": Fault([_packed(zlib.compress(BODY), "deflate")], text="Hello"),
    "bare deflate": Fault([_packed(_bare_deflate(BODY), "deflate")], text="Hello"),
    "unknown packing": Fault([_packed(BODY, "br")], "error", kind="reply-unreadable"),
    "huge line": Fault([Reply([b"data: " + b"x" * 2**20] + [b"x" * 2**20] * 9)], "error", words=["8 MiB"]),
    "huge line after text": Fault(
        [Reply([SO_FAR, b"data: ", *[b"x" * 2**20] * 9])], "cut short", "so far", words=["8 MiB"]
    ),
    "gzip bomb": Fault([_packed(_bomb(b"\0", 2**27))], "error", words=["100 times its size"]),
    "gzip bomb of comments": Fault([_packed(_bomb(b":\n", 2**27))], "error", words=["100 times its size"]),
    "error body of a MiB": Fault([text_reply("x" * 2**20, status=400)], "error", words=["64 KiB"]),
    "error body of a bomb": Fault(
        [Reply([_bomb(b"x", 2**27)], 400, (("Content-Encoding", "gzip"),))], "error", words=["64 KiB"]
    ),
    "header bomb": Fault(
        [Reply([b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"x" * 2**21 + b"\r\n\r\n"], framing="raw")],
        "error",
        words=["response head", "100 KiB"],
    ),
    "many headers": Fault(
        [Reply([b"HTTP/1.1 200 OK\r\n" + b"X-A: xxxxxxxxxxxxxxxx\r\n" * 2**16 + b"\r\n"], framing="raw")],
        "error",
        words=["response head"],
    ),
    "not http": Fault(
        [Reply([b"220 mail.example ESMTP\r\n\r\n"], framing="raw")],
        "error",
        kind="connect-failed",
        words=["not an HTTP"],
    ),
    "closed at once": Fault([Reply([Close()], framing="raw"), OK], text="Hello", requests=2),
    "always closed at once": Fault(
        [Reply([Close()], framing="raw")],
        "error",
        requests=3,
        kind="connect-failed",
        words=["closed without an answer"],
    ),
}

STATUSES: dict[str, Fault] = {
    "401": Fault(
        [_status(401, {"message": "Incorrect API key provided: {key}", "code": "invalid_api_key"})],
        "error",
        kind="key-rejected",
        words=["CANARY_KEY", "Incorrect API key provided: ***", "401"],
    ),
    "401 page": Fault([text_reply("<html>{key}</html>", status=401)], "error", kind="key-rejected", words=["web page"]),
    "403": Fault([_status(403, {"message": "Not for you"})], "error", kind="key-rejected", words=["Not for you"]),
    "403 moderation": Fault(
        [_status(403, {"code": 403, "message": "Your chosen model requires moderation and your input was flagged"})],
        "error",
        kind="request-rejected",
        words=["flagged"],
    ),
    "402": Fault(
        [_status(402, {"message": "Insufficient Balance"})], "error", words=["credit", "Insufficient Balance"]
    ),
    "429 quota": Fault(
        [
            _status(
                429, {"message": "You exceeded your current quota", "code": "insufficient_quota"}, ("Retry-After", "1")
            )
        ],
        "error",
        kind="rate-limited",
        words=["quota"],
    ),
    "400": Fault([_status(400, {"message": "Bad thing", "param": "messages"})], "error", kind="request-rejected"),
    "400 context": Fault(
        [_status(400, {"message": "Too big", "code": "context_length_exceeded"})],
        "error",
        kind="context-too-long",
        words=["too long", "Too big"],
    ),
    "400 context in words": Fault(
        [_status(400, {"message": "This model's maximum context length is 8192 tokens"})],
        "error",
        kind="context-too-long",
    ),
    "413": Fault([_status(413, {"message": "Request too large"})], "error", kind="context-too-long"),
    "422 list": Fault(
        [json_reply({"detail": [{"loc": ["body", "messages", 0, "role"], "msg": "field required"}]}, status=422)],
        "error",
        words=["body.messages.0.role: field required"],
    ),
    "404": Fault(
        [json_reply({"detail": "Not Found"}, status=404)], "error", kind="model-unknown", words=["/v1", "big"]
    ),
    "400 unknown model": Fault(
        [_status(400, {"message": "Model not supported", "code": "REQUEST_ERROR"})], "error", kind="model-unknown"
    ),
    "always 501": Fault([_status(501, {"message": "No"})], "error", requests=3),
    "418 without a word": Fault([Reply(status=418, framing="length")], "error", words=["418"]),
    "599 without a word": Fault([Reply(status=599, framing="length")], "error", requests=3, words=["599"]),
    **{f"{status} then ok": _retried(status) for status in (408, 409, 429, 500, 502, 503, 504, 529)},
    "429 without a wait, then ok": Fault([_status(429, _429), OK], text="Hello", requests=2),
    "429 twice, then ok": Fault([_refuses(429), _refuses(429), OK], text="Hello", requests=3),
    "always 429": Fault([_refuses(429)], "error", requests=3, kind="rate-limited", words=["Not now", "Tried 3 times"]),
    "always 503": Fault([_refuses(503)], "error", requests=3, words=["Not now", "Tried 3 times"]),
    "wait of a day": Fault([_refuses(429, wait="99999")], "error", kind="rate-limited", words=["28 h"]),
    "wait until next year": Fault([_refuses(429, wait="Fri, 31 Dec 2100 23:59:59 GMT")], "error", kind="rate-limited"),
    "wait of nan": _with_wait(retry_after="nan"),
    "wait of infinity": _with_wait(retry_after="inf"),
    "negative wait": _with_wait(retry_after="-5"),
    "wait in words": _with_wait(retry_after="soon"),
    "wait of the year 100000": _with_wait(retry_after="Fri, 31 Dec 100000 23:59:59 GMT"),
    "wait in the past": _with_wait(retry_after="Wed, 21 Oct 2015 07:28:00 GMT"),
    "wait in milliseconds": _with_wait(retry_after_ms="15", retry_after="99999"),
    "no retry by header": Fault([_status(500, {"message": "No"}, ("x-should-retry", "false"))], "error"),
    "retry by header": Fault(
        [_status(400, {"message": "No"}, ("x-should-retry", "true")), OK], text="Hello", requests=2
    ),
    "no retry of 401 by header": Fault(
        [_status(401, {"message": "No"}, ("x-should-retry", "true"))], "error", kind="key-rejected"
    ),
    "stall in an error's body": Fault(
        [Reply([b'{"error"', Close()], 400, framing="length", length=99)], "error", words=["did not come"]
    ),
}

FAULTS: dict[str, Fault] = {**ENDS, **INSIDE, **BODIES, **STATUSES}


def make_handler() -> Handler:
    """A server that counts, for each prompt, how often it was asked."""
    asked: dict[str, int] = {}

    def handle(request: SeenRequest) -> Reply:
        body = request.json or {}
        prompt = str(body.get("messages", [{}])[-1].get("content", ""))
        found = re.search(r"fault: (.+)", prompt)
        fault = FAULTS.get(found[1].strip()) if found else None
        if fault is None:
            return events_reply(
                chunk("Ask for one of these faults:\n\n- " + "\n- ".join(FAULTS), finish="stop"), done=True
            )
        asked[prompt] = asked.get(prompt, 0) + 1
        reply = fault.replies[min(asked[prompt], len(fault.replies)) - 1]
        return _echoing(reply, request.headers.get("authorization", "").removeprefix("Bearer "))

    return handle


def _echoing(reply: Reply, key: str) -> Reply:
    """The reply with the client's key where it says `{key}`: some servers do."""
    steps = [step.replace(b"{key}", key.encode()) if isinstance(step, bytes) else step for step in reply.steps]
    return Reply(steps, reply.status, reply.headers, reply.framing, reply.length, reply.before_head)
