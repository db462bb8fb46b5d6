"""Folding events into a reply."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.domain.events import Finish, Finished, ReasoningDelta, TextDelta, ToolCallDelta, Usage, UsageReport
from tui.domain.reply import ReplyFold

PIECES = st.lists(st.tuples(st.text(max_size=8), st.integers(0, 2), st.booleans()), max_size=40)


@given(PIECES)
def test_folding_deltas_equals_joining_them(pieces: list[tuple[str, int, bool]]) -> None:
    fold = ReplyFold("demo/a")
    for text, choice, is_reasoning in pieces:
        fold.add(ReasoningDelta(text, choice) if is_reasoning else TextDelta(text, choice))
    reply = fold.reply()
    for found in reply.choices:
        assert found.text == "".join(t for t, index, thinks in pieces if index == found.index and not thinks)
        assert found.reasoning == "".join(t for t, index, thinks in pieces if index == found.index and thinks)


def test_usage_keeps_what_a_later_report_does_not_know() -> None:
    fold = ReplyFold("demo/a")
    fold.add(UsageReport(Usage(input_tokens=10, output_tokens=1)))
    fold.add(UsageReport(Usage(output_tokens=7)))
    assert fold.reply().usage == Usage(input_tokens=10, output_tokens=7)


def test_tool_arguments_are_joined_or_replaced_as_the_delta_says() -> None:
    fold = ReplyFold("demo/a")
    fold.add(ToolCallDelta("0", name="find", arguments='{"a"'))
    fold.add(ToolCallDelta("0", arguments=":1}"))
    fold.add(ToolCallDelta("x", name="sum", arguments='{"b"', replaces=True))
    fold.add(ToolCallDelta("x", arguments='{"b":2}', replaces=True))
    calls = fold.reply().choices[0].tool_calls
    assert [(call.name, call.arguments) for call in calls] == [("find", '{"a":1}'), ("sum", '{"b":2}')]


def test_a_second_finish_mark_counts_when_it_says_more() -> None:
    for marks in ([Finish.LENGTH, Finish.STOP], [Finish.STOP, Finish.LENGTH]):
        fold = ReplyFold("demo/a")
        for mark in marks:
            fold.add(Finished(mark, 0))
        assert fold.reply().finish is Finish.LENGTH


def test_a_choice_without_a_finish_mark_was_cut_short() -> None:
    fold = ReplyFold("demo/a")
    fold.add(TextDelta("a", 0))
    fold.add(TextDelta("b", 1))
    fold.add(Finished(Finish.STOP, 0))
    assert fold.unfinished == (1,)
    fold.finish_open_choices(Finish.CUT_SHORT)
    assert [choice.finish for choice in fold.reply().choices] == [Finish.STOP, Finish.CUT_SHORT]


def test_a_reply_without_events_is_empty_and_cut_short() -> None:
    reply = ReplyFold("demo/a").reply()
    assert reply.is_empty
    assert reply.finish is Finish.CUT_SHORT
