"""The yardstick of starting: a Textual app with one input and nothing else."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Input


class EmptyApp(App[None]):
    """One input."""

    def compose(self) -> ComposeResult:
        """The input."""
        yield Input(placeholder="ready to type")


if __name__ == "__main__":
    EmptyApp().run()
