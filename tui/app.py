"""ParleyApp: themes, keys, which screen, and how it all ends. `make_app()` puts one together.

Only what the first picture needs is imported here; the rest follows while the user reads it. An unexpected error is
kept for the command line to report: Textual's traceback, which prints the values of local variables, keys included, is
never shown. Refuses to know chats.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType, Keymap
from textual.dom import DOMNode
from textual.driver import Driver
from textual.notifications import SeverityLevel
from textual.widget import Widget

from tui.errors import ConfigError, ParleyError, ThemeError
from tui.paths import state_file, themes_dir, user_themes_dir
from tui.screens.acts import APP_ACTS, CHAT_ACTS, UNBOUND
from tui.screens.chat import ChatScreen
from tui.screens.host import Host
from tui.text.clean import clean, clean_line
from tui.theming import load_theme
from tui.widgets.composer import Composer
from tui.widgets.terminal_input import guard_pastes
from tui.widgets.working import start_work

if TYPE_CHECKING:
    from textual.theme import Theme

    from tui.chat.connections import Connections
    from tui.config import Config
    from tui.screens.help import HelpGroup
    from tui.screens.opening import Opening
    from tui.screens.workbench import Workbench
    from tui.store.sessions import SessionStore

QUIT_WITHIN_S = 3.0
"""ctrl+c twice within this time quits."""
LOSE_WITHIN_S = 10.0
"""Quitting twice within this time leaves although something could not be saved."""
FALLBACK_THEME = "parley-dark"


class ParleyApp(Host):
    """The app."""

    ENABLE_COMMAND_PALETTE = False  # ours shows the key of every act
    BINDINGS: ClassVar[list[BindingType]] = [act.binding for act in APP_ACTS]
    TITLE = "Parley"
    CSS_PATH = "screens/chat.tcss"  # Textual loads no style sheet of a default screen

    def __init__(self, opening: Opening, theme: Theme | None, problems: Sequence[str] = ()) -> None:
        """An app.

        Args:
            opening: What is to be opened.
            theme: The theme to start with; None: the toolkit's own, because no theme file can be read.
            problems: Sentences to be shown at the start.
        """
        super().__init__()
        self.opening = opening
        self.crash: BaseException | None = None
        """The unexpected error that ended the app, for the command line to report."""
        self.failure: ParleyError | None = None
        """Why the session could not be opened, for the command line to report."""
        self._first_theme = theme
        self._themes: tuple[Theme, ...] = (theme,) if theme is not None else ()
        self._interrupted_at = 0.0
        self._warned_at = -LOSE_WITHIN_S
        self._problems = list(problems)

    # -- beginning -------------------------------------------------------------------------------------------------

    def on_load(self) -> None:
        """Theme and keys, before anything is drawn."""
        if self._first_theme is not None:
            self.register_theme(self._first_theme)
            self.theme = self._first_theme.name
        if self.opening.config.keys:
            self._bind_keys()
        self._end_on_signals()

    def _end_on_signals(self) -> None:
        """SIGTERM and SIGHUP end the app like quitting does: all on record, the terminal as it was."""
        import asyncio
        import contextlib
        import signal

        loop = asyncio.get_running_loop()
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None:
                with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # no signals here
                    loop.add_signal_handler(number, self._end_soon)

    def _end_soon(self) -> None:
        self.run_worker(self._end_at_once(), exit_on_error=False)

    async def _end_at_once(self) -> None:
        screen = self.screen_stack[0]
        if isinstance(screen, ChatScreen):
            await screen.close_down()
        self.exit(0, return_code=143)

    def get_default_screen(self) -> ChatScreen:
        """The chat screen is the only one below the dialogs."""
        screen = ChatScreen(self._make_bench)
        state = self.opening.state
        if state is not None:
            screen.want_open("left", state.left_is_open is not False)
            screen.want_open("right", state.right_is_open is not False)
        screen.set_classes_for(self.size)
        return screen

    async def _make_bench(self, screen: ChatScreen) -> Workbench | None:
        """Import what the first picture could do without, a piece at a time so that keys are answered in between."""
        try:
            return await self.opening.bench(screen)
        except ParleyError as error:
            self.failure = error
            self.exit(return_code=1)
            return None

    async def load_all_themes(self) -> None:
        """Read the other theme files; a broken one is a message."""
        from tui.theming import load_themes

        loaded = await asyncio.to_thread(load_themes, themes_dir(), user_themes_dir())
        for theme in loaded.themes:
            if self._first_theme is None or theme.name != self._first_theme.name:
                self.register_theme(theme)
        self._themes = loaded.themes
        for problem in (*self._problems, *map(str, loaded.failed)):
            self.notify(problem, severity="warning", timeout=10)

    def get_driver_class(self) -> type[Driver]:
        """The driver for this terminal, with pastes made safe."""
        return guard_pastes(super().get_driver_class())

    # -- keys ------------------------------------------------------------------------------------------------------

    def _bind_keys(self) -> None:
        """Bind what `[keys]` names anew; unknown names and clashes are said, not ignored."""
        keymap: dict[str, str] = {}
        known = self._binding_ids()
        for name, keys in self.opening.config.keys.items():
            if name not in known:
                import difflib  # only what is wrong needs it

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
        from tui.screens.board import BoardScreen
        from tui.screens.difference import DifferenceScreen
        from tui.screens.edit_text import TextDialog
        from tui.screens.session_finder import SessionFinder
        from tui.screens.summary import SummaryScreen
        from tui.screens.tree_map import TreeMap
        from tui.transcript import Transcript
        from tui.widgets.difference_view import DifferenceView
        from tui.widgets.parameters.choice_row import ChoiceRow
        from tui.widgets.parameters.number_row import NumberRow
        from tui.widgets.parameters.text_row import TextRow
        from tui.widgets.session_list import SessionList

        places: tuple[tuple[str, type[DOMNode]], ...] = (
            ("composer", Composer),
            ("transcript", Transcript),
            ("parameters", NumberRow),
            ("parameters", ChoiceRow),
            ("parameters", TextRow),
            ("dialog", TextDialog),
            ("sessions", SessionList),
            ("finder", SessionFinder),
            ("map", TreeMap),
            ("difference", DifferenceView),
            ("difference", DifferenceScreen),
            ("figures", SummaryScreen),
            ("board", BoardScreen),
        )
        found = [("screen", act.binding) for act in (*APP_ACTS, *CHAT_ACTS)]
        for place, owner in places:
            found += [(place, binding) for binding in own_bindings(owner)]
        unique = {(place, one.id): (place, one) for place, one in found if one.id}
        return list(unique.values())

    def _binding_ids(self) -> list[str]:
        return [binding.id for _, binding in self._all_bindings() if binding.id]

    def keys_of(self, binding_id: str) -> list[str]:
        """The keys of an act as they are bound now, in words."""
        bindings = (*(act.binding for act in (*CHAT_ACTS, *APP_ACTS)), *own_bindings(Composer))
        found = next((one for one in bindings if one.id == binding_id), None)
        return [] if found is None else key_words(self._keymap.get(binding_id) or found.key)

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

    def watch_app_focus(self, has_focus: bool) -> None:
        """A screen that came up out of focus, as each one in a browser does, gives the keys to somebody now."""
        if has_focus and self.is_running:
            self.call_later(self._focus_somebody)

    def _focus_somebody(self) -> None:
        screen = self.screen
        if self.focused is None and screen.AUTO_FOCUS:
            found = next((widget for widget in screen.query(screen.AUTO_FOCUS) if widget.focusable), None)
            screen.set_focus(found)

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

        titles = {
            "composer": "In the composer",
            "transcript": "In the conversation",
            "parameters": "In the parameters",
            "sessions": "In a list of sessions",
            "finder": "While finding sessions",
            "map": "On the map",
            "difference": "In the difference",
            "figures": "In the figures",
            "board": "On the board",
        }
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
        rows = [Row(theme.name, theme.name, "dark" if theme.dark else "light") for theme in self._themes]

        def preview(name: str) -> None:
            self.theme = name

        def picked(name: str | None) -> None:
            self.theme = name or before
            if name and self.opening.state is not None:
                self.opening.state.theme = name

        self.push_screen(PickDialog("Theme", rows, current=before, on_highlight=preview), picked)

    def copy(self, text: str, what: str) -> None:
        """Put exactly `text` on the clipboard and say how."""
        start_work(self, partial(self._copy, text, what), group="clipboard")

    async def _copy(self, text: str, what: str) -> None:
        from tui.transcript.clipboard import copy

        route = await asyncio.to_thread(copy, text, self)  # a clipboard program may hang
        self.notify(f"Copied {what} {route.words}.")

    async def action_interrupt(self) -> None:
        """Copy what is selected; else stop the replies; else quit when pressed twice."""
        focused = self.focused
        selected = _selected_text(focused)
        if selected:
            self.copy(selected, "the selection")
            return
        screen = self.screen_stack[0]
        if isinstance(screen, ChatScreen) and screen.is_replying:
            await screen.action_act("stop-all")
            return
        if monotonic() - self._interrupted_at < QUIT_WITHIN_S:
            start_work(self, self.action_quit, group="quit")
            return
        self._interrupted_at = monotonic()
        quit_keys = " or ".join(self.keys_of("quit"))
        self.notify(f"Press ctrl+c again to quit{f' ({quit_keys} quits at once)' if quit_keys else ''}.", timeout=3)

    async def action_quit(self) -> None:
        """Put everything on record and end; what the disk does not take is lost only when the user insists."""
        screen = self.screen_stack[0]
        if isinstance(screen, ChatScreen):
            if screen.is_ready and not await screen.bench.may_leave() and not self._is_loss_agreed():
                return
            await screen.close_down()
        self.opening.save_state()
        self.exit(0)

    def _is_loss_agreed(self) -> bool:
        """Whether the user quits for the second time although something is not on disk; asks the first time."""
        if monotonic() - self._warned_at < LOSE_WITHIN_S:
            return True
        self._warned_at = monotonic()
        self.notify("Quit again to leave without saving it.", severity="warning", timeout=LOSE_WITHIN_S)
        return False

    # -- the end ---------------------------------------------------------------------------------------------------

    async def on_unmount(self) -> None:
        """Stop the embedded model, close connections."""
        await self.opening.close()

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


def own_bindings(owner: type[DOMNode]) -> list[Binding]:
    """The bindings with an id that a widget of Parley's brings along, inherited ones included."""
    found: list[Binding] = []
    for one in owner.__mro__:
        if one.__module__.startswith("tui."):
            found += [binding for binding in one.__dict__.get("BINDINGS", ()) if isinstance(binding, Binding)]
    return [binding for binding in found if binding.id]


