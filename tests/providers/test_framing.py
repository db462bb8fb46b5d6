"""How a body is framed is found by looking at it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

import pytest

from tests.growth import grows_at_most
from tests.providers.chopping import chopped, rounds
from tests.providers.test_sse import random_body
from tui.providers.framing import Framing
from tui.providers.sse import SseEvent, TooLarge

DELTA = b'{"choices":[{"delta":{"content":"a"}}]}'
WHOLE = b'{"choices":[{"message":{"content":"a"}}]}'
PRETTY = json.dumps({"choices": [{"message": {"content": "a"}}]}, indent=2).encode()


def read(*chunks: bytes, is_streamed: bool = True, kind: str = "", lines: bool = False) -> tuple[str, list[str], bytes]:
    framing = Framing(is_streamed=is_streamed, content_type=kind, prefers_lines=lines)
    frames: list[SseEvent] = []
    for chunk in chunks:
        frames.extend(framing.feed(chunk))
    frames.extend(framing.end())
    return framing.kind, [frame.data for frame in frames], framing.document if framing.kind == "document" else b""


@pytest.mark.parametrize(
    ("body", "kind", "frames"),
    [
        (b"data: a\n\n", "events", ["a"]),
        (b"event: x\ndata: a\n\n", "events", ["a"]),
        (b": ping\n\ndata: a\n\n", "events", ["a"]),
        (b"id: 1\n\nretry: 1\n\ndata: a\n\n", "events", ["a"]),
        (b"\r\n\n  \n", "", []),
        (b"\xef\xbb\xbf\n", "", []),
        (b"\xef\xbb\xbfdata: a\n\n", "events", ["a"]),
        (DELTA + b"\n" + DELTA + b"\n", "lines", [DELTA.decode()] * 2),
        (DELTA, "lines", [DELTA.decode()]),
        (b'{"x":1}\n{bad\n{"y":2}', "lines", ['{"x":1}', "{bad", '{"y":2}']),
        (b'{bad\n{"y":2}\n', "lines", ["{bad", '{"y":2}']),
        (b'{"x":1}', "document", []),
        (b'{"x":1}\n\n', "document", []),
        (WHOLE, "document", []),
        (WHOLE + b"\n", "document", []),
        (PRETTY, "document", []),
        (b'{"error":"x"}\n', "document", []),
        (b'[{"a":1},\n{"b":2}]', "array", ['{"a":1}', '{"b":2}']),
        (b"<!doctype html><html>", "document", []),
        (b"Internal Server Error", "document", []),
        (b'"text"', "document", []),
        (b"", "", []),
        (b"data", "events", [""]),
        (b"data\n\n", "document", []),
        (b"dat", "document", []),
    ],
)
def test_a_streamed_body(body: bytes, kind: str, frames: list[str]) -> None:
    found = read(body)
    assert found[:2] == (kind, frames)
    if kind == "document":
        assert found[2] == body.removeprefix(b"\xef\xbb\xbf").lstrip()


@pytest.mark.parametrize("label", ["application/json", "text/html", "text/plain", ""])
def test_a_wrong_content_type_is_not_believed(label: str) -> None:
    assert read(b"data: a\n\n", kind=label)[:2] == ("events", ["a"])
    assert read(WHOLE, kind="text/event-stream")[0] == "document"
    assert read(b"<html>", kind="text/event-stream")[0] == "document"


def test_an_unknown_first_field_is_an_event_stream_only_when_labelled() -> None:
    assert read(b"x: 1\n\ndata: a\n\n", kind="text/event-stream")[:2] == ("events", ["a"])
    assert read(b"x: 1\n\ndata: a\n\n")[0] == "document"


def test_lines_that_nobody_asked_for_are_read_all_the_same() -> None:
    lines = b'{"message":"a","type":"content"}\n{"message":"b","type":"content"}\n'
    assert read(lines, is_streamed=False, lines=True)[0] == "lines"
    assert read(DELTA + b"\n" + DELTA, is_streamed=False)[:2] == ("lines", [DELTA.decode()] * 2)
    assert read(b"{bad\n{bad", is_streamed=False, lines=True)[0] == "document"


def test_data_lines_of_a_dialect_of_lines_need_no_blank_lines_whatever_they_are_called() -> None:
    body = b'data: {"message":"a"}\ndata:{"message":"b"}\ndata: [DONE]\n'
    found = read(body, kind="text/event-stream", lines=True)
    assert found[:2] == ("lines", ['{"message":"a"}', '{"message":"b"}', "[DONE]"])
    assert read(b"event: x\ndata: a\n\n", kind="text/event-stream", lines=True)[:2] == ("events", ["a"])


def test_a_long_first_line_costs_time_in_proportion() -> None:
    def cost(size: int, *, lines: bool) -> Callable[[], object]:
        body = b'{"message":"' + b"x" * size + b'"}'
        return lambda: read(*(body[at : at + 64] for at in range(0, len(body), 64)), lines=lines)

    for lines in (True, False):
        assert grows_at_most(20, cost(100_000, lines=lines), cost(800_000, lines=lines))


@pytest.mark.parametrize("body", [WHOLE, PRETTY, b'{"a":1}', b'[{"a":1}]', b'{"a":1}\n{"b":2}'])
def test_json_for_a_request_without_stream_is_a_document(body: bytes) -> None:
    assert read(body, is_streamed=False) == ("document", [], body)


def test_events_for_a_request_without_stream_are_read_all_the_same() -> None:
    assert read(b"data: a\n\n", is_streamed=False)[:2] == ("events", ["a"])


def test_a_dialect_of_lines_gets_its_first_line_at_once() -> None:
    framing = Framing(is_streamed=True, prefers_lines=True)
    assert framing.feed(b'{"message":"Hel","type":"content"}') == ()
    assert [frame.data for frame in framing.feed(b"\n")] == ['{"message":"Hel","type":"content"}']
    framing = Framing(is_streamed=True)
    assert [frame.data for frame in framing.feed(DELTA + b"\n")] == [DELTA.decode()]


def test_a_dialect_of_lines_may_answer_with_a_document() -> None:
    for body in (WHOLE, WHOLE + b"\n", PRETTY, b'{"error":"x"}', b'{"detail":"x"}\n'):
        assert read(body, lines=True)[0] == "document"
    assert read(b'{"done":true}', lines=True)[:2] == ("lines", ['{"done":true}'])
    assert read(b"{bad line\n{}\n", lines=True)[:2] == ("lines", ["{bad line", "{}"])


def test_blank_lines_that_keep_alive_cost_no_memory() -> None:
    framing = Framing(is_streamed=False)
    for _ in range(1000):
        framing.feed(b"\n" * 1000)
    assert framing.is_blank
    assert framing.feed(WHOLE) == ()
    framing.end()
    assert framing.document == WHOLE


def test_a_document_has_a_limit() -> None:
    framing = Framing(is_streamed=False)
    framing.feed(b"x" * 2**24)
    with pytest.raises(TooLarge, match="16 MiB"):
        framing.feed(b"x")


_STARTS = (
    b"",
    b"data: ",
    b"{",
    b'{"a":1}\n',
    b"[",
    b"<",
    b"da",
    b"\xef\xbb\xbf",
    b"\xef\xbb",
    b"\n",
    DELTA + b"\n",
    WHOLE,
)


def test_any_split_gives_the_same_frames_and_nothing_raises() -> None:
    dice = random.Random(5)
    for _ in range(rounds(20_000, 1_500)):
        body = dice.choice(_STARTS) + random_body(dice, 12)
        lines, is_streamed = dice.random() < 0.5, dice.random() < 0.8
        whole = read(body, is_streamed=is_streamed, lines=lines)
        assert read(*chopped(body, dice), is_streamed=is_streamed, lines=lines) == whole, body
