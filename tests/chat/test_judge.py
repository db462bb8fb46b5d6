"""The judge: no names, both orders, disagreement said."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Callable

import pytest

from tests.chat.stand_in import StandIn
from tests.waiting import wait_until
from tui.chat.judge import judge, judging_prompt, merging_prompt, read_judgement
from tui.domain.events import Finish, Finished, StreamEvent, TextDelta, Usage, UsageReport
from tui.domain.record import AskedAside
from tui.domain.request import ChatRequest, CompletionRequest, ModelRef
from tui.errors import ProviderError, RateLimited, ReplyUnreadable
from tui.providers.base import Price

MODEL = ModelRef("test", "judge")


class Judge(StandIn):
    """Decides by a function of the answers in the order it sees them."""

    def __init__(self, decide: Callable[[list[str]], str]) -> None:
        super().__init__()
        self.decide = decide

    async def stream(self, request: ChatRequest | CompletionRequest) -> AsyncGenerator[StreamEvent, None]:
        assert isinstance(request, ChatRequest)
        self.requests.append(request)
        answers = re.findall(r"<answer>\n(.*?)\n</answer>", request.messages[-1].text, re.DOTALL)
        winner = self.decide(answers)
        scores = {letter: 9 if letter == winner else 4 for letter in "ABCDEF"[: len(answers)]}
        yield TextDelta("Here you are: " + json.dumps({"scores": scores, "winner": winner, "reason": "clear"}))
        yield Finished(Finish.STOP)


def letter_of(answers: list[str], text: str) -> str:
    return "ABCDEF"[answers.index(text)]


async def test_a_judge_that_knows_its_mind_is_believed() -> None:
    provider = Judge(lambda answers: letter_of(answers, "good"))
    verdict = await judge(provider, MODEL, "Why?", ["bad", "good", "poor"])
    assert (verdict.outcome, verdict.winner) == ("winner", 1)
    assert list(verdict.mean_scores) == [4, 9, 4]
    assert len(provider.requests) == 2
    vote = verdict.vote(["r1", "r2", "r3"], "test/judge")
    assert vote is not None
    assert (vote.winner, vote.verdict, vote.judge, vote.is_blind) == ("r2", "winner", "test/judge", True)
    assert (vote.note, vote.scores) == ("clear / clear", {"r1": 4, "r2": 9, "r3": 4})


async def test_a_judge_that_goes_by_the_order_is_found_out() -> None:
    verdict = await judge(Judge(lambda answers: "A"), MODEL, "Why?", ["x", "y"])
    assert (verdict.outcome, verdict.winner) == ("disagreement", None)
    assert verdict.vote(["r1", "r2"], "test/judge") is None


async def test_a_tie_in_both_orders_is_a_tie() -> None:
    verdict = await judge(Judge(lambda answers: "tie"), MODEL, "Why?", ["x", "y"])
    vote = verdict.vote(["r1", "r2"], "test/judge")
    assert vote is not None
    assert (verdict.outcome, vote.winner, vote.verdict) == ("tie", None, "tie")


async def test_a_failing_judge_is_an_error() -> None:
    with pytest.raises(ProviderError, match="judge"):
        await judge(StandIn(RateLimited("Too many requests.", status=429)), MODEL, "Why?", ["x", "y"])


@pytest.mark.parametrize(
    "text",
    ["", "A is better", '{"winner": "A"}', '{"scores": {"A": 3}}', '{"scores": {"A": "x", "B": 1}}', "{" * 5000, "[]"],
)
def test_what_is_no_judgement_is_said_so(text: str) -> None:
    with pytest.raises(ReplyUnreadable):
        read_judgement(text, 2)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('{"scores": {"A": 7, "B": 4}}', (7, 4, 0)),
        ('{"scores": {"A": 4, "B": 7}, "winner": null}', (4, 7, 1)),
        ('{"scores": {"A": 7, "B": 7}, "winner": "neither"}', (7, 7, None)),
        ('{"scores": {"A": 7, "B": 4}, "winner": "tie"}', (7, 4, None)),
        ('{"scores": {"A": 4, "B": 7}, "winner": "Answer a."}', (4, 7, 0)),
        ('{"scores": {"Answer A": "8/10", "b": "3.5"}, "winner": "B"}', (8, 3.5, 1)),
        ('I weigh {it}. {"scores": {"A": 1, "B": 2}} No: {"scores": {"A": 2, "B": 1}, "winner": "A"} {ok}', (2, 1, 0)),
        ('```json\n{"reason": "{}", "scores": {"A": 9, "B": 2}, "winner": "A"}\n```', (9, 2, 0)),
    ],
)
def test_how_judges_write(text: str, wanted: tuple[float, float, int | None]) -> None:
    scores, winner, _ = read_judgement(text, 2)
    assert (*scores, winner) == wanted


async def test_scores_that_go_by_the_order_are_a_disagreement_where_no_winner_is_named() -> None:
    first_is_best = StandIn(TextDelta('{"scores": {"A": 7, "B": 4}}'), Finished(Finish.STOP))
    assert (await judge(first_is_best, MODEL, "Why?", ["x", "y"])).outcome == "disagreement"


def test_prompts_hold_question_and_answers_and_no_names() -> None:
    for prompt in (judging_prompt("Why {x}?", ["one", "two {y}"]), merging_prompt("Why {x}?", ["one", "two {y}"])):
        assert "Why {x}?" in prompt
        assert "two {y}" in prompt
        assert "test/" not in prompt


async def test_what_a_judge_takes_is_told_also_where_no_verdict_comes_of_it() -> None:
    babbling = StandIn(TextDelta("Both are nice."), UsageReport(Usage(200, 10)), Finished(Finish.STOP))
    told: list[AskedAside] = []

    async def tell(aside: AskedAside) -> None:
        told.append(aside)

    with pytest.raises(ReplyUnreadable):
        await judge(babbling, MODEL, "Why?", ["x", "y"], price=Price(1.0, 100.0), tell=tell)
    assert [(one.purpose, one.model, one.usage.input_tokens, one.usage.output_tokens) for one in told] == [
        ("judge", "test/judge", 200, 10)
    ]
    assert told[0].cost_usd == pytest.approx((200 * 1 + 10 * 100) / 1e6)


async def test_a_judge_that_is_stopped_half_way_is_told_of_too() -> None:
    slow = StandIn(UsageReport(Usage(200, 1)), TextDelta("{"), None)
    told: list[AskedAside] = []

    async def tell(aside: AskedAside) -> None:
        told.append(aside)

    asking = asyncio.create_task(judge(slow, MODEL, "Why?", ["x", "y"], price=Price(1.0, 1.0), tell=tell))
    await wait_until(lambda: slow.is_waiting)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert [one.cost_usd for one in told] == [pytest.approx(201 / 1e6)]


async def test_a_judge_that_cannot_be_reached_took_nothing() -> None:
    told: list[AskedAside] = []

    async def tell(aside: AskedAside) -> None:
        told.append(aside)

    with pytest.raises(ProviderError):
        await judge(StandIn(RateLimited("Too many.", status=429)), MODEL, "Why?", ["x", "y"], tell=tell)
    assert not told
