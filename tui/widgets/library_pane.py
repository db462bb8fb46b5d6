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
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from tui.widgets.filter_input import FilterInput
from tui.widgets.model_rows import ENDPOINT, INSTALL, MISSING, MODEL, Shelf, model_rows
from tui.widgets.pick_list import PickList, Row
from tui.widgets.session_list import SessionList
from tui.widgets.session_rows import SESSION, session_rows, summary_words, target_of

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
        & > #session-detail { height: auto; max-height: 3; padding: 0 2; color: $text-muted; display: none; }
        &.-in-sessions > #session-detail { display: block; }
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
        self._summaries: dict[str, Summary] = {}

    def compose(self) -> ComposeResult:
        """Field, models, sessions."""
        yield Static("Models", classes="pane-heading")
        yield FilterInput("type to filter", id="model-filter")
        yield PickList(id="models")
        yield Static("Sessions", classes="pane-heading", id="sessions-heading")
        yield SessionList(id="sessions")
        yield Static(id="session-detail", markup=False)

    @property
    def models(self) -> PickList:
        """The list of models."""
        return self.query_one("#models", PickList)

    @property
    def sessions(self) -> SessionList:
        """The list of sessions."""
        return self.query_one("#sessions", SessionList)

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
        """Show the saved sessions, pinned ones first, the open one marked; the cursor begins there."""
        self._summaries = {summary.id: summary for summary in summaries}
        begins = current in self._summaries and self.screen.focused is not self.sessions
        rows = session_rows(summaries, current, width_cells=0)
        self.sessions.set_rows(rows, current=SESSION + current if begins else None)
        self._show_detail(self.sessions.current)

    def title_of(self, session_id: str) -> str:
        """The title of a saved session that is listed; empty when it is not."""
        found = self._summaries.get(session_id)
        return found.title if found is not None else ""

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
        self.set_class(isinstance(event.widget, SessionList), "-in-sessions")

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """The field hands no keys on any more."""
        self.models.is_driven = False
        self.remove_class("-in-sessions")

    def on_click(self, event: events.Click) -> None:
        """Who unfolded an endpoint by mouse can type to filter at once; the field's arrows move in the list as well."""
        if event.widget is self.models:
            self.filter_input.focus()

    @on(FilterInput.HandedOn)
    def _act_on_list(self, event: FilterInput.HandedOn) -> None:
        event.stop()
        self.models.obey(event.action, event.step)

    @on(PickList.Highlighted)
    def _look_at(self, event: PickList.Highlighted) -> None:
        event.stop()
        if event.pick_list is self.sessions:
            self._show_detail(event.row)

    def _show_detail(self, row: Row | None) -> None:
        summary = self._summaries.get(target_of(row.id)[0]) if row is not None else None
        if summary is not None:
            self.query_one("#session-detail", Static).update(Content(summary_words(summary)))

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
        self.post_message(self.SessionPicked(target_of(event.row.id)[0]))
