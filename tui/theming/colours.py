"""What a theme leaves out, worked out from what it names, so that all text can be read on all its backgrounds.

This module refuses to mend a colour that a theme does name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial

from textual.color import BLACK, WHITE, Color
from textual.design import (
    DEFAULT_DARK_BACKGROUND,
    DEFAULT_DARK_SURFACE,
    DEFAULT_LIGHT_BACKGROUND,
    DEFAULT_LIGHT_SURFACE,
)

BASE_COLOURS = (
    *("primary", "secondary", "accent", "warning", "error", "success"),
    *("foreground", "background", "surface", "panel", "boost"),
)
TRANSCRIPT_COLOURS = (
    *("role-user", "role-assistant", "role-system", "role-tool", "thinking", "code-background", "code-foreground"),
    *("link", "heading", "quote", "rule", "state-stopped", "state-cut", "state-failed"),
    *("selection", "match", "match-current"),
)
"""What `[variables]` may name besides Textual's own variables; every loaded theme has them all."""

SYNTAX_COLOURS = {
    "keyword": "primary",
    "string": "success",
    "number": "warning",
    "comment": "thinking",
    "function": "accent",
    "class": "accent",
    "name": "code-foreground",
    "builtin": "accent",
    "type": "accent",
    "constant": "warning",
    "decorator": "secondary",
    "operator": "code-foreground",
    "punctuation": "code-foreground",
    "tag": "primary",
    "attribute": "secondary",
    "error": "error",
    "inserted": "success",
    "deleted": "error",
    "heading": "primary",
}
"""What `[syntax]` may name, and the colour each one follows when it is left out."""

READABLE = 4.5
"""The contrast that WCAG 2 asks of text at level AA."""
VERY_READABLE = 7.0
"""The contrast that WCAG 2 asks of text at level AAA; what is derived for a high-contrast theme meets it."""


def contrast(one: Color, other: Color) -> float:
    """How far two opaque colours stand apart, from 1 to 21.

    Source: WCAG 2.2, definitions of contrast ratio and relative luminance.
    """
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@lru_cache(maxsize=4096)  # a theme compares the same few backgrounds with everything
def _luminance(colour: Color) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


_Derivation = Color | Callable[[], Color]
"""A colour, or what works it out when the theme does not name it."""


def _worked_out(derivations: Mapping[str, _Derivation], given: Mapping[str, str]) -> dict[str, Color]:
    return {
        name: derivation if isinstance(derivation, Color) else derivation()
        for name, derivation in derivations.items()
        if name not in given
    }


