"""Keys that arrive together act in their order, whether they insert something or are bound to something."""

from __future__ import annotations

from textual import events, on
from textual.app import App, ComposeResult

from tests.waiting import wait_until
from tui.widgets.composer import Composer
from tui.widgets.filter_input import FilterInput

NAMES = {"\x7f": "backspace", "\r": "enter", "\n": "ctrl+j", "\x01": "home", "\x1b": "escape"}


class Stage(App[None]):
    """A composer and a field."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[str] = []
        self.acted = 0

    def compose(self) -> ComposeResult:
        """The composer first."""
        yield Composer()
        yield FilterInput("type")

    @on(Composer.Submitted)
    def keep(self, event: Composer.Submitted) -> None:
        """As a screen would: empty the composer, keep what was in it."""
        self.sent.append(event.text)

    def action_key_seen(self) -> None:
        """What a key of the app's does."""
        self.acted += 1

    def arrive(self, typed: str) -> None:
        """All keys at once, as the driver hands them over after one read."""
        for one in typed:
            self.post_message(events.Key(NAMES.get(one, one), one if one.isprintable() else None))


async def test_backspace_and_letters() -> None:
    app = Stage()
    async with app.run_test() as pilot:
        composer = app.query_one(Composer)
        app.arrive("/mo\x7f\x7f\x7flook\x01> ")
        await wait_until(lambda: composer.text == "> look")
        await pilot.pause()
        assert composer.text == "> look"


async def test_enter_sends_what_stood_there_when_it_was_pressed() -> None:
    app = Stage()
    async with app.run_test():
        app.arrive("one\ntwo\rthree")
        await wait_until(lambda: bool(app.sent))
        assert app.sent == ["one\ntwo"]


async def test_a_field_of_one_line() -> None:
    app = Stage()
    async with app.run_test() as pilot:
        field = app.query_one(FilterInput)
        field.focus()
        await wait_until(lambda: field.has_focus)
        app.arrive("abc\x7f\x7fd\x1bxy\x7f")
        await wait_until(lambda: field.value == "x")
        await pilot.pause()
        assert field.value == "x"


async def test_a_key_that_inserts_nothing_paints_no_cursor_before_it_does_what_it_is_bound_to() -> None:
    app = Stage()
    app.bind("f4", "key_seen")
    async with app.run_test() as pilot:
        composer = app.query_one(Composer)
        composer._pause_blink(visible=False)
        await pilot.press("f4", "f5")
        assert app.acted == 1
        assert not composer._cursor_visible
        await pilot.press("a")
        assert composer.text == "a"
        assert composer._cursor_visible
