"""Figures, the board, a judge, a merged reply: through the app."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.screens.driving import driving
from tests.waiting import wait_until
from tui.chat.prices import spent_usd
from tui.chat.votes import Pair
from tui.cli.main import run
from tui.domain.record import SessionMarked, now
from tui.paths import sessions_dir
from tui.screens.board import BoardScreen, Verdicts, since, wanted
from tui.screens.edit_text import TextDialog
from tui.screens.judgement import JudgementDialog
from tui.screens.shelves import ModelDialog
from tui.screens.summary import SummaryScreen
from tui.store.exports import export_session
from tui.store.sessions import SessionStore
from tui.store.spending import spent_since, start_of_day
from tui.text.widths import cell_width
from tui.widgets.pick_list import Row

MODELS = ("demo/tour", "demo/echo")


def court(folder: Path, winner: str) -> str:
    """A configuration with a judge who always names the same letter."""
    said = json.dumps({"scores": {"A": 7, "B": 5}, "winner": winner, "reason": "It is clearer."})
    (folder / "judge.toml").write_text(f"[[replies]]\ntext = '{said}'\n", encoding="utf-8")
    script = folder / "judge.toml"
    return (
        "[parameters]\ntokens_per_s = 0\n"
        f'[endpoints.court]\ndialect = "scripted"\nscript = "{script}"\nmodels = ["judge"]\n'
    )


async def test_figures_of_the_turn_and_the_session_are_told() -> None:
    async with driving(MODELS) as drive:
        await drive.say("Hello")
        await drive.say("Again")
        await drive.press("alt+s")
        await wait_until(lambda: isinstance(drive.app.screen, SummaryScreen))
        await drive.see("The last turn")
        text = drive.text
        for words in ("“Again”", "Spread: ", "The session", "4 replies", "demo/echo", "first token", "~"):
            assert words in text
        await drive.press("escape")


async def test_figures_go_to_a_file_that_is_never_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with driving(MODELS) as drive:
        await drive.say("Hello")
        for _ in range(2):
            await drive.press("alt+s", "e", "enter")
            await drive.pilot.pause()
        file = tmp_path / f"figures-{drive.session.id}.csv"
        await wait_until(file.exists)
        with file.open(encoding="utf-8") as opened:
            assert [row["model"] for row in csv.DictReader(opened)] == list(MODELS)
        await drive.see("is there already")


async def test_the_board_reads_all_sessions_and_filters() -> None:
    async with driving(MODELS) as drive:
        for _ in range(5):
            await drive.say("Hello")
            await drive.press("alt+v", "1")
            await drive.pilot.pause()
        await drive.bench.act("board")
        await wait_until(lambda: isinstance(drive.app.screen, BoardScreen))
        await drive.see("●")
        assert "demo/tour" in drive.text
        await drive.press("g")
        await drive.see("No model has judged yet")
        await drive.press("g", "d")
        await drive.see("the last 7 days")
        await drive.press("t")
        await drive.see("No session with votes has a tag.")


async def test_the_board_filters_by_tag_and_by_mouse() -> None:
    async with driving(MODELS) as drive:
        await drive.say("Hello")
        await drive.press("alt+v", "1")
        await drive.pilot.pause()
        await drive.bench.commit([SessionMarked(now(), tags=("colours",))], durable=True)
        await drive.bench.act("board")
        await drive.see("not enough votes yet")
        box = drive.app.screen.query_one(".dialog-box")
        hint = str(box.border_subtitle)

        async def click(words: str) -> None:
            await drive.pilot.pause()
            offset = (box.outer_size.width - 3 - cell_width(hint) + hint.index(words), box.outer_size.height - 1)
            await drive.pilot.click(".dialog-box", offset=offset)

        await click("d time")  # what has the focus does not know the key: the dialog does
        await drive.see("the last 7 days")
        await click("t tag")
        await drive.see("Only sessions with the tag")
        await drive.press(*"colours", "enter")
        await drive.see("tag “colours”")
        await click("g judges")
        await drive.see("judging models")
        await click("esc closes")
        await wait_until(lambda: not isinstance(drive.app.screen, BoardScreen))


def test_an_empty_board_says_what_would_fill_it() -> None:
    seen = BoardScreen(SessionStore(sessions_dir()), print)
    seen._verdicts = Verdicts(mine=[Pair("a/x", "b/y", 1.0, "2020-01-01T00:00:00.000Z")])
    assert "d chooses another time" in seen._why_empty()
    seen._is_judged = True
    assert "No model has judged yet" in seen._why_empty()
    seen._verdicts = Verdicts()
    seen._is_judged = False
    assert "There are no votes yet" in seen._why_empty()


async def test_the_board_writes_what_the_command_line_prints_and_stays(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with driving(MODELS) as drive:
        await drive.say("Hello")
        await drive.press("alt+v", "1")
        await drive.bench.act("board")
        await drive.see("not enough votes yet")
        for form, key in (("csv", "c"), ("json", "j")):
            await drive.press(key)
            await drive.see("Write to the file")
            await drive.press("enter")
            await wait_until((tmp_path / f"board.{form}").exists)
            await wait_until(lambda: isinstance(drive.app.screen, BoardScreen))
    for form in ("csv", "json"):
        assert run(["board", f"--{form}"]) == 0
        assert (tmp_path / f"board.{form}").read_text("utf-8") == capsys.readouterr().out


async def test_few_votes_are_no_rank() -> None:
    async with driving(MODELS) as drive:
        await drive.say("Hello")
        await drive.press("alt+v", "1")
        await drive.bench.act("board")
        await drive.see("not enough votes yet")


@pytest.mark.parametrize(("said", "words", "votes"), [("tie", "A tie, in both orders", 2), ("A", "orders disagree", 1)])
async def test_a_judge_is_asked_in_both_orders(tmp_path: Path, said: str, words: str, votes: int) -> None:
    async with driving(MODELS, config=court(tmp_path, said)) as drive:
        await drive.say("Hello")
        await drive.press("alt+v", "1")
        await drive.press("alt+j", *"court", "slash", *"judge", "enter")  # no list has it: its server was never asked
        await drive.see("Rubric")
        await drive.press("ctrl+s")
        await wait_until(lambda: isinstance(drive.app.screen, JudgementDialog))
        await drive.see(words)
        await drive.see("It is clearer.")
        await wait_until(lambda: len(drive.session.votes) == votes)
        if votes == 2:
            assert drive.session.votes[-1].judge == "court/judge"
            await drive.see("judges agreed with you on 0 of 1 pairs")


async def test_a_judge_that_cannot_be_understood_is_a_sentence() -> None:
    async with driving(MODELS) as drive:
        await drive.say("Hello")
        await drive.press("alt+j", *"tour", "enter")
        await drive.see("Rubric")
        await drive.press("ctrl+s")
        await drive.see("did not answer in the form asked for")


async def test_a_merged_reply_stands_in_its_own_column_and_names_its_sources() -> None:
    async with driving(MODELS, size=(180, 40)) as drive:
        await drive.say("Hello")
        heads = tuple(column.head for column in drive.session.columns.values())
        await drive.press("alt+g", *"echo", "enter")
        await wait_until(lambda: len(drive.session.columns) == 3)
        await drive.quiet()
        merged = [message for message in drive.session.messages.values() if message.sources]
        assert [message.sources for message in merged] == [heads]
        prompt = drive.session.messages[heads[0] or ""].parent
        assert merged[0].parent == prompt
        assert "<answer>" in merged[0].text  # the echo shows what was asked
        await drive.see("written from the replies of")


def test_time_and_tags_filter() -> None:
    old, new = Pair("a", "b", 1, "2020-01-01T00:00:00Z"), Pair("a", "b", 0, "2999-01-01T00:00:00Z", ("x",))
    assert wanted([old, new], "", since(7)) == [new]
    assert wanted([old, new], "x", "") == [new]
    assert wanted([old, new], "", "") == [old, new]


async def test_the_figures_name_the_prices_and_their_day(tmp_path: Path) -> None:
    (tmp_path / "talk.toml").write_text('[[replies]]\ntext = "one two"\n', encoding="utf-8")
    config = (
        "[parameters]\ntokens_per_s = 0\n"
        f'[endpoints.shop]\ndialect = "scripted"\nscript = "{tmp_path / "talk.toml"}"\nmodels = ["talk"]\n'
        '[endpoints.shop.prices.talk]\ninput = 0.5\noutput = 1000\nas_of = "2026-01-31"\n'
    )
    async with driving(["shop/talk", "demo/echo"], config=config, size=(140, 50)) as drive:
        await drive.say("Hello")
        await drive.press("alt+s")
        await drive.see("shop/talk: 0.5 in, 1000 out (configured, 2026-01-31)")
        await drive.see("2 replies, ~$")


async def test_what_judges_and_titles_take_is_spent_in_the_session_on_disk_and_in_exports(tmp_path: Path) -> None:
    prices = "[endpoints.court.prices.judge]\ninput = 0\noutput = 1000\n"
    async with driving(MODELS, config=court(tmp_path, "A") + prices, size=(140, 50)) as drive:
        await drive.say("Hello")
        await drive.press("alt+j", *"court", "slash", *"judge", "enter")
        await drive.see("Rubric")
        await drive.press("ctrl+s")
        await drive.see("orders disagree")  # so that there is no vote that it could stand with
        await drive.press("escape")
        await drive.bench.act_suggest_title()
        await wait_until(lambda: len(drive.session.asides) == 3)
        await wait_until(lambda: isinstance(drive.app.screen, TextDialog))
        await drive.press("escape")
        aside = sum(one.cost_usd or 0.0 for one in drive.session.asides)
        assert aside > 0
        spent = aside + sum(one.cost_usd or 0.0 for one in drive.session.messages.values())
        assert spent_usd(drive.session) == pytest.approx(spent)
        await drive.press("alt+s")
        await drive.see("Besides: judge court/judge, 2 requests")
        await drive.see("Besides: title demo/tour, 1 request,")
        session_id = drive.session.id
        await drive.press("escape", "ctrl+q")
    store = SessionStore(sessions_dir())
    assert spent_since(store, start_of_day()) == pytest.approx(spent)
    words = f"- Cost: ~${spent:.6g} (~${aside:.6g} of it for judging and titles)"
    assert words in export_session(store.read(session_id), "md").text
    store.delete(session_id)
    assert spent_since(store, start_of_day()) == pytest.approx(spent)


async def test_who_judges_is_offered_at_once_and_what_listings_add_as_it_comes(tmp_path: Path) -> None:
    config = court(tmp_path, "A") + (
        '[endpoints.quiet]\ndialect = "openai-chat"\nbase_url = "http://127.0.0.1:9/v1"\nmodels = ["owl"]\n'
    )
    async with driving(MODELS, config=config) as drive:
        await drive.say("Hello")
        shelf = drive.bench.shelf
        await wait_until(lambda: shelf.was_probed and not shelf.loading)
        shelf.installed = ("smollm2-135m",)
        for name in ("court", "quiet"):
            shelf.listings.pop(name, None)
        drive.bench.act_judge()
        dialog = drive.app.screen
        assert isinstance(dialog, ModelDialog)
        at_once = [row.id for row in dialog.all_rows]
        assert at_once[:2] == list(MODELS)
        assert {"quiet/owl", "court/judge", "local/default", "local/smollm2-135m"} <= {*at_once}
        assert "demo/markdown" in at_once or "demo" not in shelf.listings
        await wait_until(lambda: "demo/markdown" in [row.id for row in dialog.all_rows])
        await drive.press(*"markd")
        await drive.see("demo/markdown")
        assert not any("as typed" in row.detail for row in dialog.all_rows)
        dialog.show_rows([*dialog.all_rows, Row("late/markdown", "late/markdown")])
        await drive.see("late/markdown")
