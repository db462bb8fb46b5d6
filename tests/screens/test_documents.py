"""A text completion by keys: go on, fill in, keep, take back, another one, variants."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from textual.widgets import Static

from tests.screens.driving import Drive, driving
from tests.waiting import wait_until
from tests.wire.server import Hold, Reply, SeenRequest, WireServer, event
from tui.chat.conversation import ReplyRun, last_reply
from tui.chat.documents import text_of
from tui.domain.draft import DocumentDraft
from tui.domain.events import TextDelta
from tui.paths import data_dir, sessions_dir
from tui.store.drafts import DraftStore, KeptDraft
from tui.store.sessions import SessionStore
from tui.widgets.document_view import DocumentView


def document(drive: Drive) -> DocumentView:
    (view,) = drive.bench.document_views
    return view


def recorded(drive: Drive) -> str:
    return text_of(drive.session, drive.session.columns[document(drive).column_id])


async def write(drive: Drive, text: str) -> None:
    await drive.press(*({" ": "space"}.get(one, one) for one in text))


async def test_go_on_take_back_and_another() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.press("alt+t")
        await write(drive, "Once")
        await drive.press("ctrl+l")
        await drive.quiet()
        await wait_until(lambda: document(drive).editor.text == "OnceOnce")
        assert recorded(drive) == "OnceOnce"
        assert document(drive).editor.has_fresh
        await drive.press("ctrl+z")
        await wait_until(lambda: document(drive).editor.text == "Once")
        await drive.press("ctrl+l")
        await drive.quiet()
        await drive.press("tab")
        assert not document(drive).editor.has_fresh
        await write(drive, "!")
        await drive.press("ctrl+l")
        await drive.quiet()
        await wait_until(lambda: document(drive).editor.text == "OnceOnce!OnceOnce!")
        await drive.press("ctrl+r")
        await drive.quiet()
        await drive.see("variant 2 of 2")


async def test_what_was_written_is_on_record_when_the_editor_is_left() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.press("alt+t")
        await write(drive, "draft")
        drive.chat.composer.focus()
        await wait_until(lambda: recorded(drive) == "draft")
        session_id = drive.session.id
        await drive.app.action_quit()
    session = SessionStore(sessions_dir()).read(session_id).session
    assert any(message.text == "draft" for message in session.messages.values())


class Completing:
    """Plays a server of text completions."""

    def __init__(self, *texts: str) -> None:
        self.texts = texts
        self.bodies: list[Any] = []

    def __call__(self, seen: SeenRequest) -> Reply:
        if "completions" not in seen.path:
            return Reply((b'{"data":[]}',))
        self.bodies.append(seen.json)
        chunks = [
            f'data: {{"choices":[{{"index":{index},"text":"{text}","finish_reason":"stop"}}]}}\n\n'.encode()
            for index, text in enumerate(self.texts)
        ]
        return Reply((*chunks, b"data: [DONE]\n\n"), headers=[("content-type", "text/event-stream")])


@asynccontextmanager
async def at_work(server: Completing) -> AsyncGenerator[Drive, None]:
    """The app with a model that only completes text."""
    async with WireServer(server) as wire:
        config = f'[endpoints.work]\ndialect = "openai-completions"\nbase_url = "{wire.url}"\nmodels = ["m"]\n'
        async with driving(["work/m"], config=config) as drive:
            yield drive


async def test_a_gap_at_the_cursor_is_filled_in_every_variant() -> None:
    server = Completing("x", "y")
    async with WireServer(server) as wire:
        config = (
            f'[endpoints.work]\ndialect = "openai-completions"\nbase_url = "{wire.url}"\nmodels = ["m"]\n'
            "[parameters]\nn = 2\n"
        )
        async with driving(["work/m"], config=config) as drive:
            document(drive).editor.focus()
            await write(drive, "f()")
            await drive.press("left", "ctrl+l")
            await drive.quiet()
            await wait_until(lambda: recorded(drive) == "f(x)")
            assert (server.bodies[0]["prompt"], server.bodies[0]["suffix"], server.bodies[0]["n"]) == ("f(", ")", 2)
            await drive.press("alt+full_stop")
            await wait_until(lambda: document(drive).editor.text == "f(y)")
            await drive.press("ctrl+r")
            await drive.quiet()
            await wait_until(lambda: len(server.bodies) == 2)
            assert server.bodies[1] == server.bodies[0]
            await drive.press("ctrl+z")
            await wait_until(lambda: document(drive).editor.text == "f()")


async def test_another_token_in_a_gap_keeps_what_stands_behind_it() -> None:
    server = Completing("x")
    async with at_work(server) as drive:
        await wait_until(lambda: document(drive).editor.has_focus)
        await drive.press(*"f()", "left", "ctrl+l")
        await wait_until(lambda: recorded(drive) == "f(x)")
        await drive.quiet()
        reply = last_reply(drive.session, drive.bench.current_column)
        assert reply is not None
        await drive.bench.branch_from(drive.bench.current_view, reply, "y, ")
        await wait_until(lambda: recorded(drive) == "f(y, x)")
        await drive.quiet()
        assert (server.bodies[1]["prompt"], server.bodies[1]["suffix"]) == ("f(y, ", ")")
        await drive.press("ctrl+r")
        await wait_until(lambda: len(server.bodies) == 3)
        await drive.quiet()
        assert server.bodies[2] == server.bodies[1]
        await wait_until(lambda: document(drive).editor.text == "f(y, x)")


async def test_a_model_that_cannot_chat_begins_with_a_document() -> None:
    server = Completing(" upon a time")
    async with WireServer(server) as wire:
        config = f'[endpoints.work]\ndialect = "openai-completions"\nbase_url = "{wire.url}"\nmodels = ["m"]\n'
        async with driving(["work/m", "demo/echo"], config=config) as drive:
            assert [column.kind for column in drive.session.columns.values()] == ["completion", "chat"]
            await drive.press("f6")
            await drive.bench.choose_model("work/m")
            await wait_until(lambda: any("can only complete text" in one.message for one in drive.app._notifications))
        async with driving(["work/m"], config=config) as drive:
            await drive.say("Once")
            assert recorded(drive) == "Once upon a time"
            assert server.bodies[-1]["prompt"] == "Once"


async def test_what_begins_with_a_document_begins_in_it() -> None:
    server = Completing(" upon a time")
    async with at_work(server) as drive:
        await wait_until(lambda: document(drive).editor.has_focus)
        await drive.press(*"Once", "ctrl+l")
        await wait_until(lambda: recorded(drive) == "Once upon a time")
        await drive.quiet()
        await drive.press("escape", "ctrl+n")
        await wait_until(lambda: drive.session.is_empty and document(drive).editor.has_focus)


async def test_keys_that_go_to_a_document_go_to_what_is_seen_of_it() -> None:
    async with driving(["demo/echo"]) as drive:
        drive.bench.act_focus_transcript()
        await drive.press("alt+t")
        editor = document(drive).editor
        await wait_until(lambda: drive.chat.focused is editor)
        await drive.press("f6")
        await wait_until(lambda: drive.chat.focused is drive.bench.views[0].transcript)
        await drive.press("f6")
        await wait_until(lambda: drive.chat.focused is editor)
        drive.chat.composer.focus()
        drive.bench.act_focus_transcript()
        await wait_until(lambda: drive.chat.focused is editor)


async def test_the_line_below_counts_and_says_what_the_key_would_do() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.press("alt+t")
        await write(drive, "one two")
        await drive.see("7 characters · ctrl+l goes on")
        await drive.press("home")
        await drive.see("7 characters · ctrl+l fills in here")
        drive.chat.composer.focus()  # where ctrl+l opens another session
        await wait_until(lambda: "7 characters" in drive.text and "ctrl+l fills" not in drive.text)


async def test_a_documents_keys_are_named_as_they_are_bound() -> None:
    config = '[keys]\ndocument-go-on = "f9"\nprevious-variant = "f10"\n[parameters]\ntokens_per_s = 0\n'
    async with driving(["demo/echo"], config=config) as drive:
        await drive.press("alt+t")
        await drive.see("f9 goes on")
        await drive.press("a", "f9")
        await drive.quiet()
        await drive.press("ctrl+r")
        await drive.see("variant 2 of 2: f10 alt+.")


async def test_a_documents_acts_are_in_the_palette() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.press("alt+t")
        await write(drive, "Once")
        await drive.press("ctrl+p", *"let", "space", *"the", "space", *"model")
        await drive.see("Let the model go on at the end, or fill in here")
        assert "Keep what the model wrote" not in drive.text
        await drive.press("enter")
        await wait_until(lambda: document(drive).editor.text == "OnceOnce")
        await drive.quiet()
        await drive.press("ctrl+p", *"keep", "space", *"what", "space", *"the")
        await drive.see("Keep what the model wrote")
        await drive.press("enter")
        await wait_until(lambda: not document(drive).editor.has_fresh)


class Dripping(Completing):
    """Says a few words, and never comes to an end."""

    def __call__(self, seen: SeenRequest) -> Reply:
        reply = super().__call__(seen)
        if "completions" not in seen.path:
            return reply
        said = event({"choices": [{"index": 0, "text": self.texts[0], "finish_reason": None}]})
        return Reply((said, Hold()), headers=reply.headers)


async def test_another_session_while_a_gap_is_filled() -> None:
    async with at_work(Dripping("ab")) as drive:
        await wait_until(lambda: document(drive).editor.has_focus)
        await drive.press(*"f()", "left", "ctrl+l")
        await wait_until(lambda: document(drive).editor.text == "f(ab)")
        session = drive.session
        await drive.press("ctrl+n")
        await wait_until(lambda: drive.session is not session and document(drive).editor.has_focus)
        assert [text_of(session, column) for column in session.columns.values()] == ["f(ab)"]


async def test_a_gap_that_is_filled_is_whole_on_disk_all_the_time() -> None:
    async with at_work(Dripping("ab")) as drive:
        await wait_until(lambda: document(drive).editor.has_focus)
        await drive.press(*"f()", "left", "ctrl+l")
        await wait_until(lambda: document(drive).editor.text == "f(ab)")
        run = document(drive)._run
        assert run is not None
        await drive.bench.desk.conversation.flush(run)  # as it does each second
        read = SessionStore(sessions_dir()).read(drive.session.id).session
        assert [text_of(read, column) for column in read.columns.values()] == ["f(ab)"]


async def test_a_document_whose_turn_never_came_can_be_written_in() -> None:
    async with at_work(Dripping("ab")) as drive:
        await wait_until(lambda: document(drive).editor.has_focus)
        await drive.press(*"one", "ctrl+l")
        await wait_until(lambda: document(drive).editor.text == "oneab")
        await drive.press("alt+t")
        waiting = drive.bench.document_views[1]
        await wait_until(lambda: waiting.editor.has_focus)
        await drive.press(*"f()", "left", "ctrl+l")
        await drive.see("for the machine")
        await drive.press("escape")
        await wait_until(lambda: not waiting.is_replying)
        assert text_of(drive.session, drive.session.columns[waiting.column_id]) == "f()"
        await drive.press("x")
        await wait_until(lambda: waiting.editor.text == "f(x)")


async def test_a_gap_at_the_beginning_is_filled_again() -> None:
    server = Completing("x")
    async with at_work(server) as drive:
        await wait_until(lambda: document(drive).editor.has_focus)
        await drive.press(*"end", "home", "ctrl+l")
        await wait_until(lambda: recorded(drive) == "xend")
        await drive.quiet()
        await drive.press("ctrl+r")
        await drive.see("variant 2 of 2")
        await drive.quiet()
        assert [(one["prompt"], one["suffix"]) for one in server.bodies] == [("", "end")] * 2


async def test_a_document_tells_nothing_early_while_models_are_hidden() -> None:
    async with at_work(Dripping("ab")) as drive:
        await wait_until(lambda: document(drive).editor.has_focus)
        await drive.press("alt+t")
        await drive.bench.act_blind()
        first, _ = drive.bench.document_views
        first.editor.focus()
        await drive.press(*"one", "ctrl+l")
        await wait_until(lambda: first._run is not None and first._run.has_spoken)
        assert first.editor.text == "one"
        await drive.press("escape")
        await wait_until(lambda: first.editor.text == "oneab")
        await drive.press("x")
        await wait_until(lambda: first.editor.text == "oneabx")


async def test_what_was_written_since_is_kept_when_variants_are_walked() -> None:
    async with at_work(Completing("1")) as drive:
        await wait_until(lambda: document(drive).editor.has_focus)
        await drive.press(*"one", "ctrl+l")
        await drive.quiet()
        await drive.press("ctrl+r")
        await drive.quiet()
        await drive.press(*"xyz", "alt+comma")
        await wait_until(lambda: document(drive).editor.text == "one1")
        await drive.press("alt+full_stop")
        await wait_until(lambda: document(drive).editor.text == "one1xyz")


async def test_a_gap_whose_filling_failed_is_tried_again_as_a_gap() -> None:
    server = Completing("x")

    def fails_first(seen: SeenRequest) -> Reply:
        reply = server(seen)
        return Reply((b"{}",), status=400) if len(server.bodies) == 1 else reply

    async with WireServer(fails_first) as wire:
        config = f'[endpoints.work]\ndialect = "openai-completions"\nbase_url = "{wire.url}"\nmodels = ["m"]\n'
        async with driving(["work/m"], config=config) as drive:
            await wait_until(lambda: document(drive).editor.has_focus)
            await drive.press(*"f()", "left", "ctrl+l")
            await drive.see("refused")
            await drive.quiet()
            assert recorded(drive) == "f()"
            await drive.press("ctrl+r")
            await wait_until(lambda: recorded(drive) == "f(x)")
            assert server.bodies[-1]["suffix"] == ")"


async def test_what_is_typed_into_a_document_is_on_disk_within_a_second() -> None:
    async with at_work(Completing("x")) as drive:
        await wait_until(lambda: document(drive).editor.has_focus)
        await drive.press(*"Once")
        drive.chat.composer.focus()
        await wait_until(lambda: recorded(drive) == "Once")
        document(drive).editor.focus()
        await drive.press("s")
        drafts = DraftStore(data_dir())
        await wait_until(lambda: [one.text for one in drafts.read(drive.session.id).documents] == ["Onces"])
        drive.chat.composer.focus()
        await wait_until(lambda: not drafts.read(drive.session.id).documents)
        assert recorded(drive) == "Onces"


async def test_a_document_goes_on_with_what_was_typed_before_a_crash() -> None:
    async with at_work(Completing("x")) as drive:
        await wait_until(lambda: document(drive).editor.has_focus)
        await drive.press(*"Once")
        session_id, column = drive.session.id, drive.bench.current_column
        await drive.app.action_quit()
    drafts = DraftStore(data_dir())
    for head, left, expected in ((column.head, "Once upon", "Once upon"), ("out of date", "Never", "Once upon")):
        drafts.keep(session_id, KeptDraft(documents=(DocumentDraft(column.id, head, left),)), is_new=False)
        async with driving([], resume=session_id) as drive:
            await drive.see(expected)
            assert document(drive).editor.text == expected
            await drive.app.action_quit()
        assert not drafts.read(session_id).documents


@pytest.mark.parametrize("model", ["work/m", "demo/echo"])
async def test_what_was_typed_into_a_first_document_before_a_crash_is_in_the_next_session(model: str) -> None:
    async with at_work(Completing("x")) as drive:
        DraftStore(data_dir()).keep("gone", KeptDraft(documents=(DocumentDraft("gone", None, "Once"),)), is_new=True)
        await drive.app.action_quit()
        config = '[endpoints.work]\ndialect = "openai-completions"\nbase_url = "http://127.0.0.1:9"\nmodels = ["m"]\n'
    async with driving([model], config=config) as drive:
        editor = document(drive).editor if model == "work/m" else drive.chat.composer
        await wait_until(lambda: editor.text == "Once")
        assert drive.session.is_empty


async def test_nothing_is_undone_while_a_reply_is_written() -> None:
    async with at_work(Dripping("ab")) as drive:
        await wait_until(lambda: document(drive).editor.has_focus)
        await drive.press(*"one", "ctrl+l")
        await wait_until(lambda: document(drive).editor.text == "oneab")
        await drive.press("ctrl+z", "ctrl+slash", "ctrl+y", "x", "backspace")
        document(drive).editor.extend("cd")
        await wait_until(lambda: document(drive).editor.text == "oneabcd")


async def test_a_reply_that_was_kept_is_undone_in_one_step() -> None:
    async with at_work(Dripping("ab")) as drive:
        await wait_until(lambda: document(drive).editor.has_focus)
        editor = document(drive).editor
        await drive.press(*"one", "ctrl+l")
        await wait_until(lambda: editor.text == "oneab")
        for piece in ("cd", "ef"):
            document(drive)._take(TextDelta(piece), cast(ReplyRun, document(drive)._run))
            await wait_until(lambda: not editor._pieces)
        assert editor.text == "oneabcdef"
        editor.settle()
        await drive.press("tab", "ctrl+z")
        assert editor.text == "one"
        await drive.press("ctrl+y")
        assert editor.text == "oneabcdef"
        await drive.press("ctrl+z", "ctrl+z")
        assert editor.text == ""


async def test_line_separators_of_a_model_stay_its_own_in_a_document() -> None:
    async with at_work(Completing("x\\u2028y\\u2029")) as drive:
        await wait_until(lambda: document(drive).editor.has_focus)
        await drive.press(*"ab", "left", "ctrl+l")
        await drive.quiet()
        assert document(drive).editor.text == "ax\ny\nb"
        drive.chat.composer.focus()
        await drive.pilot.pause()
        assert recorded(drive) == "ax\u2028y\u2029b"
        assert not document(drive).editor.is_changed
        document(drive).editor.focus()
        await drive.press("ctrl+z")
        await wait_until(lambda: document(drive).editor.text == "ab")


async def test_a_documents_line_is_about_its_own_replies_and_blind_when_they_are() -> None:
    def fails_then(seen: SeenRequest) -> Reply:
        return Reply((b"{}",), status=400) if seen.method == "POST" else Reply((b'{"data":[]}',))

    async with WireServer(fails_then) as wire:
        config = f'[endpoints.work]\ndialect = "openai-completions"\nbase_url = "{wire.url}"\nmodels = ["m"]\n'
        async with driving(["work/m", "demo/echo"], config=config) as drive:
            await drive.press("alt+b")
            await drive.say("Once")
            assert "refused" not in drive.text
            assert "work" not in str(document(drive).query_one(".document-line", Static).content)
            await drive.press("alt+b", "y")
            await drive.see("refused")
            assert "variant" not in drive.text


async def test_a_document_is_repeated_as_it_was_asked() -> None:
    server = Completing("x")
    async with at_work(server) as drive:
        await wait_until(lambda: document(drive).editor.has_focus)
        await drive.press(*"f()", "left", "ctrl+l")
        await drive.quiet()
        await drive.bench._repeat(2)
        await wait_until(lambda: [view.editor.text for view in drive.bench.document_views] == ["f(x)"] * 2)
        await drive.quiet()
        assert server.bodies[1] == server.bodies[0]
        first = drive.bench.document_views[0].editor
        first.focus()
        await drive.press("tab", "ctrl+end", "ctrl+l")
        await drive.quiet()
        await drive.press("tab", "ctrl+l")
        await drive.quiet()
        assert first.text == "f(x)xx"
        await drive.bench._repeat(2)
        await wait_until(lambda: [view.editor.text for view in drive.bench.document_views][1] == "f(x)xx")
        await drive.quiet()
        assert server.bodies[-1] == server.bodies[-2]
