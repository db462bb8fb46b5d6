"""The app against a real server on loopback: what leaves, what waits, what is stopped, what is tried again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from time import monotonic

from tests.app.staging import Stage, on_stage
from tests.waiting import wait_until
from tests.wire.server import (
    Hold,
    Pause,
    Reply,
    Script,
    SeenRequest,
    WireServer,
    chunk,
    event,
    events_reply,
    json_reply,
)
from tui.domain.events import Finish
from tui.paths import sessions_dir
from tui.transcript.entry import MessageState

OK = events_reply(chunk("Hello"), chunk(" there", finish="stop"), done=True)
SLOW_DOWN = json_reply({"error": {"message": "Slow down."}}, status=429, headers=[("Retry-After", "1")])


@asynccontextmanager
async def on_wire(script: Script, *, more: str = "") -> AsyncGenerator[tuple[Stage, WireServer], None]:
    """An app whose model is served by `script`."""
    async with WireServer(script) as server:
        config = f'[endpoints.wire]\ndialect = "openai-chat"\nbase_url = "{server.url}/v1"\n{more}'
        async with on_stage(config=config, models=("wire/m",)) as stage:
            yield stage, server


def in_turn(*replies: Reply) -> Script:
    """One reply for each question, the last one repeating; the list of models is empty."""
    rest = list(replies)

    def answer(request: SeenRequest) -> Reply:
        if request.method == "GET":
            return json_reply({"data": []})
        return rest.pop(0) if len(rest) > 1 else rest[0]

    return answer


def _posts(server: WireServer) -> list[SeenRequest]:
    """Requests for replies; the list of models is asked for, too."""
    return [request for request in server.requests if request.method == "POST"]


async def test_parameters_and_prompt_leave_as_they_were_set() -> None:
    async with on_wire(OK) as (stage, server):
        await stage.press("f4")
        await wait_until(lambda: stage.bench.right.has_focus_within)
        await stage.type("0.3")
        await stage.press("escape", "escape")
        await stage.ask("hi")
        assert stage.last.text == "Hello there"
        body = _posts(server)[-1].json
        assert body["messages"] == [{"role": "user", "content": "hi"}]
        assert "temperature" not in body  # escape forgot what was typed
        await stage.press("f4")
        await wait_until(lambda: stage.bench.right.has_focus_within)
        await stage.type("0.3")
        await stage.press("enter", "escape")
        await stage.ask("again")
        body = _posts(server)[-1].json
        assert body["temperature"] == 0.3
        assert [message["role"] for message in body["messages"]] == ["user", "assistant", "user"]


async def test_the_question_is_on_disk_before_its_request_leaves() -> None:
    seen: list[bool] = []

    def reply(request: SeenRequest) -> Reply:
        if request.method == "POST":
            seen.append(any("is it there" in path.read_text("utf-8") for path in sessions_dir().glob("*.jsonl")))
        return OK

    async with on_wire(reply) as (stage, _):
        await stage.ask("is it there")
        assert seen == [True]


async def test_a_wait_before_a_retry_is_shown_and_can_be_cancelled() -> None:
    async with on_wire(in_turn(SLOW_DOWN, SLOW_DOWN, OK)) as (stage, server):
        await stage.send("hi")
        await wait_until(lambda: stage.view.head.state == "retrying")
        assert "2 of 3" in stage.view.head.state_words
        assert "429" in stage.last.notice
        await stage.press("escape")
        await stage.settle()
        assert stage.last.state is MessageState.STOPPED
        assert len(_posts(server)) == 1


async def test_a_retry_that_works_leaves_one_reply() -> None:
    async with on_wire(in_turn(SLOW_DOWN, OK)) as (stage, server):
        await stage.ask("hi")
        assert stage.last.text == "Hello there"
        assert stage.last.state is MessageState.DONE
        assert len(_posts(server)) == 2
        assert len(stage.stored().messages) == 2


async def test_stopping_hangs_up_at_once_in_every_state() -> None:
    silent = Reply([Hold()])
    halfway = Reply([event(chunk("so far")), Hold()], headers=[("Content-Type", "text/event-stream")])
    for script, text in ((silent, ""), (halfway, "so far")):
        async with on_wire(script) as (stage, server):
            await stage.send("hi")
            await wait_until(lambda: bool(_posts(server)))
            if text:
                await wait_until(lambda: stage.last.state is MessageState.STREAMING)
            began_s = monotonic()
            await stage.press("escape")
            async with asyncio.timeout(20):
                await server.hung_up()
            assert monotonic() - began_s < 5  # the promise is 0.2 s; this is a bound on hangs
            await stage.settle()
            assert stage.last.state is MessageState.STOPPED
            assert stage.last.text == text
            reply = list(stage.stored().messages.values())[-1]
            assert (reply.finish, reply.text) == (Finish.CANCELLED, text)


async def test_half_a_character_at_the_end_is_the_same_on_the_screen_and_on_disk() -> None:
    types = [("Content-Type", "text/event-stream")]
    half = event(chunk("so far HALF")).replace(b"HALF", rb"\ud83d")
    whole = Reply([half, event(chunk(finish="stop")), event("[DONE]")], headers=types)
    for script, is_stopped in ((whole, False), (Reply([half, Hold()], headers=types), True)):
        async with on_wire(script) as (stage, _):
            await stage.send("hi")
            if is_stopped:
                await wait_until(lambda: stage.last.state is MessageState.STREAMING)
                await stage.press("escape")
            await stage.settle()
            assert list(stage.stored().messages.values())[-1].text == "so far \ufffd"
            assert stage.last.text == "so far \ufffd"


async def test_a_growing_reply_is_on_disk_before_it_ends() -> None:
    script = Reply(
        [event(chunk("the first half ")), Pause(3.0), event(chunk("the second", finish="stop"))],
        headers=[("Content-Type", "text/event-stream")],
    )
    async with on_wire(script) as (stage, _):
        await stage.send("hi")

        def is_half_there() -> bool:
            return any("the first half" in path.read_text("utf-8") for path in sessions_dir().glob("*.jsonl"))

        await wait_until(is_half_there)
        assert stage.bench.is_replying
        await stage.settle()
        assert stage.last.text == "the first half the second"


async def test_an_unreachable_server_is_named_and_the_prompt_stays() -> None:
    async with WireServer(OK) as server:
        url = server.url
    config = f'[endpoints.wire]\ndialect = "openai-chat"\nbase_url = "{url}/v1"\nretry = {{ attempts = 1 }}\n'
    async with on_stage(config=config, models=("wire/m",)) as stage:
        await stage.ask("hi")
        assert stage.last.state is MessageState.FAILED
        assert "127.0.0.1" in stage.last.notice
        assert stage.entries[0].text == "hi"


async def test_a_failure_in_one_column_leaves_the_others_alone() -> None:
    async with WireServer(in_turn(json_reply({"error": {"message": "No such model."}}, status=404))) as server:
        config = f'[endpoints.wire]\ndialect = "openai-chat"\nbase_url = "{server.url}/v1"\n'
        async with on_stage(config=config, models=("wire/m", "play/it"), size=(160, 40)) as stage:
            await stage.ask("hi")
            first, second = (view.transcript.conversation.views[-1].entry for view in stage.bench.views)
            assert first.state is MessageState.FAILED
            assert second.text == "You said: hi"
            stage.bench.views[0].transcript.focus()
            await stage.pilot.pause()
            server.script = OK
            await stage.press("r")
            await stage.settle()
            assert stage.last.text == "Hello there"
