"""What the app is to open, worked out as late as it can be: state, connections, store, session.

The imports of the chat itself happen here, in pieces, after the first picture. Draws nothing.
"""

from __future__ import annotations

import asyncio
import importlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tui.errors import ParleyError
from tui.screens.host import host_of

if TYPE_CHECKING:
    from tui.chat.connections import Connections
    from tui.config import Config
    from tui.domain.session import Session
    from tui.screens.chat import ChatScreen
    from tui.screens.desks import Desks
    from tui.screens.workbench import Workbench
    from tui.store.presets import Preset
    from tui.store.sessions import SessionStore
    from tui.store.state import AppState
    from tui.widgets.desk import Desk

ALWAYS_THERE = ("local/", "demo/")
"""Models of these endpoints need no look at the configuration to be known."""
PIECES = (
    "tui.domain.session",
    "tui.chat.conversation",
    "tui.chat.connections",
    "tui.store.sessions",
    "tui.transcript",
    "tui.widgets.column_view",
    "tui.widgets.library_pane",
    "tui.widgets.parameters.pane",
    "tui.screens.workbench",
)
"""What is imported after the first picture; each piece takes less time than anybody notices between two keys."""


@dataclass(slots=True)
class Opening:
    """What was asked for on the command line, and what has been made of it so far."""

    config: Config
    models: tuple[str, ...]
    resume: str | None
    is_stored: bool
    connections: Connections | None
    store: SessionStore | None
    state_path: Path
    preset: Preset | None = None
    """What the columns are set as at the beginning; its model is among `models` once this was checked."""
    state: AppState | None = None
    """What was last in use; None until it is needed, where nothing was ever remembered."""
    _desks: Desks | None = None
    _desk: Desk | None = None
    _glimpse: Session | None = None
    """The end of the session that was asked for, when reading the whole of it takes a while."""

    def check(self) -> None:
        """Find out before anything is drawn whether what was asked for can be.

        Raises:
            ConfigError: a model that cannot be.
            SessionError: there is no such session, or it cannot be read.
        """
        if self.state_path.is_file():
            self._load_state()
        if self.preset is not None and self.preset.model:
            self.models = self.models or (self.preset.model,)
            self.preset = replace(self.preset, model=None)
        if any(not model.startswith(ALWAYS_THERE) for model in self.models):
            connections = self._connections()
            self.models = tuple(connections.canonical(model) for model in self.models)
        if self.resume is not None:
            self._glimpse = self._make_desks().glimpse(self.resume)
            if self._glimpse is None:
                self._desk = self._asked_for(self.resume)

    def _asked_for(self, resume: str) -> Desk:
        desk = self._make_desks().open(resume)
        if self.models:
            self._make_desks().answer_by(desk, self.models)
        return desk

    async def bench(self, screen: ChatScreen) -> Workbench:
        """Make what happens on the chat screen.

        Raises:
            ParleyError: the model to begin with cannot be, or a large session cannot be read.
        """
        if self._glimpse is not None:
            await screen.show_glimpse(self._glimpse)
        for name in PIECES:
            await host_of(screen.app).let_keys_pass()
            importlib.import_module(name)
        from tui.screens.workbench import Workbench

        desks = self._make_desks()
        if self._desk is None and self.resume is not None:
            self._desk = await asyncio.to_thread(self._asked_for, self.resume)
        if self._desk is None:
            self._desk = await self._where_one_was(screen)
        if self._desk is None:
            self._desk = desks.new(self.models or self._first_models(), has_documents=True)
        return Workbench(screen, self._desk, desks, self._load_state())

    def _load_state(self) -> AppState:
        if self.state is None:
            from tui.store.state import load_state

            self.state = load_state(self.state_path)
        return self.state

    def _connections(self) -> Connections:
        if self.connections is None:
            from tui.chat.connections import Connections

            self.connections = Connections(self.config)
        return self.connections

    def _make_desks(self) -> Desks:
        if self._desks is None:
            from tui.screens.desks import Desks

            if self.store is None and self.is_stored:
                from tui.paths import sessions_dir
                from tui.store.sessions import SessionStore

                self.store = SessionStore(sessions_dir(), redactor=self._connections())
            self._desks = Desks(self.config, self._connections(), self.store if self.is_stored else None)
        return self._desks

    async def _where_one_was(self, screen: ChatScreen) -> Desk | None:
        """The session that stood open when the app was killed, or the last one where the user wants that."""
        if self.models or self.preset is not None or self.store is None:
            return None
        from tui.paths import data_dir
        from tui.screens.returning import STANDING_FOLDER
        from tui.store.standing import take_abandoned

        desks = self._make_desks()
        for session_id in await asyncio.to_thread(take_abandoned, data_dir() / STANDING_FOLDER):
            if desk := await self._try_to_open(screen, session_id):
                desks.problems.append(_words_of_return(desk.session))
                return desk
        last = self._load_state().last_session
        return await self._try_to_open(screen, last) if last and self.config.ui.start == "last" else None

    async def _try_to_open(self, screen: ChatScreen, session_id: str) -> Desk | None:
        desks = self._make_desks()
        if (glimpse := await asyncio.to_thread(desks.glimpse, session_id)) is not None:
            await screen.show_glimpse(glimpse)
        try:
            return await asyncio.to_thread(desks.open, session_id)
        except ParleyError:
            return None  # gone meanwhile; a new session is as good a beginning

    def _first_models(self) -> tuple[str, ...]:
        """The models to begin with: the user's setting, else those used last, else the embedded one."""
        from tui.config import Config
        from tui.errors import ConfigError

        connections, state = self._connections(), self._load_state()
        found = []
        if self.config.model == Config().model:
            for model in state.last_models or [state.last_model]:
                try:
                    found.append(connections.canonical(model))
                except ConfigError:
                    continue  # its endpoint is gone from the configuration
            self._make_desks().is_free_choice = not found
        return tuple(found) or (connections.canonical(self.config.model),)

    def save_state(self) -> None:
        """Remember what was last in use."""
        if self.state is None:
            return
        from tui.store.state import save_state

        try:
            save_state(self.state_path, self.state)
        except (ParleyError, OSError):
            return  # a convenience; the sessions are safe

    async def close(self) -> None:
        """Stop the embedded model, close connections."""
        if self.connections is not None:
            await self.connections.close()


def _words_of_return(session: Session) -> str:
    """What is said when a session is open again after a crash."""
    from tui.chat.conversation import last_reply

    words = "Parley ended without having been quit; this is the session that was open."
    replies = [last_reply(session, column) for column in session.columns.values()]
    if sum(reply is not None and not reply.is_complete for reply in replies) < 2:
        return words  # the one reply says itself how to go on
    return f"{words} “Retry every reply that failed or was cut short”, among the commands, asks all columns again."
