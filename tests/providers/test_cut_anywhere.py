"""Every recorded stream reads the same however the network cuts it, and nothing said is held back."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace

import pytest

from tests.providers.cases import ASK, ENDPOINT, case_names
from tests.providers.test_fixtures import DIALECTS
from tests.wire.rules import Framing as WireFraming
from tests.wire.rules import frame_bytes, load_fixture
from tests.wire.server import cut
from tui.domain.events import ReasoningDelta, StreamEvent, TextDelta
from tui.providers.exchange import LINE_DIALECTS
from tui.providers.framing import Framing
from tui.providers.reading import Reading

STREAMS = [(f, n) for f in DIALECTS for n in case_names(f, on_wire=True) if "frames" in load_fixture(f)["cases"][n]]
FRAMINGS: dict[str, WireFraming] = {
    "anthropic_messages": "named-sse",
    "gemini": "sse-crlf",
    "hatz": "ndjson",
    "ollama": "ndjson",
    "openai_responses": "named-sse",
}


def pieces_of(fixture: str, name: str) -> list[bytes]:
    frames = load_fixture(fixture)["cases"][name]["frames"]
    found = (frame_bytes(frame, FRAMINGS.get(fixture, "sse")) for frame in frames)
    return [piece for piece in found if isinstance(piece, bytes)]


def reading_of(fixture: str, name: str) -> Reading:
    dialect = DIALECTS[fixture]
    endpoint = replace(ENDPOINT, generation=load_fixture(fixture)["cases"][name].get("generation", 1))
    lines = dialect.name in LINE_DIALECTS
    framing = Framing(is_streamed=True, content_type="" if lines else "text/event-stream", prefers_lines=lines)
    return Reading(dialect.reader(ASK, endpoint, is_streamed=True), framing)


def read(fixture: str, name: str, pieces: Iterable[bytes]) -> tuple[list[StreamEvent], str]:
    reading = reading_of(fixture, name)
    events: list[StreamEvent] = []
    for piece in pieces:
        events += reading.feed(piece)
    if not reading.is_over:
        events += reading.end()
    events += reading.rest()
    return events, str(reading.failure)


@pytest.mark.parametrize(("fixture", "name"), STREAMS)
def test_any_cut_gives_the_same_events(fixture: str, name: str) -> None:
    body = b"".join(pieces_of(fixture, name))
    whole = read(fixture, name, [body])
    assert read(fixture, name, cut(body, 1)) == whole
    chance = random.Random(5)
    for _ in range(10):
        assert read(fixture, name, cut(body, *(chance.randrange(1, 80) for _ in range(40)))) == whole


def text_of(events: Iterable[StreamEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta | ReasoningDelta))


@pytest.mark.parametrize(("fixture", "name"), [(f, n) for f, n in STREAMS if n in ("plain", "thinking", "thoughts")])
def test_text_is_out_with_the_bytes_that_complete_it(fixture: str, name: str) -> None:
    pieces = pieces_of(fixture, name)
    reading = reading_of(fixture, name)
    events: list[StreamEvent] = []
    for count, piece in enumerate(pieces, 1):
        events += reading.feed(piece)
        assert text_of(events) == text_of(read(fixture, name, pieces[:count])[0])
