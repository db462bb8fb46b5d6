"""Token probabilities: marks and numbers beside the tint, alternatives, branches, perplexity; variants in columns."""

from __future__ import annotations

import math

import pytest

from tests.screens.driving import driving
from tests.screens.staging import Stage, screen_text
from tests.waiting import wait_until
from tui.chat.connections import Connections
from tui.chat.conversation import last_reply
from tui.chat.prefilling import can_prefill
from tui.config import Config
from tui.domain.events import Alternative, TokenLogprob
from tui.domain.record import ColumnAdded, MessageAdded, ReplyStarted, SessionStarted
from tui.domain.session import Message, Session
from tui.screens.choices import NO_ODDS, NO_ODDS_SENT
from tui.screens.token_odds import Branch, TokenOdds, perplexity, summary
from tui.widgets.entries import pager_variants
from tui.widgets.hint_line import HintLine
from tui.widgets.token_field import TokenField

AT = "2026-01-01T00:00:00.000Z"
LIKELY, FAIR, UNLIKELY, RARE = (math.log(share) for share in (0.95, 0.6, 0.3, 0.02))


def message() -> Message:
    found = Message("a", None, "assistant", "2026-01-01T00:00:00.000Z", text="The cat\nsat.", model="x/y")
    found.logprobs = (
        TokenLogprob("The", LIKELY),
        TokenLogprob(" cat", UNLIKELY, (Alternative(" cat", UNLIKELY), Alternative(" dog", FAIR))),
        TokenLogprob("\n", FAIR),
        TokenLogprob("sat", RARE, (Alternative("\x1b[31m", RARE),)),
        TokenLogprob(".", None),
    )
    return found


async def test_marks_and_numbers_stand_beside_the_tint() -> None:
    async with Stage(TokenOdds(message())).run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        text = screen_text(pilot.app)
        assert "The cat₃⏎₆" in text
        assert "sat₀.?" in text
        assert "perplexity" in text
        await pilot.press("n")
        await pilot.pause()
        assert "30.0 %" in screen_text(pilot.app)
        await pilot.press("n")
        await pilot.pause()
        text = screen_text(pilot.app)
        assert "token 4 of 5" in text
        assert "\x1b" not in text


async def test_a_chosen_alternative_is_a_branch() -> None:
    app = Stage(TokenOdds(message()))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await pilot.press("right", "enter", "enter")
        await wait_until(lambda: app.result is not None)
    assert app.result == Branch("The dog")


async def test_where_no_branch_can_be_made_it_is_said() -> None:
    app = Stage(TokenOdds(message(), why_not="It cannot."))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await pilot.pause()
        await pilot.press("right", "enter", "enter")
        await wait_until(lambda: "It cannot." in screen_text(app))
        assert app.result is None


async def test_a_part_of_a_character_is_no_beginning_and_that_is_said() -> None:
    reply = message()
    reply.logprobs = (TokenLogprob("The", LIKELY, (Alternative(r"\xf0\x9f", FAIR),)), TokenLogprob(" cat", LIKELY))
    app = Stage(TokenOdds(reply))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await pilot.pause()
        await pilot.press("enter", "enter")
        await wait_until(lambda: "only a part of a character" in screen_text(app))
        assert app.result is None


async def test_of_many_tokens_none_loses_its_mark_behind_the_scrollbar() -> None:
    reply = message()
    reply.logprobs = tuple(TokenLogprob(f" w{place}", UNLIKELY) for place in range(600))
    async with Stage(TokenOdds(reply)).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        rows = [row for row in screen_text(pilot.app).splitlines() if row.count("₃") > 2]
        assert len(rows) > 5
        assert [row.count("w") for row in rows] == [row.count("₃") for row in rows]


async def test_a_click_puts_the_cursor_on_a_token() -> None:
    async with Stage(TokenOdds(message())).run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        field = pilot.app.screen.query_one(TokenField)
        await pilot.click(field, offset=(3, 1))
        assert field.place == 3
        await pilot.press("up")
        assert field.place == 0


def test_perplexity() -> None:
    assert perplexity((TokenLogprob("a", math.log(0.5)), TokenLogprob("b", math.log(0.125)))) == pytest.approx(4)
    assert perplexity((TokenLogprob("a", None),)) is None


@pytest.mark.parametrize("untold", [-9999.0, -3.4028234663852886e38])
def test_what_is_too_unlikely_to_be_told_gives_no_perplexity(untold: float) -> None:
    words = summary((TokenLogprob("a", math.log(0.5)), TokenLogprob("b", untold)))
    assert words.startswith("perplexity unknown: ")
    assert "2 tokens, 1 less likely than not" in words


def test_a_huge_perplexity_is_short() -> None:
    assert summary((TokenLogprob("a", -600.0),)).startswith("perplexity 3.8e+260 · ")


def test_who_can_go_on() -> None:
    connections = Connections(Config(), environ={})
    assert can_prefill(connections, "local/default", "chat") == ""
    assert can_prefill(connections, "anthropic/x", "chat") == ""
    assert "cannot go on" in can_prefill(connections, "openai/x", "chat")
    assert can_prefill(connections, "openai/x", "completion") == ""


