"""A prompt from key to disk: asked, answered, stopped, failed, asked again."""

from __future__ import annotations

from pathlib import Path

from textual import events
from textual.pilot import Pilot

from tests.app.staging import ENDLESS, Stage, on_stage
from tests.waiting import wait_until
from tui.app import make_app
from tui.config import parse_config
from tui.domain.events import Finish
from tui.transcript.entry import MessageState


def typed(text: str) -> list[events.Key]:
    return [events.Key("enter" if key == "\n" else key, key) for key in text]


async def test_a_prompt_is_answered_and_on_disk() -> None:
    async with on_stage() as stage:
        await stage.ask("hello")
        assert [(entry.role, entry.text) for entry in stage.entries] == [
            ("user", "hello"),
            ("assistant", "You said: hello"),
        ]
        assert stage.last.state is MessageState.DONE
        assert stage.view.head.state == "done"
        stored = [message for message in stage.stored().messages.values()]
        assert [message.text for message in stored] == ["hello", "You said: hello"]
        assert stored[1].finish is Finish.STOP


async def test_a_session_is_gone_on_with() -> None:
    async with on_stage() as stage:
        await stage.ask("first")
    async with on_stage(resume="") as stage:
        assert [entry.text for entry in stage.entries] == ["first", "You said: first"]
        await stage.ask("second")
        assert stage.last.text == "You said: second"
        assert len(stage.stored().messages) == 4


async def test_what_is_typed_before_there_is_a_composer_goes_into_it() -> None:
    app = make_app(parse_config("", Path("config.toml")), models=("demo/echo",))
    for event in typed("ahead "), [events.Paste("and pasted")], typed("!\n"):
        for one in event:
            app.post_message(one)
    async with app.run_test():
        stage = Stage(app, Pilot(app))
        await wait_until(lambda: stage.screen.is_ready and len(stage.entries) == 2)
        await stage.settle()
        assert stage.entries[0].text == "ahead and pasted!"


async def test_keys_that_come_while_the_app_is_out_of_focus_bring_it_back_and_count() -> None:
    async with on_stage() as stage:
        stage.app.post_message(events.AppBlur())
        await wait_until(lambda: not stage.app.app_focus and stage.app.focused is None)
        stage.app._last_focused_on_app_blur = None  # as in a browser, where nothing had the focus before
        for event in typed("back"):
            stage.app.post_message(event)
        await wait_until(lambda: stage.screen.composer.text == "back")


async def test_escape_stops_and_keeps_the_text() -> None:
    async with on_stage(ENDLESS) as stage:
        await stage.send("go on")
        await wait_until(lambda: stage.entries and stage.last.state is MessageState.STREAMING)
        await stage.press("escape")
        assert stage.last.state is MessageState.STOPPED
        await stage.settle()
        assert stage.last.state is MessageState.STOPPED
        assert stage.view.head.state == "stopped"
        reply = list(stage.stored().messages.values())[-1]
        assert reply.finish is Finish.CANCELLED
        assert reply.text.startswith("word")


async def test_a_failed_request_says_why_in_the_turn() -> None:
    script = """
    [[replies]]
    error = { kind = "rate-limited", message = "Slow down [/b].", status = 429 }
    """
    async with on_stage(script) as stage:
        await stage.ask("please")
        assert stage.last.state is MessageState.FAILED
        assert "Slow down [/b]." in stage.last.notice
        await stage.press("ctrl+r")
        await stage.settle()
        assert stage.last.state is MessageState.FAILED
        assert stage.last.variant is None  # a failure without a word is no variant
        assert len(stage.entries) == 2


async def test_a_reply_cut_short_keeps_its_text_and_says_so() -> None:
    script = """
    [[replies]]
    text = "This begins well and breaks"
    tokens_per_s = 0
    error = { message = "The server hung up.", after_chars = 10, status = 529 }
    """
    async with on_stage(script) as stage:
        await stage.ask("please")
        assert stage.last.state is MessageState.CUT_SHORT
        assert "The server hung up." in stage.last.notice
        assert stage.last.text.startswith("This begin")


async def test_a_missing_key_is_an_answer_with_the_variable() -> None:
    async with on_stage(models=("openai/gpt-4.1",)) as stage:
        await stage.ask("hello")
        assert stage.last.state is MessageState.FAILED
        assert "OPENAI_API_KEY" in stage.last.notice
        assert stage.entries[0].text == "hello"
        assert stage.stored().messages


async def test_another_reply_is_a_variant_and_the_pager_walks_them() -> None:
    async with on_stage() as stage:
        await stage.ask("hello")
        await stage.press("ctrl+r")
        await stage.settle()
        assert stage.last.variant == (2, 2)
        assert len(stage.entries) == 2
        await stage.press("alt+comma")
        await stage.pilot.pause()
        assert stage.last.variant == (1, 2)
        assert len(stage.stored().messages) == 3


async def test_editing_the_last_prompt_asks_again_and_keeps_the_old_words() -> None:
    async with on_stage() as stage:
        await stage.ask("helo")
        await stage.press("ctrl+o")
        await stage.pilot.pause()
        await stage.press("backspace", "l", "o", "ctrl+s")
        await stage.settle()
        assert [entry.text for entry in stage.entries] == ["hello", "You said: hello"]
        assert stage.entries[0].variant == (2, 2)


async def test_prompts_written_meanwhile_wait_their_turn() -> None:
    async with on_stage(ENDLESS.replace("4.0", "8.0")) as stage:
        await stage.send("one")
        await stage.send("two")
        assert [draft.text for draft in stage.bench.waiting_prompts] == ["two"]
        await wait_until(lambda: len(stage.entries) == 4)
        await stage.settle()
        assert [entry.text for entry in stage.entries if entry.role == "user"] == ["one", "two"]


async def test_stopping_gives_waiting_prompts_back() -> None:
    async with on_stage(ENDLESS) as stage:
        await stage.send("one")
        await stage.send("two")
        await stage.press("escape")
        await stage.settle()
        assert stage.screen.composer.text == "two"
        assert len(stage.entries) == 2


async def test_a_setting_that_no_model_takes_fails_in_the_turn_and_loses_nothing() -> None:
    async with on_stage(config="[parameters]\ntemperature = 99\n") as stage:
        await stage.ask("hello")
        assert stage.entries[0].text == "hello"
        assert stage.last.state in (MessageState.FAILED, MessageState.DONE)
