"""The map of a session: every message and branch, with the places where the columns stand. Changes nothing itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tui.domain.blind import Blind, by_letter
from tui.domain.session import Session
from tui.screens.dialog import Dialog
from tui.text.clean import clean
from tui.widgets.filter_input import FilterInput
from tui.widgets.pick_list import PickList, Row
from tui.widgets.tree_rows import tree_nodes, tree_rows

PREVIEW_CHARS = 2_000
_KEYS = "enter goes there · alt+n column · alt+s session · alt+d delete · alt+z undo · alt+arrows walk"
TreeAct = Literal["go", "fork", "fork-session", "delete", "undo", "star"]


class TreeWish(NamedTuple):
    """What is to be done with which message."""

    act: TreeAct
    message_id: str


class TreeMap(Dialog[TreeWish | None]):
    """Gives what is wanted; deleting and undoing happen while the map stays open."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("alt+up", "walk('parent')", "To the message before", id="map-parent", show=False),
        Binding("alt+down", "walk('child')", "To the message after", id="map-child", show=False),
        Binding("alt+left", "walk('older')", "To the variant before", id="map-older", show=False),
        Binding("alt+right", "walk('newer')", "To the next variant", id="map-newer", show=False),
        Binding("alt+n", "wish('fork')", "Fork into a new column", id="map-fork", show=False),
        Binding("alt+s", "wish('fork-session')", "Fork into a new session", id="map-fork-session", show=False),
        Binding("alt+d", "wish('delete')", "Delete", id="map-delete", show=False),
        Binding("alt+z", "wish('undo')", "Undo the last deletion", id="map-undo", show=False),
        Binding("alt+asterisk", "wish('star')", "Star, or not", id="map-star", show=False),
    ]

    DEFAULT_CSS = """
    TreeMap {
        & > .dialog-box { width: 110; max-width: 96%; height: 90%; max-height: 90%; padding: 1 0; }
        & #map-preview { height: 6; margin: 1 2 0 2; color: $text-muted; }
    }
    """

    def __init__(
        self, session: Session, blind: Blind, column_id: str, *, do_here: Callable[[TreeWish, TreeMap], None]
    ) -> None:
        """A map.

        Args:
            session: The session; read again at `show_again`.
            blind: What models are called while they must not be told.
            column_id: The column whose head Enter moves.
            do_here: Does what leaves the map open.
        """
        super().__init__()
        self._session = session
        self._blind = blind
        self._column_id = column_id
        self._do_here = do_here
        self._rows: list[Row] = []

    def compose(self) -> ComposeResult:
        """Field, map, the words of the message under the cursor."""
        with self.frame(Vertical(), "Map of the session", _KEYS):
            yield FilterInput("type to narrow; ★ finds what is starred")
            yield PickList()
            yield Static(id="map-preview", markup=False)

    @property
    def pick_list(self) -> PickList:
        """The map itself."""
        return self.query_one(PickList)

    def on_mount(self) -> None:
        """The cursor begins where the column stands."""
        self.pick_list.is_driven = True
        self.query_one(FilterInput).focus()
        column = self._session.columns.get(self._column_id)
        self._load(current=column.head if column is not None else None)

    def show_again(self) -> None:
        """The session has changed."""
        self._load(current=None)

    def _load(self, *, current: str | None) -> None:
        self._rows = tree_rows(self._session, self._blind, self._column_id)
        self._narrow_rows(current=current)

    def _narrow_rows(self, *, current: str | None) -> None:
        words = self.query_one(FilterInput).value.lower().split()
        rows = [row for row in self._rows if not words or all(word in self._words_of(row) for word in words)]
        self.pick_list.set_rows(rows or [Row("", "nothing matches", is_dim=True)], current=current)
        self._show_preview()

    def _words_of(self, row: Row) -> str:
        message = self._session.messages.get(row.id)
        return f"{row.text} {message.text} {message.note}".lower() if message is not None else row.text.lower()

    def _show_preview(self) -> None:
        row = self.pick_list.current
        message = self._session.messages.get(row.id) if row is not None else None
        words = ""
        if message is not None:
            message.settle()
            words = clean(message.text[:PREVIEW_CHARS].strip())
            words = f"✎ {clean(message.note)}\n{words}" if message.note else words
        self.query_one("#map-preview", Static).update(Content(words))

    # -- what the user does ----------------------------------------------------------------------------------------

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        event.stop()
        self._narrow_rows(current=None)

    @on(FilterInput.HandedOn)
    def _act_on_list(self, event: FilterInput.HandedOn) -> None:
        event.stop()
        self.pick_list.obey(event.action, event.step)

    @on(PickList.Highlighted)
    def _look_at(self, event: PickList.Highlighted) -> None:
        event.stop()
        self._show_preview()

    @on(PickList.Picked)
    def _choose(self, event: PickList.Picked) -> None:
        event.stop()
        self.dismiss(TreeWish("go", event.row.id))

    def action_wish(self, act: TreeAct) -> None:
        """Do something with the message under the cursor."""
        row = self.pick_list.current
        if act == "undo":
            self._do_here(TreeWish(act, ""), self)
        elif row is None or not row.id:
            return
        elif act in ("fork", "fork-session"):
            self.dismiss(TreeWish(act, row.id))
        else:
            self._do_here(TreeWish(act, row.id), self)

    def action_walk(self, way: Literal["parent", "child", "older", "newer"]) -> None:
        """Go along the tree: to the message before or after, to the variants beside."""
        row = self.pick_list.current
        nodes = {node.message_id: node for node in tree_nodes(self._session, self._blind)}
        node = nodes.get(row.id) if row is not None else None
        if node is None:
            return
        goal: str | None = None
        if way == "parent":
            goal = node.parent
        elif way == "child":
            goal = next((one.id for one in by_letter(self._session.children(node.message_id), self._blind)), None)
        else:
            beside = [one.id for one in by_letter(self._session.children(node.parent), self._blind)]
            place = beside.index(node.message_id) + (1 if way == "newer" else -1)
            goal = beside[place] if 0 <= place < len(beside) else None
        if goal is not None:
            self.pick_list.set_rows(self.pick_list.rows, current=goal)
            self._show_preview()
