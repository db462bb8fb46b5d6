"""A picture on the screen: drawn by the terminal where it can, else in half blocks, two pixels a cell.

Half blocks need no more than colours. Refuses to read files, and to decide which pictures may be drawn.
"""

from __future__ import annotations

import asyncio
import itertools
import os

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from tui.chat.png import NotDrawable, Pixel, Png, check_unpacks, small_png
from tui.widgets.kitty_graphics import LARGEST_BYTES, MOST_CELLS, draws_placeholders, forget, placeholders, send
from tui.widgets.working import start_work

CELL_SHAPE = 2
"""A cell is about twice as high as wide."""
_numbers = itertools.count(1)


def fitting_cells(png: Png, columns: int, rows: int) -> tuple[int, int]:
    """The cells that a picture takes at most, in its own proportions: columns and rows."""
    width = max(1, min(columns, png.width))
    height = max(1, round(width * png.height / png.width / CELL_SHAPE))
    if height > rows:
        height = max(1, rows)
        width = max(1, min(columns, round(height * CELL_SHAPE * png.width / png.height)))
    return width, height


class PictureView(Widget):
    """The picture; empty until it is unpacked."""

    DEFAULT_CSS = """
    PictureView { width: auto; height: auto; background: transparent; }
    """

    def __init__(self, content: bytes, png: Png, columns: int, rows: int) -> None:
        """A picture in at most `columns` × `rows` cells.

        Args:
            content: The file.
            png: Its parts, found sound.
            columns: The most cells beside each other.
            rows: The most cells below each other.
        """
        super().__init__()
        self._content, self._png = content, png
        self.columns, self.rows = fitting_cells(png, min(columns, MOST_CELLS), min(rows, MOST_CELLS))
        self.styles.width, self.styles.height = self.columns, self.rows
        self.number = next(_numbers) % 255 + 1
        """What the terminal knows it by; the colour of its cells says it, too."""
        self.is_native = False
        self._pixels: list[list[Pixel]] = []
        self.trouble = ""
        """Why nothing is drawn."""

    def on_mount(self) -> None:
        """Send the picture, or begin to unpack it."""
        driver = self.app._driver
        is_terminal = driver is not None and not self.app.is_headless and not self.app.is_web
        self.is_native = is_terminal and draws_placeholders(os.environ) and len(self._content) <= LARGEST_BYTES
        start_work(self, self._draw, group="picture")

    async def _draw(self) -> None:
        try:
            await asyncio.to_thread(check_unpacks, self._png)
            if not self.is_native:
                self._pixels = await asyncio.to_thread(
                    small_png, self._png, self.columns, self.rows * 2, self._backdrop
                )
        except NotDrawable as error:
            self.trouble, self.is_native = str(error), False
        driver = self.app._driver
        if self.is_native and driver is not None:
            for sequence in send(self._content, self.number, self.columns, self.rows):
                driver.write(sequence)
            driver.flush()
        self.refresh()

    @property
    def _backdrop(self) -> Pixel:
        red, green, blue = self.background_colors[1].rgb
        return red, green, blue

    def on_unmount(self) -> None:
        """The terminal need not keep it."""
        driver = self.app._driver
        if self.is_native and driver is not None:
            driver.write(forget(self.number))

    def render_line(self, y: int) -> Strip:
        """One row of cells."""
        if self.trouble:
            return Strip([Segment(self.trouble if y == 0 else "", self.rich_style)]).adjust_cell_length(self.columns)
        if self.is_native and y < self.rows:
            ground = self.background_colors[1].rich_color  # seen where the proportions of cells leave a strip free
            cells = Style(color=Color.from_rgb(0, 0, self.number), bgcolor=ground)
            return Strip([Segment(placeholders(y, self.columns), cells)], self.columns)
        if not self._pixels or y >= self.rows:
            return Strip.blank(self.columns)
        upper, lower = self._pixels[2 * y], self._pixels[2 * y + 1]
        return Strip(
            [
                Segment("▀", Style(color=Color.from_rgb(*above), bgcolor=Color.from_rgb(*below)))
                for above, below in zip(upper, lower, strict=True)
            ],
            self.columns,
        )
