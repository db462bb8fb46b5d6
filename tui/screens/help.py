"""Every key there is, by place: made from the bindings themselves, as they are bound now. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.screens.dialog import Dialog
from tui.text.widths import cell_width
from tui.widgets.looks import MUTED

KEY_CELLS = 20
"""Room for the keys in front of what they do."""


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


class HelpScreen(Dialog[None]):
    """The groups below each other."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1,question_mark,q", "cancel", "Close", show=False),
        Binding("up,k", "scroll(-1)", "Up", show=False),
        Binding("down,j", "scroll(1)", "Down", show=False),
    ]

    DEFAULT_CSS = """
    HelpScreen {
        & > .dialog-box { width: 92; height: 90%; padding: 0; }
        & VerticalScroll { padding: 1 2; scrollbar-size-vertical: 1; }
        & Static { height: auto; }
    }
    """

    def __init__(self, groups: Iterable[HelpGroup]) -> None:
        super().__init__()
        self._groups = tuple(groups)

    def compose(self) -> ComposeResult:
        """The text."""
        with self.frame(Vertical(), "Keys", "esc closes; [keys] in config.toml rebinds by id"), VerticalScroll():
            yield Static(help_content(self._groups))

    def on_mount(self) -> None:
        """Up and down scroll."""
        self.query_one(VerticalScroll).focus()

    def action_scroll(self, step: int) -> None:
        """Scroll by a line."""
        self.query_one(VerticalScroll).scroll_relative(y=step, animate=False)


def help_content(groups: Iterable[HelpGroup]) -> Content:
    """The groups as text: keys, what they do, and the id to rebind them by."""
    parts: list[Content | str | tuple[str, str]] = []
    for group in groups:
        if parts:
            parts.append("\n")
        parts.append((f"{group.title}\n", "bold $text-primary"))
        for line in group.lines:
            gap = " " * max(1, KEY_CELLS - cell_width(line.keys))
            parts += [(line.keys, "bold $text-accent"), gap, line.words]
            if line.binding_id:
                parts.append((f"  {line.binding_id}", f"{MUTED} italic"))
            parts.append("\n")
    return Content.assemble(*parts)
