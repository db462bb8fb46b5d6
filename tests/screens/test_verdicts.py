"""Votes and blind mode, through the app: nothing leaks before the verdict."""

from __future__ import annotations

import asyncio
import json

import pytest
from textual.widget import Widget

from tests.cli.running import parley
from tests.screens.driving import Drive, driving
from tests.waiting import wait_until
from tests.wire import humanloop
from tests.wire.server import WireServer
from tui.domain import blind
from tui.domain.blind import shown_columns
from tui.paths import sessions_dir
from tui.screens.acts import CHAT_ACTS
from tui.screens.difference import DifferenceScreen
from tui.screens.tree_map import TreeMap
from tui.store.exports import FORMATS, export_session
from tui.store.exports.csv_ import FIELDS
from tui.store.sessions import SessionStore
from tui.widgets.tree_rows import tree_rows

MODELS = ("demo/tour", "demo/reasoning", "demo/markdown")
TELLING = ("tour", "reasoning", "demo/", "tok/s", "ctx ", "Thought", "$0")


def told(drive: Drive) -> list[str]:
    """What on the screen, or in the window's title, tells who is who."""
    text = drive.text + "\n" + drive.app.title
    return [word for word in TELLING if word in text]


async def test_a_vote_is_recorded_with_its_note() -> None:
    async with driving(MODELS) as drive:
        await drive.say("Hello")
        await drive.press("alt+v", "tab", *"good", "down", "enter")
        await wait_until(lambda: drive.session.votes)
        vote = drive.session.votes[-1]
        heads = [column.head for column in drive.session.columns.values()]
        assert list(vote.candidates) == heads
        assert (vote.winner, vote.verdict, vote.note, vote.is_blind) == (heads[1], "winner", "good", False)
        saved = SessionStore(sessions_dir()).read(drive.session.id).session
        assert saved.votes == drive.session.votes


async def test_one_key_goes_on_from_the_winner() -> None:
    async with driving(MODELS) as drive:
        await drive.say("Hello")
        await drive.press("alt+k")
        await drive.see("no winner yet")
        await drive.press("alt+v", "3")
        await wait_until(lambda: drive.session.votes)
        await drive.press("alt+k")
        winner = drive.session.votes[-1].winner
        await wait_until(lambda: {column.head for column in drive.session.columns.values()} == {winner})
        await drive.say("And now?")
        prompts = [message for message in drive.session.messages.values() if message.text == "And now?"]
        assert [prompt.parent for prompt in prompts] == [winner]


async def test_nothing_tells_who_is_who_before_the_vote() -> None:
    async with driving(MODELS, size=(160, 45)) as drive:
        await drive.press("alt+b")
        await wait_until(lambda: drive.bench.desk.blind.is_on)
        await drive.pilot.pause()
        assert told(drive) == []
        await drive.say("Hello")
        assert told(drive) == []
        for keys in (
            ["f2"],
            ["f3"],
            ["f4"],
            ["f5"],
            ["f6"],
            ["f8"],
            ["f8"],
            ["alt+comma"],
            ["ctrl+t"],
            ["alt+w"],
            ["alt+s"],
            ["alt+j"],
        ):
            await drive.press(*keys)
            assert told(drive) == [], keys
        for keys in (
            ["alt+d"],
            ["alt+v"],
            ["f6", "tab"],
            ["alt+m"],
            ["alt+i"],
            ["ctrl+g"],
            ["alt+x"],
            ["f1"],
            ["ctrl+p"],
        ):
            await drive.press(*keys)
            general = {"reasoning"} if keys == ["f1"] else set()  # the help says what folds it
            assert set(told(drive)) <= general, keys
            await drive.press("escape")
        drive.bench.current_view.transcript.focus()
        for key in ("i", "p", "f", "m", "less_than_sign"):
            await drive.press(key)
            assert told(drive) == [], key
            if len(drive.app.screen_stack) > 1:
                await drive.press("escape")
        read = SessionStore(sessions_dir()).read(drive.session.id)
        for form in FORMATS:
            text = export_session(read, form).text.removeprefix(",".join(FIELDS))
            assert not [word for word in (*MODELS, "reasoning", "output_tokens", "thinking", "$0") if word in text], (
                form
            )
        await drive.press("alt+v", "1")
        await wait_until(lambda: not drive.bench.desk.blind.is_on)
        await drive.see("demo/tour")
        assert drive.session.votes[-1].is_blind
        read = SessionStore(sessions_dir()).read(drive.session.id)
        assert "demo/reasoning" in export_session(read, "md").text


