"""Writing a prompt in the whole app: words, files, pastes, drafts, history, the queue, the editor."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual import events

from tests.app.staging import ENDLESS, QUICK, Stage, on_stage
from tests.chat.files_of_all_kinds import png
from tests.screens.staging import screen_text
from tests.waiting import wait_until
from tui.paths import data_dir
from tui.screens.acts import CHAT_ACTS
from tui.screens.attach_file import AttachDialog
from tui.screens.chat import ChatScreen
from tui.screens.edit_text import TextDialog
from tui.screens.picture import PictureDialog
from tui.screens.text_view import TextView
from tui.screens.words import acts_by_id, all_words
from tui.screens.workbench import Workbench
from tui.store.drafts import DraftStore
from tui.widgets.composer import Composer
from tui.widgets.suggestions import SuggestionList


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with a few files."""
    place = tmp_path / "work"
    (place / "node_modules").mkdir(parents=True)
    (place / "notes.py").write_text("x = 1\n")
    (place / "photo.png").write_bytes(png())
    (place / "node_modules" / "notes.js").write_text("")
    (place / ".hidden-notes").write_text("secret")
    monkeypatch.chdir(place)
    return place


def composer(stage: Stage) -> Composer:
    return stage.screen.composer


def offered(stage: Stage) -> list[str]:
    return [one.words for one in composer(stage)._suggestions]


async def paste(stage: Stage, text: str) -> None:
    composer(stage).focus()
    composer(stage).post_message(events.Paste(text))
    await stage.pilot.pause()


async def files_are(stage: Stage, *names: str) -> None:
    await wait_until(lambda: [one.attachment.name for one in stage.bench.files] == list(names))


# -- by mouse alone ----------------------------------------------------------------------------------------------------


async def test_the_hint_below_the_text_breaks_the_line_and_sends() -> None:
    async with on_stage(QUICK) as stage:
        await stage.type("one")
        at_end, below = composer(stage).outer_size.width - 8, 2
        await stage.pilot.click(Composer, offset=(at_end, below))
        await wait_until(lambda: composer(stage).text == "one\n")
        await stage.type("two")
        await wait_until(lambda: composer(stage).outer_size.height == 4)
        await stage.pilot.click(Composer, offset=(at_end, below + 1))
        await wait_until(lambda: composer(stage).text == "one\ntwo\n")
        at_send = at_end - len("sends · ctrl+j new line")
        await stage.pilot.click(Composer, offset=(at_send, composer(stage).outer_size.height - 1))
        await wait_until(lambda: composer(stage).text == "")
        assert [one.text for one in stage.bench.session.messages.values() if one.role == "user"] == ["one\ntwo\n"]


async def test_the_palette_sends_what_was_written() -> None:
    async with on_stage(QUICK) as stage:
        await stage.type("from the palette")
        await stage.press("ctrl+p")
        await stage.type("send the prompt")
        await stage.press("enter")
        await wait_until(lambda: composer(stage).text == "")
        assert [one.text for one in stage.bench.session.messages.values() if one.role == "user"] == ["from the palette"]


async def test_what_a_dialog_names_below_can_be_clicked() -> None:
    async with on_stage(QUICK) as stage:
        await stage.ask("hello")
        await stage.bench.act("rename-session")
        await wait_until(lambda: isinstance(stage.app.screen, TextDialog))
        await stage.type(" again")
        box = stage.app.screen.query_one(".dialog-box").region
        at_keeps = box.width - 3 - len("keeps, esc cancels")
        await stage.pilot.click(".dialog-box", offset=(at_keeps, box.height - 1))
        await wait_until(lambda: stage.bench.session.title == "hello again")


# -- words and suggestions ---------------------------------------------------------------------------------------------


async def test_a_slash_offers_every_act_and_enter_does_it() -> None:
    async with on_stage() as stage:
        await stage.type("/")
        assert len(offered(stage)) > 40
        await stage.type("find-pr")
        assert offered(stage) == ["/find-prompt"]
        await stage.press("escape")
        assert not composer(stage).is_suggesting
        assert composer(stage).text == "/find-pr"
        await stage.press("backspace", "r")
        assert offered(stage) == ["/find-prompt"]


