"""The dialect `hatz`: plain text out, lines back, and no finish mark but the end."""

from __future__ import annotations

from typing import Any

import pytest

from tests.providers.asking import PNG, call_for, chat, completion, endpoint_of
from tests.providers.wire_endpoints import reached
from tui.domain.events import Finish, Finished, TextDelta
from tui.domain.request import PromptMessage
from tui.errors import ConfigError
from tui.providers.framing import Framing
from tui.providers.hatz import DIALECT
from tui.providers.reading import Reading
from tui.providers.thinking_tags import ThinkingSplitter


def test_the_request_is_plain_text_with_one_system_message() -> None:
    request = chat(("system", "Be brief."), ("user", "Hi"), ("assistant", "Ho"), ("user", "So?"), system="Be kind.")
    call = call_for(DIALECT, request, auth="x-api-key")
    assert call.url == "http://127.0.0.1:9/v1/chat/completions"
    assert call.json == {
        "messages": [
            {"role": "system", "content": "Be kind.\n\nBe brief."},
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Ho"},
            {"role": "user", "content": "So?"},
        ],
        "model": "m",
        "stream": True,
    }
    assert call.headers["X-API-Key"] == "secret-key"
    assert "Authorization" not in call.headers


@pytest.mark.parametrize(
    "request_",
    [chat(("user", "")), completion(), chat(PromptMessage("user", "What?", (PNG,)))],
    ids=["empty", "completion", "image"],
)
def test_what_cannot_be_sent_is_said(request_: Any) -> None:
    with pytest.raises(ConfigError, match=r"nothing to send|parley ask|file_uuids"):
        call_for(DIALECT, request_)


@pytest.mark.parametrize("model", ["auto", "agent-7f", "gpt-4o"])
async def test_agents_files_and_tools_reach_the_strict_server(model: str) -> None:
    async with reached("hatz") as there:
        reply = await there.ask(
            "Hi",
            model=model,
            file_uuids=["u1"],
            tools_to_use=["google_search"],
            auto_tool_selection=True,
            temperature=1,
        )
        assert reply.error is None
        assert reply.finish == "stop"
        assert there.sent["model"] == model
        assert there.sent["file_uuids"] == ["u1"]
        assert "temperature" not in there.sent
        assert any("temperature was not sent" in note for note in reply.notes)


async def test_a_validation_list_is_readable_and_carries_the_request_id() -> None:
    async with reached("hatz") as there:
        reply = await there.ask("Hi", file_uuids="x")
    assert reply.error is not None
    assert reply.error.status == 422
    assert "body.file_uuids" in reply.error.message


async def test_credit_is_not_waited_for() -> None:
    from tui.providers.base import RetryPolicy

    async with reached("hatz", retry=RetryPolicy(attempts=3, first_wait_s=0.01)) as there:
        reply = await there.ask("error: credit")
        assert reply.error is not None
        assert reply.error.kind == "rate-limited"
        assert len(there.server.requests) == 1


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 100])
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("plain < text", [("plain < text", "")]),
        ("<thinking>hm</thinking>\n\nyes", [("yes", "hm")]),
        ("<think>hm</think>yes", [("yes", "hm")]),
        ("a<think>b</think>c<thinking>d</thinking>e", [("ace", "bd")]),
        ("<think>never closed", [("", "never closed")]),
        ("hm</think>yes <thinkingcap>", [("hmyes <thinkingcap>", "")]),
        ("ends with <thin", [("ends with <thin", "")]),
    ],
)
def test_tags_are_found_wherever_they_are_cut(text: str, wanted: Any, size: int) -> None:
    splitter = ThinkingSplitter()
    pieces = [piece for at in range(0, len(text), size) for piece in splitter.feed(text[at : at + size])]
    pieces += splitter.flush()
    answer = "".join(piece for thinks, piece in pieces if not thinks)
    thinking = "".join(piece for thinks, piece in pieces if thinks)
    assert [(answer, thinking)] == wanted


def test_a_whole_reply_in_parts_is_read() -> None:
    parts = [{"type": "text", "text": "Hel"}, {"type": "image"}, 5, {"type": "text", "text": "lo"}]
    reader = DIALECT.reader(chat(), endpoint_of(DIALECT), is_streamed=True)
    assert list(reader.document({"choices": [{"message": {"content": parts}}]})) == [
        TextDelta("Hello"),
        Finished(Finish.STOP),
    ]


@pytest.mark.parametrize("cut", [b'{"message":"lo","ty', b'data: {"mess', b"{"])
@pytest.mark.parametrize("label", ["application/x-ndjson", "text/event-stream"])
def test_a_line_cut_in_two_is_no_clean_end(cut: bytes, label: str) -> None:
    """A clean end completes the reply of Hatz; one inside an object shows that something is missing."""
    framing = Framing(is_streamed=True, content_type=label, prefers_lines=True)
    reading = Reading(DIALECT.reader(chat(), endpoint_of(DIALECT), is_streamed=True), framing)
    events = [*reading.feed(b'{"message":"Hel <th","type":"content"}\n'), *reading.feed(cut), *reading.end()]
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == "Hel <th"
    assert not any(isinstance(event, Finished) for event in events)
    assert reading.is_torn
    assert not reading.is_whole


@pytest.mark.parametrize("end", [b'{"message":"lo","type":"content"}', b'{"bad\n', b"garbage", b""])
def test_a_last_line_without_its_end_and_a_bad_line_are_no_cut(end: bytes) -> None:
    framing = Framing(is_streamed=True, prefers_lines=True)
    reading = Reading(DIALECT.reader(chat(), endpoint_of(DIALECT), is_streamed=True), framing)
    events = [*reading.feed(b'{"message":"Hel","type":"content"}\n'), *reading.feed(end), *reading.end()]
    assert Finished(Finish.STOP) in events
    assert reading.is_whole
