"""Token probabilities that are no number: minus infinity, however a server writes it, and what is not told."""

from __future__ import annotations

from typing import Any

import pytest

from tests.providers.exchanging import ask_server
from tests.wire import chunk, event, events_reply
from tui.domain.events import IMPOSSIBLE, Alternative, Finish, TokenLogprob, TokenLogprobs
from tui.domain.record import ReplyEnded
from tui.providers.gemini_reader import _logprobs
from tui.providers.lenient_json import loads
from tui.providers.openai_shapes import chat_logprobs, legacy_logprobs
from tui.screens.token_odds import percent
from tui.store.codec import decode_line, encode_event

KNOWN = Alternative("a", -0.1)
NEVER = Alternative("b", IMPOSSIBLE)


@pytest.mark.parametrize("infinite", ["-Infinity", "-1e999", "null", '"-Infinity"'])
def test_an_alternative_of_infinite_odds_is_impossible(infinite: str) -> None:
    chosen = '{"token": "a", "logprob": -0.1'
    top = f'[{chosen}}}, {{"token": "b", "logprob": {infinite}}}, {{"token": "c"}}, {{"token": "d", "logprob": [1]}}]'
    legacy = f'{{"tokens": ["a"], "token_logprobs": [-0.1], "top_logprobs": [{{"a": -0.1, "b": {infinite}}}]}}'
    candidates = f'[{{"token": "a", "logProbability": -0.1}}, {{"token": "b", "logProbability": {infinite}}}]'
    gemini = (
        '{"chosenCandidates": [{"token": "a", "logProbability": -0.1}],'
        f' "topCandidates": [{{"candidates": {candidates}}}]}}'
    )
    told = (TokenLogprob("a", -0.1, (KNOWN, NEVER)),)
    assert chat_logprobs(loads(f'{{"content": [{chosen}, "top_logprobs": {top}}}]}}')) == told
    assert legacy_logprobs(loads(legacy)) == told
    assert _logprobs(loads(gemini)) == told


def test_a_token_without_a_number_is_unknown_and_one_of_infinite_odds_impossible() -> None:
    found = legacy_logprobs(loads('{"tokens": ["a", "b"], "token_logprobs": [null, -Infinity]}'))
    assert [token.logprob for token in found] == [None, IMPOSSIBLE]  # with echo, the first token has none


async def test_what_is_impossible_stays_so_on_record() -> None:
    odds: dict[str, Any] = {"content": [{"token": "Hi", "logprob": -0.1, "top_logprobs": [{"token": "b"}]}]}
    first = chunk("Hi")
    first["choices"][0]["logprobs"] = odds
    raw = event(first).replace(b'{"token": "b"}', b'{"token": "b", "logprob": -Infinity}')
    found, _ = await ask_server(events_reply(raw, chunk(finish="stop"), done=True))
    tokens = found.of(TokenLogprobs)[0].tokens
    read = decode_line(encode_event(ReplyEnded("a", "2026-01-01T00:00:00.000Z", Finish.STOP, "Hi", logprobs=tokens)))
    assert isinstance(read, ReplyEnded)
    assert read.logprobs == tokens == (TokenLogprob("Hi", -0.1, (NEVER,)),)
    assert [percent(number) for number in (IMPOSSIBLE, -9999.0, -0.0)] == ["0 %", "<0.1 %", "100.0 %"]
