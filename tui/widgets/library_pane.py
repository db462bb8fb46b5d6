"""The left pane: endpoints and models with a field to narrow them, and the saved sessions.

Shows what it is given and posts what is picked. Refuses to ask servers and to read files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static

from tui.widgets.ages import age_words
from tui.widgets.filter_input import FilterInput
from tui.widgets.model_rows import ENDPOINT, INSTALL, MISSING, MODEL, Shelf, model_rows
from tui.widgets.pick_list import PickList, Row

if TYPE_CHECKING:
    from tui.store.index import Summary


class LibraryPane(Vertical):
    """Models above, sessions below."""

    DEFAULT_CSS = """
    LibraryPane {
        height: 1fr;
        & > .pane-heading { color: $text-muted; text-style: bold; padding: 0 2; height: 1; margin-bottom: 1; }
        & > #models { height: 3fr; }
        & > #sessions { height: 2fr; }
        & > #sessions-heading { margin-top: 1; }
    }
    """

    @dataclass
    class ModelPicked(Message):
        """A model was chosen for the focused column."""

        model: str

    @dataclass
    class InstallPicked(Message):
        """An embedded model that is not installed was chosen."""

        name: str

    @dataclass
    class MissingPicked(Message):
        """An endpoint that cannot be asked was chosen: the user wants to know why."""

        name: str

    @dataclass
    class ListingsWanted(Message):
        """The models of these endpoints are to be shown."""

        names: tuple[str, ...]

    @dataclass
    class SessionPicked(Message):
        """A saved session was chosen."""

        session_id: str

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shelf = Shelf()
        self._current = ""

    def compose(self) -> ComposeResult:
        """Field, models, sessions."""
        yield Static("Models", classes="pane-heading")
        yield FilterInput("type to filter", id="model-filter")
        yield PickList(id="models")
        yield Static("Sessions", classes="pane-heading", id="sessions-heading")
        yield PickList(id="sessions")

    @property
    def models(self) -> PickList:
        """The list of models."""
        return self.query_one("#models", PickList)

    @property
    def sessions(self) -> PickList:
        """The list of sessions."""
        return self.query_one("#sessions", PickList)

    @property
    def filter_input(self) -> FilterInput:
        """The field above the models."""
        return self.query_one(FilterInput)

    # -- showing ---------------------------------------------------------------------------------------------------

    def show_models(self, shelf: Shelf, current: str) -> None:
        """Show endpoints and models, the focused column's model marked."""
        self._shelf = shelf
        self._current = current
        self.models.set_rows(model_rows(shelf, self.filter_input.value, current))

    def show_sessions(self, summaries: Sequence[Summary], current: str) -> None:
        """Show the saved sessions, pinned ones first, the open one marked."""
        rows = [
            Row(
                one.id,
                one.title or "(nothing said)",
                "unreadable" if one.problem else age_words(one.last_at),
                mark="●" if one.id == current else "★" if one.is_pinned else "",
            )
            for one in sorted(summaries, key=lambda one: not one.is_pinned)
        ]
        self.sessions.set_rows(rows or [Row("", "none yet", is_dim=True)])

    # -- what the user does ----------------------------------------------------------------------------------------

    @on(Input.Changed, "#model-filter")
    def _narrow(self, event: Input.Changed) -> None:
        event.stop()
        if event.value.strip():
            unknown = [name for name in self._shelf.ready_names if name not in self._shelf.listings]
            if unknown:
                self.post_message(self.ListingsWanted(tuple(unknown)))
        self.models.set_rows(model_rows(self._shelf, event.value, self._current))
        if event.value.strip():
            self.models.action_edge(-1)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The list shows its cursor while the field's keys move it."""
        self.models.is_driven = isinstance(event.widget, FilterInput)

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """The field hands no keys on any more."""
        self.models.is_driven = False

    @on(FilterInput.HandedOn)
    def _act_on_list(self, event: FilterInput.HandedOn) -> None:
        event.stop()
        match event.action:
            case "move":
                self.models.action_move(event.step)
            case "page":
                self.models.action_page(event.step)
            case _:
                self.models.action_pick()

    @on(PickList.Highlighted)
    def _swallow(self, event: PickList.Highlighted) -> None:
        event.stop()

    @on(PickList.Picked, "#models")
    def _pick_model(self, event: PickList.Picked) -> None:
        event.stop()
        kind, _, name = event.row.id.partition(":")
        match f"{kind}:":
            case str(prefix) if prefix == MODEL:
                self.post_message(self.ModelPicked(name))
            case str(prefix) if prefix == INSTALL:
                self.post_message(self.InstallPicked(name))
            case str(prefix) if prefix == MISSING:
                self.post_message(self.MissingPicked(name))
            case str(prefix) if prefix == ENDPOINT:
                self._fold(name)

    def _fold(self, name: str) -> None:
        if name in self._shelf.unfolded:
            self._shelf.unfolded.discard(name)
        else:
            self._shelf.unfolded.add(name)
            if name not in self._shelf.listings:
                self.post_message(self.ListingsWanted((name,)))
        self.models.set_rows(model_rows(self._shelf, self.filter_input.value, self._current))

    @on(PickList.Picked, "#sessions")
    def _pick_session(self, event: PickList.Picked) -> None:
        event.stop()
        self.post_message(self.SessionPicked(event.row.id))
