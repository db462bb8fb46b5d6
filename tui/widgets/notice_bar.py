"""A lasting warning above the columns, with a key to try again. Stays until what it warns of is over.

Refuses to know what it warns of.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tui.text.clean import clean_line


class NoticeBar(Widget):
    """Hidden while there is nothing to say."""

    DEFAULT_CSS = """
    NoticeBar {
        height: auto;
        padding: 0 1;
        background: $warning-muted;
        color: $text-warning;
        display: none;
        &.-shown { display: block; }
    }
    """

    words: reactive[str] = reactive("", layout=True)
    offer: reactive[str] = reactive("", layout=True)
    """What a click does, in words; empty: nothing."""

    @dataclass
    class Clicked(Message):
        """The user wants what is offered."""

    def watch_words(self, words: str) -> None:
        """Appear and disappear."""
        self.set_class(bool(words), "-shown")

    def render(self) -> Content:
        """The warning, then what can be done."""
        offer = [("  ", ""), (f"[{self.offer}]", "bold underline")] if self.offer else []
        return Content.assemble(("! ", "bold"), clean_line(self.words), *offer)

    def on_click(self, event: events.Click) -> None:
        """Take the offer."""
        if self.offer:
            self.post_message(self.Clicked())
