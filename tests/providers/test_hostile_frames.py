"""Hostile JSON in every place: readers raise nothing but StreamError, and hand out text only as text."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.providers.cases import ASK, ENDPOINT, case_names, fold_all
from tests.providers.test_fixtures import DIALECTS
from tests.wire.rules import load_fixture
from tui.domain.events import Finished, ReasoningDelta, TextDelta, ToolCallDelta
from tui.domain.reply import ReplyFold
from tui.providers.base import Dialect, ModelFacts, StreamError

ROUNDS = max(1, int(os.environ.get("PARLEY_FUZZ", "0")) // len(DIALECTS)) or 1
SHORT = 400

_ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 10**30, "", "x", "\ud800", [], {}, [None], [[]], [{}], {"a": None}, [1, "x"],
    {"message": 5}, {"text": []}, {"type": "text", "text": 7}, float("inf"), "stop", {"String": 5}, -(2**70),
)  # fmt: skip


def frames_of(fixture: str) -> list[Any]:
    cases = load_fixture(fixture)["cases"]
    found = [frame for case in cases.values() for frame in case.get("frames", [])]
    found += [case["document"] for case in cases.values() if "document" in case]
    return [frame for frame in found if not isinstance(frame, str)]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value."""
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*path, index))


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A copy of `value` with something else at `path`."""
    if not path:
        return new
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


def feed(dialect: Dialect, frames: list[Any], *, generation: int = 1) -> None:
    """Read frames and documents; everything that comes out must have the type it says."""
    failure: StreamError | None = None
    reader = dialect.reader(ASK, replace(ENDPOINT, generation=generation), is_streamed=True)
    fold = ReplyFold("there/m")
    try:
        for frame in frames:
            for event in [*reader.frame(frame), *dialect.reader(ASK, ENDPOINT, is_streamed=False).document(frame)]:
                match event:
                    case TextDelta(text, choice) | ReasoningDelta(text, choice):
                        assert type(text) is str
                        assert type(choice) is int
                    case ToolCallDelta():
                        assert type(event.key) is str
                        assert type(event.name) is str
                        assert type(event.arguments) is str
                    case Finished(words=words):
                        assert type(words) is str
                fold_all(fold, [event])
        fold_all(fold, [*reader.done_mark(), *reader.end()])
    except StreamError as error:
        failure = error
    if failure is not None:
        assert type(failure.rejection.words) is str
        assert type(failure.rejection.code) is str
    fold.reply()


@pytest.mark.parametrize("fixture", DIALECTS)
def test_any_value_in_any_place_is_survived(fixture: str) -> None:
    chance = random.Random(7)
    frames = frames_of(fixture)
    spots = [(frame, path) for frame in frames for path in places(frame)]
    for frame, path in spots:
        for odd in chance.sample(_ODD, 5):
            feed(DIALECTS[fixture], [replaced(frame, path, odd)])


@pytest.mark.parametrize("fixture", DIALECTS)
def test_random_mixtures_of_frames_are_survived(fixture: str) -> None:
    chance = random.Random(11)
    frames = frames_of(fixture)
    for _ in range(max(SHORT, ROUNDS)):
        mixed = []
        for _ in range(chance.randrange(1, 6)):
            frame = chance.choice(frames)
            mixed.append(replaced(frame, chance.choice(list(places(frame))), chance.choice(_ODD)))
        feed(DIALECTS[fixture], mixed, generation=chance.choice((1, 2, 3)))


def listed(dialect: Dialect, page: Any) -> list[ModelFacts]:
    """The models of a listing that answers every call with the same page."""
    generator = dialect.model_pages(ENDPOINT)
    next(generator)
    for _ in range(1000):  # more calls than any listing may make
        try:
            generator.send(page)
        except StopIteration as end:
            models: list[ModelFacts] = end.value
            return models
    raise AssertionError("the listing never ends")


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(frame=_json)
def test_any_json_is_survived_by_all(frame: Any) -> None:
    for dialect in DIALECTS.values():
        feed(dialect, [frame])
        found = dialect.rejection(500, frame, "text")
        assert type(found.words) is str
        assert type(found.code) is str


@pytest.mark.parametrize("fixture", DIALECTS)
def test_hostile_error_bodies_are_survived(fixture: str) -> None:
    dialect = DIALECTS[fixture]
    for name in case_names(fixture, "errors"):
        body = load_fixture(fixture)["errors"][name]["body"]
        for path in places(body):
            for odd in _ODD:
                found = dialect.rejection(400, replaced(body, path, odd), "text")
                assert type(found.words) is str
                assert type(found.parameter) is str


@pytest.mark.parametrize("fixture", [name for name in DIALECTS if name != "openai_completions"])
def test_hostile_listings_are_survived(fixture: str) -> None:
    chance = random.Random(3)
    pages = load_fixture(fixture)["listing"]["pages"]
    for page in pages:
        for path in places(page["body"]):
            hostile = replaced(page["body"], path, chance.choice(_ODD))
            for model in listed(DIALECTS[fixture], hostile):
                assert type(model.id) is str
