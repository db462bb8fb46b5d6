"""Two instances on one session, and disks that fail."""

from __future__ import annotations

import json

from tests.screens.driving import driving
from tests.waiting import wait_until
from tui.chat.documents import text_of
from tui.domain.events import Finish
from tui.domain.record import HeadMoved, MessageAdded, ReplyStarted, ReplyText, now
from tui.paths import sessions_dir
from tui.store.sessions import SessionStore


async def test_what_another_instance_says_appears_and_the_second_is_told() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("ours")
        session_id = drive.session.id
        other = SessionStore(sessions_dir()).open(session_id)
        assert any("another Parley" in words for words in other.problems)
        column = next(iter(other.session.columns.values()))
        added = MessageAdded("fromelsewhere", now(), column.head, "user", "theirs")
        other.journal.journal.append([added, HeadMoved(column.id, now(), added.id)])
        await drive.see("theirs")
        await drive.see("another Parley")
        assert drive.bench.current_column.head == "fromelsewhere"
        aside = MessageAdded("aside", now(), None, "user", "somewhere else")
        other.journal.journal.append([aside, HeadMoved(column.id, now(), aside.id)])
        await wait_until(lambda: "aside" in drive.session.messages)
        assert drive.bench.current_column.head == "fromelsewhere"
        await other.journal.close()


async def test_who_opens_a_session_that_is_open_is_told_once() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("ours")
        session_id = drive.session.id
    other = SessionStore(sessions_dir()).open(session_id)
    async with driving([], resume=session_id) as drive:
        await drive.see("another Parley")
        await wait_until(lambda: drive.bench._looked_after == session_id)
        added = MessageAdded("fromelsewhere", now(), drive.bench.current_column.head, "user", "theirs")
        other.journal.journal.append([added, HeadMoved(drive.bench.current_column.id, now(), added.id)])
        await drive.see("theirs")
        await drive.pilot.pause()
        assert "appears" not in drive.text
    await other.journal.close()


async def test_a_reply_whose_writer_died_is_not_being_written_any_more() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("ours")
        other = SessionStore(sessions_dir()).open(drive.session.id)
        column = next(iter(other.session.columns.values()))
        started = ReplyStarted("theirreply", now(), column.head, column.id, "demo/echo")
        other.journal.journal.append([started, HeadMoved(column.id, now(), started.id)])
        await drive.see("being written in another Parley")
        other.journal.journal.append([ReplyText(started.id, "herons")])
        await drive.see("herons")
        await drive.see("being written in another Parley")
        assert drive.bench.current_view.head.state == "writing"
        await other.journal.close()  # as the death of its process would
        await drive.see("Parley stopped before the reply ended")
        assert drive.session.messages[started.id].finish is Finish.CUT_SHORT
        assert drive.session.messages[started.id].text == "herons"


async def test_a_folder_that_vanishes_is_a_lasting_warning_with_a_key() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("kept")
        session_id = drive.session.id
        folder, hidden = sessions_dir(), sessions_dir().with_name("hidden")
        folder.rename(hidden)
        folder.write_text("in the way")
        await drive.say("said meanwhile")
        await drive.see("Not saved")
        await drive.see("try again: ctrl+s")
        await drive.press("ctrl+n")
        assert drive.session.id == session_id, "leaving would lose it"
        folder.unlink()
        hidden.rename(folder)
        await drive.press("ctrl+s")
        await wait_until(lambda: not drive.bench.desk.trouble)
        read = SessionStore(folder).read(session_id).session
        assert "said meanwhile" in {message.text for message in read.messages.values()}


async def test_a_session_of_a_newer_parley_is_read_only_and_can_be_forked() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("from the future")
        session_id = drive.session.id
    path = SessionStore(sessions_dir()).path(session_id)
    header, rest = path.read_text("utf-8").split("\n", 1)
    path.write_text(json.dumps({**json.loads(header), "version": 99}, separators=(",", ":")) + "\n" + rest, "utf-8")
    before = path.read_bytes()
    async with driving([], resume=session_id) as drive:
        await drive.see("open for reading only")
        drive.bench.act_focus_transcript()
        await drive.press("s")
        await drive.press("ctrl+r")
        await drive.pilot.pause()
        assert not drive.bench.is_replying
        assert not any(message.is_starred for message in drive.session.messages.values())
        await drive.press("alt+f")
        await wait_until(lambda: drive.session.id != session_id)
        await drive.say("on we go")
        assert drive.bench.desk.read_only_words is None
    assert path.read_bytes() == before


async def test_quitting_while_something_is_not_saved_has_to_be_insisted_on() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("kept")
        sessions_dir().rename(sessions_dir().with_name("hidden"))
        sessions_dir().write_text("in the way")
        await drive.say("said meanwhile")
        await drive.press("ctrl+q")
        await drive.see("Quit again")
        assert drive.app.is_running
        await drive.press("ctrl+q")
        await wait_until(lambda: drive.app.return_code == 0)


async def test_a_document_goes_on_as_another_instance_wrote_it_and_keeps_what_is_typed_here() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.press("alt+t")
        (view,) = drive.bench.document_views
        await drive.press(*"Once")
        drive.chat.composer.focus()
        column = drive.bench.current_column
        await wait_until(lambda: column.head is not None)
        other = SessionStore(sessions_dir()).open(drive.session.id)
        added = MessageAdded("fromelsewhere", now(), column.head, "user", " upon")
        other.journal.journal.append([added, HeadMoved(column.id, now(), added.id)])
        await wait_until(lambda: view.editor.text == "Once upon")
        view.editor.focus()
        await drive.press("ctrl+end", "s")
        late = MessageAdded("late", now(), added.id, "user", " a time")
        other.journal.journal.append([late, HeadMoved(column.id, now(), late.id)])
        await wait_until(lambda: "late" in drive.session.messages)
        await wait_until(lambda: text_of(drive.session, column) == "Once upons")
        assert view.editor.text == "Once upons"
        await other.journal.close()


async def test_a_document_that_may_only_be_read_takes_no_words() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.press("alt+t", *"Once")
        session_id = drive.session.id
        await drive.app.action_quit()
    path = SessionStore(sessions_dir()).path(session_id)
    path.write_text(path.read_text("utf-8").replace('"version":1', '"version":99', 1), "utf-8")
    async with driving([], resume=session_id) as drive:
        (view,) = drive.bench.document_views
        view.editor.focus()
        await drive.press("s", "ctrl+l")
        await drive.pilot.pause()
        assert view.editor.text == "Once"
        assert "goes on" not in drive.text