async def test_words_take_what_stands_after_them() -> None:
    async with on_stage() as stage:
        for words in ("/system Be brief.", "/set temperature=0.5", "/model play/other"):
            composer(stage).load_text(words)
            await stage.press("enter")
            await stage.pilot.pause()
        await wait_until(lambda: stage.bench.current_column.model == "play/other")
        assert stage.bench.current_column.system == "Be brief."
        assert stage.bench.current_column.parameters["temperature"] == 0.5
        assert stage.session.is_empty
        composer(stage).load_text("/set temperature 0.7")
        await stage.press("enter")
        await wait_until(lambda: stage.bench.current_column.parameters["temperature"] == 0.7)
        composer(stage).load_text("/set temperature=9")
        await stage.press("enter")
        await wait_until(lambda: composer(stage).text == "/set temperature=9")  # to be mended, not typed again
        composer(stage).load_text("/add play/it")
        await stage.press("enter")
        await wait_until(lambda: len(stage.session.columns) == 2)


async def test_what_names_no_word_is_a_prompt() -> None:
    async with on_stage() as stage:
        for text, sent in (
            ("/etc/hosts is what?", "/etc/hosts is what?"),
            ("/vote for me", "/vote for me"),
            ("/nothing", "/nothing"),
            ("a /vote", "a /vote"),
            ("// a comment", "// a comment"),
            ("//vote", "/vote"),
        ):
            composer(stage).load_text(text)
            await stage.press("enter")
            await stage.settle()
            assert stage.entries[-2].text == sent


async def test_models_are_offered_and_enter_takes_the_one_shown() -> None:
    async with on_stage(models=("play/it", "play/two")) as stage:
        await stage.type("/model tw")
        await wait_until(lambda: "play/two" in offered(stage))
        await stage.press("enter")
        await wait_until(lambda: stage.bench.current_column.model == "play/two")


async def test_typing_goes_on_whatever_is_offered(folder: Path) -> None:
    async with on_stage() as stage:
        await stage.type("mail me@example.org or @nobody there, / and /x @")
        assert composer(stage).text == "mail me@example.org or @nobody there, / and /x @"


async def test_a_file_named_by_at_is_attached(folder: Path) -> None:
    async with on_stage() as stage:
        await stage.type("See @not")
        await wait_until(lambda: offered(stage) == ["notes.py"])
        await stage.press("tab")
        await files_are(stage, "notes.py")
        assert composer(stage).text == "See @notes.py "
        await stage.press("enter")
        await stage.settle()
        assert "x = 1" in stage.last.text
        assert stage.entries[-2].attachments == ("notes.py · 6 B",)
        assert stage.bench.files == ()
        await stage.ask("again")
        assert stage.stored().messages[stage.entries[0].id].attachments[0].name == "notes.py"


async def test_hidden_files_are_offered_when_they_are_asked_for(folder: Path) -> None:
    async with on_stage() as stage:
        await stage.type("@.hid")
        await wait_until(lambda: offered(stage) == [".hidden-notes"])


async def test_a_hostile_name_is_shown_and_written_without_its_controls(folder: Path) -> None:
    (folder / "evil\x1b]2;x\x07\n[red].txt").write_text("words")
    async with on_stage() as stage:
        await stage.type("@evil")
        await wait_until(lambda: offered(stage))
        assert "\x1b" not in screen_text(stage.app)
        await stage.press("tab")
        await wait_until(lambda: len(stage.bench.files) == 1)
        assert "\x1b" not in composer(stage).text
        assert "\n" not in composer(stage).text
        assert "\x1b" not in stage.bench.files[0].attachment.name


async def test_escape_closes_what_is_suggested_before_it_stops_the_reply() -> None:
    async with on_stage(ENDLESS) as stage:
        await stage.send("first")
        await wait_until(lambda: stage.bench.is_replying)
        await stage.type("/vo")
        assert composer(stage).is_suggesting
        await stage.press("escape")
        assert not composer(stage).is_suggesting
        assert stage.bench.is_replying
        await stage.press("escape")
        await wait_until(lambda: not stage.bench.is_replying)
        assert composer(stage).text == "/vo"


def test_every_word_leads_somewhere() -> None:
    for act in CHAT_ACTS:
        if act.own_action:
            assert hasattr(ChatScreen, f"action_{act.own_action.partition('(')[0]}"), act.id
        else:
            assert hasattr(Workbench, f"act_{act.id.replace('-', '_')}"), act.id
    assert {word.act for word in all_words()} <= set(acts_by_id())


