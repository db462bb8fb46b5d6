"""ParleyApp: themes, keys, which screen, and how it all ends. `make_app()` puts one together.

Owns the lifetime of the connections. An unexpected error is kept for the command line to report; Textual's traceback,
which prints the values of local variables, keys included, is never shown. Refuses to know chats.
"""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType, Keymap
from textual.dom import DOMNode
from textual.driver import Driver
from textual.notifications import SeverityLevel
from textual.widget import Widget

from tui.config import Config
from tui.errors import ConfigError, ParleyError
from tui.paths import state_file, themes_dir, user_themes_dir
from tui.screens.acts import APP_ACTS, CHAT_ACTS, UNBOUND
from tui.screens.chat import ChatScreen
from tui.screens.desks import Desks
from tui.screens.host import Host
from tui.store.state import AppState, load_state, save_state
from tui.text.clean import clean, clean_line
from tui.widgets.desk import Desk
from tui.widgets.terminal_input import guard_pastes

if TYPE_CHECKING:
    from tui.chat.connections import Connections
    from tui.screens.help import HelpGroup
    from tui.store.sessions import SessionStore
    from tui.theming import LoadedThemes

QUIT_WITHIN_S = 3.0
"""ctrl+c twice within this time quits."""


class ParleyApp(Host):
    """The app."""

    ENABLE_COMMAND_PALETTE = False  # ours shows the key of every act
    BINDINGS: ClassVar[list[BindingType]] = [act.binding for act in APP_ACTS]
    TITLE = "Parley"
    CSS_PATH = "screens/chat.tcss"  # Textual loads no style sheet of a default screen

    def __init__(self, desk: Desk, desks: Desks, state: AppState, themes: LoadedThemes, theme_name: str) -> None:
        super().__init__()
        self.desk = desk
        self.desks = desks
        self.state = state
        self.crash: BaseException | None = None
        """The unexpected error that ended the app, for the command line to report."""
        self.state_path: Path | None = None
        """Where panes and theme are remembered; None: the usual place."""
        self._themes = themes
        self._theme_name = theme_name
        self._interrupted_at = 0.0
        self._problems = [str(error) for error in themes.failed]

    # -- beginning -------------------------------------------------------------------------------------------------

    def on_load(self) -> None:
        """Theme and keys, before anything is drawn."""
        for theme in self._themes.themes:
            self.register_theme(theme)
        if self._theme_name:
            self.theme = self._theme_name
        self._bind_keys()

    def get_default_screen(self) -> ChatScreen:
        """The chat screen is the only one below the dialogs."""
        return ChatScreen(self.desk, self.desks, self.state)

    def on_ready(self) -> None:
        """Say what was wrong at the start."""
        for problem in self._problems:
            self.notify(problem, severity="warning", timeout=10)

    def get_driver_class(self) -> type[Driver]:
        """The driver for this terminal, with pastes made safe."""
        return guard_pastes(super().get_driver_class())

    # -- keys ------------------------------------------------------------------------------------------------------

    def _bind_keys(self) -> None:
        """Bind what `[keys]` names anew; unknown names and clashes are said, not ignored."""
        keymap: dict[str, str] = {}
        known = self._binding_ids()
        for name, keys in self.desks.config.keys.items():
            if name not in known:
                near = difflib.get_close_matches(name, known, 1)
                hint = f"; did you mean “{near[0]}”?" if near else "."
                self._problems.append(f"[keys] names no act “{clean_line(name, 40)}”{hint}")
                continue
            text = keys if isinstance(keys, str) else ",".join(keys)
            keymap[name] = text.replace(" ", "") or UNBOUND + name
        self.set_keymap(keymap)
        self._problems += clashes(self._all_bindings(), self._keymap)

    def _all_bindings(self) -> list[tuple[str, Binding]]:
        """Every binding with an id, and where it holds."""
        from tui.screens.edit_text import TextDialog
        from tui.transcript import Transcript
        from tui.widgets.composer import Composer
        from tui.widgets.parameters.choice_row import ChoiceRow
        from tui.widgets.parameters.number_row import NumberRow
        from tui.widgets.parameters.text_row import TextRow

        found = [("screen", act.binding) for act in (*APP_ACTS, *CHAT_ACTS)]
        places: tuple[tuple[str, type[DOMNode]], ...] = (
            ("composer", Composer),
            ("transcript", Transcript),
            ("parameters", NumberRow),
            ("parameters", ChoiceRow),
            ("parameters", TextRow),
            ("dialog", TextDialog),
        )
        for place, owner in places:
            for klass in owner.__mro__:
                if klass.__module__.startswith("tui."):
                    found += [(place, one) for one in klass.__dict__.get("BINDINGS", ()) if isinstance(one, Binding)]
        unique = {(place, one.id): (place, one) for place, one in found if one.id}
        return list(unique.values())

    def _binding_ids(self) -> list[str]:
        return [binding.id for _, binding in self._all_bindings() if binding.id]

    def keys_of(self, binding_id: str) -> list[str]:
        """The keys of an act as they are bound now, in words."""
        for _, binding in self._all_bindings():
            if binding.id == binding_id:
                return key_words(self._keymap.get(binding_id) or binding.key)
        return []

    def handle_bindings_clash(self, clashed_bindings: set[Binding], node: DOMNode) -> None:
        """Clashes were said when the keys were bound; saying it at every key would be noise."""

    # -- telling ---------------------------------------------------------------------------------------------------

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Show words in passing. Whatever they hold, they are text: cleaned, and never markup."""
        super().notify(clean(message), title=clean_line(title), severity=severity, timeout=timeout, markup=False)

    def watch_title(self, title: str) -> None:
        """The terminal's title follows the session's."""
        if self._driver is not None and self.is_running and not self.is_headless:
            self._driver.write(f"\x1b]2;{clean_line(title, 80)}\x1b\\")

    # -- acts ------------------------------------------------------------------------------------------------------

    def action_help(self) -> None:
        """Show every key."""
        from tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self._help_groups()))

    def _help_groups(self) -> list[HelpGroup]:
        from tui.screens.help import HelpGroup, HelpLine

        titles = {"composer": "In the composer", "transcript": "In the conversation", "parameters": "In the parameters"}
        grouped: dict[str, list[HelpLine]] = {}
        names = {act.id: act.group for act in (*CHAT_ACTS, *APP_ACTS)}
        for place, binding in self._all_bindings():
            title = names.get(binding.id or "", titles.get(place, "In dialogs"))
            keys = ", ".join(key_words(self._keymap.get(binding.id or "") or binding.key))
            grouped.setdefault(title, []).append(HelpLine(keys or "–", binding.description, binding.id or ""))
        return [HelpGroup(title, lines) for title, lines in grouped.items()]

    def action_commands(self) -> None:
        """Choose an act by its name."""
        from tui.screens.pick import PickDialog
        from tui.widgets.pick_list import Row

        if len(self.screen_stack) > 1:  # a dialog is open: its own keys count
            return
        rows = [
            Row(act.id, act.name, ", ".join(self.keys_of(act.id)))
            for act in (*CHAT_ACTS, *APP_ACTS)
            if act.id not in ("commands", "back", "interrupt")
        ]

        async def picked(act_id: str | None) -> None:
            act = next((act for act in (*CHAT_ACTS, *APP_ACTS) if act.id == act_id), None)
            if act is not None:
                await self.run_action(act.action if act in APP_ACTS else f"screen.{act.action}")

        self.push_screen(PickDialog("Commands", rows, placeholder="what do you want to do?"), picked)

    def action_choose_theme(self) -> None:
        """Choose a theme; each is shown while the cursor is on it."""
        from tui.screens.pick import PickDialog
        from tui.widgets.pick_list import Row

        before = self.theme
        rows = [Row(theme.name, theme.name, "dark" if theme.dark else "light") for theme in self._themes.themes]

        def preview(name: str) -> None:
            self.theme = name

        def picked(name: str | None) -> None:
            self.theme = name or before
            if name:
                self.state.theme = name

        self.push_screen(PickDialog("Theme", rows, current=before, on_highlight=preview), picked)

    def copy(self, text: str, what: str) -> None:
        """Put exactly `text` on the clipboard and say how."""
        self.run_worker(self._copy(text, what), group="clipboard")

    async def _copy(self, text: str, what: str) -> None:
        from tui.transcript.clipboard import copy

        route = await asyncio.to_thread(copy, text, self)  # a clipboard program may hang
        self.notify(f"Copied {what} {route.words}.")

    def action_interrupt(self) -> None:
        """Copy what is selected; else stop the replies; else quit when pressed twice."""
        focused = self.focused
        selected = _selected_text(focused)
        if selected:
            self.copy(selected, "the selection")
            return
        screen = self.screen_stack[0]
        if isinstance(screen, ChatScreen) and screen.is_replying:
            screen.action_stop_all()
            return
        if monotonic() - self._interrupted_at < QUIT_WITHIN_S:
            self.run_worker(self.action_quit())
            return
        self._interrupted_at = monotonic()
        quit_keys = " or ".join(self.keys_of("quit"))
        self.notify(f"Press ctrl+c again to quit{f' ({quit_keys} quits at once)' if quit_keys else ''}.", timeout=3)

    async def action_quit(self) -> None:
        """Put everything on record and end."""
        screen = next((one for one in self.screen_stack if isinstance(one, ChatScreen)), None)
        if screen is not None:
            await screen.close_down()
        self._save_state()
        self.exit(0)

    def _save_state(self) -> None:
        try:
            save_state(self.state_path or state_file(), self.state)
        except (ParleyError, OSError):
            return  # what was last in use is a convenience; the sessions are safe

    # -- the end ---------------------------------------------------------------------------------------------------

    async def on_unmount(self) -> None:
        """Stop the embedded model, close connections."""
        await self.desks.connections.close()

    def _handle_exception(self, error: Exception) -> None:
        """Keep an unexpected error for the command line's report, and end.

        Overrides Textual's handler, whose traceback prints local variables.
        """
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


def _selected_text(widget: Widget | None) -> str:
    from textual.widgets import Input, TextArea

    from tui.transcript import Transcript

    match widget:
        case TextArea():
            return widget.selected_text
        case Input():
            return widget.selected_text
        case Transcript():
            return widget.selected_source()
        case _:
            return ""


def key_words(keys: str) -> list[str]:
    """Keys as people call them: `question_mark` is `?`."""
    from textual.keys import format_key

    found = []
    for key in keys.split(","):
        if key and not key.startswith(UNBOUND):
            *modifiers, last = key.split("+")
            found.append(
                "+".join([*modifiers, _KEY_NAMES.get(last) or format_key(last).lower() if len(last) > 1 else last])
            )
    return found


def clashes(bindings: Iterable[tuple[str, Binding]], keymap: Keymap) -> list[str]:
    """Sentences about keys that the user gave to two acts of the same place."""
    owners: dict[tuple[str, str], list[str]] = {}
    for place, binding in bindings:
        for key in (keymap.get(binding.id or "") or binding.key).split(","):
            owners.setdefault((place, key), []).append(binding.id or "")
    return [
        f"[keys] gives {key} to {' and '.join(ids)}; only one of them can have it."
        for (_, key), ids in owners.items()
        if len(ids) > 1 and any(one in keymap for one in ids)
    ]


_KEY_NAMES = {"full_stop": ".", "comma": ",", "question_mark": "?", "escape": "esc", "enter": "enter", "space": "space"}


def make_app(
    config: Config,
    *,
    connections: Connections,
    store: SessionStore | None = None,
    models: Sequence[str] = (),
    resume: str | None = None,
    theme: str | None = None,
    state_path: Path | None = None,
) -> ParleyApp:
    """An app, ready to run.

    Args:
        config: The user's configuration.
        connections: What can be talked to; closed by the app.
        store: Where sessions are kept; None keeps nothing.
        models: A column for each; none: the last model used, or the configured one.
        resume: The session to open: an id or its beginning; empty is the last one; None starts a new one.
        theme: The theme to start with; None: the one chosen last, or the configured one.
        state_path: Where the app remembers panes and theme; None: the usual place.

    Raises:
        ConfigError: a model or theme that cannot be.
        SessionError: there is no such session, or it cannot be read.
    """
    from tui.theming import load_themes

    state = load_state(state_path or state_file())
    desks = Desks(config, connections, store)
    themes = load_themes(themes_dir(), user_themes_dir())
    theme_name = _theme_name(themes, theme, state.theme, config.theme)
    if resume is not None:
        desk = desks.open(resume)
    else:
        desk = desks.new(
            [connections.canonical(model) for model in models] or [_first_model(config, connections, state)]
        )
    app = ParleyApp(desk, desks, state, themes, theme_name)
    app.state_path = state_path
    return app


def _theme_name(themes: LoadedThemes, asked: str | None, *others: str) -> str:
    """The theme to start with: the one asked for must be there, a remembered one may be gone."""
    names = [theme.name for theme in themes.themes]
    if asked is not None and asked not in names:
        failed = next((error for error in themes.failed if asked in str(error)), None)
        near = difflib.get_close_matches(asked, names, 1)
        hint = f"did you mean “{near[0]}”?" if near else f"there are {', '.join(names)}."
        raise ConfigError(str(failed) if failed else f"There is no theme “{clean_line(asked, 40)}”; {hint}")
    return next((name for name in (asked, *others) if name and name in names), names[0] if names else "")


def _first_model(config: Config, connections: Connections, state: AppState) -> str:
    """The model of a first column: the user's setting, else the one used last, else the embedded one."""
    if config.model == Config().model and state.last_model:
        try:
            return connections.canonical(state.last_model)
        except ConfigError:
            pass  # its endpoint is gone from the configuration
    return connections.canonical(config.model)