async def test_order_is_shuffled_and_a_blind_session_opens_blind() -> None:
    async with driving(MODELS) as drive:
        await drive.press("alt+b")
        await wait_until(lambda: drive.bench.desk.blind.is_on)
        await drive.say("Hello")
        order = [column.id for column in shown_columns(drive.session)]
        assert [view.column_id for view in drive.bench.views] == order
        assert drive.bench.current_id == order[0]
        session_id = drive.session.id
        await drive.press("ctrl+q")
    async with driving((), resume=session_id) as drive:
        assert [view.column_id for view in drive.bench.views] == order
        assert drive.bench.current_id == order[0]
        assert told(drive) == []


async def test_replies_appear_together_so_that_speed_tells_nothing() -> None:
    config = "[parameters]\ntokens_per_s = 0\n"
    async with driving(("demo/echo", "demo/slow"), config=config) as drive:
        slow = next(column for column in drive.session.columns.values() if column.model == "demo/slow")
        slow.parameters = {"tokens_per_s": 20}
        await drive.press("alt+b")
        await wait_until(lambda: drive.bench.desk.blind.is_on)
        drive.chat.composer.load_text("needle")
        drive.chat.composer.focus()
        await drive.press("enter")
        views = {view.column_id: view for view in drive.bench.views}
        echo = next(column for column in drive.session.columns.values() if column.model == "demo/echo")
        await wait_until(lambda: not views[echo.id].is_replying and views[slow.id].is_replying)
        await drive.pilot.pause()
        assert views[echo.id].head.state == "waiting"
        assert drive.text.count("needle") == 2  # the prompt in each column, and no echo yet
        views[slow.id].stop()
        await drive.quiet()
        await wait_until(lambda: drive.text.count("needle") > 2)


async def test_a_column_that_is_off_is_named_where_there_would_be_something_to_compare() -> None:
    async with driving(("demo/tour", "demo/echo")) as drive:

        async def hears(keys: str, words: str) -> None:
            drive.app.clear_notifications()
            await drive.press(keys)
            await wait_until(lambda: any(one.message.endswith(words) for one in drive.app._notifications))

        await drive.press("f7")
        await hears("alt+v", "two columns must have answered the same prompt.")
        await drive.press("f7")
        await drive.say("Hello")
        await drive.press("f7")
        for keys in ("alt+v", "alt+j", "alt+g", "alt+k"):
            await hears(keys, " demo/tour is switched off; f7 in that column switches it on.")
        await drive.press("f6", "f7")
        await hears("alt+v", " demo/tour and demo/echo are switched off; f7 in such a column switches it on.")


async def test_blind_after_names_were_seen_means_a_new_session() -> None:
    async with driving(MODELS) as drive:
        await drive.say("Hello")
        first = drive.session.id
        await drive.press("alt+b")
        await drive.see("Start a new session")
        await drive.press("y")
        await wait_until(lambda: drive.session.id != first and drive.bench.desk.blind.is_on)
        assert sorted(column.model for column in drive.session.columns.values()) == sorted(MODELS)


async def test_the_veil_can_be_lifted_without_a_vote() -> None:
    async with driving(MODELS) as drive:
        await drive.press("alt+b")
        await wait_until(lambda: drive.bench.desk.blind.is_on)
        await drive.press("alt+b")
        await drive.see("without a vote")
        await drive.press("y")
        await wait_until(lambda: not drive.bench.desk.blind.is_on)
        await drive.see("demo/tour")
        assert json.dumps(dict(drive.session.layout)) == "{}"


async def test_the_difference_of_two_columns_and_of_variants() -> None:
    async with driving(("demo/tour", "demo/echo")) as drive:
        await drive.press("alt+d")
        await drive.see("nothing to compare")
        await drive.say("Hello")
        await drive.press("alt+d")
        await wait_until(lambda: isinstance(drive.app.screen, DifferenceScreen))
        await drive.see("− demo/tour")
        await drive.see("+ demo/echo")
        await drive.press("escape")
    async with driving(("demo/tour",)) as drive:
        await drive.say("Hello")
        await drive.press("ctrl+r")
        await drive.quiet()
        await drive.press("alt+d")
        await drive.see("− variant 1")


ENDING_ACTS = frozenset(
    {"new-session", "new-unsaved", "delete-session", "last-session", "blind", "vote", "edit-draft", "install-model"}
    | {"attach-file"}
)
"""What would leave the comparison, lift the veil, start another program, or show the names of files that lie around."""


