"""What goes wrong around the app: hostile text, bugs, full disks, pastes that play at being keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events
from textual.css.query import NoMatches

from tests.app.staging import QUICK, on_stage
from tests.waiting import wait_until
from tui.app import make_app
from tui.config import parse_config
from tui.errors import ConfigError, SessionError
from tui.paths import sessions_dir, themes_dir, user_themes_dir

HOSTILE = "\x1b]0;owned\x07 [red]red[/] \u202egnp.exe \x9b31m [@click=app.quit]x[/]"


def _escaped(text: str) -> str:
    return "".join(f"\\u{ord(one):04x}" for one in text)


async def test_hostile_replies_titles_and_notices_stay_text() -> None:
    script = f'[[replies]]\ntext = "{_escaped(HOSTILE)} end"\ntokens_per_s = 0\n'
    async with on_stage(script, size=(140, 40)) as stage:
        await stage.ask("hello")
        stage.app.notify(HOSTILE, title=HOSTILE)
        await stage.pilot.pause()
        shown = stage.shown_text()
        assert "[red]red[/]" in shown
        for character in ("\x1b", "\x07", "\x9b", "\u202e"):
            assert character not in shown
        assert HOSTILE in stage.stored().path(stage.bench.current_column.head)[-1].text


async def test_a_hostile_model_name_stays_text_everywhere() -> None:
    model = "play/[red]x[/] \u202egnp"
    async with on_stage(models=(model,), size=(140, 40)) as stage:
        await stage.ask("hello")
        shown = stage.shown_text()
        assert "[red]x[/]" in shown
        assert "\u202e" not in shown


async def test_a_paste_is_text_and_presses_nothing() -> None:
    async with on_stage() as stage:
        stage.screen.composer.focus()
        stage.screen.composer.post_message(events.Paste("one\r\ntwo\x1b[201~\x11\rthree\tfour"))
        await stage.pilot.pause()
        assert stage.screen.composer.text == "one\ntwo[201~\nthree\tfour"
        assert not stage.entries
        assert stage.app.is_running


async def test_what_is_composed_is_shown_without_steering_the_terminal() -> None:
    async with on_stage() as stage:
        stage.screen.composer.load_text("a\u202eb")
        await stage.pilot.pause()
        assert "\u202e" not in stage.shown_text()
        assert stage.screen.composer.text == "a\u202eb"


async def test_enter_sends_and_ctrl_j_breaks_the_line() -> None:
    async with on_stage() as stage:
        await stage.type("one")
        await stage.press("ctrl+j")
        await stage.type("two")
        await stage.press("alt+enter")
        await stage.type("three")
        assert stage.screen.composer.text == "one\ntwo\nthree"
        assert stage.screen.composer.size.height >= 3
        await stage.press("enter")
        await stage.settle()
        assert stage.last.text == "You said: one\ntwo\nthree"


async def test_an_unexpected_error_ends_the_app_and_prints_no_values(capsys: pytest.CaptureFixture[str]) -> None:
    secret = "sk-canary-0123456789"

    def fail() -> None:
        key = secret
        raise RuntimeError(f"boom {len(key)}")

    async def crash() -> None:
        async with on_stage() as stage:
            stage.app.call_later(fail)
            await wait_until(lambda: stage.app.crash is not None)
            assert isinstance(stage.app.crash, RuntimeError)
            assert stage.app.return_code == 1

    with pytest.raises(RuntimeError, match="boom"):
        await crash()
    printed = capsys.readouterr()
    assert secret not in printed.out + printed.err
    assert "Traceback" not in printed.out + printed.err


async def test_trouble_with_the_disk_is_a_lasting_warning_and_can_be_tried_again() -> None:
    folder = sessions_dir()
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("in the way", encoding="utf-8")
    async with on_stage(folder=folder.parent.parent) as stage:
        await stage.ask("hello")
        assert stage.last.text == "You said: hello"
        assert stage.bench.notice_bar.words
        folder.unlink()
        await stage.bench.act("retry-saving")
        await wait_until(lambda: not stage.bench.notice_bar.words)
        assert len(stage.stored().messages) == 2


async def test_quitting_in_the_middle_of_a_reply_keeps_its_text() -> None:
    script = '[[replies]]\ntext = "word word word word word word word word"\nchunk = "word"\ntokens_per_s = 3.0\n'
    async with on_stage(script) as stage:
        await stage.send("hello")
        await wait_until(lambda: stage.view.head.state == "writing")
        session_id = stage.session.id
        await stage.press("ctrl+q")
        await wait_until(lambda: not stage.app.is_running)
    from tui.store.sessions import SessionStore

    messages = list(SessionStore(sessions_dir()).read(session_id).session.messages.values())
    assert messages[-1].text.startswith("word")
    assert messages[-1].finish is not None


async def test_ctrl_c_twice_quits_and_once_only_says_so() -> None:
    async with on_stage() as stage:
        await stage.press("ctrl+c")
        assert stage.app.is_running
        await stage.press("ctrl+c")
        await wait_until(lambda: not stage.app.is_running)


async def test_nothing_is_kept_on_disk_when_nothing_shall_be() -> None:
    async with on_stage(is_stored=False) as stage:
        await stage.ask("hello")
        assert stage.last.text == "You said: hello"
    assert not list(sessions_dir().glob("*")) if sessions_dir().exists() else True


def test_what_cannot_be_opened_is_one_sentence_before_anything_is_drawn() -> None:
    config = parse_config("")
    with pytest.raises(ConfigError, match="nowhere"):
        make_app(config, models=("nowhere/model",))
    with pytest.raises(SessionError):
        make_app(config, resume="zzz")
    with pytest.raises(ConfigError, match="parley-drak"):
        make_app(config, theme="parley-drak")


async def test_a_broken_theme_file_is_a_message_and_not_a_crash() -> None:
    user_themes_dir().mkdir(parents=True)
    (user_themes_dir() / "mine.toml").write_text("primary = 'no colour'", encoding="utf-8")
    async with on_stage(QUICK) as stage:
        await wait_until(lambda: any("mine" in notification.message for notification in stage.app._notifications))
        await stage.ask("hello")
        assert stage.last.text == "You said: hello"


async def test_every_shipped_theme_draws_the_app() -> None:
    names = sorted(path.stem for path in themes_dir().glob("*.toml"))
    assert "parley-dark" in names
    async with on_stage() as stage:
        await stage.ask("hello")
        await wait_until(lambda: set(names) <= set(stage.app.available_themes))
        for name in names:
            stage.app.theme = name
            await stage.pilot.pause()
            assert "You said: hello" in stage.shown_text()


async def test_a_theme_that_is_gone_is_said_and_another_is_used(tmp_path: Path) -> None:
    async with on_stage(config='theme = "gone"') as stage:
        assert stage.app.theme == "parley-dark"
        await wait_until(lambda: any("gone" in notification.message for notification in stage.app._notifications))


def test_the_app_needs_no_import_of_the_chat_for_its_first_picture() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from tui.config import parse_config; from tui.app import make_app;"
        "make_app(parse_config(''), models=('local/default',));"
        "heavy = {'httpx', 'pydantic', 'markdown_it', 'pygments', 'sqlite3', 'tui.transcript', 'tui.domain.session'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip() == "[]"


async def test_a_dialog_that_comes_up_while_the_app_goes_away_is_no_crash() -> None:
    async with on_stage() as stage:
        app = stage.app
        app._running = False
        app._handle_exception(NoMatches("No nodes match 'PickList' on PickDialog()"))
        app._running = True
        assert app.crash is None
        assert app.is_running
    assert app.return_code in (None, 0)
