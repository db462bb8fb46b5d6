"""Events survive being lines, and lines are harmless to whatever reads them."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given

from tests.store.strategies import events, starts
from tui.domain.events import Alternative, Finish, TokenLogprob
from tui.domain.record import MessageAdded, ReplyEnded, ReplyText, SessionEvent, SessionStarted, Unknown
from tui.store.codec import LineError, decode_line, encode_event

AT = "2026-01-02T03:04:05.678Z"


@given(events | starts)
def test_an_event_survives_a_round_trip(event: SessionEvent) -> None:
    assert decode_line(encode_event(event)) == event


@given(events | starts)
def test_an_event_is_one_line_of_harmless_json(event: SessionEvent) -> None:
    line = encode_event(event)
    assert line.endswith(b"\n")
    text = line[:-1].decode()
    assert not any(ord(character) < 0x20 or 0x7F <= ord(character) <= 0x9F for character in text)
    assert len(text.splitlines()) == 1
    json.loads(text, parse_constant=pytest.fail)


def test_defaults_are_left_out() -> None:
    assert encode_event(ReplyText("a", "hi")) == b'{"event":"reply-text","id":"a","text":"hi"}\n'
    assert encode_event(SessionStarted("a", AT)) == (
        b'{"format":"parley-session","version":1,"id":"a","at":"2026-01-02T03:04:05.678Z"}\n'
    )


def test_a_root_message_says_that_it_has_no_parent() -> None:
    assert b'"parent":null' in encode_event(MessageAdded("a", AT, None, "user", "hi"))


def test_pairs_are_joined_and_lone_surrogates_replaced() -> None:
    event = decode_line(encode_event(ReplyText("a", "\ud83d\ude00 \ud83d \ude00")))
    assert event == ReplyText("a", "\U0001f600 \ufffd \ufffd")


def test_numbers_that_json_has_no_name_for_never_reach_a_file() -> None:
    tokens = (TokenLogprob("x", math.nan, (Alternative("y", -math.inf), Alternative("z", math.nan))),)
    event = ReplyEnded("a", AT, Finish.STOP, "", cost_usd=math.inf, logprobs=tokens, meta={"x": [math.nan, -math.inf]})
    line = encode_event(event)
    json.loads(line, parse_constant=pytest.fail)
    read = decode_line(line)
    assert isinstance(read, ReplyEnded)
    assert read.cost_usd is None
    assert read.logprobs[0].logprob is None
    assert read.meta == {"x": [None, None]}


def test_monstrous_meta_is_kept_as_far_as_json_goes() -> None:
    nested: list[object] = []
    for _ in range(10_000):
        nested = [nested]
    event = ReplyEnded("a", AT, Finish.STOP, "t", meta={"deep": nested, "huge": 10**5000, "raw": b"x"})
    read = decode_line(encode_event(event))
    assert isinstance(read, ReplyEnded)
    assert read.text == "t"


def test_keys_of_a_newer_parley_do_no_harm() -> None:
    assert decode_line(b'{"event":"reply-text","id":"a","text":"hi","colour":"red"}') == ReplyText("a", "hi")


def test_events_of_a_newer_parley_are_kept_verbatim() -> None:
    line = b'{"event":"mood-changed","mood":["good",1]}\n'
    event = decode_line(line)
    assert event == Unknown({"event": "mood-changed", "mood": ["good", 1]})
    assert encode_event(event) == line


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"", "JSON"),
        (b"{", "JSON"),
        (b"\xff\xfe", "UTF-8"),
        (b"[1]", "object"),
        (b"{}", "no event name"),
        (b'{"event":7}', "no event name"),
        (b'{"event":"reply-text"}', "“id” is missing"),
        (b'{"event":"reply-text","id":7}', "“id” must be a text"),
        (b'{"event":"reply-text","id":null,"text":"a"}', "“id” must be a text"),
        (b'{"event":"reply-text","id":"a","text":7}', "“text” must be a text"),
        (b'{"event":"messages-deleted","ids":"a","at":"x"}', "must be a list"),
        (b'{"event":"reply-ended","id":"a","at":"x","finish":["stop"],"text":""}', "must be one of stop"),
        (b'{"event":"reply-ended","id":"a","at":"x","finish":"stop","text":"","usage":{"input_tokens":"7"}}', "whole"),
        (b'{"event":"reply-ended","id":"a","at":"x","finish":"stop","text":"","usage":[]}', "an object"),
        (b'{"event":"reply-ended","id":"a","at":"x","finish":"stop","text":"","cost_usd":true}', "number"),
        (b'{"event":"message-marked","id":"a","at":"x","is_starred":1}', "true or false"),
        (b"[" * 100_000, "nested"),
        (b'{"event":"reply-text","id":"a","text":' + b"9" * 5000 + b"}", "JSON"),
    ],
)
def test_a_damaged_line_is_refused_in_words(line: bytes, words: str) -> None:
    with pytest.raises(LineError, match=words):
        decode_line(line)


def test_whole_numbers_may_be_written_as_decimals() -> None:
    line = b'{"event":"reply-ended","id":"a","at":"x","finish":"stop","text":"","usage":{"input_tokens":7.0}}'
    event = decode_line(line)
    assert isinstance(event, ReplyEnded)
    assert event.usage.input_tokens == 7


def test_an_end_that_has_no_word_here_is_an_end_in_that_word() -> None:
    event = decode_line(b'{"event":"reply-ended","id":"a","at":"x","finish":"bored","text":"kept"}')
    assert isinstance(event, ReplyEnded)
    assert (event.finish, event.finish_words, event.text) == ("stop", "bored", "kept")
