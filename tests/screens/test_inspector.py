"""The inspector on a real chat: before sending, after the reply; copying, editing, taking settings over."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.chat.files_of_all_kinds import png
from tests.screens.driving import Drive, driving
from tests.screens.staging import Stage
from tests.screens.test_documents import Completing, at_work
from tests.screens.test_parameter_pane import Server, edit, go_to
from tests.waiting import wait_until
from tests.wire.server import Reply, SeenRequest, WireServer, events_reply
from tui.chat.conversation import last_reply
from tui.domain.reply import Timings
from tui.domain.session import Message
from tui.screens.inspector import Inspector, Subject
from tui.widgets.json_view import JsonView


def endpoint(url: str) -> str:
    return (
        f'[endpoints.work]\ndialect = "openai-chat"\nbase_url = "{url}"\nmodels = ["m"]\n'
        'api_key = { env = "WORK_KEY" }\n'
    )


def page(drive: Drive) -> str:
    assert isinstance(drive.app.screen, Inspector)
    return drive.app.screen.query_one(JsonView).text


async def inspector(drive: Drive) -> Inspector:
    await wait_until(lambda: isinstance(drive.app.screen, Inspector))
    await drive.pilot.pause()
    screen = drive.app.screen
    assert isinstance(screen, Inspector)
    return screen


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    texts: list[str] = []
    monkeypatch.setattr("tui.app.ParleyApp.copy", lambda self, text, what: texts.append(text))
    monkeypatch.setenv("WORK_KEY", "sk-very-secret")
    return texts


async def test_a_dry_run_shows_what_is_sent_then_and_sends_nothing(copied: list[str]) -> None:
    server = Server()
    async with WireServer(server) as wire, driving(["work/m"], config=endpoint(wire.url)) as drive:
        drive.chat.composer.load_text("What is this?")
        await drive.press("alt+i")
        await inspector(drive)
        shown = page(drive)
        assert shown.startswith(f"POST {wire.url}/chat/completions")
        assert "Authorization: ***" in shown
        assert "sk-very-secret" not in shown
        await drive.press("c", "u", "escape")
        assert server.bodies == []
        request, curl = json.loads(copied[0]), copied[1]
        assert "$WORK_KEY" in curl
        assert "sk-very-secret" not in copied[0] + curl
        await drive.press("enter")
        await drive.quiet()
        assert server.bodies == [request["json"]]


async def test_what_is_copied_holds_the_picture_that_is_only_named_on_the_page(
    copied: list[str], tmp_path: Path
) -> None:
    picture = png()
    (tmp_path / "photo.png").write_bytes(picture)
    encoded = base64.b64encode(picture).decode()
    server = Server()
    async with WireServer(server) as wire, driving(["work/m"], config=endpoint(wire.url)) as drive:
        drive.bench.attach_paths([str(tmp_path / "photo.png")])
        await wait_until(lambda: len(drive.bench.files) == 1)
        drive.chat.composer.load_text("What is this?")
        await drive.press("alt+i")
        await inspector(drive)
        assert encoded not in page(drive)
        await drive.press("u", "c")
        await wait_until(lambda: len(copied) == 2)
        await drive.press("escape", "enter")
        await wait_until(lambda: len(server.bodies) == 1)
        await drive.quiet()
        await drive.bench.act_inspect_reply()
        await inspector(drive)
        await drive.press("u", "c")
        await wait_until(lambda: len(copied) == 4)
    assert encoded in str(server.bodies[0])
    assert [encoded in command for command in copied[::2]] == [True, True]
    assert [json.loads(request)["json"] for request in copied[1::2]] == server.bodies * 2


async def test_an_edited_request_is_a_new_variant(copied: list[str]) -> None:
    server = Server()
    async with WireServer(server) as wire, driving(["work/m"], config=endpoint(wire.url)) as drive:
        await drive.say("Hello")
        reply = last_reply(drive.session, drive.bench.current_column)
        assert reply is not None
        await drive.bench.act_inspect_reply()
        await inspector(drive)
        await drive.press("e")
        await edit(drive, "[1]")
        await drive.see("must be a JSON object")
        await edit(drive, '{"temperature": 1e999}')
        await drive.see("no server could read it (NaN, 1e999)")
        body: dict[str, Any] = {**server.bodies[0], "top_k": 3, "messages": [{"role": "user", "content": "Bye"}]}
        await edit(drive, json.dumps(body))
        await drive.press("ctrl+s")
        await wait_until(lambda: len(server.bodies) == 2)
        await drive.quiet()
        assert server.bodies[1] == body
        variants = drive.session.variants(reply.id)
        assert len(variants) == 2
        assert variants[1].sent is not None
        assert variants[1].sent["json"] == body


async def test_a_prompt_goes_on_record_with_its_edited_request(copied: list[str]) -> None:
    server = Server()
    async with WireServer(server) as wire, driving(["work/m"], config=endpoint(wire.url)) as drive:
        drive.chat.composer.load_text("Typed")
        await drive.press("alt+i")
        await inspector(drive)
        await drive.press("e")
        await edit(drive, '{"model":"m","messages":[],"stream":true}')
        await drive.press("ctrl+s")
        await wait_until(lambda: len(server.bodies) == 1)
        await drive.quiet()
        assert server.bodies == [{"model": "m", "messages": [], "stream": True}]
        assert drive.chat.composer.text == ""
        assert [message.text for message in drive.session.messages.values()] == ["Typed", "Hi"]


async def test_settings_of_a_reply_are_compared_and_taken_over(copied: list[str]) -> None:
    server = Server()
    config = endpoint("URL") + "[parameters]\ntemperature = 0.25\nmin_p = 0.5\n"
    async with WireServer(server) as wire, driving(["work/m"], config=config.replace("URL", wire.url)) as drive:
        await drive.say("Hello")
        await go_to(drive, "temperature")
        await drive.press("1", "enter")
        await drive.bench.keep_settings()
        await drive.bench.act_inspect_reply()
        await inspector(drive)
        await drive.press("4")
        assert "≠ temperature  0.25  →  1" in page(drive)
        assert "min_p        0.5  (not sent: " in page(drive)
        await drive.press("v")
        await wait_until(lambda: drive.bench.current_column.parameters == {"temperature": 0.25, "min_p": 0.5})


async def test_frames_are_kept_on_demand(copied: list[str]) -> None:
    server = Server()
    async with WireServer(server) as wire, driving(["work/m"], config=endpoint(wire.url)) as drive:
        await drive.say("Hello")
        await drive.bench.act_inspect_reply()
        await inspector(drive)
        await drive.press("5")
        assert "were not kept" in page(drive)
        await drive.press("f", "escape")
        await drive.say("Again")
        await drive.bench.act_inspect_reply()
        await inspector(drive)
        await drive.press("5")
        assert '"delta":{"content":"Hi"}' in page(drive)
        await drive.press("3")
        assert "first byte" in page(drive)
        await drive.press("2")
        assert page(drive).startswith("HTTP 200")


async def test_the_frames_of_one_request_stand_with_each_of_its_choices(copied: list[str]) -> None:
    server = Server()
    config = endpoint("URL") + "[parameters]\nn = 2\n"
    async with WireServer(server) as wire, driving(["work/m"], config=config.replace("URL", wire.url)) as drive:
        drive.bench.act_keep_frames()
        await drive.say("Hello")
        reply = last_reply(drive.session, drive.bench.current_column)
        assert reply is not None
        other = replace(reply, id="other", choice=1)
        drive.session.insert(other)
        drive.bench.inspect(drive.bench.current_view, other)
        await inspector(drive)
        await drive.press("5")
        assert '"delta":{"content":"Hi"}' in page(drive)


async def test_a_reply_without_any_frame_says_so(copied: list[str]) -> None:
    async with WireServer(Reply(status=401)) as wire, driving(["work/m"], config=endpoint(wire.url)) as drive:
        drive.bench.act_keep_frames()
        await drive.say("Hello")
        await drive.bench.act_inspect_reply()
        await inspector(drive)
        await drive.press("5")
        assert page(drive) == "No frame of a reply came."


async def test_a_missing_key_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async with driving(["work/m"], config=endpoint("http://127.0.0.1:9")) as drive:
        drive.chat.composer.load_text("x")
        await drive.press("alt+i")
        await wait_until(lambda: any("WORK_KEY" in note.message for note in drive.app._notifications))
        assert not isinstance(drive.app.screen, Inspector)


async def test_hostile_words_are_harmless_on_every_page() -> None:
    nasty = "\x1b]0;x\x07[red]\u202e"
    message = Message("a", None, "assistant", "2026-01-01T00:00:00.000Z", model=nasty, meta={nasty: nasty})
    message.timings = Timings(gaps_ms=(1, 2))
    sent = {"method": "POST", "url": f"http://{nasty}", "headers": {nasty: nasty}, "json": {nasty: nasty}}
    screen = Inspector(Subject(nasty, sent, message, now={nasty: nasty}))
    async with Stage(screen).run_test(size=(100, 30)) as pilot:
        for key in "12345":
            await pilot.press(key)
            await pilot.pause()
            shown = "".join(
                segment.text
                for strip in pilot.app.screen._compositor.render_strips(pilot.app.size)
                for segment in strip
            )
            assert "\x1b" not in shown
            assert "\u202e" not in shown


async def test_a_dry_run_of_a_document_is_what_the_model_would_be_sent_at_the_cursor() -> None:
    bodies: list[Any] = []

    def handle(seen: SeenRequest) -> Reply:
        if seen.method == "POST":
            bodies.append(seen.json)
        chunk = {"choices": [{"index": 0, "text": "x\r\ny", "finish_reason": "stop"}]}
        return events_reply(chunk, done=True) if seen.method == "POST" else Reply((b"{}",))

    async with WireServer(handle) as wire:
        config = f'[endpoints.work]\ndialect = "openai-completions"\nbase_url = "{wire.url}"\nmodels = ["m"]\n'
        async with driving(["work/m"], config=config) as drive:
            (view,) = drive.bench.document_views
            await wait_until(lambda: view.editor.has_focus)
            await drive.press(*"f()", "left", "ctrl+l")
            await wait_until(lambda: view.editor.text == "f(x\ny)")
            await drive.quiet()
            await drive.press("tab")
            for place, prompt, suffix in (("ctrl+end", "f(x\r\ny)", None), ("ctrl+home", "", "f(x\ny)")):
                await drive.press(place, "alt+i")
                shown = (await inspector(drive))._subject.sent
                assert shown is not None
                await drive.press("escape")
                await wait_until(lambda: view.editor.has_focus)
                await drive.press("ctrl+l")
                await drive.quiet()
                assert bodies[-1] == shown["json"]
                assert (bodies[-1]["prompt"], bodies[-1].get("suffix")) == (prompt, suffix)
                await drive.press("ctrl+z")
                await wait_until(lambda: view.editor.text == "f(x\ny)")


async def test_a_request_that_fills_a_gap_can_be_edited_before_it_is_sent() -> None:
    server = Completing("x")
    async with at_work(server) as drive:
        (view,) = drive.bench.document_views
        await wait_until(lambda: view.editor.has_focus)
        await drive.press(*"f()", "left", "alt+i")
        await inspector(drive)
        await drive.press("e")
        await edit(drive, '{"model":"m","prompt":"f(","suffix":"), g()","stream":true}')
        await drive.press("ctrl+s")
        await wait_until(lambda: view.editor.text == "f(x)")
        assert server.bodies[-1]["suffix"] == "), g()"
