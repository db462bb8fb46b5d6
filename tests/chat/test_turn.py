"""One turn: times, surrogates, failures, cancellation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing

import pytest

from tests.chat.stand_in import StandIn, request
from tests.waiting import wait_until
from tui.chat.turn import Turn, cost_of, run_turn
from tui.domain.events import (
    CostReport,
    Finish,
    Finished,
    ReasoningDelta,
    RequestSent,
    ResponseStarted,
    Retrying,
    TextDelta,
    Usage,
    UsageReport,
)
from tui.errors import KeyRejected, StreamBroken
from tui.providers.base import Price

SENT = RequestSent("POST", "http://127.0.0.1/v1", {}, {})


def ticking(step_s: float = 1.0) -> Callable[[], float]:
    moment = 0.0

    def clock() -> float:
        nonlocal moment
        moment += step_s
        return moment

    return clock


async def test_a_whole_reply_has_text_finish_usage_and_times() -> None:
    usage = UsageReport(Usage(input_tokens=3, output_tokens=10))
    turn = Turn(
        StandIn(SENT, TextDelta("Hel"), TextDelta("lo"), Finished(Finish.STOP), usage), request(), clock=ticking()
    )
    reply = await run_turn(turn)
    assert (reply.text, reply.finish, reply.error) == ("Hello", Finish.STOP, None)
    timings = reply.timings
    assert timings.first_token_s is not None
    assert timings.total_s is not None
    assert timings.first_token_s < timings.total_s
    assert timings.tokens_per_s == pytest.approx(10 / (timings.total_s - timings.first_token_s))
    assert not timings.is_estimated


async def test_a_speed_without_reported_tokens_is_marked_as_an_estimate() -> None:
    turn = Turn(StandIn(SENT, TextDelta("a"), TextDelta("b"), Finished(Finish.STOP)), request(), clock=ticking())
    reply = await run_turn(turn)
    assert reply.timings.is_estimated
    assert reply.usage.output_tokens is None


async def test_a_reply_that_came_in_one_burst_was_not_generated_in_that_time() -> None:
    moments = iter([0.0, 0.0, 0.0, 2.0, 2.0001, 2.0002, *[2.0003] * 9])
    usage = UsageReport(Usage(input_tokens=3, output_tokens=10))
    said = (ReasoningDelta("hm"), TextDelta("Hello"), Finished(Finish.STOP), usage)
    reply = await run_turn(Turn(StandIn(SENT, *said), request(), clock=lambda: next(moments)))
    assert reply.timings.tokens_per_s == pytest.approx(5, rel=0.01)


async def test_waiting_for_another_try_does_not_slow_a_reply_down_and_is_on_record() -> None:
    moments = iter([0.0, 0.0, 0.0, 0.5, 60.0, 62.0, 62.0, 62.0001, *[62.0002] * 9])
    usage = UsageReport(Usage(input_tokens=3, output_tokens=10))
    said = (TextDelta("Hel"), TextDelta("lo"), Finished(Finish.STOP), usage)
    tries = (SENT, Retrying(1, 3, 60.0, "503: busy"), SENT, ResponseStarted(200, {}))
    reply = await run_turn(Turn(StandIn(*tries, *said), request(), clock=lambda: next(moments)))
    assert reply.timings.tokens_per_s == pytest.approx(5, rel=0.01)
    assert reply.timings.first_byte_s == pytest.approx(62)
    assert reply.meta["http"]["failed_tries"] == ["503: busy"]
    assert reply.notes == ("try 1 failed: 503: busy",)


async def test_halves_of_a_surrogate_pair_in_two_deltas_are_joined() -> None:
    turn = Turn(StandIn(SENT, TextDelta("a\ud83d"), TextDelta("\ude00b"), Finished(Finish.STOP)), request())
    shown = [event.text async for event in turn.events() if isinstance(event, TextDelta)]
    assert "".join(shown) == "a😀b"
    assert turn.reply().text == "a😀b"


async def test_a_surrogate_left_over_becomes_a_replacement_character() -> None:
    said = (ReasoningDelta("b\ud83d"), TextDelta("a\ud83d"), Finished(Finish.STOP))
    turn = Turn(StandIn(SENT, *said), request())
    seen = [event async for event in turn.events()]
    assert "".join(event.text for event in seen if isinstance(event, TextDelta)) == "a\ufffd"
    assert "".join(event.text for event in seen if isinstance(event, ReasoningDelta)) == "b\ufffd"
    assert isinstance(seen[-1], Finished)
    assert (turn.reply().text, turn.reply().reasoning) == ("a\ufffd", "b\ufffd")


async def test_a_broken_stream_with_text_is_cut_short_and_keeps_it() -> None:
    broken = StreamBroken("The connection closed.", received_chars=4)
    reply = await run_turn(Turn(StandIn(SENT, TextDelta("half"), broken), request()))
    assert (reply.text, reply.finish) == ("half", Finish.CUT_SHORT)
    assert reply.error is not None
    assert reply.error.kind == "stream-broken"


async def test_a_failure_before_any_text_is_an_error() -> None:
    rejected = KeyRejected("The key was refused.", status=401)
    reply = await run_turn(Turn(StandIn(SENT, rejected), request()))
    assert reply.finish is Finish.ERROR
    assert reply.error is not None
    assert (reply.error.kind, reply.error.status) == ("key-rejected", 401)


async def test_a_cancelled_turn_keeps_its_text_and_closes_the_stream() -> None:
    provider = StandIn(SENT, TextDelta("kept"), None)
    turn = Turn(provider, request())

    async def read() -> None:
        async with aclosing(turn.events()) as events:
            async for _ in events:
                pass

    task = asyncio.create_task(read())
    await wait_until(lambda: provider.is_waiting)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert provider.was_closed
    assert (turn.reply().text, turn.reply().finish) == ("kept", Finish.CANCELLED)


async def test_reasoning_counts_as_the_first_token() -> None:
    turn = Turn(StandIn(SENT, ReasoningDelta("hm"), TextDelta("x"), Finished(Finish.STOP)), request(), clock=ticking())
    reply = await run_turn(turn)
    assert reply.timings.first_token_s == pytest.approx(1.0)


async def test_the_time_of_thinking_is_taken_and_added_up() -> None:
    said = (
        ReasoningDelta("hm"),
        ReasoningDelta("so"),
        TextDelta("x"),
        ReasoningDelta("or"),
        TextDelta("y", 1),
        TextDelta("z"),
    )
    turn = Turn(StandIn(SENT, *said, Finished(Finish.STOP)), request(), clock=ticking())
    reply = await run_turn(turn)
    assert reply.timings.reasoning_s == 2.0 + 2.0
    only_thought = await run_turn(
        Turn(StandIn(SENT, ReasoningDelta("hm"), Finished(Finish.STOP)), request(), clock=ticking())
    )
    assert only_thought.timings.reasoning_s == 1.0
    assert (await run_turn(Turn(StandIn(SENT, TextDelta("x")), request(), clock=ticking()))).timings.reasoning_s is None


async def test_connecting_and_letting_go_of_the_connection_are_not_the_models_time() -> None:
    said = (SENT, ResponseStarted(200, {}, since_sent_s=0.25), TextDelta("Hello"), Finished(Finish.STOP))
    reply = await run_turn(Turn(StandIn(*said), request(), clock=ticking(0.5)))
    assert reply.timings.first_byte_s == pytest.approx(0.25)
    assert reply.timings.first_token_s == pytest.approx(0.75)
    assert reply.timings.total_s == pytest.approx(1.25)


def test_a_cost_needs_both_prices_and_both_counts() -> None:
    usage = Usage(input_tokens=1_000_000, output_tokens=500_000)
    assert cost_of(usage, Price(0.5, 1.5)) == pytest.approx(1.25)
    assert cost_of(usage, Price(0.5, None)) is None
    assert cost_of(Usage(input_tokens=1), Price(1, 1)) is None
    assert cost_of(usage, None) is None


async def test_the_servers_own_clock_says_how_fast_it_was() -> None:
    usage = UsageReport(Usage(input_tokens=3, output_tokens=10), generation_s=2.0)
    said = (SENT, TextDelta("Hel"), TextDelta("lo"), usage, Finished(Finish.STOP))
    reply = await run_turn(Turn(StandIn(*said), request(), clock=ticking()))
    assert reply.timings.tokens_per_s == 5
    assert not reply.timings.is_estimated


async def test_figures_below_zero_are_no_figures() -> None:
    usage = UsageReport(Usage(input_tokens=-3, output_tokens=-5, reasoning_tokens=2))
    turn = Turn(StandIn(SENT, TextDelta("a"), usage, CostReport(-1.0), Finished(Finish.STOP)), request())
    reports = [event.usage for event in [event async for event in turn.events()] if isinstance(event, UsageReport)]
    reply = turn.reply()
    assert reports == [reply.usage] == [Usage(reasoning_tokens=2)]
    assert (reply.cost_usd, reply.timings.tokens_per_s) == (None, None)
