"""ParleyApp: which screen, and what becomes of an unexpected error. `make_app()` puts one together.

Keys, themes, the terminal around it and how it ends are its parts in `tui.screens`. Only what the first picture needs
is imported here; the rest follows while the user reads it. An unexpected error is kept for the command line to report:
Textual's traceback, which prints the values of local variables, keys included, is never shown. Refuses to know chats.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.css.query import NoMatches
from textual.notifications import SeverityLevel

from tui.errors import ParleyError
from tui.paths import state_file
from tui.screens.acts import APP_ACTS
from tui.screens.chat import ChatScreen
from tui.screens.keyed import Keyed
from tui.screens.leaving import Leaving
from tui.screens.outside import Outside
from tui.screens.type_ahead import TypeAhead
from tui.text.clean import clean, clean_line
from tui.theming.choosing import AUTO, first_theme, is_dark_environment
from tui.widgets.working import start_work

if TYPE_CHECKING:
    from textual.theme import Theme

    from tui.chat.connections import Connections
    from tui.config import Config
    from tui.screens.opening import Opening
    from tui.screens.workbench import Workbench
    from tui.store.presets import Preset
    from tui.store.sessions import SessionStore
    from tui.transcript import GentleCollector

THREADS_TURN_S = 0.001
"""How long one thread may keep the others waiting: the one that writes to the terminal while replies stream in, and the
keys while a file is read beside them."""


class ParleyApp(TypeAhead, Keyed, Outside, Leaving):
    """The app."""

    ENABLE_COMMAND_PALETTE = False  # ours shows the key of every act
    BINDINGS: ClassVar[list[BindingType]] = [act.binding for act in APP_ACTS]
    TITLE = "Parley"
    CSS_PATH = "screens/chat.tcss"  # Textual loads no style sheet of a default screen

    def __init__(
        self, opening: Opening, theme: Theme | None, problems: Sequence[str] = (), *, theme_choice: str = ""
    ) -> None:
        """An app.

        Args:
            opening: What is to be opened.
            theme: The theme to start with; None: the toolkit's own, because no theme file can be read.
            problems: Sentences to be shown at the start.
            theme_choice: What the user chose: a theme's name, or `auto` to follow the terminal.
        """
        super().__init__()
        self.opening = opening
        self.crash: BaseException | None = None
        """The unexpected error that ended the app, for the command line to report."""
        self.failure: ParleyError | None = None
        """Why the session could not be opened, for the command line to report."""
        self.first_theme = theme
        self.theme_choice = theme_choice
        self.start_problems = list(problems)
        self._collector: GentleCollector | None = None

    def on_load(self) -> None:
        """Theme and keys, before anything is drawn."""
        sys.setswitchinterval(THREADS_TURN_S)
        self.put_on_first_theme()
        self.bind_keys()
        self.hold_keys()
        self.end_on_signals()

    def get_default_screen(self) -> ChatScreen:
        """The chat screen is the only one below the dialogs."""
        screen = ChatScreen(self._make_bench)
        state = self.opening.state
        if state is not None:
            screen.take_up(state)
        screen.set_classes_for(self.size)
        return screen

    async def _make_bench(self, screen: ChatScreen) -> Workbench | None:
        """Import what the first picture could do without, a piece at a time so that keys are answered in between."""
        try:
            bench = await self.opening.bench(screen)
        except ParleyError as error:
            self.failure = error
            self.exit(return_code=1)
            return None
        from tui.transcript import GentleCollector

        self._collector = GentleCollector()
        self._collector.start()
        return bench

    def show_keys_again(self) -> None:
        """What can be pressed is known better now."""
        screen = self.chat_screen
        if screen is not None and screen.is_mounted:
            screen.show_keys()

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Show words in passing. Whatever they hold, they are text: cleaned, and never markup.

        What can still be read is not said once more: a key that is held down would fill the screen with it.
        """
        words = clean(message)
        if any(one.message == words for one in self._notifications):
            return
        super().notify(words, title=clean_line(title), severity=severity, timeout=timeout, markup=False)

    def copy(self, text: str, what: str) -> None:
        """Put exactly `text` on the clipboard and say how."""
        start_work(self, partial(self._copy, text, what), group="clipboard")

    async def _copy(self, text: str, what: str) -> None:
        from tui.transcript.clipboard import copy

        route = await asyncio.to_thread(copy, text, self)  # a clipboard program may hang
        if route.kind == "nowhere":
            self.notify(f"Not copied: {route.words}.", severity="warning")
        else:
            self.notify(f"Copied {what} {route.words}.")

    async def on_unmount(self) -> None:
        """Stop the embedded model, close connections."""
        if self._collector is not None:
            self._collector.stop()
        await self.opening.close()

    def _handle_exception(self, error: Exception) -> None:
        """Keep an unexpected error for the command line's report, and end.

        Overrides Textual's handler, whose traceback prints local variables. A dialog that is put up in the moment in
        which the app goes away lacks its parts; that is nobody's error.
        """
        if isinstance(error, NoMatches) and self._dom_ready and not self._running:
            return
        if self.crash is None:
            self.crash = error
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self._close_messages_no_wait()

    def _fatal_error(self) -> None:
        """Print nothing: the command line reports."""
        self._close_messages_no_wait()


def make_app(
    config: Config,
    *,
    models: Sequence[str] = (),
    resume: str | None = None,
    preset: Preset | None = None,
    theme: str | None = None,
    is_stored: bool = True,
    connections: Connections | None = None,
    store: SessionStore | None = None,
    state_path: Path | None = None,
) -> ParleyApp:
    """An app, ready to run.

    Args:
        config: The user's configuration.
        models: A column for each; none: the models used last, or the configured one. With `resume`, the session's
            columns take them.
        resume: The session to open: an id or its beginning; empty is the last one; None starts a new one.
        preset: What the columns are set as; its model counts where no other is named.
        theme: The theme to start with; None: the one chosen last, or the configured one.
        is_stored: Whether what is said is kept on disk.
        connections: What can be talked to; None makes them from the configuration. The app closes them.
        store: Where sessions are kept; None: the usual place.
        state_path: Where the app remembers panes and theme; None: the usual place.

    Raises:
        ConfigError: a model or theme that cannot be.
        SessionError: there is no such session, or it cannot be read.
    """
    from tui.screens.opening import Opening

    opening = Opening(
        config, tuple(models), resume, is_stored, connections, store, state_path or state_file(), preset=preset
    )
    opening.check()
    remembered = opening.state.theme if opening.state is not None else ""
    choice = theme or remembered or config.theme
    of_terminal = config.ui.dark_theme if is_dark_environment(os.environ) else config.ui.light_theme
    names = [of_terminal if name == AUTO else name for name in (remembered, config.theme)]
    chosen, problems = first_theme(of_terminal if theme == AUTO else theme, *names)
    return ParleyApp(opening, chosen, problems, theme_choice=choice)
