"""Every key there is, by place: made from the bindings themselves, as they are bound now. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from tui.screens.dialog import Dialog
from tui.text.widths import cell_width, cut_to_cells
from tui.widgets.looks import MUTED

KEY_CELLS, WORDS_CELLS = 16, 56
"""Room for the keys, and for what they do; the id to rebind them by stands behind, where there is room for it."""
LONGEST_ID_CELLS = 26


@dataclass(frozen=True, slots=True)
class HelpLine:
    """Keys and what they do."""

    keys: str
    words: str
    binding_id: str = ""


@dataclass(frozen=True, slots=True)
class HelpGroup:
    """Keys that belong together."""

    title: str
    lines: Sequence[HelpLine]
    is_here: bool = False
    """Whether they count where the focus is."""


class HelpScreen(Dialog[None]):
    """The groups below each other."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1,question_mark,q", "cancel", "Close", show=False),
        Binding("up,k", "scroll(-1)", "Up", show=False),
        Binding("down,j", "scroll(1)", "Down", show=False),
    ]

    DEFAULT_CSS = """
    HelpScreen {
        & > .dialog-box { width: 108; height: 90%; padding: 0; }
        & VerticalScroll { padding: 1 2; scrollbar-size-vertical: 1; }
    }
    """

    def __init__(self, groups: Iterable[HelpGroup]) -> None:
        super().__init__()
        self._groups = tuple(groups)

    def compose(self) -> ComposeResult:
        """The text."""
        with self.frame(Vertical(), "Keys", "esc closes; [keys] in config.toml rebinds by id"), VerticalScroll():
            yield HelpText(self._groups)

    def on_mount(self) -> None:
        """Up and down scroll."""
        self.query_one(VerticalScroll).focus()

    def action_scroll(self, step: int) -> None:
        """Scroll by a line."""
        self.query_one(VerticalScroll).scroll_relative(y=step, animate=False)


class HelpText(Widget):
    """The groups as lines: keys, what they do, the id."""

    DEFAULT_CSS = """
    HelpText { height: auto; }
    """

    def __init__(self, groups: Sequence[HelpGroup]) -> None:
        super().__init__()
        self._groups = groups

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """A line for each key, a title and a gap for each group."""
        return sum(len(group.lines) + 2 for group in self._groups) - 1

    def render(self) -> Content:
        """The lines, cut rather than wrapped: a table stays a table."""
        width = self.content_size.width
        has_ids = width >= KEY_CELLS + WORDS_CELLS + LONGEST_ID_CELLS
        words_cells = WORDS_CELLS if has_ids else max(10, width - KEY_CELLS)
        parts: list[Content | str | tuple[str, str]] = []
        for group in self._groups:
            if parts:
                parts.append("\n\n")
            parts.append((group.title, "bold $text-primary"))
            if group.is_here:
                parts.append(("  here", MUTED))
            for line in group.lines:
                keys = cut_to_cells(line.keys, KEY_CELLS - 1)
                words = cut_to_cells(line.words, words_cells - 1)
                parts += ["\n", (keys, "bold $text-accent"), " " * (KEY_CELLS - cell_width(keys)), words]
                if has_ids:
                    parts += [" " * (words_cells - cell_width(words)), (line.binding_id, MUTED)]
        return Content.assemble(*parts)
