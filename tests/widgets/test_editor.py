"""What an editor can do beyond the toolkit's text area."""

from __future__ import annotations

from textual.app import App, ComposeResult

from tui.widgets.editor import Editor


class Stage(App[None]):
    """An editor alone."""

    def compose(self) -> ComposeResult:
        """Three lines."""
        yield Editor("first\nsecond\nthird")


async def test_to_both_ends_of_the_text_and_selecting_on_the_way() -> None:
    app = Stage()
    async with app.run_test() as pilot:
        editor = app.query_one(Editor)
        editor.focus()
        await pilot.press("ctrl+home", "x", "ctrl+end", "y")
        assert editor.text == "xfirst\nsecond\nthirdy"
        await pilot.press("up", "ctrl+shift+home")
        assert editor.selected_text == "xfirst\nsecond"
        await pilot.press("down", "home", "ctrl+shift+end")
        assert editor.selected_text.endswith("thirdy")
