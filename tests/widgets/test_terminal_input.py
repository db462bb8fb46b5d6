"""What the terminal sends becomes keys and pastes, however it is cut; a paste presses nothing."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import constants, events
from textual.message import Message

from tui.widgets import terminal_input
from tui.widgets.terminal_input import PASTE_END, PASTE_START, PasteSafeParser


class Clock:
    """Time that passes when a test says so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 100.0
        monkeypatch.setattr(terminal_input, "monotonic", lambda: self.now_s)
        monkeypatch.setattr("textual._parser.get_time", lambda: self.now_s)


def keys(messages: list[Message]) -> list[str]:
    return [message.key for message in messages if isinstance(message, events.Key)]


def pasted(messages: list[Message]) -> str:
    return "".join(message.text for message in messages if isinstance(message, events.Paste))


def read(parser: PasteSafeParser, *chunks: str) -> list[Message]:
    return [message for chunk in chunks for message in parser.feed(chunk)]


def after_a_while(parser: PasteSafeParser, clock: Clock, seconds: float = 2.0) -> list[Message]:
    clock.now_s += seconds
    found = list(parser.tick())
    clock.now_s += constants.ESCAPE_DELAY * 2
    return found + list(parser.tick())


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("ab\r", ["a", "b", "enter"]),
        ("\n", ["ctrl+j"]),
        ("\x1b\r", ["alt+enter"]),
        ("\x1b[13;2u", ["shift+enter"]),
        ("\x1b[27;2;13~", ["shift+enter"]),
        ("\x1b[A\x1b[17~", ["up", "f6"]),
        ("\x1b=\x1b-\x1b1", ["alt+equals_sign", "alt+minus", "alt+1"]),
    ],
)
def test_keys_come_through(typed: str, expected: list[str]) -> None:
    assert keys(read(PasteSafeParser(), typed)) == expected


def test_a_lone_escape_is_the_escape_key_after_the_usual_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    parser = PasteSafeParser()
    assert keys(read(parser, "\x1b")) == []
    clock.now_s += constants.ESCAPE_DELAY + 0.01
    assert keys(list(parser.tick())) == ["escape"]


@pytest.mark.parametrize(
    "hostile",
    [
        "plain",
        "an \x1b escape",
        "\x1b[201",
        "\x1b\x1b\x1b",
        "a\x11b\x03c\r\n",
        "\x1b[200~nested",
        "x" * 5000 + "\x1b[A",
    ],
)
def test_a_paste_is_one_text_whatever_it_holds(hostile: str) -> None:
    messages = read(PasteSafeParser(), PASTE_START + hostile + PASTE_END)
    assert pasted(messages) == hostile.replace(PASTE_START, "")
    assert keys(messages) == []


def test_a_paste_end_mark_inside_a_paste_does_not_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    for chunks in (
        [f"{PASTE_START}rm{PASTE_END}\r\x11 -rf{PASTE_END}"],
        [f"{PASTE_START}rm{PASTE_END}\r", f"\x11 -rf{PASTE_END}"],
        [f"{PASTE_START}rm{PASTE_END}", "\r\x11", f" -rf{PASTE_END}"],
        [f"{PASTE_START}rm{PASTE_END}\r{PASTE_START}\x11 -rf{PASTE_END}"],
    ):
        parser = PasteSafeParser()
        messages = read(parser, *chunks) + after_a_while(parser, clock)
        assert keys(messages) == []
        assert pasted(messages).replace(PASTE_END, "") == "rm\r\x11 -rf"


def test_typing_right_behind_a_paste_is_typing(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    parser = PasteSafeParser()
    messages = read(parser, f"{PASTE_START}words{PASTE_END}", "\r")
    assert keys(messages) == []
    messages += after_a_while(parser, clock, 0.2)
    assert pasted(messages) == "words"
    assert keys(messages) == ["enter"]


def test_a_paste_that_stalls_is_shown_and_keys_work_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    parser = PasteSafeParser()
    assert read(parser, f"{PASTE_START}half") == []
    assert pasted(after_a_while(parser, clock)) == "half"
    assert keys(read(parser, "\r")) == ["enter"]


def test_the_rest_of_a_stalled_paste_is_still_text(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    parser = PasteSafeParser()
    read(parser, f"{PASTE_START}half")
    after_a_while(parser, clock)
    messages = read(parser, f" and the other half\r{PASTE_END}")
    assert keys(messages) == []
    assert pasted(messages) == " and the other half\r"


@given(
    text=st.text(st.characters(codec="utf-8", exclude_characters="\x1b"), max_size=60),
    cuts=st.lists(st.integers(0, 80), max_size=8),
)
def test_chunking_does_not_change_a_paste(text: str, cuts: list[int]) -> None:
    whole = f"ab{PASTE_START}{text}{PASTE_END}"
    edges = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})
    parser = PasteSafeParser()
    messages = read(parser, *(whole[start:end] for start, end in pairwise(edges)))
    assert keys(messages) == ["a", "b"]
    assert pasted(messages) == text


@given(st.lists(st.sampled_from([PASTE_START, PASTE_END, "\x1b", "[20", "a", "\r", "\x11", "~", "0", "é", "\x1b[A"])))
def test_no_input_raises(pieces: list[str]) -> None:
    parser = PasteSafeParser()
    for piece in pieces:
        list(parser.feed(piece))
        list(parser.tick())
    list(parser.feed(""))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("\x1bd", "alt+d"), ("\x1bD", "alt+shift+d"), ("\x1b.", "alt+full_stop"), ("\x1b;", "alt+semicolon")],
)
def test_a_letter_with_alt_is_a_key_and_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, typed: str, expected: str
) -> None:
    clock = Clock(monkeypatch)
    parser = PasteSafeParser()
    (key,) = [*read(parser, typed), *after_a_while(parser, clock)]
    assert isinstance(key, events.Key)
    assert (key.key, key.character, key.is_printable) == (expected, None, False)
