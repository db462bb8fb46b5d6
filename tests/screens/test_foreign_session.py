"""A session file by another program's hand, opened in the app: ids, models and settings of its own kind."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.screens.driving import driving
from tests.waiting import wait_until
from tui.domain.arrangement import LAYOUT_KEY, LEAST_SHARE, MOST_SHARE, Arrangement, arrangement_of
from tui.domain.session import Column, Session
from tui.paths import sessions_dir
from tui.theming.choosing import first_theme
from tui.widgets.column_ids import widget_id

AT = "2026-03-01T09:00:00.000Z"


def write_session(column: str, **settings: Any) -> None:
    events: list[dict[str, Any]] = [
        {"format": "parley-session", "version": 1, "id": "theirs", "at": AT},
        {"event": "column-added", "column": column, "at": AT, "model": "demo/echo", **settings},
        {"event": "message-added", "id": "q [1]/x", "at": AT, "parent": None, "role": "user", "text": "What is blue?"},
        {
            "event": "reply-started",
            "id": "r é#1",
            "at": AT,
            "parent": "q [1]/x",
            "column": column,
            "model": "demo/echo",
        },
        {"event": "reply-ended", "id": "r é#1", "at": AT, "finish": "stop", "text": "Sky."},
        {"event": "head-moved", "column": column, "at": AT, "head": "r é#1"},
    ]
    sessions_dir().mkdir(parents=True)
    (sessions_dir() / "theirs.jsonl").write_text("\n".join(map(json.dumps, events)) + "\n")


@pytest.mark.parametrize("column", ["gpt 4.1/x:y #1_é", "1", ""])
async def test_ids_may_be_any_text(column: str) -> None:
    write_session(column)
    async with driving([], resume="theirs") as drive:
        await drive.see("Sky.")
        await drive.say("And at night?")
        await drive.see("And at night?")
        assert drive.session.columns[column].head is not None


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"model": "noslash"}, "is not a model"),
        ({"parameters": {"temperature": "hot", "n": [], "max_tokens": 10**400}}, "temperature must be"),
        ({"parameters": {"headers": 7}}, "headers must be a JSON object"),
    ],
)
async def test_what_cannot_be_asked_says_why(settings: dict[str, Any], words: str) -> None:
    write_session("c", **settings)
    async with driving([], resume="theirs") as drive:
        await drive.see("Sky.")
        drive.chat.composer.load_text("And at night?")
        await drive.press("enter")
        await wait_until(lambda: len(drive.session.messages) == 4)
        await drive.quiet()
        message = drive.session.messages[drive.session.columns["c"].head or ""]
        assert message.error is not None
        assert words in message.error.message


def test_places_beyond_all_bounds_are_the_nearest() -> None:
    session = Session("theirs")
    session.columns = {name: Column(name, "demo/echo") for name in "abc"}
    session.layout = {
        LAYOUT_KEY: {"shares": {"a": 10**400, "b": -(10**400), "c": "wide", "d": 1}, "folded": ["a", "zz"]}
    }
    assert arrangement_of(session) == Arrangement({"a": MOST_SHARE, "b": LEAST_SHARE}, frozenset({"a"}))


def test_a_theme_of_a_name_that_no_file_can_have_is_none() -> None:
    theme, problems = first_theme(None, "n" * 300)
    assert theme is not None
    assert [words.startswith("There is no theme") for words in problems] == [True]


def test_different_columns_have_different_widgets() -> None:
    ids = ["a", "A", "a b", "a_b", "a_20_b", "", "-", "_", "é", "e"]
    assert len({widget_id(one) for one in ids}) == len(ids)
    assert widget_id("c7h2mz") == "column-c7h2mz"
