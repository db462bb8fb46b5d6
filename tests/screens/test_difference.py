"""The screen that shows how two replies differ."""

from __future__ import annotations

from tests.screens.staging import Stage, screen_text
from tests.waiting import wait_until
from tui.screens.difference import DifferenceScreen, Version

OLD = "Parley keeps every word.\n\n    print(1)\n\nThe end."
NEW = "Parley keeps each word.\n\n    print(2)\n\nThe end."


def words(screen: DifferenceScreen) -> str:
    return screen_text(screen.app)


async def test_differences_are_walked_and_laid_out_both_ways() -> None:
    screen = DifferenceScreen([Version("one/a", OLD), Version("two/b", NEW)])
    async with Stage(screen).run_test(size=(100, 30)) as pilot:
        await wait_until(lambda: screen.view.count == 2)
        await pilot.pause()
        text = words(screen)
        assert "difference 1 of 2" in text
        assert "− Parley keeps every word." in text
        assert "+ Parley keeps each word." in text
        assert any("every" in line and "each" in line for line in text.splitlines())  # side by side
        await pilot.press("n")
        await pilot.pause()
        assert "difference 2 of 2" in words(screen)
        await pilot.press("u")
        await pilot.pause()
        assert not any("every" in line and "each" in line for line in words(screen).splitlines())
        assert "−     print(1)" in words(screen)
        await pilot.press("p", "x")
        await wait_until(lambda: "+ Parley keeps every word." in words(screen))


async def test_other_replies_are_chosen_with_the_arrows() -> None:
    screen = DifferenceScreen([Version("one/a", OLD), Version("two/b", NEW), Version("three/c", OLD)])
    async with Stage(screen).run_test(size=(100, 30)) as pilot:
        await wait_until(lambda: screen.view.count == 2)
        await pilot.press("right")
        await wait_until(lambda: "no difference" in words(screen))
        assert "three/c" in words(screen)


async def test_hostile_text_is_cleaned() -> None:
    screen = DifferenceScreen([Version("a\x1b[31m", "x\x1b]0;y\x07 [b]"), Version("b", "z")])
    async with Stage(screen).run_test(size=(100, 30)):
        await wait_until(lambda: screen.view.count == 1)
        assert "\x1b" not in words(screen)
        assert "[b]" in words(screen)


async def test_beside_a_scrollbar_no_letter_is_lost() -> None:
    """The bar takes the last column; the words that stood there were cut, at 80 cells one of each line at the right."""
    old = " ".join(f"w{place}" for place in range(400))
    new = " ".join(f"v{place}" for place in range(400))
    screen = DifferenceScreen([Version("one/a", old), Version("two/b", new)])
    async with Stage(screen).run_test(size=(80, 24)) as pilot:
        await wait_until(lambda: screen.view.count == 1)
        for is_unified in (False, True):
            screen.view.is_unified = is_unified
            seen: set[str] = set()
            screen.view.scroll_to(y=0, animate=False)
            while True:
                await pilot.pause()
                seen.update(words(screen).split())
                if screen.view.scroll_y >= screen.view.max_scroll_y:
                    break
                screen.view.action_scroll_rows(5)
            assert not {f"{side}{place}" for side in "wv" for place in range(400)} - seen
