"""The side panes: folding, overlays on narrow screens, and what the left one lists."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal

from textual import events, on, work
from textual.widget import Widget

from tui.errors import ParleyError
from tui.screens.chat_base import ChatBase
from tui.widgets.library_pane import LibraryPane
from tui.widgets.model_rows import EMBEDDED, Installable, Shelf, what_is_missing

OVERLAY_BELOW_CELLS = 100
"""On narrower screens the side panes lie over the columns."""
LEAST_WIDTH_CELLS, LEAST_HEIGHT_CELLS = 30, 10
LISTINGS_AT_ONCE = 4
Side = Literal["left", "right"]


class Panes(ChatBase):
    """The acts on the side panes."""

    _overlay: Side | None = None
    """The pane that lies over the columns; only on narrow screens."""
    shelf: Shelf

    # -- folding ---------------------------------------------------------------------------------------------------

    @property
    def is_narrow(self) -> bool:
        """Whether the side panes lie over the columns."""
        return self.app.size.width < OVERLAY_BELOW_CELLS

    def is_open(self, side: Side) -> bool:
        """Whether a pane is on the screen."""
        if self.is_narrow:
            return self._overlay == side
        wanted = self.state.left_is_open if side == "left" else self.state.right_is_open
        return wanted is not False

    def set_open(self, side: Side, is_open: bool) -> None:
        """Fold or unfold a pane."""
        if self.is_narrow:
            self._overlay = side if is_open else None
        elif side == "left":
            self.state.left_is_open = is_open
        else:
            self.state.right_is_open = is_open
        if not is_open and self._pane(side).has_focus_within:
            self.composer.focus()
        self.arrange_panes()

    def _pane(self, side: Side) -> Widget:
        return self.left if side == "left" else self.right

    def arrange_panes(self) -> None:
        """Bring the screen's classes in line with its size and with what is folded."""
        size = self.app.size
        is_small = size.width < LEAST_WIDTH_CELLS or size.height < LEAST_HEIGHT_CELLS
        self.set_class(is_small, "-too-small")
        self.set_class(self.is_narrow, "-narrow")
        if not self.is_narrow:
            self._overlay = None
        for side in ("left", "right"):
            self.set_class(self.is_open(side), f"-{side}-open")
        self.call_after_refresh(self.fit_columns)

    def on_resize(self, event: events.Resize) -> None:
        """Another size may want another arrangement."""
        self.arrange_panes()

    def close_overlay(self) -> bool:
        """Put the pane that lies over the columns away; returns whether there was one."""
        if self._overlay is None:
            return False
        self.set_open(self._overlay, False)
        return True

    def _toggle(self, side: Side, go_inside: Callable[[], object]) -> None:
        """Show a pane and go there; from inside it, fold it."""
        if self.is_open(side) and self._pane(side).has_focus_within:
            self.set_open(side, False)
            return
        if not self.is_open(side):
            self.set_open(side, True)
        self.call_after_refresh(go_inside)

    def action_show_models(self) -> None:
        """Show the models and go there; from inside, fold the pane."""
        if self.left.sessions.has_focus:
            self.left.filter_input.focus()
            return
        self._toggle("left", self.left.filter_input.focus)

    def action_show_sessions(self) -> None:
        """Show the saved sessions and go there; from inside, fold the pane."""
        if self.is_open("left") and not self.left.sessions.has_focus:
            self.left.sessions.focus()
            return
        self._toggle("left", self.left.sessions.focus)

    def action_show_parameters(self) -> None:
        """Show the parameters and go there; from inside, fold the pane."""
        self._toggle("right", self.right.focus_first)

    def action_edit_system(self) -> None:
        """Edit the system prompt."""
        if not self.is_open("right"):
            self.set_open("right", True)
        self.call_after_refresh(self.right.system_prompt.focus)

    def action_fold_panes(self) -> None:
        """Fold both side panes, or unfold them."""
        if self.is_narrow:
            self.close_overlay()
            return
        is_any_open = self.is_open("left") or self.is_open("right")
        for side in ("left", "right"):
            self.set_open(side, not is_any_open)

    def open_models(self) -> None:
        """Show the models, to choose one."""
        if not self.is_open("left"):
            self.set_open("left", True)
        self.call_after_refresh(self.left.filter_input.focus)

    # -- models ----------------------------------------------------------------------------------------------------

    def show_models(self) -> None:
        """Show what is known about endpoints and models."""
        self.left.show_models(self.shelf, self.current_column.model)

    @work(group="look-around", exclusive=True)
    async def look_around(self) -> None:
        """Find out which endpoints can be asked: keys, servers on this machine, embedded models."""
        from tui.providers.discovery import local_candidates, running_servers

        shelf = self.shelf
        shelf.statuses = self.desk.connections.endpoints()
        shelf.probed = frozenset(status.name for status in local_candidates(shelf.statuses))
        shelf.installable = await asyncio.to_thread(_installable)
        endpoint = self.current_column.model.partition("/")[0]
        shelf.unfolded |= {EMBEDDED, endpoint} if not shelf.unfolded else set()
        self.show_models()
        shelf.running = await running_servers(self.desks.config)
        self.show_models()
        unfolded = [name for name in shelf.ready_names if name in shelf.unfolded and name not in shelf.listings]
        if unfolded:
            self.load_listings(tuple(unfolded))

    @on(LibraryPane.ListingsWanted)
    def _listings_wanted(self, event: LibraryPane.ListingsWanted) -> None:
        event.stop()
        self.load_listings(event.names)

    def load_listings(self, names: tuple[str, ...], *, refresh: bool = False) -> None:
        """Ask endpoints for their models; each shows as it comes."""
        wanted = [name for name in names if name not in self.shelf.loading]
        self.shelf.loading.update(wanted)
        for name in wanted:
            self._load_listing(name, refresh)
        self.show_models()

    @work(group="listings")
    async def _load_listing(self, name: str, refresh: bool) -> None:
        try:
            await asyncio.to_thread(self.desk.connections.endpoint, name)
            self.shelf.listings[name] = await self.desk.connections.models(name, refresh=refresh)
        except ParleyError as error:
            from tui.providers.catalog import Listing

            self.shelf.listings[name] = Listing(failure=error)
        finally:
            self.shelf.loading.discard(name)
        self.show_models()
        if self.current_column.model.startswith(f"{name}/"):
            self.show_settings()  # a listing may say what the model takes, and how long its context is

    @on(LibraryPane.MissingPicked)
    def _missing_picked(self, event: LibraryPane.MissingPicked) -> None:
        event.stop()
        status = next((one for one in self.shelf.statuses if one.name == event.name), None)
        if status is None:
            return
        if status.needs_key and not status.has_key:
            place = f"set the environment variable {status.key_variable}" if status.key_variable else "give it a key"
            self.say(f"{status.label or status.name} needs a key: {place}, then start Parley again.")
        elif status.problem:
            self.say(status.problem, is_problem=True)
        else:
            self.say(f"{status.label or status.name}: {what_is_missing(self.shelf, status)} at {status.base_url}.")
            self.look_around()

    @on(LibraryPane.InstallPicked)
    def _install_picked(self, event: LibraryPane.InstallPicked) -> None:
        event.stop()
        self.install(event.name)

    def install(self, name: str) -> None:
        """Offer to install an embedded model, and choose it when it is there."""
        from tui.screens.install import InstallDialog

        async def installed(is_there: bool | None) -> None:
            if is_there:
                self.shelf.listings.pop(EMBEDDED, None)
                self.look_around()
                await self.choose_model(f"{EMBEDDED}/{name}")

        self.app.push_screen(InstallDialog(name), installed)


def _installable() -> tuple[Installable, ...]:
    """The embedded models that are in the catalogue and not on this machine."""
    from tui.local.catalogue import entries
    from tui.local.library import installed_models

    there = {model.name for model in installed_models()}
    return tuple(Installable(one.name, one.label, one.size_bytes) for one in entries() if one.name not in there)
