"""A dialog to choose one of many by typing: the command palette, themes, sessions, a message's menu.

Refuses to know what a row stands for: it gives back the row's id.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from tui.screens.dialog import Dialog
from tui.widgets.filter_input import ChoiceInput, FilterInput
from tui.widgets.pick_list import PickList, Row


class PickDialog(Dialog[str | None]):
    """Gives the id of the chosen row, or None."""

    DEFAULT_CSS = """
    PickDialog {
        & > .dialog-box { height: 80%; max-height: 28; padding: 1 0; }
    }
    """

    def __init__(
        self,
        title: str,
        rows: Sequence[Row],
        *,
        placeholder: str = "type to filter",
        current: str = "",
        on_highlight: Callable[[str], None] | None = None,
        row_for: Callable[[str], Row | None] | None = None,
    ) -> None:
        """A dialog over `rows`.

        Args:
            title: What is chosen.
            rows: In the order in which they are shown.
            placeholder: What the field says while it is empty.
            current: The id that the cursor starts on.
            on_highlight: Told the id under the cursor, for a preview.
            row_for: What the typed text itself stands for, where it can be chosen though no row is called so.
        """
        super().__init__()
        self._title = title
        self._rows = tuple(rows)
        self._placeholder = placeholder
        self._current = current
        self._on_highlight = on_highlight
        self._row_for = row_for

    @property
    def all_rows(self) -> tuple[Row, ...]:
        """Everything that can be chosen here."""
        return self._rows

    def compose(self) -> ComposeResult:
        """Field and list."""
        with self.frame(Vertical(), self._title, "enter chooses, esc closes"):
            yield ChoiceInput(self._placeholder)
            yield PickList()

    def on_mount(self) -> None:
        """Show everything."""
        pick_list = self.query_one(PickList)
        pick_list.is_driven = True
        pick_list.set_rows(self._rows, current=self._current or None)
        self.query_one(FilterInput).focus()

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Choose among other rows from now on; what was typed goes on narrowing them."""
        self._rows = tuple(rows)
        for field in self.query(FilterInput):  # none while the dialog is only about to open
            self._show_matching(field.value)

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        event.stop()
        self._show_matching(event.value)
        if event.value:
            self.query_one(PickList).action_edge(-1)

    def _show_matching(self, query: str) -> None:
        rows = matching_rows(self._rows, query)
        typed = self._row_for(query.strip()) if self._row_for is not None else None
        if typed is not None and all(row.id != typed.id for row in rows):
            rows.append(typed)
        self.query_one(PickList).set_rows(rows or [Row("", "nothing matches", is_dim=True)])

    @on(FilterInput.HandedOn)
    def _act_on_list(self, event: FilterInput.HandedOn) -> None:
        event.stop()
        self.query_one(PickList).obey(event.action, event.step)

    @on(PickList.Highlighted)
    def _preview(self, event: PickList.Highlighted) -> None:
        event.stop()
        if self._on_highlight is not None:
            self._on_highlight(event.row.id)

    @on(PickList.Picked)
    def _choose(self, event: PickList.Picked) -> None:
        event.stop()
        self.dismiss(event.row.id)


def matching_rows(rows: Sequence[Row], query: str) -> list[Row]:
    """Rows that hold all words of `query`; without a query all, with their headings.

    Those that begin with it come first, those that do not show all of it last.
    """
    words = query.lower().split()
    if not words:
        return list(rows)
    found: list[tuple[int, int, Row]] = []
    for place, row in enumerate(rows):
        text = f"{row.text} {row.detail}".lower()
        if row.is_pickable and all(word in text or word in row.sought for word in words):
            is_shown = all(word in text for word in words)
            found.append((0 if text.startswith(words[0]) else 1 if is_shown else 2, place, row))
    found.sort(key=lambda item: item[:2])
    return [row for _, _, row in found]
