"""Server-sent events, byte by byte."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.growth import grows_at_most
from tests.providers.chopping import chopped, rounds
from tui.providers.sse import SseDecoder, SseEvent, TooLarge

NO_LINE_ENDS = "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg\x1dh\x1ei"


def decode(*chunks: bytes) -> list[SseEvent]:
    decoder = SseDecoder()
    events = [event for chunk in chunks for event in decoder.feed(chunk)]
    return events + decoder.end()


@pytest.mark.parametrize(
    ("body", "events"),
    [
        (b"data: a\n\n", [("", "a")]),
        (b"data: a\r\n\r\n", [("", "a")]),
        (b"data: a\r\r", [("", "a")]),
        (b"data: a\r\n\ndata: b\n\r\n", [("", "a"), ("", "b")]),
        (b"data:a\n\n", [("", "a")]),
        (b"data:  a\n\n", [("", " a")]),
        (b"data\n\n", [("", "")]),
        (b"data:\n\n", [("", "")]),
        (b"data\ndata\n\n", [("", "\n")]),
        (b"data: a\ndata: b\n\n", [("", "a\nb")]),
        (b"event: ping\ndata: a\n\ndata: b\n\n", [("ping", "a"), ("", "b")]),
        (b"event: ping\n\ndata: b\n\n", [("", "b")]),
        (b"Event: ping\nDATA: x\ndata : y\ndata: b\n\n", [("", "b")]),
        (b": comment\n:\ndata: a\n: more\n\n", [("", "a")]),
        (b"\n\n\ndata: a\n\n\n\n", [("", "a")]),
        (b"data: a", [("", "a")]),
        (b"data: a\n", [("", "a")]),
        (b"event: x\n", []),
        (b"\xef\xbb\xbfdata: a\n\n", [("", "a")]),
        (b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\ndata: b\n\n", [("", "b")]),
        (b"data: \xef\xbb\xbfa\n\n", [("", "\ufeffa")]),
        (b"data: \xff\xfe\n\n", [("", "\ufffd\ufffd")]),
        (b"data: \xe2\x82\n\n", [("", "\ufffd")]),
        (b"data: \xf0\x9f\x98\x80\n\n", [("", "\U0001f600")]),
        (f"data: {NO_LINE_ENDS}\n\n".encode(), [("", NO_LINE_ENDS)]),
        (b"data: \x85\n\n", [("", "\ufffd")]),
        (b"dat: x\ndatax: y\nfoo\n\n", []),
    ],
)  # fmt: skip
def test_rules(body: bytes, events: list[tuple[str, str]]) -> None:
    assert [event[:2] for event in decode(body)] == events
    assert [event[:2] for event in decode(*(body[at : at + 1] for at in range(len(body))))] == events


def test_an_id_stays_until_it_is_changed_and_is_ignored_with_nul() -> None:
    events = decode(b"id: 1\ndata: a\n\ndata: b\n\nid: 2\0\ndata: c\n\nid\ndata: d\n\n")
    assert [event.id for event in events] == ["1", "1", "1", ""]


@pytest.mark.parametrize("value", ["+5", "-5", " 5 ", "5_000", "５", "", "1e3", "0x10", "9" * 5000])
def test_retry_is_ascii_digits_only(value: str) -> None:
    assert decode(f"retry: {value}\ndata: a\n\n".encode())[0].retry is None


def test_retry_is_of_its_block() -> None:
    assert [event.retry for event in decode(b"retry: 50\ndata: a\n\ndata: b\n\n")] == [50, None]


def test_blocks_with_only_an_id_or_retry_dispatch_nothing() -> None:
    assert decode(b"id: 1\n\nretry: 5\n\n: ping\n\nevent: x\n\n") == []


@pytest.mark.parametrize("end", [b"\n\n", b"\r\r", b"\r\n\r\n", b"\r\n\r"])
def test_an_event_is_out_with_the_chunk_that_completes_it(end: bytes) -> None:
    decoder = SseDecoder()
    body = b"data: a" + end
    for at in range(len(body) - 1):
        assert decoder.feed(body[at : at + 1]) == [] or at == len(body) - 2
    decoder = SseDecoder()
    assert decoder.feed(body[:-2] + body[-2:-1]) == ([] if end != b"\r\n\r\n" else [SseEvent("", "a")])
    decoder = SseDecoder()
    assert decoder.feed(body) == [SseEvent("", "a")]


def test_a_line_feed_after_a_dispatching_carriage_return_dispatches_nothing_more() -> None:
    decoder = SseDecoder()
    assert decoder.feed(b"data: a\r\n\r") == [SseEvent("", "a")]
    assert decoder.feed(b"") == []
    assert decoder.feed(b"\n") == []
    assert decoder.feed(b"data: b\n") == []
    assert decoder.feed(b"\r") == [SseEvent("", "b")]


def _feed_often(decoder: SseDecoder, chunk: bytes, times: int) -> None:
    for _ in range(times):
        decoder.feed(chunk)


@pytest.mark.parametrize("size", [1, 700, 10_000])
def test_a_line_has_a_limit_that_is_named(size: int) -> None:
    with pytest.raises(TooLarge, match=r"a line is longer than .* MiB"):
        _feed_often(SseDecoder(max_bytes=1000), b"x" * size, 1002)


def test_an_event_has_a_limit_that_is_named() -> None:
    with pytest.raises(TooLarge, match=r"an event is larger than .* MiB"):
        _feed_often(SseDecoder(max_bytes=1000), b"data: 123\ndata:4\n", 1000)


def test_a_stray_json_line_is_kept() -> None:
    decoder = SseDecoder()
    decoder.feed(b'data: a\n\n{"error": "x"}\n{"second": 1}\n')
    assert decoder.stray == b'{"error": "x"}'


_PIECES = (
    b"data: ", b"data:", b"data", b"event: e", b"id: 7", b"id: \0", b"retry: 10", b":", b"\r", b"\n", b"\r\n", b"\n\n",
    b"\r\n\r\n", b"\xef\xbb\xbf", b"\xe2\x82\xac", b"\xf0\x9f\x98\x80", b"\xff", b"\xc2", b"\x85", "\u2028".encode(),
    b'{"a":1}', b"[DONE]", b"x", b" ", b"\0", b"{", b"<html>",
)  # fmt: skip


def random_body(dice: random.Random, most: int = 30) -> bytes:
    return b"".join(dice.choice(_PIECES) for _ in range(dice.randint(0, most)))


def test_any_split_gives_the_same_events() -> None:
    dice = random.Random(1)
    for _ in range(rounds(10_000, 1_500)):
        body = random_body(dice)
        assert decode(*chopped(body, dice)) == decode(body), body


def test_every_single_cut_gives_the_same_events() -> None:
    body = "\ufeffevent: e\r\ndata: é\u2028😀\r\rid: 1\n\n:x\n\ndata: {\r\ndata: }\r\n\r\nretry: 1\ndata: z".encode()
    whole = decode(body)
    for at in range(len(body) + 1):
        for second in range(at, len(body) + 1):
            assert decode(body[:at], body[at:second], body[second:]) == whole


def test_random_bytes_raise_nothing() -> None:
    dice = random.Random(2)
    for _ in range(rounds(100_000, 2_000)):
        decode(*chopped(dice.randbytes(dice.randint(0, 40)), dice))


@given(st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])), min_size=1))
def test_what_is_encoded_comes_back(texts: list[str]) -> None:
    body = b"".join(f"data: {text}\n\n".encode() for text in texts)
    assert [event.data for event in decode(body)] == texts


def _decode_one_line(size: int, step: int) -> None:
    line = b"data: " + b"x" * size
    decoder = SseDecoder()
    for at in range(0, len(line), step):
        decoder.feed(line[at : at + step])
    decoder.feed(b"\n\n")


@pytest.mark.parametrize("step", [1, 64])
def test_time_is_linear_in_the_bytes_of_one_line(step: int) -> None:
    small, large = 2**16 * step // min(step, 8), 2**19 * step // min(step, 8)
    assert grows_at_most(8 * 3.5, lambda: _decode_one_line(small, step), lambda: _decode_one_line(large, step))
