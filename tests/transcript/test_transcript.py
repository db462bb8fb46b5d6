"""The transcript under keys and mouse."""

from __future__ import annotations

import re

import pytest
from textual.geometry import Region

from tests.transcript.host import OPEN, HostApp, conversation, reply
from tests.waiting import wait_until
from tui.transcript import Entry, MessageState, Transcript


def follows(app: HostApp) -> bool:
    return app.transcript.is_following


async def test_a_conversation_opens_at_its_end_and_lays_out_no_more() -> None:
    app = HostApp(conversation(500))
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        assert "  more" in app.shown
        assert follows(app)
        opened = [view for view in app.transcript.conversation.views.made() if view.document is not None]
        assert len(opened) < 12


async def test_text_streams_into_place_without_a_layout_pass() -> None:
    app = HostApp([reply(state=OPEN)])
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        layouts = app.transcript._layout_updates, app.screen._layout_updates
        for piece in ("Hel", "lo *wor", "ld*\n\n- a", "\n- b"):
            app.transcript.extend("r", piece)
        assert "  Hello world" not in app.shown  # kept until the frame
        await wait_until(lambda: "  Hello world" in app.shown)
        assert "  • b" in app.shown
        app.transcript.close_entry("r", MessageState.DONE, detail="1.2 s")
        await wait_until(lambda: not app.transcript.wants_frame)
        assert app.shown[0].endswith("1.2 s")
        assert (app.transcript._layout_updates, app.screen._layout_updates) == layouts


async def test_only_changed_lines_are_refreshed(monkeypatch: pytest.MonkeyPatch) -> None:
    app = HostApp([reply("one\n\ntwo\n\nthree", state=OPEN)])
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        lines: list[int] = []
        refresh = app.transcript.refresh

        def noting(*regions: Region, **options: bool) -> Transcript:
            lines.extend(region.y for region in regions)
            return refresh(*regions, **options)

        monkeypatch.setattr(app.transcript, "refresh", noting)
        app.transcript.extend("r", " and more")
        await wait_until(lambda: not app.transcript.wants_frame)
        assert lines == [5]


async def test_the_reader_is_never_yanked() -> None:
    app = HostApp([*conversation(30), reply(state=OPEN)])
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.press("pageup")
        await pilot.pause()
        assert not follows(app)
        before = app.shown[:-1]
        for number in range(40):
            app.transcript.extend("r", f"line {number}\n\n")
        await wait_until(lambda: not app.transcript.wants_frame)
        await pilot.pause()
        assert app.shown[:-1] == before
        assert app.transcript.new_lines > 40
        assert "new lines" in app.shown[-1]
        await pilot.press("end")
        await pilot.pause()
        assert follows(app)
        assert any("line 39" in line for line in app.shown)
        assert not any("new lines" in line for line in app.shown)


async def test_rows_that_another_width_makes_are_nothing_new() -> None:
    long = [Entry(f"w{n}", "assistant", "model", "So many words that they wrap. " * 12) for n in range(30)]
    app = HostApp([*long, reply(state=OPEN)])
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.press("home")
        await pilot.resize_terminal(30, 20)
        await pilot.pause()
        for _ in range(12):
            await pilot.press("pagedown")
            assert app.transcript.new_lines == 0
        assert not follows(app)
        app.transcript.extend("r", "one\n\ntwo")
        await wait_until(lambda: not app.transcript.wants_frame)
        assert 1 <= app.transcript.new_lines <= 4


async def test_what_is_new_is_said_at_the_right_and_a_click_there_follows() -> None:
    app = HostApp([*conversation(30), reply(state=OPEN)])
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.press("pageup")
        app.transcript.extend("r", "line\n\n" * 20)
        await wait_until(lambda: not app.transcript.wants_frame)
        assert re.search(r"↓ \d+ new lines$", app.shown[-1])
        await pilot.click(Transcript, offset=(5, 19))
        assert not follows(app)  # a click beside it is a click on the message
        await pilot.click(Transcript, offset=(52, 19))
        assert follows(app)


async def test_without_a_cursor_acts_are_for_what_the_reader_sees() -> None:
    long = Entry("long", "assistant", "model", "\n\n".join(f"line {number}" for number in range(40)))
    app = HostApp([long, *conversation(6)])
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.press("y")
        assert app.copies()[-1][0] == "text 5\n\nmore"
        await pilot.press("home", "y")
        assert app.copies()[-1][0] == long.text


async def test_scrolling_down_to_the_end_follows_again() -> None:
    app = HostApp(conversation(30))
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.press("up", "up")
        assert not follows(app)
        await pilot.press("down", "down")
        assert follows(app)
        await pilot.pause()


async def test_home_end_and_pages_reach_every_row_once() -> None:
    app = HostApp(conversation(12))
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.press("home")
        await pilot.pause()
        assert app.shown[0].endswith("You")
        seen = list(app.shown)
        for _ in range(200):
            await pilot.press("down")
            if app.transcript.is_following:
                break
            seen.append(app.shown[-1])
        assert [line for line in seen if line.startswith("  text")] == [f"  text {number}" for number in range(12)]


