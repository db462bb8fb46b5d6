"""What a prompt takes is said, and a ceiling asks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.chat.files_of_all_kinds import png
from tests.screens.driving import Drive, driving
from tests.waiting import wait_until
from tui.paths import sessions_dir
from tui.store.sessions import SessionStore
from tui.store.spending import KEPT, as_written, keep_spent, spent_since, start_of_day


def shop(folder: Path, budget: str = "") -> str:
    """Two models that cost a dollar for each thousand tokens out, and answer in a few words."""
    (folder / "talk.toml").write_text('[[replies]]\ntext = "one two three"\n', encoding="utf-8")
    return (
        "[parameters]\ntokens_per_s = 0\nmax_tokens = 100\n"
        f'[endpoints.shop]\ndialect = "scripted"\nscript = "{folder / "talk.toml"}"\nmodels = ["talk"]\n'
        "[endpoints.shop.prices.talk]\ninput = 0\noutput = 1000\n"
        f"{budget}\n"
    )


async def type_text(drive: Drive, text: str) -> None:
    drive.chat.composer.focus()
    await drive.press(*text)


async def test_what_a_prompt_takes_stands_on_the_composer(tmp_path: Path) -> None:
    async with driving(["shop/talk", "shop/talk", "demo/echo"], config=shop(tmp_path)) as drive:
        await type_text(drive, "hello")
        await drive.see("to all 3 columns · ~6 tokens each, ~$0.20 + 1 without a price")
        await drive.press(*["backspace"] * 5)
        await wait_until(lambda: "tokens" not in str(drive.chat.composer.border_title))


async def test_a_picture_counts_where_it_is_sent_only(tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(png())
    sees = '[endpoints.sees]\ndialect = "openai-chat"\nbase_url = "http://127.0.0.1:9/v1"\nmodels = ["m"]\n'
    async with driving(["demo/echo", "sees/m"], config=shop(tmp_path) + sees) as drive:
        drive.chat.bench.attach_paths([str(tmp_path / "photo.png")])
        await wait_until(lambda: len(drive.chat.bench.files) == 1)
        await type_text(drive, "hello")
        await drive.see("~6 to ~806 tokens")


async def test_the_session_ceiling_asks_before_it_is_crossed(tmp_path: Path) -> None:
    config = shop(tmp_path, "[budget]\nsession_usd = 0.101")
    async with driving(["shop/talk"], config=config) as drive:
        await drive.say("first")
        assert len(drive.session.messages) == 2
        await type_text(drive, "second")
        await drive.press("enter")
        await drive.see("ceiling is $0.10")
        await drive.press("n")
        await wait_until(lambda: drive.chat.composer.text == "second")
        assert len(drive.session.messages) == 2
        await drive.press("enter")
        await drive.see("ceiling is $0.10")
        await drive.press("y")
        await wait_until(lambda: len(drive.session.messages) == 4)
        await drive.quiet()
        await drive.say("third")  # agreed until as much again is spent
        assert len(drive.session.messages) == 6


async def test_the_day_ceiling_counts_other_sessions(tmp_path: Path) -> None:
    async with driving(["shop/talk"], config=shop(tmp_path)) as drive:
        for number in range(3):
            await drive.say(f"prompt {number}")
        session_id = drive.session.id
        spent = sum(one.cost_usd or 0.0 for one in drive.session.messages.values())
        await drive.press("ctrl+q")
    store = SessionStore(sessions_dir())
    assert spent > 0
    assert abs(spent_since(store, start_of_day()) - spent) < 1e-9
    assert spent_since(store, start_of_day(), leave_out=session_id) == 0
    assert spent_since(store, datetime.now(UTC) + timedelta(days=1)) == 0
    config = shop(tmp_path, f"[budget]\nday_usd = {spent + 0.05}")
    async with driving(["shop/talk"], config=config) as drive:
        await type_text(drive, "more")
        await drive.press("enter")
        await drive.see("The day’s ceiling")
        await drive.press("escape")
        await wait_until(lambda: drive.chat.composer.text == "more")


async def test_another_reply_is_guarded_too(tmp_path: Path) -> None:
    config = shop(tmp_path, "[budget]\nsession_usd = 0.101")
    async with driving(["shop/talk"], config=config) as drive:
        await drive.say("first")
        await drive.press("ctrl+r")
        await drive.see("ceiling is $0.10")
        await drive.press("y")
        await wait_until(lambda: len(drive.session.messages) == 3)
        await drive.quiet()


async def test_editing_judging_and_merging_ask_before_a_ceiling_is_crossed_too(tmp_path: Path) -> None:
    config = shop(tmp_path, "[budget]\nsession_usd = 0.15")
    async with driving(["demo/echo", "demo/tour"], config=config) as drive:
        await drive.say("first")
        for keys in (["alt+j", *"shop", "enter", "ctrl+s"], ["alt+g", *"shop", "enter"]):
            drive.bench.shelf.recent.insert(0, "shop/talk")
            await drive.press(*keys[:-1])
            await drive.press(keys[-1])
            await drive.see("ceiling is $0.15")
            await drive.press("n")
            await drive.quiet()
        assert len(drive.session.columns) == 2
        assert not drive.session.votes
    async with driving(["shop/talk"], config=shop(tmp_path, "[budget]\nsession_usd = 0.05")) as drive:
        drive.chat.composer.focus()
        await drive.press(*"first", "enter")
        await drive.see("ceiling is $0.05")
        await drive.press("y")
        await wait_until(lambda: len(drive.session.messages) == 2)
        await drive.quiet()
        drive.bench._agreements = None
        await drive.press("ctrl+o")
        await drive.see("ctrl+s asks again")
        await drive.press(*"!", "ctrl+s")
        await drive.see("ceiling is $0.05")


async def test_while_blind_a_ceiling_asks_without_telling_what_a_model_costs(tmp_path: Path) -> None:
    config = shop(tmp_path, "[budget]\nsession_usd = 0.05")
    async with driving(["shop/talk", "demo/echo"], config=config) as drive:
        await drive.bench.act("blind")
        await wait_until(lambda: drive.bench.desk.blind.is_on)
        await type_text(drive, "first")
        await drive.press("enter")
        await drive.see("may cross the session’s ceiling of $0.05")
        assert "$0.10" not in drive.text
        assert "spent" not in drive.text
        await drive.press("y")
        await wait_until(lambda: len(drive.session.messages) == 3)
        await drive.quiet()


async def test_what_is_emptied_from_the_trash_was_paid_today_all_the_same(tmp_path: Path) -> None:
    async with driving(["shop/talk"], config=shop(tmp_path)) as drive:
        await drive.say("first")
        await drive.press("ctrl+q")
    store = SessionStore(sessions_dir())
    spent = spent_since(store, start_of_day())
    assert spent > 0
    for session in list(store.entries()):
        store.delete(session.id)
    assert spent_since(store, start_of_day()) == spent
    assert store.empty_trash() == 1
    assert spent_since(store, start_of_day()) == spent
    assert store.empty_trash() == 0
    assert spent_since(store, start_of_day()) == spent
    assert spent_since(store, datetime.now(UTC) + timedelta(days=1)) == 0
    kept = (sessions_dir().parent / KEPT).read_text(encoding="utf-8")
    assert "first" not in kept
    assert "talk" not in kept


def test_of_days_gone_by_nothing_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "sessions"
    yesterday = as_written(start_of_day() - timedelta(seconds=1))
    keep_spent(folder, [(yesterday, 1.0)])
    assert not (tmp_path / KEPT).exists()
    (tmp_path / KEPT).write_text(f'{{"event":"spent","at":"{yesterday}","cost_usd":1.0}}\nnonsense "cost_usd":\n')
    keep_spent(folder, [(as_written(datetime.now(UTC)), 0.25)])
    assert spent_since(SessionStore(folder), start_of_day() - timedelta(days=2)) == 0.25


@pytest.mark.parametrize("is_stored", [True, False])
async def test_chats_that_are_never_stored_count_for_the_day_where_it_has_a_ceiling(
    tmp_path: Path, is_stored: bool
) -> None:
    """They leave moment and amount on disk, and only there where a ceiling could not hold otherwise."""
    config = shop(tmp_path, "[budget]\nday_usd = 0.102")
    async with driving(["shop/talk"], config=config, is_stored=is_stored) as drive:
        if is_stored:
            await drive.press("alt+n")
            await wait_until(lambda: drive.bench.desk.journal is None)
        await drive.say("first")
        await drive.press("ctrl+n" if is_stored else "alt+n")
        await wait_until(lambda: not drive.session.messages)
        await type_text(drive, "more")
        await drive.press("enter")
        await drive.see("The day’s ceiling")
        await drive.press("escape")
    assert not list(sessions_dir().glob("*.jsonl"))
    assert "first" not in (sessions_dir().parent / KEPT).read_text(encoding="utf-8")


async def test_without_a_ceiling_chats_that_are_never_stored_leave_nothing(tmp_path: Path) -> None:
    async with driving(["shop/talk"], config=shop(tmp_path), is_stored=False) as drive:
        await drive.say("first")
        await drive.press("ctrl+q")
    assert not (sessions_dir().parent / KEPT).exists()


async def test_a_chat_that_is_stored_after_all_counts_once(tmp_path: Path) -> None:
    config = shop(tmp_path, "[budget]\nday_usd = 1")
    async with driving(["shop/talk"], config=config) as drive:
        await drive.press("alt+n")
        await drive.say("first")
        spent = sum(one.cost_usd or 0.0 for one in drive.session.messages.values())
        await drive.bench.act("keep-session")
        await drive.press("ctrl+q")
    assert spent_since(SessionStore(sessions_dir()), start_of_day()) == spent > 0