class Colours:
    """The colours that a file gives, and all that follow from them."""

    def __init__(self, given: Mapping[str, Color], *, is_dark: bool) -> None:
        self._pole = WHITE if is_dark else BLACK
        default_background = Color.parse(DEFAULT_DARK_BACKGROUND if is_dark else DEFAULT_LIGHT_BACKGROUND)
        default_surface = Color.parse(DEFAULT_DARK_SURFACE if is_dark else DEFAULT_LIGHT_SURFACE)
        self.primary = given["primary"]
        self.background = given.get("background", default_background)
        self.foreground = given.get("foreground", self.background.blend(self._pole, 0.88))
        self.surface = given.get(
            "surface", self.background.blend(self.foreground, 0.04) if "background" in given else default_surface
        )
        self.panel = given.get("panel", self.surface.blend(self.primary, 0.1, alpha=1))
        self.secondary = given.get("secondary", self.primary)
        self.accent = given.get("accent", self.primary)
        self.warning = given.get("warning", Color.parse("#d7a448" if is_dark else "#8a5a00"))
        self.error = given.get("error", Color.parse("#e5706b" if is_dark else "#b3261e"))
        self.success = given.get("success", Color.parse("#7fb77e" if is_dark else "#2b6e3f"))
        self.boost = given.get("boost", self.foreground.with_alpha(0.06))
        self._grounds = [self.background, self.surface, self.panel]
        # At 18:1 black and white are nearly reached: whoever asks for that asks for it everywhere.
        self._least = VERY_READABLE if contrast(self.foreground, self.background) >= 18 else READABLE

    def variables(self, given: Mapping[str, str]) -> dict[str, str]:
        """Every variable that themes have beyond what Textual derives well itself; `given` ones as they are."""
        code = Color.parse(given["code-background"]) if "code-background" in given else self.surface
        derived = _worked_out(self._transcript(code), given)
        known = {**derived, **{key: Color.parse(given[key]) for key in TRANSCRIPT_COLOURS if key in given}}
        syntax: dict[str, _Derivation] = {
            f"syntax-{name}": partial(self._readable, known.get(source) or getattr(self, source), code)
            for name, source in SYNTAX_COLOURS.items()
        }
        derived |= _worked_out({**syntax, **self._chrome(known), **self._tints()}, given)
        return {**{key: colour.hex for key, colour in derived.items()}, **self._adaptive(), **given}

    def _transcript(self, code: Color) -> dict[str, _Derivation]:
        quiet = partial(self._readable, self.foreground.blend(self.background, 0.42), code)
        return {
            "role-user": partial(self._readable, self.secondary),
            "role-assistant": partial(self._readable, self.primary),
            "role-system": partial(self._readable, self.warning),
            "role-tool": partial(self._readable, self.accent),
            "thinking": quiet,
            "code-background": code,
            "code-foreground": partial(self._readable, self.foreground, code),
            "link": partial(self._readable, self.accent),
            "heading": partial(self._readable, self.primary),
            "quote": quiet,
            "rule": self.background.blend(self.foreground, 0.25),
            "state-stopped": partial(self._readable, self.warning),
            "state-cut": partial(self._readable, self.warning),
            "state-failed": partial(self._readable, self.error),
            "selection": partial(self._under_text, self.primary),
            "match": partial(self._under_text, self.warning),
            "match-current": self.warning,
        }

    def _chrome(self, known: Mapping[str, Color]) -> dict[str, _Derivation]:
        """What frames the transcript: borders, bars, cursors; quiet but for where the focus is."""
        cursor_text = self._best_on(self.primary)
        return {
            "boost": self.boost,
            "border": self.primary,
            "border-blurred": self.background.blend(self.foreground, 0.22),
            "block-cursor-background": self.primary,
            "block-cursor-foreground": cursor_text,
            "block-cursor-blurred-background": self.background.blend(self.foreground, 0.12),
            "block-cursor-blurred-foreground": self.foreground,
            "block-hover-background": self.foreground.with_alpha(0.08),
            "scrollbar": self.background.blend(self.foreground, 0.22),
            "scrollbar-hover": self.background.blend(self.foreground, 0.35),
            "scrollbar-active": self.primary,
            "scrollbar-background": self.background,
            "scrollbar-background-hover": self.background,
            "scrollbar-background-active": self.background,
            "scrollbar-corner-color": self.background,
            "footer-description-foreground": known["thinking"],
            "input-cursor-background": self.foreground,
            "input-cursor-foreground": self.background,
            "input-selection-background": known["selection"],
            "input-selection-foreground": self.foreground,
            "screen-selection-background": known["selection"],
            "link-color": known["link"],
            "link-background-hover": self.primary,
            "link-color-hover": cursor_text,
            "button-color-foreground": partial(self._best_on, self.primary, self.success, self.warning, self.error),
        }

    def _tints(self) -> dict[str, _Derivation]:
        """Each colour as a background for its own text, and as text on that."""
        tints: dict[str, _Derivation] = {}
        for name in ("primary", "secondary", "accent", "warning", "error", "success"):
            colour: Color = getattr(self, name)
            muted = tints[f"{name}-muted"] = colour.blend(self.background, 0.75)
            tints[f"text-{name}"] = partial(self._readable, colour, muted)
        return tints

    def _adaptive(self) -> dict[str, str]:
        """Text that takes its colour from what is below it, at the faintest that can still be read."""
        faint = {"text-muted": 65, "text-disabled": 45}
        for name, least in faint.items():
            faint[name] = next((alpha for alpha in range(least, 100, 5) if self._is_readable_at(alpha / 100)), 100)
        return {name: f"auto {alpha}%" for name, alpha in faint.items()}

    def _is_readable_at(self, alpha: float) -> bool:
        return all(
            contrast(ground + ground.get_contrast_text(alpha), ground) >= self._least for ground in self._grounds
        )

    def _readable(self, colour: Color, *more_grounds: Color) -> Color:
        """The colour, moved towards white or black until it can be read on every background of the theme."""
        grounds = [*self._grounds, *more_grounds]
        for step in range(21):
            moved = colour.blend(self._pole, step / 20)
            if all(contrast(moved, ground) >= self._least for ground in grounds):
                return moved
        return self._best_on(*grounds)

    def _under_text(self, colour: Color) -> Color:
        """A background for the foreground, as far from the theme's own as reading allows."""
        for strength in (0.4, 0.32, 0.25, 0.18, 0.12):
            mixed = self.background.blend(colour, strength)
            if contrast(self.foreground, mixed) >= self._least:
                return mixed
        return self.surface

    def _best_on(self, *grounds: Color) -> Color:
        candidates = (self.background, self.foreground, WHITE, BLACK)
        good = [one for one in candidates if all(contrast(one, ground) >= self._least for ground in grounds)]
        return good[0] if good else max(candidates, key=lambda one: min(contrast(one, ground) for ground in grounds))
