"""What was sent comes back exactly, and a file does not grow with the square of the conversation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.store.builders import AT, load, opening, write_session
from tests.store.strategies import json_values
from tui.domain.events import Finish
from tui.domain.record import ReplyEnded, ReplyStarted, SessionEvent
from tui.store.journal import Journal
from tui.store.reading import read_contents
from tui.store.sharing import SentRequests

markers = st.fixed_dictionaries({"$first": st.integers(-1, 3), "of": st.sampled_from(["r0", "r1", "x"])})
items = st.lists(
    st.sampled_from(["a", "b", {"role": "user"}]) | markers | markers.map(lambda m: {"$literal": m}) | json_values
)
bodies = st.dictionaries(st.sampled_from(["messages", "input"]), items | json_values, max_size=2)


@given(st.lists(bodies, max_size=8))
def test_what_was_sent_comes_back(sent: list[dict[str, Any]]) -> None:
    writing, reading = SentRequests(), SentRequests()
    written = [writing.shortened(f"r{number}", {"json": body}) for number, body in enumerate(sent)]
    for number, short in enumerate(written):
        reading.note(f"r{number}", short)
    assert [reading.expanded(short)["json"] for short in written] == sent


def reply(number: int, messages: list[Any]) -> list[SessionEvent]:
    started = ReplyStarted(f"r{number}", AT, None, "c1", "demo/echo")
    sent = {"method": "POST", "url": "http://x", "headers": {}, "json": {"model": "m", "messages": messages}}
    return [started, ReplyEnded(f"r{number}", AT, Finish.STOP, "yes", sent=sent)]


def conversation(turns: int) -> list[dict[str, str]]:
    return [
        {"role": "user" if turn % 2 == 0 else "assistant", "content": f"text {turn} " * 20} for turn in range(turns)
    ]


def test_a_file_grows_with_the_conversation_and_not_with_its_square(tmp_path: Path) -> None:
    whole = conversation(400)
    events = [*opening(), *(event for turn in range(1, 400, 2) for event in reply(turn, whole[:turn]))]
    path = write_session(tmp_path, "s1", events)
    assert path.stat().st_size < 3 * len(str(whole))
    session = load(path)
    for turn in range(1, 400, 2):
        assert (session.messages[f"r{turn}"].sent or {})["json"]["messages"] == whole[:turn]


def test_a_journal_that_goes_on_refers_to_what_it_read(tmp_path: Path) -> None:
    whole = conversation(40)
    path = write_session(tmp_path, "s1", [*opening(), *reply(1, whole)])
    contents = read_contents(path)
    first = Journal(path, "s1", known_bytes=contents.size_bytes, sent=contents.sent)
    second = Journal(path, "s1", known_bytes=contents.size_bytes, sent=read_contents(path).sent)
    size = path.stat().st_size
    first.append(reply(2, [*whole, {"role": "user", "content": "next"}]))
    assert path.stat().st_size < size + 500
    polled = [event for event in second.poll() if isinstance(event, ReplyEnded)]
    assert len((polled[0].sent or {})["json"]["messages"]) == 41
    first.close()
    second.close()


def test_a_lost_beginning_stays_a_reference(tmp_path: Path) -> None:
    whole = conversation(6)
    path = write_session(tmp_path, "s1", [*opening(), *reply(1, whole), *reply(2, whole)])
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(line for line in lines if b'"event":"reply-ended","id":"r1"' not in line))
    assert (load(path).messages["r2"].sent or {})["json"]["messages"] == [{"$first": 6, "of": "r1"}]


def test_columns_do_not_disturb_each_other(tmp_path: Path) -> None:
    left, right = conversation(60), [{"role": "system", "content": "other"}, *conversation(60)]
    events = opening()
    for turn in range(2, 60, 2):
        events += reply(turn, left[:turn])
        events += reply(1000 + turn, right[:turn])
    path = write_session(tmp_path, "s1", events)
    assert path.stat().st_size < 3 * (len(str(left)) + len(str(right)))
    session = load(path)
    assert (session.messages["r1058"].sent or {})["json"]["messages"] == right[:58]