@pytest.mark.parametrize("size", [(80, 30), (120, 40), (200, 50)])
async def test_no_act_and_no_tooltip_tells_who_is_who(size: tuple[int, int]) -> None:
    models = ("demo/tour", "demo/error", "demo/cut")
    telling = (*TELLING, "demo", "error", "/cut", "Demo")
    async with driving(models, size=size, config=BUDGETED) as drive:

        def leaks() -> list[str]:
            tips = [str(widget.tooltip or "") for widget in drive.app.screen.walk_children(Widget)]
            said = [*tips, drive.text, drive.app.title, str(drive.app.sub_title), drive.chat.hint_line.status]
            return [word for word in telling if word in "\n".join(said)]

        await drive.press("alt+b")
        await wait_until(lambda: drive.bench.desk.blind.is_on)
        await drive.say("Hello")
        assert leaks() == []
        for act in CHAT_ACTS:
            if act.id in ENDING_ACTS or act.own_action:
                continue
            await drive.bench.act(act.id)
            await drive.pilot.pause()
            await drive.quiet()
            assert leaks() == [], act.id
            for _ in range(3):
                if len(drive.app.screen_stack) > 1:
                    await drive.press("escape")
        await drive.bench.act("even-columns")
        drive.chat.composer.load_text("What would it take?")
        await drive.pilot.pause(0.4)
        assert leaks() == []


BUDGETED = (
    "[parameters]\ntokens_per_s = 0\n[budget]\nsession_usd = 5\n"
    "[endpoints.demo.prices.tour]\ninput = 1\noutput = 3\n[endpoints.demo.prices.cut]\ninput = 5\noutput = 9\n"
)


async def test_no_view_on_the_command_line_tells_who_is_who() -> None:
    async with driving(MODELS) as drive:
        await drive.press("alt+b")
        await wait_until(lambda: drive.bench.desk.blind.is_on)
        await drive.say("Hello perihelion")
        session_id = drive.session.id
        await drive.press("ctrl+q")
    for arguments in (
        ["show", session_id],
        ["show", session_id, "--json"],
        ["search", "perihelion"],
        ["search", "perihelion", "--json"],
        *(["export", session_id, "--format", form] for form in ("md", "html", "json", "csv")),
    ):
        done = await asyncio.to_thread(parley, "sessions", *arguments)
        assert done.code == 0, arguments
        text = (done.out + done.err).removeprefix(",".join(FIELDS))
        assert not [word for word in (*MODELS, "demo", "tok/s", "thinking", "$0") if word in text], arguments


async def test_a_vote_is_passed_on_to_a_provider_that_keeps_ratings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUMANLOOP_API_KEY", humanloop.KEY)
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    async with WireServer(humanloop.make_handler()) as server:
        config = f'[endpoints.humanloop]\nbase_url = "{server.url}/v4"\n'
        async with driving(("humanloop/gpt-4o", "humanloop/gpt-4o"), config=config) as drive:
            await drive.say("Hello")
            await drive.press("alt+v", "1")
            await drive.see("Passed on to the provider: 1 rating.")
        rated = [request.json for request in server.requests if request.path.endswith("/feedback")]
    assert [one["value"] for one in rated] == ["good"]


async def test_a_blind_vote_tells_columns_of_one_model_apart() -> None:
    async with driving(["demo/echo", "demo/echo"]) as drive:
        await drive.press("alt+b")
        await wait_until(lambda: drive.bench.desk.blind.is_on)
        await drive.say("Hello")
        places = {column.id: place for place, column in enumerate(drive.session.columns.values(), 1)}
        first = shown_columns(drive.session)[0]
        await drive.press("alt+v", "t")
        await drive.see(f"A was demo/echo #{places[first.id]}")


async def test_the_map_tells_no_order_while_blind() -> None:
    models = ("demo/echo", "demo/tour", "demo/code")
    async with driving(models, size=(160, 40)) as drive:
        ids = list(drive.session.columns)
        mark = blind.begin(drive.session, shuffle=lambda names: names.reverse())
        await drive.bench.commit([mark])
        await drive.bench._show_anew()
        await drive.say("Hello")
        rows = tree_rows(drive.session, drive.bench.desk.blind, ids[2])
        found = [" ".join(row.text.split()[:3]) for row in rows[1:]]
        assert found == ["├─◆ ●1 A:", "├─◆ ○2 B:", "└─◆ ○3 C:"]
        by_name = [message.column for message in map(drive.session.messages.__getitem__, [row.id for row in rows[1:]])]
        assert by_name == ids[::-1]
        await drive.press("alt+m", "alt+left")
        screen = drive.app.screen
        assert isinstance(screen, TreeMap)
        row = screen.pick_list.current
        assert row is not None
        assert " B: " in row.text


async def test_a_new_session_out_of_a_blind_one_does_not_tell_which_column_was_folded() -> None:
    async with driving(MODELS, size=(160, 40)) as drive:
        await drive.bench.act("blind")
        await drive.say("Hello")
        before = drive.session.id
        await drive.press("alt+h")
        await wait_until(lambda: drive.bench.arrangement.folded)
        await drive.press("ctrl+n")
        await wait_until(lambda: drive.session.id != before)
        assert not drive.bench.arrangement.folded
        assert [column.model for column in drive.session.columns.values()] == [*MODELS]
