"""The app's themes: which one to begin with, the picker, files read again when they are saved, light and dark.

`auto` follows the terminal: what its background is asked once at the start, and terminals that say when it changes are
listened to. Refuses to mend a theme file; what is wrong with one is said with its field.
"""

from __future__ import annotations

import asyncio
import os
from functools import cached_property, partial
from typing import TYPE_CHECKING

from tui.errors import ThemeError
from tui.paths import themes_dir, user_themes_dir
from tui.screens.host import Host
from tui.widgets.terminal_answers import TerminalSaid
from tui.widgets.working import start_work

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from textual.filter import LineFilter
    from textual.theme import Theme

LOOK_EVERY_S = 1.0
"""How often theme files are looked at; one look is a system call for the folder and one for each file in it."""


class Dressed(Host):
    """An app with themes."""

    first_theme: Theme | None = None
    """What the first picture is drawn with; None: the toolkit's own, because no theme file can be read."""
    theme_choice: str = ""
    """The user's choice: a theme's name, or `auto`."""
    has_few_colours: bool = False
    """Whether the terminal has sixteen colours, and no more."""
    _all_themes: tuple[Theme, ...] = ()
    _theme_files: dict[Path, tuple[int, int]] | None = None
    _terminal_is_dark: bool | None = None

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What the toolkit changes of each line; where there are but sixteen colours, they are chosen to be read."""
        filters = super().get_line_filters()
        return [*filters, *self._few_colours] if self._few_colours else filters

    @cached_property
    def _few_colours(self) -> tuple[LineFilter, ...]:
        if not self.has_few_colours or self.no_color:
            return ()
        from tui.theming.few_colours import FewColours

        return (FewColours(),)

    def put_on_first_theme(self) -> None:
        """Before anything is drawn."""
        if self.first_theme is not None:
            self.register_theme(self.first_theme)
            self.theme = self.first_theme.name

    async def load_all_themes(self) -> None:
        """Read the other theme files; a broken one is a message."""
        from tui.theming import load_themes

        loaded = await asyncio.to_thread(load_themes, themes_dir(), user_themes_dir())
        for theme in loaded.themes:
            if self.first_theme is None or theme.name != self.first_theme.name:
                self.register_theme(theme)
        self._all_themes = loaded.themes
        for problem in (*self.start_problems, *map(str, loaded.failed)):
            self.notify(problem, severity="warning", timeout=10)
        self.start_problems.clear()
        self._follow_terminal()
        self.set_interval(LOOK_EVERY_S, self._look_at_files)

    # -- following the terminal ------------------------------------------------------------------------------------

    def note_background(self, said: TerminalSaid) -> None:
        """The terminal said whether it is dark."""
        from tui.theming.choosing import is_dark_background

        is_dark = said.is_dark if said.is_dark is not None else is_dark_background(said.background)
        if is_dark is not None:
            self._terminal_is_dark = is_dark
            self._follow_terminal()

    def _follow_terminal(self) -> None:
        from tui.theming.choosing import AUTO

        if self.theme_choice != AUTO or not self._all_themes:
            return
        name = self._theme_of_terminal
        if name in self.available_themes:
            self.theme = name
        else:
            self.notify(f"There is no theme “{name}” to follow the terminal with.", severity="warning", timeout=8)

    @property
    def _theme_of_terminal(self) -> str:
        """What `auto` means now: as the terminal said, else as its environment does."""
        from tui.theming.choosing import is_dark_environment

        ui, is_dark = self.opening.config.ui, self._terminal_is_dark
        if is_dark is None:
            is_dark = is_dark_environment(os.environ)
        return ui.dark_theme if is_dark else ui.light_theme

    # -- files -----------------------------------------------------------------------------------------------------

    def _look_at_files(self) -> None:
        from tui.theming.choosing import file_states

        states = file_states(user_themes_dir())
        before, self._theme_files = self._theme_files, states
        if before is not None and before != states:
            changed = [path for path in states if states[path] != before.get(path)]
            gone = [path.stem for path in before if path not in states]
            start_work(self, partial(self._read_again, changed, gone), group="themes")

    async def _read_again(self, changed: list[Path], gone: list[str]) -> None:
        """Take over what was saved; a broken file changes nothing but is said."""
        from tui.theming import load_theme, load_themes

        for path in changed:
            try:
                self._take_over(await asyncio.to_thread(load_theme, path))
            except ThemeError as error:
                self.notify(str(error), severity="warning", timeout=10)
        if gone:
            loaded = await asyncio.to_thread(load_themes, themes_dir(), user_themes_dir())
            there = {theme.name: theme for theme in loaded.themes}
            for name in gone:
                if name in there:
                    self._take_over(there[name])
            self._all_themes = tuple(one for one in self._all_themes if one.name in there)
            if self.theme in gone and self.theme not in there and self._all_themes:
                self.theme = self._all_themes[0].name

    def _take_over(self, theme: Theme) -> None:
        self.register_theme(theme)
        self._all_themes = (*(one for one in self._all_themes if one.name != theme.name), theme)
        if self.theme == theme.name:
            self._watch_theme(theme.name)  # the same name: nothing else would tell the toolkit that it looks different

    # -- choosing --------------------------------------------------------------------------------------------------

    def action_choose_theme(self) -> None:
        """Choose a theme; each is shown while the cursor is on it."""
        from tui.screens.pick import PickDialog
        from tui.theming.choosing import AUTO
        from tui.widgets.pick_list import Row

        before = self.theme
        current = AUTO if self.theme_choice == AUTO else before
        rows = [Row(AUTO, AUTO, "as the terminal is")]
        rows += [Row(theme.name, theme.name, "dark" if theme.dark else "light") for theme in self._all_themes]

        def preview(name: str) -> None:
            shown = self._theme_of_terminal if name == AUTO else name
            if shown in self.available_themes:
                self.theme = shown

        def picked(name: str | None) -> None:
            if name is None:
                self.theme = before
                return
            self.choose_theme(name)

        self.push_screen(PickDialog("Theme", rows, current=current, on_highlight=preview), picked)

    @property
    def theme_names(self) -> list[str]:
        """What can be chosen."""
        from tui.theming.choosing import AUTO

        return [AUTO, *(theme.name for theme in self._all_themes)]

    def choose_theme(self, name: str) -> None:
        """Wear a theme from now on, and after the next start, too."""
        self.theme_choice = name
        if name in self.available_themes:
            self.theme = name
        self._follow_terminal()
        if self.opening.state is not None:
            self.opening.state.theme = name
