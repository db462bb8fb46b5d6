"""What screens may ask of the app that shows them. `tui.app.ParleyApp` is the one there is; screens never import it."""

from __future__ import annotations

from textual.app import App


class Host(App[int]):
    """An app that knows its keys and the clipboard."""

    def keys_of(self, binding_id: str) -> list[str]:
        """The keys of an act as they are bound now, in words."""
        raise NotImplementedError

    async def load_all_themes(self) -> None:
        """Read the theme files that the first picture did without."""
        raise NotImplementedError

    def copy(self, text: str, what: str) -> None:
        """Put exactly `text` on the clipboard and say how."""
        raise NotImplementedError


def host_of(app: App[object]) -> Host:
    """The app, as what it is.

    Raises:
        TypeError: a screen of Parley's is shown by another app.
    """
    if not isinstance(app, Host):
        raise TypeError(f"{type(app).__name__} is no host of Parley's screens")
    return app
