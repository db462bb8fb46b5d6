"""Lines of JSON, and arrays that grow."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.growth import grows_at_most
from tests.providers.chopping import chopped, rounds
from tui.providers.ndjson import ArrayDecoder, NdjsonDecoder
from tui.providers.sse import TooLarge

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


def lines(*chunks: bytes) -> list[str]:
    decoder = NdjsonDecoder()
    found = [text for chunk in chunks for text in decoder.feed(chunk)]
    return found + decoder.end()


def elements(*chunks: bytes) -> list[str]:
    decoder = ArrayDecoder()
    return [text for chunk in chunks for text in decoder.feed(chunk)] + decoder.end()


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        (b'{"a":1}\n{"b":2}\n', ['{"a":1}', '{"b":2}']),
        (b'{"a":1}\r\n\r\n  \t\n{"b":2}', ['{"a":1}', '{"b":2}']),
        (b'data: {"a":1}\n\ndata:{"b":2}\ndata: [DONE]\n', ['{"a":1}', '{"b":2}', "[DONE]"]),
        (b'event: x\nid: 1\nretry: 1\n: ping\n{"a":1}\n', ['{"a":1}']),
        (b"\xef\xbb\xbf{}\n", ["{}"]),
        ('{"a":"\u2028\x85\x0b"}\n'.encode(), ['{"a":"\u2028\x85\x0b"}']),
        (b'{"a":"\xff"}\n', ['{"a":"\ufffd"}']),
        (b"{bad\n{}\n", ["{bad", "{}"]),
        (b'{"a":\r1}\n', ['{"a":\r1}']),
    ],
)
def test_lines(body: bytes, texts: list[str]) -> None:
    assert lines(body) == texts
    assert lines(*(body[at : at + 1] for at in range(len(body)))) == texts


def test_a_line_is_out_with_its_end() -> None:
    decoder = NdjsonDecoder()
    assert decoder.feed(b'{"a":1}') == []
    assert decoder.feed(b"\n") == ['{"a":1}']


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        (b'[{"a":1},\r\n{"b":[1,{"c":2}]}\n]', ['{"a":1}', '{"b":[1,{"c":2}]}']),
        (b'[{"a":"]}\\"["} , {"b":"\\\\"}]', ['{"a":"]}\\"["}', '{"b":"\\\\"}']),
        (b"[]", []),
        (b'[{"a":1},{"b"', ['{"a":1}']),
        (b'[1,"x",null,[2]]', ["[2]"]),
        (b"\xef\xbb\xbf[{}]", ["{}"]),
    ],
)
def test_a_growing_array(body: bytes, texts: list[str]) -> None:
    assert elements(body) == texts
    assert elements(*(body[at : at + 1] for at in range(len(body)))) == texts


def test_an_element_is_out_with_its_last_brace() -> None:
    decoder = ArrayDecoder()
    assert decoder.feed(b'[{"a":1') == []
    assert decoder.feed(b"}") == ['{"a":1}']


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.dictionaries(st.text(), JSON, max_size=4), max_size=5),
    st.randoms(use_true_random=False),
    st.sampled_from([None, 2]),
)
def test_an_array_comes_back_element_by_element(
    values: list[dict[str, object]], dice: random.Random, indent: int | None
) -> None:
    body = json.dumps(values, indent=indent, ensure_ascii=False).encode("utf-8", "surrogatepass")
    found = [json.loads(text) for text in elements(*chopped(body, dice))]
    assert found == json.loads(body.decode("utf-8", "replace"))


def test_limits_are_named() -> None:
    with pytest.raises(TooLarge, match="MiB"):
        NdjsonDecoder(max_bytes=100).feed(b"x" * 101)
    decoder = ArrayDecoder(max_bytes=100)
    with pytest.raises(TooLarge, match="MiB"):
        decoder.feed(b'[{"a":"' + b"x" * 200)


_PIECES = (
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b"\\",
    b",",
    b"\n",
    b"\r",
    b"data:",
    b"1",
    b"a",
    b" ",
    b"\xff",
    b"\xef\xbb\xbf",
)


def test_any_split_gives_the_same_texts_and_nothing_raises() -> None:
    dice = random.Random(3)
    for _ in range(rounds(100_000, 2_000)):
        body = b"".join(dice.choice(_PIECES) for _ in range(dice.randint(0, 25)))
        pieces = list(chopped(body, dice))
        assert lines(*pieces) == lines(body), body
        assert elements(*pieces) == elements(body), body


def _decode_one_element(size: int) -> None:
    body = b'[{"a":"' + b'x\\"{' * (size // 4) + b'"}]'
    decoder = ArrayDecoder()
    for at in range(0, len(body), 16):
        decoder.feed(body[at : at + 16])


def test_time_is_linear_in_the_bytes_of_one_element() -> None:
    assert grows_at_most(8 * 3.5, lambda: _decode_one_element(2**15), lambda: _decode_one_element(2**18))
