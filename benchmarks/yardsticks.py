"""Our own yardsticks: what the toolkit does with little or no work from us, and what the wire alone costs.

`httpx` reads and forgets. `log` is a RichLog written token by token. `md` is Textual's Markdown stream, the obvious
way. `strips` is one line-API widget that keeps finished blocks as strips and lays out the open one again at most 30
times a second; no selection, links or re-wrapping, so it is optimistic. Each is an app with an input below, run in a
terminal of its own: `python -m benchmarks.yardsticks NAME URL`.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import ClassVar

from rich.console import Console
from rich.markdown import Markdown as RichMarkdown
from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, Markdown, RichLog

from benchmarks.transcript_reading import read_tokens


class Yardstick(App[None]):
    """A place for text above, an input below; reads one stream."""

    CSS = "Input { dock: bottom; height: 1; border: none; } #text { height: 1fr; }"
    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    def compose(self) -> ComposeResult:
        """The text and the input."""
        yield self.text_widget()
        yield Input(placeholder="READY")

    def text_widget(self) -> Widget:
        """Where the text goes."""
        raise NotImplementedError

    async def show(self, token: str) -> None:
        """Show one more token."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Type into the input."""
        self.query_one(Input).focus()

    def on_input_submitted(self) -> None:
        """Read the stream when Enter is pressed."""
        self.run_worker(self.read())

    async def read(self) -> None:
        """Read the stream."""
        async for token in read_tokens(self.url):
            await self.show(token)


class LogYardstick(Yardstick):
    """RichLog."""

    def text_widget(self) -> Widget:
        """A log that wraps."""
        return RichLog(wrap=True, id="text")

    async def show(self, token: str) -> None:
        """One write per token."""
        self.query_one(RichLog).write(token)


class MarkdownYardstick(Yardstick):
    """Markdown.get_stream."""

    def compose(self) -> ComposeResult:
        """A scrolling Markdown widget."""
        with VerticalScroll(id="text"):
            yield Markdown()
        yield Input(placeholder="READY")

    async def read(self) -> None:
        """Write into the widget's own stream."""
        scroll = self.query_one("#text", VerticalScroll)
        scroll.anchor()
        stream = Markdown.get_stream(self.query_one(Markdown))
        async for token in read_tokens(self.url):
            await stream.write(token)
        await stream.stop()


class Strips(ScrollView):
    """Finished blocks as strips; the open block is laid out again at each draw."""

    def __init__(self) -> None:
        super().__init__(id="text")
        self.done: list[Strip] = []
        self.open: list[Strip] = []
        self.source = ""
        self.drawn = 0.0
        self.console = Console(width=110, force_terminal=True, color_system="truecolor")

    def lay(self, text: str) -> list[Strip]:
        """Lay out a piece of Markdown with Rich."""
        lines = self.console.render_lines(RichMarkdown(text), self.console.options.update(width=110), pad=False)
        return [Strip([Segment(part.text, part.style) for part in line]) for line in lines]

    def add(self, token: str) -> None:
        """Take a token; blocks end at blank lines outside fences."""
        self.source += token
        while (cut := self.source.find("\n\n")) >= 0 and self.source[:cut].count("```") % 2 == 0:
            self.done += [*self.lay(self.source[:cut]), Strip.blank(1)]
            self.source = self.source[cut + 2 :]
        now = time.monotonic()
        if now - self.drawn >= 1 / 30:
            self.draw()

    def draw(self) -> None:
        """Draw everything again."""
        self.drawn = time.monotonic()
        self.open = self.lay(self.source) if self.source else []
        self.virtual_size = Size(110, len(self.done) + len(self.open))
        self.scroll_end(animate=False)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line."""
        y += self.scroll_offset.y
        if y < len(self.done):
            return self.done[y].adjust_cell_length(self.size.width)
        y -= len(self.done)
        return (self.open[y] if y < len(self.open) else Strip.blank(1)).adjust_cell_length(self.size.width)


class StripsYardstick(Yardstick):
    """The minimal strips widget."""

    def text_widget(self) -> Widget:
        """The widget."""
        return Strips()

    def on_mount(self) -> None:
        """Draw what the rate limit left out."""
        self.set_interval(1 / 30, self.flush)

    def flush(self) -> None:
        """Draw if there is anything new."""
        strips = self.query_one(Strips)
        if strips.source and time.monotonic() - strips.drawn >= 1 / 30:
            strips.draw()

    async def show(self, token: str) -> None:
        """Add a token."""
        self.query_one(Strips).add(token)


async def bare_loop(url: str) -> None:
    """Read and forget; print the time it took."""
    began = time.monotonic()
    count = 0
    async for _token in read_tokens(url):
        count += 1
    print(f"READY END-OF-STREAM {time.monotonic() - began:.4f} {count}", flush=True)


YARDSTICKS: dict[str, type[Yardstick]] = {"log": LogYardstick, "md": MarkdownYardstick, "strips": StripsYardstick}


def main() -> None:
    """Run one yardstick."""
    name, url = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
    if name == "httpx":
        asyncio.run(bare_loop(url))
    else:
        YARDSTICKS[name](url).run()


if __name__ == "__main__":
    main()