async def test_the_mouse_does_what_keys_do(folder: Path) -> None:
    async with on_stage(ENDLESS) as stage:
        await stage.send("first")
        await wait_until(lambda: stage.bench.is_replying)
        await stage.send("second")
        bar = stage.bench.waiting_bar
        await wait_until(lambda: bar.size.width > 20)
        await stage.pilot.click(bar, offset=(bar.size.width - 4, 0))  # edit
        await wait_until(lambda: composer(stage).text == "second")
        composer(stage).load_text("")
        await stage.type("@no")
        await wait_until(lambda: offered(stage) == ["notes.py"])
        await stage.pilot.click(SuggestionList, offset=(3, 0))
        await files_are(stage, "notes.py")
        chip = stage.bench.attachment_bar
        await wait_until(lambda: chip.size.width > 20 and not stage.bench.suggestion_list.has_class("-shown"))
        width = sum(map(len, chip._words(stage.bench.files[0])))
        await stage.pilot.click(chip, offset=(4, 0))
        await wait_until(lambda: isinstance(stage.app.screen, TextView))
        await stage.press("escape")
        await wait_until(lambda: stage.app.screen is stage.screen)
        await stage.pilot.click(chip, offset=(width - 1, 0))
        await files_are(stage)


# -- pastes and chips --------------------------------------------------------------------------------------------------


async def test_a_long_paste_is_a_file_that_can_be_put_back_into_the_text() -> None:
    async with on_stage() as stage:
        await paste(stage, "a line\x1b[0m\r\n" * 5000)
        await files_are(stage, "pasted-1.txt")
        assert "5,000 lines" in screen_text(stage.app)
        assert composer(stage).text == ""
        await stage.press("backspace")
        await wait_until(lambda: stage.bench.attachment_bar.has_focus)
        await stage.press("enter")
        await wait_until(lambda: isinstance(stage.app.screen, TextView))
        await stage.press("escape")
        await wait_until(lambda: stage.app.screen is stage.screen and stage.bench.attachment_bar.has_focus)
        await stage.press("e")
        await wait_until(lambda: composer(stage).document.line_count >= 5000)
        assert stage.bench.files == ()
        assert "\x1b" not in composer(stage).text


async def test_a_short_paste_is_text_and_nothing_in_it_is_a_key() -> None:
    async with on_stage() as stage:
        await paste(stage, "/help\n\x1b[200~\x11")
        assert composer(stage).text == "/help\n[200~"
        assert stage.bench.files == ()


async def test_enter_right_behind_a_long_paste_sends_it() -> None:
    async with on_stage() as stage:
        composer(stage).focus()
        composer(stage).post_message(events.Paste("word\n" * 100))
        await stage.press("enter")
        await wait_until(lambda: len(stage.session.messages) == 2)
        await stage.settle()
        assert stage.entries[0].attachments == ("pasted-1.txt · 500 B",)


async def test_a_pasted_path_is_offered_as_an_attachment_and_stays_text_otherwise(folder: Path) -> None:
    async with on_stage() as stage:
        path = str(folder / "photo.png")
        await paste(stage, path)
        await wait_until(lambda: composer(stage).is_suggesting)
        assert composer(stage).text == path
        await stage.press("tab")
        await files_are(stage, "photo.png")
        assert composer(stage).text == ""
        await paste(stage, path)
        await wait_until(lambda: composer(stage).is_suggesting)
        await stage.press("enter")
        await stage.settle()
        assert stage.entries[0].text == path


async def test_several_pasted_paths_are_attached_in_place_of_the_text(folder: Path) -> None:
    async with on_stage() as stage:
        await stage.type("see ")
        await stage.press("ctrl+j")
        await paste(stage, f"{folder / 'photo.png'}\n{folder / 'notes.py'}\n")
        await wait_until(lambda: composer(stage).is_suggesting)
        await stage.press("tab")
        await wait_until(lambda: len(stage.bench.files) == 2)
        assert composer(stage).text == "see \n"


async def test_a_file_is_named_on_any_line(folder: Path) -> None:
    async with on_stage() as stage:
        await stage.type("one")
        await stage.press("ctrl+j")
        await stage.type("two @notes")
        await wait_until(lambda: offered(stage) == ["notes.py"])
        await stage.press("tab")
        assert composer(stage).text == "one\ntwo @notes.py "
        await stage.press("ctrl+j")
        await stage.type("/vo")
        assert offered(stage) == []