async def test_a_reply_without_odds_says_whether_they_were_asked_for() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("Hello")
        reply = last_reply(drive.session, drive.bench.current_column)
        assert reply is not None
        reply.logprobs = ()
        drive.bench.show_odds(drive.bench.current_view, reply)
        await wait_until(lambda: NO_ODDS in [note.message for note in drive.app._notifications])
        reply.parameters = {"logprobs": 3}
        drive.bench.show_odds(drive.bench.current_view, reply)
        await wait_until(lambda: NO_ODDS_SENT in [note.message for note in drive.app._notifications])


async def test_from_the_reply_to_the_branch() -> None:
    config = "[parameters]\ntokens_per_s = 0\nlogprobs = 3\n"
    async with driving(["demo/tour"], config=config) as drive:
        await drive.say("Hello")
        reply = last_reply(drive.session, drive.bench.current_column)
        assert reply is not None
        await drive.press("alt+p")
        await wait_until(lambda: isinstance(drive.app.screen, TokenOdds))
        await drive.pilot.pause()
        await drive.press("right", "right", "enter", "down", "enter")
        await wait_until(lambda: len(drive.session.variants(reply.id)) == 2)
        await drive.quiet()
        begun = drive.session.variants(reply.id)[1]
        assert begun.text.startswith("".join(token.token for token in reply.logprobs[:2]))
        going_on = last_reply(drive.session, drive.bench.current_column)
        assert going_on is not None
        assert going_on.continues == begun.id
        assert [one.id for one in pager_variants(drive.session, begun)] == [reply.id, begun.id]
        await drive.press("alt+comma")
        await wait_until(lambda: drive.bench.current_column.head == reply.id)
        await drive.press("alt+full_stop")
        await wait_until(lambda: drive.bench.current_column.head == going_on.id)


def test_a_branch_of_one_column_is_no_variant_in_another() -> None:
    session = Session.from_events(
        [
            SessionStarted("s", AT, "parley"),
            ColumnAdded("c1", AT, "demo/echo"),
            ColumnAdded("c2", AT, "demo/echo"),
            MessageAdded("q", AT, None, "user", "Hello"),
            ReplyStarted("r1", AT, "q", "c1", "demo/echo"),
            ReplyStarted("r2", AT, "q", "c2", "demo/echo"),
            MessageAdded("b", AT, "q", "assistant", "Hel", model="demo/echo", edited_from="r1"),
        ]
    )
    pages = {name: [one.id for one in pager_variants(session, session.messages[name])] for name in ("r1", "b", "r2")}
    assert pages == {"r1": ["r1", "b"], "b": ["r1", "b"], "r2": ["r2"]}


async def test_a_reply_without_variants_says_so() -> None:
    async with driving(["demo/echo"]) as drive:
        await drive.say("Hello")
        await drive.bench.act_spread_variants()
        await drive.see("The reply has no variants.")


async def test_variants_are_spread_into_columns() -> None:
    async with driving(["demo/echo"], config="[parameters]\ntokens_per_s = 0\nn = 3\n") as drive:
        await drive.say("Hello")
        await drive.bench.act_spread_variants()
        assert len(drive.session.columns) == 3
        assert len({column.head for column in drive.session.columns.values()}) == 3
        assert [column.parameters.get("n") for column in drive.session.columns.values()] == [3, None, None]


async def test_variants_of_other_columns_stay_with_them() -> None:
    async with driving(["demo/echo", "demo/code"], config="[parameters]\ntokens_per_s = 0\nn = 2\n") as drive:
        await drive.say("Hello")
        await drive.bench.act_spread_variants()
        assert [column.model for column in drive.session.columns.values()] == ["demo/echo", "demo/echo", "demo/code"]
        await drive.bench.act_spread_variants()
        await drive.see("Every variant stands in a column already.")


async def test_the_keys_are_named_as_they_work_where_the_focus_is() -> None:
    app = Stage(TokenOdds(message()))
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_until(lambda: "esc closes" in screen_text(app))
        assert "n next unlikely" in screen_text(app)
        await pilot.click(HintLine, offset=(16, 0))
        await wait_until(lambda: "token 2 of 5" in screen_text(app))
        await pilot.press("enter")
        await wait_until(lambda: "enter go on from it" in screen_text(app) and "esc back" in screen_text(app))
        await pilot.press("escape")
        await wait_until(lambda: "esc closes" in screen_text(app))


async def test_odds_stand_below_each_other_whatever_their_size() -> None:
    shown = message()
    shown.logprobs = (
        TokenLogprob(
            "a",
            LIKELY,
            tuple(Alternative(name, odds) for name, odds in zip("abcd", (LIKELY, RARE, -0.0, -99), strict=True)),
        ),
    )
    app = Stage(TokenOdds(shown))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        rows = [line for line in screen_text(app).splitlines() if "░" in line or "█" in line]
        assert len(rows) == 4
        assert len({min(line.index(bar) for bar in "░█" if bar in line) for line in rows}) == 1
