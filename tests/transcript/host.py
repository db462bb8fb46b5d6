"""A small app with one transcript, for pressing keys as a reader would."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import App, ComposeResult
from textual.message import Message

from tui.transcript import Entry, MessageState, Transcript

CODE = "Look:\n\n```python\nx = 1\n```\n\nand\n\n```sh\n\techo hi\n```\n"


class HostApp(App[None]):
    """Collects what the transcript posts."""

    def __init__(self, entries: Sequence[Entry] = ()) -> None:
        super().__init__()
        self.entries = list(entries)
        self.facts: list[Message] = []

    def compose(self) -> ComposeResult:
        """The transcript alone."""
        yield Transcript()

    def on_mount(self) -> None:
        """Show the entries."""
        self.transcript.set_entries(self.entries)
        self.transcript.focus()

    @property
    def transcript(self) -> Transcript:
        """The one transcript."""
        return self.query_one(Transcript)

    @property
    def shown(self) -> list[str]:
        """The text on the screen, line by line."""
        return ["".join(part.text for part in self.transcript.render_line(y)).rstrip() for y in range(self.size.height)]

    def requests(self) -> list[tuple[str, str]]:
        """The actions asked for."""
        return [(fact.entry_id, fact.action) for fact in self.facts if isinstance(fact, Transcript.ActionRequested)]

    def copies(self) -> list[tuple[str, str]]:
        """The texts to be copied."""
        return [(fact.text, fact.what) for fact in self.facts if isinstance(fact, Transcript.CopyRequested)]

    def on_transcript_action_requested(self, fact: Transcript.ActionRequested) -> None:
        """Keep it."""
        self.facts.append(fact)

    def on_transcript_menu_requested(self, fact: Transcript.MenuRequested) -> None:
        """Keep it."""
        self.facts.append(fact)

    def on_transcript_link_requested(self, fact: Transcript.LinkRequested) -> None:
        """Keep it."""
        self.facts.append(fact)

    def on_transcript_copy_requested(self, fact: Transcript.CopyRequested) -> None:
        """Keep it."""
        self.facts.append(fact)


def conversation(count: int) -> list[Entry]:
    """So many short messages, asked and answered in turn."""
    return [
        Entry(
            f"m{number}",
            "assistant" if number % 2 else "user",
            "model" if number % 2 else "You",
            f"text {number}\n\nmore",
        )
        for number in range(count)
    ]


def reply(text: str = "", **fields: object) -> Entry:
    """One reply called "r"."""
    return Entry("r", "assistant", "model", text, **fields)  # type: ignore[arg-type]


OPEN = MessageState.STREAMING
