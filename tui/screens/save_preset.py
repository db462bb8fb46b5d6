"""A dialog to save a column's settings under a name: which of them are pinned is chosen, all else stays open.

Refuses to save: it gives back what was chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tui.errors import ConfigError
from tui.screens.dialog import Dialog
from tui.text.clean import clean, clean_line
from tui.widgets.pick_list import PickList, Row


@dataclass(frozen=True, slots=True)
class Saving:
    """What is to be saved."""

    name: str
    parts: frozenset[str]


class SavePresetDialog(Dialog[Saving | None]):
    """Gives a name and the parts to pin, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "accept", "Save", priority=True, id="save-preset-accept"),
    ]

    DEFAULT_CSS = """
    SavePresetDialog {
        & Input { margin: 0 1 1 1; background: $background; border: none; height: 1; padding: 0 1; }
        & Input:focus { border: none; background: $boost; }
        & PickList { height: 6; }
    }
    """

    def __init__(self, parts: Mapping[str, str], *, check_name: Callable[[str], str]) -> None:
        """A dialog over the parts that there are.

        Args:
            parts: What each part holds, in a few words, by its name; all are pinned at first.
            check_name: Raises ConfigError for a name that cannot be; returns words of warning, or nothing.
        """
        super().__init__()
        self._parts = dict(parts)
        self._pinned = set(parts)
        self._check_name = check_name

    def compose(self) -> ComposeResult:
        """Name, parts, complaint."""
        with self.frame(Vertical(), "Save as a preset", "space pins or leaves open, ctrl+s saves, esc cancels"):
            yield Input(placeholder="name", compact=True)
            yield PickList()
            yield Static(classes="dialog-problem", markup=False)

    def on_mount(self) -> None:
        """The name comes first."""
        self._show_parts()
        self.query_one(Input).focus()

    def _show_parts(self) -> None:
        rows = [
            Row(name, name, words, mark="■" if name in self._pinned else "□", is_dim=name not in self._pinned)
            for name, words in self._parts.items()
        ]
        pick_list = self.query_one(PickList)
        place = pick_list.cursor
        pick_list.set_rows(rows)
        pick_list.cursor = max(0, place)

    @on(PickList.Picked)
    def _toggled(self, event: PickList.Picked) -> None:
        event.stop()
        self._pinned ^= {event.row.id}
        self._show_parts()

    @on(Input.Changed)
    def _name_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._problem()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_accept()

    def _problem(self) -> bool:
        """Say what is wrong with the name, or what saving would replace."""
        name = self.query_one(Input).value.strip()
        is_wrong, words = not name, ""
        if name:
            try:
                words = self._check_name(name)
            except ConfigError as error:
                is_wrong, words = True, str(error)
        self.query_one(".dialog-problem", Static).update(Content(clean(words)))
        return is_wrong

    def action_accept(self) -> None:
        """Close with what is chosen, unless something is wrong with it."""
        if self._problem():
            return
        if not self._pinned:
            self.query_one(".dialog-problem", Static).update(Content("Pin at least one part."))
            return
        self.dismiss(Saving(clean_line(self.query_one(Input).value.strip()), frozenset(self._pinned)))