def make_app(
    config: Config,
    *,
    models: Sequence[str] = (),
    resume: str | None = None,
    theme: str | None = None,
    is_stored: bool = True,
    connections: Connections | None = None,
    store: SessionStore | None = None,
    state_path: Path | None = None,
) -> ParleyApp:
    """An app, ready to run.

    Args:
        config: The user's configuration.
        models: A column for each; none: the last model used, or the configured one.
        resume: The session to open: an id or its beginning; empty is the last one; None starts a new one.
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

    opening = Opening(config, tuple(models), resume, is_stored, connections, store, state_path or state_file())
    opening.check()
    remembered = opening.state.theme if opening.state is not None else ""
    chosen, problems = first_theme(theme, remembered, config.theme)
    return ParleyApp(opening, chosen, problems)


def first_theme(asked: str | None, *others: str) -> tuple[Theme | None, list[str]]:
    """The theme to start with, and what is wrong with those that would have come first.

    Args:
        asked: The one named on the command line: it must be there.
        others: Names that count in this order when nothing was asked for; empty ones do not.

    Raises:
        ConfigError: there is no theme of the name asked for, or its file is broken.
    """
    problems: list[str] = []
    for name in (asked, *others, FALLBACK_THEME):
        if not name:
            continue
        try:
            return _load_named(name), problems
        except ThemeError as error:
            if name == asked:
                raise ConfigError(str(error)) from error
            problems.append(str(error))
    return None, problems


def _load_named(name: str) -> Theme:
    for folder in (user_themes_dir(), themes_dir()):
        path = folder / f"{name}.toml"
        if path.parent == folder and path.is_file():
            return load_theme(path)
    import difflib  # only what is wrong needs it

    names = sorted({path.stem for folder in (user_themes_dir(), themes_dir()) for path in folder.glob("*.toml")})
    near = difflib.get_close_matches(name, names, 1)
    hint = f"did you mean “{near[0]}”?" if near else f"there are {', '.join(names)}."
    raise ThemeError(f"There is no theme “{clean_line(name, 40)}”; {hint}")
