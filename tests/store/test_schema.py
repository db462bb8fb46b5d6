"""The published schema is the code's, and real files fulfil it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given

from tests.store.builders import AT, load, small_session, write_session
from tests.store.rich_session import rich_session
from tests.store.strategies import events, starts
from tui.domain.record import (
    ColumnChanged,
    ColumnRemoved,
    MessagesDeleted,
    MessagesRestored,
    ReplyStarted,
    ReplyText,
    SessionEvent,
)
from tui.store.codec import EVENT_CLASSES, encode_event
from tui.store.schema import schema_text, session_schema

DOCS = Path(__file__).parents[2] / "docs"
VALIDATOR = jsonschema.Draft202012Validator(session_schema())


def test_the_published_schema_is_fresh() -> None:
    assert (DOCS / "session.schema.json").read_text("utf-8") == schema_text(), "run python docs/generate_schema.py"


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(session_schema())


def test_a_real_file_fulfils_the_schema(tmp_path: Path) -> None:
    for line in write_session(tmp_path, "s1", small_session()).read_bytes().splitlines():
        VALIDATOR.validate(json.loads(line))


def test_a_real_file_with_every_kind_of_event_fulfils_the_schema(tmp_path: Path) -> None:
    said = [
        *rich_session(),
        ColumnChanged("c1", AT, model="demo/other", parameters={"top_p": 0.5}, is_on=False, position=1),
        ReplyStarted("growing", AT, None, "c1", "demo/echo"),
        ReplyText("growing", "so far", "thinking"),
        MessagesDeleted(("growing",), AT),
        MessagesRestored(("growing",), AT),
        ColumnRemoved("c1", AT),
    ]
    path = write_session(tmp_path, "s1", said)
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    for values in lines:
        VALIDATOR.validate(values)
    assert {values["event"] for values in lines[1:]} >= set(EVENT_CLASSES)
    assert load(path).messages["growing"].text == "so far"


@given(events | starts)
def test_every_event_fulfils_the_schema(event: SessionEvent) -> None:
    VALIDATOR.validate(json.loads(encode_event(event)))


@pytest.mark.parametrize(
    "values",
    [
        {},
        [],
        {"event": 7},
        {"event": "reply-text"},
        {"event": "reply-text", "id": 7},
        {"event": "reply-ended", "id": "a", "at": "x", "text": "", "finish": "soon"},
        {"format": "parley-session", "version": 0, "id": "a", "at": "x"},
        {"format": "other", "version": 1, "id": "a", "at": "x"},
    ],
)
def test_what_is_wrong_does_not(values: Any) -> None:
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(values)


def test_the_format_page_names_every_event_and_shows_valid_lines() -> None:
    page = (DOCS / "session-format.md").read_text("utf-8")
    for name in EVENT_CLASSES:
        assert f"`{name}`" in page
    examples = [line for block in re.findall(r"```jsonl\n(.*?)```", page, re.DOTALL) for line in block.splitlines()]
    assert len(examples) > 5
    for line in examples:
        VALIDATOR.validate(json.loads(line))
