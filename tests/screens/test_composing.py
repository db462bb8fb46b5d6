"""Writing a prompt in the whole app: by mouse alone, words, suggestions, what the border says."""

from __future__ import annotations

from pathlib import Path

from tests.app.staging import ENDLESS, QUICK, on_stage
from tests.screens.staging import screen_text
from tests.screens.writing import composer, files_are, offered
from tests.waiting import wait_until
from tui.screens.acts import CHAT_ACTS
from tui.screens.chat import ChatScreen
from tui.screens.edit_text import TextDialog
from tui.screens.text_view import TextView
from tui.screens.words import acts_by_id, all_words
from tui.screens.workbench import Workbench
from tui.widgets.composer import Composer
from tui.widgets.suggestions import SuggestionList

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


async def test_what_was_set_is_said_as_it_is_written_and_whether_it_is_sent() -> None:
    async with on_stage() as stage:
        for words, said in (
            ('/set stop=["a", "b"]', 'stop = ["a", "b"].'),
            ("/set stream=false", "stream = false."),
            ("/set top_k=5", "top_k = 5 is kept, not sent: a script has no such parameter."),
            ("/set stop null", "stop is unset."),
        ):
            composer(stage).load_text(words)
            await stage.press("enter")
            await wait_until(lambda said=said: any(note.message == said for note in stage.app._notifications))  # type: ignore[misc]


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
