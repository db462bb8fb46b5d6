"""The transcript in minimal apps, as the subject of the measurements: `python -m benchmarks.transcript_apps JOB ...`.

Jobs: `stream URL...` (a column per address), `open COUNT` (a conversation of so many messages), `turns URL COUNT FILE`
(one turn after another, CPU and wall time of each written to a file), `text FILE` (one message with a file's text).
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path
from typing import ClassVar

os.environ.setdefault("TEXTUAL_FPS", "120")  # as the app sets it: how soon a key's echo may be painted

from textual import events
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input

from benchmarks.transcript_reading import read_tokens
from benchmarks.transcript_server import SECTION
from tui.screens.repainting import Repainting
from tui.transcript import Breather, Entry, FrameClock, GentleCollector, MessageState, Transcript


class Columns(Horizontal):
    """Holds the columns and paints nothing itself."""

    BLANK = True


class TranscriptApp(App[None]):
    """Transcripts side by side, an input below, one frame clock."""

    CSS = "Input { dock: bottom; height: 1; border: none; } Transcript { width: 1fr; }"
    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False

    def __init__(self, job: str, arguments: list[str]) -> None:
        super().__init__()
        self.job = job
        self.arguments = arguments
        self.columns: list[Transcript] = []
        self.collector = GentleCollector()
        self.clock: FrameClock | None = None

    def get_default_screen(self) -> Repainting[None]:
        """A screen that is painted when the app's would be."""
        return Repainting()

    def compose(self) -> ComposeResult:
        """A transcript per column, and the input."""
        count = max(1, len(self.arguments)) if self.job == "stream" else 1
        self.columns = [Transcript() for _ in range(count)]
        yield Columns(*self.columns)
        yield Input(placeholder="READY")

    async def on_event(self, event: events.Event) -> None:
        """A key goes first, as in the app."""
        if isinstance(event, events.Key) and not event.is_forwarded and self.clock is not None:
            self.clock.give_way()
        await super().on_event(event)

    def on_mount(self) -> None:
        """Begin the job."""
        self.collector.start()
        clock = self.clock = FrameClock(self.screen)
        for column in self.columns:
            column.use_clock(clock)
        self.query_one(Input).focus()
        match self.job:
            case "open":
                self.open(int(self.arguments[0]))
            case "turns":
                self.run_worker(self.turns())
            case "text":
                text = Path(self.arguments[0]).read_text(encoding="utf-8", errors="surrogatepass")
                self.columns[0].append_entry(Entry("t", "assistant", "model", state=MessageState.STREAMING))
                self.columns[0].extend("t", text)

    def on_input_submitted(self) -> None:
        """Stream when Enter is pressed."""
        if self.job == "stream":
            for column, url in zip(self.columns, self.arguments, strict=False):
                self.run_worker(self.turn(column, url, 0))

    def open(self, count: int) -> None:
        """Show a conversation."""
        text = SECTION.format(number=1)
        entries = [
            Entry(
                str(number),
                "user" if number % 2 else "assistant",
                "model",
                f"{number} {text}" if number % 2 == 0 else "Why?",
            )
            for number in range(count)
        ]
        entries.append(Entry("last", "assistant", "model", "CONVERSATION-END"))
        self.columns[0].set_entries(entries)

    async def turn(self, column: Transcript, url: str, number: int) -> None:
        """One prompt and its streamed reply."""
        column.append_entry(Entry(f"u{number}", "user", "You", "Tell me."))
        column.append_entry(Entry(f"a{number}", "assistant", "model", state=MessageState.STREAMING))
        breather = Breather()
        async for token in read_tokens(url):
            column.extend(f"a{number}", token)
            await breather.breathe()
        column.close_entry(f"a{number}", MessageState.DONE)

    @staticmethod
    async def painted(column: Transcript) -> None:
        """Wait until nothing is left to paint."""
        for _ in range(10_000):
            if not column.wants_frame:
                return
            await asyncio.sleep(0.002)

    async def turns(self) -> None:
        """Turn after turn, each measured."""
        url, count, file = self.arguments
        figures = []
        for number in range(int(count)):
            cpu, wall = time.process_time(), time.monotonic()
            await self.turn(self.columns[0], url, number)
            await self.painted(self.columns[0])
            figures.append((time.process_time() - cpu, time.monotonic() - wall))
        await asyncio.to_thread(Path(file).write_text, json.dumps(figures))
        self.columns[0].append_entry(Entry("end", "note", "TURNS-DONE"))


def main() -> None:
    """Run one job."""
    TranscriptApp(sys.argv[1], sys.argv[2:]).run()


if __name__ == "__main__":
    main()
