"""How a reply begins before one of its tokens, also where tokens are parts of characters."""

from __future__ import annotations

import pytest

from tui.chat.spelling import beginning
from tui.domain.events import TokenLogprob
from tui.domain.session import Message
from tui.providers.openai_shapes import chat_logprobs

TOLD = ("Hi ", r"\xf0\x9f\x98", r"\x80", " you", "!")
"""“Hi 😀 you!” as OpenAI tells its tokens."""


def message(text: str, *tokens: str) -> Message:
    found = Message("a", None, "assistant", "2026-01-01T00:00:00.000Z", text=text, model="x/y")
    found.logprobs = tuple(TokenLogprob(token, -0.1) for token in tokens)
    return found


def test_tokens_that_do_not_spell_the_reply_give_no_beginning() -> None:
    odd = message("The cat\nsat.", "<think>", "The", " cat\nsat.")
    assert beginning(odd, 2) == "The"
    odd = message("The cat\nsat.", "Xhe", " cat")
    assert beginning(odd, 1) is None


@pytest.mark.parametrize(
    "tokens",
    [
        TOLD,
        ("Hi ", r"bytes:\xf0\x9f\x98", r"bytes:\x80", " you", "!"),
        ("Hi ", "\ufffd", "\ufffd", " you", "!"),
    ],
)
def test_behind_a_character_in_parts_the_reply_can_be_gone_on_from(tokens: tuple[str, ...]) -> None:
    reply = message("Hi 😀 you!", *tokens)
    assert beginning(reply, 1, "there") == "Hi there"
    assert beginning(reply, 3, " there") == "Hi 😀 there"
    assert beginning(reply, 4, "?") == "Hi 😀 you?"
    assert beginning(reply, 2, "there") is None  # between the parts


def test_another_part_of_a_character_makes_another_character() -> None:
    reply = message("Hi 😀 you!", *TOLD)
    assert beginning(reply, 2, r"\x81") == "Hi 😁"
    assert beginning(reply, 1, r"\xf0\x9f\x98") is None


def test_a_literal_escape_in_a_reply_stays_what_it_is() -> None:
    reply = message(r"print('\xf0') 😀!", "print('", r"\xf0", "') ", r"\xf0\x9f", r"\x98\x80", "!")
    assert beginning(reply, 5, "?") == r"print('\xf0') 😀?"


def test_parts_that_nobody_told_the_bytes_of_end_where_the_next_token_stands() -> None:
    reply = message("日本語 ok ok", "\ufffd", "\ufffd\ufffd", "語", " ok", " ok", "")
    assert beginning(reply, 2, "!") == "日本!"
    assert beginning(reply, 4, "!") == "日本語 ok!"
    assert beginning(message("ok 😀", "ok ", "\ufffd", "\ufffd", ""), 3, "!") == "ok 😀!"
    assert beginning(message("ok 😀", "no ", "\ufffd", "x"), 2, "!") is None


def test_a_part_of_a_character_is_told_by_its_bytes() -> None:
    entries = [
        {"token": "", "logprob": -0.1, "bytes": [0xF0, 0x9F, 0x98], "top_logprobs": []},
        {"token": "\ufffd", "logprob": -0.1, "bytes": [0x80], "top_logprobs": [{"bytes": [0x81], "logprob": -1}]},
        {"token": " you", "logprob": -0.1, "bytes": [1, True, "x"]},
        {"token": "!", "logprob": -0.1, "bytes": None},
    ]
    tokens = chat_logprobs(entries)
    assert [token.token for token in tokens] == [r"\xf0\x9f\x98", r"\x80", " you", "!"]
    assert tokens[1].alternatives[0].token == r"\x81"
