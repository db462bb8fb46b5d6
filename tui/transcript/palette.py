"""Names of looks -> terminal styles, from the theme's variables, with sensible colours where a theme has none.

This module refuses to be asked for anything but names: foreign text never becomes a style.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from rich.style import Style
from textual.color import Color, ColorParseError

from tui.transcript.rows import Look

# name -> (theme variables to try for the foreground, background variables, attributes)
_LOOKS: dict[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
    "strong": ((), (), "bold"),
    "em": ((), (), "italic"),
    "s": ((), (), "strike"),
    "underline": ((), (), "underline"),
    "dim": (("thinking", "foreground-muted-solid"), (), ""),
    "code": (("code-foreground", "foreground"), ("code-background", "surface"), ""),
    "code-label": (("thinking", "foreground-muted-solid"), ("code-background", "surface"), ""),
    "math": (("syntax-number", "accent"), (), ""),
    "link": (("link", "accent"), (), "underline"),
    "target": (("thinking", "foreground-muted-solid"), (), ""),
    "image": (("link", "accent"), (), "italic"),
    "heading": (("heading", "primary"), (), "bold"),
    "heading-1": (("heading", "primary"), (), "bold underline"),
    "quote": (("quote", "foreground-muted-solid"), (), ""),
    "quote-bar": (("quote", "secondary"), (), ""),
    "rule": (("rule", "foreground-muted-solid"), (), ""),
    "marker": (("secondary", "accent"), (), ""),
    "task-done": (("success",), (), ""),
    "border": (("rule", "foreground-muted-solid"), (), ""),
    "table-head": ((), (), "bold"),
    "thinking": (("thinking", "foreground-muted-solid"), (), "italic"),
    "fold": (("thinking", "foreground-muted-solid"), (), ""),
    "role-user": (("role-user", "secondary"), (), "bold"),
    "role-assistant": (("role-assistant", "primary"), (), "bold"),
    "role-system": (("role-system", "warning"), (), "bold"),
    "role-tool": (("role-tool", "accent"), (), "bold"),
    "role-note": (("role-system", "warning"), (), "bold"),
    "detail": (("thinking", "foreground-muted-solid"), (), ""),
    "star": (("warning",), (), ""),
    "state-open": (("role-assistant", "primary"), (), ""),
    "state-stopped": (("state-stopped", "warning"), (), ""),
    "state-cut": (("state-cut", "warning"), (), ""),
    "state-failed": (("state-failed", "error"), (), ""),
    "action": (("link", "accent"), (), "bold underline"),
    "cursor": (("accent", "primary"), (), ""),
    "pill": (("background",), ("accent", "primary"), "bold"),
}
_BACKGROUNDS = {
    "selection": (("selection", "primary-muted", "primary"), 0.55),
    "match": (("match", "warning-muted", "warning"), 0.45),
    "match-current": (("match-current", "accent"), 0.8),
    "caret": (("caret", "accent", "primary"), 1.0),
}
_SYNTAX_FALLBACKS = {
    "keyword": "primary",
    "string": "success",
    "number": "warning",
    "comment": "foreground-muted-solid",
    "function": "accent",
    "class": "accent",
    "name": "foreground",
    "builtin": "accent",
    "type": "accent",
    "constant": "warning",
    "decorator": "secondary",
    "operator": "foreground",
    "punctuation": "foreground",
    "tag": "primary",
    "attribute": "secondary",
    "error": "error",
    "inserted": "success",
    "deleted": "error",
    "heading": "primary",
}
_SYNTAX_ATTRIBUTES = {"comment": "italic", "heading": "bold"}


class Palette:
    """The styles of one theme on one background. A new theme makes a new palette: identity is the cache key."""

    def __init__(self, variables: Mapping[str, str], background: Color, foreground: Color) -> None:
        self._variables = variables
        self.background = background
        self._foreground = foreground
        self.base = Style.from_color(foreground.rich_color, background.rich_color)
        self._styles: dict[Look, Style] = {(): self.base}

    def style(self, look: Look) -> Style:
        """The style of a look: the text's own colours, then each name's over it."""
        style = self._styles.get(look)
        if style is None:
            style = self.base
            for name in look:
                style += self._named(name)
            self._styles[look] = style
        return style

    @lru_cache(maxsize=8)  # noqa: B019 - one palette per theme, and it lives as long as the theme
    def overlay(self, name: str) -> Style:
        """A background to lay over painted text: selection, match, match-current, caret."""
        names, strength = _BACKGROUNDS[name]
        for variable in names:
            colour = self._colour(variable)
            if colour is not None:
                mixed = colour if variable == names[0] else self.background.blend(colour, strength)
                contrast = mixed.get_contrast_text(1.0)
                return Style(bgcolor=mixed.rich_color, color=(mixed + contrast).rich_color)
        return Style(reverse=True)

    def _named(self, name: str) -> Style:
        if name.startswith("syntax-"):
            kind = name.removeprefix("syntax-")
            foregrounds: tuple[str, ...] = (name, _SYNTAX_FALLBACKS.get(kind, "foreground"))
            backgrounds: tuple[str, ...] = ()
            attributes = _SYNTAX_ATTRIBUTES.get(kind, "")
        else:
            foregrounds, backgrounds, attributes = _LOOKS[name]
        style = Style.parse(attributes) if attributes else Style()
        colour, back = self._first(foregrounds), self._first(backgrounds)
        return style + Style(
            color=colour.rich_color if colour is not None else None,
            bgcolor=back.rich_color if back is not None else None,
        )

    def _first(self, names: tuple[str, ...]) -> Color | None:
        for name in names:
            colour = self._colour(name)
            if colour is not None:
                return colour
        return None

    def _colour(self, variable: str) -> Color | None:
        if variable.endswith("-muted-solid"):
            return self.background.blend(self._foreground, 0.62)
        value = self._variables.get(variable, "")
        if not value or value.startswith("auto"):
            return None
        try:
            colour = Color.parse(value.split()[0])
        except ColorParseError:
            return None
        return self.background + colour if colour.a < 1 else colour
