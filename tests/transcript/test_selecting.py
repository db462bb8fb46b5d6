"""Marking and copying: by mouse, by keys, always the source and never half a cluster."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from tests.transcript.host import CODE, HostApp, conversation, reply
from tui.transcript import Entry, Transcript


async def drag(pilot: Pilot[None], start: tuple[int, int], end: tuple[int, int]) -> None:
    await pilot.mouse_down(Transcript, offset=start)
    await pilot.hover(Transcript, offset=end)
    await pilot.mouse_up(Transcript, offset=end)
    await pilot.pause()


async def test_code_blocks_are_copied_exactly_by_their_number() -> None:
    app = HostApp([reply(CODE)])
    async with app.run_test(size=(60, 30)) as pilot:
        await pilot.press("1", "2", "3")
        y = next(y for y, line in enumerate(app.shown) if "copy 2" in line)
        await pilot.click(Transcript, offset=(app.shown[y].index("copy 2") + 1, y))
        await pilot.pause()
        assert app.copies() == [
            ("x = 1\n", "code block 1"),
            ("\techo hi\n", "code block 2"),
            ("\techo hi\n", "code block 2"),
        ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("- a\n  ```make\n  all:\n  \trun\n  ```", "all:\n\trun\n"),
        ("> ```\n> quoted\n> ```", "quoted\n"),
        ("    indented\n    more", "indented\nmore\n"),
        ("```\r\nx\r\ny\r\n```", "x\ny\n"),
        ("```\n" + "a" * 20_000 + "\nb\n```", "a" * 20_000 + "\nb\n"),
        ("```\n" + "".join(f"{n}\n" for n in range(200)) + "```", "".join(f"{n}\n" for n in range(200))),
        ("```\nopen", "open\n"),
    ],
)
async def test_code_is_copied_without_what_stands_around_it(text: str, code: str) -> None:
    app = HostApp([reply(text)])
    async with app.run_test(size=(60, 30)):
        assert app.transcript.code_blocks("r") == [code]


async def test_copying_a_message_and_the_conversation() -> None:
    app = HostApp([Entry("u", "user", "You", "a\tb"), reply("**c**")])
    async with app.run_test(size=(60, 30)) as pilot:
        await pilot.press("y", "Y")
        await pilot.pause()
        assert app.copies() == [("**c**", "the message"), ("## You\n\na\tb\n\n## model\n\n**c**\n", "the conversation")]


async def test_dragging_selects_source_text_without_wraps_and_borders() -> None:
    text = (
        "Some **bold** text that is long enough to wrap over two rows of the screen.\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    )
    app = HostApp([reply(text)])
    async with app.run_test(size=(50, 20)) as pilot:
        await pilot.pause()
        await drag(pilot, (2, 1), (14, 2))
        assert app.transcript.selected_source() == "Some **bold** text that is long enough to wrap over two rows"
        end = next(y for y, line in enumerate(app.shown) if line.startswith("  1 │ 2"))
        await drag(pilot, (2, 1), (6, end))
        assert app.transcript.selected_source() == text[: text.index(" |", text.index("2 |") - 1)]
        await pilot.press("y")
        await pilot.pause()
        assert app.copies() == [(app.transcript.selected_source(), "the selection")]
        await pilot.press("escape")
        assert app.transcript.selected_source() == ""


async def test_dragging_upwards_selects_the_same() -> None:
    app = HostApp([reply("one two three")])
    async with app.run_test(size=(50, 20)) as pilot:
        await pilot.pause()
        await drag(pilot, (8, 1), (6, 1))
        assert app.transcript.selected_source() == "two"


async def test_a_selection_never_splits_a_cluster() -> None:
    app = HostApp([reply("a日👩‍👩‍👧e\u0301z")])
    async with app.run_test(size=(50, 20)) as pilot:
        await pilot.pause()
        await drag(pilot, (4, 1), (6, 1))  # the second cell of 日, the second of the family
        assert app.transcript.selected_source() == "日👩‍👩‍👧"
        await drag(pilot, (7, 1), (7, 1))
        await drag(pilot, (7, 1), (8, 1))
        assert app.transcript.selected_source() == "e\u0301z"


async def test_a_selection_over_messages_holds_their_texts() -> None:
    app = HostApp([Entry("u", "user", "You", "question"), reply("answer")])
    async with app.run_test(size=(50, 20)) as pilot:
        await pilot.pause()
        y = app.shown.index("  answer")
        await drag(pilot, (2, 1), (4, y))
        assert app.transcript.selected_source() == "question\n\nans"


async def test_the_keyboard_selects_too() -> None:
    app = HostApp([reply("one *two*\n\nthree")])
    async with app.run_test(size=(50, 20)) as pilot:
        await pilot.press("shift+right", *["shift+right"] * 4)
        assert app.transcript.selected_source() == "one *t"
        await pilot.press("shift+down", "shift+down")
        assert app.transcript.selected_source() == "one *two*\n\nthree"


async def test_the_caret_goes_anywhere_and_marks_from_there() -> None:
    app = HostApp([Entry("u", "user", "You", "question"), reply("one *two* three\n\nfour 日本 five")])
    async with app.run_test(size=(50, 20)) as pilot:
        await pilot.press("v", "down", "down", "down", "0", "w", "right")
        assert app.transcript.selected_source() == ""
        await pilot.press("v", "w", "shift+right")
        assert app.transcript.selected_source() == "wo* th"
        await pilot.press("down", "down", "dollar_sign")
        assert app.transcript.selected_source() == "wo* three\n\nfour 日本 five"
        await pilot.press("b", "b")
        assert app.transcript.selected_source() == "wo* three\n\nfour 日"
        await pilot.press("y", "v")
        assert app.transcript.selected_source() == ""
        await pilot.press("right", "escape", "right")
        assert app.transcript.selected_source() == ""
        assert [text for text, _ in app.copies()] == ["wo* three\n\nfour 日"]


async def test_the_caret_begins_at_the_cursors_message_and_scrolls_at_the_edges() -> None:
    app = HostApp(conversation(30))
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.press("k", "k", "v", "v", *["left"] * 3)
        assert app.transcript.cursor_entry is not None
        number = app.transcript.cursor_entry[1:]
        assert app.transcript.selected_source().endswith("t")
        await pilot.press("escape", "v", "v", *["up"] * 40)
        await pilot.pause()
        assert app.transcript.selected_source().endswith(f"text {number}"[:1])
        assert not app.transcript.is_following


async def test_two_clicks_mark_the_word_and_three_the_line() -> None:
    app = HostApp([reply("Some cafe\u0301s **are** open\nnow, and more.")])
    async with app.run_test(size=(50, 20)) as pilot:
        await pilot.click(Transcript, offset=(8, 1), times=2)
        await pilot.pause()
        assert app.transcript.selected_source() == "cafe\u0301s"
        await pilot.click(Transcript, offset=(8, 1), times=3)
        await pilot.pause()
        assert app.transcript.selected_source() == "Some cafe\u0301s **are** open"