@pytest.mark.parametrize("words", [40, 150, 1000])
async def test_who_follows_the_end_follows_it_through_every_size(words: int) -> None:
    app = HostApp([reply("word " * words, state=OPEN)])
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()
        for size in ((60, 20), (60, 12), (80, 24), (20, 6), (120, 40), (30, 10), (60, 50), (60, 12)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert follows(app), size
        app.transcript.extend("r", "more " * 500 + "the end")
        await wait_until(lambda: any("the end" in line for line in app.shown))


async def test_who_reads_further_up_stays_there_when_the_page_grows() -> None:
    app = HostApp(conversation(30))
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.press("pageup", "pageup")
        await pilot.pause()
        first = app.shown[0]
        await pilot.resize_terminal(60, 20)
        await wait_until(lambda: len(app.shown) == 20)
        assert app.shown[0] == first
        assert not follows(app)


async def test_resize_keeps_the_place() -> None:
    text = "\n\n".join(f"paragraph {number} " + "word " * 30 for number in range(60))
    app = HostApp([reply(text)])
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.press("home", "pagedown", "pagedown", "pagedown")
        await pilot.pause()
        top = next(line for line in app.shown if "paragraph" in line).split()[1]
        await pilot.resize_terminal(40, 20)
        await pilot.pause()
        near = [line.split()[1] for line in app.shown if "paragraph" in line]
        assert abs(int(near[0]) - int(top)) <= 1
        await pilot.resize_terminal(80, 20)
        await pilot.pause()
        assert abs(int(next(line for line in app.shown if "paragraph" in line).split()[1]) - int(top)) <= 1


async def test_a_failed_reply_says_why_and_can_be_retried_by_key_and_click() -> None:
    app = HostApp([reply("part", state=MessageState.CUT_SHORT, notice="cut short: the line dropped")])
    async with app.run_test(size=(70, 20)) as pilot:
        await pilot.press("r")
        y = next(y for y, line in enumerate(app.shown) if "cut short: the line dropped" in line)
        x = app.shown[y].index("[retry]")
        await pilot.click(Transcript, offset=(x + 2, y))
        await pilot.pause()
        assert app.requests() == [("r", "retry"), ("r", "retry")]


async def test_a_finished_reply_cannot_be_retried() -> None:
    app = HostApp([reply("all")])
    async with app.run_test(size=(70, 20)) as pilot:
        await pilot.press("r", "less_than_sign", "g", "s")
        await pilot.pause()
        assert app.requests() == [("r", "regenerate"), ("r", "star")]


async def test_variants_are_shown_and_walked() -> None:
    app = HostApp([reply("two", variant=(2, 3))])
    async with app.run_test(size=(70, 20)) as pilot:
        await pilot.pause()
        assert "◂ 2/3 ▸" in app.shown[0]
        await pilot.click(Transcript, offset=(app.shown[0].index("▸"), 0))
        await pilot.press("less_than_sign")
        await pilot.pause()
        assert app.requests() == [("r", "variant-next"), ("r", "variant-previous")]


async def test_reasoning_is_folded_with_its_count_and_opens_by_key_and_click() -> None:
    app = HostApp([reply("answer", reasoning="first\n\nsecond", reasoning_s=2.5)])
    async with app.run_test(size=(70, 20)) as pilot:
        await pilot.pause()
        assert "  ▸ Thought for 2.5 s · 3 lines" in app.shown
        assert "  first" not in app.shown
        await pilot.press("t")
        assert "  first" in app.shown
        await pilot.click(Transcript, offset=(4, 1))
        await pilot.pause()
        assert "  first" not in app.shown


async def test_reasoning_streams_into_an_open_fold() -> None:
    app = HostApp([reply(state=OPEN)])
    async with app.run_test(size=(70, 20)) as pilot:
        app.transcript.extend("r", reasoning="one\n")
        await wait_until(lambda: any("Thinking · 2 lines" in line for line in app.shown))
        await pilot.press("t")
        app.transcript.extend("r", reasoning="\ntwo")
        await wait_until(lambda: "  two" in app.shown)
        app.transcript.extend("r", "the answer")
        await wait_until(lambda: any("Thought · 3 lines" in line for line in app.shown))
        assert app.shown.index("  two") < app.shown.index("  the answer")


async def test_a_break_behind_the_reasoning_is_no_line_of_it() -> None:
    app = HostApp([reply("answer", reasoning="first\nsecond\n")])
    async with app.run_test(size=(70, 20)) as pilot:
        await pilot.pause()
        assert "  ▸ Thought · 2 lines" in app.shown


async def test_long_messages_fold_and_unfold() -> None:
    app = HostApp([Entry("u", "user", "You", "\n".join(f"line {number}" for number in range(500)))])
    async with app.run_test(size=(70, 30)) as pilot:
        await pilot.pause()
        assert any("folded: 500 lines" in line for line in app.shown)
        await pilot.press("z", "end")
        await pilot.pause()
        assert any("line 499" in line for line in app.shown)


async def test_the_cursor_walks_messages_and_asks_for_their_menu() -> None:
    app = HostApp(conversation(10))
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.press("k", "k", "k", "enter")
        await pilot.pause()
        entry = app.transcript.cursor_entry
        assert [fact.entry_id for fact in app.facts if isinstance(fact, Transcript.MenuRequested)] == [entry]
        assert any(line.startswith("▌") for line in app.shown)
        await pilot.press("j")
        assert entry is not None
        assert app.transcript.cursor_entry == f"m{int(entry[1:]) + 1}"


async def test_the_cursor_leaves_no_trace_where_another_message_looks_the_same() -> None:
    entries = [Entry(f"m{number}", "user", "You", "same") for number in range(3)]
    app = HostApp(entries)
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        app.transcript.move_cursor("m1")
        page = Region(0, 0, 60, 20)
        assert any(strip.text.startswith("▌") for strip in app.transcript.render_lines(page))
        app.transcript.set_entries([Entry(f"n{number}", "user", "You", "same") for number in range(3)])
        assert not any(strip.text.startswith("▌") for strip in app.transcript.render_lines(page))


async def test_links_ask_and_open_nothing() -> None:
    app = HostApp([reply("[the page](https://a.b/c)")])
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.click(Transcript, offset=(4, 1))
        await pilot.pause()
        assert [fact.url for fact in app.facts if isinstance(fact, Transcript.LinkRequested)] == ["https://a.b/c"]


@pytest.mark.parametrize(
    "text", ["[@click=app.quit]x[/]", "[x](action:retry)", "[x](javascript:alert)", "<action:delete>"]
)
async def test_clicks_on_injected_text_run_nothing(text: str) -> None:
    app = HostApp([reply(text, state=MessageState.FAILED)])
    async with app.run_test(size=(60, 12)) as pilot:
        for x in range(2, 24):
            await pilot.click(Transcript, offset=(x, 1))
        await pilot.pause()
        assert app.facts == []


async def test_entries_are_updated_and_cut() -> None:
    app = HostApp(conversation(6))
    async with app.run_test(size=(60, 30)) as pilot:
        app.transcript.update_entry("m1", text="changed", starred=True, note="mine")
        await pilot.pause()
        assert "  changed" in app.shown
        assert "  ✎ mine" in app.shown
        app.transcript.truncate_after("m2")
        await pilot.pause()
        assert [line for line in app.shown if line.startswith("  text")] == ["  text 0", "  text 2"]
        with pytest.raises(KeyError):
            app.transcript.extend("m5", "late")
        with pytest.raises(TypeError, match="wrong"):
            app.transcript.update_entry("m0", wrong=1)


async def test_the_final_text_may_be_handed_in_again() -> None:
    app = HostApp([reply(state=OPEN)])
    async with app.run_test(size=(60, 30)):
        app.transcript.extend("r", "streamed *text*")
        app.transcript.update_entry("r", text="streamed *text*")
        app.transcript.close_entry("r", MessageState.DONE)
        await wait_until(lambda: "  streamed text" in app.shown)
        assert app.transcript.conversation.views[0].entry.text == "streamed *text*"


async def test_a_theme_change_repaints() -> None:
    app = HostApp([reply("# Title")])
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()
        before = list(app.transcript.render_line(1))
        app.theme = "textual-light"
        await pilot.pause()
        assert list(app.transcript.render_line(1)) != before


async def test_nothing_ticks_when_nothing_streams() -> None:
    app = HostApp([reply(state=OPEN)])
    async with app.run_test(size=(60, 12)):
        app.transcript.extend("r", "text")
        await wait_until(lambda: not app.transcript.wants_frame and not app.transcript._frame_clock().is_ticking)


async def test_dragging_the_scrollbar_goes_anywhere() -> None:
    app = HostApp(conversation(300))
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        app.transcript.scroll_to(y=0, animate=False)
        await pilot.pause()
        assert app.shown[1] == "  text 0"
        app.transcript.scroll_to(y=app.transcript.max_scroll_y // 2, animate=False)
        await pilot.pause()
        assert 100 < int(next(line for line in app.shown if "text" in line).split()[1]) < 200
        app.transcript.scroll_to(y=app.transcript.max_scroll_y, animate=False)
        await pilot.pause()
        assert follows(app)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("r", "did not fail"),
        ("c", "nothing to continue"),
        ("less_than_sign", "no variants"),
        ("greater_than_sign", "no variants"),
        ("z", "too short to fold"),
        ("t", "without any thinking"),
        ("T", "without any thinking"),
        ("n", "find words first"),
        ("N", "find words first"),
        ("right_square_bracket", "no code block further down"),
        ("left_square_bracket", "no code block further up"),
    ],
)
async def test_a_key_that_can_do_nothing_here_says_so(key: str, words: str) -> None:
    app = HostApp([reply("Short.")])
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.press(key)
        await pilot.pause()
        assert [words in one.message for one in app._notifications] == [True]
