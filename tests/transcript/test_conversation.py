"""The page of rows: heights, anchors, and doing only what is shown."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transcript.host import conversation
from tests.transcript.test_streaming import texts
from tui.transcript.conversation import KEPT_MESSAGES, Anchor, Conversation
from tui.transcript.entry import Entry
from tui.transcript.heights import HeightIndex


def page(conversation: Conversation) -> list[str]:
    """Every row of the page."""
    return [line.row.text for line in conversation.lines(Anchor(), 1_000_000)]


def filled(entries: list[Entry], width: int = 40) -> Conversation:
    conversation = Conversation()
    conversation.resize(width)
    conversation.set_entries(entries)
    return conversation


@given(st.lists(st.integers(0, 9), max_size=400), st.data())
def test_the_height_index_is_a_list_with_running_sums(heights: list[int], data: st.DataObject) -> None:
    index = HeightIndex(heights)
    for _ in range(8):
        match data.draw(st.integers(0, 2)):
            case 0:
                index.append(5)
                heights = [*heights, 5]
            case 1 if heights:
                at = data.draw(st.integers(0, len(heights) - 1))
                index[at] = 7
                heights = [*heights[:at], 7, *heights[at + 1 :]]
            case _:
                at = data.draw(st.integers(0, len(heights)))
                index.truncate(at)
                heights = heights[:at]
    assert index.total == sum(heights)
    for at in range(0, len(heights) + 1, 7):
        assert index.top(at) == sum(heights[:at])
    if sum(heights):
        row = data.draw(st.integers(0, sum(heights) - 1))
        found, within = index.find(row)
        assert sum(heights[:found]) + within == row
        assert within < heights[found]


@settings(max_examples=40, deadline=None)
@given(st.lists(texts, min_size=1, max_size=6), st.integers(3, 12))
def test_walking_down_and_up_meets_every_row_once(messages: list[str], height: int) -> None:
    entries = [Entry(str(number), "assistant", "m", text) for number, text in enumerate(messages)]
    rows = page(filled(entries))
    walked = filled(entries)
    anchor, seen = Anchor(), []
    for _ in range(len(rows)):
        seen.append(walked.lines(anchor, 1)[0].row.text)
        anchor = walked.move(anchor, 1)
    assert seen == rows
    backwards = filled(entries)
    end = backwards.end(height)
    assert [line.row.text for line in backwards.lines(end, height)] == rows[-height:]
    assert backwards.move(end, -10_000) == Anchor()


@settings(max_examples=40, deadline=None)
@given(texts, st.integers(10, 60), st.data())
def test_a_change_of_width_keeps_the_place(text: str, width: int, data: st.DataObject) -> None:
    conversation = filled([Entry("a", "assistant", "m", text)])
    rows = page(conversation)
    anchor = conversation.move(Anchor(), data.draw(st.integers(0, len(rows) - 1)))
    mark = conversation.mark(anchor)
    conversation.resize(width)
    found = conversation.find_mark(mark)
    assert found.slot == conversation.clamp(anchor).slot
    if mark[1] >= 0:
        spans = [row.source_span() for row in conversation.views[0].rows(found.slot)[: found.row + 1]]
        assert any(span is not None and span[0] <= mark[1] for span in spans)


def test_what_is_never_shown_is_never_laid_out() -> None:
    conversation = filled(conversation_of(2_000))
    conversation.lines(conversation.end(30), 30)
    conversation.lines(conversation.locate(conversation.height // 2), 30)
    assert sum(view.document is not None for view in conversation.views.made()) < 50


def test_messages_that_were_left_long_ago_give_their_layout_back() -> None:
    conversation = filled(conversation_of(KEPT_MESSAGES + 200))
    anchor = Anchor()
    for _ in range(100):
        conversation.lines(anchor, 100)
        anchor = conversation.move(anchor, 60)
    assert sum(view.document is not None for view in conversation.views.made()) <= KEPT_MESSAGES
    assert conversation.height == sum(conversation.views.height(index) for index in range(len(conversation.views)))


def test_the_estimate_of_a_message_is_near_its_height() -> None:
    for text in ("short", "word " * 400, "a\n\n" * 50, "- item\n" * 80):
        conversation = filled([Entry("a", "assistant", "m", text)], 80)
        estimated = conversation.height
        assert 0.5 < estimated / len(page(conversation)) < 2


conversation_of: Callable[[int], list[Entry]] = conversation
