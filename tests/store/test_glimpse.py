"""The end of a large file, read before the whole: what it shows is what the whole will show, or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tui.store.glimpse as glimpse
from tests.store.builders import AT, answer, opening, question, write_session
from tui.domain.record import ColumnAdded, ColumnRemoved, HeadMoved, MessagesDeleted, SessionEvent, SessionMarked
from tui.store.glimpse import read_glimpse
from tui.store.reading import read_contents, to_session


@pytest.fixture(autouse=True)
def few_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Large is what is larger than a small test's file."""
    monkeypatch.setattr(glimpse, "LARGE_BYTES", 20_000)
    monkeypatch.setattr(glimpse, "HEAD_BYTES", 1_000)
    monkeypatch.setattr(glimpse, "TAIL_BYTES", 6_000)


def long_session(turns: int = 60, *, between: tuple[SessionEvent, ...] = ()) -> list[SessionEvent]:
    events, parent = opening("long"), None
    for number in range(turns):
        events += question(f"q{number}", f"question {number}", parent)
        events += answer(f"a{number}", f"answer {number} " + "word " * 60, f"q{number}")
        parent = f"a{number}"
        if number == turns // 2:
            events += between
    return events


def test_it_is_the_end_of_the_conversation(tmp_path: Path) -> None:
    path = write_session(tmp_path, "long", long_session())
    found = read_glimpse(path)
    assert found is not None
    whole = to_session(read_contents(path))
    shown, all_of_it = (one.path(one.columns["c1"].head) for one in (found, whole))
    assert 0 < len(shown) < len(all_of_it)
    assert [(one.id, one.text) for one in shown] == [(one.id, one.text) for one in all_of_it[-len(shown) :]]


def test_a_small_file_and_a_missing_one_have_none(tmp_path: Path) -> None:
    assert read_glimpse(write_session(tmp_path, "small", long_session(3))) is None
    assert read_glimpse(tmp_path / "gone.jsonl") is None


def test_a_comparison_that_was_ever_blind_has_none(tmp_path: Path) -> None:
    marked = SessionMarked(AT, layout={"blind": {"c1": "A"}})
    assert read_glimpse(write_session(tmp_path, "blind", long_session(between=(marked,)))) is None


def test_words_about_the_blind_are_no_blind_mode(tmp_path: Path) -> None:
    events = [*long_session(), *question("last", 'is {"blind":{"c1":"A"}} a layout?', "a59")]
    assert read_glimpse(write_session(tmp_path, "talk", events)) is not None


def test_a_file_that_does_not_begin_like_a_session_has_none(tmp_path: Path) -> None:
    path = write_session(tmp_path, "long", long_session())
    path.write_bytes(path.read_bytes().partition(b"\n")[2])
    assert read_glimpse(path) is None


def test_a_column_whose_place_is_not_known_from_the_end_is_left_out(tmp_path: Path) -> None:
    other = [ColumnAdded("c2", AT, "demo/words", head="a1"), ColumnAdded("c3", AT, "demo/words")]
    path = write_session(tmp_path, "long", long_session(between=(*other, HeadMoved("c3", AT, "a2"))))
    found = read_glimpse(path)
    assert found is not None
    assert list(found.columns) == ["c1"]


def test_what_was_removed_at_the_end_is_not_shown(tmp_path: Path) -> None:
    gone: list[SessionEvent] = [MessagesDeleted(("q59", "a59"), AT), HeadMoved("c1", AT, "a58")]
    found = read_glimpse(write_session(tmp_path, "long", [*long_session(), *gone]))
    assert found is not None
    assert found.path(found.columns["c1"].head)[-1].id == "a58"
    closed = write_session(tmp_path, "closed", [*long_session(), ColumnRemoved("c1", AT)])
    assert read_glimpse(closed) is None


@given(data=st.data())
def test_damage_anywhere_is_no_trouble(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = write_session(tmp_path_factory.mktemp("g"), "long", long_session(50))
    raw = bytearray(path.read_bytes())
    for _ in range(20):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(raw[: data.draw(st.integers(0, len(raw)))])
    read_glimpse(path)