async def test_a_picture_is_shown_removed_and_said_not_to_be_taken(folder: Path) -> None:
    async with on_stage() as stage:
        await stage.press("alt+a")
        await wait_until(lambda: isinstance(stage.app.screen, AttachDialog))
        await stage.type("phot")
        await wait_until(lambda: "photo.png" in screen_text(stage.app))
        await stage.press("enter")
        await files_are(stage, "photo.png")
        await wait_until(lambda: "takes no images" in stage.bench.attachment_bar.problem)
        kept = list((data_dir() / "sessions" / "attachments").iterdir())
        assert len(kept) == 1
        stage.bench.act_go_to_attachments()
        await wait_until(lambda: stage.bench.attachment_bar.has_focus)
        await stage.press("enter")
        await wait_until(lambda: isinstance(stage.app.screen, PictureDialog))
        await wait_until(lambda: "▀" in screen_text(stage.app))
        await stage.press("escape")
        await wait_until(lambda: stage.app.screen is stage.screen and stage.bench.attachment_bar.has_focus)
        await stage.press("delete")
        await files_are(stage)
        await wait_until(lambda: not kept[0].exists())
        await wait_until(lambda: composer(stage).has_focus)


async def test_what_cannot_be_attached_is_said(folder: Path) -> None:
    (folder / "x.bin").write_bytes(b"\0\1")
    async with on_stage() as stage:
        stage.bench.attach_paths(["x.bin", "nothing"])
        await wait_until(lambda: len(stage.app._notifications) == 2)
        assert stage.bench.files == ()


# -- drafts ------------------------------------------------------------------------------------------------------------


async def test_a_draft_is_on_disk_within_a_second_and_gone_once_sent(folder: Path) -> None:
    async with on_stage() as stage:
        await stage.ask("first")
        await stage.type("half a thought")
        stage.bench.attach_paths(["notes.py"])
        await files_are(stage, "notes.py")
        store = DraftStore(data_dir())
        await wait_until(lambda: store.read(stage.session.id).draft.text == "half a thought")
        await wait_until(lambda: len(store.read(stage.session.id).draft.files) == 1)
        assert all(path.stat().st_mode & 0o777 == 0o600 for path in store.folder.iterdir())
        await stage.press("enter")
        await stage.settle()
        assert store.read(stage.session.id).is_empty
        assert list(store.folder.iterdir()) == []


async def test_each_session_keeps_its_own_draft() -> None:
    async with on_stage() as stage:
        await stage.ask("first")
        first = stage.session.id
        await stage.type("in the first")
        await stage.press("ctrl+n")
        await wait_until(lambda: stage.session.id != first)
        assert composer(stage).text == ""
        await stage.type("in a new one")
        assert await stage.bench.open_session(first)
        assert composer(stage).text == "in the first"
        await stage.press("ctrl+n")
        await wait_until(lambda: stage.session.id != first)
        await wait_until(lambda: composer(stage).text == "in a new one")


async def test_what_waited_is_back_after_a_crash(tmp_path: Path) -> None:
    async with on_stage(ENDLESS) as stage:
        await stage.send("first")
        await wait_until(lambda: stage.bench.is_replying)
        for words in ("second", "third"):
            await stage.send(words)
        await stage.type("fourth")
        session_id = stage.session.id
        store = DraftStore(data_dir())
        await wait_until(lambda: store.read(session_id).draft.text == "fourth")
        left = {path.name: path.read_bytes() for path in store.folder.iterdir()}
    for name, content in left.items():  # as if it had been killed then
        (store.folder / name).write_bytes(content)
    async with on_stage(QUICK, resume=session_id) as stage:
        await wait_until(lambda: composer(stage).text == "second\nthird\nfourth")


async def test_a_chat_that_is_never_stored_leaves_nothing(folder: Path) -> None:
    async with on_stage(is_stored=False) as stage:
        await stage.type("a secret thought")
        stage.bench.attach_paths(["notes.py"])
        await files_are(stage, "notes.py")
        await stage.press("enter")
        await stage.settle()
        assert "x = 1" in stage.last.text
        await stage.type("another")
        await stage.bench.keep_draft()
    assert not [path for path in data_dir().rglob("*") if path.is_file() and b"secret" in path.read_bytes()]
    assert not (data_dir() / "drafts").exists()
    assert not (data_dir() / "sessions" / "attachments").exists()


