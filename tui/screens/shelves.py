"""Endpoints and models in the left pane: found, listed, chosen, installed.

Refuses to download anything that the user has not asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from tui.errors import ParleyError
from tui.screens.bench import Bench
from tui.screens.pick import PickDialog
from tui.widgets.beginning import Beginning
from tui.widgets.column_view import ColumnView
from tui.widgets.findings import findings, what_stops
from tui.widgets.library_pane import LibraryPane
from tui.widgets.model_rows import EMBEDDED, Installable, Shelf, what_is_missing
from tui.widgets.pick_list import Row
from tui.widgets.working import start_work

NOT_HERE = "local-model-error"
"""The kind of failure with which the embedded model says that it is not installed."""


class ModelDialog(PickDialog):
    """One of the models that there are; what listings add while it is open is added to it."""


class Shelves(Bench):
    """What the left pane lists of models."""

    shelf: Shelf

    # -- models ----------------------------------------------------------------------------------------------------

    def show_models(self) -> None:
        """Show what is known about endpoints and models."""
        self.left.show_models(self.shelf, self.current_column.model)
        self.show_beginnings()

    def show_beginnings(self) -> None:
        """Tell empty columns what was found, and what the user could do now."""
        found = findings(self.shelf) if self.shelf.was_probed else ()
        last = self.last_session_title
        for beginning in self.columns_box.query(Beginning):
            beginning.is_first_run = not self.state.was_welcomed
            beginning.obstacle = what_stops(self.shelf, beginning.model)
            beginning.can_install = self.shelf.was_probed and not self.shelf.installed
            beginning.last_session = last
            beginning.found = found

    def look_around(self) -> None:
        """Find out which endpoints can be asked: keys, servers on this machine, embedded models."""
        start_work(self.screen, self._look_around, group="look-around", exclusive=True)

    async def _look_around(self) -> None:
        from tui.providers.discovery import local_candidates, running_servers

        shelf = self.shelf
        shelf.statuses = self.desk.connections.endpoints()
        shelf.probed = frozenset(status.name for status in local_candidates(shelf.statuses))
        shelf.installable, shelf.installed = await asyncio.to_thread(_embedded_models)
        endpoint = self.current_column.model.partition("/")[0]
        shelf.unfolded |= {EMBEDDED, endpoint} if not shelf.unfolded else set()
        self.show_models()
        shelf.running = await running_servers(self.desks.config)
        shelf.was_probed = True
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
        if isinstance(self.app.screen, ModelDialog):
            self.app.screen.show_rows(self._model_choices())
        if self.current_column.model.startswith(f"{name}/"):
            self.show_settings()  # a listing may say what the model takes, and how long its context is

    def pick_model(self, title: str, chosen: Callable[[str], None]) -> None:
        """Ask for a model that is to do something beside the columns; endpoints that were not asked yet are."""

        def picked(model: str | None) -> None:
            if model is not None:
                chosen(model)

        hint = "type to filter, or a whole endpoint/model"
        self.app.push_screen(
            ModelDialog(title, self._model_choices(), placeholder=hint, row_for=self._as_typed), picked
        )
        self.load_listings(tuple(name for name in self.shelf.ready_names if name not in self.shelf.listings))

    def _model_choices(self) -> list[Row]:
        """Those of the columns first, then those used lately, the configured and the embedded ones, then all listed."""
        shelf, config = self.shelf, self.desks.config
        names = [column.model for column in self.session.columns.values()] + [*shelf.recent, config.model]
        for status in shelf.statuses:
            section = config.endpoints.get(status.name)
            if shelf.is_ready(status) and section is not None:
                names += [f"{status.name}/{model}" for model in section.models or ()]
        names += [f"{EMBEDDED}/{name}" for name in ("default", *shelf.installed) if shelf.installed]
        for endpoint, listing in shelf.listings.items():
            names += [f"{endpoint}/{info.id}" for info in listing.models if "chat" in info.kinds]
        return [Row(name, name) for name in dict.fromkeys(names)]

    def _as_typed(self, typed: str) -> Row | None:
        """A model that no list names: listings come late, and some servers have none."""
        endpoint, _, model = typed.partition("/")
        is_known = any(status.name == endpoint for status in self.shelf.statuses)
        return Row(typed, typed, "as typed", mark="+") if model and is_known else None

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
            self.say(f"{status.label or status.name}: {what_is_missing(status)} at {status.base_url}.")
            self.look_around()

    def install_picked(self, event: LibraryPane.InstallPicked) -> None:
        """An embedded model is to be installed."""
        self.install(event.name)

    def act_install_model(self) -> None:
        """Offer to install the small model that Parley suggests, or say that it is there."""
        if self.shelf.installed:
            self.say(f"There is a small local model already: {', '.join(self.shelf.installed)}.")
        elif self.shelf.installable:
            self.install(self.shelf.installable[0].name, chosen=f"{EMBEDDED}/default")

    def install(self, name: str, *, chosen: str = "", then: Callable[[], Awaitable[None]] | None = None) -> None:
        """Offer to install an embedded model.

        Args:
            name: Which one.
            chosen: What the current column is to be set to when it is there; empty: to this one.
            then: Done when it is there, in place of choosing it.
        """
        from tui.screens.install import InstallDialog

        async def installed(is_there: bool | None) -> None:
            if is_there:
                self.shelf.listings.pop(EMBEDDED, None)
                self.look_around()
                if then is not None:
                    await then()
                else:
                    await self.choose_model(chosen or f"{EMBEDDED}/{name}")

        self.app.push_screen(InstallDialog(name), installed)

    async def offer_install(self, event: ColumnView.Completed) -> None:
        """When a reply failed because the embedded model is not here yet: install it, then ask again."""
        failed = self.session.messages.get(event.message_id)
        if failed is None or failed.error is None or failed.error.kind != NOT_HERE or self.desk.blind.is_on:
            return
        if self.shelf.installed or not self.shelf.installable or len(self.app.screen_stack) > 1:
            return
        name = failed.model.partition("/")[2]
        known = {one.name for one in self.shelf.installable}
        if failed.model.startswith(f"{EMBEDDED}/") and (name == "default" or name in known):
            view = event.column_view

            async def again() -> None:
                await self.act_on(view, failed, "retry")

            self.install(name if name in known else self.shelf.installable[0].name, then=again)


def _embedded_models() -> tuple[tuple[Installable, ...], tuple[str, ...]]:
    """The embedded models that are in the catalogue and not on this machine, and the names of those that are."""
    from tui.local.catalogue import entries
    from tui.local.library import installed_models

    there = tuple(model.name for model in installed_models())
    missing = (one for one in entries() if one.name not in there)
    return tuple(Installable(one.name, one.label, one.size_bytes) for one in missing), there
