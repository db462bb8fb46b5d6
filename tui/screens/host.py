"""What screens may ask of the app that shows them. `tui.app.ParleyApp` is the one there is; screens never import it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import App

if TYPE_CHECKING:
    from tui.screens.chat import ChatScreen
    from tui.screens.opening import Opening


class Host(App[int]):
    """An app that knows its keys and the clipboard."""

    opening: Opening
    start_problems: list[str]
    """Sentences to be shown at the start."""

    @property
    def chat_screen(self) -> ChatScreen | None:
        """The screen below all dialogs; None before there is one."""
        from tui.screens.chat import ChatScreen

        screen = self.screen_stack[0] if self.screen_stack else None
        return screen if isinstance(screen, ChatScreen) else None

    @property
    def new_line_keys(self) -> tuple[str, ...]:
        """The keys that start a new line in the composer, those first that this terminal can report."""
        return ("ctrl+j", "alt+enter")

    @property
    def theme_names(self) -> list[str]:
        """The themes that can be chosen."""
        raise NotImplementedError

    def choose_theme(self, name: str) -> None:
        """Wear a theme from now on, and after the next start, too."""
        raise NotImplementedError

    @property
    def has_vim_keys(self) -> bool:
        """Whether the keys are vim's."""
        return self.opening.config.ui.keys == "vim"

    def keys_of(self, binding_id: str) -> list[str]:
        """The keys of an act as they are bound now, in words."""
        raise NotImplementedError

    async def load_all_themes(self) -> None:
        """Read the theme files that the first picture did without."""
        raise NotImplementedError

    def hold_keys(self) -> None:
        """Keep what is typed from now on until `take_typed_ahead()`."""
        raise NotImplementedError

    async def take_typed_ahead(self) -> None:
        """What was kept goes where it belongs, in order."""
        raise NotImplementedError

    async def let_keys_pass(self) -> None:
        """Between two pieces of work: let what was just typed be shown."""
        raise NotImplementedError

    def copy(self, text: str, what: str) -> None:
        """Put exactly `text` on the clipboard and say how."""
        raise NotImplementedError

    def call_back(self, words: str) -> None:
        """Tell a user who is elsewhere that something has ended here."""
        raise NotImplementedError


def host_of(app: App[object]) -> Host:
    """The app, as what it is.

    Raises:
        TypeError: a screen of Parley's is shown by another app.
    """
    if not isinstance(app, Host):
        raise TypeError(f"{type(app).__name__} is no host of Parley's screens")
    return app