# -- history, queue, editor --------------------------------------------------------------------------------------------


async def test_up_walks_the_prompts_of_all_sessions_and_down_comes_back_to_the_draft() -> None:
    async with on_stage() as stage:
        await stage.ask("one")
        await stage.press("ctrl+n")
        await wait_until(lambda: stage.session.is_empty)
        await stage.ask("two")
        await wait_until(lambda: composer(stage).remembered == ["one", "two"])
        await stage.type("draft")
        await stage.press("up")
        assert composer(stage).text == "two"
        assert composer(stage).draft == "draft"
        await stage.press("up")
        assert composer(stage).text == "one"
        await stage.press("down", "down")
        assert composer(stage).text == "draft"


async def test_an_earlier_prompt_is_found_by_typing() -> None:
    async with on_stage() as stage:
        for words in ("about apples", "about pears"):
            await stage.ask(words)
        await stage.type("draft")
        await stage.press("alt+r")
        await wait_until(lambda: "Earlier prompts" in screen_text(stage.app))
        await stage.type("appl")
        await stage.press("enter")
        await wait_until(lambda: composer(stage).text == "about apples")
        await stage.press("down", "down")
        assert composer(stage).text == "draft"


async def test_waiting_prompts_are_seen_taken_back_and_removed() -> None:
    async with on_stage(ENDLESS) as stage:
        await stage.send("first")
        await wait_until(lambda: stage.bench.is_replying)
        for words in ("second", "third"):
            await stage.send(words)
        await wait_until(lambda: "waits 2/2  third" in screen_text(stage.app))
        await stage.press("alt+q")
        await wait_until(lambda: stage.bench.waiting_bar.has_focus)
        await stage.press("delete")
        await wait_until(lambda: len(stage.bench.waiting_prompts) == 1)
        await stage.press("enter")
        await wait_until(lambda: composer(stage).text == "third")
        assert stage.bench.waiting_prompts == []
        await wait_until(lambda: composer(stage).has_focus)


async def test_the_editor_gets_the_draft_and_gives_it_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from contextlib import contextmanager

    script = tmp_path / "editor"
    script.write_text('#!/bin/sh\nprintf "%s and more" "$(cat "$1")" > "$1"\n')
    script.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(script))
    async with on_stage() as stage:

        @contextmanager
        def suspended() -> Iterator[None]:  # the headless driver cannot be suspended
            yield

        monkeypatch.setattr(stage.app, "suspend", suspended)
        await stage.type("words")
        await stage.press("alt+o")
        await wait_until(lambda: composer(stage).text == "words and more")
        monkeypatch.setenv("VISUAL", os.devnull)
        await stage.press("alt+o")
        await wait_until(lambda: any("cannot be started" in one.message for one in stage.app._notifications))
        assert composer(stage).text == "words and more"


async def test_what_will_be_sent_is_reckoned_with_its_files(folder: Path) -> None:
    async with on_stage(models=("play/it", "play/it")) as stage:
        stage.bench.attach_paths(["notes.py"])
        await files_are(stage, "notes.py")
        (file,) = stage.bench.files
        assert file.tokens > 0
        await wait_until(lambda: f"~{4 + file.tokens} tokens each" in str(composer(stage).border_title))
        await stage.type("x" * 40)
        await wait_until(lambda: f"~{14 + file.tokens} tokens each" in str(composer(stage).border_title))


async def test_the_border_names_whole_keys_only_and_they_can_be_clicked() -> None:
    async with on_stage(size=(120, 24)) as stage:
        composer = stage.screen.composer
        await wait_until(lambda: str(composer.border_subtitle) == composer.key_hint)
        composer.styles.width = 34
        await wait_until(lambda: str(composer.border_subtitle) == "enter sends")
        await stage.type("hello")
        await stage.pilot.click(Composer, offset=(composer.outer_size.width - 6, composer.outer_size.height - 1))
        await wait_until(lambda: stage.last.text == "You said: hello")
        composer.styles.width = 12
        await wait_until(lambda: str(composer.border_subtitle) == "")
        composer.styles.width = "1fr"
        await wait_until(lambda: str(composer.border_subtitle) == composer.key_hint)
