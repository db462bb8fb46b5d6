"""Endpoints and models in the left pane: found, listed, chosen, installed."""

from __future__ import annotations

import asyncio
from functools import partial

from tui.errors import ParleyError
from tui.screens.bench import Bench
from tui.widgets.library_pane import LibraryPane
from tui.widgets.model_rows import EMBEDDED, Installable, Shelf, what_is_missing
from tui.widgets.working import start_work


class Shelves(Bench):
    """What the left pane lists of models."""

    shelf: Shelf

    # -- models ----------------------------------------------------------------------------------------------------

    def show_models(self) -> None:
        """Show what is known about endpoints and models."""
        self.left.show_models(self.shelf, self.current_column.model)

    def look_around(self) -> None:
        """Find out which endpoints can be asked: keys, servers on this machine, embedded models."""
        start_work(self.screen, self._look_around, group="look-around", exclusive=True)

    async def _look_around(self) -> None:
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

    def listings_wanted(self, event: LibraryPane.ListingsWanted) -> None:
        """The models of some endpoints are to be shown."""
        self.load_listings(event.names)

    def load_listings(self, names: tuple[str, ...], *, refresh: bool = False) -> None:
        """Ask endpoints for their models; each shows as it comes."""
        wanted = [name for name in names if name not in self.shelf.loading]
        self.shelf.loading.update(wanted)
        for name in wanted:
            start_work(self.screen, partial(self._load_listing, name, refresh), group="listings")
        self.show_models()

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
        self.composer.suggest_again()
        if self.current_column.model.startswith(f"{name}/"):
            self.show_settings()  # a listing may say what the model takes, and how long its context is

    def missing_picked(self, event: LibraryPane.MissingPicked) -> None:
        """The user wants to know what an endpoint lacks."""
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

    def install_picked(self, event: LibraryPane.InstallPicked) -> None:
        """An embedded model is to be installed."""
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
